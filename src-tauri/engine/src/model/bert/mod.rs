//! BERT with explicit forward and backward passes over flat buffers and packed batches.
//!
//! The mathematics is that of `BertForSequenceClassification` (Devlin et al. 2019; Hugging Face
//! transformers): post-norm encoder layers, a pooler on `[CLS]`, and a linear head. Two things
//! are computed differently and give the same numbers: batches are packed instead of padded, and
//! the last layer works for `[CLS]` alone.

mod embeddings;
mod head;
mod last_layer;
mod layer;
mod pass;
mod prepared;
mod rows;
mod workspace;

use kernels::matrix::{Precision, Write};

use crate::model::backend::{
    Backend, BackendError, TrainingBatch, check_batch, check_length, check_training_batch,
};
use crate::model::config::BertConfig;
use crate::model::learner::{HostLearner, Learner, LearnerState, UpdatePlan};
use crate::model::parameters::{ParameterLayout, Part};
use crate::text::batch::PackedBatch;
pub(in crate::model) use embeddings::positions;
pub(in crate::model) use last_layer::halves;
use pass::{Gradients, Pass};
use prepared::PreparedWeights;
use workspace::{EndActivations, LayerActivations, Workspace};

/// The fast backend for processors.
#[derive(Debug)]
pub struct ExplicitBackend {
    config: BertConfig,
    layout: ParameterLayout,
    pool: rayon::ThreadPool,
    workspace: Workspace,
    precision: Precision,
    prepared: Option<PreparedWeights>,
}

impl ExplicitBackend {
    /// A backend for a BERT of this shape with a head of `labels` outputs, on `threads` threads,
    /// whose layers multiply in this precision. Results are bitwise the same for any number of
    /// threads.
    ///
    /// # Errors
    /// When the threads cannot be started, or this processor has not that precision.
    pub fn new(
        config: BertConfig,
        labels: usize,
        threads: usize,
        precision: Precision,
    ) -> Result<Self, BackendError> {
        if !precision.is_available() {
            return Err(BackendError::PrecisionUnavailable);
        }
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.max(1))
            .thread_name(|index| format!("bert-{index}"))
            .build()?;
        let layout = ParameterLayout::new(&config, labels);
        let workspace = Workspace::new(&config);
        Ok(Self {
            config,
            layout,
            pool,
            workspace,
            precision,
            prepared: None,
        })
    }

    /// The number of threads in use.
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Bytes held for activations, which grow to the largest batch seen and stay, and for weights
    /// that were prepared.
    pub fn workspace_bytes(&self) -> usize {
        let prepared = self.prepared.as_ref().map_or(0, PreparedWeights::bytes);
        self.workspace.bytes() + prepared
    }
}

impl Backend for ExplicitBackend {
    fn config(&self) -> &BertConfig {
        &self.config
    }

    fn layout(&self) -> &ParameterLayout {
        &self.layout
    }

    fn reserve(
        &mut self,
        tokens: usize,
        sequences: usize,
        lowest_trained: Part,
    ) -> Result<(), BackendError> {
        let labels = self.layout.classifier.bias.len();
        self.workspace
            .reserve(&self.config, labels, tokens, sequences, lowest_trained);
        Ok(())
    }

    fn train(
        &mut self,
        parameters: &[f32],
        batch: TrainingBatch<'_>,
        gradients: &mut [f32],
    ) -> Result<f64, BackendError> {
        let Self {
            config,
            layout,
            pool,
            workspace,
            precision,
            prepared,
        } = self;
        *prepared = None;
        check_training_batch(config, layout, batch)?;
        check_length("the parameter buffer", parameters.len(), layout.len())?;
        check_length("the gradient buffer", gradients.len(), layout.len())?;
        let pass = Pass {
            config,
            parameters,
            starts: &batch.batch.starts,
            dropout: batch.dropout,
            precision: *precision,
            prepared: None,
        };
        let write = if batch.accumulate {
            Write::Accumulate
        } else {
            Write::Overwrite
        };
        let gradients = Gradients {
            flat: gradients,
            write,
            precision: *precision,
        };
        Ok(pool.install(|| {
            let lowest = batch.lowest_trained;
            forward(pass, layout, &batch.batch.ids, Some(lowest), workspace);
            backward(pass, layout, batch, workspace, gradients)
        }))
    }

    fn logits(
        &mut self,
        parameters: &[f32],
        batch: &PackedBatch,
    ) -> Result<Vec<f32>, BackendError> {
        let Self {
            config,
            layout,
            pool,
            workspace,
            precision,
            prepared,
        } = self;
        check_batch(config, batch)?;
        check_length("the parameter buffer", parameters.len(), layout.len())?;
        let pass = Pass {
            config,
            parameters,
            starts: &batch.starts,
            dropout: None,
            precision: *precision,
            prepared: prepared.as_ref(),
        };
        pool.install(|| forward(pass, layout, &batch.ids, None, workspace));
        let labels = layout.classifier.bias.len();
        Ok(workspace
            .ends
            .logits
            .read(batch.sequences() * labels)
            .to_vec())
    }

    fn prepare(&mut self, parameters: &[f32]) -> Result<(), BackendError> {
        check_length("the parameter buffer", parameters.len(), self.layout.len())?;
        let (layout, config) = (&self.layout, &self.config);
        let prepare = || PreparedWeights::new(parameters, layout, config, self.precision);
        self.prepared = Some(self.pool.install(prepare));
        Ok(())
    }

    fn learner(
        &mut self,
        state: LearnerState,
        plan: UpdatePlan,
    ) -> Result<Box<dyn Learner + '_>, BackendError> {
        Ok(Box::new(HostLearner::new(self, state, plan)))
    }

    fn run(&self, work: &mut (dyn FnMut() + Send)) {
        self.pool.install(work);
    }
}

/// Computes the logits into the workspace. Each layer that learns, and the one below it, keeps what
/// the backward pass needs; the others use the same buffers, and in evaluation, where nothing
/// learns, all do.
fn forward(
    pass: Pass<'_>,
    layout: &ParameterLayout,
    ids: &[u32],
    lowest_trained: Option<Part>,
    workspace: &mut Workspace,
) {
    let count = pass.tokens() * pass.hidden();
    let Workspace {
        layers,
        last,
        ends,
        states: [input, output],
        first,
        scratch,
    } = workspace;
    let (mut input, mut output) = (input, output);
    embeddings::forward(pass, &layout.embeddings, ids, input.write(count), ends);
    let Some((last_ranges, ranges)) = layout.layers.split_last() else {
        return;
    };
    for (layer, ranges) in ranges.iter().enumerate() {
        let is_kept = lowest_trained.is_some_and(|lowest| keeps_activations(layer, lowest));
        let saved = &mut layers[if is_kept { layer } else { 0 }];
        let (from, to) = (input.read(count), output.write(count));
        layer::forward(pass, layer, ranges, from, to, saved, scratch);
        std::mem::swap(&mut input, &mut output);
    }
    let first = first.write(pass.sequence_count() * pass.hidden());
    last_layer::forward(pass, last_ranges, input.read(count), first, last, scratch);
    head::forward(pass, layout, first, ends);
}

/// Whether a layer below the last keeps its activations when the parts from `lowest_trained` on learn:
/// the layer below the lowest one does too, for its output.
fn keeps_activations(layer: usize, lowest_trained: Part) -> bool {
    lowest_trained <= Part::Layer(layer + 1)
}

/// The loss, and the gradients from the head down to the lowest part that learns.
fn backward(
    pass: Pass<'_>,
    layout: &ParameterLayout,
    batch: TrainingBatch<'_>,
    workspace: &mut Workspace,
    mut gradients: Gradients<'_>,
) -> f64 {
    let count = pass.tokens() * pass.hidden();
    let Workspace {
        layers,
        last,
        ends,
        states: [state, _],
        first,
        scratch,
    } = workspace;
    let first = first.read(pass.sequence_count() * pass.hidden());
    let loss = head::backward(pass, layout, first, batch, ends, scratch, &mut gradients);
    let lowest = batch.lowest_trained;
    let Some((last_ranges, ranges)) = layout.layers.split_last() else {
        return loss;
    };
    if lowest > Part::Layer(ranges.len()) {
        return loss;
    }
    let below = |layer: usize| lowest < Part::Layer(layer);
    let needed = below(ranges.len());
    let state = state.write(count);
    input_again(pass, layout, ranges.len(), state, layers, ends);
    last_layer::backward(
        pass,
        last_ranges,
        state,
        last,
        scratch,
        &mut gradients,
        needed,
    );
    for (layer, ranges) in ranges.iter().enumerate().rev() {
        if lowest > Part::Layer(layer) {
            return loss;
        }
        input_again(pass, layout, layer, state, layers, ends);
        let (saved, needed) = (&layers[layer], below(layer));
        layer::backward(
            pass,
            layer,
            ranges,
            state,
            saved,
            scratch,
            &mut gradients,
            needed,
        );
    }
    if lowest == Part::Embeddings {
        let gradient = scratch.gradient.write(count);
        embeddings::backward(
            pass,
            &layout.embeddings,
            &batch.batch.ids,
            ends,
            gradient,
            &mut gradients,
        );
    }
    loss
}

/// The input of a layer once more, (tokens, hidden): what the one below it gave, or the embeddings.
fn input_again(
    pass: Pass<'_>,
    layout: &ParameterLayout,
    layer: usize,
    state: &mut [f32],
    layers: &[LayerActivations],
    ends: &EndActivations,
) {
    match layer.checked_sub(1) {
        Some(below) => {
            rows::output_again(pass, &layout.layers[below], state, &layers[below].rows);
        }
        None => embeddings::output_again(pass, &layout.embeddings, state, ends),
    }
}
