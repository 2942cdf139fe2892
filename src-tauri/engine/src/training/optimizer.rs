//! AdamW over the flat buffers: which range learns at which rate, with which decay.

use std::ops::Range;

use kernels::adamw::{AdamW, sum_of_squares, update};

use crate::model::config::BertConfig;
use crate::model::parameters::{ParameterKind, ParameterLayout, Part};
use crate::training::recipe::{Decayed, Recipe};

/// PyTorch's defaults, which BERT was fine-tuned with ever since.
const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f32 = 1e-8;

/// Neighbouring parameters that are updated alike.
#[derive(Debug, Clone, PartialEq)]
struct Group {
    range: Range<usize>,
    rate_factor: f64,
    weight_decay: f64,
}

/// AdamW with its groups and both moments.
#[derive(Debug)]
pub(super) struct Optimizer {
    groups: Vec<Group>,
    clipping_norm: Option<f64>,
    /// Running mean of the gradients, in the parameters' layout.
    pub(super) first_moments: Vec<f32>,
    /// Running mean of their squares, in the parameters' layout.
    pub(super) second_moments: Vec<f32>,
}

impl Optimizer {
    /// An optimizer with moments of zero.
    pub(super) fn new(recipe: &Recipe, config: &BertConfig, layout: &ParameterLayout) -> Self {
        Self {
            groups: groups(recipe, config, layout),
            clipping_norm: recipe.clipping_norm,
            first_moments: vec![0.0; layout.len()],
            second_moments: vec![0.0; layout.len()],
        }
    }

    /// Update number `step` (from 1) at this learning rate. Gives the norm of all gradients
    /// before clipping, when they are clipped.
    pub(super) fn step(
        &mut self,
        step: u64,
        learning_rate: f64,
        parameters: &mut [f32],
        gradients: &[f32],
    ) -> Option<f64> {
        let norm = self.clipping_norm.map(|_| self.norm(gradients));
        // As PyTorch's `clip_grad_norm_`.
        let scale = match (self.clipping_norm, norm) {
            (Some(limit), Some(norm)) => (limit / (norm + 1e-6)).min(1.0),
            _ => 1.0,
        };
        for group in &self.groups {
            let range = group.range.clone();
            let settings = AdamW {
                learning_rate: (learning_rate * group.rate_factor) as f32,
                beta1: BETA1,
                beta2: BETA2,
                epsilon: EPSILON,
                weight_decay: group.weight_decay as f32,
                step,
                gradient_scale: scale as f32,
            };
            update(
                settings,
                &mut parameters[range.clone()],
                &gradients[range.clone()],
                &mut self.first_moments[range.clone()],
                &mut self.second_moments[range],
            );
        }
        norm
    }

    fn norm(&self, gradients: &[f32]) -> f64 {
        let squares = self
            .groups
            .iter()
            .map(|group| sum_of_squares(&gradients[group.range.clone()]));
        squares.sum::<f64>().sqrt()
    }
}

fn groups(recipe: &Recipe, config: &BertConfig, layout: &ParameterLayout) -> Vec<Group> {
    let lowest = recipe.lowest_trained(config);
    let mut groups: Vec<Group> = Vec::new();
    for parameter in &layout.parameters {
        if parameter.part < lowest {
            continue;
        }
        let matrix = matches!(
            parameter.kind,
            ParameterKind::Embedding | ParameterKind::Weight
        );
        let decays = matrix || recipe.decayed == Decayed::All;
        let weight_decay = if decays { recipe.weight_decay } else { 0.0 };
        let rate_factor = rate_factor(recipe, config, parameter.part);
        match groups.last_mut() {
            Some(group)
                if group.range.end == parameter.range.start
                    && group.rate_factor == rate_factor
                    && group.weight_decay == weight_decay =>
            {
                group.range.end = parameter.range.end;
            }
            _ => groups.push(Group {
                range: parameter.range.clone(),
                rate_factor,
                weight_decay,
            }),
        }
    }
    groups
}

/// Layer-wise decay counts from the top encoder layer, which learns at the full rate.
fn rate_factor(recipe: &Recipe, config: &BertConfig, part: Part) -> f64 {
    let depth = match part {
        Part::Pooler | Part::Classifier => return recipe.head_rate_factor,
        Part::Layer(layer) => config.layers - 1 - layer,
        Part::Embeddings => config.layers,
    };
    recipe.layer_decay.powi(depth as i32)
}
