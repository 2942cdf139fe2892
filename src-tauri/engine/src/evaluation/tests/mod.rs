mod against_golden_values;
mod against_scikit_learn;
mod baseline;

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::*;

/// A file of `tests/fixtures`.
fn fixture<T: DeserializeOwned>(name: &str) -> T {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures"));
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A file of the data folder beside the project, where there is one.
fn shared(name: &str, test: &str) -> Option<PathBuf> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let path = folder.join(name);
    if !path.exists() {
        println!("skipped: {test} (no ../shared)");
        return None;
    }
    Some(path)
}

fn names(labels: usize) -> Vec<String> {
    (0..labels).map(|label| format!("label {label}")).collect()
}

/// `None` and 0 are the same here: scikit-learn gives 0 for what is not defined.
#[track_caller]
fn assert_rates(found: &Rates, expected: [f64; 3], what: &str) {
    let found = [found.precision, found.recall, found.f1].map(|rate| rate.unwrap_or(0.0));
    for (found, expected) in found.into_iter().zip(expected) {
        assert!(
            (found - expected).abs() < 1e-9,
            "{what}: {found} {expected}"
        );
    }
}

#[track_caller]
fn assert_close(found: Option<f64>, expected: Option<f64>, what: &str) {
    match (found, expected) {
        (Some(found), Some(expected)) => {
            assert!(
                (found - expected).abs() < 1e-9,
                "{what}: {found} {expected}"
            );
        }
        (found, expected) => assert_eq!(found, expected, "{what}"),
    }
}

fn small_evaluation(scores: Vec<f64>) -> Result<Evaluation, EvaluationError> {
    let targets = LabelMatrix::new(2, vec![true, false, false, false, true, true]);
    let baseline = BaselineScores {
        features: 5,
        scores: ScoreMatrix::new(2, vec![0.5; 6]),
    };
    Evaluation::new(
        EvaluatedPart::Test,
        vec![4, 7, 9],
        names(2),
        vec![0.5, 0.4],
        targets,
        ScoreMatrix::new(2, scores),
        Some(baseline),
        1,
    )
}

#[test]
fn an_evaluation_is_read_back_as_it_was_written() {
    let evaluation = small_evaluation(vec![0.9, 0.4, 0.2, 0.1, 0.7, 0.3]).unwrap();
    assert_eq!(evaluation.metrics.per_label[1].rates.precision, Some(0.0));
    assert_eq!(evaluation.metrics.per_label[0].rates.f1, Some(1.0));
    let baseline = evaluation.baseline.as_ref().unwrap();
    assert_eq!(baseline.metrics.micro.recall, Some(1.0));
    let text = serde_json::to_string(&evaluation).unwrap();
    assert_eq!(
        serde_json::from_str::<Evaluation>(&text).unwrap(),
        evaluation
    );
}

#[test]
fn scores_that_fit_no_row_or_are_no_probability_are_refused() {
    let error = small_evaluation(vec![0.5; 4]).unwrap_err();
    assert!(
        matches!(
            error,
            EvaluationError::WrongShape {
                found: (2, 2),
                expected: (3, 2),
                ..
            }
        ),
        "{error}"
    );
    let error = small_evaluation(vec![0.1, 0.2, 0.3, f64::NAN, 0.5, 0.6]).unwrap_err();
    assert!(
        matches!(&error, EvaluationError::NoProbability { row: 1, label, .. } if label == "label 1"),
        "{error}"
    );
}

#[test]
fn a_name_or_a_threshold_too_few_is_refused() {
    let targets = LabelMatrix::new(2, vec![true, false]);
    let scores = ScoreMatrix::new(2, vec![0.2, 0.3]);
    let error = |names: &[String], thresholds: &[f64]| {
        Metrics::new(names, &targets, &scores, thresholds).unwrap_err()
    };
    let count = error(&names(2), &[0.5]);
    assert!(
        matches!(
            count,
            EvaluationError::WrongCount {
                what: "thresholds",
                found: 1,
                expected: 2
            }
        ),
        "{count}"
    );
    assert!(matches!(
        error(&names(1), &[0.5; 2]),
        EvaluationError::WrongCount { .. }
    ));
    let endless = error(&names(2), &[0.5, f64::INFINITY]);
    assert!(
        matches!(endless, EvaluationError::NoThreshold { .. }),
        "{endless}"
    );
}

#[test]
fn a_table_without_rows_cannot_be_evaluated() {
    let targets = LabelMatrix::new(2, Vec::new());
    let scores = ScoreMatrix::new(2, Vec::new());
    let nothing = EvaluationError::Nothing { rows: 0, labels: 2 };
    let metrics = Metrics::new(&names(2), &targets, &scores, &[0.5; 2]);
    assert_eq!(metrics.unwrap_err(), nothing);
    let intervals = Intervals::new(&targets, &targets, 1);
    assert_eq!(intervals.unwrap_err(), nothing);
}
