//! Classifications as the window asks for and shows them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ChosenDevice, EvaluationOverview};
use crate::classify;
use crate::dataset::{ReadingChoices, RoleChoices};
use crate::library::model::Columns;

/// One article with the answer of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ClassifiedDocument {
    /// What the model says.
    pub answer: classify::Answer,
    /// Where the model stopped reading, in characters (Unicode scalar values) of the text (title,
    /// a space, abstract, without space around them); nothing when it read everything.
    pub read_until: Option<usize>,
    /// Seconds that it took.
    pub seconds: f64,
    /// What computed it.
    pub device: ChosenDevice,
}

/// A table to classify.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BatchRequest {
    /// The model.
    pub model: String,
    /// The table.
    pub table: PathBuf,
    /// How it is read.
    pub reading: ReadingChoices,
    /// Which column is what; the rest as the model learned it.
    pub roles: RoleChoices,
    /// The table that comes out: CSV, or TSV by its name.
    pub output: PathBuf,
}

/// A table that was classified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BatchSummary {
    /// The table that came out.
    pub output: PathBuf,
    /// Its rows.
    pub rows: usize,
    /// Rows that an interrupted session had done before.
    pub resumed_from: usize,
    /// The columns that were read.
    pub columns: Columns,
    /// The columns that were added.
    pub added: Vec<String>,
    /// Rows that were given each label, in the model's order.
    pub given: Vec<(String, usize)>,
    /// Rows that were given none.
    pub without_label: usize,
    /// Rows without a text.
    pub without_text: usize,
    /// Texts that are longer than what is read of them.
    pub texts_cut: usize,
    /// How good that is, where the table has labels that the model knows.
    pub evaluation: Option<EvaluationOverview>,
    /// Labels that the model does not know, with the number of rows that have them.
    pub unknown_labels: BTreeMap<String, usize>,
    /// Rows that have no other labels than such; they are left out of the evaluation.
    pub left_out: usize,
    /// Seconds that it took, pauses left out.
    pub seconds: f64,
}

/// A table with labels to evaluate a model on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EvaluationRequest {
    /// The model.
    pub model: String,
    /// The table.
    pub table: PathBuf,
    /// How it is read.
    pub reading: ReadingChoices,
    /// Which column is what; the rest as the model learned it.
    pub roles: RoleChoices,
}

/// A model's evaluation on a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EvaluatedTable {
    /// The evaluation.
    pub evaluation: EvaluationOverview,
    /// Labels that the model does not know, with the number of rows that have them.
    pub unknown_labels: BTreeMap<String, usize>,
    /// Rows that have no other labels than such; they are left out.
    pub left_out: usize,
}
