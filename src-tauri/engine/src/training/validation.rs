//! What the logits of the validation rows say of a model.

use crate::evaluation::{label_f1, macro_f1, micro_f1};
use crate::labels::{LabelMatrix, ScoreMatrix};
use crate::model::inference::probability;
use crate::training::data::TrainingData;
use crate::training::events::WorstArticle;

/// The threshold of every label as long as a run goes on.
const THRESHOLD: f64 = 0.5;
/// Articles that are told of as the worst.
const WORST: usize = 5;

/// What an evaluation found.
pub(super) struct Findings {
    /// Mean loss of all cells.
    pub(super) loss: f64,
    pub(super) micro_f1: f64,
    pub(super) macro_f1: f64,
    /// F1 of each label, where it is defined.
    pub(super) label_f1: Vec<Option<f64>>,
    /// The articles with the highest loss, the worst first.
    pub(super) worst: Vec<WorstArticle>,
}

impl Findings {
    /// Judges the `logits` of the validation rows, shape (rows, labels).
    pub(super) fn new(data: &TrainingData<'_>, logits: &[f32]) -> Self {
        let labels = data.targets.labels();
        let truth = data.targets.select(data.validation);
        let probabilities = logits.iter().map(|&logit| probability(logit)).collect();
        let given = ScoreMatrix::new(labels, probabilities).at_thresholds(&vec![THRESHOLD; labels]);
        Self {
            loss: mean_loss(logits, truth.values()),
            micro_f1: micro_f1(&truth, &given),
            macro_f1: macro_f1(&truth, &given),
            label_f1: label_f1(&truth, &given),
            worst: worst(data, logits, &truth, &given),
        }
    }
}

/// The rows with the highest loss; of equal ones the first.
fn worst(
    data: &TrainingData<'_>,
    logits: &[f32],
    truth: &LabelMatrix,
    given: &LabelMatrix,
) -> Vec<WorstArticle> {
    let labels = data.targets.labels().max(1);
    let rows = logits.chunks_exact(labels).enumerate();
    let mut losses: Vec<(usize, f64)> = rows
        .map(|(place, logits)| (place, mean_loss(logits, truth.row(place))))
        .collect();
    losses.sort_by(|(_, first), (_, second)| second.total_cmp(first));
    losses.truncate(WORST);
    let article = |(place, loss): (usize, f64)| {
        let row = data.validation.get(place).copied().unwrap_or_default();
        WorstArticle {
            row,
            title: data.titles.get(row).copied().unwrap_or_default().into(),
            loss,
            expected: numbers(truth.row(place)),
            given: numbers(given.row(place)),
        }
    };
    losses.into_iter().map(article).collect()
}

/// The numbers of the labels that a row has.
fn numbers(row: &[bool]) -> Vec<usize> {
    let has = row.iter().enumerate().filter(|(_, has)| **has);
    has.map(|(label, _)| label).collect()
}

/// Mean binary cross-entropy of all cells, in the form that cannot overflow:
/// `max(x, 0) - x y + ln(1 + exp(-|x|))`.
fn mean_loss(logits: &[f32], truth: &[bool]) -> f64 {
    let sum: f64 = logits
        .iter()
        .zip(truth)
        .map(|(&logit, &has)| {
            let logit = f64::from(logit);
            let positive = if has { logit } else { 0.0 };
            logit.max(0.0) - positive + (-logit.abs()).exp().ln_1p()
        })
        .sum();
    sum / logits.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three labels; the third is neither there nor given on the validation rows 1 to 7.
    fn findings(titles: &[&str]) -> Findings {
        let row = |first, second| [first, second, false];
        let targets = [
            row(true, true),
            row(true, false),
            row(false, true),
            row(true, true),
            row(false, false),
            row(true, false),
            row(false, false),
            row(true, false),
        ];
        let targets = LabelMatrix::new(3, targets.concat());
        let validation = [1, 2, 3, 4, 5, 6, 7];
        let data = TrainingData {
            sequences: &[],
            targets: &targets,
            titles,
            training: &[0],
            validation: &validation,
        };
        let logits = [
            [4.0, -4.0, -9.0],
            [4.0, -4.0, -9.0],
            [4.0, 4.0, -9.0],
            [-4.0, -4.0, -9.0],
            [-1.0, -4.0, -9.0],
            [-4.0, 2.0, -9.0],
            [0.5, -4.0, -9.0],
        ];
        Findings::new(&data, &logits.concat())
    }

    #[test]
    fn the_five_articles_with_the_highest_loss_come_worst_first_with_their_labels() {
        let titles = [
            "zero", "one", "two", "three", "four", "five", "six", "seven",
        ];
        let worst = findings(&titles).worst;
        let rows: Vec<usize> = worst.iter().map(|article| article.row).collect();
        assert_eq!(rows, [2, 6, 5, 7, 1], "{worst:?}");
        let first = &worst[0];
        assert_eq!(first.title, "two");
        assert_eq!(
            (&first.expected[..], &first.given[..]),
            (&[1][..], &[0][..])
        );
        // Two cells that are wrong by 4, and one that is right.
        let wrong = 4.0 + (-4.0_f64).exp().ln_1p();
        let expected = (2.0 * wrong + (-9.0_f64).exp().ln_1p()) / 3.0;
        assert!((first.loss - expected).abs() < 1e-9);
    }

    #[test]
    fn each_label_has_its_f1_and_one_that_is_nowhere_has_none() {
        let found = findings(&[]);
        // Found 3 of 4 with one false alarm; found 1 of 2 with one false alarm.
        assert_eq!(found.label_f1, [Some(6.0 / 8.0), Some(0.5), None]);
        assert!((found.macro_f1 - 1.25 / 3.0).abs() < 1e-12);
        assert!(found.worst.iter().all(|article| article.title.is_empty()));
    }
}
