//! Whole jobs, from a file to a file: what the terminal program and, later, the worker ask for.

mod error;
mod evaluation;
mod events;
mod material;
mod measure;
mod run_folder;
#[cfg(test)]
mod tests;
mod training;

pub use error::JobError;
pub use evaluation::evaluate_table;
pub use events::{JobEvent, JobObserver};
pub use material::column_names;
pub(crate) use material::{LikeTable, TestArticles, part_cells, split_corrected, titles};
pub use measure::{MeasuredTraining, measure};
pub use run_folder::{RunFolder, UnfinishedRun, unfinished_runs};
pub use training::{OldRun, Trained, resume, train};

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::dataset::{Corrections, ReadingChoices, RoleChoices};
use crate::devices::Computing;
use crate::library::Home;
use crate::split::SplitChoice;
use crate::training::events::Clock;
use crate::training::recipe::Recipe;
use crate::training::stop::StopFlag;

/// Everything that decides a fine-tuning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TrainingRequest {
    /// Name of the run and of the model that comes out.
    pub name: String,
    /// The table of articles.
    pub table: PathBuf,
    /// How the table is read.
    pub reading: ReadingChoices,
    /// Which column is what.
    pub roles: RoleChoices,
    /// What is put right in the tables before anything else. Runs from before there were
    /// corrections have none, and are described without: their identity is their description.
    #[serde(default, skip_serializing_if = "Corrections::is_nothing")]
    #[ts(as = "Option<_>", optional)]
    pub corrections: Corrections,
    /// A test table of its own, with the same columns.
    pub test_table: Option<PathBuf>,
    /// How the rows are split.
    pub split: SplitChoice,
    /// The base model: a name in the library, or a folder.
    pub base: String,
    /// How it is trained.
    pub recipe: Recipe,
}

/// What a job is given from outside: places, time, and who is told.
pub struct JobContext<'a> {
    /// Where everything is kept.
    pub home: &'a Home,
    /// Time.
    pub clock: &'a dyn Clock,
    /// The moment of the job (RFC 3339), for the manifest.
    pub now: String,
    /// The program's name and version, for the manifest.
    pub program: String,
    /// What computes, where the recipe does not say it.
    pub computing: Computing,
    /// Who is told what happens.
    pub observer: &'a mut dyn JobObserver,
    /// Asked whether to stop.
    pub stop: &'a StopFlag,
    /// Seconds between two checkpoints of a run.
    pub checkpoint_seconds: f64,
}
