//! The two curves of a label as points to draw, both from the left to the right.

use crate::evaluation::Ranking;

/// A point of a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CurvePoint {
    /// Labels with at least this probability are given; `None` where none is.
    pub(super) threshold: Option<f64>,
    /// Recall of a precision-recall curve, false positive rate of a ROC curve.
    pub(super) across: f64,
    /// Precision of a precision-recall curve, true positive rate of a ROC curve.
    pub(super) up: f64,
}

/// Precision over recall, from recall 0 up. Empty when no row has the label.
pub(super) fn precision_recall(ranking: &Ranking) -> Vec<CurvePoint> {
    let points = ranking.precision_recall_curve().unwrap_or_default();
    let points = points.into_iter().rev().map(|point| CurvePoint {
        threshold: point.threshold,
        across: point.recall,
        up: point.precision,
    });
    points.collect()
}

/// True over false positive rate. Empty when all rows have the label or none has.
pub(super) fn roc(ranking: &Ranking) -> Vec<CurvePoint> {
    let points = ranking.roc_curve().unwrap_or_default();
    let points = points.into_iter().map(|point| CurvePoint {
        threshold: point.threshold,
        across: point.false_positive_rate,
        up: point.true_positive_rate,
    });
    points.collect()
}
