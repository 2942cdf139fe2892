//! Embeddings and head on the card: see `model::bert::embeddings` and `model::bert::head`. The head is in single
//! precision.

use cuda::operations::{
    NormRead, NormSaved, Tables, TokensOnCard, Write, binary_cross_entropy, dense,
    dense_bias_gradient, dense_input_gradient, dense_weight_gradient, dropout, layer_norm,
    layer_norm_backward, look_up, look_up_backward, pool, pool_gradient, sum_columns,
};
use cuda::{CudaError, Memory, Stored, ViewMut};

use super::pass::{DenseRanges, Gradients, Pass};
use super::workspace::{EndActivations, Scratch};
use crate::model::backend::DropoutSite;
use crate::model::parameters::{EmbeddingRanges, ParameterLayout, Part};

/// Computes `output` (tokens, hidden).
pub(super) fn embed<V: Stored>(
    pass: Pass<'_, V>,
    ranges: &EmbeddingRanges,
    tokens: &TokensOnCard,
    mut output: ViewMut<'_, V>,
    saved: &mut EndActivations<V>,
) -> Result<(), CudaError> {
    let (device, count) = (pass.device, pass.tokens * pass.hidden());
    let tables = Tables {
        word: pass.values(&ranges.word),
        position: pass.values(&ranges.position),
        token_type: pass.values(&ranges.token_type),
    };
    look_up(
        device,
        saved.embedded.view_mut(count),
        tokens,
        tables,
        pass.hidden(),
    )?;
    layer_norm(
        device,
        output.again(),
        saved.embedded.view(count),
        pass.norm(&ranges.norm_scale, &ranges.norm_shift),
        NormSaved {
            normalized: saved.normalized.view_mut(count),
            inverse_deviation: saved.inverse.view_mut(pass.tokens),
        },
    )?;
    dropout(device, output, pass.dropout(DropoutSite::Embeddings))
}

/// Takes `scratch.gradient` (tokens, hidden), that of the output, down into the tables.
pub(super) fn embed_backward<V: Stored>(
    pass: Pass<'_, V>,
    ranges: &EmbeddingRanges,
    tokens: &TokensOnCard,
    saved: &EndActivations<V>,
    scratch: &mut Scratch<V>,
    gradients: &mut Gradients<'_>,
) -> Result<(), CudaError> {
    let (device, hidden) = (pass.device, pass.hidden());
    let count = pass.tokens * hidden;
    let gradient = scratch.gradient.view_mut(count);
    dropout(device, gradient, pass.dropout(DropoutSite::Embeddings))?;
    layer_norm_backward(
        device,
        scratch.gradient.view_mut(count),
        NormRead {
            normalized: saved.normalized.view(count),
            inverse_deviation: saved.inverse.view(pass.tokens),
        },
        pass.values(&ranges.norm_scale),
        gradients.norm(&ranges.norm_scale, &ranges.norm_shift),
        &mut scratch.partial,
    )?;
    if gradients.write == Write::Overwrite {
        gradients
            .flat
            .clear_part(ranges.word.start..ranges.token_type.end)?;
    }
    let gradient = scratch.gradient.view(count);
    let tables = gradients
        .flat
        .part_mut(ranges.word.start..ranges.position.end);
    let (word, position) = tables.split_at(ranges.word.len());
    look_up_backward(device, (word, position), gradient, tokens, hidden)?;
    // Only segment 0 occurs: a classifier reads one text.
    let first_type = ranges.token_type.start..ranges.token_type.start + hidden;
    let first_type = gradients.flat.part_mut(first_type);
    sum_columns(
        device,
        first_type,
        gradient,
        Write::Accumulate,
        &mut scratch.partial,
    )
}

/// Computes `saved.logits` (sequences, labels) from `saved.first` (sequences, hidden).
pub(super) fn head<V: Stored>(
    pass: Pass<'_, V>,
    layout: &ParameterLayout,
    saved: &mut EndActivations<V>,
) -> Result<(), CudaError> {
    let (device, hidden) = (pass.device, pass.hidden());
    let count = pass.sequence_count * hidden;
    let first = V::to_single(device, saved.first.view(count), &mut saved.first_single)?;
    let weight = pass.values(&layout.pooler.weight);
    dense(
        device,
        saved.pooled.view_mut(count),
        first,
        weight,
        None,
        hidden,
    )?;
    pool(
        device,
        saved.pooled.view_mut(count),
        saved.dropped.view_mut(count),
        pass.values(&layout.pooler.bias),
        pass.dropout(DropoutSite::Classifier),
    )?;
    let labels = layout.classifier.bias.len();
    dense(
        device,
        saved.logits.view_mut(pass.sequence_count * labels),
        saved.dropped.view(count),
        pass.values(&layout.classifier.weight),
        Some(pass.values(&layout.classifier.bias)),
        hidden,
    )
}

/// What the loss is taken of, on the card.
#[derive(Debug)]
pub(super) struct Targets {
    /// (sequences, labels)
    pub(super) targets: Memory<f32>,
    /// (labels)
    pub(super) positive_weights: Memory<f32>,
    pub(super) cell_weight: f32,
    pub(super) lowest_trained: Part,
}

/// The loss and the gradients of the head; `scratch.first_gradient` (sequences, hidden) takes
/// that of the last layer's output, unless nothing below the head learns.
pub(super) fn head_backward<V: Stored>(
    pass: Pass<'_, V>,
    layout: &ParameterLayout,
    targets: &Targets,
    saved: &mut EndActivations<V>,
    scratch: &mut Scratch<V>,
    gradients: &mut Gradients<'_>,
) -> Result<(), CudaError> {
    let (device, hidden, sequences) = (pass.device, pass.hidden(), pass.sequence_count);
    let (count, cells) = (sequences * hidden, targets.targets.len());
    let write = gradients.write;
    binary_cross_entropy(
        device,
        (
            gradients.loss.view_mut(1),
            scratch.logit_gradient.view_mut(cells),
        ),
        (saved.logits.view(cells), targets.targets.view(cells)),
        targets
            .positive_weights
            .view(targets.positive_weights.len()),
        targets.cell_weight,
        write,
    )?;
    let slope = scratch.logit_gradient.view(cells);
    let bias = gradients.flat.part_mut(layout.classifier.bias.clone());
    dense_bias_gradient(device, bias, slope, scratch.ones.view(sequences), write)?;
    let weight = gradients.flat.part_mut(layout.classifier.weight.clone());
    dense_weight_gradient(
        device,
        weight,
        slope,
        saved.dropped.view(count),
        hidden,
        write,
        &mut scratch.partial,
    )?;
    if targets.lowest_trained == Part::Classifier {
        return Ok(());
    }
    dense_input_gradient(
        device,
        scratch.pooled_gradient.view_mut(count),
        slope,
        pass.values(&layout.classifier.weight),
        hidden,
        Write::Overwrite,
    )?;
    pool_gradient(
        device,
        scratch.pooled_gradient.view_mut(count),
        saved.pooled.view(count),
        pass.dropout(DropoutSite::Classifier),
    )?;
    let slope = scratch.pooled_gradient.view(count);
    let pooler = DenseRanges {
        weight: &layout.pooler.weight,
        bias: &layout.pooler.bias,
    };
    let first = V::to_single(device, saved.first.view(count), &mut saved.first_single)?;
    gradients.dense(device, pooler, (slope, first), &mut scratch.partial)?;
    if targets.lowest_trained == Part::Pooler {
        return Ok(());
    }
    dense_input_gradient(
        device,
        scratch.first_single.view_mut(count),
        slope,
        pass.values(&layout.pooler.weight),
        hidden,
        Write::Overwrite,
    )?;
    V::store(
        device,
        scratch.first_gradient.view_mut(count),
        scratch.first_single.view(count),
    )
}
