//! How well the labels of each row are ordered, whatever the thresholds (Tsoumakas, Katakis &
//! Vlahavas 2010, with scikit-learn's treatment of ties and of rows without labels).

use crate::evaluation::metrics::mean;
use crate::labels::{LabelMatrix, ScoreMatrix};

/// Means over rows.
pub(super) struct LabelRanking {
    /// Label ranking average precision: for each label of a row, the share of its labels among
    /// those scored at least as high. 1 for a row with no label or with all.
    pub(super) average_precision: f64,
    /// The labels scored at least as high as the lowest label of the row. 0 for a row without.
    pub(super) coverage_error: f64,
    /// The share of pairs of a label that the row has and one that it has not in which the latter
    /// is scored at least as high. 0 for a row with no label or with all.
    pub(super) loss: f64,
}

impl LabelRanking {
    /// Judges scores of the targets' shape, (rows, labels), none of them NaN.
    pub(super) fn new(targets: &LabelMatrix, scores: &ScoreMatrix) -> Self {
        let rows: Vec<Self> = (0..targets.rows())
            .map(|row| Self::of_row(targets.row(row), scores.row(row)))
            .collect();
        let over = |choose: fn(&Self) -> f64| mean(rows.iter().map(choose)).unwrap_or(0.0);
        Self {
            average_precision: over(|row| row.average_precision),
            coverage_error: over(|row| row.coverage_error),
            loss: over(|row| row.loss),
        }
    }

    fn of_row(has: &[bool], scores: &[f64]) -> Self {
        let labels = has.iter().filter(|&&has| has).count();
        let others = has.len() - labels;
        let (mut precision, mut deepest, mut wrong) = (0.0, 0_usize, 0_usize);
        let own = has.iter().zip(scores).filter(|(has, _)| **has);
        for (_, own) in own {
            let (mut rank, mut found) = (0_usize, 0_usize);
            for (&has, score) in has.iter().zip(scores) {
                if score >= own {
                    rank += 1;
                    found += usize::from(has);
                }
            }
            precision += found as f64 / rank as f64;
            deepest = deepest.max(rank);
            wrong += rank - found;
        }
        let ordered = labels > 0 && others > 0;
        let pairs = (labels * others) as f64;
        Self {
            average_precision: if ordered {
                precision / labels as f64
            } else {
                1.0
            },
            coverage_error: deepest as f64,
            loss: if ordered { wrong as f64 / pairs } else { 0.0 },
        }
    }
}
