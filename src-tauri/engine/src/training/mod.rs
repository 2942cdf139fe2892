//! Fine-tuning: the recipe, the loop over batches, and checkpoints that a run goes on from bit
//! for bit.

pub mod checkpoint;
pub mod data;
pub mod error;
pub mod events;
mod order;
mod progress;
pub mod recipe;
mod resuming;
mod run;
mod run_files;
mod schedule;
pub mod setting;
mod state;
pub mod stop;
#[cfg(test)]
mod tests;
mod update_plan;
mod validation;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::model::backend::Backend;
use checkpoint::CheckpointError;
use data::TrainingData;
use error::TrainingError;
use events::{Clock, TrainingHistory, TrainingObserver};
pub(crate) use order::epoch_order;
pub(crate) use progress::FORWARD_SHARE;
use recipe::Recipe;
use run::Run;
pub use state::Best;
use state::RunState;
use stop::StopFlag;

/// The checkpoint's name in the folder of its run.
pub const CHECKPOINT_FILE: &str = "checkpoint";

/// Seconds between two checkpoints: with the time that one takes to reach the disk, less than the
/// 60 seconds of work that may be lost at most.
pub const CHECKPOINT_SECONDS: f64 = 50.0;

/// Where a run begins.
#[derive(Debug)]
pub enum Start {
    /// With these weights, in the layout of the backend.
    Fresh(Vec<f32>),
    /// After the last update in the checkpoint of the run's folder.
    Resume,
}

/// Everything a run needs.
pub struct Training<'a> {
    /// How to train.
    pub recipe: &'a Recipe,
    /// What to learn from.
    pub data: TrainingData<'a>,
    /// What computes. Its configuration already has the recipe's dropout
    /// ([`Recipe::with_dropout`]).
    pub backend: &'a mut dyn Backend,
    /// An existing folder for checkpoints, the run's own.
    pub folder: &'a Path,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Who is told what happens.
    pub observer: &'a mut dyn TrainingObserver,
    /// Asked between updates.
    pub stop: &'a StopFlag,
    /// Seconds between two checkpoints; [`CHECKPOINT_SECONDS`] usually.
    pub checkpoint_seconds: f64,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum End {
    /// All epochs are done.
    Finished,
    /// It was no longer getting better.
    StoppedEarly,
    /// It was asked to stop; it can be resumed.
    Stopped,
}

/// What a run gives back. "Stopped by the user" is a result, not an error.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// Updates done.
    pub steps: u64,
    /// The best evaluation.
    pub best: Best,
    /// Its weights, in the layout of the backend.
    pub parameters: Vec<f32>,
    /// Losses and evaluations.
    pub history: TrainingHistory,
    /// Seconds it took, earlier sessions included.
    pub seconds: f64,
}

/// Fine-tunes a model, and gives the weights of the best evaluation; nothing when it was stopped
/// before its first update.
///
/// A checkpoint is written every `checkpoint_seconds` and after a stop. A run that is resumed from
/// one ends with the same weights, bit for bit, as one that was never interrupted.
///
/// # Errors
/// When recipe, data and weights do not fit each other, the loss is no longer finite, or a
/// checkpoint can be neither written nor read.
pub fn fine_tune(start: Start, training: Training<'_>) -> Result<Option<Outcome>, TrainingError> {
    training.recipe.check(training.backend.config())?;
    training.data.check()?;
    let recipe = training.recipe;
    let whole = || {
        let mut run = Run::new(start, training)?;
        let end = run.go()?;
        run.finish(end)
    };
    whole().map_err(|error: TrainingError| error.in_run(recipe))
}

/// How far a run is, as its checkpoint says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunProgress {
    /// Updates done.
    pub step: u64,
    /// Updates of the whole run; none in checkpoints of versions that did not note it.
    pub total_steps: Option<u64>,
}

/// How far the run in `folder` is. Reads the checkpoint's header alone, so that damage further
/// down shows only when the run is resumed.
///
/// # Errors
/// When there is no checkpoint, or its header is damaged or of a newer format.
pub fn read_progress(folder: &Path) -> Result<RunProgress, CheckpointError> {
    let state: RunState = checkpoint::read_header(&checkpoint_path(folder))?;
    Ok(RunProgress {
        step: state.step,
        total_steps: state.total_steps,
    })
}

/// The path of a run's checkpoint.
pub fn checkpoint_path(folder: &Path) -> PathBuf {
    folder.join(CHECKPOINT_FILE)
}
