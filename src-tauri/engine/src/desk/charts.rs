//! Charts and reports.

use std::path::{Path, PathBuf};

use super::{Desk, DeskError};
use crate::charts::{Chart, ChartData, ChartStyle, draw_svg, table};
use crate::dataset::DatasetProfile;
use crate::protocol::{ChartSource, DrawnChart};
use crate::report::{REPORT_FILE, ReportError, chart_data, write_report};

impl Desk {
    pub(super) fn draw_chart(
        &self,
        source: &ChartSource,
        chart: Chart,
        style: ChartStyle,
    ) -> Result<DrawnChart, DeskError> {
        match source {
            ChartSource::Table => {
                let open = self.table.as_ref().ok_or(DeskError::NoOpenTable)?;
                let profile = open.profile.as_ref().ok_or(DeskError::NoProfile)?;
                drawn(&table_data(chart, profile)?, style)
            }
            ChartSource::Model { model } => {
                let record = self.record(model)?;
                drawn(&chart_data(chart, &record), style)
            }
        }
    }

    pub(super) fn write_report(
        &self,
        model: &str,
        path: &Path,
        style: ChartStyle,
    ) -> Result<PathBuf, DeskError> {
        let opened = self.kept_model(model)?;
        let (manifest, record) = opened.manifest_and_record()?;
        write_report(path, manifest, &record, style)?;
        Ok(path.join(REPORT_FILE))
    }
}

/// What a table alone can show.
fn table_data(chart: Chart, profile: &DatasetProfile) -> Result<ChartData<'_>, DeskError> {
    match chart {
        Chart::LabelCounts => Ok(ChartData::LabelCounts(profile)),
        Chart::CoOccurrence => Ok(ChartData::CoOccurrence(profile)),
        Chart::TokenLengths => Ok(ChartData::TokenLengths(&profile.lengths)),
        _ => Err(DeskError::ChartOfModel { chart }),
    }
}

fn drawn(data: &ChartData<'_>, style: ChartStyle) -> Result<DrawnChart, DeskError> {
    Ok(DrawnChart {
        title: data.chart().title(style.language).into(),
        svg: draw_svg(data, style).map_err(ReportError::from)?,
        table: table(data, style.language).map_err(ReportError::from)?,
    })
}
