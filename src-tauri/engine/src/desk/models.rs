//! Single models: looking at them, naming, deleting, handing out and taking in.

use std::path::Path;

use super::{Desk, DeskError};
use crate::library::ModelImport;
use crate::library::model::{ModelError, ModelRecord, TrainedModel};
use crate::protocol::{EvaluationOverview, ExportFormat, ModelOverview};

impl Desk {
    pub(super) fn open_model(&self, model: &str) -> Result<ModelOverview, DeskError> {
        let model = self.kept_model(model)?;
        let record = model.load_record()?;
        Ok(overview(&model, record))
    }

    pub(super) fn rename_model(&mut self, model: &str, name: &str) -> Result<(), DeskError> {
        self.home.models().rename(model, name)?;
        self.forget_model(model);
        Ok(())
    }

    pub(super) fn note_model(&self, model: &str, notes: &str) -> Result<(), DeskError> {
        // Only models of the library are changed, never one that is named by its path.
        self.home.models().kept(model)?;
        Ok(self.home.models().set_notes(model, notes)?)
    }

    pub(super) fn delete_model(&mut self, model: &str) -> Result<u64, DeskError> {
        let bytes = self.home.models().set_aside(model)?;
        self.forget_model(model);
        Ok(bytes)
    }

    pub(super) fn restore_model(&self, model: &str) -> Result<(), DeskError> {
        Ok(self.home.models().restore(model)?)
    }

    pub(super) fn export_model(
        &self,
        model: &str,
        format: ExportFormat,
        path: &Path,
    ) -> Result<(), DeskError> {
        let library = self.home.models();
        library.kept(model)?;
        match format {
            ExportFormat::Folder => library.export(model, path)?,
            ExportFormat::Zip => library.export_archive(model, path)?,
        }
        Ok(())
    }

    pub(super) fn import_model(
        &self,
        path: &Path,
        name: Option<&str>,
        base: Option<&str>,
        labels: Option<&[String]>,
    ) -> Result<String, DeskError> {
        Ok(self.home.import_model(ModelImport {
            path,
            name,
            base,
            labels,
        })?)
    }

    /// A model of the library; a path is no name here, since names come from a web page.
    pub(super) fn kept_model(&self, name: &str) -> Result<TrainedModel, DeskError> {
        let folder = self.home.models().kept(name)?;
        Ok(TrainedModel::open(&folder)?)
    }

    /// The record of a model of the library.
    pub(super) fn record(&self, model: &str) -> Result<ModelRecord, DeskError> {
        let record = self.kept_model(model)?.load_record()?;
        let name = || ModelError::OtherProgram { name: model.into() };
        Ok(record.ok_or_else(name)?)
    }

    /// Lets go of a model that changed.
    pub(super) fn forget_model(&mut self, name: &str) {
        self.classifier.take_if(|warm| warm.name == name);
        self.judged = None;
    }
}

/// A model as the window shows it.
pub(super) fn overview(model: &TrainedModel, record: Option<ModelRecord>) -> ModelOverview {
    let manifest = model.manifest.as_ref();
    ModelOverview {
        name: model.name(),
        folder: model.folder.clone(),
        bytes: model.bytes(),
        labels: model.labels.clone(),
        thresholds: model.thresholds.clone(),
        max_length: model.max_length,
        manifest: model.manifest.clone(),
        evaluation: record
            .as_ref()
            .map(|record| EvaluationOverview::from(record.evaluation())),
        history: record.map(|record| record.history),
        table_is_there: manifest.is_some_and(|manifest| manifest.tables_are_there()),
    }
}
