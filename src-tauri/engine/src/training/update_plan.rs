//! Which parameters a recipe updates, at which rate and with which decay.

use crate::model::config::BertConfig;
use crate::model::learner::{UpdateGroup, UpdatePlan};
use crate::model::parameters::{ParameterKind, ParameterLayout, Part};
use crate::training::recipe::{Decayed, Recipe};

/// How a run with this recipe updates a model of this shape.
pub(super) fn update_plan(
    recipe: &Recipe,
    config: &BertConfig,
    layout: &ParameterLayout,
) -> UpdatePlan {
    UpdatePlan {
        groups: groups(recipe, config, layout),
        clipping_norm: recipe.clipping_norm,
        averages: recipe.weight_averaging.is_some(),
    }
}

fn groups(recipe: &Recipe, config: &BertConfig, layout: &ParameterLayout) -> Vec<UpdateGroup> {
    let lowest = recipe.lowest_trained(config);
    let mut groups: Vec<UpdateGroup> = Vec::new();
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
            _ => groups.push(UpdateGroup {
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
