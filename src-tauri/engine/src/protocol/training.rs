//! Trainings as the window shows them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::devices::DeviceSummary;

use super::Failure;
use crate::jobs::TrainingRequest;
use crate::library::model::Headline;
use crate::training::End;

/// What a training would take on this machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// Updates of the whole run.
    pub steps: u64,
    /// Updates that were measured.
    pub measured_steps: u64,
    /// Articles a second while training.
    pub sequences_per_second: f64,
    /// Seconds of the whole run, evaluations included, if it goes on to its last epoch.
    pub seconds: f64,
    /// What computes.
    pub device: DeviceSummary,
    /// Micro-batches of a batch: as many as the recipe says, or the fewest that the device has room for.
    pub micro_batches: usize,
    /// Bytes of the device's memory at its peak.
    pub memory_bytes: u64,
    /// Bytes of it that are free now; nothing where the system does not say.
    pub memory_available_bytes: Option<u64>,
    /// Bytes on the disk while it runs.
    pub disk_bytes: u64,
    /// Bytes of the model that comes out.
    pub model_bytes: u64,
    /// Bytes that are free on the disk; nothing where the system does not say.
    pub disk_available_bytes: Option<u64>,
    /// What that means.
    pub fit: Fit,
    /// Texts that are longer than what is read of them.
    pub texts_cut: usize,
    /// Rows learned from, validated on and tested on.
    pub rows: [usize; 3],
}

/// Whether something fits on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Fit {
    /// With room to spare.
    Fits,
    /// It needs more than four fifths of the memory or the disk space that is free.
    Tight,
    /// It needs more than there is.
    TooBig,
}

/// A run that began and did not finish.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RunSummary {
    /// Its name.
    pub name: String,
    /// When it began (RFC 3339).
    pub began: String,
    /// What was asked for.
    pub request: TrainingRequest,
    /// Updates that its checkpoint has done; nothing without a checkpoint.
    pub step: Option<u64>,
    /// Updates of the whole run, where there is a checkpoint.
    pub total_steps: Option<u64>,
    /// Bytes on the disk.
    pub bytes: u64,
    /// Whether a process works on it at this moment.
    pub is_busy: bool,
}

/// A run whose description cannot be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct UnreadableRun {
    /// Its name.
    pub name: String,
    /// Why not.
    pub failure: Failure,
    /// Bytes on the disk.
    pub bytes: u64,
    /// Whether a process works on it at this moment.
    pub is_busy: bool,
}

/// A training that came to an end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TrainedSummary {
    /// The model's name.
    pub model: String,
    /// How it ended.
    pub end: End,
    /// The evaluation in short.
    pub headline: Headline,
    /// Seconds of training, pauses left out.
    pub seconds: f64,
}
