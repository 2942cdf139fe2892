//! The row-wise part of an encoder layer on the card: see `model::bert::rows`.

use cuda::operations::{
    NormRead, NormSaved, Write, activate, activate_backward, dense, dense_input_gradient,
    residual_layer_norm, residual_layer_norm_backward,
};
use cuda::{CudaError, Stored, View, ViewMut};

use super::pass::{Gradients, Pass};
use super::workspace::{RowActivations, Scratch};
use crate::model::backend::DropoutSite;
use crate::model::parameters::LayerRanges;

/// Computes `output` (rows, hidden) from `saved.context` (rows, hidden) and the layer's input `residual` (rows,
/// hidden).
pub(super) fn forward<V: Stored>(
    pass: Pass<'_, V>,
    layer: usize,
    ranges: &LayerRanges,
    residual: View<'_, V>,
    output: ViewMut<'_, V>,
    saved: &mut RowActivations<V>,
    scratch: &mut Scratch<V>,
) -> Result<(), CudaError> {
    let (device, hidden, intermediate) =
        (pass.device, pass.hidden(), pass.config.intermediate_size);
    let rows = residual.len() / hidden;
    dense(
        device,
        scratch.dense.view_mut(rows * hidden),
        saved.context.view(rows * hidden),
        pass.weight(&ranges.attention_output_weight),
        None,
        hidden,
    )?;
    residual_layer_norm(
        device,
        saved.attention_output.view_mut(rows * hidden),
        scratch.dense.view(rows * hidden),
        (pass.values(&ranges.attention_output_bias), residual),
        pass.dropout(DropoutSite::AttentionOutput(layer)),
        pass.norm(&ranges.attention_norm_scale, &ranges.attention_norm_shift),
        NormSaved {
            normalized: saved.attention_normalized.view_mut(rows * hidden),
            inverse_deviation: saved.attention_inverse.view_mut(rows),
        },
    )?;
    let attention_output = saved.attention_output.view(rows * hidden);
    dense(
        device,
        saved.intermediate.view_mut(rows * intermediate),
        attention_output,
        pass.weight(&ranges.intermediate_weight),
        Some(pass.values(&ranges.intermediate_bias)),
        hidden,
    )?;
    activate(
        device,
        pass.nonlinearity(),
        scratch.activated.view_mut(rows * intermediate),
        saved.intermediate.view(rows * intermediate),
    )?;
    dense(
        device,
        scratch.dense.view_mut(rows * hidden),
        scratch.activated.view(rows * intermediate),
        pass.weight(&ranges.output_weight),
        None,
        intermediate,
    )?;
    residual_layer_norm(
        device,
        output,
        scratch.dense.view(rows * hidden),
        (pass.values(&ranges.output_bias), attention_output),
        pass.dropout(DropoutSite::Output(layer)),
        pass.norm(&ranges.output_norm_scale, &ranges.output_norm_shift),
        NormSaved {
            normalized: saved.output_normalized.view_mut(rows * hidden),
            inverse_deviation: saved.output_inverse.view_mut(rows),
        },
    )
}

/// Room of a backward pass that several blocks use in turn.
pub(super) struct Room<'a, V: Stored> {
    pub(super) dense: &'a mut cuda::Memory<V>,
    pub(super) activated: &'a mut cuda::Memory<V>,
    pub(super) wide_gradient: &'a mut cuda::Memory<V>,
    pub(super) partial: &'a mut cuda::Memory<f32>,
}

/// On entry `gradient` (rows, hidden) is that of the layer's output, on return that of `residual` through the sum
/// alone; `context_gradient` (rows, hidden) takes that of the attention's context.
pub(super) fn backward<V: Stored>(
    pass: Pass<'_, V>,
    layer: usize,
    ranges: &LayerRanges,
    saved: &RowActivations<V>,
    mut gradient: ViewMut<'_, V>,
    context_gradient: ViewMut<'_, V>,
    room: Room<'_, V>,
    gradients: &mut Gradients<'_>,
) -> Result<(), CudaError> {
    let (device, hidden, intermediate) =
        (pass.device, pass.hidden(), pass.config.intermediate_size);
    let rows = gradient.len() / hidden;
    let Room {
        dense: slope,
        activated,
        wide_gradient: wide,
        partial,
    } = room;
    let (narrow_count, wide_count) = (rows * hidden, rows * intermediate);
    let (bias, norm) = gradients.bias_and_norm(
        &ranges.output_bias,
        (&ranges.output_norm_scale, &ranges.output_norm_shift),
    );
    residual_layer_norm_backward(
        device,
        gradient.again(),
        slope.view_mut(narrow_count),
        NormRead {
            normalized: saved.output_normalized.view(narrow_count),
            inverse_deviation: saved.output_inverse.view(rows),
        },
        pass.values(&ranges.output_norm_scale),
        pass.dropout(DropoutSite::Output(layer)),
        norm,
        bias,
        partial,
    )?;
    dense_input_gradient(
        device,
        wide.view_mut(wide_count),
        slope.view(narrow_count),
        pass.weight(&ranges.output_weight),
        intermediate,
        Write::Overwrite,
    )?;
    activate_backward(
        device,
        pass.nonlinearity(),
        activated.view_mut(wide_count),
        wide.view_mut(wide_count),
        saved.intermediate.view(wide_count),
        gradients.flat.part_mut(ranges.intermediate_bias.clone()),
        gradients.write,
        partial,
    )?;
    let values = (slope.view(narrow_count), activated.view(wide_count));
    gradients.weight(device, &ranges.output_weight, intermediate, values, partial)?;
    let input = saved.attention_output.view(narrow_count);
    let values = (wide.view(wide_count), input);
    gradients.weight(device, &ranges.intermediate_weight, hidden, values, partial)?;
    dense_input_gradient(
        device,
        gradient.again(),
        wide.view(wide_count),
        pass.weight(&ranges.intermediate_weight),
        hidden,
        Write::Accumulate,
    )?;
    let (bias, norm) = gradients.bias_and_norm(
        &ranges.attention_output_bias,
        (&ranges.attention_norm_scale, &ranges.attention_norm_shift),
    );
    residual_layer_norm_backward(
        device,
        gradient,
        slope.view_mut(narrow_count),
        NormRead {
            normalized: saved.attention_normalized.view(narrow_count),
            inverse_deviation: saved.attention_inverse.view(rows),
        },
        pass.values(&ranges.attention_norm_scale),
        pass.dropout(DropoutSite::AttentionOutput(layer)),
        norm,
        bias,
        partial,
    )?;
    let values = (slope.view(narrow_count), saved.context.view(narrow_count));
    let weight = &ranges.attention_output_weight;
    gradients.weight(device, weight, hidden, values, partial)?;
    dense_input_gradient(
        device,
        context_gradient,
        slope.view(narrow_count),
        pass.weight(weight),
        hidden,
        Write::Overwrite,
    )
}
