//! The nonlinearity of the feed-forward block, fused with the bias before it, and the pooler's
//! tanh.

use rayon::prelude::*;

use crate::math::{erf, exp, tanh};
use crate::profile::{Work, clock};
use crate::simd::{multiply_add, simd};
use crate::split::ROWS_A_TASK;

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

/// Adds `bias` (width) to each row of `values` (rows, width) and applies the nonlinearity in
/// place. `derivative` (rows, width), where given, takes the derivative at each value, so that
/// the backward pass is one multiplication.
///
/// # Panics
/// When the shapes do not fit together.
pub fn bias_nonlinearity(
    nonlinearity: Nonlinearity,
    values: &mut [f32],
    bias: &[f32],
    derivative: Option<&mut [f32]>,
) {
    let _clock = clock("bias, nonlinearity", Work::values(values.len() * 3));
    let width = bias.len();
    assert!(
        width > 0 && values.len().is_multiple_of(width),
        "rows must be whole"
    );
    let chunk = ROWS_A_TASK * width;
    match derivative {
        Some(derivative) => {
            assert_eq!(values.len(), derivative.len(), "one derivative a value");
            values
                .par_chunks_mut(chunk)
                .zip(derivative.par_chunks_mut(chunk))
                .for_each(|(values, derivative)| match nonlinearity {
                    Nonlinearity::Gelu => gelu_with_derivative(values, bias, derivative),
                    Nonlinearity::GeluTanh => gelu_tanh_with_derivative(values, bias, derivative),
                    Nonlinearity::Relu => relu_with_derivative(values, bias, derivative),
                });
        }
        None => values
            .par_chunks_mut(chunk)
            .for_each(|values| match nonlinearity {
                Nonlinearity::Gelu => gelu(values, bias),
                Nonlinearity::GeluTanh => gelu_tanh(values, bias),
                Nonlinearity::Relu => relu(values, bias),
            }),
    }
}

/// `gradient *= derivative`, element by element.
///
/// # Panics
/// When the lengths differ.
pub fn multiply_by_derivative(gradient: &mut [f32], derivative: &[f32]) {
    let _clock = clock("nonlinearity backward", Work::values(gradient.len() * 3));
    assert_eq!(
        gradient.len(),
        derivative.len(),
        "one derivative a gradient"
    );
    gradient
        .par_chunks_mut(16_384)
        .zip(derivative.par_chunks(16_384))
        .for_each(|(gradient, derivative)| {
            for (gradient, derivative) in gradient.iter_mut().zip(derivative) {
                *gradient *= derivative;
            }
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

simd! {
    fn gelu(values: &mut [f32], bias: &[f32]) {
        for row in values.chunks_exact_mut(bias.len()) {
            for (value, bias) in row.iter_mut().zip(bias) {
                let x = *value + bias;
                let cumulative = multiply_add::<FUSED>(erf::<FUSED>(x * INVERSE_SQRT_2), 0.5, 0.5);
                *value = x * cumulative;
            }
        }
    }

    fn gelu_with_derivative(values: &mut [f32], bias: &[f32], derivative: &mut [f32]) {
        let width = bias.len();
        for (row, slopes) in values.chunks_exact_mut(width).zip(derivative.chunks_exact_mut(width)) {
            for ((value, slope), bias) in row.iter_mut().zip(slopes).zip(bias) {
                let x = *value + bias;
                let cumulative = multiply_add::<FUSED>(erf::<FUSED>(x * INVERSE_SQRT_2), 0.5, 0.5);
                let density = NORMAL_PEAK * exp::<FUSED>(-0.5 * x * x);
                *value = x * cumulative;
                *slope = multiply_add::<FUSED>(x, density, cumulative);
            }
        }
    }

    fn gelu_tanh(values: &mut [f32], bias: &[f32]) {
        for row in values.chunks_exact_mut(bias.len()) {
            for (value, bias) in row.iter_mut().zip(bias) {
                let x = *value + bias;
                let inner = TANH_SCALE * multiply_add::<FUSED>(TANH_CUBIC * x, x * x, x);
                *value = 0.5 * x * (1.0 + tanh::<FUSED>(inner));
            }
        }
    }

    fn gelu_tanh_with_derivative(values: &mut [f32], bias: &[f32], derivative: &mut [f32]) {
        let width = bias.len();
        for (row, slopes) in values.chunks_exact_mut(width).zip(derivative.chunks_exact_mut(width)) {
            for ((value, slope), bias) in row.iter_mut().zip(slopes).zip(bias) {
                let x = *value + bias;
                let inner = TANH_SCALE * multiply_add::<FUSED>(TANH_CUBIC * x, x * x, x);
                let t = tanh::<FUSED>(inner);
                let inner_slope = TANH_SCALE * multiply_add::<FUSED>(3.0 * TANH_CUBIC * x, x, 1.0);
                *value = 0.5 * x * (1.0 + t);
                *slope = 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * inner_slope;
            }
        }
    }

    fn relu(values: &mut [f32], bias: &[f32]) {
        for row in values.chunks_exact_mut(bias.len()) {
            for (value, bias) in row.iter_mut().zip(bias) {
                *value = (*value + bias).max(0.0);
            }
        }
    }

    fn relu_with_derivative(values: &mut [f32], bias: &[f32], derivative: &mut [f32]) {
        let width = bias.len();
        for (row, slopes) in values.chunks_exact_mut(width).zip(derivative.chunks_exact_mut(width)) {
            for ((value, slope), bias) in row.iter_mut().zip(slopes).zip(bias) {
                let x = *value + bias;
                *slope = if x > 0.0 { 1.0 } else { 0.0 };
                *value = x.max(0.0);
            }
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
        fn a_nonlinearity_and_its_derivative_equal_their_definition(
            rows in 1usize..40, width in 1usize..50, seed: u64, which in 0usize..3,
        ) {
            let nonlinearity = ALL[which];
            let input: Vec<f32> = pseudo_random(rows * width, seed).iter().map(|x| 4.0 * x).collect();
            let bias = pseudo_random(width, seed ^ 1);
            let sums: Vec<f64> = input.iter().enumerate()
                .map(|(index, &x)| f64::from(x + bias[index % width])).collect();
            let expected: Vec<f64> = sums.iter().map(|&x| exact(nonlinearity, x)).collect();
            let (mut plain, mut values) = (input.clone(), input);
            let mut derivative = vec![0.0; values.len()];
            bias_nonlinearity(nonlinearity, &mut plain, &bias, None);
            bias_nonlinearity(nonlinearity, &mut values, &bias, Some(&mut derivative));
            assert_close(&values, &expected, 1e-6);
            assert_close(&plain, &expected, 1e-6);
            if sums.iter().all(|x| x.abs() > 1e-4) {
                assert_gradient(&sums, &derivative, 1e-5, |at| {
                    at.iter().map(|&x| exact(nonlinearity, x)).sum()
                });
            }
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
