//! Why a request could not be carried out.

use std::path::PathBuf;

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
    /// A request needs a table that can be learned from, and the open one cannot yet.
    #[error("{} is not ready to be learned from: {message}", path.display())]
    TableNotReady {
        /// The table.
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
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The most that is read.
        most: u64,
    },
    /// This request cannot be answered yet.
    #[error("not built yet")]
    NotBuilt,
}
