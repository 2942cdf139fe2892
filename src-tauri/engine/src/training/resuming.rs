//! Going on from a checkpoint.

use crate::model::learner::LearnerState;
use crate::training::error::TrainingError;
use crate::training::state::RunState;
use crate::training::{Training, checkpoint, checkpoint_path};

/// Reads the checkpoint of a run.
///
/// # Errors
/// When it cannot be read, or recipe, data or model are no longer those that the run began with.
pub(super) fn resume(training: &Training<'_>) -> Result<(RunState, LearnerState), TrainingError> {
    let path = checkpoint_path(training.folder);
    let (state, sections) = checkpoint::read::<RunState>(&path)?;
    let run = training.folder.to_path_buf();
    // The number of threads changes nothing, and another device no more than roundings: the user may change both.
    let mut recipe = state.recipe.clone();
    recipe.threads = training.recipe.threads;
    recipe.device = training.recipe.device;
    if recipe != *training.recipe {
        return Err(TrainingError::RecipeChanged { run });
    }
    if state.data != training.data.fingerprint() {
        return Err(TrainingError::DataChanged { run });
    }
    let expected = training.backend.layout().len();
    // Weights, both moments, and perhaps the average. One that is not there counts as one without values.
    for index in 0..3 + usize::from(training.recipe.weight_averaging.is_some()) {
        check_length(sections.get(index).map_or(0, Vec::len), expected)?;
    }
    let mut sections = sections.into_iter();
    let mut next = || sections.next().unwrap_or_default();
    let learned = LearnerState {
        parameters: next(),
        moments: Some([next(), next()]),
        average: training.recipe.weight_averaging.map(|_| next()),
    };
    Ok((state, learned))
}

/// Whether weights are as many as the model has.
pub(super) fn check_length(found: usize, expected: usize) -> Result<(), TrainingError> {
    if found == expected {
        Ok(())
    } else {
        Err(TrainingError::WrongWeights { found, expected })
    }
}
