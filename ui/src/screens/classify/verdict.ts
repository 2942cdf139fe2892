import type { LabelAnswer } from "../../lib/ipc/bindings/LabelAnswer";

/** What is said of one label of an article. */
export type Verdict = "yes" | "no" | "needsHuman";

/** A score this near to its threshold is for a person to judge. */
export const DOUBT_BAND = 0.1;

/** Whether a person should look at the label, whatever the model gives. */
export function needsHuman(answer: Pick<LabelAnswer, "score" | "threshold">): boolean {
  return Math.abs(answer.score - answer.threshold) <= DOUBT_BAND + Number.EPSILON;
}

/** The labels as they are shown: those that are given first, each part by falling score. */
export function sortAnswers(labels: readonly LabelAnswer[]): LabelAnswer[] {
  return labels.toSorted(
    (one, other) => Number(other.given) - Number(one.given) || other.score - one.score,
  );
}
