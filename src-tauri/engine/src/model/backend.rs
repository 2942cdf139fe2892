//! What the training loop and the classifier ask of an implementation of BERT.

use crate::failure_details;
use crate::model::config::{Activation, BertConfig};
use crate::model::learner::{Learner, LearnerState, UpdatePlan};
use crate::model::parameters::{ParameterLayout, Part};
use crate::text::batch::PackedBatch;
use cuda::CudaError;
use kernels::activation::Nonlinearity;
use kernels::dropout::Dropout;
use rayon::{ThreadPool, ThreadPoolBuilder};
use serde::Serialize;
use ts_rs::TS;

/// Where the random numbers of a training step's dropout come from: a pure function of these and
/// of the place in the model (`kernels::dropout`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DropoutStream {
    /// Seed of the run.
    pub seed: u64,
    /// Number of the micro-batch in the run, from 0.
    pub step: u64,
}

/// The dropout layers of BERT, as numbers that [`kernels::dropout::Dropout::new`] takes as sites.
/// The element index at each site is `row * width + column` of the packed matrix it is applied
/// to; rows are tokens, or sequences where only `[CLS]` is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropoutSite {
    /// After the embeddings' normalisation, (tokens, hidden).
    Embeddings,
    /// On the attention probabilities of this layer. The index of query `i` and key `j` of head
    /// `h` in a sequence of length `n` is `base + (h * n + i) * n + j`, with `base` the sum of
    /// `heads * n * n` over the sequences before it.
    Attention(usize),
    /// On the attention block's dense output, (tokens, hidden); (sequences, hidden) in the last
    /// layer.
    AttentionOutput(usize),
    /// On the feed-forward block's output, (tokens, hidden); (sequences, hidden) in the last layer.
    Output(usize),
    /// On the pooled vectors before the head, (sequences, hidden).
    Classifier,
}

impl DropoutSite {
    /// The number of this site.
    pub fn number(self) -> u64 {
        match self {
            Self::Embeddings => 0,
            Self::Classifier => 1,
            Self::Attention(layer) => 2 + 3 * layer as u64,
            Self::AttentionOutput(layer) => 3 + 3 * layer as u64,
            Self::Output(layer) => 4 + 3 * layer as u64,
        }
    }
}

impl DropoutSite {
    /// Its dropout in a model of this shape: in training from a stream, in evaluation none.
    pub(super) fn dropout(self, config: &BertConfig, stream: Option<DropoutStream>) -> Dropout {
        let rate = match self {
            Self::Attention(_) => config.attention_dropout,
            _ => config.hidden_dropout,
        };
        match stream {
            Some(DropoutStream { seed, step }) if rate > 0.0 => {
                Dropout::new(seed, step, self.number(), rate)
            }
            _ => Dropout::none(),
        }
    }
}

impl From<Activation> for Nonlinearity {
    fn from(activation: Activation) -> Self {
        match activation {
            Activation::Gelu => Self::Gelu,
            Activation::GeluTanh => Self::GeluTanh,
            Activation::Relu => Self::Relu,
        }
    }
}

/// One micro-batch to learn from.
#[derive(Debug, Clone, Copy)]
pub struct TrainingBatch<'a> {
    /// The texts.
    pub batch: &'a PackedBatch,
    /// 0 or 1, shape (sequences, labels).
    pub targets: &'a [f32],
    /// The weight of a positive cell of each label (1 for none), shape (labels).
    pub positive_weights: &'a [f32],
    /// What each cell's loss is multiplied with: 1 / (cells of the whole batch) for the mean.
    pub cell_weight: f32,
    /// Dropout, or none.
    pub dropout: Option<DropoutStream>,
    /// The lowest part that learns; nothing is computed for gradients below it, whose ranges are
    /// left as they are.
    pub lowest_trained: Part,
    /// Whether gradients are added to what is there (a later micro-batch) or overwritten.
    pub accumulate: bool,
}

/// An implementation of BERT with a multi-label head. Parameters and gradients are flat buffers
/// of the [`ParameterLayout`].
pub trait Backend {
    /// The shape.
    fn config(&self) -> &BertConfig;

    /// The layout of the flat buffers.
    fn layout(&self) -> &ParameterLayout;

    /// Makes room for micro-batches of at most so many tokens and sequences, of which the parts from
    /// `lowest_trained` on learn, so that training need not find it later, piece by piece.
    ///
    /// # Errors
    /// When there is not so much room.
    fn reserve(
        &mut self,
        tokens: usize,
        sequences: usize,
        lowest_trained: Part,
    ) -> Result<(), BackendError> {
        let _ = (tokens, sequences, lowest_trained);
        Ok(())
    }

    /// The loss of a micro-batch (sum over cells of the weighted cell losses) and its gradients.
    ///
    /// # Errors
    /// When the batch does not fit the model, or the backend fails.
    fn train(
        &mut self,
        parameters: &[f32],
        batch: TrainingBatch<'_>,
        gradients: &mut [f32],
    ) -> Result<f64, BackendError>;

    /// The logits of a batch without dropout, shape (sequences, labels).
    ///
    /// # Errors
    /// As [`Backend::train`].
    fn logits(&mut self, parameters: &[f32], batch: &PackedBatch)
    -> Result<Vec<f32>, BackendError>;

    /// Keeps these parameters where they are computed with, laid out for answering: every later call of
    /// [`Backend::logits`] must be given them. It ends with the next training step.
    ///
    /// # Errors
    /// When they are not parameters of this model, or the backend fails.
    fn prepare(&mut self, parameters: &[f32]) -> Result<(), BackendError> {
        let _ = parameters;
        Ok(())
    }

    /// Tokens of a batch that [`Backend::logits`] is best asked for: enough to keep busy what computes, and on a
    /// processor few enough for the activations of a layer to stay in its cache.
    fn tokens_a_batch(&self) -> usize {
        2_048
    }

    /// The model as one that learns, with all its buffers where this backend keeps them.
    ///
    /// # Errors
    /// When the state is not one of this model, or the backend fails.
    fn learner(
        &mut self,
        state: LearnerState,
        plan: UpdatePlan,
    ) -> Result<Box<dyn Learner + '_>, BackendError>;

    /// Runs `work` in the threads of this backend, so that the optimizer shares them.
    fn run(&self, work: &mut (dyn FnMut() + Send)) {
        work();
    }
}

/// Why a backend could not compute.
#[derive(Debug, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum BackendError {
    /// A sequence is longer than the model has positions.
    #[error(
        "a text of {length} word pieces is longer than the model's {positions} positions. Lower the maximum length"
    )]
    #[serde(rename = "sequenceTooLong")]
    TooLong {
        /// Word pieces of the text.
        length: usize,
        /// Positions of the model.
        positions: usize,
    },
    /// A word-piece id is outside the vocabulary: tokenizer and weights do not belong together.
    #[error(
        "word piece {id} is not in the model's vocabulary of {vocabulary}. The tokenizer and the weights do not belong together: get the base model again"
    )]
    UnknownWordPiece {
        /// The id.
        id: u32,
        /// Size of the vocabulary.
        vocabulary: usize,
    },
    /// Buffers and batch do not have the shapes that the layout asks for.
    #[error("{what} holds {found} values instead of {expected}")]
    #[serde(rename = "wrongBufferLength")]
    WrongShape {
        /// Which buffer.
        what: &'static str,
        /// Values found.
        found: usize,
        /// Values expected.
        expected: usize,
    },
    /// The processor cannot multiply in the precision that was asked for.
    #[error("this processor has no bfloat16 (AVX512-BF16). Choose the precision auto, or f32")]
    #[serde(rename = "precisionUnavailable")]
    PrecisionUnavailable,
    /// candle could not compute.
    #[error("candle failed: {source}")]
    #[serde(rename = "computationFailed")]
    Candle {
        /// What candle said.
        #[serde(serialize_with = "failure_details::message")]
        #[ts(type = "string")]
        #[from]
        source: candle_core::Error,
    },
    /// The threads could not be started.
    #[error("the threads of the computation cannot be started: {source}. Use fewer threads")]
    #[serde(rename = "threadsNotStarted")]
    Threads {
        /// What the system said.
        #[serde(serialize_with = "failure_details::message")]
        #[ts(type = "string")]
        #[from]
        source: rayon::ThreadPoolBuildError,
    },
    /// The card could not compute.
    #[error(transparent)]
    #[serde(untagged)]
    Card(#[from] CudaError),
}

impl BackendError {
    /// Whether the device that was asked for is not there or too old, or does not know such models: another choice
    /// helps, and nothing failed.
    pub fn is_of_an_unfit_device(&self) -> bool {
        matches!(
            self,
            Self::Card(
                CudaError::NoDriver
                    | CudaError::NoCard
                    | CudaError::UnknownCard { .. }
                    | CudaError::DriverTooOld { .. }
                    | CudaError::CardTooOld { .. }
                    | CudaError::UnsuitedModel { .. }
            )
        )
    }

    /// Whether a card has no room, or not at this moment.
    pub fn is_of_a_full_card(&self) -> bool {
        matches!(self, Self::Card(error) if error.is_of_a_full_card())
    }

    /// Whether the card stopped working, after which this process cannot use it any more.
    pub fn is_of_a_lost_card(&self) -> bool {
        matches!(self, Self::Card(CudaError::Lost { .. }))
    }
}

/// Threads for work beside a backend, such as taking texts apart.
///
/// # Errors
/// When they cannot be started.
pub fn thread_pool(threads: usize) -> Result<ThreadPool, BackendError> {
    Ok(ThreadPoolBuilder::new().num_threads(threads).build()?)
}

/// Checks that a buffer is as long as the layout asks for.
///
/// # Errors
/// When it is not.
pub(in crate::model) fn check_length(
    what: &'static str,
    found: usize,
    expected: usize,
) -> Result<(), BackendError> {
    if found == expected {
        return Ok(());
    }
    Err(BackendError::WrongShape {
        what,
        found,
        expected,
    })
}

/// Checks that a batch to learn from fits a model of this shape.
///
/// # Errors
/// As [`check_batch`], and when there is not one target for each label of each sequence, or not one weight for each
/// label.
pub(in crate::model) fn check_training_batch(
    config: &BertConfig,
    layout: &ParameterLayout,
    batch: TrainingBatch<'_>,
) -> Result<(), BackendError> {
    check_batch(config, batch.batch)?;
    let labels = layout.classifier.bias.len();
    let cells = batch.batch.sequences() * labels;
    check_length("the target buffer", batch.targets.len(), cells)?;
    let weights = batch.positive_weights.len();
    check_length("the label weights", weights, labels)
}

/// Checks that a batch fits a model, before any number is touched.
///
/// # Errors
/// When an id or a length is out of range.
pub fn check_batch(config: &BertConfig, batch: &PackedBatch) -> Result<(), BackendError> {
    if batch.longest() > config.max_positions {
        return Err(BackendError::TooLong {
            length: batch.longest(),
            positions: config.max_positions,
        });
    }
    match batch
        .ids
        .iter()
        .find(|&&id| id as usize >= config.vocabulary_size)
    {
        Some(&id) => Err(BackendError::UnknownWordPiece {
            id,
            vocabulary: config.vocabulary_size,
        }),
        None => Ok(()),
    }
}
