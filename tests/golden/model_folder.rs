//! Model folders are those of transformers: it opens ours, and we open its.

use std::path::{Path, PathBuf};
use std::process::Command;

use engine::library::model::TrainedModel;
use engine::model::backend::Backend;
use engine::model::bert::ExplicitBackend;
use engine::text::batch::PackedBatch;
use kernels::matrix::Precision;
use serde::Deserialize;

use crate::saved_model::{LABELS, save_compact_classifier};
use crate::tensors::{fixtures, largest_difference, read_json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Opened {
    labels: Vec<String>,
    #[serde(default)]
    problem_type: String,
    #[serde(default)]
    missing: Vec<String>,
    #[serde(default)]
    unexpected: Vec<String>,
    #[serde(default)]
    ids: Vec<Vec<u32>>,
    logits: Vec<Vec<f32>>,
}

/// A Python with transformers, or a printed line that the test is skipped.
fn python(test: &str) -> Option<PathBuf> {
    let python = std::env::var_os("ETIQUETA_TEST_PYTHON").filter(|path| !path.is_empty());
    if python.is_none() {
        println!("skipped: {test} (no Python with transformers: ETIQUETA_TEST_PYTHON)");
    }
    python.map(PathBuf::from)
}

fn run(python: &Path, script: &str, arguments: &[&Path]) -> Opened {
    let output = Command::new(python)
        .arg(fixtures("model_folder").join(script))
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// 32 texts, written as a list of strings.
fn texts(folder: &Path) -> (Vec<String>, PathBuf) {
    #[derive(Deserialize)]
    struct File {
        rows: Vec<Row>,
    }
    #[derive(Deserialize)]
    struct Row {
        text: String,
    }
    let file: File = read_json(&fixtures("compact").join("texts.json"));
    let mut texts: Vec<String> = file.rows.into_iter().map(|row| row.text).collect();
    // One that is cut: the base model's own tokenizer would cut it at 128.
    texts[31] = "renal artery stenosis and its treatment ".repeat(80);
    let path = folder.join("texts.json");
    std::fs::write(&path, serde_json::to_string(&texts).unwrap()).unwrap();
    (texts, path)
}

fn assert_same_logits(model: &TrainedModel, texts: &[String], expected: &Opened) {
    let labels = model.labels.len();
    let mut backend =
        ExplicitBackend::new(model.config.clone(), labels, 2, Precision::Single).unwrap();
    let parameters = model.load_parameters().unwrap();
    assert_eq!(texts.len(), expected.logits.len());
    for (index, (text, expected_logits)) in texts.iter().zip(&expected.logits).enumerate() {
        let encoded = model.tokenizer.encode(text, model.max_length);
        if let Some(ids) = expected.ids.get(index) {
            assert_eq!(&encoded.ids, ids, "{text}");
        }
        let batch = PackedBatch::new([encoded.ids.as_slice()]);
        let logits = backend.logits(&parameters, &batch).unwrap();
        let difference = largest_difference(&logits, expected_logits);
        assert!(difference <= 1e-4, "{difference} for {text:?}");
    }
}

#[test]
fn a_trained_model_opens_in_transformers_with_the_same_logits() {
    let Some(python) = python("a_trained_model_opens_in_transformers_with_the_same_logits") else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let folder = save_compact_classifier(place.path());
    let (texts, path) = texts(place.path());
    let opened = run(&python, "open_in_transformers.py", &[&folder, &path]);
    assert_eq!(opened.labels, LABELS);
    assert_eq!(opened.problem_type, "multi_label_classification");
    assert_eq!((opened.missing.len(), opened.unexpected.len()), (0, 0));
    assert_eq!(
        opened.ids[31].len(),
        400,
        "the tokenizer's maximum length is the recipe's"
    );
    assert_same_logits(&TrainedModel::open(&folder).unwrap(), &texts, &opened);
}

#[test]
fn what_save_pretrained_wrote_opens_with_the_same_logits() {
    let Some(python) = python("what_save_pretrained_wrote_opens_with_the_same_logits") else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("saved");
    let (texts, path) = texts(place.path());
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../base/compact");
    let saved = run(&python, "save_pretrained.py", &[&base, &folder, &path]);
    let model = TrainedModel::open(&folder).unwrap();
    assert_eq!(model.labels, saved.labels);
    assert_eq!(model.manifest, None);
    assert_same_logits(&model, &texts, &saved);
}

#[test]
fn what_save_pretrained_wrote_without_names_of_labels_has_the_usual_ones() {
    let test = "what_save_pretrained_wrote_without_names_of_labels_has_the_usual_ones";
    let Some(python) = python(test) else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("saved");
    let (texts, path) = texts(place.path());
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../base/compact");
    let two = Path::new("2");
    let saved = run(&python, "save_pretrained.py", &[&base, &folder, &path, two]);
    let model = TrainedModel::open(&folder).unwrap();
    assert_eq!(model.labels, ["LABEL_0", "LABEL_1"]);
    assert_same_logits(&model, &texts, &saved);
}
