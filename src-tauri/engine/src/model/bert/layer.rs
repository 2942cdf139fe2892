//! One encoder layer over all tokens.

use kernels::attention::{attend, attend_backward};
use kernels::matrix::{Matrix, Start, Write};

use super::pass::{Gradients, Pass};
use super::rows;
use super::workspace::{LayerActivations, Scratch};
use crate::model::backend::DropoutSite;
use crate::model::parameters::LayerRanges;

/// Computes `output` (tokens, hidden) from `input` (tokens, hidden).
pub(super) fn forward(
    pass: Pass<'_>,
    layer: usize,
    ranges: &LayerRanges,
    input: &[f32],
    output: &mut [f32],
    saved: &mut LayerActivations,
    scratch: &mut Scratch,
) {
    let (tokens, hidden) = (pass.tokens(), pass.hidden());
    let projected = saved.query_key_value.write(tokens * 3 * hidden);
    pass.project(
        projected,
        Matrix::new(input, tokens, hidden),
        (&ranges.query_key_value_weight, hidden),
        Start::Row(pass.values(&ranges.query_key_value_bias)),
    );
    attend(
        saved.rows.context.write(tokens * hidden),
        saved.log_sums.write(tokens * pass.config.heads),
        projected,
        pass.sequences(),
        pass.dropout(DropoutSite::Attention(layer)),
        pass.precision,
    );
    rows::forward(
        pass,
        layer,
        ranges,
        input,
        output,
        &mut saved.rows,
        &mut scratch.rows,
    );
}

/// On entry `scratch.gradient` (tokens, hidden) is that of the output, on return that of `input`,
/// unless `input_needed` is false: then it is not computed.
pub(super) fn backward(
    pass: Pass<'_>,
    layer: usize,
    ranges: &LayerRanges,
    input: &[f32],
    saved: &LayerActivations,
    scratch: &mut Scratch,
    gradients: &mut Gradients<'_>,
    input_needed: bool,
) {
    let (tokens, hidden) = (pass.tokens(), pass.hidden());
    let gradient = scratch.gradient.write(tokens * hidden);
    let context_gradient = scratch.context_gradient.write(tokens * hidden);
    rows::backward(
        pass,
        layer,
        ranges,
        &saved.rows,
        gradient,
        context_gradient,
        &mut scratch.rows,
        gradients,
    );
    let projection = scratch.projection_gradient.write(tokens * 3 * hidden);
    attend_backward(
        projection,
        context_gradient,
        saved.rows.context.read(tokens * hidden),
        saved.log_sums.read(tokens * pass.config.heads),
        saved.query_key_value.read(tokens * 3 * hidden),
        pass.sequences(),
        pass.dropout(DropoutSite::Attention(layer)),
        pass.precision,
    );
    gradients.bias(&ranges.query_key_value_bias, projection);
    let projection = Matrix::new(projection, tokens, 3 * hidden);
    let input = Matrix::new(input, tokens, hidden);
    gradients.weight(&ranges.query_key_value_weight, projection, input);
    if input_needed {
        let weight = (&ranges.query_key_value_weight, hidden);
        pass.input_gradient(gradient, projection, weight, Write::Accumulate);
    }
}
