//! Tables as the window shows them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Failure;
use crate::dataset::{CorrectionEffects, DatasetProfile, Finding, Fix, TableSource};
use crate::library::model::Columns;
use crate::split::{SplitChoice, SplitPart};

/// A table that was opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TableOverview {
    /// Where it is from and how it was read.
    pub source: TableSource,
    /// Sheets of a workbook; empty for a text file.
    pub sheets: Vec<String>,
    /// Its columns.
    pub columns: Vec<ColumnOverview>,
    /// The roles, as chosen and guessed; none where they could not be told.
    pub roles: Option<Columns>,
    /// What each separator of labels would give, where one column names them.
    pub separators: Vec<SeparatorOverview>,
    /// What its corrections did. All that follows counts the rows that are used.
    pub effects: CorrectionEffects,
    /// The labels with the number of rows that have them.
    pub labels: Vec<(String, usize)>,
    /// Rows that have a title.
    pub with_title: usize,
    /// Rows that have an abstract.
    pub with_abstract: usize,
    /// Rows that have a label.
    pub labelled: usize,
    /// Rows by how many labels they have: `[0]` counts those without any.
    pub labels_a_row: Vec<usize>,
    /// What is remarkable after the corrections, the gravest first.
    pub findings: Vec<FindingOverview>,
    /// What prevents learning from it, and who can change that.
    pub problem: Option<TableProblem>,
}

/// Why a table that can be read cannot be learned from yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TableProblem {
    /// Why.
    pub failure: Failure,
    /// Columns that may be what is missing, the likeliest first.
    pub candidates: Vec<String>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ColumnOverview {
    /// Its name.
    pub name: String,
    /// Cells that hold something.
    pub filled: usize,
    /// Different cells among them, counted to 1000.
    pub different: usize,
    /// Whether all cells are 0, 1 or empty.
    pub is_indicator: bool,
    /// Its first cells, shortened.
    pub samples: Vec<String>,
}

/// What a separator of labels would give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SeparatorOverview {
    /// The separator.
    pub separator: String,
    /// Different labels with it.
    pub labels: usize,
    /// Cells that it parts.
    pub cells: usize,
}

/// Something remarkable, with the number of rows that it is about; the rows themselves are asked
/// for by its place in the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FindingOverview {
    /// What, with at most its first 20 rows.
    pub finding: Finding,
    /// How many rows it is about.
    pub count: usize,
    /// What would put it right, the likeliest first; nothing where only its owner can.
    pub fixes: Vec<Fix>,
}

/// Which rows of the open table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ArticleFilter {
    /// Of this finding, by its place in the list.
    pub finding: Option<usize>,
    /// With this label.
    pub label: Option<String>,
    /// With these words in title, abstract, labels or identifier, whatever their case or accents.
    pub search: String,
}

/// An article of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Article {
    /// Its row in the file, from 0, whatever corrections leave out.
    pub row: usize,
    /// Its line in the file, from 1; none where that is not known.
    pub line: Option<u64>,
    /// Its identifier.
    pub id: Option<String>,
    /// Its title.
    pub title: String,
    /// Its abstract.
    pub abstract_text: String,
    /// Its labels.
    pub labels: Vec<String>,
}

/// Some rows of the open table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ArticlePage {
    /// How many rows the filter selects.
    pub total: usize,
    /// Those asked for.
    pub articles: Vec<Article>,
}

/// Counts of the open table with the word pieces of a base model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TableProfile {
    /// The counts.
    pub profile: DatasetProfile,
    /// Share of the word pieces that the base model's vocabulary does not have; a language that it
    /// was not made for shows here.
    pub unknown_share: f64,
    /// Word pieces a word: above 2 the vocabulary hardly knows the language.
    pub pieces_a_word: f64,
}

/// How a table would be split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SplitOverview {
    /// How.
    pub split: SplitChoice,
    /// Rows to learn from.
    pub training: PartCounts,
    /// Rows to validate on.
    pub validation: PartCounts,
    /// Rows to test on.
    pub test: PartCounts,
    /// How many rows of validation and test have a title that stands in the training part too.
    /// Leaving out exact and near duplicates puts that right, but not between two tables.
    pub leaks: usize,
    /// The first 50 of them.
    pub leaked: Vec<SplitLeak>,
    /// Labels without a row in some part, with the names of those parts.
    pub missing: BTreeMap<String, Vec<String>>,
}

/// A row that is not learned from and yet has the title of one that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SplitLeak {
    /// Its part, validation or test.
    pub part: SplitPart,
    /// Whether it stands in the test table of its own, whose line it has then.
    pub is_of_own_test: bool,
    /// The row.
    pub article: Article,
    /// The first training row with its title.
    pub learned: Article,
}

/// A part of a split.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PartCounts {
    /// Its rows.
    pub rows: usize,
    /// Rows that have each label, in the order of the table's labels.
    pub labels: Vec<usize>,
}
