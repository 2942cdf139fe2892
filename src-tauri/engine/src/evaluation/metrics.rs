//! The metrics of a multi-label classification, with scikit-learn 1.9's definitions.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::evaluation::error::{EvaluationError, check_scores};
use crate::evaluation::label_ranking::LabelRanking;
use crate::evaluation::ranking::Ranking;
use crate::labels::{LabelMatrix, ScoreMatrix};

/// Precision, recall and F1. `None` where the definition divides by zero; such a label counts as
/// 0 in a mean, as with scikit-learn's `zero_division=0`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Rates {
    /// Right among those given.
    pub precision: Option<f64>,
    /// Found among those that should be given.
    pub recall: Option<f64>,
    /// Harmonic mean of both.
    pub f1: Option<f64>,
}

/// The four cells of one label's confusion matrix.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Confusion {
    /// Has the label and was given it: found.
    pub true_positives: usize,
    /// Was given the label without having it: false alarms.
    pub false_positives: usize,
    /// Has the label and was not given it: missed.
    pub false_negatives: usize,
    /// Neither.
    pub true_negatives: usize,
}

impl Confusion {
    /// Counts pairs of "has the label" and "was given it".
    pub fn count(pairs: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut confusion = Self::default();
        for pair in pairs {
            match pair {
                (true, true) => confusion.true_positives += 1,
                (false, true) => confusion.false_positives += 1,
                (true, false) => confusion.false_negatives += 1,
                (false, false) => confusion.true_negatives += 1,
            }
        }
        confusion
    }

    /// How many have the label.
    pub fn positives(&self) -> usize {
        self.true_positives + self.false_negatives
    }

    /// The same cells, `count` times.
    pub(super) fn times(&self, count: usize) -> Self {
        Self {
            true_positives: self.true_positives * count,
            false_positives: self.false_positives * count,
            false_negatives: self.false_negatives * count,
            true_negatives: self.true_negatives * count,
        }
    }

    /// How many are wrong.
    pub(super) fn errors(&self) -> usize {
        self.false_positives + self.false_negatives
    }

    /// Right among those given; `None` when it was never given.
    pub fn precision(&self) -> Option<f64> {
        let given = self.true_positives + self.false_positives;
        share(self.true_positives, given)
    }

    /// Found among those that should be given; `None` when there are none.
    pub fn recall(&self) -> Option<f64> {
        share(self.true_positives, self.positives())
    }

    /// Twice the true positives over twice them and all errors; `None` when there is neither.
    pub fn f1(&self) -> Option<f64> {
        let twice = 2 * self.true_positives;
        share(twice, twice + self.errors())
    }

    /// True positives over them and all errors (Jaccard); `None` when there is neither.
    pub fn jaccard(&self) -> Option<f64> {
        share(self.true_positives, self.true_positives + self.errors())
    }

    /// All three rates.
    pub fn rates(&self) -> Rates {
        Rates {
            precision: self.precision(),
            recall: self.recall(),
            f1: self.f1(),
        }
    }
}

impl AddAssign for Confusion {
    fn add_assign(&mut self, other: Self) {
        self.true_positives += other.true_positives;
        self.false_positives += other.false_positives;
        self.false_negatives += other.false_negatives;
        self.true_negatives += other.true_negatives;
    }
}

/// The metrics of one label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LabelMetrics {
    /// The label's name.
    pub label: String,
    /// Counts.
    pub confusion: Confusion,
    /// Rates at the label's threshold.
    pub rates: Rates,
    /// Area under the precision-recall steps; `None` without a row that has the label.
    pub average_precision: Option<f64>,
    /// Area under the ROC curve; `None` when all rows have the label or none has.
    pub roc_auc: Option<f64>,
}

/// The metrics of all labels together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Metrics {
    /// Each label by itself.
    pub per_label: Vec<LabelMetrics>,
    /// Over all cells at once.
    pub micro: Rates,
    /// The mean of the labels.
    pub macro_average: Rates,
    /// The mean of the labels, weighted by how many rows have them; `None` when no row has one.
    pub weighted: Rates,
    /// The mean of the rows; a rate that a row does not define counts as 0.
    pub samples: Rates,
    /// Share of rows whose set of labels is exactly right.
    pub subset_accuracy: f64,
    /// Share of cells that are wrong.
    pub hamming_loss: f64,
    /// Mean Jaccard index of the rows; a row that has no label and is given none counts as 0.
    pub jaccard_samples: f64,
    /// Average precision over all cells at once.
    pub average_precision_micro: Option<f64>,
    /// Mean average precision of the labels that define it.
    pub average_precision_macro: Option<f64>,
    /// ROC area over all cells at once.
    pub roc_auc_micro: Option<f64>,
    /// Mean ROC area of the labels that define it.
    pub roc_auc_macro: Option<f64>,
    /// Label ranking average precision; a row with no label or with all counts as 1.
    pub label_ranking_average_precision: f64,
    /// How far one has to go down a row's ranking to find all its labels, on average; a row
    /// without labels counts as 0.
    pub coverage_error: f64,
    /// Share of label pairs of a row that are ordered wrongly, on average; a row with no label or
    /// with all counts as 0.
    pub label_ranking_loss: f64,
}

impl Metrics {
    /// Judges `scores`, shape (rows, labels), against `targets` of the same shape, with one name
    /// and one threshold a label. A label is given where `score >= threshold`.
    ///
    /// # Errors
    /// When there are no rows or no labels, shapes or lengths differ, a score is outside [0, 1],
    /// or a threshold is not finite.
    pub fn new(
        labels: &[String],
        targets: &LabelMatrix,
        scores: &ScoreMatrix,
        thresholds: &[f64],
    ) -> Result<Self, EvaluationError> {
        check(labels, targets, scores, thresholds)?;
        let given = scores.at_thresholds(thresholds);
        let per_label = judge_labels(labels, targets, scores, &given);
        let rows = judge_rows(targets, &given);
        let ranking = LabelRanking::new(targets, scores);
        let mut cells = Confusion::default();
        for label in &per_label {
            cells += label.confusion;
        }
        let wrong_cells = cells.errors() as f64 / targets.values().len() as f64;
        let exact_rows = rows.iter().filter(|row| row.errors() == 0).count();
        let of_labels =
            |choose: fn(&LabelMetrics) -> Option<f64>| mean(per_label.iter().filter_map(choose));
        let all_cells = Ranking::of_cells(targets, scores);
        Ok(Self {
            micro: cells.rates(),
            macro_average: average(per_label.iter().map(|label| (label.rates, 1.0))),
            weighted: average(
                per_label
                    .iter()
                    .map(|label| (label.rates, label.confusion.positives() as f64)),
            ),
            samples: average(rows.iter().map(|row| (row.rates(), 1.0))),
            subset_accuracy: exact_rows as f64 / rows.len() as f64,
            hamming_loss: wrong_cells,
            jaccard_samples: mean(rows.iter().map(|row| row.jaccard().unwrap_or(0.0)))
                .unwrap_or(0.0),
            average_precision_micro: all_cells.average_precision(),
            average_precision_macro: of_labels(|label| label.average_precision),
            roc_auc_micro: all_cells.roc_auc(),
            roc_auc_macro: of_labels(|label| label.roc_auc),
            label_ranking_average_precision: ranking.average_precision,
            coverage_error: ranking.coverage_error,
            label_ranking_loss: ranking.loss,
            per_label,
        })
    }
}

fn check(
    labels: &[String],
    targets: &LabelMatrix,
    scores: &ScoreMatrix,
    thresholds: &[f64],
) -> Result<(), EvaluationError> {
    let expected = targets.labels();
    for (what, found) in [
        ("names of labels", labels.len()),
        ("thresholds", thresholds.len()),
    ] {
        if found != expected {
            return Err(EvaluationError::WrongCount {
                what,
                found,
                expected,
            });
        }
    }
    check_scores(targets, scores, |label| labels[label].clone())?;
    for (label, &threshold) in labels.iter().zip(thresholds) {
        if !threshold.is_finite() {
            return Err(EvaluationError::NoThreshold {
                label: label.clone(),
                threshold,
            });
        }
    }
    Ok(())
}

fn judge_labels(
    labels: &[String],
    targets: &LabelMatrix,
    scores: &ScoreMatrix,
    given: &LabelMatrix,
) -> Vec<LabelMetrics> {
    let judge = |(index, label): (usize, &String)| {
        let confusion = Confusion::count(targets.column(index).zip(given.column(index)));
        let ranking = Ranking::of_label(targets, scores, index);
        LabelMetrics {
            label: label.clone(),
            confusion,
            rates: confusion.rates(),
            average_precision: ranking.average_precision(),
            roc_auc: ranking.roc_auc(),
        }
    };
    labels.iter().enumerate().map(judge).collect()
}

fn judge_rows(targets: &LabelMatrix, given: &LabelMatrix) -> Vec<Confusion> {
    let judge = |row| {
        let cells = targets.row(row).iter().zip(given.row(row));
        Confusion::count(cells.map(|(&has, &given)| (has, given)))
    };
    (0..targets.rows()).map(judge).collect()
}

/// Weighted means of rates, undefined ones counted as 0; `None` when nothing has weight.
fn average(rates: impl Iterator<Item = (Rates, f64)>) -> Rates {
    let (mut sums, mut weights) = ([0.0; 3], 0.0);
    for (rates, weight) in rates {
        let values = [rates.precision, rates.recall, rates.f1];
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += weight * value.unwrap_or(0.0);
        }
        weights += weight;
    }
    let mean = |sum: f64| (weights > 0.0).then(|| sum / weights);
    Rates {
        precision: mean(sums[0]),
        recall: mean(sums[1]),
        f1: mean(sums[2]),
    }
}

/// The mean; `None` of nothing.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| {
        (sum + value, count + 1)
    });
    (count > 0).then(|| sum / count as f64)
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
