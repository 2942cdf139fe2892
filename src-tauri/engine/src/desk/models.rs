//! Models, base models, charts and reports.

use std::path::{Path, PathBuf};

use super::{Desk, DeskContext, DeskError};
use crate::charts::{Chart, ChartStyle};
use crate::protocol::{
    ArticleCell, ChartSource, DrawnChart, ExportFormat, JudgedArticles, Library, MachineSummary,
    ModelOverview,
};

/// The articles that a model was evaluated on.
pub(super) struct JudgedTable;

impl Desk {
    pub(super) fn list_library(&self) -> Result<Library, DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn open_model(&self, _model: &str) -> Result<ModelOverview, DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn rename_model(&mut self, _model: &str, _name: &str) -> Result<(), DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn note_model(&self, _model: &str, _notes: &str) -> Result<(), DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn delete_model(&mut self, _model: &str) -> Result<u64, DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn restore_model(&self, _model: &str) -> Result<(), DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn export_model(
        &self,
        _model: &str,
        _format: ExportFormat,
        _path: &Path,
    ) -> Result<(), DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn import_model(
        &self,
        _path: &Path,
        _name: Option<&str>,
        _base: Option<&str>,
        _labels: Option<&[String]>,
    ) -> Result<String, DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn list_judged(
        &mut self,
        _model: &str,
        _label: usize,
        _cell: ArticleCell,
        _offset: usize,
        _limit: usize,
    ) -> Result<JudgedArticles, DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn draw_chart(
        &self,
        _source: &ChartSource,
        _chart: Chart,
        _style: ChartStyle,
    ) -> Result<DrawnChart, DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn write_report(
        &self,
        _model: &str,
        _path: &Path,
        _style: ChartStyle,
    ) -> Result<PathBuf, DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn add_base(&self, _path: &Path, _name: Option<&str>) -> Result<String, DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn get_base(
        &self,
        _name: &str,
        _context: &mut DeskContext<'_>,
    ) -> Result<Option<String>, DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn delete_base(&self, _name: &str) -> Result<u64, DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn describe_machine(&self) -> Result<MachineSummary, DeskError> {
        Err(DeskError::NotBuilt)
    }
}
