//! AdamW over a whole model, as the fixtures describe it.

use engine::model::backend::Backend;
use engine::model::learner::{Learner, LearnerState, Update, UpdateGroup, UpdatePlan};
use serde::Deserialize;

/// The settings in the fixtures that stay the same for all steps.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settings {
    pub(crate) beta1: f64,
    pub(crate) beta2: f64,
    pub(crate) epsilon: f32,
    #[serde(alias = "weight_decay")]
    pub(crate) weight_decay: f32,
}

/// A learner that updates all parameters alike, with these settings.
pub(crate) fn learner<'a>(
    backend: &'a mut dyn Backend,
    parameters: Vec<f32>,
    settings: Settings,
) -> Box<dyn Learner + 'a> {
    let group = UpdateGroup {
        range: 0..parameters.len(),
        rate_factor: 1.0,
        weight_decay: f64::from(settings.weight_decay),
    };
    let first = Update {
        number: 1,
        learning_rate: 1.0,
        average_kept: 0.0,
    };
    let ours = group.settings(first, 1.0);
    assert_eq!(
        (ours.beta1, ours.beta2, ours.epsilon),
        (settings.beta1, settings.beta2, settings.epsilon),
        "the engine's own settings are those of the fixture"
    );
    let plan = UpdatePlan {
        groups: vec![group],
        clipping_norm: None,
        averages: false,
    };
    let state = LearnerState {
        parameters,
        moments: None,
        average: None,
    };
    backend.learner(state, plan).unwrap()
}
