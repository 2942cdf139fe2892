//! The row-wise part of an encoder layer: attention's output projection, the feed-forward block,
//! and both normalisations. It sees rows and not sequences, so that it serves all tokens and
//! `[CLS]` alone.

use kernels::activation::{bias_nonlinearity, multiply_by_derivative};
use kernels::layer_norm::{NormSaved, copy_with_dropout, layer_norm_backward, residual_layer_norm};
use kernels::matrix::{Matrix, Write, multiply};

use super::pass::{Gradients, Pass};
use super::workspace::{Buffer, RowActivations};
use crate::model::backend::DropoutSite;
use crate::model::parameters::LayerRanges;

/// Computes `saved.output` (rows, hidden) from `saved.context` (rows, hidden) and the layer's
/// input `residual` (rows, hidden).
pub(super) fn forward(
    pass: Pass<'_>,
    layer: usize,
    ranges: &LayerRanges,
    residual: &[f32],
    saved: &mut RowActivations,
    dense: &mut Buffer,
) {
    let (hidden, intermediate) = (pass.hidden(), pass.config.intermediate_size);
    let rows = residual.len() / hidden;
    let dense = dense.write(rows * hidden);
    let context = Matrix::new(saved.context.read(rows * hidden), rows, hidden);
    let weight = pass
        .weight(&ranges.attention_output_weight, hidden)
        .transposed();
    multiply(dense, context, weight, Write::Overwrite);
    residual_layer_norm(
        saved.attention_output.write(rows * hidden),
        dense,
        pass.values(&ranges.attention_output_bias),
        residual,
        pass.dropout(DropoutSite::AttentionOutput(layer)),
        pass.norm(&ranges.attention_norm_scale, &ranges.attention_norm_shift),
        NormSaved {
            normalized: saved.attention_normalized.write(rows * hidden),
            inverse_deviation: saved.attention_inverse.write(rows),
        },
    );
    let attention_output = saved.attention_output.read(rows * hidden);
    let wide = saved.intermediate.write(rows * intermediate);
    let weight = pass
        .weight(&ranges.intermediate_weight, hidden)
        .transposed();
    multiply(
        wide,
        Matrix::new(attention_output, rows, hidden),
        weight,
        Write::Overwrite,
    );
    let derivative = pass
        .training
        .then(|| saved.derivative.write(rows * intermediate));
    let bias = pass.values(&ranges.intermediate_bias);
    bias_nonlinearity(pass.nonlinearity(), wide, bias, derivative);
    let weight = pass
        .weight(&ranges.output_weight, intermediate)
        .transposed();
    multiply(
        dense,
        Matrix::new(wide, rows, intermediate),
        weight,
        Write::Overwrite,
    );
    residual_layer_norm(
        saved.output.write(rows * hidden),
        dense,
        pass.values(&ranges.output_bias),
        attention_output,
        pass.dropout(DropoutSite::Output(layer)),
        pass.norm(&ranges.output_norm_scale, &ranges.output_norm_shift),
        NormSaved {
            normalized: saved.output_normalized.write(rows * hidden),
            inverse_deviation: saved.output_inverse.write(rows),
        },
    );
}

/// On entry `gradient` (rows, hidden) is that of the layer's output, on return that of `residual`
/// through the sum alone; `context_gradient` (rows, hidden) takes that of the attention's context.
pub(super) fn backward(
    pass: Pass<'_>,
    layer: usize,
    ranges: &LayerRanges,
    saved: &RowActivations,
    gradient: &mut [f32],
    context_gradient: &mut [f32],
    dense: &mut Buffer,
    wide_gradient: &mut Buffer,
    gradients: &mut Gradients<'_>,
) {
    let (hidden, intermediate) = (pass.hidden(), pass.config.intermediate_size);
    let rows = gradient.len() / hidden;
    let slope = dense.write(rows * hidden);
    let write = gradients.write;
    let (scale, shift) = gradients.norm(&ranges.output_norm_scale, &ranges.output_norm_shift);
    layer_norm_backward(
        gradient,
        saved.output_normalized.read(rows * hidden),
        saved.output_inverse.read(rows),
        pass.values(&ranges.output_norm_scale),
        scale,
        shift,
        write,
    );
    copy_with_dropout(slope, gradient, pass.dropout(DropoutSite::Output(layer)));
    gradients.bias(&ranges.output_bias, slope);
    let slope_rows = Matrix::new(slope, rows, hidden);
    let activated = Matrix::new(
        saved.intermediate.read(rows * intermediate),
        rows,
        intermediate,
    );
    gradients.weight(&ranges.output_weight, slope_rows, activated);
    let wide = wide_gradient.write(rows * intermediate);
    multiply(
        wide,
        slope_rows,
        pass.weight(&ranges.output_weight, intermediate),
        Write::Overwrite,
    );
    multiply_by_derivative(wide, saved.derivative.read(rows * intermediate));
    gradients.bias(&ranges.intermediate_bias, wide);
    let wide = Matrix::new(wide, rows, intermediate);
    let attention_output = Matrix::new(saved.attention_output.read(rows * hidden), rows, hidden);
    gradients.weight(&ranges.intermediate_weight, wide, attention_output);
    multiply(
        gradient,
        wide,
        pass.weight(&ranges.intermediate_weight, hidden),
        Write::Accumulate,
    );
    let (scale, shift) = gradients.norm(&ranges.attention_norm_scale, &ranges.attention_norm_shift);
    layer_norm_backward(
        gradient,
        saved.attention_normalized.read(rows * hidden),
        saved.attention_inverse.read(rows),
        pass.values(&ranges.attention_norm_scale),
        scale,
        shift,
        write,
    );
    copy_with_dropout(
        slope,
        gradient,
        pass.dropout(DropoutSite::AttentionOutput(layer)),
    );
    gradients.bias(&ranges.attention_output_bias, slope);
    let slope = Matrix::new(slope, rows, hidden);
    let context = Matrix::new(saved.context.read(rows * hidden), rows, hidden);
    gradients.weight(&ranges.attention_output_weight, slope, context);
    let weight = pass.weight(&ranges.attention_output_weight, hidden);
    multiply(context_gradient, slope, weight, Write::Overwrite);
}
