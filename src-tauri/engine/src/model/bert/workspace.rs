//! The activations of a batch. Training makes room for its largest batch at once, and what is not
//! yet used of that takes no memory; buffers that were not made room for grow to the largest batch
//! seen. So memory is flat and a step allocates next to nothing.

use super::keeps_activations;
use crate::model::config::BertConfig;
use crate::model::parameters::Part;

/// Room for values that only ever grows.
#[derive(Debug, Default)]
pub(super) struct Buffer(Vec<f32>);

impl Buffer {
    /// The first `length` values, for writing. What they hold is whatever was there before.
    pub(super) fn write(&mut self, length: usize) -> &mut [f32] {
        self.reserve(length);
        &mut self.0[..length]
    }

    /// Makes room for `length` values.
    fn reserve(&mut self, length: usize) {
        if self.0.len() < length {
            // Not `resize`: growing would copy the old values, which nobody needs. And they go
            // before the new ones come.
            self.0 = Vec::new();
            self.0 = vec![0.0; length];
        }
    }

    /// The first `length` values as they were written.
    pub(super) fn read(&self, length: usize) -> &[f32] {
        &self.0[..length]
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<f32>()
    }
}

/// What the row-wise part of an encoder layer (`rows`) saves. R is the number of tokens, or of
/// sequences in the last layer. What normalisations and nonlinearities gave is not kept: the
/// backward pass computes it again from what is here, which costs less than the memory.
#[derive(Debug, Default)]
pub(super) struct RowActivations {
    /// (R, hidden)
    pub(super) context: Buffer,
    /// (R, hidden)
    pub(super) attention_normalized: Buffer,
    /// (R)
    pub(super) attention_inverse: Buffer,
    /// Before the nonlinearity, (R, intermediate)
    pub(super) intermediate: Buffer,
    /// (R, hidden)
    pub(super) output_normalized: Buffer,
    /// (R)
    pub(super) output_inverse: Buffer,
}

/// What an encoder layer over all tokens saves.
#[derive(Debug, Default)]
pub(super) struct LayerActivations {
    /// (tokens, 3 * hidden)
    pub(super) query_key_value: Buffer,
    /// (heads, tokens)
    pub(super) log_sums: Buffer,
    pub(super) rows: RowActivations,
}

/// What the last layer, for `[CLS]` alone, saves.
#[derive(Debug, Default)]
pub(super) struct LastLayerActivations {
    /// (tokens, 2 * hidden)
    pub(super) key_value: Buffer,
    /// The layer's input at `[CLS]`, (sequences, hidden)
    pub(super) first_input: Buffer,
    /// (sequences, hidden)
    pub(super) queries: Buffer,
    /// (heads, tokens)
    pub(super) scores: Buffer,
    /// (sequences, heads)
    pub(super) log_sums: Buffer,
    pub(super) rows: RowActivations,
}

/// What embeddings and head save.
#[derive(Debug, Default)]
pub(super) struct EndActivations {
    /// (tokens, hidden)
    pub(super) embedding_normalized: Buffer,
    /// (tokens)
    pub(super) embedding_inverse: Buffer,
    /// After tanh, (sequences, hidden)
    pub(super) pooled: Buffer,
    /// After dropout, (sequences, hidden)
    pub(super) dropped: Buffer,
    /// (sequences, labels)
    pub(super) logits: Buffer,
}

/// Values that live only within the row-wise part of one layer.
#[derive(Debug, Default)]
pub(super) struct RowScratch {
    /// What a dense layer gave, or its gradient, (R, hidden)
    pub(super) dense: Buffer,
    /// After attention's normalisation, (R, hidden)
    pub(super) attention_output: Buffer,
    /// After the nonlinearity, (R, intermediate)
    pub(super) activated: Buffer,
    /// (R, intermediate)
    pub(super) wide_gradient: Buffer,
}

/// Values that live only within one operation or between two layers.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) rows: RowScratch,
    /// Gradient that flows from layer to layer, (tokens, hidden)
    pub(super) gradient: Buffer,
    /// The same at `[CLS]`, (sequences, hidden)
    pub(super) first_gradient: Buffer,
    /// (tokens, hidden)
    pub(super) context_gradient: Buffer,
    /// (tokens, 3 * hidden)
    pub(super) projection_gradient: Buffer,
    /// (sequences, hidden)
    pub(super) query_gradient: Buffer,
    /// (sequences, labels)
    pub(super) logit_gradient: Buffer,
}

/// All buffers of a backend.
#[derive(Debug)]
pub(super) struct Workspace {
    /// Layers but the last. Those that keep nothing for a backward pass use the first in turn.
    pub(super) layers: Vec<LayerActivations>,
    pub(super) last: LastLayerActivations,
    pub(super) ends: EndActivations,
    /// A layer's input and its output, (tokens, hidden) each; they change places from layer to
    /// layer.
    pub(super) states: [Buffer; 2],
    /// What the last layer gives, (sequences, hidden)
    pub(super) first: Buffer,
    pub(super) scratch: Scratch,
}

impl Workspace {
    pub(super) fn new(config: &BertConfig) -> Self {
        let layers = config.layers.saturating_sub(1);
        Self {
            layers: (0..layers).map(|_| LayerActivations::default()).collect(),
            last: LastLayerActivations::default(),
            ends: EndActivations::default(),
            states: Default::default(),
            first: Buffer::default(),
            scratch: Scratch::default(),
        }
    }

    /// Makes room for batches of at most so many tokens and sequences.
    pub(super) fn reserve(
        &mut self,
        config: &BertConfig,
        labels: usize,
        tokens: usize,
        sequences: usize,
        lowest_trained: Part,
    ) {
        let (hidden, heads) = (config.hidden_size, config.heads);
        let rows = |saved: &mut RowActivations, rows: usize| {
            saved.context.reserve(rows * hidden);
            saved.attention_normalized.reserve(rows * hidden);
            saved.attention_inverse.reserve(rows);
            saved.intermediate.reserve(rows * config.intermediate_size);
            saved.output_normalized.reserve(rows * hidden);
            saved.output_inverse.reserve(rows);
        };
        let layers = self.layers.iter_mut().enumerate();
        // The first one serves all that keep nothing.
        let used =
            layers.filter(|&(layer, _)| layer == 0 || keeps_activations(layer, lowest_trained));
        for (_, layer) in used {
            layer.query_key_value.reserve(tokens * 3 * hidden);
            layer.log_sums.reserve(heads * tokens);
            rows(&mut layer.rows, tokens);
        }
        let last = &mut self.last;
        last.key_value.reserve(tokens * 2 * hidden);
        last.first_input.reserve(sequences * hidden);
        last.queries.reserve(sequences * hidden);
        last.scores.reserve(heads * tokens);
        last.log_sums.reserve(sequences * heads);
        rows(&mut last.rows, sequences);
        let ends = &mut self.ends;
        ends.embedding_normalized.reserve(tokens * hidden);
        ends.embedding_inverse.reserve(tokens);
        ends.pooled.reserve(sequences * hidden);
        ends.dropped.reserve(sequences * hidden);
        ends.logits.reserve(sequences * labels);
        for state in &mut self.states {
            state.reserve(tokens * hidden);
        }
        self.first.reserve(sequences * hidden);
        let scratch = &mut self.scratch;
        scratch.rows.dense.reserve(tokens * hidden);
        scratch.rows.attention_output.reserve(tokens * hidden);
        let wide = tokens * config.intermediate_size;
        scratch.rows.activated.reserve(wide);
        scratch.rows.wide_gradient.reserve(wide);
        scratch.gradient.reserve(tokens * hidden);
        scratch.first_gradient.reserve(sequences * hidden);
        scratch.context_gradient.reserve(tokens * hidden);
        scratch.projection_gradient.reserve(tokens * 3 * hidden);
        scratch.query_gradient.reserve(sequences * hidden);
        scratch.logit_gradient.reserve(sequences * labels);
    }

    /// Bytes held by all buffers.
    pub(super) fn bytes(&self) -> usize {
        let Self {
            layers,
            last,
            ends,
            states,
            first,
            scratch,
        } = self;
        let layers: usize = layers.iter().map(LayerActivations::bytes).sum();
        let states: usize = states.iter().map(Buffer::bytes).sum();
        layers + last.bytes() + ends.bytes() + states + first.bytes() + scratch.bytes()
    }
}

/// Counts the bytes of all fields, so that none is forgotten.
macro_rules! bytes_of {
    ($type:ident, $($field:ident),*) => {
        impl $type {
            fn bytes(&self) -> usize {
                let Self { $($field),* } = self;
                0 $(+ $field.bytes())*
            }
        }
    };
}

bytes_of!(
    RowActivations,
    context,
    attention_normalized,
    attention_inverse,
    intermediate,
    output_normalized,
    output_inverse
);
bytes_of!(LayerActivations, query_key_value, log_sums, rows);
bytes_of!(
    LastLayerActivations,
    key_value,
    first_input,
    queries,
    scores,
    log_sums,
    rows
);
bytes_of!(
    EndActivations,
    embedding_normalized,
    embedding_inverse,
    pooled,
    dropped,
    logits
);
bytes_of!(
    RowScratch,
    dense,
    attention_output,
    activated,
    wide_gradient
);
bytes_of!(
    Scratch,
    rows,
    gradient,
    first_gradient,
    context_gradient,
    projection_gradient,
    query_gradient,
    logit_gradient
);
