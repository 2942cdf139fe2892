//! What a training would take on this machine.

use super::{Desk, DeskContext, DeskError};
use crate::jobs::{self, MeasuredTraining, TrainingRequest};
use crate::machine;
use crate::protocol::{Estimate, Fit};

/// Bytes of a value.
const VALUE: u64 = 4;
/// Weights and two moments are in a checkpoint; while a new one is written the old one stays.
const CHECKPOINTS: u64 = 2 * 3;
/// Best weights beside the checkpoint: those that it names, and newer ones.
const BESTS: u64 = 2;
/// Tokenizer, configuration, manifest and record of a model, about.
const BESIDE_WEIGHTS: u64 = 2 << 20;
/// Above this share of what is free, it is tight.
const TIGHT: f64 = 0.8;

impl Desk {
    /// Nothing when it was asked to stop.
    pub(super) fn estimate_training(
        &self,
        training: &TrainingRequest,
        context: &mut DeskContext<'_>,
    ) -> Result<Option<Estimate>, DeskError> {
        let disk_available = machine::disk_available(&self.home.folder);
        let measured = self.with_job(context, |job| jobs::measure(training, job))?;
        Ok(measured.map(|measured| estimate(measured, disk_available)))
    }
}

fn estimate(measured: MeasuredTraining, disk_available_bytes: Option<u64>) -> Estimate {
    let memory_available_bytes = measured.memory_available_bytes;
    let weights = measured.parameters as u64 * VALUE;
    let model_bytes = weights + BESIDE_WEIGHTS;
    let disk_bytes = (CHECKPOINTS + BESTS) * weights + model_bytes;
    // Where the system does not say: weights, gradients and moments, and as much again.
    let memory_bytes = measured.memory_bytes.unwrap_or(8 * weights);
    let fit = fit(memory_bytes, memory_available_bytes).max(fit(disk_bytes, disk_available_bytes));
    Estimate {
        steps: measured.steps,
        measured_steps: measured.measured_steps,
        sequences_per_second: measured.sequences_per_second,
        seconds: measured.seconds,
        device: measured.device,
        micro_batches: measured.micro_batches,
        memory_bytes,
        memory_available_bytes,
        disk_bytes,
        model_bytes,
        disk_available_bytes,
        fit,
        texts_cut: measured.texts_cut,
        rows: measured.rows,
    }
}

fn fit(needed: u64, available: Option<u64>) -> Fit {
    match available {
        Some(available) if needed > available => Fit::TooBig,
        Some(available) if needed as f64 > TIGHT * available as f64 => Fit::Tight,
        _ => Fit::Fits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_nearly_all_that_is_free_is_tight_and_more_is_too_big() {
        let fits = [50, 81, 101].map(|needed| fit(needed, Some(100)));
        assert_eq!(fits, [Fit::Fits, Fit::Tight, Fit::TooBig]);
        assert_eq!(fit(1000, None), Fit::Fits);
    }
}
