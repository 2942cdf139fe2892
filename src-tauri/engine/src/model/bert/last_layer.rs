//! The last encoder layer, for `[CLS]` alone. The pooler reads nothing but `[CLS]`, so keys and
//! values are needed of every token, and everything else of one row a sequence: the same numbers
//! for a fraction of the work.

use std::ops::Range;

use kernels::attention::{attend_first, attend_first_backward};
use kernels::bias::{gather_rows, scatter_add_rows};
use kernels::matrix::{Matrix, Start, Write};

use super::pass::{Gradients, Pass};
use super::rows;
use super::workspace::{LastLayerActivations, Scratch};
use crate::model::backend::DropoutSite;
use crate::model::parameters::LayerRanges;

/// Query, and key with value, as two halves of the joint projection.
pub(in crate::model) struct Halves {
    pub(in crate::model) query: Range<usize>,
    pub(in crate::model) key_value: Range<usize>,
}

pub(in crate::model) fn halves(joint: &Range<usize>) -> Halves {
    let query = joint.start..joint.start + joint.len() / 3;
    Halves {
        key_value: query.end..joint.end,
        query,
    }
}

/// Computes `output` (sequences, hidden) from `input` (tokens, hidden).
pub(super) fn forward(
    pass: Pass<'_>,
    ranges: &LayerRanges,
    input: &[f32],
    output: &mut [f32],
    saved: &mut LastLayerActivations,
    scratch: &mut Scratch,
) {
    let (tokens, hidden, count) = (pass.tokens(), pass.hidden(), pass.sequence_count());
    let layer = pass.config.layers - 1;
    let weights = halves(&ranges.query_key_value_weight);
    let biases = halves(&ranges.query_key_value_bias);
    let first_input = saved.first_input.write(count * hidden);
    gather_rows(first_input, input, pass.first_rows(), hidden);
    let key_value = saved.key_value.write(tokens * 2 * hidden);
    pass.project(
        key_value,
        Matrix::new(input, tokens, hidden),
        (&weights.key_value, hidden),
        Start::Row(pass.values(&biases.key_value)),
    );
    let queries = saved.queries.write(count * hidden);
    pass.project(
        queries,
        Matrix::new(first_input, count, hidden),
        (&weights.query, hidden),
        Start::Row(pass.values(&biases.query)),
    );
    attend_first(
        saved.rows.context.write(count * hidden),
        saved.scores.write(tokens * pass.config.heads),
        saved.log_sums.write(count * pass.config.heads),
        queries,
        key_value,
        pass.sequences(),
        pass.dropout(DropoutSite::Attention(layer)),
    );
    rows::forward(
        pass,
        layer,
        ranges,
        first_input,
        output,
        &mut saved.rows,
        &mut scratch.rows,
    );
}

/// On entry `scratch.first_gradient` (sequences, hidden) is that of the output; on return
/// `scratch.gradient` (tokens, hidden) is that of the input, if `input_needed`.
pub(super) fn backward(
    pass: Pass<'_>,
    ranges: &LayerRanges,
    input: &[f32],
    saved: &mut LastLayerActivations,
    scratch: &mut Scratch,
    gradients: &mut Gradients<'_>,
    input_needed: bool,
) {
    let (tokens, hidden, count) = (pass.tokens(), pass.hidden(), pass.sequence_count());
    let layer = pass.config.layers - 1;
    let first_gradient = scratch.first_gradient.write(count * hidden);
    let context_gradient = scratch.context_gradient.write(count * hidden);
    rows::backward(
        pass,
        layer,
        ranges,
        &saved.rows,
        first_gradient,
        context_gradient,
        &mut scratch.rows,
        gradients,
    );
    let query_gradient = scratch.query_gradient.write(count * hidden);
    let key_value_gradient = scratch.projection_gradient.write(tokens * 2 * hidden);
    attend_first_backward(
        query_gradient,
        key_value_gradient,
        context_gradient,
        saved.rows.context.read(count * hidden),
        saved.scores.write(tokens * pass.config.heads),
        saved.log_sums.read(count * pass.config.heads),
        saved.queries.read(count * hidden),
        saved.key_value.read(tokens * 2 * hidden),
        pass.sequences(),
        pass.dropout(DropoutSite::Attention(layer)),
    );
    let weights = halves(&ranges.query_key_value_weight);
    let biases = halves(&ranges.query_key_value_bias);
    gradients.bias(&biases.query, query_gradient);
    gradients.bias(&biases.key_value, key_value_gradient);
    let query_slope = Matrix::new(query_gradient, count, hidden);
    let first_input = Matrix::new(saved.first_input.read(count * hidden), count, hidden);
    gradients.weight(&weights.query, query_slope, first_input);
    let key_value_slope = Matrix::new(key_value_gradient, tokens, 2 * hidden);
    gradients.weight(
        &weights.key_value,
        key_value_slope,
        Matrix::new(input, tokens, hidden),
    );
    if !input_needed {
        return;
    }
    pass.input_gradient(
        first_gradient,
        query_slope,
        (&weights.query, hidden),
        Write::Accumulate,
    );
    let gradient = scratch.gradient.write(tokens * hidden);
    let weight = (&weights.key_value, hidden);
    pass.input_gradient(gradient, key_value_slope, weight, Write::Overwrite);
    scatter_add_rows(gradient, first_gradient, pass.first_rows(), hidden);
}
