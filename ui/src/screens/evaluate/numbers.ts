import type { ArticleCell } from "../../lib/ipc/bindings/ArticleCell";
import type { EvaluationOverview } from "../../lib/ipc/bindings/EvaluationOverview";
import type { Interval } from "../../lib/ipc/bindings/Interval";
import type { LabelMetrics } from "../../lib/ipc/bindings/LabelMetrics";
import type { Metrics } from "../../lib/ipc/bindings/Metrics";

/** The numbers that an evaluation is summed up in, in the order they are shown. */
export const HEADLINES = [
  "macroF1",
  "microF1",
  "weightedF1",
  "samplesF1",
  "subsetAccuracy",
  "hammingLoss",
] as const;

/** One of them. */
export type HeadlineName = (typeof HEADLINES)[number];

/** A number with its interval, beside the baseline's. */
export interface HeadlineNumber {
  name: HeadlineName;
  value: number | null;
  interval: Interval | null;
  baseline: number | null;
}

/** The value of a headline number; nothing where it is not defined. */
export function headlineValue(metrics: Metrics, name: HeadlineName): number | null {
  switch (name) {
    case "macroF1":
      return metrics.macroAverage.f1;
    case "microF1":
      return metrics.micro.f1;
    case "weightedF1":
      return metrics.weighted.f1;
    case "samplesF1":
      return metrics.samples.f1;
    case "subsetAccuracy":
      return metrics.subsetAccuracy;
    case "hammingLoss":
      return metrics.hammingLoss;
  }
}

/** All headline numbers; an undefined one has no interval either. */
export function headlineNumbers(evaluation: EvaluationOverview): HeadlineNumber[] {
  return HEADLINES.map((name) => {
    const value = headlineValue(evaluation.metrics, name);
    return {
      name,
      value,
      interval: value === null ? null : evaluation.intervals[name],
      baseline: evaluation.baseline ? headlineValue(evaluation.baseline, name) : null,
    };
  });
}

/** How many articles are behind a count of a label. */
export function cellCount(label: LabelMetrics, cell: ArticleCell): number {
  const { truePositives, falseNegatives, falsePositives } = label.confusion;
  switch (cell) {
    case "positives":
      return truePositives + falseNegatives;
    case "found":
      return truePositives;
    case "missed":
      return falseNegatives;
    case "falseAlarms":
      return falsePositives;
  }
}

/** The columns of the table of labels that hold counts, in their order. */
export const CELLS: readonly ArticleCell[] = ["positives", "found", "missed", "falseAlarms"];

/** Whether the model does better than the linear baseline: by macro-averaged F1 beyond doubt. */
export function comparedWithBaseline(
  evaluation: EvaluationOverview,
): "better" | "unclear" | "worse" | null {
  const baseline = evaluation.baseline?.macroAverage.f1;
  const { low, high } = evaluation.intervals.macroF1;
  if (baseline === undefined || baseline === null) return null;
  if (low > baseline) return "better";
  return high < baseline ? "worse" : "unclear";
}

/** Where the axis of the headline numbers begins: at a tenth, below all that it shows. */
export function axisStart(numbers: readonly HeadlineNumber[]): number {
  const shown = numbers
    .filter((number) => number.name !== "hammingLoss")
    .flatMap((number) => [number.value, number.interval?.low ?? null, number.baseline])
    .filter((value) => value !== null);
  const lowest = Math.min(0.9, ...shown);
  return Math.max(0, Math.floor(lowest * 10 - 0.2) / 10);
}

/** A label with everything that its row shows. */
export interface LabelRow {
  /** Its number in the model's order. */
  index: number;
  metrics: LabelMetrics;
  interval: Interval | null;
  threshold: number | null;
}

/** The labels' rows, in the model's order. */
export function labelRows(evaluation: EvaluationOverview): LabelRow[] {
  return evaluation.metrics.perLabel.map((metrics, index) => ({
    index,
    metrics,
    interval: evaluation.intervals.labelF1[index] ?? null,
    threshold: evaluation.thresholds[index] ?? null,
  }));
}
