//! What a run remembers between two updates, besides weights and moments.

use serde::{Deserialize, Serialize};

use crate::training::events::{LossPoint, TrainingHistory};
use crate::training::recipe::Recipe;

/// Points that the training curve consists of at most.
const LARGEST_CURVE: u64 = 200;

/// The header of a checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunState {
    /// The recipe of the run.
    pub(super) recipe: Recipe,
    /// Fingerprint of the training data.
    pub(super) data: String,
    /// Updates done.
    pub(super) step: u64,
    /// Updates of the whole run; none in checkpoints of versions that did not note it.
    #[serde(default)]
    pub(super) total_steps: Option<u64>,
    /// Micro-batches done, which is the position of the dropout generator.
    pub(super) micro_step: u64,
    /// Losses and evaluations so far.
    pub(super) history: TrainingHistory,
    /// The best evaluation so far.
    pub(super) best: Option<Best>,
    /// Evaluations in a row that were not better.
    pub(super) evaluations_without_better: usize,
    /// Seconds that the run took so far.
    pub(super) elapsed_seconds: f64,
    /// Loss since the last evaluation.
    pub(super) since_validation: RunningMean,
    /// Loss since the last point of the curve.
    pub(super) since_point: RunningMean,
}

/// The best evaluation of a run, and where its weights are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Best {
    /// Updates made before it.
    pub step: u64,
    /// Epochs done, with the fraction of the current one.
    pub epoch: f64,
    /// The value of the metric that decides.
    pub value: f64,
    /// Its mean loss.
    pub loss: f64,
    /// Name of the file of its weights, in the folder of the run.
    pub file: String,
}

/// A mean that is added up as it comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct RunningMean {
    sum: f64,
    count: u64,
}

impl RunningMean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    /// The mean so far, which is then forgotten; 0 when nothing was added.
    pub(super) fn take(&mut self) -> f64 {
        let mean = self.sum / self.count.max(1) as f64;
        *self = Self::default();
        mean
    }
}

impl RunState {
    pub(super) fn new(recipe: &Recipe, data: String, total_steps: u64) -> Self {
        Self {
            recipe: recipe.clone(),
            data,
            step: 0,
            total_steps: Some(total_steps),
            micro_step: 0,
            history: TrainingHistory::default(),
            best: None,
            evaluations_without_better: 0,
            elapsed_seconds: 0.0,
            since_validation: RunningMean::default(),
            since_point: RunningMean::default(),
        }
    }

    /// Notes the loss of an update.
    pub(super) fn add_loss(&mut self, step: u64, loss: f64, epoch: f64, total_steps: u64) {
        self.since_validation.add(loss);
        self.since_point.add(loss);
        let stretch = total_steps.div_ceil(LARGEST_CURVE).max(1);
        if step.is_multiple_of(stretch) || step == total_steps {
            let loss = self.since_point.take();
            self.history.losses.push(LossPoint { epoch, loss });
        }
    }
}
