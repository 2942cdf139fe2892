/** What is put right in a table, one step at a time. */

import type { Correction } from "./ipc/bindings/Correction";
import type { Corrections } from "./ipc/bindings/Corrections";

/** Nothing is put right. */
export const NO_CORRECTIONS: Corrections = {
  empty: false,
  duplicates: false,
  nearDuplicates: false,
  unlabelled: false,
  contradictions: null,
  renamedLabels: {},
  droppedLabels: [],
};

/** A part of the corrections that can be taken back by itself. */
export type Step =
  | { kind: "empty" | "duplicates" | "nearDuplicates" | "unlabelled" }
  | { kind: "leaveOutContradictions" | "joinContradictions" }
  | { kind: "merged"; labels: string[]; name: string }
  | { kind: "dropped"; label: string };

/** The corrections with one more; the same as `Corrections::add` in the engine. */
export function withCorrection(corrections: Corrections, correction: Correction): Corrections {
  switch (correction.kind) {
    case "leaveOutEmpty":
      return { ...corrections, empty: true };
    case "leaveOutDuplicates":
      return { ...corrections, duplicates: true };
    case "leaveOutNearDuplicates":
      return { ...corrections, nearDuplicates: true };
    case "leaveOutUnlabelled":
      return { ...corrections, unlabelled: true };
    case "leaveOutContradictions":
      return { ...corrections, contradictions: "leaveOut" };
    case "joinContradictions":
      return { ...corrections, contradictions: "join" };
    case "mergeLabels": {
      const renamed = { ...corrections.renamedLabels };
      for (const label of correction.labels) {
        if (label !== correction.name) renamed[label] = correction.name;
      }
      return { ...corrections, renamedLabels: renamed };
    }
    case "dropLabel": {
      const others = corrections.droppedLabels.filter((label) => label !== correction.label);
      return { ...corrections, droppedLabels: [...others, correction.label].toSorted() };
    }
  }
}

/** The steps that corrections consist of, in the order in which they are carried out. */
export function stepsOf(corrections: Corrections): Step[] {
  const steps: Step[] = [];
  const merged = new Map<string, string[]>();
  for (const [label, name] of Object.entries(corrections.renamedLabels)) {
    if (name !== undefined) merged.set(name, [...(merged.get(name) ?? []), label]);
  }
  for (const [name, labels] of merged) steps.push({ kind: "merged", labels, name });
  for (const label of corrections.droppedLabels) steps.push({ kind: "dropped", label });
  if (corrections.empty) steps.push({ kind: "empty" });
  if (corrections.unlabelled) steps.push({ kind: "unlabelled" });
  if (corrections.contradictions === "leaveOut") steps.push({ kind: "leaveOutContradictions" });
  if (corrections.contradictions === "join") steps.push({ kind: "joinContradictions" });
  if (corrections.duplicates) steps.push({ kind: "duplicates" });
  if (corrections.nearDuplicates) steps.push({ kind: "nearDuplicates" });
  return steps;
}

/** The corrections without one of their steps. */
export function withoutStep(corrections: Corrections, step: Step): Corrections {
  switch (step.kind) {
    case "leaveOutContradictions":
    case "joinContradictions":
      return { ...corrections, contradictions: null };
    case "merged": {
      const renamed = Object.entries(corrections.renamedLabels);
      const others = renamed.filter(([label]) => !step.labels.includes(label));
      return { ...corrections, renamedLabels: Object.fromEntries(others) };
    }
    case "dropped": {
      const others = corrections.droppedLabels.filter((label) => label !== step.label);
      return { ...corrections, droppedLabels: others };
    }
    default:
      return { ...corrections, [step.kind]: false };
  }
}

/** Whether nothing is put right. */
export const isNothing = (corrections: Corrections): boolean =>
  stepsOf(corrections).length === 0;
