//! What a training would take on this machine.

use super::{Desk, DeskContext, DeskError};
use crate::jobs::TrainingRequest;
use crate::protocol::Estimate;

impl Desk {
    pub(super) fn estimate_training(
        &self,
        _training: &TrainingRequest,
        _context: &mut DeskContext<'_>,
    ) -> Result<Estimate, DeskError> {
        Err(DeskError::NotBuilt)
    }
}
