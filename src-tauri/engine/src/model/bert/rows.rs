//! The row-wise part of an encoder layer: attention's output projection, the feed-forward block,
//! and both normalisations. It sees rows and not sequences, so that it serves all tokens and
//! `[CLS]` alone.

use kernels::activation::{bias_nonlinearity, multiply_by_derivative};
use kernels::layer_norm::{NormSaved, copy_with_dropout, layer_norm_backward, residual_layer_norm};
use kernels::matrix::{Matrix, Start, Write};

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
    let weight = (&ranges.attention_output_weight, hidden);
    pass.project(dense, context, weight, Start::Zero);
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
    pass.project(
        wide,
        Matrix::new(attention_output, rows, hidden),
        (&ranges.intermediate_weight, hidden),
        Start::Zero,
    );
    let derivative = pass
        .training
        .then(|| saved.derivative.write(rows * intermediate));
    let bias = pass.values(&ranges.intermediate_bias);
    bias_nonlinearity(pass.nonlinearity(), wide, bias, derivative);
    pass.project(
        dense,
        Matrix::new(wide, rows, intermediate),
        (&ranges.output_weight, intermediate),
        Start::Zero,
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
    let weight = (&ranges.output_weight, intermediate);
    pass.input_gradient(wide, slope_rows, weight, Write::Overwrite);
    multiply_by_derivative(wide, saved.derivative.read(rows * intermediate));
    gradients.bias(&ranges.intermediate_bias, wide);
    let wide = Matrix::new(wide, rows, intermediate);
    let attention_output = Matrix::new(saved.attention_output.read(rows * hidden), rows, hidden);
    gradients.weight(&ranges.intermediate_weight, wide, attention_output);
    let weight = (&ranges.intermediate_weight, hidden);
    pass.input_gradient(gradient, wide, weight, Write::Accumulate);
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
    let weight = (&ranges.attention_output_weight, hidden);
    pass.input_gradient(context_gradient, slope, weight, Write::Overwrite);
}
