//! Why a request could not be carried out.

use crate::charts::Chart;
use crate::dataset::DatasetError;
use crate::jobs::JobError;
use crate::library::ImportError;
use crate::library::base::BaseLibraryError;
use crate::library::model::ModelError;
use crate::report::ReportError;

/// Why a request could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// A job failed.
    #[error(transparent)]
    Job(#[from] JobError),
    /// A report or a chart failed.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A request about the open table came when none was open.
    #[error("no table is open. Open one first")]
    NoOpenTable,
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
    /// A model cannot be taken into the library.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// This request cannot be answered yet.
    #[error("not built yet")]
    NotBuilt,
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
