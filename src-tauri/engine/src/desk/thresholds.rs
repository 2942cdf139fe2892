//! What thresholds do, and keeping them with a model.

use super::{Desk, DeskError};
use crate::evaluation::ThresholdGoal;
use crate::protocol::{ModelOverview, ThresholdTrial};

impl Desk {
    pub(super) fn try_thresholds(
        &self,
        _model: &str,
        _thresholds: Vec<f64>,
    ) -> Result<ThresholdTrial, DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn choose_thresholds(
        &self,
        _model: &str,
        _goal: ThresholdGoal,
    ) -> Result<ThresholdTrial, DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn set_thresholds(
        &mut self,
        _model: &str,
        _thresholds: Vec<f64>,
    ) -> Result<ModelOverview, DeskError> {
        Err(DeskError::NotBuilt)
    }
}
