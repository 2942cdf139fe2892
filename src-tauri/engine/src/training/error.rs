//! Why a run cannot start or go on.

use crate::failure_details;
use cuda::CudaError;
use serde::Serialize;
use std::path::PathBuf;
use ts_rs::TS;

use crate::model::backend::BackendError;
use crate::split::SplitPart;
use crate::training::checkpoint::CheckpointError;
use crate::training::recipe::{Recipe, RecipeError};

/// Why a run cannot start or go on.
#[derive(Debug, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum TrainingError {
    /// There are no rows to learn from, or none to validate on.
    #[error("there are no {part} rows. Choose another split")]
    #[serde(rename = "partWithoutRows")]
    NoRows {
        /// The part.
        part: SplitPart,
    },
    /// A row of the split is not a row of the data.
    #[error("the split names row {row}, but there are {rows} rows. Split the data again")]
    #[serde(rename = "trainingRowOutOfRange")]
    RowOutOfRange {
        /// The row, from 0.
        row: usize,
        /// Rows there are.
        rows: usize,
    },
    /// The weights handed in do not fit the model.
    #[error("the base model holds {found} weights instead of {expected}. Get it again")]
    #[serde(rename = "wrongNumberOfWeights")]
    WrongWeights {
        /// Values found.
        found: usize,
        /// Values that the model's shape asks for.
        expected: usize,
    },
    /// The card has no room for the run.
    #[error(
        "the card has not enough memory: {asked} bytes were asked for and {free} are free. {}", advice(*micro_batches)
    )]
    #[serde(rename = "cardTooSmall")]
    CardTooSmall {
        /// Bytes that were asked for.
        asked: u64,
        /// Bytes that are free.
        free: u64,
        /// Micro-batches that would need less; nothing where each article is one already.
        micro_batches: Option<usize>,
    },
    /// The loss is infinite or not a number.
    #[error(
        "the loss became {loss} at update {step} (learning rate {learning_rate:.2e}). The last good checkpoint is kept. Lower the learning rate or clip the gradients (norm 1), and begin a new run"
    )]
    LossNotFinite {
        /// What it became.
        #[ts(type = "number | null")]
        loss: f64,
        /// The update, from 1.
        step: u64,
        /// The learning rate of that update.
        #[ts(type = "number | null")]
        learning_rate: f64,
    },
    /// The weights are no longer finite, though the loss was.
    #[error(
        "the weights stopped being finite at update {step}. The last good checkpoint is kept. Lower the learning rate or clip the gradients (norm 1), and begin a new run"
    )]
    WeightsNotFinite {
        /// The update, from 1.
        step: u64,
    },
    /// The run that is resumed was begun with other data.
    #[error(
        "the data, its split or the tokenizer changed since the run in {} began, so it cannot be resumed. Put the file back as it was, or start a new run", run.display()
    )]
    DataChanged {
        /// Folder of the run.
        #[serde(serialize_with = "failure_details::path")]
        run: PathBuf,
    },
    /// The run that is resumed was begun with another recipe.
    #[error("the run in {} began with another recipe, so it cannot be resumed with this one. Resume it without settings, or start a new run", run.display())]
    RecipeChanged {
        /// Folder of the run.
        #[serde(serialize_with = "failure_details::path")]
        run: PathBuf,
    },
    /// A setting is not possible.
    #[error(transparent)]
    #[serde(untagged)]
    Recipe(#[from] RecipeError),
    /// The model could not be computed.
    #[error(transparent)]
    #[serde(untagged)]
    Backend(#[from] BackendError),
    /// A checkpoint could not be written or read.
    #[error(transparent)]
    #[serde(untagged)]
    Checkpoint(#[from] CheckpointError),
}

/// What makes a run smaller.
fn advice(micro_batches: Option<usize>) -> String {
    match micro_batches {
        Some(count) => format!(
            "Compute each batch in {count} micro-batches: the updates are the same and need less. Or end other programs that use the card, or choose the processor"
        ),
        None => "End other programs that use the card, read fewer word pieces of each text, choose a smaller base model, or the processor".into(),
    }
}

impl TrainingError {
    /// What went wrong in a run with this recipe: for a card that is full also what would need less.
    pub(super) fn in_run(self, recipe: &Recipe) -> Self {
        let Self::Backend(BackendError::Card(CudaError::OutOfMemory { asked, free })) = self else {
            return self;
        };
        Self::CardTooSmall {
            asked,
            free,
            micro_batches: recipe.smaller_micro_batches(),
        }
    }
}
