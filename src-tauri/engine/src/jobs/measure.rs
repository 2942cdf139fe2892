//! What a training takes on this machine, measured by its first updates.

use serde::Serialize;

use super::material::gather;
use super::training::{backend, choose_device, threads};
use super::{JobContext, JobError, TrainingRequest};
use crate::devices::{DeviceSummary, OpenedDevice};
use crate::files::WriteError;
use crate::machine;
use crate::training::data::TrainingData;
use crate::training::error::TrainingError;
use crate::training::events::{Clock, Step, TrainingEvent, TrainingObserver};
use crate::training::stop::{Stop, StopFlag};
use crate::training::{FORWARD_SHARE, Start, Training, fine_tune};

/// Updates after which enough is known, however fast they are.
const MOST_STEPS: u64 = 20;
/// Updates before which too little is known, however slow they are.
const FEWEST_STEPS: u64 = 3;
/// Seconds after which enough is known.
const SECONDS: f64 = 4.0;

/// What a training takes on this machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MeasuredTraining {
    /// Updates of the whole run.
    pub steps: u64,
    /// Updates that were measured.
    pub measured_steps: u64,
    /// Articles a second while training.
    pub sequences_per_second: f64,
    /// Seconds of the whole run with its evaluations, if it goes on to its last epoch.
    pub seconds: f64,
    /// Values that the model consists of.
    pub parameters: usize,
    /// What computes.
    pub device: DeviceSummary,
    /// Micro-batches of a batch: as many as the recipe says, or the fewest that its memory has room for.
    pub micro_batches: usize,
    /// Bytes of the device's memory that this process occupied while training; nothing where the system does
    /// not say.
    pub memory_bytes: Option<u64>,
    /// Bytes of it that are free for a training; nothing where the system does not say.
    pub memory_available_bytes: Option<u64>,
    /// Texts that are longer than what is read of them.
    pub texts_cut: usize,
    /// Rows learned from, validated on and tested on.
    pub rows: [usize; 3],
}

/// Makes the first updates of a training, in a folder that is thrown away. The result is `None`
/// when it was asked to stop.
///
/// # Errors
/// When the table, the base model or the recipe cannot be used.
pub fn measure(
    request: &TrainingRequest,
    mut context: JobContext<'_>,
) -> Result<Option<MeasuredTraining>, JobError> {
    let base = context.home.base_model(&request.base)?;
    request
        .recipe
        .check(base.config())
        .map_err(TrainingError::from)?;
    let threads = threads(request, &context);
    let mut material = gather(request, &base, threads, &mut context)?;
    let device = choose_device(&request.recipe, base.config(), &mut context)?;
    // What this process occupies already is free for a training, which has its own.
    let memory_available_bytes = match &device {
        OpenedDevice::Processor => {
            let occupied = machine::occupied_memory().unwrap_or(0);
            machine::memory().map(|memory| memory.available + occupied)
        }
        OpenedDevice::Card(card) => card.free_memory().ok(),
    };
    let config = request.recipe.with_dropout(base.config().clone());
    let labels = material.dataset.labels.len();
    let folder =
        tempfile::tempdir().map_err(|error| WriteError::new(&std::env::temp_dir(), error))?;
    let mut recipe = request.recipe.clone();
    let watcher = loop {
        if let OpenedDevice::Card(card) = &device {
            // What a try before held is not what this one needs.
            card.forget_most_used();
        }
        let mut backend = backend(&recipe, config.clone(), labels, &device, threads)?;
        let enough = StopFlag::default();
        // A second try is made for a card alone.
        let parameters = match device {
            OpenedDevice::Processor => std::mem::take(&mut material.parameters),
            OpenedDevice::Card(_) => material.parameters.clone(),
        };
        let mut watcher = Watcher {
            clock: context.clock,
            began: context.clock.seconds(),
            asked: context.stop,
            enough: enough.clone(),
            device: &device,
            last: None,
            parameters: 0,
            memory_bytes: None,
        };
        let measured = fine_tune(
            Start::Fresh(parameters),
            Training {
                recipe: &recipe,
                data: TrainingData {
                    sequences: &material.sequences,
                    targets: &material.dataset.targets,
                    titles: &[],
                    training: &material.split.training,
                    validation: &material.split.validation,
                },
                backend: &mut *backend,
                folder: folder.path(),
                clock: context.clock,
                observer: &mut watcher,
                stop: &enough,
                checkpoint_seconds: f64::INFINITY,
            },
        );
        match measured {
            // The largest micro-batches are looked for that the card has room for.
            Err(TrainingError::CardTooSmall {
                micro_batches: Some(more),
                ..
            }) => recipe.micro_batches = more,
            Err(error) => return Err(error.into()),
            Ok(_) => break watcher,
        }
    };
    let Watcher {
        last: Some(last),
        parameters,
        memory_bytes,
        ..
    } = watcher
    else {
        return Ok(None);
    };
    if context.stop.asked().is_some() {
        return Ok(None);
    }
    let split = &material.split;
    let judged = (split.validation.len() + split.test.len()) as f64;
    let judging = FORWARD_SHARE * judged / last.sequences_per_second.max(1e-9);
    Ok(Some(MeasuredTraining {
        steps: last.total_steps,
        measured_steps: last.step,
        sequences_per_second: last.sequences_per_second,
        seconds: last.elapsed_seconds + last.remaining_seconds + judging,
        parameters,
        device: device.summary(),
        micro_batches: recipe.micro_batches,
        memory_bytes,
        memory_available_bytes,
        texts_cut: material.profile.lengths.texts_cut,
        rows: [
            split.training.len(),
            split.validation.len(),
            split.test.len(),
        ],
    }))
}

/// Ends the training as soon as enough is known.
struct Watcher<'a> {
    clock: &'a dyn Clock,
    began: f64,
    asked: &'a StopFlag,
    enough: StopFlag,
    device: &'a OpenedDevice,
    last: Option<Step>,
    parameters: usize,
    memory_bytes: Option<u64>,
}

impl TrainingObserver for Watcher<'_> {
    fn on(&mut self, event: TrainingEvent) {
        match event {
            TrainingEvent::Started { parameters, .. } => {
                self.parameters = parameters;
                self.began = self.clock.seconds();
            }
            TrainingEvent::Stepped(step) => {
                let seconds = self.clock.seconds() - self.began;
                let is_enough = step.step >= MOST_STEPS
                    || (step.step >= FEWEST_STEPS && seconds >= SECONDS)
                    || step.step == step.total_steps;
                if is_enough && self.memory_bytes.is_none() {
                    self.memory_bytes = match self.device {
                        OpenedDevice::Processor => machine::occupied_memory(),
                        OpenedDevice::Card(card) => Some(card.most_used_memory()),
                    };
                }
                if is_enough || self.asked.is_raised() {
                    self.enough.raise_to(Stop::Discard);
                }
                self.last = Some(step);
            }
            TrainingEvent::Validated { .. } | TrainingEvent::CheckpointWritten { .. } => {}
        }
    }
}
