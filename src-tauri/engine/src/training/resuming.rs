//! Going on from a checkpoint.

use crate::training::error::TrainingError;
use crate::training::optimizer::Optimizer;
use crate::training::state::RunState;
use crate::training::{Training, checkpoint, checkpoint_path};

/// What a run goes on with: its state, its weights, and their average where it keeps one.
pub(super) type Resumed = (RunState, Vec<f32>, Option<Vec<f32>>);

/// Reads the checkpoint of a run, and the moments in it into the optimizer.
///
/// # Errors
/// When it cannot be read, or recipe, data or model are no longer those that the run began with.
pub(super) fn resume(
    training: &Training<'_>,
    optimizer: &mut Optimizer,
) -> Result<Resumed, TrainingError> {
    let path = checkpoint_path(training.folder);
    let (state, sections) = checkpoint::read::<RunState>(&path)?;
    let run = training.folder.to_path_buf();
    // The number of threads changes nothing, so it may differ.
    let mut recipe = state.recipe.clone();
    recipe.threads = training.recipe.threads;
    if recipe != *training.recipe {
        return Err(TrainingError::RecipeChanged { run });
    }
    if state.data != training.data.fingerprint() {
        return Err(TrainingError::DataChanged { run });
    }
    let expected = training.backend.layout().len();
    if let Some(wrong) = sections.iter().find(|section| section.len() != expected) {
        return Err(TrainingError::WrongWeights {
            found: wrong.len(),
            expected,
        });
    }
    let mut sections = sections.into_iter();
    let mut next = || sections.next().unwrap_or_default();
    let parameters = next();
    optimizer.first_moments = next();
    optimizer.second_moments = next();
    let average = training.recipe.weight_averaging.map(|_| next());
    Ok((state, parameters, average))
}
