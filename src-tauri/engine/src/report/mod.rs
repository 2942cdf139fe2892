//! The report of a model: a text in Markdown, its charts as SVG and PNG, and the table behind each
//! chart as CSV. Every number in it is a stored one.

mod corrections;
mod phrases;
#[cfg(test)]
mod tests;
mod text;

use std::io::Write;
use std::path::{Path, PathBuf};
use ts_rs::TS;

use serde::{Deserialize, Serialize};

use crate::charts::{
    Cell, Chart, ChartData, ChartError, ChartStyle, ChartTable, draw_png, draw_svg, table,
};
use crate::files::{WriteError, write_atomically};
use crate::library::model::{Manifest, ModelRecord};

/// The text's name in the folder of a report.
pub const REPORT_FILE: &str = "report.md";
/// Where the charts are, in the folder of a report.
const CHARTS: &str = "charts";
/// Where the tables behind the charts are, in the folder of a report.
const TABLES: &str = "tables";
/// Pixels of a PNG for each unit of a chart: sharp on paper too.
const SCALE: u32 = 2;

/// The files of one chart, relative to the folder of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Figure {
    /// The chart.
    pub chart: Chart,
    /// As SVG.
    pub svg: PathBuf,
    /// As PNG.
    pub png: PathBuf,
    /// The numbers behind it, as CSV.
    pub table: PathBuf,
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum ReportError {
    /// A chart could not be drawn.
    #[error(transparent)]
    #[serde(untagged)]
    Chart(#[from] ChartError),
    /// A file could not be written.
    #[error(transparent)]
    #[serde(untagged)]
    Write(#[from] WriteError),
}

/// What each chart is drawn from.
pub fn chart_data(chart: Chart, record: &ModelRecord) -> ChartData<'_> {
    let evaluation = record.evaluation();
    match chart {
        Chart::TrainingLoss => ChartData::TrainingLoss(&record.history),
        Chart::TrainingF1 => ChartData::TrainingF1(&record.history),
        Chart::LabelF1 => ChartData::LabelF1(evaluation),
        Chart::Confusion => ChartData::Confusion(evaluation),
        Chart::PrecisionRecall => ChartData::PrecisionRecall(evaluation),
        Chart::Roc => ChartData::Roc(evaluation),
        Chart::LabelCounts => ChartData::LabelCounts(&record.profile),
        Chart::CoOccurrence => ChartData::CoOccurrence(&record.profile),
        Chart::TokenLengths => ChartData::TokenLengths(&record.profile.lengths),
    }
}

/// Writes the report of a model into `folder`, which is made if it is not there; files of the same
/// names are replaced.
///
/// # Errors
/// When stored numbers contradict each other, or the folder cannot be written.
pub fn write_report(
    folder: &Path,
    manifest: &Manifest,
    record: &ModelRecord,
    style: ChartStyle,
) -> Result<Vec<Figure>, ReportError> {
    for folder in [folder.join(CHARTS), folder.join(TABLES)] {
        std::fs::create_dir_all(&folder).map_err(|error| WriteError::new(&folder, error))?;
    }
    let mut figures = Vec::new();
    for chart in Chart::ALL {
        let data = chart_data(chart, record);
        let figure = figure(chart);
        let svg = draw_svg(&data, style)?;
        write_atomically(&folder.join(&figure.svg), |file| {
            file.write_all(svg.as_bytes())
        })?;
        let png = draw_png(&data, style, SCALE)?;
        write_atomically(&folder.join(&figure.png), |file| file.write_all(&png))?;
        write_table(&folder.join(&figure.table), &table(&data, style.language)?)?;
        figures.push(figure);
    }
    let text = text::markdown(manifest, record, &figures, style.language);
    write_atomically(&folder.join(REPORT_FILE), |file| {
        file.write_all(text.as_bytes())
    })?;
    Ok(figures)
}

fn figure(chart: Chart) -> Figure {
    let file = |folder: &str, extension: &str| {
        Path::new(folder).join(format!("{}.{extension}", chart.name()))
    };
    Figure {
        chart,
        svg: file(CHARTS, "svg"),
        png: file(CHARTS, "png"),
        table: file(TABLES, "csv"),
    }
}

fn write_table(path: &Path, table: &ChartTable) -> Result<(), WriteError> {
    write_atomically(path, |file| {
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record(&table.headers)?;
        for row in &table.rows {
            writer.write_record(row.iter().map(|cell| match cell {
                Cell::Text(text) => text.clone(),
                Cell::Count(count) => count.to_string(),
                Cell::Number(number) => number.to_string(),
                Cell::Missing => String::new(),
            }))?;
        }
        writer.flush()
    })
}
