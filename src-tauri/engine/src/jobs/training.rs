//! Fine-tuning from a table to a model in the library.

use candle_core::Device as CandleDevice;

use super::evaluation::evaluate_run;
use super::material::{Material, gather, titles};
use super::{JobContext, JobError, JobEvent, JobObserver, RunFolder, TrainingRequest};
use crate::devices::{self, DeviceChoice, OpenedDevice};
use crate::library::Home;
use crate::library::base::BaseModel;
use crate::library::model::{
    FORMAT_VERSION, Machine, Manifest, ModelError, ModelRecord, ModelToSave, SplitSizes,
    TrainedModel, save_model,
};
use crate::machine;
use crate::model::backend::{Backend, BackendError, thread_pool};
use crate::model::config::BertConfig;
use crate::model::reference::ReferenceBackend;
use crate::training::data::TrainingData;
use crate::training::error::TrainingError;
use crate::training::events::{TrainingEvent, TrainingObserver};
use crate::training::recipe::{BackendChoice, Recipe, RecipeError};
use crate::training::stop::Stop;
use crate::training::{End, Outcome, Start, Training, fine_tune};

/// A training that came to an end and is in the library.
#[derive(Debug)]
pub struct Trained {
    /// How it ended.
    pub end: End,
    /// What it is.
    pub manifest: Manifest,
    /// What it was evaluated on.
    pub record: ModelRecord,
}

/// What happens to an unfinished run of the same name, and to the model that it left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldRun {
    /// They stay, and the name is taken.
    Keep,
    /// They are replaced, once everything that is asked for has been checked.
    Replace,
}

/// Fine-tunes a base model on a table, evaluates it, and keeps it in the library under the
/// request's name. What becomes of a run that is asked to stop is the flag's word ([`Stop`]); nothing
/// comes out when it was stopped before its first update or while it was being evaluated.
///
/// # Errors
/// When the table, the base model or the recipe cannot be used, the name is taken, or something
/// cannot be written; a checkpoint that was written stays.
pub fn train(
    request: &TrainingRequest,
    old_run: OldRun,
    mut context: JobContext<'_>,
) -> Result<Option<Trained>, JobError> {
    let folder = RunFolder::new(context.home, &request.name)?;
    let replaced = match old_run {
        OldRun::Replace if folder.exists() => folder.read(context.home).ok(),
        _ => None,
    };
    match &replaced {
        Some(old) => check_place(&request.name, &old.identity(), context.home)?,
        None => {
            context.home.models().place_for_new(&request.name)?;
        }
    }
    if folder.has_checkpoint() && old_run == OldRun::Keep {
        return Err(JobError::RunExists {
            name: request.name.clone(),
        });
    }
    let base = context.home.base_model(&request.base)?;
    request
        .recipe
        .check(base.config())
        .map_err(TrainingError::from)?;
    let material = gather(request, &base, threads(request, &context), &mut context)?;
    let device = choose_device(&request.recipe, base.config(), &mut context)?;
    // The run goes on with what it began with.
    let request = &noting(request, &device);
    if old_run == OldRun::Replace {
        folder.delete()?;
        if replaced.is_some() && context.home.models().place(&request.name)?.exists() {
            context.home.models().delete(&request.name)?;
        }
    }
    let identity = folder.create(request, &context.now, &material.base.sha256)?;
    run(
        request, identity, material, &base, &folder, &device, context,
    )
}

/// Goes on with a run that was interrupted or stopped, from its last checkpoint; on another device than it began with
/// where one is given, which then computes other roundings.
///
/// # Errors
/// As [`train`], and when table, base model or split are no longer what they were, or another
/// model took the run's name.
pub fn resume(
    name: &str,
    device: Option<DeviceChoice>,
    mut context: JobContext<'_>,
) -> Result<Option<Trained>, JobError> {
    let folder = RunFolder::new(context.home, name)?;
    let unfinished = folder.read(context.home)?;
    let identity = unfinished.identity();
    let mut request = unfinished.request;
    check_place(name, &identity, context.home)?;
    let base = context.home.base_model(&request.base)?;
    // Runs of versions that knew no cards do not say what they began with.
    let began = request.recipe.device.or(Some(DeviceChoice::Processor));
    request.recipe.device = device.or(began);
    let material = gather(&request, &base, threads(&request, &context), &mut context)?;
    if material.base.sha256 != unfinished.base_sha256 {
        return Err(JobError::BaseChanged { name: request.base });
    }
    let device = choose_device(&request.recipe, base.config(), &mut context)?;
    let request = noting(&request, &device);
    run(
        &request, identity, material, &base, &folder, &device, context,
    )
}

/// What computes with this recipe, opened and told of.
pub(super) fn choose_device(
    recipe: &Recipe,
    config: &BertConfig,
    context: &mut JobContext<'_>,
) -> Result<OpenedDevice, JobError> {
    let asked = recipe.device.unwrap_or(context.computing.device);
    let choice = match (recipe.backend, asked) {
        (BackendChoice::Candle, DeviceChoice::Card(_)) => {
            return Err(TrainingError::from(RecipeError::CandleOnCard).into());
        }
        (BackendChoice::Candle, _) => DeviceChoice::Processor,
        (BackendChoice::Explicit, asked) => asked,
    };
    let chosen = devices::open(choice)?.fit_for(choice, config, recipe.precision);
    context.observer.on((&chosen).into());
    Ok(chosen.device)
}

/// The request with the device that was chosen.
fn noting(request: &TrainingRequest, device: &OpenedDevice) -> TrainingRequest {
    let mut request = request.clone();
    request.recipe.device = Some(device.choice());
    request
}

/// Only the model that the same run left may have its name.
fn check_place(name: &str, run: &str, home: &Home) -> Result<(), JobError> {
    let models = home.models();
    if !models.place(name)?.exists() {
        return Ok(());
    }
    match models.open(name).ok().and_then(|model| model.manifest) {
        Some(manifest) if manifest.run == run => Ok(()),
        _ => Err(ModelError::NameTaken { name: name.into() }.into()),
    }
}

pub(super) fn threads(request: &TrainingRequest, context: &JobContext<'_>) -> usize {
    request.recipe.threads.unwrap_or(context.computing.threads)
}

/// Hands on what the loop tells.
struct Forward<'a>(&'a mut dyn JobObserver);

impl TrainingObserver for Forward<'_> {
    fn on(&mut self, training: TrainingEvent) {
        self.0.on(JobEvent::Training { training });
    }
}

fn run(
    request: &TrainingRequest,
    identity: String,
    material: Material,
    base: &BaseModel,
    folder: &RunFolder,
    device: &OpenedDevice,
    context: JobContext<'_>,
) -> Result<Option<Trained>, JobError> {
    let lock = folder.lock()?;
    let stop = context.stop.clone();
    let trained = train_and_save(request, identity, material, base, folder, device, context)?;
    drop(lock);
    let is_done = trained.as_ref().is_some_and(|one| one.end != End::Stopped);
    let is_discarded = trained.is_none() && stop.asked() == Some(Stop::Discard);
    if is_done || is_discarded {
        folder.delete()?;
    }
    Ok(trained)
}

fn train_and_save(
    request: &TrainingRequest,
    identity: String,
    mut material: Material,
    base: &BaseModel,
    folder: &RunFolder,
    device: &OpenedDevice,
    mut context: JobContext<'_>,
) -> Result<Option<Trained>, JobError> {
    let threads = threads(request, &context);
    let config = request.recipe.with_dropout(base.config().clone());
    let labels = material.dataset.labels.len();
    let mut backend = backend(&request.recipe, config.clone(), labels, device, threads)?;
    let parameters = std::mem::take(&mut material.parameters);
    let start = if folder.has_checkpoint() {
        Start::Resume
    } else {
        Start::Fresh(parameters)
    };
    let Some(outcome) = fine_tune(
        start,
        Training {
            recipe: &request.recipe,
            data: TrainingData {
                sequences: &material.sequences,
                targets: &material.dataset.targets,
                titles: &titles(&material.dataset.documents),
                training: &material.split.training,
                validation: &material.split.validation,
            },
            backend: &mut *backend,
            folder: &folder.folder,
            clock: context.clock,
            observer: &mut Forward(context.observer),
            stop: context.stop,
            checkpoint_seconds: context.checkpoint_seconds,
        },
    )?
    else {
        return Ok(None);
    };
    let asked = context.stop.asked().filter(|_| outcome.end == End::Stopped);
    if matches!(asked, Some(Stop::Suspend | Stop::Discard)) {
        return Ok(None);
    }
    let thresholds = request.recipe.thresholds;
    let evaluated = evaluate_run(thresholds, &material, &outcome, &mut *backend, &mut context)?;
    let Some(record) = evaluated else {
        return Ok(None);
    };
    let mut manifest = manifest(
        request, &material, &outcome, &record, device, threads, &context,
    );
    manifest.run = identity;
    let place = context.home.models().place(&request.name)?;
    // What was noted about the model that a stopped session left still holds.
    if let Ok(TrainedModel {
        manifest: Some(left),
        ..
    }) = TrainedModel::open(&place)
    {
        manifest.notes = left.notes;
    }
    save_model(
        &place,
        ModelToSave {
            config: &config,
            tokenizer: base.tokenizer(),
            parameters: &outcome.parameters,
            manifest: &manifest,
            record: &record,
        },
    )?;
    context.observer.on(JobEvent::Saved {
        model: request.name.clone(),
    });
    Ok(Some(Trained {
        end: outcome.end,
        manifest,
        record,
    }))
}

/// What computes, on this device or on this many threads of the processor.
pub(super) fn backend(
    recipe: &Recipe,
    config: BertConfig,
    labels: usize,
    device: &OpenedDevice,
    threads: usize,
) -> Result<Box<dyn Backend>, BackendError> {
    match recipe.backend {
        BackendChoice::Explicit => device.backend(config, labels, recipe.precision, threads),
        BackendChoice::Candle => {
            // The reference takes as many threads as the pool that makes it has.
            let pool = thread_pool(threads)?;
            let device = candle_device()?;
            let made = pool.install(|| ReferenceBackend::new(config, labels, device));
            Ok(Box::new(made?))
        }
    }
}

/// What candle computes on: the processor, and on a Mac that was built for it its card.
fn candle_device() -> Result<CandleDevice, BackendError> {
    #[cfg(feature = "metal")]
    return Ok(CandleDevice::new_metal(0)?);
    #[cfg(not(feature = "metal"))]
    Ok(CandleDevice::Cpu)
}

fn manifest(
    request: &TrainingRequest,
    material: &Material,
    outcome: &Outcome,
    record: &ModelRecord,
    device: &OpenedDevice,
    threads: usize,
    context: &JobContext<'_>,
) -> Manifest {
    Manifest {
        format_version: FORMAT_VERSION,
        program: context.program.clone(),
        name: request.name.clone(),
        run: String::new(),
        created: context.now.clone(),
        notes: String::new(),
        labels: material.dataset.labels.clone(),
        thresholds: record.evaluation().thresholds.clone(),
        base: material.base.clone(),
        table: material.dataset.source.clone(),
        test_table: material.test_source.clone(),
        corrections: request.corrections.clone(),
        effects: material.effects.clone(),
        test_effects: material.test_effects.clone(),
        columns: material.columns.clone(),
        split: request.split.clone(),
        split_sizes: SplitSizes {
            training: material.split.training.len(),
            validation: material.split.validation.len(),
            test: material.split.test.len(),
        },
        recipe: request.recipe.clone(),
        headline: record.headline(),
        machine: Machine {
            system: machine::system_name(),
            device: device.summary().name,
            threads,
            seconds: outcome.seconds,
            steps: outcome.steps,
            end: outcome.end,
            best_epoch: outcome.best.epoch,
        },
    }
}
