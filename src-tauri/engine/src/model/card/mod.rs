//! BERT on an NVIDIA card, with the same explicit passes as on the processor (`model::bert`) over the operations
//! of `cuda`. Activations are kept in `f32` or in bfloat16; sums, normalisations, the head and the loss are in `f32`.

mod ends;
mod layers;
mod pass;
mod rows;
mod workspace;

use cuda::operations::{SequencesOnCard, TokensOnCard, WIDEST_HEAD, WIDEST_NORM, Write};
use cuda::{BFloat16, CudaError, Device, Memory, Stored};
use kernels::matrix::Precision;

use crate::model::backend::{Backend, BackendError, DropoutStream, TrainingBatch, check_batch};
use crate::model::bert::{expect_length, positions};
use crate::model::config::BertConfig;
use crate::model::parameters::{ParameterLayout, Part};
use crate::text::batch::PackedBatch;
use ends::Targets;
use pass::{Gradients, Pass};
use workspace::Workspace;

/// The backend for one card.
#[derive(Debug)]
pub struct CardBackend {
    config: BertConfig,
    layout: ParameterLayout,
    model: Model,
}

/// The model in the precision that was chosen.
#[derive(Debug)]
enum Model {
    Single(Box<OnCard<f32>>),
    BFloat16(Box<OnCard<BFloat16>>),
}

impl CardBackend {
    /// A backend for a BERT of this shape with a head of `labels` outputs on this card.
    ///
    /// # Errors
    /// When the kernels do not know models of this shape, or the card has no memory for it.
    pub fn new(
        config: BertConfig,
        labels: usize,
        device: &Device,
        precision: Precision,
    ) -> Result<Self, BackendError> {
        check_shape(&config, precision)?;
        let layout = ParameterLayout::new(&config, labels);
        let model = match precision {
            Precision::Single => Model::Single(Box::new(OnCard::new(device, &config, &layout)?)),
            Precision::BFloat16 => {
                Model::BFloat16(Box::new(OnCard::new(device, &config, &layout)?))
            }
        };
        Ok(Self {
            config,
            layout,
            model,
        })
    }
}

/// Whether the kernels know models of this shape.
fn check_shape(config: &BertConfig, precision: Precision) -> Result<(), CudaError> {
    let unsuited = |what, found, needed| {
        Err(CudaError::UnsuitedModel {
            what,
            found,
            needed,
        })
    };
    let (multiple, needed) = match precision {
        Precision::Single => (4, "it has to be a multiple of 4"),
        Precision::BFloat16 => (8, "it has to be a multiple of 8 in bfloat16"),
    };
    if !config.hidden_size.is_multiple_of(multiple) {
        return unsuited("a hidden size", config.hidden_size, needed);
    }
    if config.hidden_size > WIDEST_NORM {
        return unsuited("a hidden size", config.hidden_size, "at most 1,024");
    }
    if !config.intermediate_size.is_multiple_of(multiple) {
        let found = config.intermediate_size;
        return unsuited("an intermediate size", found, needed);
    }
    if config.head_size() > WIDEST_HEAD {
        return unsuited("heads", config.head_size(), "at most 128");
    }
    Ok(())
}

impl Backend for CardBackend {
    fn config(&self) -> &BertConfig {
        &self.config
    }

    fn layout(&self) -> &ParameterLayout {
        &self.layout
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
            model,
        } = self;
        check_batch(config, batch.batch)?;
        let labels = layout.classifier.bias.len();
        expect_length("the parameter buffer", parameters.len(), layout.len())?;
        expect_length("the gradient buffer", gradients.len(), layout.len())?;
        let cells = batch.batch.sequences() * labels;
        expect_length("the target buffer", batch.targets.len(), cells)?;
        expect_length("the label weights", batch.positive_weights.len(), labels)?;
        Ok(match model {
            Model::Single(model) => model.train(config, layout, parameters, batch, gradients)?,
            Model::BFloat16(model) => model.train(config, layout, parameters, batch, gradients)?,
        })
    }

    fn logits(
        &mut self,
        parameters: &[f32],
        batch: &PackedBatch,
    ) -> Result<Vec<f32>, BackendError> {
        let Self {
            config,
            layout,
            model,
        } = self;
        check_batch(config, batch)?;
        expect_length("the parameter buffer", parameters.len(), layout.len())?;
        Ok(match model {
            Model::Single(model) => model.logits(config, layout, parameters, batch)?,
            Model::BFloat16(model) => model.logits(config, layout, parameters, batch)?,
        })
    }
}

/// Parameters, gradients and activations on the card.
#[derive(Debug)]
struct OnCard<V: Stored> {
    device: Device,
    parameters: Memory<f32>,
    /// The same as products read them, where that is a difference.
    rounded: Memory<V>,
    gradients: Memory<f32>,
    workspace: Workspace<V>,
}

/// A batch on the card.
struct Batch {
    tokens: TokensOnCard,
    sequences: SequencesOnCard,
    token_count: usize,
    sequence_count: usize,
    dropout: Option<DropoutStream>,
}

impl<V: Stored> OnCard<V> {
    fn new(
        device: &Device,
        config: &BertConfig,
        layout: &ParameterLayout,
    ) -> Result<Self, CudaError> {
        Ok(Self {
            parameters: device.memory(layout.len())?,
            rounded: device.memory(0)?,
            gradients: device.memory(0)?,
            workspace: Workspace::new(device, config)?,
            device: device.clone(),
        })
    }

    fn train(
        &mut self,
        config: &BertConfig,
        layout: &ParameterLayout,
        parameters: &[f32],
        batch: TrainingBatch<'_>,
        gradients: &mut [f32],
    ) -> Result<f64, CudaError> {
        let labels = layout.classifier.bias.len();
        let on_card = self.upload(config, batch.batch, batch.dropout)?;
        self.parameters.write(parameters)?;
        self.gradients.grow(layout.len())?;
        // What does not learn stays as it is.
        self.gradients.write(gradients)?;
        let targets = Targets {
            targets: self.device.upload(batch.targets)?,
            positive_weights: self.device.upload(batch.positive_weights)?,
            cell_weight: batch.cell_weight,
            lowest_trained: batch.lowest_trained,
        };
        let (tokens, sequences) = (on_card.token_count, on_card.sequence_count);
        self.workspace
            .grow(config, labels, tokens, sequences, true)?;
        let Self {
            device,
            parameters,
            rounded,
            gradients: of_card,
            workspace,
        } = self;
        let pass = Pass {
            device,
            config,
            parameters: parameters.view(layout.len()),
            weights: V::from_single(device, parameters.view(layout.len()), rounded)?,
            sequences: &on_card.sequences,
            tokens,
            sequence_count: sequences,
            dropout: on_card.dropout,
        };
        let write = if batch.accumulate {
            Write::Accumulate
        } else {
            Write::Overwrite
        };
        let mut flat = Gradients {
            flat: of_card,
            write,
        };
        forward(pass, layout, &on_card.tokens, workspace, true)?;
        backward(
            pass,
            layout,
            &on_card.tokens,
            &targets,
            workspace,
            &mut flat,
        )?;
        of_card.read(gradients)?;
        let mut loss = [0.0];
        workspace.ends.loss.read(&mut loss)?;
        Ok(f64::from(loss[0]))
    }

    fn logits(
        &mut self,
        config: &BertConfig,
        layout: &ParameterLayout,
        parameters: &[f32],
        batch: &PackedBatch,
    ) -> Result<Vec<f32>, CudaError> {
        let labels = layout.classifier.bias.len();
        let on_card = self.upload(config, batch, None)?;
        self.parameters.write(parameters)?;
        let (tokens, sequences) = (on_card.token_count, on_card.sequence_count);
        self.workspace
            .grow(config, labels, tokens, sequences, false)?;
        let Self {
            device,
            parameters,
            rounded,
            workspace,
            ..
        } = self;
        let pass = Pass {
            device,
            config,
            parameters: parameters.view(layout.len()),
            weights: V::from_single(device, parameters.view(layout.len()), rounded)?,
            sequences: &on_card.sequences,
            tokens,
            sequence_count: sequences,
            dropout: None,
        };
        forward(pass, layout, &on_card.tokens, workspace, false)?;
        let mut logits = vec![0.0; sequences * labels];
        workspace.ends.logits.read(&mut logits)?;
        Ok(logits)
    }

    fn upload(
        &self,
        config: &BertConfig,
        batch: &PackedBatch,
        dropout: Option<DropoutStream>,
    ) -> Result<Batch, CudaError> {
        let heads = cuda::operations::Heads {
            count: config.heads,
            size: config.head_size(),
        };
        Ok(Batch {
            tokens: TokensOnCard::new(&self.device, &batch.ids, &positions(&batch.starts))?,
            sequences: SequencesOnCard::new(&self.device, &batch.starts, heads)?,
            token_count: batch.ids.len(),
            sequence_count: batch.sequences(),
            dropout,
        })
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
