//! The files that the user opened: by a dialog, by dropping them, or with the program. No other
//! file is read for the web view.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A file or folder that the user opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OpenedPath {
    /// Where it is.
    pub path: PathBuf,
    /// Its name without its folder.
    pub name: String,
    /// What it looks like.
    pub kind: OpenedKind,
}

/// What a file or folder looks like, by its name and what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum OpenedKind {
    /// CSV, TSV or XLSX.
    Table,
    /// A text to classify.
    Text,
    /// A folder with a classifier.
    ModelFolder,
    /// A zip file.
    ModelZip,
    /// A PyTorch file.
    PyTorch,
    /// A folder with a base model.
    BaseFolder,
    /// Something else.
    Other,
}

/// What a path is chosen for, which decides the dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum PathPurpose {
    /// A table to read.
    OpenTable,
    /// A text to read.
    OpenText,
    /// A folder, zip or PyTorch file with a model.
    OpenModel,
    /// A folder with a model.
    OpenModelFolder,
    /// A folder with a base model.
    OpenBase,
    /// A table to write.
    SaveTable,
    /// A zip file to write a model to.
    SaveModelZip,
    /// A new folder to write a model to.
    SaveModelFolder,
    /// A folder to write a report to.
    SaveReport,
    /// A folder to keep everything in.
    ChooseFolder,
}
