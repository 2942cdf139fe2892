//! BERT on an NVIDIA card, with the same explicit passes as on the processor (`model::bert`) over the operations
//! of `cuda`. Activations are kept in `f32` or in bfloat16; sums, normalisations, the head and the loss are in `f32`.

mod ends;
mod layers;
mod learner;
mod pass;
mod rows;
mod self_test;
mod workspace;

use cuda::operations::{Heads, SequencesOnCard, TokensOnCard, WIDEST_HEAD, WIDEST_NORM, Write};
use cuda::{BFloat16, CudaError, Device, Memory, ModelSize, SizeLimit, Stored};
use kernels::matrix::Precision;

use crate::model::backend::{
    Backend, BackendError, DropoutStream, TrainingBatch, check_batch, check_length,
    check_training_batch,
};
use crate::model::bert::positions;
use crate::model::config::BertConfig;
use crate::model::learner::{Learner, LearnerState, UpdatePlan};
use crate::model::parameters::{ParameterLayout, Part};
use crate::text::batch::PackedBatch;
use ends::Targets;
use learner::CardLearner;
use pass::{Gradients, Pass};
pub use self_test::check;
use workspace::Workspace;

/// Tokens of a batch to answer: a card has many more units to keep busy than a processor, and no cache that the
/// activations of a layer would have to fit.
const TOKENS_A_BATCH: usize = 16_384;

/// What computes with a BERT of this shape with a head of `labels` outputs on this card.
///
/// # Errors
/// When the kernels do not know models of this shape, or the card has no memory for it.
pub fn backend(
    config: BertConfig,
    labels: usize,
    device: &Device,
    precision: Precision,
) -> Result<Box<dyn Backend>, BackendError> {
    check_shape(&config, precision)?;
    let layout = ParameterLayout::new(&config, labels);
    let shape = Shape { config, layout };
    Ok(match precision {
        Precision::Single => Box::new(CardBackend::<f32>::new(shape, device)?),
        Precision::BFloat16 => Box::new(CardBackend::<BFloat16>::new(shape, device)?),
    })
}

/// Whether the kernels know models of this shape.
///
/// # Errors
/// When they do not.
pub fn check_shape(config: &BertConfig, precision: Precision) -> Result<(), CudaError> {
    let number = match precision {
        Precision::Single => 4,
        Precision::BFloat16 => 8,
    };
    let multiple = SizeLimit::MultipleOf { number };
    let widest = |number| SizeLimit::AtMost { number };
    for (size, found, needed) in [
        (ModelSize::Hidden, config.hidden_size, multiple),
        (ModelSize::Hidden, config.hidden_size, widest(WIDEST_NORM)),
        (ModelSize::Intermediate, config.intermediate_size, multiple),
        (ModelSize::Head, config.head_size(), widest(WIDEST_HEAD)),
    ] {
        if !needed.allows(found) {
            return Err(CudaError::UnsuitedModel {
                size,
                found,
                needed,
            });
        }
    }
    Ok(())
}

/// The backend for one card, with activations that are kept as `V`.
#[derive(Debug)]
struct CardBackend<V: Stored> {
    shape: Shape,
    model: OnCard<V>,
}

impl<V: Stored> CardBackend<V> {
    fn new(shape: Shape, device: &Device) -> Result<Self, CudaError> {
        let model = OnCard::new(device, &shape.config)?;
        Ok(Self { shape, model })
    }
}

impl<V: Stored> Backend for CardBackend<V> {
    fn config(&self) -> &BertConfig {
        &self.shape.config
    }

    fn layout(&self) -> &ParameterLayout {
        &self.shape.layout
    }

    fn reserve(
        &mut self,
        tokens: usize,
        sequences: usize,
        _lowest_trained: Part,
    ) -> Result<(), BackendError> {
        Ok(self.model.reserve(&self.shape, tokens, sequences)?)
    }

    fn train(
        &mut self,
        parameters: &[f32],
        batch: TrainingBatch<'_>,
        gradients: &mut [f32],
    ) -> Result<f64, BackendError> {
        let shape = &self.shape;
        check_training_batch(&shape.config, &shape.layout, batch)?;
        shape.check_parameters(parameters.len())?;
        let length = shape.layout.len();
        check_length("the gradient buffer", gradients.len(), length)?;
        Ok(self.model.train(shape, parameters, batch, gradients)?)
    }

    fn logits(
        &mut self,
        parameters: &[f32],
        batch: &PackedBatch,
    ) -> Result<Vec<f32>, BackendError> {
        check_batch(&self.shape.config, batch)?;
        self.shape.check_parameters(parameters.len())?;
        Ok(self.model.logits(&self.shape, parameters, batch)?)
    }

    fn prepare(&mut self, parameters: &[f32]) -> Result<(), BackendError> {
        self.shape.check_parameters(parameters.len())?;
        Ok(self.model.prepare(parameters)?)
    }

    fn tokens_a_batch(&self) -> usize {
        self.model.tokens_a_batch()
    }

    fn learner(
        &mut self,
        state: LearnerState,
        plan: UpdatePlan,
    ) -> Result<Box<dyn Learner + '_>, BackendError> {
        let (shape, model) = (&self.shape, &mut self.model);
        shape.check_parameters(state.parameters.len())?;
        Ok(Box::new(CardLearner::new(shape, model, state, plan)?))
    }
}

/// What a model looks like.
#[derive(Debug)]
struct Shape {
    config: BertConfig,
    layout: ParameterLayout,
}

impl Shape {
    fn labels(&self) -> usize {
        self.layout.classifier.bias.len()
    }

    fn check_parameters(&self, found: usize) -> Result<(), BackendError> {
        check_length("the parameter buffer", found, self.layout.len())
    }
}

/// Parameters on the card.
#[derive(Debug)]
struct Weights<V: Stored> {
    single: Memory<f32>,
    /// The same as products read them, where that is a difference.
    rounded: Memory<V>,
}

impl<V: Stored> Weights<V> {
    fn new(device: &Device, parameters: &[f32]) -> Result<Self, CudaError> {
        let mut weights = Self {
            single: device.upload(parameters)?,
            rounded: device.memory(0)?,
        };
        weights.round(device)?;
        Ok(weights)
    }

    fn len(&self) -> usize {
        self.single.len()
    }

    /// Keeps what products read in step with the parameters.
    fn round(&mut self, device: &Device) -> Result<(), CudaError> {
        let all = self.single.view(self.single.len());
        V::from_single(device, all, &mut self.rounded)?;
        Ok(())
    }
}

/// What computes with a model on the card.
#[derive(Debug)]
struct OnCard<V: Stored> {
    device: Device,
    workspace: Workspace<V>,
    /// Those that every call is given, where that is known.
    prepared: Option<Weights<V>>,
    /// Tokens of the micro-batches that there is room for to learn from; none where nothing is to be learned.
    reserved_tokens: usize,
    /// Tokens of a batch to answer that there is room for, as far as is known.
    most_tokens: usize,
}

/// A batch on the card.
struct Batch {
    tokens: TokensOnCard,
    sequences: SequencesOnCard,
    token_count: usize,
    sequence_count: usize,
}

impl Batch {
    fn new<V: Stored>(
        device: &Device,
        config: &BertConfig,
        batch: &PackedBatch,
    ) -> Result<Self, CudaError> {
        let heads = Heads {
            count: config.heads,
            size: config.head_size(),
        };
        Ok(Self {
            tokens: TokensOnCard::new(device, &batch.ids, &positions(&batch.starts))?,
            sequences: SequencesOnCard::new::<V>(device, &batch.starts, heads)?,
            token_count: batch.ids.len(),
            sequence_count: batch.sequences(),
        })
    }
}

impl<V: Stored> OnCard<V> {
    fn new(device: &Device, config: &BertConfig) -> Result<Self, CudaError> {
        Ok(Self {
            workspace: Workspace::new(device, config)?,
            prepared: None,
            reserved_tokens: 0,
            most_tokens: TOKENS_A_BATCH,
            device: device.clone(),
        })
    }

    /// Makes room for micro-batches of so many tokens and sequences.
    fn reserve(&mut self, shape: &Shape, tokens: usize, sequences: usize) -> Result<(), CudaError> {
        let (config, labels) = (&shape.config, shape.labels());
        self.reserved_tokens = tokens;
        self.workspace.grow(config, labels, tokens, sequences, true)
    }

    /// Tokens of a batch to answer: beside a training no more than it has room for already.
    fn tokens_a_batch(&self) -> usize {
        match self.reserved_tokens {
            0 => self.most_tokens,
            reserved => reserved.min(TOKENS_A_BATCH),
        }
    }

    fn prepare(&mut self, parameters: &[f32]) -> Result<(), CudaError> {
        // Those before go first: there may not be room for both.
        self.prepared = None;
        self.prepared = Some(Weights::new(&self.device, parameters)?);
        Ok(())
    }

    fn train(
        &mut self,
        shape: &Shape,
        parameters: &[f32],
        batch: TrainingBatch<'_>,
        gradients: &mut [f32],
    ) -> Result<f64, CudaError> {
        self.prepared = None;
        let weights = Weights::new(&self.device, parameters)?;
        // What does not learn stays as it is.
        let mut on_card = self.device.upload(gradients)?;
        let mut loss = self.device.upload(&[0.0])?;
        let to = Gradients {
            flat: &mut on_card,
            loss: &mut loss,
            write: write(batch),
        };
        self.learn(shape, &weights, batch, to)?;
        on_card.read(gradients)?;
        let mut sum = [0.0];
        loss.read(&mut sum)?;
        Ok(f64::from(sum[0]))
    }

    /// The loss and the gradients of a micro-batch.
    fn learn(
        &mut self,
        shape: &Shape,
        weights: &Weights<V>,
        batch: TrainingBatch<'_>,
        mut gradients: Gradients<'_>,
    ) -> Result<(), CudaError> {
        let Self {
            device, workspace, ..
        } = self;
        let on_card = Batch::new::<V>(device, &shape.config, batch.batch)?;
        let targets = Targets {
            targets: device.upload(batch.targets)?,
            positive_weights: device.upload(batch.positive_weights)?,
            cell_weight: batch.cell_weight,
            lowest_trained: batch.lowest_trained,
        };
        let pass = pass(device, shape, weights, &on_card, batch.dropout);
        let (tokens, layout) = (&on_card.tokens, &shape.layout);
        workspace.grow(
            &shape.config,
            shape.labels(),
            pass.tokens,
            pass.sequence_count,
            true,
        )?;
        forward(pass, layout, tokens, workspace, true)?;
        backward(pass, layout, tokens, &targets, workspace, &mut gradients)
    }

    fn logits(
        &mut self,
        shape: &Shape,
        parameters: &[f32],
        batch: &PackedBatch,
    ) -> Result<Vec<f32>, CudaError> {
        let logits = match self.prepared.take() {
            Some(prepared) => {
                let logits = self.logits_of(shape, &prepared, batch);
                self.prepared = Some(prepared);
                logits
            }
            None => {
                let weights = Weights::new(&self.device, parameters)?;
                self.logits_of(shape, &weights, batch)
            }
        };
        if logits.as_ref().is_err_and(CudaError::is_of_a_full_card) {
            // What there was room for goes back: smaller batches need less of each.
            self.workspace = Workspace::new(&self.device, &shape.config)?;
            self.reserved_tokens = 0;
            self.most_tokens = self.most_tokens.min(batch.ids.len() / 2).max(1);
        }
        logits
    }

    fn logits_of(
        &mut self,
        shape: &Shape,
        weights: &Weights<V>,
        batch: &PackedBatch,
    ) -> Result<Vec<f32>, CudaError> {
        let labels = shape.labels();
        let Self {
            device, workspace, ..
        } = self;
        let on_card = Batch::new::<V>(device, &shape.config, batch)?;
        let pass = pass(device, shape, weights, &on_card, None);
        let (tokens, sequences) = (pass.tokens, pass.sequence_count);
        workspace.grow(&shape.config, labels, tokens, sequences, false)?;
        forward(pass, &shape.layout, &on_card.tokens, workspace, false)?;
        let mut logits = vec![0.0; sequences * labels];
        workspace.ends.logits.read(&mut logits)?;
        Ok(logits)
    }
}

/// The constants of a pass over a batch.
fn pass<'a, V: Stored>(
    device: &'a Device,
    shape: &'a Shape,
    weights: &'a Weights<V>,
    batch: &'a Batch,
    dropout: Option<DropoutStream>,
) -> Pass<'a, V> {
    let parameters = weights.single.view(weights.len());
    Pass {
        device,
        config: &shape.config,
        parameters,
        weights: V::kept(parameters, &weights.rounded),
        sequences: &batch.sequences,
        tokens: batch.token_count,
        sequence_count: batch.sequence_count,
        dropout,
    }
}

/// Whether the gradients of a micro-batch are added to those before.
fn write(batch: TrainingBatch<'_>) -> Write {
    if batch.accumulate {
        Write::Accumulate
    } else {
        Write::Overwrite
    }
}

/// Computes the logits into the workspace. In evaluation, where nothing is kept, layers use the same buffers in turn.
fn forward<V: Stored>(
    pass: Pass<'_, V>,
    layout: &ParameterLayout,
    tokens: &TokensOnCard,
    workspace: &mut Workspace<V>,
    keeps: bool,
) -> Result<(), CudaError> {
    let count = pass.tokens * pass.hidden();
    let Workspace {
        layers,
        last,
        ends,
        states,
        scratch,
    } = workspace;
    ends::embed(
        pass,
        &layout.embeddings,
        tokens,
        states[0].view_mut(count),
        ends,
    )?;
    let Some((last_ranges, ranges)) = layout.layers.split_last() else {
        return Ok(());
    };
    // The input of the first layer is the first state, and so on.
    let place = |layer: usize| if keeps { layer } else { layer % 2 };
    for (layer, ranges) in ranges.iter().enumerate() {
        let (from, to) = (place(layer), place(layer + 1));
        let (input, output) = if from < to {
            let (below, above) = states.split_at_mut(to);
            (&below[from], &mut above[0])
        } else {
            let (below, above) = states.split_at_mut(from);
            (&above[0], &mut below[to])
        };
        let saved = &mut layers[if keeps { layer } else { 0 }];
        let (input, output) = (input.view(count), output.view_mut(count));
        layers::forward(pass, layer, ranges, input, output, saved, scratch)?;
    }
    let input = states[place(ranges.len())].view(count);
    let first = ends.first.view_mut(pass.sequence_count * pass.hidden());
    layers::last_forward(pass, last_ranges, input, first, last, scratch)?;
    ends::head(pass, layout, ends)
}

/// The loss, and the gradients from the head down to the lowest part that learns.
fn backward<V: Stored>(
    pass: Pass<'_, V>,
    layout: &ParameterLayout,
    tokens: &TokensOnCard,
    targets: &Targets,
    workspace: &mut Workspace<V>,
    gradients: &mut Gradients<'_>,
) -> Result<(), CudaError> {
    let count = pass.tokens * pass.hidden();
    let Workspace {
        layers,
        last,
        ends,
        states,
        scratch,
    } = workspace;
    ends::head_backward(pass, layout, targets, ends, scratch, gradients)?;
    let lowest = targets.lowest_trained;
    let Some((last_ranges, ranges)) = layout.layers.split_last() else {
        return Ok(());
    };
    if lowest > Part::Layer(ranges.len()) {
        return Ok(());
    }
    let below = |layer: usize| lowest < Part::Layer(layer);
    let input = states[ranges.len()].view(count);
    let needed = below(ranges.len());
    layers::last_backward(pass, last_ranges, input, last, scratch, gradients, needed)?;
    for (layer, ranges) in ranges.iter().enumerate().rev() {
        if lowest > Part::Layer(layer) {
            return Ok(());
        }
        let (input, saved) = (states[layer].view(count), &layers[layer]);
        let needed = below(layer);
        layers::backward(
            pass, layer, ranges, input, saved, scratch, gradients, needed,
        )?;
    }
    if lowest == Part::Embeddings {
        ends::embed_backward(pass, &layout.embeddings, tokens, ends, scratch, gradients)?;
    }
    Ok(())
}
