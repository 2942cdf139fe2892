//! Pooler and classification head: `logits = dropout(tanh(dense([CLS]))) * W^T + b`.

use kernels::activation::{bias_tanh, tanh_backward};
use kernels::layer_norm::{apply_dropout, copy_with_dropout};
use kernels::matrix::{Matrix, Precision, Start, Write, multiply};

use super::pass::{Gradients, Pass};
use super::workspace::{EndActivations, Scratch};
use crate::model::backend::{DropoutSite, TrainingBatch};
use crate::model::parameters::{DenseRanges, ParameterLayout, Part};

/// Computes `saved.logits` (sequences, labels) from the last layer's `first` (sequences, hidden).
pub(super) fn forward(
    pass: Pass<'_>,
    layout: &ParameterLayout,
    first: &[f32],
    saved: &mut EndActivations,
) {
    let (count, hidden) = (pass.sequence_count(), pass.hidden());
    let pooled = saved.pooled.write(count * hidden);
    let weight = pass.weight(&layout.pooler.weight, hidden).transposed();
    multiply(
        pooled,
        Matrix::new(first, count, hidden),
        weight,
        Write::Overwrite,
        Precision::Single,
    );
    bias_tanh(pooled, pass.values(&layout.pooler.bias));
    let dropped = saved.dropped.write(count * hidden);
    copy_with_dropout(dropped, pooled, pass.dropout(DropoutSite::Classifier));
    let logits = saved.logits.write(count * layout.classifier.bias.len());
    let weight = pass.weight(&layout.classifier.weight, hidden).transposed();
    multiply(
        logits,
        Matrix::new(dropped, count, hidden),
        weight,
        Start::Row(pass.values(&layout.classifier.bias)),
        Precision::Single,
    );
}

/// The loss and the gradients of the head; `scratch.first_gradient` (sequences, hidden) takes
/// that of the last layer's output, unless nothing below the head learns.
pub(super) fn backward(
    pass: Pass<'_>,
    layout: &ParameterLayout,
    first: &[f32],
    batch: TrainingBatch<'_>,
    saved: &EndActivations,
    scratch: &mut Scratch,
    gradients: &mut Gradients<'_>,
) -> f64 {
    let (count, hidden) = (pass.sequence_count(), pass.hidden());
    let labels = layout.classifier.bias.len();
    let logits = saved.logits.read(count * labels);
    let slope = scratch.logit_gradient.write(count * labels);
    let loss = kernels::loss::binary_cross_entropy(
        logits,
        batch.targets,
        batch.positive_weights,
        batch.cell_weight,
        slope,
    );
    dense_gradients(
        &layout.classifier,
        slope,
        saved.dropped.read(count * hidden),
        hidden,
        gradients,
    );
    if batch.lowest_trained == Part::Classifier {
        return loss;
    }
    let pooled_slope = scratch.query_gradient.write(count * hidden);
    let slope = Matrix::new(slope, count, labels);
    multiply(
        pooled_slope,
        slope,
        pass.weight(&layout.classifier.weight, hidden),
        Write::Overwrite,
        Precision::Single,
    );
    apply_dropout(pooled_slope, pass.dropout(DropoutSite::Classifier));
    tanh_backward(pooled_slope, saved.pooled.read(count * hidden));
    dense_gradients(&layout.pooler, pooled_slope, first, hidden, gradients);
    if batch.lowest_trained == Part::Pooler {
        return loss;
    }
    let slope = Matrix::new(pooled_slope, count, hidden);
    let first_gradient = scratch.first_gradient.write(count * hidden);
    let weight = pass.weight(&layout.pooler.weight, hidden);
    multiply(
        first_gradient,
        slope,
        weight,
        Write::Overwrite,
        Precision::Single,
    );
    loss
}

fn dense_gradients(
    ranges: &DenseRanges,
    slope: &[f32],
    input: &[f32],
    hidden: usize,
    gradients: &mut Gradients<'_>,
) {
    let rows = input.len() / hidden;
    gradients.bias(&ranges.bias, slope);
    let slope = Matrix::new(slope, rows, ranges.bias.len());
    gradients.weight(&ranges.weight, slope, Matrix::new(input, rows, hidden));
}
