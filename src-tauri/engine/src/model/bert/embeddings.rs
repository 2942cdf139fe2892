//! The embeddings: word, position and type summed, normalised, dropped out.

use kernels::embedding::{Tables, look_up, order_by_row, scatter_add};
use kernels::layer_norm::{
    NormRead, NormSaved, apply_dropout, layer_norm_backward, layer_norm_in_place, normalized_output,
};
use kernels::matrix::Write;
use rayon::prelude::*;

use super::pass::{Gradients, Pass};
use super::workspace::EndActivations;
use crate::model::backend::DropoutSite;
use crate::model::parameters::EmbeddingRanges;

/// Computes `output` (tokens, hidden).
pub(super) fn forward(
    pass: Pass<'_>,
    ranges: &EmbeddingRanges,
    ids: &[u32],
    output: &mut [f32],
    saved: &mut EndActivations,
) {
    let count = pass.tokens() * pass.hidden();
    let tables = Tables {
        word: pass.values(&ranges.word),
        position: pass.values(&ranges.position),
        token_type: pass.values(&ranges.token_type),
    };
    let normalized = saved.embedding_normalized.write(count);
    look_up(
        normalized,
        ids,
        &positions(pass.starts),
        tables,
        pass.hidden(),
    );
    let inverse_deviation = saved.embedding_inverse.write(pass.tokens());
    let norm = pass.norm(&ranges.norm_scale, &ranges.norm_shift);
    layer_norm_in_place(
        output,
        norm,
        NormSaved {
            normalized,
            inverse_deviation,
        },
    );
    apply_dropout(output, pass.dropout(DropoutSite::Embeddings));
}

/// What [`forward`] gave, once more: `output` (tokens, hidden).
pub(super) fn output_again(
    pass: Pass<'_>,
    ranges: &EmbeddingRanges,
    output: &mut [f32],
    saved: &EndActivations,
) {
    let norm = pass.norm(&ranges.norm_scale, &ranges.norm_shift);
    normalized_output(output, saved.embedding_normalized.read(output.len()), norm);
    apply_dropout(output, pass.dropout(DropoutSite::Embeddings));
}

/// Takes `gradient` (tokens, hidden), that of the output, down into the tables.
pub(super) fn backward(
    pass: Pass<'_>,
    ranges: &EmbeddingRanges,
    ids: &[u32],
    saved: &EndActivations,
    gradient: &mut [f32],
    gradients: &mut Gradients<'_>,
) {
    let hidden = pass.hidden();
    apply_dropout(gradient, pass.dropout(DropoutSite::Embeddings));
    layer_norm_backward(
        gradient,
        NormRead {
            normalized: saved.embedding_normalized.read(pass.tokens() * hidden),
            inverse_deviation: saved.embedding_inverse.read(pass.tokens()),
        },
        pass.values(&ranges.norm_scale),
        gradients.norm(&ranges.norm_scale, &ranges.norm_shift),
    );
    if gradients.write == Write::Overwrite {
        let tables = &mut gradients.flat[ranges.word.start..ranges.token_type.end];
        tables
            .par_chunks_mut(65_536)
            .for_each(|chunk| chunk.fill(0.0));
    }
    let word = &mut gradients.flat[ranges.word.clone()];
    scatter_add(word, gradient, ids, &order_by_row(ids), hidden);
    let positions = positions(pass.starts);
    let position = &mut gradients.flat[ranges.position.clone()];
    scatter_add(
        position,
        gradient,
        &positions,
        &order_by_row(&positions),
        hidden,
    );
    // Only segment 0 occurs: a classifier reads one text.
    let first_type = ranges.token_type.start..ranges.token_type.start + hidden;
    kernels::bias::sum_rows(&mut gradients.flat[first_type], gradient, Write::Accumulate);
}

/// The position of each token in its sequence, shape (tokens).
pub(in crate::model) fn positions(starts: &[usize]) -> Vec<u32> {
    starts
        .windows(2)
        .flat_map(|pair| 0..(pair[1] - pair[0]) as u32)
        .collect()
}
