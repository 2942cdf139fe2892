//! The activations of a batch on the card. Buffers grow to the largest batch seen and stay.

use cuda::operations::{norm_room, sum_columns_room, weight_gradient_room};
use cuda::{CudaError, Device, Memory, Stored};

use crate::model::config::BertConfig;

/// What the row-wise part of an encoder layer (`rows`) saves. R is the number of tokens, or of sequences in
/// the last layer.
#[derive(Debug)]
pub(super) struct RowActivations<V: Stored> {
    /// (R, hidden)
    pub(super) context: Memory<V>,
    /// (R, hidden)
    pub(super) attention_normalized: Memory<V>,
    /// (R)
    pub(super) attention_inverse: Memory<f32>,
    /// (R, hidden)
    pub(super) attention_output: Memory<V>,
    /// Before the nonlinearity, (R, intermediate)
    pub(super) intermediate: Memory<V>,
    /// (R, hidden)
    pub(super) output_normalized: Memory<V>,
    /// (R)
    pub(super) output_inverse: Memory<f32>,
}

impl<V: Stored> RowActivations<V> {
    fn new(device: &Device) -> Result<Self, CudaError> {
        Ok(Self {
            context: device.memory(0)?,
            attention_normalized: device.memory(0)?,
            attention_inverse: device.memory(0)?,
            attention_output: device.memory(0)?,
            intermediate: device.memory(0)?,
            output_normalized: device.memory(0)?,
            output_inverse: device.memory(0)?,
        })
    }

    fn grow(&mut self, config: &BertConfig, rows: usize) -> Result<(), CudaError> {
        let hidden = rows * config.hidden_size;
        self.context.grow(hidden)?;
        self.attention_normalized.grow(hidden)?;
        self.attention_inverse.grow(rows)?;
        self.attention_output.grow(hidden)?;
        self.intermediate.grow(rows * config.intermediate_size)?;
        self.output_normalized.grow(hidden)?;
        self.output_inverse.grow(rows)
    }
}

/// What an encoder layer over all tokens saves.
#[derive(Debug)]
pub(super) struct LayerActivations<V: Stored> {
    /// (tokens, 3 * hidden)
    pub(super) query_key_value: Memory<V>,
    /// (heads, tokens)
    pub(super) log_sums: Memory<f32>,
    pub(super) rows: RowActivations<V>,
}

/// What the last layer, for `[CLS]` alone, saves.
#[derive(Debug)]
pub(super) struct LastLayerActivations<V: Stored> {
    /// (tokens, 2 * hidden)
    pub(super) key_value: Memory<V>,
    /// The layer's input at `[CLS]`, (sequences, hidden)
    pub(super) first_input: Memory<V>,
    /// (sequences, hidden)
    pub(super) queries: Memory<V>,
    /// (heads, sequences)
    pub(super) log_sums: Memory<f32>,
    pub(super) rows: RowActivations<V>,
}

/// What embeddings and head save; the head is in single precision.
#[derive(Debug)]
pub(super) struct EndActivations<V: Stored> {
    /// The sum of the embeddings, (tokens, hidden)
    pub(super) embedded: Memory<V>,
    /// (tokens, hidden)
    pub(super) normalized: Memory<V>,
    /// (tokens)
    pub(super) inverse: Memory<f32>,
    /// What the last layer gave, (sequences, hidden)
    pub(super) first: Memory<V>,
    /// The same in single precision, where that is a difference.
    pub(super) first_single: Memory<f32>,
    /// After tanh, (sequences, hidden)
    pub(super) pooled: Memory<f32>,
    /// After dropout, (sequences, hidden)
    pub(super) dropped: Memory<f32>,
    /// (sequences, labels)
    pub(super) logits: Memory<f32>,
}

/// Values that live only within one operation or between two layers.
#[derive(Debug)]
pub(super) struct Scratch<V: Stored> {
    /// What a dense layer gave, or its gradient, (R, hidden)
    pub(super) dense: Memory<V>,
    /// After the nonlinearity, (R, intermediate)
    pub(super) activated: Memory<V>,
    /// (R, intermediate)
    pub(super) wide_gradient: Memory<V>,
    /// Gradient that flows from layer to layer, (tokens, hidden)
    pub(super) gradient: Memory<V>,
    /// The same at `[CLS]`, (sequences, hidden)
    pub(super) first_gradient: Memory<V>,
    /// (R, hidden)
    pub(super) context_gradient: Memory<V>,
    /// (tokens, 3 * hidden)
    pub(super) projection_gradient: Memory<V>,
    /// (sequences, hidden)
    pub(super) query_gradient: Memory<V>,
    /// Sums over parts of the rows, and inner products of attention.
    pub(super) partial: Memory<f32>,
    pub(super) projections: Memory<f32>,
    /// Gradients of the head, (sequences, labels) and twice (sequences, hidden)
    pub(super) logit_gradient: Memory<f32>,
    pub(super) pooled_gradient: Memory<f32>,
    pub(super) first_single: Memory<f32>,
    /// (sequences)
    pub(super) ones: Memory<f32>,
}

/// All buffers of a backend.
#[derive(Debug)]
pub(super) struct Workspace<V: Stored> {
    /// Layers but the last. In evaluation, where nothing is kept, all use the first.
    pub(super) layers: Vec<LayerActivations<V>>,
    pub(super) last: LastLayerActivations<V>,
    pub(super) ends: EndActivations<V>,
    /// The input of each layer, (tokens, hidden) each. In evaluation the first two change places.
    pub(super) states: Vec<Memory<V>>,
    pub(super) scratch: Scratch<V>,
}

impl<V: Stored> Workspace<V> {
    pub(super) fn new(device: &Device, config: &BertConfig) -> Result<Self, CudaError> {
        let layer = || -> Result<_, CudaError> {
            Ok(LayerActivations {
                query_key_value: device.memory(0)?,
                log_sums: device.memory(0)?,
                rows: RowActivations::new(device)?,
            })
        };
        let below = config.layers.saturating_sub(1);
        Ok(Self {
            layers: (0..below).map(|_| layer()).collect::<Result<_, _>>()?,
            last: LastLayerActivations {
                key_value: device.memory(0)?,
                first_input: device.memory(0)?,
                queries: device.memory(0)?,
                log_sums: device.memory(0)?,
                rows: RowActivations::new(device)?,
            },
            ends: EndActivations {
                embedded: device.memory(0)?,
                normalized: device.memory(0)?,
                inverse: device.memory(0)?,
                first: device.memory(0)?,
                first_single: device.memory(0)?,
                pooled: device.memory(0)?,
                dropped: device.memory(0)?,
                logits: device.memory(0)?,
            },
            states: (0..=below.max(1))
                .map(|_| device.memory(0))
                .collect::<Result<_, _>>()?,
            scratch: Scratch {
                dense: device.memory(0)?,
                activated: device.memory(0)?,
                wide_gradient: device.memory(0)?,
                gradient: device.memory(0)?,
                first_gradient: device.memory(0)?,
                context_gradient: device.memory(0)?,
                projection_gradient: device.memory(0)?,
                query_gradient: device.memory(0)?,
                partial: device.memory(0)?,
                projections: device.memory(0)?,
                logit_gradient: device.memory(0)?,
                pooled_gradient: device.memory(0)?,
                first_single: device.memory(0)?,
                ones: device.memory(0)?,
            },
        })
    }

    /// Makes room for a batch: with `learns` also for what its backward pass needs.
    pub(super) fn grow(
        &mut self,
        config: &BertConfig,
        labels: usize,
        tokens: usize,
        sequences: usize,
        learns: bool,
    ) -> Result<(), CudaError> {
        let hidden = config.hidden_size;
        let kept = if learns { self.layers.len() } else { 1 };
        for layer in self.layers.iter_mut().take(kept) {
            layer.query_key_value.grow(tokens * 3 * hidden)?;
            layer.log_sums.grow(config.heads * tokens)?;
            layer.rows.grow(config, tokens)?;
        }
        let last = &mut self.last;
        last.key_value.grow(tokens * 2 * hidden)?;
        last.first_input.grow(sequences * hidden)?;
        last.queries.grow(sequences * hidden)?;
        last.log_sums.grow(config.heads * sequences)?;
        last.rows.grow(config, sequences)?;
        let ends = &mut self.ends;
        ends.embedded.grow(tokens * hidden)?;
        ends.normalized.grow(tokens * hidden)?;
        ends.inverse.grow(tokens)?;
        ends.first.grow(sequences * hidden)?;
        ends.pooled.grow(sequences * hidden)?;
        ends.dropped.grow(sequences * hidden)?;
        ends.logits.grow(sequences * labels)?;
        if !V::IS_SINGLE {
            ends.first_single.grow(sequences * hidden)?;
        }
        let states = if learns { self.states.len() } else { 2 };
        for state in self.states.iter_mut().take(states) {
            state.grow(tokens * hidden)?;
        }
        let scratch = &mut self.scratch;
        let rows = tokens.max(sequences);
        scratch.dense.grow(rows * hidden)?;
        scratch.activated.grow(rows * config.intermediate_size)?;
        if learns {
            scratch
                .wide_gradient
                .grow(rows * config.intermediate_size)?;
            scratch.gradient.grow(tokens * hidden)?;
            scratch.first_gradient.grow(sequences * hidden)?;
            scratch.context_gradient.grow(rows * hidden)?;
            scratch.projection_gradient.grow(tokens * 3 * hidden)?;
            scratch.query_gradient.grow(sequences * hidden)?;
            scratch.logit_gradient.grow(sequences * labels)?;
            scratch.pooled_gradient.grow(sequences * hidden)?;
            scratch.first_single.grow(sequences * hidden)?;
            scratch.projections.grow(config.heads * tokens)?;
            scratch.partial.grow(partial_room::<V>(config, tokens))?;
            if scratch.ones.len() < sequences {
                scratch.ones.grow(sequences)?;
                scratch.ones.write(&vec![1.0; sequences])?;
            }
        }
        Ok(())
    }
}

/// Values that sums over parts of the rows of a micro-batch need room for.
fn partial_room<V: Stored>(config: &BertConfig, tokens: usize) -> usize {
    let (hidden, intermediate) = (config.hidden_size, config.intermediate_size);
    let matrices = [
        (3 * hidden, hidden),
        (2 * hidden, hidden),
        (hidden, hidden),
        (intermediate, hidden),
        (hidden, intermediate),
    ];
    let of_matrices =
        matrices.map(|(outputs, inputs)| weight_gradient_room::<V>(outputs, inputs, tokens));
    let of_rows = [
        sum_columns_room(tokens, intermediate.max(3 * hidden)),
        norm_room(tokens, hidden),
    ];
    of_matrices.into_iter().chain(of_rows).max().unwrap_or(0)
}
