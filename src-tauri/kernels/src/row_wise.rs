//! What follows attention in an encoder layer, where nothing is kept for a backward pass: a dense
//! layer and its normalisation, then the feed-forward block and its own. All of it works on rows
//! alone, so a task takes some rows through all of it, and what lies between the products stays in
//! its caches: written to memory and read again, it takes as long as a fifth of the products in
//! bfloat16.

use std::cell::RefCell;

use rayon::prelude::*;

use crate::activation::{Nonlinearity, apply_in_task};
use crate::layer_norm::{Norm, residual_layer_norm_in_task};
use crate::matrix::{Matrix, Precision, Prepared, Start, TaskLeft, TaskRight, multiply_in_task};
use crate::profile::{Work, clock};

/// Rows that tasks share as whole units: the height of the largest tile of a product.
const ROWS_A_TILE: usize = 12;
/// Most tiles a task. With 48 rows of 1,536 values the widest matrix takes 295 KB of a second-level
/// cache, and each panel of weights that comes from the third level meets four tiles.
const TILES_A_TASK: usize = 4;

/// A dense layer of a model that answers.
#[derive(Debug, Clone, Copy)]
pub struct Dense<'a> {
    /// (inputs, outputs), laid out
    pub weight: &'a Prepared,
    /// (outputs)
    pub bias: &'a [f32],
}

/// The row-wise part of an encoder layer.
#[derive(Debug, Clone, Copy)]
pub struct RowWise<'a> {
    /// From attention's context, (hidden, hidden)
    pub attention_output: Dense<'a>,
    /// Of its output and the layer's input
    pub attention_norm: Norm<'a>,
    /// (hidden, intermediate)
    pub intermediate: Dense<'a>,
    /// Between the two dense layers of the feed-forward block
    pub nonlinearity: Nonlinearity,
    /// (intermediate, hidden)
    pub output: Dense<'a>,
    /// Of the feed-forward block's output and its input
    pub output_norm: Norm<'a>,
    /// What the weights were laid out for
    pub precision: Precision,
}

thread_local! {
    /// Kept by each thread, so that nothing is allocated for a batch.
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch::default());
}

/// What one task works in.
#[derive(Default)]
struct Scratch {
    /// What a dense layer gave, (rows, hidden)
    dense: Vec<f32>,
    /// After attention's normalisation, (rows, hidden)
    attention_output: Vec<f32>,
    /// (rows, intermediate)
    intermediate: Vec<f32>,
    /// A left operand
    left: Vec<u32>,
}

impl RowWise<'_> {
    /// Whether so many rows give every thread of the pool some: with fewer, products that share out
    /// columns are faster.
    pub fn suits(rows: usize) -> bool {
        rows >= 2 * ROWS_A_TILE * rayon::current_num_threads()
    }

    /// `output` (rows, hidden) from attention's `context` (rows, hidden) and the layer's input
    /// `residual` (rows, hidden).
    ///
    /// # Panics
    /// When the shapes do not fit together.
    pub fn apply(&self, output: &mut [f32], context: &[f32], residual: &[f32]) {
        let (hidden, wide) = (self.output.bias.len(), self.intermediate.bias.len());
        assert!(
            hidden > 0 && output.len().is_multiple_of(hidden),
            "whole rows"
        );
        assert!(context.len() == output.len() && residual.len() == output.len());
        let norms = [self.attention_norm, self.output_norm];
        assert!(
            norms
                .iter()
                .all(|norm| norm.scale.len() == hidden && norm.shift.len() == hidden)
        );
        assert_eq!(self.attention_output.bias.len(), hidden);
        let rows = output.len() / hidden;
        let _clock = clock(
            "after attention",
            Work {
                operations: 2 * rows * hidden * (hidden + 2 * wide),
                bytes: 0,
            },
        );
        let tiles = rows.div_ceil(ROWS_A_TILE);
        let tasks = tiles
            .div_ceil(TILES_A_TASK)
            .next_multiple_of(rayon::current_num_threads());
        let chunk = (tiles.div_ceil(tasks) * ROWS_A_TILE * hidden).max(1);
        output
            .par_chunks_mut(chunk)
            .zip(context.par_chunks(chunk))
            .zip(residual.par_chunks(chunk))
            .for_each(|((output, context), residual)| {
                SCRATCH.with_borrow_mut(|scratch| self.task(output, context, residual, scratch));
            });
    }

    /// [`Self::apply`] for the rows of one task.
    fn task(&self, output: &mut [f32], context: &[f32], residual: &[f32], scratch: &mut Scratch) {
        let (hidden, wide) = (self.output.bias.len(), self.intermediate.bias.len());
        let rows = output.len() / hidden;
        let Scratch {
            dense,
            attention_output,
            intermediate,
            left,
        } = scratch;
        dense.resize(rows * hidden, 0.0);
        attention_output.resize(rows * hidden, 0.0);
        intermediate.resize(rows * wide, 0.0);
        let layer = self.attention_output;
        self.project(dense, context, layer.weight, Start::Zero, left);
        residual_layer_norm_in_task(
            attention_output,
            dense,
            layer.bias,
            residual,
            self.attention_norm,
        );
        let layer = self.intermediate;
        self.project(
            intermediate,
            attention_output,
            layer.weight,
            Start::Row(layer.bias),
            left,
        );
        apply_in_task(self.nonlinearity, intermediate);
        let layer = self.output;
        self.project(dense, intermediate, layer.weight, Start::Zero, left);
        residual_layer_norm_in_task(
            output,
            dense,
            layer.bias,
            attention_output,
            self.output_norm,
        );
    }

    /// `destination` (rows, outputs) = start + `input` (rows, inputs) * `weight`.
    fn project(
        &self,
        destination: &mut [f32],
        input: &[f32],
        weight: &Prepared,
        start: Start<'_>,
        left: &mut Vec<u32>,
    ) {
        let (inputs, outputs) = weight.shape();
        let rows = destination.len() / outputs;
        let input = Matrix::new(input, rows, inputs);
        let left = TaskLeft::new(input, left, self.precision);
        assert_eq!(destination.len(), rows * outputs, "whole rows");
        // SAFETY: the destination is borrowed, and holds (rows, outputs).
        unsafe {
            let right = TaskRight::from(weight);
            multiply_in_task(destination.as_mut_ptr(), outputs, left, right, start);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation;
    use crate::dropout::Dropout;
    use crate::layer_norm::{NormSaved, residual_layer_norm};
    use crate::matrix::multiply;
    use crate::testing::{in_pool, pseudo_random};
    use proptest::prelude::*;

    /// One operation after the other, over all rows.
    fn apart(layer: &RowWise<'_>, context: &[f32], residual: &[f32]) -> Vec<f32> {
        let (hidden, wide) = (layer.output.bias.len(), layer.intermediate.bias.len());
        let rows = context.len() / hidden;
        let product = |input: &[f32], weight: &Prepared, start: Start<'_>| {
            let (inputs, outputs) = weight.shape();
            let mut result = vec![0.0; rows * outputs];
            let input = Matrix::new(input, rows, inputs);
            multiply(
                &mut result,
                input,
                crate::matrix::Right::Prepared(weight),
                start,
                layer.precision,
            );
            result
        };
        let normalize = |input: &[f32], bias: &[f32], residual: &[f32], norm: Norm<'_>| {
            let (mut output, mut normalized) = (vec![0.0; input.len()], vec![0.0; input.len()]);
            let saved = NormSaved {
                normalized: &mut normalized,
                inverse_deviation: &mut vec![0.0; rows],
            };
            let dropout = Dropout::none();
            residual_layer_norm(&mut output, input, bias, residual, dropout, norm, saved);
            output
        };
        let of_attention = layer.attention_output;
        let dense = product(context, of_attention.weight, Start::Zero);
        let attended = normalize(&dense, of_attention.bias, residual, layer.attention_norm);
        let before = Start::Row(layer.intermediate.bias);
        let before = product(&attended, layer.intermediate.weight, before);
        let mut activated = vec![0.0; rows * wide];
        activation::apply(layer.nonlinearity, &mut activated, &before);
        let dense = product(&activated, layer.output.weight, Start::Zero);
        normalize(&dense, layer.output.bias, &attended, layer.output_norm)
    }

    proptest! {
        #[test]
        fn rows_taken_through_the_whole_are_those_of_one_operation_after_the_other(
            rows in 1usize..160, hidden in 1usize..70, wide in 1usize..140,
            threads in 1usize..4, which in 0usize..3, in_bfloat16: bool, seed: u64,
        ) {
            let precision = if in_bfloat16 { Precision::BFloat16 } else { Precision::Single };
            if !precision.is_available() {
                return Ok(());
            }
            let nonlinearity =
                [Nonlinearity::Gelu, Nonlinearity::GeluTanh, Nonlinearity::Relu][which];
            let weight = |inputs: usize, outputs: usize, salt: u64| {
                let values = pseudo_random(inputs * outputs, seed ^ salt);
                Prepared::new(Matrix::new(&values, outputs, inputs).transposed(), precision)
            };
            let weights = [weight(hidden, hidden, 1), weight(hidden, wide, 2), weight(wide, hidden, 3)];
            let vectors: Vec<Vec<f32>> =
                (4..10).map(|salt| pseudo_random(hidden, seed ^ salt)).collect();
            let wide_bias = pseudo_random(wide, seed ^ 10);
            let norm = |at: usize| Norm {
                scale: &vectors[at],
                shift: &vectors[at + 1],
                epsilon: 1e-12,
            };
            let layer = RowWise {
                attention_output: Dense { weight: &weights[0], bias: &vectors[0] },
                attention_norm: norm(1),
                intermediate: Dense { weight: &weights[1], bias: &wide_bias },
                nonlinearity,
                output: Dense { weight: &weights[2], bias: &vectors[3] },
                output_norm: norm(4),
                precision,
            };
            let context = pseudo_random(rows * hidden, seed ^ 11);
            let residual = pseudo_random(rows * hidden, seed ^ 12);
            let mut output = vec![9.0; rows * hidden];
            in_pool(threads, || layer.apply(&mut output, &context, &residual));
            prop_assert_eq!(output, apart(&layer, &context, &residual));
        }
    }
}
