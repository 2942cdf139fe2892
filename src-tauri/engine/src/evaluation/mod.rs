//! How good a model is: metrics as scikit-learn defines them, their intervals, thresholds, and
//! the linear baseline that a model has to beat.
//!
//! All numbers are computed in `f64` and stored ([`Evaluation`]); charts and reports are drawn
//! from what is stored and compute nothing anew.

mod f1;

pub use f1::{macro_f1, micro_f1};

use serde::{Deserialize, Serialize};

use crate::labels::{LabelMatrix, ScoreMatrix};

/// Which rows a model was evaluated on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EvaluatedPart {
    /// The rows that also chose the best moment of the run or the thresholds: its numbers are
    /// optimistic.
    Validation,
    /// Rows that nothing was chosen on.
    Test,
    /// A table that was handed in later.
    OtherTable,
}

/// An evaluation as it is stored with a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evaluation {
    /// Which rows these are.
    pub part: EvaluatedPart,
    /// Their numbers in the table, from 0.
    pub rows: Vec<usize>,
    /// The labels' names, in the order of the matrices' columns.
    pub labels: Vec<String>,
    /// The threshold of each label, shape (labels).
    pub thresholds: Vec<f64>,
    /// Which labels the rows have, shape (rows, labels).
    pub targets: LabelMatrix,
    /// The probabilities that the model gave, shape (rows, labels).
    pub scores: ScoreMatrix,
    /// The metrics at these thresholds.
    pub metrics: Metrics,
    /// Bootstrap intervals of the headline numbers.
    pub intervals: Intervals,
    /// The linear baseline on the same rows, where one could be trained.
    pub baseline: Option<Baseline>,
}

/// Precision, recall and F1. `None` where the definition divides by zero; such a label counts as
/// 0 in a mean, as with scikit-learn's `zero_division=0`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// The metrics of one label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metrics {
    /// Each label by itself.
    pub per_label: Vec<LabelMetrics>,
    /// Over all cells at once.
    pub micro: Rates,
    /// The mean of the labels.
    pub macro_average: Rates,
    /// The mean of the labels, weighted by how many rows have them.
    pub weighted: Rates,
    /// The mean of the rows; a rate that a row does not define counts as 0.
    pub samples: Rates,
    /// Share of rows whose set of labels is exactly right.
    pub subset_accuracy: f64,
    /// Share of cells that are wrong.
    pub hamming_loss: f64,
    /// Mean Jaccard index of the rows.
    pub jaccard_samples: f64,
    /// Average precision over all cells at once.
    pub average_precision_micro: Option<f64>,
    /// Mean average precision of the labels that define it.
    pub average_precision_macro: Option<f64>,
    /// ROC area over all cells at once.
    pub roc_auc_micro: Option<f64>,
    /// Mean ROC area of the labels that define it.
    pub roc_auc_macro: Option<f64>,
    /// Label ranking average precision.
    pub label_ranking_average_precision: f64,
    /// How far one has to go down a row's ranking to find all its labels, on average.
    pub coverage_error: f64,
    /// Share of label pairs of a row that are ordered wrongly, on average.
    pub label_ranking_loss: f64,
}

/// A percentile interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    /// 2.5th percentile.
    pub low: f64,
    /// 97.5th percentile.
    pub high: f64,
}

/// 95 % percentile bootstrap intervals over rows (Efron & Tibshirani 1993), 1,000 resamples from
/// a fixed seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Intervals {
    /// Of the micro-averaged F1.
    pub micro_f1: Interval,
    /// Of the macro-averaged F1.
    pub macro_f1: Interval,
    /// Of the weighted F1.
    pub weighted_f1: Interval,
    /// Of the mean F1 of the rows.
    pub samples_f1: Interval,
    /// Of the subset accuracy.
    pub subset_accuracy: Interval,
    /// Of the Hamming loss.
    pub hamming_loss: Interval,
    /// Of each label's F1; `None` where the label's F1 is not defined.
    pub label_f1: Vec<Option<Interval>>,
}

/// TF-IDF and logistic regression on the same rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Baseline {
    /// Its metrics at threshold 0.5.
    pub metrics: Metrics,
    /// Words and word pairs that it knows.
    pub features: usize,
    /// Its probabilities, shape (rows, labels).
    pub scores: ScoreMatrix,
}
