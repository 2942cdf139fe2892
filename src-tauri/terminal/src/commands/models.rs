//! `etiqueta models`

use engine::jobs::{RunFolder, unfinished_runs};
use engine::library::model::{Listed, Manifest};
use engine::library::{Home, ModelImport};
use engine::training::End;
use serde::Serialize;

use crate::arguments::Models;
use crate::corrections::effects_in_words;
use crate::error::{CommandEnd, CommandError};
use crate::output::{Output, duration, rate, size};
use crate::places;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedModel<'a> {
    name: &'a str,
    folder: String,
    bytes: u64,
    manifest: Option<&'a Manifest>,
    damage: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List<'a> {
    models: Vec<ListedModel<'a>>,
    unfinished_runs: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Done<'a> {
    event: &'static str,
    name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Deleted<'a> {
    deleted: &'a str,
    bytes: u64,
}

pub(crate) fn run(asked: &Models, output: &mut Output) -> Result<CommandEnd, CommandError> {
    let home = places::home()?;
    let library = home.models();
    match asked {
        Models::List => list(&home, output)?,
        Models::Show { model } => show(&home, model, output)?,
        Models::Rename { model, name } => {
            library.rename(model, name)?;
            done(name, &format!("Renamed {model} to {name}"), output)?;
        }
        Models::Notes { model, text } => {
            library.set_notes(model, text)?;
            done(model, &format!("Noted about {model}"), output)?;
        }
        Models::Delete { model } => {
            let bytes = library.delete(model)?;
            output.json(&Deleted {
                deleted: model,
                bytes,
            })?;
            output.line(&format!("Deleted {model}: {} became free", size(bytes)))?;
        }
        Models::Export { model, folder, zip } => {
            if let Some(file) = zip {
                library.export_archive(model, file)?;
            } else if let Some(folder) = folder {
                library.export(model, folder)?;
            }
            let place = zip.as_ref().or(folder.as_ref());
            let place = place.map_or_else(String::new, |place| place.display().to_string());
            done(model, &format!("Exported {model}: {place}"), output)?;
        }
        Models::Import {
            path,
            name,
            base,
            labels,
        } => {
            let name = home.import_model(ModelImport {
                path,
                name: name.as_deref(),
                base: base.as_deref(),
                labels: labels.as_deref(),
            })?;
            done(&name, &format!("Imported {name}"), output)?;
        }
        Models::Discard { run } => {
            let folder = RunFolder::new(&home, run)?;
            if !folder.exists() {
                folder.read(&home)?;
            }
            folder.delete()?;
            done(run, &format!("Discarded the run {run}"), output)?;
        }
    }
    Ok(CommandEnd::Done)
}

/// Says that something was done: a sentence to people, the name to programs.
fn done(name: &str, sentence: &str, output: &mut Output) -> Result<(), CommandError> {
    output.json(&Done {
        event: "done",
        name,
    })?;
    output.line(sentence)
}

fn list(home: &Home, output: &mut Output) -> Result<(), CommandError> {
    let models = home.models().list()?;
    let runs = unfinished_runs(home);
    output.json(&List {
        models: models.iter().map(listed).collect(),
        unfinished_runs: &runs,
    })?;
    if models.is_empty() {
        output.line("There is no model yet. Train one: etiqueta train TABLE")?;
    } else {
        let rows: Vec<Vec<String>> = models.iter().map(row).collect();
        output.table(
            &[
                "model", "trained", "labels", "macro-F1", "micro-F1", "on", "size",
            ],
            &rows,
        )?;
    }
    if !runs.is_empty() {
        output.line("")?;
        output.line(&format!(
            "Runs that can be resumed (etiqueta train --resume RUN): {}",
            runs.join(", ")
        ))?;
    }
    Ok(())
}

fn listed(model: &Listed) -> ListedModel<'_> {
    ListedModel {
        name: &model.name,
        folder: model.folder.display().to_string(),
        bytes: model.bytes,
        manifest: model.manifest.as_ref().ok().and_then(Option::as_ref),
        damage: model.manifest.as_ref().err().map(ToString::to_string),
    }
}

fn row(model: &Listed) -> Vec<String> {
    let mut cells = vec![model.name.clone()];
    match &model.manifest {
        Ok(Some(manifest)) => cells.extend([
            match manifest.machine.end {
                End::Stopped => format!("{}, stopped", manifest.created),
                End::Finished | End::StoppedEarly => manifest.created.clone(),
            },
            manifest.labels.len().to_string(),
            rate(manifest.headline.macro_f1),
            rate(manifest.headline.micro_f1),
            if manifest.headline.on_test {
                "test"
            } else {
                "validation"
            }
            .into(),
        ]),
        Ok(None) => cells.extend(["by another program", "", "", "", ""].map(str::to_owned)),
        Err(_) => cells.extend(["damaged", "", "", "", ""].map(str::to_owned)),
    }
    cells.push(size(model.bytes));
    cells
}

fn show(home: &Home, name: &str, output: &mut Output) -> Result<(), CommandError> {
    let model = home.models().open(name)?;
    output.json(&model.manifest)?;
    output.line(&format!("Model:     {}", model.name()))?;
    output.line(&format!("Folder:    {}", model.folder.display()))?;
    output.line(&format!("Labels:    {}", model.labels.join(", ")))?;
    output.line(&format!(
        "Reads:     {} word pieces of a text",
        model.max_length
    ))?;
    let Some(manifest) = &model.manifest else {
        return output.line("Written by another program: nothing more is known of it");
    };
    let sizes = manifest.split_sizes;
    let headline = manifest.headline;
    for (name, value) in [
        (
            "Base",
            format!(
                "{} (SHA-256 {})",
                manifest.base.name,
                &manifest.base.sha256.get(..16).unwrap_or_default()
            ),
        ),
        (
            "Table",
            format!(
                "{} ({} rows, SHA-256 {})",
                manifest.table_name().display(),
                manifest.table.rows,
                manifest.table.sha256.get(..16).unwrap_or_default()
            ),
        ),
        (
            "Corrected",
            effects_in_words(&manifest.corrections, &manifest.effects).unwrap_or_default(),
        ),
        (
            "Split",
            format!(
                "{} to learn from, {} to validate on, {} to test on",
                sizes.training, sizes.validation, sizes.test
            ),
        ),
        (
            "Recipe",
            format!(
                "{}, {} epochs, learning rate {}, up to {} word pieces",
                manifest.recipe.name,
                manifest.recipe.epochs,
                manifest.recipe.learning_rate,
                manifest.recipe.max_length
            ),
        ),
        (
            "Trained",
            format!(
                "{}, {} updates{} in {} on {}, {} threads, {}; the weights after epoch {:.2} are kept",
                manifest.created,
                manifest.machine.steps,
                match manifest.machine.end {
                    End::Stopped => " until it was stopped (it can be resumed)",
                    End::Finished | End::StoppedEarly => "",
                },
                duration(manifest.machine.seconds),
                manifest
                    .machine
                    .device
                    .as_deref()
                    .unwrap_or("the processor"),
                manifest.machine.threads,
                manifest.machine.system,
                manifest.machine.best_epoch
            ),
        ),
        (
            "Score",
            format!(
                "micro-F1 {}, macro-F1 {} on {} (linear baseline: micro-F1 {})",
                rate(headline.micro_f1),
                rate(headline.macro_f1),
                if headline.on_test {
                    "test"
                } else {
                    "validation, optimistic"
                },
                rate(headline.baseline_micro_f1)
            ),
        ),
        ("Notes", manifest.notes.clone()),
    ] {
        if !value.is_empty() {
            output.line(&format!("{:<11}{value}", format!("{name}:")))?;
        }
    }
    Ok(())
}
