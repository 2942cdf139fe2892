/** An evaluation as an engine would give it; for tests and for design. */

import type { ClassifiedDocument } from "../../lib/ipc/bindings/ClassifiedDocument";
import type { EvaluationOverview } from "../../lib/ipc/bindings/EvaluationOverview";
import type { Interval } from "../../lib/ipc/bindings/Interval";
import type { JudgedArticle } from "../../lib/ipc/bindings/JudgedArticle";
import type { LabelMetrics } from "../../lib/ipc/bindings/LabelMetrics";
import type { Metrics } from "../../lib/ipc/bindings/Metrics";
import type { ModelOverview } from "../../lib/ipc/bindings/ModelOverview";
import type { Rates } from "../../lib/ipc/bindings/Rates";
import type { ThresholdTrial } from "../../lib/ipc/bindings/ThresholdTrial";
import { LABELS, MANIFEST, MODEL, PROCESSOR, articles, historyOf } from "../../lib/ipc/fixtures";

/** Found, missed and false alarms of a label. */
type Counts = readonly [found: number, missed: number, alarms: number];

const ROWS = 357;
const COUNTS: readonly Counts[] = [
  [119, 8, 7],
  [101, 8, 11],
  [169, 10, 9],
  [51, 9, 4],
];

function ratesOf([found, missed, alarms]: Counts): Rates {
  const given = found + alarms;
  const positives = found + missed;
  const both = 2 * found + missed + alarms;
  return {
    precision: given === 0 ? null : found / given,
    recall: positives === 0 ? null : found / positives,
    f1: both === 0 ? null : (2 * found) / both,
  };
}

const mean = (values: readonly (number | null)[]): number =>
  values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / values.length;

/** The metrics of labels with these counts. */
export function metricsOf(counts: readonly Counts[]): Metrics {
  const perLabel: LabelMetrics[] = counts.map((count, index) => ({
    label: LABELS[index] ?? "",
    confusion: {
      truePositives: count[0],
      falseNegatives: count[1],
      falsePositives: count[2],
      trueNegatives: ROWS - count[0] - count[1] - count[2],
    },
    rates: ratesOf(count),
    averagePrecision: count[0] + count[1] === 0 ? null : 0.96 - index * 0.01,
    rocAuc: count[0] + count[1] === 0 ? null : 0.985,
  }));
  const sum = (place: 0 | 1 | 2): number => counts.reduce((total, count) => total + count[place], 0);
  const micro = ratesOf([sum(0), sum(1), sum(2)]);
  const macroAverage = {
    precision: mean(perLabel.map(({ rates }) => rates.precision)),
    recall: mean(perLabel.map(({ rates }) => rates.recall)),
    f1: mean(perLabel.map(({ rates }) => rates.f1)),
  };
  return {
    perLabel,
    micro,
    macroAverage,
    weighted: micro,
    samples: { precision: 0.941, recall: 0.938, f1: 0.934 },
    subsetAccuracy: 0.857,
    hammingLoss: (sum(1) + sum(2)) / (ROWS * counts.length),
    jaccardSamples: 0.91,
    averagePrecisionMicro: 0.97,
    averagePrecisionMacro: 0.95,
    rocAucMicro: 0.98,
    rocAucMacro: 0.98,
    labelRankingAveragePrecision: 0.97,
    coverageError: 1.4,
    labelRankingLoss: 0.02,
  };
}

const around = (value: number | null, by: number): Interval => ({
  low: (value ?? 0) - by,
  high: Math.min(1, (value ?? 0) + by),
});

const metrics = metricsOf(COUNTS);

/** An evaluation on test articles that is better than the baseline. */
export const EVALUATION: EvaluationOverview = {
  part: "test",
  rows: ROWS,
  labels: LABELS,
  thresholds: MANIFEST.thresholds,
  metrics,
  intervals: {
    microF1: around(metrics.micro.f1, 0.018),
    macroF1: around(metrics.macroAverage.f1, 0.022),
    weightedF1: around(metrics.weighted.f1, 0.018),
    samplesF1: around(metrics.samples.f1, 0.02),
    subsetAccuracy: around(metrics.subsetAccuracy, 0.036),
    hammingLoss: { low: 0.037, high: 0.056 },
    labelF1: metrics.perLabel.map(({ rates }) => around(rates.f1, 0.03)),
  },
  baseline: {
    ...metricsOf([
      [105, 22, 19],
      [88, 21, 20],
      [158, 21, 18],
      [39, 21, 9],
    ]),
    subsetAccuracy: 0.73,
    samples: { precision: 0.87, recall: 0.86, f1: 0.86 },
  },
  ofHundred: { right: 93, found: 93 },
};

/** A model with its evaluation. */
export const MODEL_OVERVIEW: ModelOverview = {
  name: MODEL.name,
  folder: MODEL.folder,
  bytes: MODEL.bytes,
  labels: LABELS,
  thresholds: MANIFEST.thresholds,
  maxLength: 512,
  manifest: MANIFEST,
  history: historyOf([0.81, 0.884, 0.912, 0.926]),
  evaluation: EVALUATION,
  tableIsThere: true,
};

/** What thresholds would do: the lower, the fewer are missed and the more are false alarms. */
export function trialOf(
  thresholds: readonly number[],
  goalMet: (boolean | null)[] = [],
): ThresholdTrial {
  const moved = COUNTS.map(([found, missed, alarms], index): Counts => {
    const by = (thresholds[index] ?? 0.5) - (MANIFEST.thresholds[index] ?? 0.5);
    const more = Math.max(-found, Math.min(missed, Math.round(-by * 24)));
    return [found + more, missed - more, Math.max(0, alarms - Math.round(by * 40))];
  });
  return {
    thresholds: [...thresholds],
    goalMet: goalMet.length > 0 ? goalMet : thresholds.map(() => null),
    validation: metricsOf(moved),
    test: metricsOf(moved),
  };
}

/** Articles behind a count. */
export function judged(first: number, count: number): JudgedArticle[] {
  return articles(first, count).map((article, place) => ({
    article,
    given: place % 2 === 0 ? article.labels.slice(1) : [...new Set([...article.labels, "oncological"])],
    scores: LABELS.map((label, index) =>
      article.labels.includes(label) ? 0.31 + 0.05 * (place % 3) : 0.06 + 0.09 * index,
    ),
  }));
}

/** An answer about one article, of which the end was not read. */
export const CLASSIFIED: ClassifiedDocument = {
  answer: {
    labels: [
      { label: "cardiovascular", score: 0.97, threshold: 0.42, given: true },
      { label: "hepatorenal", score: 0.03, threshold: 0.5, given: false },
      { label: "neurological", score: 0.41, threshold: 0.47, given: false },
      { label: "oncological", score: 0.88, threshold: 0.38, given: true },
    ],
    wordPieces: 640,
    cut: 128,
  },
  readUntil: 216,
  seconds: 0.38,
  device: { device: PROCESSOR, passedOver: null },
};
