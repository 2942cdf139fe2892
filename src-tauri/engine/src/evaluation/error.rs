//! Why something cannot be evaluated.

use std::fmt::{self, Display, Formatter};

use crate::labels::{LabelMatrix, ScoreMatrix};
use serde::Serialize;
use ts_rs::TS;

/// Why something cannot be evaluated.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum EvaluationError {
    /// No rows or no labels.
    #[error(
        "there is nothing to evaluate: {rows} rows and {labels} labels. Choose articles that have labels"
    )]
    #[serde(rename = "noRowsToEvaluate")]
    Nothing {
        /// Rows there are.
        rows: usize,
        /// Labels there are.
        labels: usize,
    },
    /// Two matrices that belong together differ in shape.
    #[error(
        "the {what} have {} rows and {} labels, but {} and {} are needed. Compute them again for these articles",
        found.0, found.1, expected.0, expected.1
    )]
    #[serde(rename = "wrongEvaluationShape")]
    WrongShape {
        /// What the matrix holds.
        what: &'static str,
        /// Its rows and labels.
        found: (usize, usize),
        /// The rows and labels it should have.
        expected: (usize, usize),
    },
    /// A list has not one entry for each label or each row.
    #[error("there are {found} {what} instead of {expected}. Give one for each")]
    #[serde(rename = "wrongEvaluationCount")]
    WrongCount {
        /// What is listed.
        what: &'static str,
        /// Entries found.
        found: usize,
        /// Entries needed.
        expected: usize,
    },
    /// A score is no probability.
    #[error(
        "the score of label \"{label}\" in row {row} is {score}, which is no probability. Classify the articles again"
    )]
    #[serde(rename = "scoreNotAProbability")]
    NoProbability {
        /// The row among those evaluated, from 0.
        row: usize,
        /// The label.
        label: String,
        /// The score.
        #[ts(type = "number | null")]
        score: f64,
    },
    /// A threshold is infinite or not a number.
    #[error("the threshold of label \"{label}\" is {threshold}. Choose a number between 0 and 1")]
    #[serde(rename = "impossibleThreshold")]
    NoThreshold {
        /// The label.
        label: String,
        /// The threshold.
        #[ts(type = "number | null")]
        threshold: f64,
    },
    /// Thresholds may be chosen on validation rows alone.
    #[error(
        "thresholds can be chosen on the validation rows alone, and these are others. Train the model again"
    )]
    NotValidation,
    /// A goal asks for a rate that does not exist.
    #[error("a {rate} of at least {value} cannot be asked for. Choose a number between 0 and 1")]
    #[serde(rename = "impossibleRate")]
    NoRate {
        /// The rate.
        rate: Rate,
        /// The number asked for.
        #[ts(type = "number | null")]
        value: f64,
    },
    /// A split names a row that the table does not have.
    #[error("the split names row {row}, but there are {rows} rows. Split the data again")]
    #[serde(rename = "evaluatedRowOutOfRange")]
    RowOutOfRange {
        /// The row, from 0.
        row: usize,
        /// Rows there are.
        rows: usize,
    },
    /// The training texts have no word in common.
    #[error(
        "no word stands in two of the {texts} training texts, so there is no linear baseline. Add articles"
    )]
    NoSharedWords {
        /// Texts there are.
        texts: usize,
    },
}

/// A rate that a goal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Rate {
    /// Of the articles that have the label, the share that is given it.
    Recall,
    /// Of the articles that are given the label, the share that has it.
    Precision,
}

impl Display for Rate {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Recall => "recall",
            Self::Precision => "precision",
        })
    }
}

/// Checks that there is something to evaluate and that both matrices have one shape.
pub(super) fn check_given(
    targets: &LabelMatrix,
    given: &LabelMatrix,
) -> Result<(), EvaluationError> {
    let expected = check_any(targets)?;
    check_shape("labels given", (given.rows(), given.labels()), expected)
}

/// As [`check_given`] for scores, each of which has to be a probability. `name` names a label.
pub(super) fn check_scores(
    targets: &LabelMatrix,
    scores: &ScoreMatrix,
    name: impl Fn(usize) -> String,
) -> Result<(), EvaluationError> {
    let expected = check_any(targets)?;
    check_shape("scores", (scores.rows(), scores.labels()), expected)?;
    let wrong = |score: &f64| !(0.0..=1.0).contains(score);
    match scores.values().iter().position(wrong) {
        Some(cell) => Err(EvaluationError::NoProbability {
            row: cell / expected.1,
            label: name(cell % expected.1),
            score: scores.values()[cell],
        }),
        None => Ok(()),
    }
}

fn check_any(targets: &LabelMatrix) -> Result<(usize, usize), EvaluationError> {
    let (rows, labels) = (targets.rows(), targets.labels());
    if rows == 0 || labels == 0 {
        return Err(EvaluationError::Nothing { rows, labels });
    }
    Ok((rows, labels))
}

fn check_shape(
    what: &'static str,
    found: (usize, usize),
    expected: (usize, usize),
) -> Result<(), EvaluationError> {
    if found == expected {
        return Ok(());
    }
    Err(EvaluationError::WrongShape {
        what,
        found,
        expected,
    })
}
