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
        let (manifest, record) = self.manifest_and_record()?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::model::ModelLibrary;
    use crate::library::tiny;

    fn saved(home: &tempfile::TempDir) -> (ModelLibrary, TrainedModel) {
        let library = ModelLibrary::new(home.path().join("models"));
        tiny::save(&library, "one");
        let model = library.open("one").unwrap();
        (library, model)
    }

    #[test]
    fn kept_thresholds_change_the_numbers_of_record_and_manifest() {
        let home = tempfile::tempdir().unwrap();
        let (library, mut model) = saved(&home);
        let record = model.set_thresholds(vec![0.2, 0.3]).unwrap();
        // Every heart is found now: 0.75 and 0.25; and the one brain: 0.625.
        assert_eq!(record.validation.metrics.micro.recall, Some(1.0));
        let opened = library.open("one").unwrap();
        assert_eq!(opened.thresholds, [0.2, 0.3]);
        assert_eq!(opened.load_record().unwrap(), Some(record.clone()));
        assert_eq!(opened.manifest.unwrap().headline, record.headline());
    }

    #[test]
    fn a_power_cut_between_record_and_manifest_leaves_the_old_thresholds_and_their_numbers() {
        let home = tempfile::tempdir().unwrap();
        let (library, model) = saved(&home);
        let before = model.load_record().unwrap().unwrap();
        let manifest = std::fs::read(model.folder.join(MANIFEST_FILE)).unwrap();
        model.clone().set_thresholds(vec![0.2, 0.3]).unwrap();
        std::fs::write(model.folder.join(MANIFEST_FILE), manifest).unwrap();
        let opened = library.open("one").unwrap();
        assert_eq!(opened.thresholds, model.thresholds);
        assert_eq!(opened.load_record().unwrap(), Some(before));
    }

    #[test]
    fn thresholds_that_give_a_label_always_or_never_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let (_, mut model) = saved(&home);
        for bad in [0.0, 1.0, -0.1, f64::NAN] {
            let error = model.set_thresholds(vec![0.5, bad]).unwrap_err();
            assert!(error.to_string().contains("\"brain\""), "{error}");
        }
        let error = model.set_thresholds(vec![0.5]).unwrap_err();
        assert!(error.to_string().contains("1 thresholds"), "{error}");
    }

    #[test]
    fn a_model_of_another_program_keeps_no_thresholds() {
        let home = tempfile::tempdir().unwrap();
        let (library, model) = saved(&home);
        std::fs::remove_file(model.folder.join(MANIFEST_FILE)).unwrap();
        let mut model = library.open("one").unwrap();
        let error = model.set_thresholds(vec![0.5, 0.5]).unwrap_err();
        assert!(matches!(error, ModelError::OtherProgram { .. }), "{error}");
    }
}
