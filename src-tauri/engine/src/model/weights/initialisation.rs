//! Values of parameters that a checkpoint lacks, as pure functions of (seed, parameter, element).

use std::f64::consts::TAU;

use kernels::random::mix;

use crate::model::parameters::{Parameter, ParameterKind, Part};

/// Standard deviation of new dense layers in transformers' BERT.
const STANDARD_DEVIATION: f64 = 0.02;

/// Whether a parameter can be newly initialised without making the model worthless.
pub(super) fn can_be_new(part: Part) -> bool {
    matches!(part, Part::Pooler | Part::Classifier)
}

/// Fills the values of one new parameter of a model of this width.
pub(super) fn initialise(parameter: &Parameter, hidden: usize, seed: u64, values: &mut [f32]) {
    // The place in the flat buffer tells the parameters apart and does not depend on what else
    // the checkpoint has.
    let key = mix(mix(seed) ^ parameter.range.start as u64);
    let uniform = |index: usize| {
        let bits = mix(key.wrapping_add(index as u64)) >> 11;
        (bits as f64 + 0.5) / (1_u64 << 53) as f64 // in (0, 1)
    };
    if parameter.part == Part::Classifier {
        let bound = 1.0 / (hidden as f64).sqrt();
        for (index, value) in values.iter_mut().enumerate() {
            *value = ((2.0 * uniform(index) - 1.0) * bound) as f32;
        }
    } else if parameter.kind == ParameterKind::Weight {
        // Box and Muller 1958.
        for (index, value) in values.iter_mut().enumerate() {
            let radius = (-2.0 * uniform(2 * index).ln()).sqrt();
            let angle = TAU * uniform(2 * index + 1);
            *value = (STANDARD_DEVIATION * radius * angle.cos()) as f32;
        }
    } else {
        values.fill(0.0);
    }
}
