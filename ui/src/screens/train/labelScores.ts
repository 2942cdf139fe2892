/** What the evaluations of a training say of each label. */

import type { Validation } from "../../lib/ipc/bindings/Validation";

/** How well a label is recognised now. */
export interface LabelScore {
  label: string;
  /** Its F1; nothing before the first evaluation, and where no article has it or is given it. */
  f1: number | null;
  /** By how much that changed since the evaluation before, as far as it is shown. */
  change: number | null;
}

/** Decimals with which an F1 is shown. */
export const F1_DIGITS = 3;

/** Each label in the model's order, so that none moves while one looks at it. */
export function labelScores(
  labels: readonly string[],
  validations: readonly Validation[],
): LabelScore[] {
  const last = validations.at(-1)?.labelF1 ?? [];
  const before = validations.at(-2)?.labelF1 ?? [];
  return labels.map((label, place) => {
    const f1 = last[place] ?? null;
    const earlier = before[place] ?? null;
    const change = f1 === null || earlier === null ? null : shown(f1) - shown(earlier);
    return { label, f1, change: change === null ? null : shown(change) };
  });
}

/** What is shown changes only where the digits do. */
const shown = (value: number): number => Number(value.toFixed(F1_DIGITS));
