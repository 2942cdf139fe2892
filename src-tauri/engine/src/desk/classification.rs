//! Articles and tables that a model classifies or is evaluated on.

use std::path::Path;

use super::{Desk, DeskContext, DeskError};
use crate::dataset::Document;
use crate::protocol::{
    BatchRequest, BatchSummary, ClassifiedDocument, EvaluatedTable, EvaluationRequest,
};

impl Desk {
    pub(super) fn classify(
        &mut self,
        _model: &str,
        _document: &Document,
        _context: &DeskContext<'_>,
    ) -> Result<ClassifiedDocument, DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn read_text(&self, _path: &Path) -> Result<String, DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn classify_table(
        &mut self,
        _batch: &BatchRequest,
        _context: &mut DeskContext<'_>,
    ) -> Result<Option<BatchSummary>, DeskError> {
        Err(DeskError::NotBuilt)
    }

    pub(super) fn evaluate_table(
        &mut self,
        _evaluation: &EvaluationRequest,
        _context: &mut DeskContext<'_>,
    ) -> Result<Option<EvaluatedTable>, DeskError> {
        Err(DeskError::NotBuilt)
    }
}
