//! `etiqueta base`

use engine::library::base::hub::{DownloadEvent, DownloadObserver, HubError, HubRequest};
use engine::library::base::known::SUGGESTIONS;
use engine::library::base::{
    Added, BaseEntry, BaseLibrary, BaseLibraryError, BaseState, folder_name,
};
use serde::Serialize;

use crate::arguments::Base;
use crate::error::{CommandEnd, CommandError};
use crate::interrupt::stop_on_interrupt;
use crate::output::{Output, remark, size};
use crate::places;
use crate::progress::Bar;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List<'a> {
    base_models: &'a [BaseEntry],
    suggestions: &'a [engine::library::base::known::Suggestion],
}

pub(crate) fn run(asked: &Base, output: &mut Output) -> Result<CommandEnd, CommandError> {
    let library = places::home()?.base_models();
    match asked {
        Base::List => list(&library, output)?,
        Base::Add { folder, name } => {
            let name = name.clone().unwrap_or_else(|| folder_name(folder));
            show_added(&library.add(folder, &name)?, output)?;
        }
        Base::Get { name } => return get(&library, name, output),
        Base::Remove { name } => {
            library.remove(name)?;
            output.line(&format!("Removed {name}"))?;
        }
    }
    Ok(CommandEnd::Done)
}

fn list(library: &BaseLibrary, output: &mut Output) -> Result<(), CommandError> {
    let entries = library.list()?;
    output.json(&List {
        base_models: &entries,
        suggestions: &SUGGESTIONS,
    })?;
    let rows: Vec<Vec<String>> = entries.iter().map(row).collect();
    output.table(
        &["base model", "parameters", "reads", "size", "licence"],
        &rows,
    )?;
    output.line("")?;
    output.line("These can be fetched (etiqueta base get NAME; uses the network):")?;
    let rows: Vec<Vec<String>> = SUGGESTIONS
        .iter()
        .map(|one| {
            vec![
                one.hub_name.into(),
                format!("{} MB", one.megabytes),
                one.licence.into(),
            ]
        })
        .collect();
    output.table(&["name", "size", "licence"], &rows)
}

fn row(entry: &BaseEntry) -> Vec<String> {
    let mut cells = vec![entry.name.clone()];
    match &entry.state {
        BaseState::Ready(model) => cells.extend([
            format!("{:.1} M", model.parameters as f64 / 1e6),
            format!("{} word pieces", model.max_positions),
            size(model.bytes),
            model.licence.clone().unwrap_or_else(|| "not stated".into()),
        ]),
        BaseState::Damaged { reason } => cells.push(format!("damaged: {reason}")),
        BaseState::Unfinished {
            bytes, total_bytes, ..
        } => cells.push(format!(
            "downloaded in part ({} of {})",
            size(*bytes),
            size(*total_bytes)
        )),
    }
    cells
}

fn show_added(added: &Added, output: &mut Output) -> Result<(), CommandError> {
    output.json(added)?;
    output.line(&format!(
        "Added {}: {:.1} M parameters, {}",
        added.record.name,
        added.parameters as f64 / 1e6,
        size(added.bytes)
    ))?;
    output.line(&format!(
        "Self-test passed: the vectors of {} texts differ from candle-transformers' by at most {:.0e} of their size",
        added.self_test.texts,
        added.self_test.relative_difference()
    ))?;
    if !added.initialised.is_empty() {
        output.line(&format!(
            "It lacks {}: newly initialised when it is fine-tuned",
            added.initialised.join(", ")
        ))?;
    }
    Ok(())
}

/// Shows a download.
struct Download<'a> {
    output: &'a mut Output,
    bar: Option<Bar>,
}

impl DownloadObserver for Download<'_> {
    fn on(&mut self, event: DownloadEvent) {
        if self.output.is_json() {
            // A reader that went away must not end a download.
            let _ = self.output.json(&event);
            return;
        }
        match event {
            DownloadEvent::Found {
                hub_name,
                licence,
                total_bytes,
                ..
            } => {
                let licence = licence.unwrap_or_else(|| "not stated".into());
                remark(&format!(
                    "{hub_name}: {}, licence: {licence}",
                    size(total_bytes)
                ));
                self.bar = Some(Bar::new(total_bytes, "Fetching", true));
            }
            DownloadEvent::Resumed { file, from_byte } => {
                self.say(&format!("Going on with {file} after {}", size(from_byte)));
            }
            DownloadEvent::Restarted { file } => self.say(&format!("{file} begins anew")),
            DownloadEvent::Advanced { bytes, file, .. } => {
                if let Some(bar) = &self.bar {
                    bar.set_bytes(bytes, &file);
                }
            }
            DownloadEvent::Checked { .. } => {}
            DownloadEvent::Tested => {
                if let Some(bar) = self.bar.take() {
                    bar.clear();
                }
            }
        }
    }
}

impl Download<'_> {
    fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.say(text),
            None => remark(text),
        }
    }
}

fn get(library: &BaseLibrary, name: &str, output: &mut Output) -> Result<CommandEnd, CommandError> {
    let request = HubRequest::from_hub(name, &places::hub());
    let stop = stop_on_interrupt()?;
    let mut download = Download { output, bar: None };
    let result = library.get(&request, &mut download, &stop);
    drop(download);
    match result {
        Ok(added) => show_added(&added, output)?,
        Err(BaseLibraryError::Hub(HubError::Stopped)) => {
            remark("Stopped; what is there is kept, and getting it again goes on with it");
            return Ok(CommandEnd::Stopped);
        }
        Err(error) => return Err(error.into()),
    }
    Ok(CommandEnd::Done)
}
