//! Layer normalisation (Ba, Kiros & Hinton 2016), fused with the bias, dropout and residual sum
//! that come before it in BERT. Mean and variance are taken in two passes.

use rayon::prelude::*;

use crate::column_sums::{ROWS_A_BLOCK, add_blocks, sum_block, with_block_sums};
use crate::dropout::Dropout;
use crate::matrix::Write;
use crate::profile::{Work, clock};
use crate::simd::{LANES, multiply_add, simd, sum_lanes};
use crate::split::ROWS_A_TASK;

/// Scale and shift of a layer normalisation, each of shape (width).
#[derive(Debug, Clone, Copy)]
pub struct Norm<'a> {
    /// gamma
    pub scale: &'a [f32],
    /// beta
    pub shift: &'a [f32],
    /// Added to the variance.
    pub epsilon: f32,
}

/// What the backward pass needs: the normalised rows (rows, width) and 1 / standard deviation
/// of each row (rows).
#[derive(Debug)]
pub struct NormSaved<'a> {
    /// Shape (rows, width).
    pub normalized: &'a mut [f32],
    /// Shape (rows).
    pub inverse_deviation: &'a mut [f32],
}

/// `output = LayerNorm(residual + dropout(input + bias))`; all matrices (rows, width). Element
/// (row, column) of the dropout has the index row * width + column.
///
/// # Panics
/// When the shapes do not fit together.
pub fn residual_layer_norm(
    output: &mut [f32],
    input: &[f32],
    bias: &[f32],
    residual: &[f32],
    dropout: Dropout,
    norm: Norm<'_>,
    saved: NormSaved<'_>,
) {
    let _clock = clock(
        "dropout, residual, layer norm",
        Work::values(input.len() * 4),
    );
    let width = norm.scale.len();
    assert!(
        width > 0 && norm.shift.len() == width && bias.len() == width,
        "one width"
    );
    assert!(output.len().is_multiple_of(width) && output.len() == input.len());
    assert!(residual.len() == input.len() && saved.normalized.len() == input.len());
    assert_eq!(saved.inverse_deviation.len() * width, input.len());
    let chunk = ROWS_A_TASK * width;
    output
        .par_chunks_mut(chunk)
        .zip(input.par_chunks(chunk))
        .zip(residual.par_chunks(chunk))
        .zip(saved.normalized.par_chunks_mut(chunk))
        .zip(saved.inverse_deviation.par_chunks_mut(ROWS_A_TASK))
        .enumerate()
        .for_each(
            |(task, ((((output, input), residual), normalized), inverse))| {
                let rows = output
                    .chunks_exact_mut(width)
                    .zip(input.chunks_exact(width))
                    .zip(residual.chunks_exact(width))
                    .zip(normalized.chunks_exact_mut(width))
                    .zip(inverse);
                for (row, ((((output, input), residual), normalized), inverse)) in rows.enumerate()
                {
                    let first = ((task * ROWS_A_TASK + row) * width) as u32;
                    residual_sum(normalized, input, bias, residual, dropout, first);
                    *inverse = normalize_row(normalized, norm.epsilon);
                    scale_and_shift(output, normalized, norm.scale, norm.shift);
                }
            },
        );
}

/// `output = LayerNorm(input)` where `saved.normalized` already holds the input; it takes the
/// normalised rows.
///
/// # Panics
/// When the shapes do not fit together.
pub fn layer_norm_in_place(output: &mut [f32], norm: Norm<'_>, saved: NormSaved<'_>) {
    let _clock = clock("layer norm", Work::values(output.len() * 3));
    let width = norm.scale.len();
    assert!(width > 0 && norm.shift.len() == width, "one width");
    assert_eq!(output.len(), saved.normalized.len());
    assert_eq!(saved.inverse_deviation.len() * width, output.len());
    let chunk = ROWS_A_TASK * width;
    output
        .par_chunks_mut(chunk)
        .zip(saved.normalized.par_chunks_mut(chunk))
        .zip(saved.inverse_deviation.par_chunks_mut(ROWS_A_TASK))
        .for_each(|((output, normalized), inverse)| {
            let rows = output
                .chunks_exact_mut(width)
                .zip(normalized.chunks_exact_mut(width))
                .zip(inverse);
            for ((output, normalized), inverse) in rows {
                *inverse = normalize_row(normalized, norm.epsilon);
                scale_and_shift(output, normalized, norm.scale, norm.shift);
            }
        });
}

/// `output = LayerNorm(residual + input + bias)` in this thread alone, with nothing kept: the numbers
/// that [`residual_layer_norm`] gives without dropout. `input` is used up.
pub(crate) fn residual_layer_norm_in_task(
    output: &mut [f32],
    input: &mut [f32],
    bias: &[f32],
    residual: &[f32],
    norm: Norm<'_>,
) {
    let width = norm.scale.len();
    let rows = output
        .chunks_exact_mut(width)
        .zip(input.chunks_exact_mut(width))
        .zip(residual.chunks_exact(width));
    for ((output, input), residual) in rows {
        add_bias_and_residual(input, bias, residual);
        normalize_row(input, norm.epsilon);
        scale_and_shift(output, input, norm.scale, norm.shift);
    }
}

/// `output = normalized * scale + shift`: what a normalisation gave, from what it saved.
///
/// # Panics
/// When the shapes do not fit together.
pub fn normalized_output(output: &mut [f32], normalized: &[f32], norm: Norm<'_>) {
    let _clock = clock("layer norm again", Work::values(output.len() * 2));
    let width = norm.scale.len();
    assert!(width > 0 && norm.shift.len() == width, "one width");
    assert!(output.len() == normalized.len() && output.len().is_multiple_of(width));
    output
        .par_chunks_mut(ROWS_A_TASK * width)
        .zip(normalized.par_chunks(ROWS_A_TASK * width))
        .for_each(|(output, normalized)| {
            let rows = output
                .chunks_exact_mut(width)
                .zip(normalized.chunks_exact(width));
            for (output, normalized) in rows {
                scale_and_shift(output, normalized, norm.scale, norm.shift);
            }
        });
}

/// What the forward pass saved, for the backward pass: as [`NormSaved`].
#[derive(Debug, Clone, Copy)]
pub struct NormRead<'a> {
    /// Shape (rows, width).
    pub normalized: &'a [f32],
    /// Shape (rows).
    pub inverse_deviation: &'a [f32],
}

/// Gradients of scale and shift, each (width), and whether to add to what is there.
#[derive(Debug)]
pub struct NormGradients<'a> {
    /// Of gamma.
    pub scale: &'a mut [f32],
    /// Of beta.
    pub shift: &'a mut [f32],
    /// Whether the sums replace what is there or are added to it.
    pub write: Write,
}

/// The gradient of a layer normalisation: on entry `gradient` (rows, width) is that of the output,
/// on return that of what was normalised.
///
/// # Panics
/// When the shapes do not fit together.
pub fn layer_norm_backward(
    gradient: &mut [f32],
    saved: NormRead<'_>,
    scale: &[f32],
    gradients: NormGradients<'_>,
) {
    let _clock = clock("layer norm backward", Work::values(gradient.len() * 3));
    check_backward(gradient, saved, scale, &gradients);
    let width = scale.len();
    let block = ROWS_A_BLOCK * width;
    with_block_sums(gradient.len().div_ceil(block), 2 * width, |sums| {
        gradient
            .par_chunks_mut(block)
            .zip(saved.normalized.par_chunks(block))
            .zip(saved.inverse_deviation.par_chunks(ROWS_A_BLOCK))
            .zip(sums.par_chunks_mut(2 * width))
            .for_each(|(((gradient, normalized), inverse), sums)| {
                backward_rows(gradient, normalized, inverse, scale, sums);
            });
        add_blocks(gradients.scale, sums, 0, 2 * width, gradients.write);
        add_blocks(gradients.shift, sums, width, 2 * width, gradients.write);
    });
}

/// The gradient of [`residual_layer_norm`]: on entry `gradient` (rows, width) is that of the
/// output, on return that of the residual. `input_gradient` (rows, width) takes that of the input
/// before the bias, and `bias_gradient` (width) its sum over the rows.
///
/// # Panics
/// When the shapes do not fit together.
pub fn residual_layer_norm_backward(
    gradient: &mut [f32],
    input_gradient: &mut [f32],
    saved: NormRead<'_>,
    scale: &[f32],
    dropout: Dropout,
    gradients: NormGradients<'_>,
    bias_gradient: &mut [f32],
) {
    let _clock = clock(
        "dropout, residual, layer norm backward",
        Work::values(gradient.len() * 4),
    );
    check_backward(gradient, saved, scale, &gradients);
    let width = scale.len();
    assert!(input_gradient.len() == gradient.len() && bias_gradient.len() == width);
    let block = ROWS_A_BLOCK * width;
    with_block_sums(gradient.len().div_ceil(block), 3 * width, |sums| {
        gradient
            .par_chunks_mut(block)
            .zip(input_gradient.par_chunks_mut(block))
            .zip(saved.normalized.par_chunks(block))
            .zip(saved.inverse_deviation.par_chunks(ROWS_A_BLOCK))
            .zip(sums.par_chunks_mut(3 * width))
            .enumerate()
            .for_each(
                |(number, ((((gradient, input), normalized), inverse), sums))| {
                    let (norm_sums, bias_sums) = sums.split_at_mut(2 * width);
                    backward_rows(gradient, normalized, inverse, scale, norm_sums);
                    if dropout.is_none() {
                        input.copy_from_slice(gradient);
                    } else {
                        masked(input, gradient, dropout, (number * block) as u32);
                    }
                    sum_block(bias_sums, input);
                },
            );
        add_blocks(gradients.scale, sums, 0, 3 * width, gradients.write);
        add_blocks(gradients.shift, sums, width, 3 * width, gradients.write);
        add_blocks(bias_gradient, sums, 2 * width, 3 * width, gradients.write);
    });
}

fn check_backward(
    gradient: &[f32],
    saved: NormRead<'_>,
    scale: &[f32],
    gradients: &NormGradients<'_>,
) {
    let width = scale.len();
    assert!(
        width > 0 && gradient.len() == saved.normalized.len(),
        "one gradient a value"
    );
    assert_eq!(saved.inverse_deviation.len() * width, gradient.len());
    assert!(
        gradients.scale.len() == width && gradients.shift.len() == width,
        "one width"
    );
}

/// `values *= dropout`, element by element; `values` is a whole buffer whose element i has the
/// dropout index i.
pub fn apply_dropout(values: &mut [f32], dropout: Dropout) {
    let _clock = clock("dropout", Work::values(values.len() * 2));
    if dropout.is_none() {
        return;
    }
    values
        .par_chunks_mut(8_192)
        .enumerate()
        .for_each(|(task, values)| {
            mask(values, dropout, (task * 8_192) as u32);
        });
}

/// `destination = dropout(source)`, as [`apply_dropout`].
///
/// # Panics
/// When the lengths differ.
pub fn copy_with_dropout(destination: &mut [f32], source: &[f32], dropout: Dropout) {
    assert_eq!(destination.len(), source.len(), "one source a value");
    destination.copy_from_slice(source);
    apply_dropout(destination, dropout);
}

simd! {
    fn mask(values: &mut [f32], dropout: Dropout, first: u32) {
        for (index, value) in values.iter_mut().enumerate() {
            *value *= dropout.factor(first.wrapping_add(index as u32));
        }
    }

    fn masked(destination: &mut [f32], source: &[f32], dropout: Dropout, first: u32) {
        for (index, (destination, source)) in destination.iter_mut().zip(source).enumerate() {
            *destination = source * dropout.factor(first.wrapping_add(index as u32));
        }
    }

    fn residual_sum(
        sum: &mut [f32],
        input: &[f32],
        bias: &[f32],
        residual: &[f32],
        dropout: Dropout,
        first: u32,
    ) {
        let terms = sum.iter_mut().zip(input).zip(bias).zip(residual).enumerate();
        for (index, (((sum, input), bias), residual)) in terms {
            let kept = dropout.factor(first.wrapping_add(index as u32));
            *sum = multiply_add::<FUSED>(input + bias, kept, *residual);
        }
    }

    fn add_bias_and_residual(sum: &mut [f32], bias: &[f32], residual: &[f32]) {
        for ((sum, bias), residual) in sum.iter_mut().zip(bias).zip(residual) {
            *sum = (*sum + bias) + residual;
        }
    }

    /// Replaces a row by its normalised values and gives 1 / standard deviation.
    fn normalize_row(row: &mut [f32], epsilon: f32) -> f32 {
        let count = row.len() as f32;
        let (chunks, rest) = row.as_chunks_mut::<LANES>();
        let mut lanes = [0.0; LANES];
        for chunk in &*chunks {
            for lane in 0..LANES {
                lanes[lane] += chunk[lane];
            }
        }
        for (lane, value) in lanes.iter_mut().zip(&*rest) {
            *lane += value;
        }
        let mean = sum_lanes(lanes) / count;
        let mut lanes = [0.0; LANES];
        for chunk in chunks {
            for lane in 0..LANES {
                chunk[lane] -= mean;
                lanes[lane] = multiply_add::<FUSED>(chunk[lane], chunk[lane], lanes[lane]);
            }
        }
        for (lane, value) in lanes.iter_mut().zip(rest) {
            *value -= mean;
            *lane = multiply_add::<FUSED>(*value, *value, *lane);
        }
        let inverse = 1.0 / (sum_lanes(lanes) / count + epsilon).sqrt();
        for value in row.iter_mut() {
            *value *= inverse;
        }
        inverse
    }

    fn scale_and_shift(output: &mut [f32], normalized: &[f32], scale: &[f32], shift: &[f32]) {
        let terms = output.iter_mut().zip(normalized).zip(scale).zip(shift);
        for (((output, normalized), scale), shift) in terms {
            *output = multiply_add::<FUSED>(*normalized, *scale, *shift);
        }
    }

    /// dx = (g - mean(g) - x̂ * mean(g * x̂)) / deviation, with g = gradient * scale, for each row;
    /// `sums` (2, width) collects gradient * x̂ and gradient.
    fn backward_rows(
        gradient: &mut [f32],
        normalized: &[f32],
        inverse: &[f32],
        scale: &[f32],
        sums: &mut [f32],
    ) {
        let width = scale.len();
        let (scale_sums, shift_sums) = sums.split_at_mut(width);
        let rows = gradient.chunks_exact_mut(width).zip(normalized.chunks_exact(width)).zip(inverse);
        for ((gradient, normalized), inverse) in rows {
            let (mut plain, mut weighted) = ([0.0; LANES], [0.0; LANES]);
            let chunks = gradient
                .chunks_mut(LANES)
                .zip(normalized.chunks(LANES))
                .zip(scale.chunks(LANES))
                .zip(scale_sums.chunks_mut(LANES).zip(shift_sums.chunks_mut(LANES)));
            for (((gradient, normalized), scale), (scale_sums, shift_sums)) in chunks {
                let lanes = plain.iter_mut().zip(&mut weighted);
                let values = gradient.iter_mut().zip(normalized).zip(scale);
                let sums = scale_sums.iter_mut().zip(shift_sums);
                for (((plain, weighted), ((gradient, normalized), scale)), (of_scale, of_shift)) in
                    lanes.zip(values).zip(sums)
                {
                    *of_scale = multiply_add::<FUSED>(*gradient, *normalized, *of_scale);
                    *of_shift += *gradient;
                    *gradient *= scale;
                    *plain += *gradient;
                    *weighted = multiply_add::<FUSED>(*gradient, *normalized, *weighted);
                }
            }
            let mean = sum_lanes(plain) / width as f32;
            let projection = sum_lanes(weighted) / width as f32;
            for (gradient, normalized) in gradient.iter_mut().zip(normalized) {
                *gradient = (*gradient - mean - normalized * projection) * inverse;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, assert_gradient, pseudo_random, widen};
    use proptest::prelude::*;

    const EPSILON: f32 = 1e-12;

    fn exact(sum: &[f64], scale: &[f64], shift: &[f64]) -> Vec<f64> {
        let width = scale.len();
        sum.chunks(width)
            .flat_map(|row| {
                let mean = row.iter().sum::<f64>() / width as f64;
                let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / width as f64;
                let deviation = (variance + f64::from(EPSILON)).sqrt();
                let columns = row.iter().zip(scale.iter().zip(shift));
                columns
                    .map(|(x, (g, b))| (x - mean) / deviation * g + b)
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn the_fused_normalisation_and_its_gradients_equal_their_definition(
            rows in 1usize..80, width in 2usize..90, seed: u64, rate in 0.0f32..0.6,
        ) {
            let count = rows * width;
            let (input, residual) = (pseudo_random(count, seed), pseudo_random(count, seed ^ 1));
            let bias = pseudo_random(width, seed ^ 2);
            let scale: Vec<f32> = pseudo_random(width, seed ^ 3).iter().map(|x| 1.0 + 0.3 * x).collect();
            let shift = pseudo_random(width, seed ^ 4);
            let dropout = Dropout::new(seed, 1, 2, rate);
            let sum: Vec<f64> = (0..count).map(|i| {
                f64::from(residual[i])
                    + f64::from(input[i] + bias[i % width]) * f64::from(dropout.factor(i as u32))
            }).collect();
            // Rows that hardly vary make differences useless; such rows do not occur with width 2 or more.
            let spread = sum.chunks(width).map(|row| {
                let mean = row.iter().sum::<f64>() / width as f64;
                row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / width as f64
            }).fold(f64::INFINITY, f64::min);
            prop_assume!(spread > 1e-2);
            let norm = Norm { scale: &scale, shift: &shift, epsilon: EPSILON };
            let (mut output, mut normalized, mut inverse) =
                (vec![0.0; count], vec![0.0; count], vec![0.0; rows]);
            let saved = NormSaved { normalized: &mut normalized, inverse_deviation: &mut inverse };
            residual_layer_norm(&mut output, &input, &bias, &residual, dropout, norm, saved);
            assert_close(&output, &exact(&sum, &widen(&scale), &widen(&shift)), 2e-5);

            assert_close(&output, &{
                let mut again = vec![0.0; count];
                normalized_output(&mut again, &normalized, norm);
                widen(&again)
            }, 0.0);

            let weights = pseudo_random(count, seed ^ 5);
            let mut gradient = weights.clone();
            let (mut scale_gradient, mut shift_gradient) = (vec![0.0; width], vec![0.0; width]);
            let (mut input_gradient, mut bias_gradient) = (vec![0.0; count], vec![0.0; width]);
            let saved = NormRead { normalized: &normalized, inverse_deviation: &inverse };
            let gradients = NormGradients {
                scale: &mut scale_gradient, shift: &mut shift_gradient, write: Write::Overwrite,
            };
            residual_layer_norm_backward(&mut gradient, &mut input_gradient, saved, &scale, dropout,
                gradients, &mut bias_gradient);
            for (index, (of_input, of_sum)) in input_gradient.iter().zip(&gradient).enumerate() {
                prop_assert_eq!(*of_input, of_sum * dropout.factor(index as u32));
            }
            let bias_sums: Vec<f64> = (0..width)
                .map(|c| (0..rows).map(|r| f64::from(input_gradient[r * width + c])).sum())
                .collect();
            assert_close(&bias_gradient, &bias_sums, 2e-4);
            let (mut alone, mut of_scale, mut of_shift) =
                (weights.clone(), vec![1.0; width], vec![1.0; width]);
            let gradients = NormGradients {
                scale: &mut of_scale, shift: &mut of_shift, write: Write::Accumulate,
            };
            layer_norm_backward(&mut alone, saved, &scale, gradients);
            prop_assert_eq!(&alone, &gradient);
            for (sums, more) in [(&scale_gradient, &of_scale), (&shift_gradient, &of_shift)] {
                let expected: Vec<f64> = sums.iter().map(|&sum| f64::from(sum) + 1.0).collect();
                assert_close(more, &expected, 1e-4);
            }
            let loss = |sum: &[f64], scale: &[f64], shift: &[f64]| -> f64 {
                exact(sum, scale, shift).iter().zip(&weights).map(|(y, &w)| y * f64::from(w)).sum()
            };
            assert_gradient(&sum, &gradient, 2e-4, |at| loss(at, &widen(&scale), &widen(&shift)));
            assert_gradient(&widen(&scale), &scale_gradient, 2e-4, |at| loss(&sum, at, &widen(&shift)));
            assert_gradient(&widen(&shift), &shift_gradient, 2e-4, |at| loss(&sum, &widen(&scale), at));
        }
    }

    #[test]
    fn a_large_mean_does_not_cost_precision() {
        let row: Vec<f32> = (0..64).map(|index| 10_000.0 + index as f32).collect();
        let ones = vec![1.0; 64];
        let zeros = vec![0.0; 64];
        let norm = Norm {
            scale: &ones,
            shift: &zeros,
            epsilon: EPSILON,
        };
        let (mut normalized, mut inverse, mut output) = (row.clone(), vec![0.0], vec![0.0; 64]);
        let saved = NormSaved {
            normalized: &mut normalized,
            inverse_deviation: &mut inverse,
        };
        layer_norm_in_place(&mut output, norm, saved);
        assert_close(
            &output,
            &exact(&widen(&row), &widen(&ones), &widen(&zeros)),
            1e-5,
        );
    }
}
