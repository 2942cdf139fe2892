//! AdamW over a whole model, as the training loop will drive it.

use kernels::adamw::{AdamW, update};
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

pub(crate) struct Optimizer {
    settings: Settings,
    first_moments: Vec<f32>,
    second_moments: Vec<f32>,
    step: u64,
}

impl Optimizer {
    pub(crate) fn new(settings: Settings, length: usize) -> Self {
        let moments = vec![0.0; length];
        Self {
            settings,
            first_moments: moments.clone(),
            second_moments: moments,
            step: 0,
        }
    }

    pub(crate) fn step(&mut self, learning_rate: f32, parameters: &mut [f32], gradients: &[f32]) {
        self.step += 1;
        let settings = AdamW {
            learning_rate,
            beta1: self.settings.beta1,
            beta2: self.settings.beta2,
            epsilon: self.settings.epsilon,
            weight_decay: self.settings.weight_decay,
            step: self.step,
            gradient_scale: 1.0,
        };
        let (first, second) = (&mut self.first_moments, &mut self.second_moments);
        update(settings, parameters, gradients, first, second);
    }
}
