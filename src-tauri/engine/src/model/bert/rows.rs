//! The row-wise part of an encoder layer: attention's output projection, the feed-forward block,
//! and both normalisations. It sees rows and not sequences, so that it serves all tokens and
//! `[CLS]` alone.

use std::ops::Range;

use kernels::activation;
use kernels::layer_norm::{
    NormRead, NormSaved, normalized_output, residual_layer_norm, residual_layer_norm_backward,
};
use kernels::matrix::{Matrix, Start, Write};
use kernels::row_wise::{Dense, RowWise};

use super::pass::{Gradients, Pass};
use super::workspace::{RowActivations, RowScratch};
use crate::model::backend::DropoutSite;
use crate::model::parameters::LayerRanges;

/// Computes `output` (rows, hidden) from `saved.context` (rows, hidden) and the layer's input
/// `residual` (rows, hidden).
pub(super) fn forward(
    pass: Pass<'_>,
    layer: usize,
    ranges: &LayerRanges,
    residual: &[f32],
    output: &mut [f32],
    saved: &mut RowActivations,
    scratch: &mut RowScratch,
) {
    let (hidden, intermediate) = (pass.hidden(), pass.config.intermediate_size);
    let rows = residual.len() / hidden;
    if let Some(row_wise) = of_prepared(pass, ranges)
        && RowWise::suits(rows)
    {
        row_wise.apply(output, saved.context.read(rows * hidden), residual);
        return;
    }
    let dense = scratch.dense.write(rows * hidden);
    let context = Matrix::new(saved.context.read(rows * hidden), rows, hidden);
    let weight = (&ranges.attention_output_weight, hidden);
    pass.project(dense, context, weight, Start::Zero);
    let attention_output = scratch.attention_output.write(rows * hidden);
    residual_layer_norm(
        attention_output,
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
    let wide = saved.intermediate.write(rows * intermediate);
    pass.project(
        wide,
        Matrix::new(attention_output, rows, hidden),
        (&ranges.intermediate_weight, hidden),
        Start::Row(pass.values(&ranges.intermediate_bias)),
    );
    let activated = scratch.activated.write(rows * intermediate);
    activation::apply(pass.nonlinearity(), activated, wide);
    pass.project(
        dense,
        Matrix::new(activated, rows, intermediate),
        (&ranges.output_weight, intermediate),
        Start::Zero,
    );
    residual_layer_norm(
        output,
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

/// The part of a model that only answers, whose weights are laid out.
fn of_prepared<'a>(pass: Pass<'a>, ranges: &LayerRanges) -> Option<RowWise<'a>> {
    let weights = pass.prepared?;
    let dense = |weight: &Range<usize>, bias: &Range<usize>| {
        Some(Dense {
            weight: weights.get(weight.start)?,
            bias: pass.values(bias),
        })
    };
    Some(RowWise {
        attention_output: dense(
            &ranges.attention_output_weight,
            &ranges.attention_output_bias,
        )?,
        attention_norm: pass.norm(&ranges.attention_norm_scale, &ranges.attention_norm_shift),
        intermediate: dense(&ranges.intermediate_weight, &ranges.intermediate_bias)?,
        nonlinearity: pass.nonlinearity(),
        output: dense(&ranges.output_weight, &ranges.output_bias)?,
        output_norm: pass.norm(&ranges.output_norm_scale, &ranges.output_norm_shift),
        precision: pass.precision,
    })
}

/// What [`forward`] gave, once more: `output` (rows, hidden).
pub(super) fn output_again(
    pass: Pass<'_>,
    ranges: &LayerRanges,
    output: &mut [f32],
    saved: &RowActivations,
) {
    let norm = pass.norm(&ranges.output_norm_scale, &ranges.output_norm_shift);
    normalized_output(output, saved.output_normalized.read(output.len()), norm);
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
    scratch: &mut RowScratch,
    gradients: &mut Gradients<'_>,
) {
    let (hidden, intermediate) = (pass.hidden(), pass.config.intermediate_size);
    let rows = gradient.len() / hidden;
    let slope = scratch.dense.write(rows * hidden);
    let (bias, norm) = gradients.bias_and_norm(
        &ranges.output_bias,
        (&ranges.output_norm_scale, &ranges.output_norm_shift),
    );
    residual_layer_norm_backward(
        gradient,
        slope,
        NormRead {
            normalized: saved.output_normalized.read(rows * hidden),
            inverse_deviation: saved.output_inverse.read(rows),
        },
        pass.values(&ranges.output_norm_scale),
        pass.dropout(DropoutSite::Output(layer)),
        norm,
        bias,
    );
    let slope = Matrix::new(slope, rows, hidden);
    let wide = scratch.wide_gradient.write(rows * intermediate);
    let weight = (&ranges.output_weight, intermediate);
    pass.input_gradient(wide, slope, weight, Write::Overwrite);
    let activated = scratch.activated.write(rows * intermediate);
    activation::apply_backward(
        pass.nonlinearity(),
        activated,
        wide,
        saved.intermediate.read(rows * intermediate),
        &mut gradients.flat[ranges.intermediate_bias.clone()],
        gradients.write,
    );
    let activated = Matrix::new(activated, rows, intermediate);
    gradients.weight(&ranges.output_weight, slope, activated);
    let attention_normalized = saved.attention_normalized.read(rows * hidden);
    let attention_output = scratch.attention_output.write(rows * hidden);
    let norm = pass.norm(&ranges.attention_norm_scale, &ranges.attention_norm_shift);
    normalized_output(attention_output, attention_normalized, norm);
    let wide = Matrix::new(wide, rows, intermediate);
    let attention_output = Matrix::new(attention_output, rows, hidden);
    gradients.weight(&ranges.intermediate_weight, wide, attention_output);
    let weight = (&ranges.intermediate_weight, hidden);
    pass.input_gradient(gradient, wide, weight, Write::Accumulate);
    let slope = scratch.dense.write(rows * hidden);
    let (bias, norm) = gradients.bias_and_norm(
        &ranges.attention_output_bias,
        (&ranges.attention_norm_scale, &ranges.attention_norm_shift),
    );
    residual_layer_norm_backward(
        gradient,
        slope,
        NormRead {
            normalized: attention_normalized,
            inverse_deviation: saved.attention_inverse.read(rows),
        },
        pass.values(&ranges.attention_norm_scale),
        pass.dropout(DropoutSite::AttentionOutput(layer)),
        norm,
        bias,
    );
    let slope = Matrix::new(slope, rows, hidden);
    let context = Matrix::new(saved.context.read(rows * hidden), rows, hidden);
    gradients.weight(&ranges.attention_output_weight, slope, context);
    let weight = (&ranges.attention_output_weight, hidden);
    pass.input_gradient(context_gradient, slope, weight, Write::Overwrite);
}
