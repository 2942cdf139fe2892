//! Other thresholds for a trained model, and the numbers that change with them.

use super::manifest::ModelRecord;
use super::saving::write_json;
use super::{MANIFEST_FILE, ModelError, RECORD_FILE, TrainedModel};
use crate::evaluation::{EvaluationError, check_thresholds};

impl ModelRecord {
    /// The same record with its evaluations at other thresholds, one a label.
    ///
    /// # Errors
    /// When there are not as many thresholds as labels, or the stored scores are damaged.
    pub fn with_thresholds(&self, thresholds: &[f64]) -> Result<Self, EvaluationError> {
        let test = self.test.as_ref();
        Ok(Self {
            validation: self.validation.with_thresholds(thresholds)?,
            test: test
                .map(|test| test.with_thresholds(thresholds))
                .transpose()?,
            ..self.clone()
        })
    }
}

impl TrainedModel {
    /// Keeps thresholds with the model, and gives its record, whose numbers changed with them.
    /// What classifies from now on is the manifest, which is written last: when the power fails
    /// before, the old thresholds hold, and [`TrainedModel::load_record`] gives their numbers.
    ///
    /// # Errors
    /// When a threshold is not between 0 and 1, another program wrote the model, or it cannot be
    /// written.
    pub fn set_thresholds(&mut self, thresholds: Vec<f64>) -> Result<ModelRecord, ModelError> {
        check_thresholds(&self.labels, &thresholds)?;
        let (Some(manifest), Some(record)) = (&self.manifest, self.load_record()?) else {
            return Err(ModelError::OtherProgram { name: self.name() });
        };
        let record = record.with_thresholds(&thresholds)?;
        let mut manifest = manifest.clone();
        manifest.thresholds.clone_from(&thresholds);
        manifest.headline = record.headline();
        write_json(&self.folder.join(RECORD_FILE), &record)?;
        write_json(&self.folder.join(MANIFEST_FILE), &manifest)?;
        self.thresholds = thresholds;
        self.manifest = Some(manifest);
        Ok(record)
    }
}
