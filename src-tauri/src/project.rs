//! Projects: a table, how it is read and split, and the models that learned from it, kept as one
//! JSON file each in `projects` in the data folder.

use engine::dataset::{ReadingChoices, RoleChoices};
use engine::split::SplitChoice;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use ts_rs::TS;

/// A table with everything that was chosen about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// Its identity: the name of its file.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was made (RFC 3339).
    pub created: String,
    /// When it was opened last (RFC 3339).
    pub opened: String,
    /// The table.
    pub table: PathBuf,
    /// SHA-256 of the table when it was opened last, in hexadecimal digits.
    pub sha256: String,
    /// Its rows.
    pub rows: usize,
    /// Its labels.
    pub labels: Vec<String>,
    /// How the table is read.
    pub reading: ReadingChoices,
    /// Which column is what.
    pub roles: RoleChoices,
    /// How the rows are split: the same for all models of the project.
    pub split: SplitChoice,
    /// A test table of its own.
    pub test_table: Option<PathBuf>,
    /// The models that learned from it, and its runs, by their names.
    pub models: Vec<String>,
}
