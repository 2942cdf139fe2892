//! Cells in the order of their scores: what every threshold would give, the curves over all of
//! them and the areas below.

use serde::{Deserialize, Serialize};

use crate::evaluation::metrics::Confusion;
use crate::labels::{LabelMatrix, ScoreMatrix};

/// A point of a precision-recall curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PrecisionRecallPoint {
    /// Scores from here on are given the label; `None` at the end of the curve, where none is.
    pub threshold: Option<f64>,
    /// Right among those given; 1 at the end of the curve.
    pub precision: f64,
    /// Found among those that have the label.
    pub recall: f64,
}

/// A point of a ROC curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RocPoint {
    /// Scores from here on are given the label; `None` at the start of the curve, where none is.
    pub threshold: Option<f64>,
    /// Given the label among those that do not have it.
    pub false_positive_rate: f64,
    /// Given the label among those that have it.
    pub true_positive_rate: f64,
}

/// Cells ordered by score, highest first; equal scores are one step, since no threshold can part
/// them.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    steps: Vec<Step>,
    positives: usize,
    negatives: usize,
}

/// What is given when `score` is the threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    pub(super) score: f64,
    pub(super) true_positives: usize,
    pub(super) false_positives: usize,
}

impl Ranking {
    /// Orders pairs of "has the label" and its score.
    pub fn new(cells: impl IntoIterator<Item = (bool, f64)>) -> Self {
        // Adding 0 makes one zero of both, as every comparison does but the total order.
        let mut cells: Vec<(f64, bool)> = cells
            .into_iter()
            .map(|(has, score)| (score + 0.0, has))
            .collect();
        cells.sort_unstable_by(|left, right| right.0.total_cmp(&left.0));
        let mut steps: Vec<Step> = Vec::new();
        let (mut true_positives, mut false_positives) = (0, 0);
        for (score, has) in cells {
            if has {
                true_positives += 1;
            } else {
                false_positives += 1;
            }
            let step = Step {
                score,
                true_positives,
                false_positives,
            };
            match steps.last_mut() {
                Some(last) if last.score.total_cmp(&score).is_eq() => *last = step,
                _ => steps.push(step),
            }
        }
        Self {
            steps,
            positives: true_positives,
            negatives: false_positives,
        }
    }

    /// The rows by their score for one label.
    pub fn of_label(targets: &LabelMatrix, scores: &ScoreMatrix, label: usize) -> Self {
        Self::new(targets.column(label).zip(scores.column(label)))
    }

    /// All cells of both matrices, shape (rows, labels), at once.
    pub fn of_cells(targets: &LabelMatrix, scores: &ScoreMatrix) -> Self {
        let has = targets.values().iter().copied();
        Self::new(has.zip(scores.values().iter().copied()))
    }

    /// How many cells have the label.
    pub fn positives(&self) -> usize {
        self.positives
    }

    /// The distinct scores, highest first, with what each gives as a threshold.
    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The confusion matrix when the cells down to a step are given.
    pub(super) fn confusion(&self, step: &Step) -> Confusion {
        Confusion {
            true_positives: step.true_positives,
            false_positives: step.false_positives,
            false_negatives: self.positives - step.true_positives,
            true_negatives: self.negatives - step.false_positives,
        }
    }

    /// The sum of each step's precision times its gain in recall, with no interpolation; `None`
    /// without a positive.
    pub fn average_precision(&self) -> Option<f64> {
        let (mut before, mut area) = (0, 0.0);
        for step in &self.steps {
            let gain = (step.true_positives - before) as f64;
            let given = step.true_positives + step.false_positives;
            area += gain * step.true_positives as f64 / given as f64;
            before = step.true_positives;
        }
        (self.positives > 0).then(|| area / self.positives as f64)
    }

    /// The share of pairs of a positive and a negative in which the positive scores higher, ties
    /// counted half, which is the area below the ROC curve (Hanley & McNeil 1982); `None` without
    /// a positive or without a negative.
    pub fn roc_auc(&self) -> Option<f64> {
        let (mut found, mut alarms, mut half_pairs) = (0, 0, 0_u128);
        for step in &self.steps {
            let width = step.false_positives - alarms;
            half_pairs += width as u128 * (step.true_positives + found) as u128;
            (found, alarms) = (step.true_positives, step.false_positives);
        }
        let pairs = self.positives as u128 * self.negatives as u128;
        (pairs > 0).then(|| half_pairs as f64 / (2 * pairs) as f64)
    }

    /// Precision and recall at every distinct score, from the lowest to the highest, and at last
    /// the point (recall 0, precision 1), as scikit-learn's `precision_recall_curve`. `None`
    /// without a positive.
    pub fn precision_recall_curve(&self) -> Option<Vec<PrecisionRecallPoint>> {
        let point = |step: &Step| {
            let confusion = self.confusion(step);
            Some(PrecisionRecallPoint {
                threshold: Some(step.score),
                precision: confusion.precision()?,
                recall: confusion.recall()?,
            })
        };
        let end = PrecisionRecallPoint {
            threshold: None,
            precision: 1.0,
            recall: 0.0,
        };
        if self.positives == 0 {
            return None;
        }
        let points = self.steps.iter().rev().map(point);
        points.chain([Some(end)]).collect()
    }

    /// Both rates at every distinct score, from the point (0, 0) to (1, 1), without points in a
    /// straight line of equal steps between their neighbours, as scikit-learn's `roc_curve`.
    /// `None` without a positive or without a negative.
    pub fn roc_curve(&self) -> Option<Vec<RocPoint>> {
        if self.positives == 0 || self.negatives == 0 {
            return None;
        }
        let corner = |index: usize| {
            let inner = index.checked_sub(1).map(|before| &self.steps[before]);
            let (Some(before), Some(after)) = (inner, self.steps.get(index + 1)) else {
                return true;
            };
            let here = &self.steps[index];
            2 * here.true_positives != before.true_positives + after.true_positives
                || 2 * here.false_positives != before.false_positives + after.false_positives
        };
        let start = RocPoint {
            threshold: None,
            false_positive_rate: 0.0,
            true_positive_rate: 0.0,
        };
        let corners = (0..self.steps.len()).filter(|&index| corner(index));
        let points = corners.map(|index| {
            let step = &self.steps[index];
            RocPoint {
                threshold: Some(step.score),
                false_positive_rate: step.false_positives as f64 / self.negatives as f64,
                true_positive_rate: step.true_positives as f64 / self.positives as f64,
            }
        });
        Some([start].into_iter().chain(points).collect())
    }
}
