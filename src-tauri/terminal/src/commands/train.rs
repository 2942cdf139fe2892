//! `etiqueta train`

use std::path::Path;

use engine::jobs::{
    JobContext, MeasuredTraining, OldRun, Trained, TrainingRequest, measure, resume, train,
};
use engine::training::End;
use serde::Serialize;

use super::evaluate::show_evaluation;
use crate::arguments::Train;
use crate::clock::{SinceStart, now, now_in_a_name};
use crate::error::{CommandEnd, CommandError};
use crate::interrupt::stop_on_interrupt;
use crate::output::{Output, duration, remark, size};
use crate::places;
use crate::progress::TrainingProgress;

/// Characters of a table's name that go into the name of its model.
const LONGEST_STEM: usize = 60;

/// The last line for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finished<'a> {
    event: &'static str,
    end: &'static str,
    model: &'a str,
    folder: String,
    headline: engine::library::model::Headline,
    seconds: f64,
}

/// The last line for programs when no model came out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Nothing {
    event: &'static str,
}

/// What came out.
enum Done {
    Trained(Box<Trained>),
    Measured(MeasuredTraining),
}

/// What a training would take, for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Measured {
    event: &'static str,
    #[serde(flatten)]
    measured: MeasuredTraining,
}

pub(crate) fn run(asked: &Train, output: &mut Output) -> Result<CommandEnd, CommandError> {
    let home = places::home()?;
    let stop = stop_on_interrupt()?;
    let clock = SinceStart::new();
    let done = {
        let mut progress = TrainingProgress::new(output);
        let context = JobContext {
            home: &home,
            clock: &clock,
            now: now(),
            program: concat!("etiqueta ", env!("CARGO_PKG_VERSION")).into(),
            computing: places::computing(asked.device, asked.threads)?,
            observer: &mut progress,
            stop: &stop,
            checkpoint_seconds: asked.checkpoint_seconds,
        };
        match &asked.resume {
            Some(run) => resume(run, asked.device, context)?
                .map(Box::new)
                .map(Done::Trained),
            None if asked.dry_run => measure(&request(asked)?, context)?.map(Done::Measured),
            None => {
                let old_run = if asked.restart {
                    OldRun::Replace
                } else {
                    OldRun::Keep
                };
                train(&request(asked)?, old_run, context)?
                    .map(Box::new)
                    .map(Done::Trained)
            }
        }
    };
    let trained = match done {
        Some(Done::Trained(trained)) => trained,
        Some(Done::Measured(measured)) => {
            show_measured(measured, output)?;
            return Ok(CommandEnd::Done);
        }
        None => {
            output.json(&Nothing { event: "stopped" })?;
            if !asked.dry_run {
                remark(
                    "Stopped; what was learned is kept, and the run can be resumed (etiqueta models list)",
                );
            }
            return Ok(CommandEnd::Stopped);
        }
    };
    let folder = home.models().place(&trained.manifest.name)?;
    show(&trained, &folder, output)?;
    Ok(match trained.end {
        End::Finished | End::StoppedEarly => CommandEnd::Done,
        End::Stopped => CommandEnd::Stopped,
    })
}

fn request(asked: &Train) -> Result<TrainingRequest, CommandError> {
    let table = asked.table.clone().unwrap_or_default();
    let recipe = asked.recipe.recipe()?;
    let base = Path::new(&asked.base);
    let name = asked.name.clone().unwrap_or_else(|| {
        let stem = table.file_stem().unwrap_or_default().to_string_lossy();
        let legal = |letter: char| {
            if letter.is_alphanumeric() {
                letter
            } else {
                '-'
            }
        };
        let short: String = stem.chars().map(legal).take(LONGEST_STEM).collect();
        format!("{}-{}", short.trim_matches('-'), now_in_a_name())
    });
    Ok(TrainingRequest {
        name,
        reading: asked.choices.reading(),
        roles: asked.choices.roles(),
        corrections: asked.corrections.corrections(),
        test_table: asked.split.test_table.as_deref().map(places::absolute),
        split: asked.split.choice(&recipe),
        // A folder has to be found again when the run is resumed from elsewhere.
        base: if base.components().count() > 1 && base.is_dir() {
            places::absolute(base).to_string_lossy().into_owned()
        } else {
            asked.base.clone()
        },
        table: places::absolute(&table),
        recipe,
    })
}

fn show_measured(measured: MeasuredTraining, output: &mut Output) -> Result<(), CommandError> {
    let name = measured.device.name.as_deref().unwrap_or("this machine");
    output.line(&format!(
        "{} updates on {name}, at {:.1} articles a second: {} with its evaluations, if it goes on to its last epoch",
        measured.steps,
        measured.sequences_per_second,
        duration(measured.seconds)
    ))?;
    if let (Some(needed), Some(free)) = (measured.memory_bytes, measured.memory_available_bytes) {
        let (needed, free) = (size(needed), size(free));
        output.line(&format!("Memory: {needed}; {free} are free"))?;
    }
    output.line(&format!(
        "Micro-batches: {} (the fewest that there is room for, or those of the recipe)",
        measured.micro_batches
    ))?;
    output.json(&Measured {
        event: "measured",
        measured,
    })
}

fn show(trained: &Trained, folder: &Path, output: &mut Output) -> Result<(), CommandError> {
    let name = &trained.manifest.name;
    let (end, sentence) = match trained.end {
        End::Finished => ("finished", "All epochs are done.".to_owned()),
        End::StoppedEarly => (
            "stoppedEarly",
            "It was no longer getting better, so it ended early.".to_owned(),
        ),
        End::Stopped => (
            "stopped",
            format!("Stopped; the best so far is kept. Go on with: etiqueta train --resume {name}"),
        ),
    };
    output.json(&Finished {
        event: "finished",
        end,
        model: name,
        folder: folder.display().to_string(),
        headline: trained.manifest.headline,
        seconds: trained.manifest.machine.seconds,
    })?;
    output.line(&sentence)?;
    output.line("")?;
    show_evaluation(trained.record.evaluation(), output)?;
    output.line("")?;
    output.line(&format!("Model: {}", folder.display()))
}
