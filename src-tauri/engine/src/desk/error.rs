//! Why a request could not be carried out.

use std::path::PathBuf;

use serde::Serialize;
use ts_rs::TS;

use crate::charts::Chart;
use crate::dataset::DatasetError;
use crate::failure_details;
use crate::jobs::JobError;
use crate::library::ImportError;
use crate::library::base::BaseLibraryError;
use crate::library::model::ModelError;
use crate::report::ReportError;
use crate::training::error::TrainingError;

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
    /// A chart of the open table was asked for before its texts were counted.
    #[error("the open table has not been counted yet. Count it first, then draw its charts")]
    NoProfile,
    /// A chart that a table alone cannot show.
    #[error("the chart {} shows a model's numbers. Name the model", chart.name())]
    ChartOfModel {
        /// The chart.
        chart: Chart,
    },
    /// A label that the model does not have.
    #[error(
        "there is no label number {number} (from 0): the model has {labels}. Open the model again"
    )]
    NoSuchLabel {
        /// The number asked for.
        number: usize,
        /// Labels that there are.
        labels: usize,
    },
    /// A line is no request.
    #[error(
        "a line is not a request: {message}. Nothing was done. Update the program that sent it"
    )]
    NotARequest {
        /// What is wrong with it.
        message: String,
    },
    /// A job failed.
    #[error(transparent)]
    #[serde(untagged)]
    Job(#[from] JobError),
    /// A report or a chart failed.
    #[error(transparent)]
    #[serde(untagged)]
    Report(#[from] ReportError),
    /// A model cannot be taken into the library.
    #[error(transparent)]
    #[serde(untagged)]
    Import(#[from] ImportError),
}

impl DeskError {
    /// Whether a card stopped working, after which this process cannot use it any more.
    pub fn is_of_a_lost_card(&self) -> bool {
        match self {
            Self::Job(
                JobError::Backend(error) | JobError::Training(TrainingError::Backend(error)),
            ) => error.is_of_a_lost_card(),
            _ => false,
        }
    }
}

/// Errors of the library are errors of the jobs that stand on it.
macro_rules! through_job {
    ($($error:ty),*) => {
        $(impl From<$error> for DeskError {
            fn from(error: $error) -> Self {
                Self::Job(error.into())
            }
        })*
    };
}

through_job!(ModelError, BaseLibraryError, DatasetError);
