/** What the curves of a training say, as one of a few plain findings. */

import type { Validation } from "../../lib/ipc/bindings/Validation";

/** What they say. */
export type Trend =
  | { kind: "begun" }
  | { kind: "first" }
  | { kind: "improving" }
  /** How many evaluations there were since the best one. */
  | { kind: "noBetter"; count: number }
  | { kind: "memorising"; count: number };

/** Evaluations without a better one before it is said that a model memorises. */
const MEMORISES_AFTER = 2;

/** Where the best evaluation is; -1 when there is none. */
export function bestPlace(validations: readonly Validation[]): number {
  return validations.findLastIndex((validation) => validation.isBest);
}

/** What the evaluations say. */
export function trendOf(validations: readonly Validation[]): Trend {
  const last = validations.at(-1);
  if (last === undefined) return { kind: "begun" };
  const place = bestPlace(validations);
  const best = validations[place];
  const count = validations.length - 1 - place;
  if (best === undefined || count === 0) {
    return { kind: validations.length === 1 ? "first" : "improving" };
  }
  const memorises =
    count >= MEMORISES_AFTER && last.trainingLoss < best.trainingLoss && last.loss > best.loss;
  return { kind: memorises ? "memorising" : "noBetter", count };
}
