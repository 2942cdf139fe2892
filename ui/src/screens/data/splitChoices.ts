/** The ways to split a table, and what they keep of each other. */

import type { SplitChoice } from "../../lib/ipc/bindings/SplitChoice";

/** The ways that are offered, the usual one first. */
export const SPLIT_KINDS = ["stratified", "random", "notebook", "ownTest", "column"] as const;

/** One of them. */
export type SplitKind = (typeof SPLIT_KINDS)[number];

const USUAL = { training: 0.8, validation: 0.1, test: 0.1, seed: 42 };

/** The way that a choice belongs to. */
export function kindOf(split: SplitChoice): SplitKind {
  return split.kind === "notebookHeldOut" ? "notebook" : split.kind;
}

/** Another way to split, with the seed and shares of the present one where it has them. */
export function splitOfKind(kind: SplitKind, from: SplitChoice): SplitChoice {
  const seed = "seed" in from ? from.seed : USUAL.seed;
  switch (kind) {
    case "stratified":
    case "random":
      return "training" in from ? { ...from, kind } : { ...USUAL, kind, seed };
    case "notebook":
      return { kind: "notebook" };
    case "ownTest":
      return { kind: "ownTest", validation: "validation" in from ? from.validation : 0.1, seed };
    case "column":
      return { kind: "column", name: from.kind === "column" ? from.name : "" };
  }
}

/** Shares from the ends of the training and the validation part, all in whole percent; every part
 *  keeps at least one percent. */
export function sharesUpTo(
  trainingEnd: number,
  validationEnd: number,
): { training: number; validation: number; test: number } {
  const first = Math.min(98, Math.max(1, Math.round(trainingEnd)));
  const second = Math.min(99, Math.max(first + 1, Math.round(validationEnd)));
  return { training: first / 100, validation: (second - first) / 100, test: (100 - second) / 100 };
}

/** Whether a choice says all that is needed to split by it. */
export function isComplete(split: SplitChoice, testTable: string | null): boolean {
  if (split.kind === "column") return split.name !== "";
  if (split.kind === "ownTest") return testTable !== null;
  return true;
}
