//! What thresholds do, and keeping them with a model.

use super::models::overview;
use super::{Desk, DeskError};
use crate::evaluation::{
    Evaluation, EvaluationError, Metrics, ThresholdGoal, Thresholds, ValidationScores,
    check_thresholds,
};
use crate::library::model::{ModelError, ModelRecord};
use crate::protocol::{ModelOverview, ThresholdTrial};

impl Desk {
    pub(super) fn try_thresholds(
        &self,
        model: &str,
        thresholds: Vec<f64>,
    ) -> Result<ThresholdTrial, DeskError> {
        let record = self.record(model)?;
        check_thresholds(&record.validation.labels, &thresholds).map_err(ModelError::from)?;
        let goal_met = vec![None; thresholds.len()];
        Ok(trial(&record, thresholds, goal_met).map_err(ModelError::from)?)
    }

    pub(super) fn choose_thresholds(
        &self,
        model: &str,
        goal: ThresholdGoal,
    ) -> Result<ThresholdTrial, DeskError> {
        let record = self.record(model)?;
        let validation = ValidationScores::stored(&record.validation);
        let chosen = validation.and_then(|scores| Thresholds::choose(&scores, goal));
        let chosen = chosen.map_err(ModelError::from)?;
        let goal_met = chosen.labels.iter().map(|label| label.goal_met).collect();
        Ok(trial(&record, chosen.values(), goal_met).map_err(ModelError::from)?)
    }

    pub(super) fn set_thresholds(
        &mut self,
        model: &str,
        thresholds: Vec<f64>,
    ) -> Result<ModelOverview, DeskError> {
        let mut opened = self.kept_model(model)?;
        let record = opened.set_thresholds(thresholds)?;
        self.forget_model(model);
        Ok(overview(&opened, Some(record)))
    }
}

fn trial(
    record: &ModelRecord,
    thresholds: Vec<f64>,
    goal_met: Vec<Option<bool>>,
) -> Result<ThresholdTrial, EvaluationError> {
    // Without intervals, which take longer than a hand that moves a slider waits.
    let metrics = |evaluation: &Evaluation| {
        Metrics::new(
            &evaluation.labels,
            &evaluation.targets,
            &evaluation.scores,
            &thresholds,
        )
    };
    Ok(ThresholdTrial {
        validation: metrics(&record.validation)?,
        test: record.test.as_ref().map(metrics).transpose()?,
        goal_met,
        thresholds,
    })
}
