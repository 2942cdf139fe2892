//! Why a request could not be carried out.

use crate::jobs::JobError;
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
    /// This request cannot be answered yet.
    #[error("not built yet")]
    NotBuilt,
}
