//! What a run tells while it goes on.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Call order: `Started (Stepped* (Validated | CheckpointWritten)*)*`, and then `fine_tune`
/// returns. There is no call after a stop was seen, but the evaluation that a stop before the
/// first one needs, and the last checkpoint.
pub trait TrainingObserver {
    /// Takes one event. Runs in the training thread, so it has to be quick.
    fn on(&mut self, event: TrainingEvent);
}

/// One thing that happened in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(
    tag = "event",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum TrainingEvent {
    /// The first update is about to be computed.
    Started {
        /// Updates of the whole run.
        total_steps: u64,
        /// Updates an epoch.
        steps_per_epoch: u64,
        /// The update that the run resumed after; 0 in a fresh run.
        resumed_from: u64,
        /// Values that the model consists of.
        parameters: usize,
    },
    /// One update was made.
    Stepped(Step),
    /// The model was evaluated on the validation rows.
    Validated {
        /// How good it was.
        validation: Validation,
        /// The articles of these rows that it is furthest off on, the worst first.
        worst: Vec<WorstArticle>,
    },
    /// A checkpoint is safely on disk, or on its way there.
    CheckpointWritten {
        /// The update it was taken after.
        step: u64,
        /// Seconds that training waited for it.
        seconds: f64,
    },
}

/// One update.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Its number, from 1.
    pub step: u64,
    /// Updates of the whole run.
    pub total_steps: u64,
    /// Epochs done, with the fraction of the current one.
    pub epoch: f64,
    /// Mean loss of the batch.
    pub loss: f64,
    /// Learning rate of the update.
    pub learning_rate: f64,
    /// Norm of the gradients before clipping, when they are clipped.
    pub gradient_norm: Option<f64>,
    /// Sequences a second over this session's updates, evaluations left out.
    pub sequences_per_second: f64,
    /// Word pieces a second over this session's updates, evaluations left out.
    pub tokens_per_second: f64,
    /// Seconds since the run began, earlier sessions included.
    pub elapsed_seconds: f64,
    /// Seconds that the rest is expected to take.
    pub remaining_seconds: f64,
}

/// One evaluation on the validation rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Validation {
    /// Updates made before it.
    pub step: u64,
    /// Epochs done, with the fraction of the current one.
    pub epoch: f64,
    /// Mean training loss since the evaluation before.
    pub training_loss: f64,
    /// Mean validation loss.
    pub loss: f64,
    /// Micro-averaged F1 at threshold 0.5.
    pub micro_f1: f64,
    /// Macro-averaged F1 at threshold 0.5.
    pub macro_f1: f64,
    /// F1 of each label at threshold 0.5, in the labels' order; nothing where a label is neither
    /// there nor given. Empty in what earlier versions kept.
    #[serde(default)]
    pub label_f1: Vec<Option<f64>>,
    /// Whether it is the best of the run so far.
    pub is_best: bool,
    /// Seconds it took.
    pub seconds: f64,
}

/// A validation article that the model is far off on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct WorstArticle {
    /// Its row in the table, from 0.
    pub row: usize,
    /// Its title; empty where it has none.
    pub title: String,
    /// Its loss, the mean over the labels.
    pub loss: f64,
    /// The numbers of the labels that it has.
    pub expected: Vec<usize>,
    /// The numbers of the labels that the model gives it at threshold 0.5.
    pub given: Vec<usize>,
}

/// What a run keeps for its curves. Its size is bounded, however long the run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TrainingHistory {
    /// Mean loss of each of at most 200 stretches of the run.
    pub losses: Vec<LossPoint>,
    /// Every evaluation, without its worst articles.
    pub validations: Vec<Validation>,
}

/// The mean training loss of a stretch of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LossPoint {
    /// Epochs done at its end, with the fraction of the current one.
    pub epoch: f64,
    /// Mean loss of its batches.
    pub loss: f64,
}

/// Seconds since some fixed moment. Time is handed in, so that tests can hold it still.
pub trait Clock: Sync {
    /// Seconds since that moment.
    fn seconds(&self) -> f64;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evaluation_that_an_earlier_version_kept_is_one_without_its_labels_f1() {
        let kept = r#"{"step":6,"epoch":1.0,"trainingLoss":0.5,"loss":0.4,"microF1":0.8,"macroF1":0.7,"isBest":true,"seconds":2.0}"#;
        let validation: Validation = serde_json::from_str(kept).unwrap();
        assert_eq!((validation.step, validation.label_f1), (6, Vec::new()));
    }

    #[test]
    fn the_f1_of_a_label_that_is_nowhere_is_null() {
        let kept = r#"{"step":6,"epoch":1.0,"trainingLoss":0.5,"loss":0.4,"microF1":0.8,"macroF1":0.7,"labelF1":[0.25,null],"isBest":true,"seconds":2.0}"#;
        let validation: Validation = serde_json::from_str(kept).unwrap();
        assert_eq!(validation.label_f1, [Some(0.25), None]);
        assert_eq!(serde_json::to_string(&validation).unwrap(), kept);
    }
}
