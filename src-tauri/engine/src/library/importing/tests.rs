//! Models from elsewhere, with the files of `tests/fixtures/pytorch_file/generate.py`.

use std::path::{Path, PathBuf};

use super::*;
use kernels::matrix::Precision;

use crate::library::tiny;
use crate::model::bert::ExplicitBackend;
use crate::model::inference::predict_logits;
use crate::model::weights::read_trained_parameters;

fn fixture(name: &str) -> PathBuf {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/fixtures/pytorch_file"
    );
    Path::new(folder).join(name)
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        tiny::write_base(&folder.path().join("bases/tiny"));
        Self { folder }
    }

    fn home(&self) -> Home {
        Home {
            folder: self.folder.path().into(),
            compact: None,
        }
    }

    fn import(
        &self,
        file: &str,
        base: Option<&str>,
        labels: Option<&[&str]>,
    ) -> Result<String, ImportError> {
        let labels = labels.map(owned);
        self.home().import_model(ModelImport {
            path: &fixture(file),
            name: None,
            base,
            labels: labels.as_deref(),
        })
    }
}

const LABELS: &[&str] = &["a", "b", "c"];

fn owned(labels: &[&str]) -> Vec<String> {
    labels.iter().map(|&label| label.to_owned()).collect()
}

#[test]
fn the_notebooks_weights_give_the_logits_that_pytorch_computes() {
    let place = Place::new();
    let name = place.import("best_model.pt", Some("tiny"), Some(LABELS));
    assert_eq!(name.unwrap(), "best_model");
    let model = place.home().models().open("best_model").unwrap();
    assert_eq!(model.labels, LABELS);
    // The notebook reads 128 word pieces, and this model has 32 positions.
    assert_eq!(model.max_length, 32);
    assert_eq!(model.thresholds, [0.5; 3]);
    assert_eq!(model.manifest, None);
    let parameters = model.load_parameters().unwrap();
    let layout = ParameterLayout::new(&model.config, 3);
    let same = read_trained_parameters(&fixture("weights.safetensors"), &layout);
    assert_eq!(parameters, same.unwrap().0);
    let text = std::fs::read_to_string(fixture("logits.json")).unwrap();
    let known: serde_json::Value = serde_json::from_str(&text).unwrap();
    let ids: Vec<Vec<u32>> = serde_json::from_value(known["ids"].clone()).unwrap();
    let expected: Vec<Vec<f32>> = serde_json::from_value(known["logits"].clone()).unwrap();
    let mut backend = ExplicitBackend::new(model.config, 3, 1, Precision::Single).unwrap();
    let sequences: Vec<&[u32]> = ids.iter().map(Vec::as_slice).collect();
    let logits = predict_logits(&mut backend, &parameters, &sequences, &mut |_| true);
    let logits = logits.unwrap().unwrap();
    for (found, expected) in logits.iter().zip(expected.iter().flatten()) {
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    }
}

#[test]
fn weights_beside_an_optimizer_in_half_precision_are_found() {
    let place = Place::new();
    place
        .import("checkpoint.pt", Some("tiny"), Some(LABELS))
        .unwrap();
    let model = place.home().models().open("checkpoint").unwrap();
    let layout = ParameterLayout::new(&model.config, 3);
    let whole = read_trained_parameters(&fixture("weights.safetensors"), &layout).unwrap();
    let halves = model.load_parameters().unwrap();
    for (half, whole) in halves.iter().zip(&whole.0) {
        assert!((half - whole).abs() <= whole.abs() / 128.0);
    }
}

#[test]
fn a_file_of_pytorch_asks_for_its_base_model_and_its_labels() {
    let place = Place::new();
    let error = place.import("best_model.pt", None, None).unwrap_err();
    let ImportError::NeedsAnswers {
        outputs,
        bases,
        lacks_base,
        lacks_labels,
        ..
    } = &error
    else {
        panic!("{error}");
    };
    assert_eq!((*outputs, *lacks_base, *lacks_labels), (3, true, true));
    assert_eq!(*bases, ["tiny"]);
    let error = place.import("best_model.pt", Some("tiny"), Some(&["a", "b"]));
    assert!(matches!(
        error,
        Err(ImportError::WrongLabelCount {
            outputs: 3,
            found: 2,
            ..
        })
    ));
    let error = place.import("best_model.pt", Some("tiny"), Some(&["a", "b", "a"]));
    assert!(matches!(error, Err(ImportError::UnusableLabel { .. })));
    assert!(place.home().models().list().unwrap().is_empty());
}

#[test]
fn a_base_model_of_another_shape_is_refused_with_those_that_fit() {
    let place = Place::new();
    let other = place.folder.path().join("bases/other");
    tiny::write_base(&other);
    let config = std::fs::read_to_string(other.join("config.json")).unwrap();
    let wider = config.replace(
        "\"max_position_embeddings\":32",
        "\"max_position_embeddings\":31",
    );
    assert_ne!(config, wider);
    std::fs::write(other.join("config.json"), wider).unwrap();
    // Its weights have to fit its configuration for it to open at all.
    let config = crate::model::config::BertConfig {
        max_positions: 31,
        ..tiny::config()
    };
    let layout = ParameterLayout::new(&config, 2);
    let values = vec![0.0; layout.len()];
    let weights = other.join("model.safetensors");
    crate::model::weights::write_parameters(&weights, &layout, &values, &[].into()).unwrap();
    let error = place
        .import("best_model.pt", Some("other"), Some(LABELS))
        .unwrap_err();
    assert!(
        matches!(&error, ImportError::OtherBase { bases, .. } if *bases == ["tiny"]),
        "{error}"
    );
}

#[test]
fn a_whole_model_that_names_code_is_refused() {
    let place = Place::new();
    let error = place
        .import("whole_model.pt", Some("tiny"), Some(LABELS))
        .unwrap_err();
    assert!(error.to_string().contains("state_dict"), "{error}");
}

#[test]
fn damaged_files_of_pytorch_are_refused_and_nothing_is_left() {
    let place = Place::new();
    let bytes = std::fs::read(fixture("best_model.pt")).unwrap();
    let path = place.folder.path().join("bad.pt");
    let import = || {
        place.home().import_model(ModelImport {
            path: &path,
            name: None,
            base: Some("tiny"),
            labels: Some(&owned(LABELS)),
        })
    };
    std::fs::write(&path, &bytes[..bytes.len() - 100]).unwrap();
    import().unwrap_err();
    std::fs::write(&path, [0x80, 0x02, 0x8a, 0x0a]).unwrap();
    assert!(matches!(import(), Err(ImportError::OldPytorch { .. })));
    std::fs::write(&path, "title,abstract").unwrap();
    assert!(matches!(import(), Err(ImportError::UnknownFormat { .. })));
    std::fs::write(&path, "").unwrap();
    assert!(matches!(import(), Err(ImportError::UnknownFormat { .. })));
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(import(), Err(ImportError::NothingThere { .. })));
    assert!(place.home().models().list().unwrap().is_empty());
}

#[test]
fn a_zip_gets_the_name_of_its_file() {
    let place = Place::new();
    let models = place.home().models();
    tiny::save(&models, "one");
    let path = place.folder.path().join("Ensayos clínicos.zip");
    models.export_archive("one", &path).unwrap();
    let name = place.home().import_model(ModelImport {
        path: &path,
        name: None,
        base: None,
        labels: None,
    });
    assert_eq!(name.unwrap(), "Ensayos clínicos");
}
