//! Why a request could not be carried out.

use std::path::PathBuf;

use serde::Serialize;
use ts_rs::TS;

use crate::failure_details;
use crate::jobs::JobError;
use crate::report::ReportError;

/// Why a request could not be carried out. As data, each error has a code of its own; serde wants
/// the variants that pass on another enum's codes at the end.
#[derive(Debug, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
#[ts(rename = "KnownFailure")]
pub enum DeskError {
    /// A request about the open table came when none was open.
    #[error("no table is open. Open one first")]
    NoOpenTable,
    /// A request needs a table that can be learned from, and the open one cannot yet.
    #[error("{} is not ready to be learned from: {message}", path.display())]
    TableNotReady {
        /// The table.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What is missing.
        message: String,
    },
    /// An article without title and abstract.
    #[error("there is nothing to classify. Write a title or an abstract")]
    NothingToClassify,
    /// A text file that cannot be one article's.
    #[error("{} has {} MB, and one text may have {} MB. Choose another file, or classify a table", path.display(), bytes.div_ceil(1 << 20), most >> 20)]
    TextTooLong {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The most that is read.
        most: u64,
    },
    /// This request cannot be answered yet.
    #[error("not built yet")]
    NotBuilt,
    /// A line is no request.
    #[error(
        "a line is not a request: {message}. Nothing was done. Update the program that sent it"
    )]
    NotARequest {
        /// What is wrong with it.
        message: String,
    },
    /// A model has no record, because another program wrote it.
    #[error(
        "the model \"{model}\" was written by another program, so nothing is known of its evaluation. Evaluate it on a table"
    )]
    NoRecord {
        /// The model.
        model: String,
    },
    /// A job failed.
    #[error(transparent)]
    #[serde(untagged)]
    Job(#[from] JobError),
    /// A report or a chart failed.
    #[error(transparent)]
    #[serde(untagged)]
    Report(#[from] ReportError),
}
