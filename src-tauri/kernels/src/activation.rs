//! The nonlinearity of the feed-forward block, and the pooler's tanh.

use rayon::prelude::*;

use crate::column_sums::{ROWS_A_BLOCK, add_blocks, sum_block, with_block_sums};
use crate::math::{erf, exp, tanh};
use crate::matrix::Write;
use crate::profile::{Work, clock};
use crate::simd::{multiply_add, simd};

/// The nonlinearities that have a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nonlinearity {
    /// `x * Phi(x)` with the error function.
    Gelu,
    /// GELU in its tanh approximation.
    GeluTanh,
    /// `max(x, 0)`.
    Relu,
}

/// `activated = f(values)`, element by element.
///
/// # Panics
/// When the lengths differ.
pub fn apply(nonlinearity: Nonlinearity, activated: &mut [f32], values: &[f32]) {
    let _clock = clock("nonlinearity", Work::values(values.len() * 2));
    assert_eq!(activated.len(), values.len(), "one result a value");
    activated
        .par_chunks_mut(VALUES_A_TASK)
        .zip(values.par_chunks(VALUES_A_TASK))
        .for_each(|(activated, values)| {
            // A few at a time, so that they are still in the first cache.
            for (activated, values) in activated.chunks_mut(1_024).zip(values.chunks(1_024)) {
                activated.copy_from_slice(values);
                apply_in_task(nonlinearity, activated);
            }
        });
}

/// `values = f(values)` in this thread alone.
pub(crate) fn apply_in_task(nonlinearity: Nonlinearity, values: &mut [f32]) {
    match nonlinearity {
        Nonlinearity::Gelu => gelu(values),
        Nonlinearity::GeluTanh => gelu_tanh(values),
        Nonlinearity::Relu => relu(values),
    }
}

/// `gradient *= f'(values)` and once more `activated = f(values)`, so that the latter need not be
/// kept from the forward pass; all (rows, width). `bias_gradient` (width) is the sum of the
/// gradient's rows, or added to what is there.
///
/// # Panics
/// When the shapes do not fit together.
pub fn apply_backward(
    nonlinearity: Nonlinearity,
    activated: &mut [f32],
    gradient: &mut [f32],
    values: &[f32],
    bias_gradient: &mut [f32],
    write: Write,
) {
    let _clock = clock("nonlinearity backward", Work::values(values.len() * 4));
    let width = bias_gradient.len();
    assert!(
        width > 0 && values.len().is_multiple_of(width),
        "rows must be whole"
    );
    assert!(activated.len() == values.len() && gradient.len() == values.len());
    let block = ROWS_A_BLOCK * width;
    let blocks = values.len().div_ceil(block);
    with_block_sums(blocks, width, |sums| {
        activated
            .par_chunks_mut(block)
            .zip(gradient.par_chunks_mut(block))
            .zip(values.par_chunks(block))
            .zip(sums.par_chunks_mut(width))
            .for_each(|(((activated, gradient), values), sums)| {
                match nonlinearity {
                    Nonlinearity::Gelu => gelu_backward(activated, gradient, values),
                    Nonlinearity::GeluTanh => gelu_tanh_backward(activated, gradient, values),
                    Nonlinearity::Relu => relu_backward(activated, gradient, values),
                }
                sum_block(sums, gradient);
            });
        add_blocks(bias_gradient, sums, 0, width, write);
    });
}

/// Adds `bias` to each row of `values` (rows, width) and applies tanh in place.
///
/// # Panics
/// When rows are not whole.
pub fn bias_tanh(values: &mut [f32], bias: &[f32]) {
    assert!(
        !bias.is_empty() && values.len().is_multiple_of(bias.len()),
        "rows must be whole"
    );
    tanh_rows(values, bias);
}

/// `gradient *= 1 - output^2`, the derivative of tanh by its output.
///
/// # Panics
/// When the lengths differ.
pub fn tanh_backward(gradient: &mut [f32], output: &[f32]) {
    assert_eq!(gradient.len(), output.len(), "one output a gradient");
    for (gradient, output) in gradient.iter_mut().zip(output) {
        *gradient *= 1.0 - output * output;
    }
}

const INVERSE_SQRT_2: f32 = std::f32::consts::FRAC_1_SQRT_2;
/// 1 / sqrt(2 pi)
const NORMAL_PEAK: f32 = 0.398_942_3;
/// sqrt(2 / pi) and the cubic coefficient of the tanh approximation (Hendrycks & Gimpel 2016).
const TANH_SCALE: f32 = 0.797_884_6;
const TANH_CUBIC: f32 = 0.044_715;

/// Values that one task of the forward pass takes.
const VALUES_A_TASK: usize = 16_384;

simd! {
    fn gelu(values: &mut [f32]) {
        for value in values {
            let x = *value;
            let cumulative = multiply_add::<FUSED>(erf::<FUSED>(x * INVERSE_SQRT_2), 0.5, 0.5);
            *value = x * cumulative;
        }
    }

    fn gelu_backward(activated: &mut [f32], gradient: &mut [f32], values: &[f32]) {
        for ((activated, gradient), &x) in activated.iter_mut().zip(gradient).zip(values) {
            let cumulative = multiply_add::<FUSED>(erf::<FUSED>(x * INVERSE_SQRT_2), 0.5, 0.5);
            let density = NORMAL_PEAK * exp::<FUSED>(-0.5 * x * x);
            *activated = x * cumulative;
            *gradient *= multiply_add::<FUSED>(x, density, cumulative);
        }
    }

    fn gelu_tanh(values: &mut [f32]) {
        for value in values {
            let x = *value;
            let inner = TANH_SCALE * multiply_add::<FUSED>(TANH_CUBIC * x, x * x, x);
            *value = 0.5 * x * (1.0 + tanh::<FUSED>(inner));
        }
    }

    fn gelu_tanh_backward(activated: &mut [f32], gradient: &mut [f32], values: &[f32]) {
        for ((activated, gradient), &x) in activated.iter_mut().zip(gradient).zip(values) {
            let inner = TANH_SCALE * multiply_add::<FUSED>(TANH_CUBIC * x, x * x, x);
            let t = tanh::<FUSED>(inner);
            let inner_slope = TANH_SCALE * multiply_add::<FUSED>(3.0 * TANH_CUBIC * x, x, 1.0);
            *activated = 0.5 * x * (1.0 + t);
            *gradient *= 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * inner_slope;
        }
    }

    fn relu(values: &mut [f32]) {
        for value in values {
            *value = value.max(0.0);
        }
    }

    fn relu_backward(activated: &mut [f32], gradient: &mut [f32], values: &[f32]) {
        for ((activated, gradient), &x) in activated.iter_mut().zip(gradient).zip(values) {
            *activated = x.max(0.0);
            *gradient = if x > 0.0 { *gradient } else { 0.0 };
        }
    }

    fn tanh_rows(values: &mut [f32], bias: &[f32]) {
        for row in values.chunks_exact_mut(bias.len()) {
            for (value, bias) in row.iter_mut().zip(bias) {
                *value = tanh::<FUSED>(*value + bias);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, assert_gradient, erf_f64, pseudo_random, widen};
    use proptest::prelude::*;

    fn exact(nonlinearity: Nonlinearity, x: f64) -> f64 {
        match nonlinearity {
            Nonlinearity::Gelu => 0.5 * x * (1.0 + erf_f64(x / 2f64.sqrt())),
            Nonlinearity::GeluTanh => {
                let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
                0.5 * x * (1.0 + inner.tanh())
            }
            Nonlinearity::Relu => x.max(0.0),
        }
    }

    const ALL: [Nonlinearity; 3] = [
        Nonlinearity::Gelu,
        Nonlinearity::GeluTanh,
        Nonlinearity::Relu,
    ];

    proptest! {
        #[test]
        fn a_nonlinearity_and_its_gradients_equal_their_definition(
            rows in 1usize..80, width in 1usize..50, seed: u64, which in 0usize..3,
        ) {
            let nonlinearity = ALL[which];
            let values: Vec<f32> = pseudo_random(rows * width, seed).iter().map(|x| 4.0 * x).collect();
            prop_assume!(nonlinearity != Nonlinearity::Relu || values.iter().all(|x| x.abs() > 1e-4));
            let expected: Vec<f64> =
                values.iter().map(|&x| exact(nonlinearity, f64::from(x))).collect();
            let (mut activated, mut again) = (vec![0.0; values.len()], vec![0.0; values.len()]);
            apply(nonlinearity, &mut activated, &values);
            assert_close(&activated, &expected, 1e-6);
            let weights = pseudo_random(rows * width, seed ^ 1);
            let (mut gradient, mut bias_gradient) = (weights.clone(), vec![9.0; width]);
            for write in [Write::Overwrite, Write::Accumulate] {
                gradient.copy_from_slice(&weights);
                apply_backward(nonlinearity, &mut again, &mut gradient, &values, &mut bias_gradient, write);
            }
            assert_close(&again, &expected, 1e-6);
            assert_gradient(&widen(&values), &gradient, 1e-5, |at| {
                at.iter().zip(&weights).map(|(&x, &w)| exact(nonlinearity, x) * f64::from(w)).sum()
            });
            let sums: Vec<f64> = (0..width)
                .map(|column| {
                    2.0 * (0..rows).map(|row| f64::from(gradient[row * width + column])).sum::<f64>()
                })
                .collect();
            assert_close(&bias_gradient, &sums, 1e-4);
        }
    }

    #[test]
    fn the_poolers_tanh_has_the_gradient_of_tanh() {
        let input = pseudo_random(60, 5);
        let bias = pseudo_random(12, 6);
        let mut output = input.clone();
        bias_tanh(&mut output, &bias);
        let mut gradient = vec![1.0; 60];
        tanh_backward(&mut gradient, &output);
        let sums: Vec<f64> = widen(&input)
            .iter()
            .enumerate()
            .map(|(i, x)| x + f64::from(bias[i % 12]))
            .collect();
        assert_close(
            &output,
            &sums.iter().map(|x| x.tanh()).collect::<Vec<_>>(),
            1e-6,
        );
        assert_gradient(&sums, &gradient, 1e-5, |at| {
            at.iter().map(|x| x.tanh()).sum()
        });
    }
}
