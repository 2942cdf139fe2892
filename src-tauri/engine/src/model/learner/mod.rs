//! A model that learns: its weights, their gradients and the optimizer's moments, wherever what computes keeps them.

mod host;

use std::borrow::Cow;
use std::ops::Range;

use kernels::adamw::AdamW;

use crate::model::backend::{BackendError, TrainingBatch};
use crate::text::batch::PackedBatch;

pub use host::HostLearner;

/// PyTorch's defaults, which BERT was fine-tuned with ever since.
const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f32 = 1e-8;

/// Neighbouring parameters that are updated alike.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateGroup {
    /// Where they lie in the flat buffers.
    pub range: Range<usize>,
    /// Factor on the learning rate.
    pub rate_factor: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
}

impl UpdateGroup {
    /// The settings of AdamW for this group; the gradients are multiplied with `gradient_scale` first.
    pub fn settings(&self, update: Update, gradient_scale: f32) -> AdamW {
        AdamW {
            learning_rate: (update.learning_rate * self.rate_factor) as f32,
            beta1: BETA1,
            beta2: BETA2,
            epsilon: EPSILON,
            weight_decay: self.weight_decay as f32,
            step: update.number,
            gradient_scale,
        }
    }
}

/// How the parameters of a model are updated, in a whole run.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdatePlan {
    /// What learns, from the lowest parameter on; other parameters are never touched.
    pub groups: Vec<UpdateGroup>,
    /// Largest norm of all gradients together; larger ones are scaled down to it, as PyTorch's `clip_grad_norm_` does.
    pub clipping_norm: Option<f64>,
    /// Whether an average of the weights is carried along, which is then what answers.
    pub averages: bool,
}

/// What a run begins or goes on with; buffers in the parameters' layout.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnerState {
    /// The weights.
    pub parameters: Vec<f32>,
    /// Running mean of the gradients and of their squares; zero where there are none yet.
    pub moments: Option<[Vec<f32>; 2]>,
    /// The average of the weights; the weights themselves where there is none yet.
    pub average: Option<Vec<f32>>,
}

/// One update.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Update {
    /// Its number, from 1.
    pub number: u64,
    /// Its learning rate, before the factors of the groups.
    pub learning_rate: f64,
    /// What the average keeps of itself, in [0, 1).
    pub average_kept: f32,
}

/// An update that is done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Updated {
    /// Its number.
    pub number: u64,
    /// The loss of its micro-batches together.
    pub loss: f64,
    /// Norm of all gradients before clipping, when they are clipped.
    pub gradient_norm: Option<f64>,
}

/// A model that learns. What it is told to do it does in that order; only [`Learner::done`] with `waits`, and what
/// reads values, has to wait for it.
pub trait Learner {
    /// Adds the gradients of a micro-batch to those of the update to come, which the first of them begins
    /// ([`TrainingBatch::accumulate`]).
    ///
    /// # Errors
    /// When the batch does not fit the model, or what computes fails.
    fn learn(&mut self, batch: TrainingBatch<'_>) -> Result<(), BackendError>;

    /// Changes the weights, and their average with them.
    ///
    /// # Errors
    /// When what computes fails.
    fn update(&mut self, update: Update) -> Result<(), BackendError>;

    /// The updates that were done since the last call, in their order; with `waits` all that were asked for.
    ///
    /// # Errors
    /// When what computes fails.
    fn done(&mut self, waits: bool) -> Result<Vec<Updated>, BackendError>;

    /// Tokens of a batch that [`Learner::logits`] is best asked for.
    fn tokens_a_batch(&self) -> usize;

    /// The logits of a batch without dropout, shape (sequences, labels), of the average where there is one.
    ///
    /// # Errors
    /// As [`Learner::learn`].
    fn logits(&mut self, batch: &PackedBatch) -> Result<Vec<f32>, BackendError>;

    /// The weights, or their average where there is one.
    ///
    /// # Errors
    /// When what computes fails.
    fn weights(&mut self) -> Result<Cow<'_, [f32]>, BackendError>;

    /// All that a run has to keep to go on: the weights, both moments, and the average where there is one.
    ///
    /// # Errors
    /// When what computes fails.
    fn sections(&mut self) -> Result<Vec<Cow<'_, [f32]>>, BackendError>;
}
