//! What the charts of an evaluation share.

use super::Language;
use super::error::ChartError;
use crate::evaluation::{EvaluatedPart, Evaluation, Ranking};

/// Says which rows are seen: "Test, 571 articles".
pub(super) fn subtitle(evaluation: &Evaluation, language: Language) -> String {
    let phrases = language.phrases();
    let articles = language.counted(evaluation.targets.rows(), phrases.articles);
    match evaluation.part {
        EvaluatedPart::Test => format!("{}, {articles}", phrases.test),
        EvaluatedPart::Validation => {
            format!("{}, {}, {articles}", phrases.validation, phrases.optimistic)
        }
        EvaluatedPart::OtherTable => format!("{}, {articles}", phrases.other_table),
    }
}

/// The rows by their score for one label.
pub(super) fn ranking(evaluation: &Evaluation, label: usize) -> Ranking {
    Ranking::of_label(&evaluation.targets, &evaluation.scores, label)
}

/// Makes sure that there is one of everything a label.
///
/// # Errors
/// When that is not so.
pub(super) fn check(evaluation: &Evaluation, chart: &'static str) -> Result<(), ChartError> {
    let labels = evaluation.labels.len();
    let metrics = &evaluation.metrics;
    let baseline = evaluation.baseline.as_ref();
    let counts = [
        ("thresholds", evaluation.thresholds.len()),
        ("columns of labels", evaluation.targets.labels()),
        ("columns of scores", evaluation.scores.labels()),
        ("metrics", metrics.per_label.len()),
        ("intervals", evaluation.intervals.label_f1.len()),
        (
            "metrics of the baseline",
            baseline.map_or(labels, |baseline| baseline.metrics.per_label.len()),
        ),
    ];
    match counts.into_iter().find(|&(_, found)| found != labels) {
        None => Ok(()),
        Some((what, found)) => Err(ChartError::Inconsistent {
            chart,
            what,
            expected: labels,
            found,
        }),
    }
}
