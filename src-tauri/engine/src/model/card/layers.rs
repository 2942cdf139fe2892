//! Encoder layers on the card: over all tokens, and the last one for `[CLS]` alone; see `model::bert::layer` and
//! `model::bert::last_layer`.

use cuda::operations::{
    Attended, Write, add_to_first, attend, attend_backward, dense, dense_input_gradient,
    gather_first,
};
use cuda::{CudaError, Stored, View, ViewMut};

use super::pass::{DenseRanges, Gradients, Pass};
use super::rows::{self, Room};
use super::workspace::{LastLayerActivations, LayerActivations, Scratch};
use crate::model::backend::DropoutSite;
use crate::model::bert::halves;
use crate::model::parameters::LayerRanges;

/// Computes `output` (tokens, hidden) from `input` (tokens, hidden).
pub(super) fn forward<V: Stored>(
    pass: Pass<'_, V>,
    layer: usize,
    ranges: &LayerRanges,
    input: View<'_, V>,
    output: ViewMut<'_, V>,
    saved: &mut LayerActivations<V>,
    scratch: &mut Scratch<V>,
) -> Result<(), CudaError> {
    let (device, tokens, hidden) = (pass.device, pass.tokens, pass.hidden());
    dense(
        device,
        saved.query_key_value.view_mut(tokens * 3 * hidden),
        input,
        pass.weight(&ranges.query_key_value_weight),
        Some(pass.values(&ranges.query_key_value_bias)),
        hidden,
    )?;
    attend(
        device,
        saved.rows.context.view_mut(tokens * hidden),
        saved.log_sums.view_mut(tokens * pass.config.heads),
        (saved.query_key_value.view(tokens * 3 * hidden), None),
        (pass.sequences, pass.heads()),
        pass.dropout(DropoutSite::Attention(layer)),
    )?;
    rows::forward(pass, layer, ranges, input, output, &mut saved.rows, scratch)
}

/// On entry `scratch.gradient` (tokens, hidden) is that of the output, on return that of `input`, unless
/// `input_needed` is false: then it is not computed.
pub(super) fn backward<V: Stored>(
    pass: Pass<'_, V>,
    layer: usize,
    ranges: &LayerRanges,
    input: View<'_, V>,
    saved: &LayerActivations<V>,
    scratch: &mut Scratch<V>,
    gradients: &mut Gradients<'_>,
    input_needed: bool,
) -> Result<(), CudaError> {
    let (device, tokens, hidden) = (pass.device, pass.tokens, pass.hidden());
    let count = tokens * hidden;
    rows::backward(
        pass,
        layer,
        ranges,
        &saved.rows,
        scratch.gradient.view_mut(count),
        scratch.context_gradient.view_mut(count),
        Room {
            dense: &mut scratch.dense,
            activated: &mut scratch.activated,
            wide_gradient: &mut scratch.wide_gradient,
            partial: &mut scratch.partial,
        },
        gradients,
    )?;
    attend_backward(
        device,
        (scratch.projection_gradient.view_mut(3 * count), None),
        Attended {
            context: saved.rows.context.view(count),
            log_sums: saved.log_sums.view(tokens * pass.config.heads),
        },
        scratch.context_gradient.view(count),
        (saved.query_key_value.view(3 * count), None),
        (pass.sequences, pass.heads()),
        pass.dropout(DropoutSite::Attention(layer)),
        &mut scratch.projections,
    )?;
    let projection = scratch.projection_gradient.view(3 * count);
    let dense = DenseRanges {
        weight: &ranges.query_key_value_weight,
        bias: &ranges.query_key_value_bias,
    };
    gradients.dense(device, dense, (projection, input), &mut scratch.partial)?;
    if !input_needed {
        return Ok(());
    }
    let weight = pass.weight(&ranges.query_key_value_weight);
    let gradient = scratch.gradient.view_mut(count);
    dense_input_gradient(
        device,
        gradient,
        projection,
        weight,
        hidden,
        Write::Accumulate,
    )
}

/// The last layer: computes `output` (sequences, hidden) from `input` (tokens, hidden).
pub(super) fn last_forward<V: Stored>(
    pass: Pass<'_, V>,
    ranges: &LayerRanges,
    input: View<'_, V>,
    output: ViewMut<'_, V>,
    saved: &mut LastLayerActivations<V>,
    scratch: &mut Scratch<V>,
) -> Result<(), CudaError> {
    let (device, tokens, hidden, count) =
        (pass.device, pass.tokens, pass.hidden(), pass.sequence_count);
    let layer = pass.config.layers - 1;
    let weights = halves(&ranges.query_key_value_weight);
    let biases = halves(&ranges.query_key_value_bias);
    gather_first(
        device,
        saved.first_input.view_mut(count * hidden),
        input,
        pass.sequences,
    )?;
    dense(
        device,
        saved.key_value.view_mut(tokens * 2 * hidden),
        input,
        pass.weight(&weights.key_value),
        Some(pass.values(&biases.key_value)),
        hidden,
    )?;
    dense(
        device,
        saved.queries.view_mut(count * hidden),
        saved.first_input.view(count * hidden),
        pass.weight(&weights.query),
        Some(pass.values(&biases.query)),
        hidden,
    )?;
    attend(
        device,
        saved.rows.context.view_mut(count * hidden),
        saved.log_sums.view_mut(count * pass.config.heads),
        (
            saved.key_value.view(tokens * 2 * hidden),
            Some(saved.queries.view(count * hidden)),
        ),
        (pass.sequences, pass.heads()),
        pass.dropout(DropoutSite::Attention(layer)),
    )?;
    let residual = saved.first_input.view(count * hidden);
    rows::forward(
        pass,
        layer,
        ranges,
        residual,
        output,
        &mut saved.rows,
        scratch,
    )
}

/// On entry `scratch.first_gradient` (sequences, hidden) is that of the output; on return `scratch.gradient`
/// (tokens, hidden) is that of the input, if `input_needed`.
pub(super) fn last_backward<V: Stored>(
    pass: Pass<'_, V>,
    ranges: &LayerRanges,
    input: View<'_, V>,
    saved: &LastLayerActivations<V>,
    scratch: &mut Scratch<V>,
    gradients: &mut Gradients<'_>,
    input_needed: bool,
) -> Result<(), CudaError> {
    let (device, tokens, hidden, count) =
        (pass.device, pass.tokens, pass.hidden(), pass.sequence_count);
    let layer = pass.config.layers - 1;
    rows::backward(
        pass,
        layer,
        ranges,
        &saved.rows,
        scratch.first_gradient.view_mut(count * hidden),
        scratch.context_gradient.view_mut(count * hidden),
        Room {
            dense: &mut scratch.dense,
            activated: &mut scratch.activated,
            wide_gradient: &mut scratch.wide_gradient,
            partial: &mut scratch.partial,
        },
        gradients,
    )?;
    attend_backward(
        device,
        (
            scratch.projection_gradient.view_mut(tokens * 2 * hidden),
            Some(scratch.query_gradient.view_mut(count * hidden)),
        ),
        Attended {
            context: saved.rows.context.view(count * hidden),
            log_sums: saved.log_sums.view(count * pass.config.heads),
        },
        scratch.context_gradient.view(count * hidden),
        (
            saved.key_value.view(tokens * 2 * hidden),
            Some(saved.queries.view(count * hidden)),
        ),
        (pass.sequences, pass.heads()),
        pass.dropout(DropoutSite::Attention(layer)),
        &mut scratch.projections,
    )?;
    let weights = halves(&ranges.query_key_value_weight);
    let biases = halves(&ranges.query_key_value_bias);
    let of_queries = scratch.query_gradient.view(count * hidden);
    let of_keys = scratch.projection_gradient.view(tokens * 2 * hidden);
    let partial = &mut scratch.partial;
    let query = DenseRanges {
        weight: &weights.query,
        bias: &biases.query,
    };
    let first_input = saved.first_input.view(count * hidden);
    gradients.dense(device, query, (of_queries, first_input), partial)?;
    let key_value = DenseRanges {
        weight: &weights.key_value,
        bias: &biases.key_value,
    };
    gradients.dense(device, key_value, (of_keys, input), partial)?;
    if !input_needed {
        return Ok(());
    }
    let weight = pass.weight(&weights.query);
    let first_gradient = scratch.first_gradient.view_mut(count * hidden);
    dense_input_gradient(
        device,
        first_gradient,
        of_queries,
        weight,
        hidden,
        Write::Accumulate,
    )?;
    let weight = pass.weight(&weights.key_value);
    let gradient = scratch.gradient.view_mut(tokens * hidden);
    dense_input_gradient(device, gradient, of_keys, weight, hidden, Write::Overwrite)?;
    add_to_first(
        device,
        scratch.gradient.view_mut(tokens * hidden),
        scratch.first_gradient.view(count * hidden),
        pass.sequences,
    )
}
