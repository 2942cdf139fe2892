//! `etiqueta report`

use std::path::PathBuf;

use engine::charts::{ChartStyle, Language, Theme};
use engine::report::write_report;

use crate::arguments::{Report, ReportLanguage, ReportTheme};
use crate::error::{CommandEnd, CommandError};
use crate::output::Output;
use crate::places;

pub(crate) fn run(asked: &Report, output: &mut Output) -> Result<CommandEnd, CommandError> {
    let model = places::home()?.models().open(&asked.model)?;
    let (Some(manifest), Some(record)) = (&model.manifest, model.load_record()?) else {
        return Err(CommandError::NoRecord {
            name: asked.model.clone(),
        });
    };
    let style = ChartStyle {
        theme: match asked.theme {
            ReportTheme::Light => Theme::Light,
            ReportTheme::Dark => Theme::Dark,
        },
        language: match asked.language {
            ReportLanguage::En => Language::English,
            ReportLanguage::Es => Language::Spanish,
        },
    };
    let folder = match &asked.output {
        Some(folder) => folder.clone(),
        None => PathBuf::from(format!("{}-report", model.name())),
    };
    let files = write_report(&folder, manifest, &record, style)?;
    output.json(&files)?;
    output.line(&format!("Report: {}", folder.join("report.md").display()))?;
    output.line(&format!(
        "Charts: {} as SVG and PNG, each with its table",
        files.len()
    ))?;
    Ok(CommandEnd::Done)
}
