//! Why a request could not be carried out.

use serde::Serialize;
use ts_rs::TS;

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
