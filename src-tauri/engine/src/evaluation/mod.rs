//! How good a model is: metrics as scikit-learn defines them, their intervals, thresholds, and
//! the linear baseline that a model has to beat.
//!
//! All numbers are computed in `f64` and stored ([`Evaluation`]); charts and reports are drawn
//! from what is stored and compute nothing anew.

mod articles;
mod baseline;
mod error;
mod f1;
mod intervals;
mod label_ranking;
mod metrics;
mod ranking;
#[cfg(test)]
mod tests;
mod thresholds;

pub use articles::ArticleCell;
pub use baseline::{Baseline, BaselineScores, LinearBaseline, train_baseline};
pub use error::{EvaluationError, Rate};
pub use f1::{label_f1, macro_f1, micro_f1};
pub use intervals::{Interval, Intervals};
pub use metrics::{Confusion, LabelMetrics, Metrics, Rates};
pub use ranking::{PrecisionRecallPoint, Ranking, RocPoint};
pub use thresholds::{
    LabelThreshold, ThresholdGoal, Thresholds, ValidationScores, check_thresholds,
};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::labels::{LabelMatrix, ScoreMatrix};

/// Seed of the intervals' resamples, so that one evaluation always gets the same intervals.
pub const INTERVAL_SEED: u64 = 42;

/// Which rows a model was evaluated on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
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

impl Evaluation {
    /// Judges `scores`, shape (rows, labels), against `targets` of the same shape. `rows` are the
    /// numbers of these rows in their table, `thresholds` has one value a label, `baseline` holds
    /// what a linear model says of the same rows, and `seed` chooses the resamples of the
    /// intervals.
    ///
    /// # Errors
    /// When there is nothing to evaluate, the shapes do not fit each other, or a score or a
    /// threshold is no number that it may be.
    pub fn new(
        part: EvaluatedPart,
        rows: Vec<usize>,
        labels: Vec<String>,
        thresholds: Vec<f64>,
        targets: LabelMatrix,
        scores: ScoreMatrix,
        baseline: Option<BaselineScores>,
        seed: u64,
    ) -> Result<Self, EvaluationError> {
        let metrics = Metrics::new(&labels, &targets, &scores, &thresholds)?;
        if rows.len() != targets.rows() {
            return Err(EvaluationError::WrongCount {
                what: "row numbers",
                found: rows.len(),
                expected: targets.rows(),
            });
        }
        let intervals = Intervals::new(&targets, &scores.at_thresholds(&thresholds), seed)?;
        let baseline = baseline
            .map(|scores| Baseline::new(&labels, &targets, scores))
            .transpose()?;
        Ok(Self {
            part,
            rows,
            labels,
            thresholds,
            targets,
            scores,
            metrics,
            intervals,
            baseline,
        })
    }

    /// The same scores judged at other thresholds, one a label. The baseline stays as it is.
    ///
    /// # Errors
    /// As [`Evaluation::new`].
    pub fn with_thresholds(&self, thresholds: &[f64]) -> Result<Self, EvaluationError> {
        let evaluation = Self::new(
            self.part,
            self.rows.clone(),
            self.labels.clone(),
            thresholds.into(),
            self.targets.clone(),
            self.scores.clone(),
            None,
            INTERVAL_SEED,
        )?;
        Ok(Self {
            baseline: self.baseline.clone(),
            ..evaluation
        })
    }
}
