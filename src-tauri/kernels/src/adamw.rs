//! AdamW (Loshchilov & Hutter 2019) as one pass over flat buffers, with PyTorch's order of
//! operations, and the norm that gradient clipping needs.

use rayon::prelude::*;

use crate::profile::{Work, clock};
use crate::simd::{LANES, multiply_add, simd, sum_lanes};

/// Values that one task takes.
const VALUES_A_TASK: usize = 32_768;

/// The settings of one update of one range of parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamW {
    /// Learning rate of this step.
    pub learning_rate: f32,
    /// Decay of the first moment. In `f64`, because 1 - 0.999 loses four digits in `f32`.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f32,
    /// Decoupled weight decay.
    pub weight_decay: f32,
    /// Number of this update, from 1, for the bias correction.
    pub step: u64,
    /// What gradients are multiplied with first: 1, or less when they are clipped.
    pub gradient_scale: f32,
}

/// Updates `parameters` and both moments in place from `gradients`; all of one length.
///
/// # Panics
/// When the lengths differ.
pub fn update(
    settings: AdamW,
    parameters: &mut [f32],
    gradients: &[f32],
    first_moments: &mut [f32],
    second_moments: &mut [f32],
) {
    let _clock = clock("AdamW", Work::values(parameters.len() * 7));
    let length = parameters.len();
    assert!(
        gradients.len() == length && first_moments.len() == length,
        "one gradient a value"
    );
    assert_eq!(second_moments.len(), length, "one moment a value");
    let scalars = settings.scalars();
    parameters
        .par_chunks_mut(VALUES_A_TASK)
        .zip(gradients.par_chunks(VALUES_A_TASK))
        .zip(first_moments.par_chunks_mut(VALUES_A_TASK))
        .zip(second_moments.par_chunks_mut(VALUES_A_TASK))
        .for_each(|(((parameters, gradients), first), second)| {
            update_chunk(settings, scalars, parameters, gradients, first, second);
        });
}

/// What is the same for all parameters of an update.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scalars {
    /// learning rate / (1 - beta1^step)
    pub step_size: f32,
    /// 1 / sqrt(1 - beta2^step)
    pub root_correction: f32,
    /// 1 - learning rate * weight decay
    pub kept: f32,
}

impl AdamW {
    /// As in PyTorch, the corrections are taken in `f64` and rounded once.
    pub fn scalars(self) -> Scalars {
        let correction1 = 1.0 - self.beta1.powf(self.step as f64);
        let correction2 = 1.0 - self.beta2.powf(self.step as f64);
        let learning_rate = f64::from(self.learning_rate);
        Scalars {
            step_size: (learning_rate / correction1) as f32,
            root_correction: (1.0 / correction2.sqrt()) as f32,
            kept: (1.0 - learning_rate * f64::from(self.weight_decay)) as f32,
        }
    }
}

/// The sum of squares of `values` in `f64`, added up in blocks of fixed size so that it does not
/// depend on the number of threads.
pub fn sum_of_squares(values: &[f32]) -> f64 {
    let _clock = clock("gradient norm", Work::values(values.len()));
    let blocks: Vec<f64> = values
        .par_chunks(VALUES_A_TASK)
        .map(block_of_squares)
        .collect();
    blocks.iter().sum()
}

fn block_of_squares(block: &[f32]) -> f64 {
    // Short runs in f32 lanes, joined in f64: fast, and exact enough for a norm.
    block
        .chunks(4_096)
        .map(|run| f64::from(run_of_squares(run)))
        .sum()
}

simd! {
    fn run_of_squares(run: &[f32]) -> f32 {
        let mut lanes = [0.0; LANES];
        for chunk in run.chunks(LANES) {
            for (lane, value) in lanes.iter_mut().zip(chunk) {
                *lane = multiply_add::<FUSED>(*value, *value, *lane);
            }
        }
        sum_lanes(lanes)
    }

    fn update_chunk(
        settings: AdamW,
        scalars: Scalars,
        parameters: &mut [f32],
        gradients: &[f32],
        first_moments: &mut [f32],
        second_moments: &mut [f32],
    ) {
        let AdamW { epsilon, gradient_scale, .. } = settings;
        let (beta2, share1) = (settings.beta2 as f32, (1.0 - settings.beta1) as f32);
        let share2 = (1.0 - settings.beta2) as f32;
        let Scalars { step_size, root_correction, kept } = scalars;
        let values = parameters.iter_mut().zip(gradients).zip(first_moments).zip(second_moments);
        for (((parameter, gradient), first), second) in values {
            let gradient = gradient * gradient_scale;
            *first = multiply_add::<FUSED>(gradient - *first, share1, *first);
            *second = multiply_add::<FUSED>(*second, beta2, share2 * gradient * gradient);
            let denominator = multiply_add::<FUSED>(second.sqrt(), root_correction, epsilon);
            *parameter = *parameter * kept - step_size * (*first / denominator);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, pseudo_random, widen};

    #[test]
    fn ten_updates_equal_the_formulas_in_f64() {
        let mut parameters = pseudo_random(1000, 1);
        let (mut first, mut second) = (vec![0.0; 1000], vec![0.0; 1000]);
        let mut exact = widen(&parameters);
        let (mut m, mut v) = (vec![0.0f64; 1000], vec![0.0f64; 1000]);
        for step in 1..=10 {
            let gradients = pseudo_random(1000, 100 + step);
            let settings = AdamW {
                learning_rate: 1e-2,
                beta1: 0.9,
                beta2: 0.999,
                epsilon: 1e-8,
                weight_decay: 0.01,
                step,
                gradient_scale: 0.5,
            };
            update(
                settings,
                &mut parameters,
                &gradients,
                &mut first,
                &mut second,
            );
            for index in 0..1000 {
                let g = 0.5 * f64::from(gradients[index]);
                m[index] = 0.9 * m[index] + 0.1 * g;
                v[index] = 0.999 * v[index] + 0.001 * g * g;
                let corrected1 = m[index] / (1.0 - 0.9f64.powi(step as i32));
                let corrected2 = v[index] / (1.0 - 0.999f64.powi(step as i32));
                exact[index] -= 1e-2 * 0.01 * exact[index];
                exact[index] -= 1e-2 * corrected1 / (corrected2.sqrt() + 1e-8);
            }
        }
        assert_close(&parameters, &exact, 1e-5);
    }

    #[test]
    fn the_sum_of_squares_is_exact_to_single_precision() {
        let values = pseudo_random(100_001, 7);
        let exact: f64 = widen(&values).iter().map(|x| x * x).sum();
        assert!((sum_of_squares(&values) - exact).abs() < 1e-6 * exact);
    }
}
