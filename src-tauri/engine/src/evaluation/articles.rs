//! The articles behind the counts of an evaluation.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Evaluation;

/// A count of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ArticleCell {
    /// All that have the label.
    Positives,
    /// Has the label and was given it.
    Found,
    /// Has the label and was not given it.
    Missed,
    /// Was given the label without having it.
    FalseAlarms,
}

impl ArticleCell {
    fn holds(self, has: bool, given: bool) -> bool {
        match self {
            Self::Positives => has,
            Self::Found => has && given,
            Self::Missed => has && !given,
            Self::FalseAlarms => !has && given,
        }
    }
}

impl Evaluation {
    /// The articles behind a count of a label, by their places in [`Evaluation::rows`]: the most
    /// confidently wrong or the surest right first, equal ones in their order. Empty for a label
    /// that there is not.
    pub fn articles_in(&self, label: usize, cell: ArticleCell) -> Vec<usize> {
        let threshold = self.thresholds.get(label).copied();
        let threshold = threshold.unwrap_or(f64::INFINITY);
        let scores: Vec<f64> = self.scores.column(label).collect();
        let mut places: Vec<usize> = self
            .targets
            .column(label)
            .zip(&scores)
            .enumerate()
            .filter(|&(_, (has, &score))| cell.holds(has, score >= threshold))
            .map(|(place, _)| place)
            .collect();
        places.sort_by(|&first, &second| match cell {
            ArticleCell::Missed => scores[first].total_cmp(&scores[second]),
            _ => scores[second].total_cmp(&scores[first]),
        });
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::{EvaluatedPart, INTERVAL_SEED};
    use crate::labels::{LabelMatrix, ScoreMatrix};

    fn evaluation() -> Evaluation {
        let has = [true, true, true, false, false, true];
        let scores = [0.9, 0.2, 0.4, 0.6, 0.1, 0.5];
        Evaluation::new(
            EvaluatedPart::Test,
            vec![10, 11, 12, 13, 14, 15],
            vec!["heart".into(), "brain".into()],
            vec![0.5, 0.5],
            LabelMatrix::new(2, has.iter().flat_map(|&has| [has, true]).collect()),
            ScoreMatrix::new(2, scores.iter().flat_map(|&score| [score, 0.7]).collect()),
            None,
            INTERVAL_SEED,
        )
        .unwrap()
    }

    #[test]
    fn the_most_confidently_wrong_come_first() {
        let evaluation = evaluation();
        assert_eq!(evaluation.articles_in(0, ArticleCell::Missed), [1, 2]);
        assert_eq!(evaluation.articles_in(0, ArticleCell::FalseAlarms), [3]);
    }

    #[test]
    fn the_surest_right_come_first() {
        let evaluation = evaluation();
        assert_eq!(evaluation.articles_in(0, ArticleCell::Found), [0, 5]);
        assert_eq!(
            evaluation.articles_in(0, ArticleCell::Positives),
            [0, 5, 2, 1]
        );
    }

    #[test]
    fn there_are_as_many_articles_as_the_metrics_count() {
        let evaluation = evaluation();
        for (label, metrics) in evaluation.metrics.per_label.iter().enumerate() {
            let count = |cell| evaluation.articles_in(label, cell).len();
            let confusion = metrics.confusion;
            assert_eq!(count(ArticleCell::Found), confusion.true_positives);
            assert_eq!(count(ArticleCell::Missed), confusion.false_negatives);
            assert_eq!(count(ArticleCell::FalseAlarms), confusion.false_positives);
            assert_eq!(count(ArticleCell::Positives), confusion.positives());
        }
    }

    #[test]
    fn other_thresholds_change_the_numbers_and_not_the_scores() {
        let evaluation = evaluation();
        let lower = evaluation.with_thresholds(&[0.15, 0.5]).unwrap();
        assert_eq!(lower.metrics.per_label[0].rates.recall, Some(1.0));
        assert_eq!(lower.scores, evaluation.scores);
        let back = lower.with_thresholds(&evaluation.thresholds).unwrap();
        assert_eq!(back, evaluation);
    }
}
