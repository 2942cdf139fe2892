use std::path::Path;

use serde_json::json;

use super::fixture::{Tiny, VOCABULARY, compact};
use crate::checksum;
use crate::library::base::known::{COMPACT_CHECKSUMS, verify_compact};
use crate::library::base::{BaseModel, BaseModelError, SelfTest};
use crate::model::config::ConfigError;
use crate::model::parameters::ParameterLayout;
use crate::model::weights::WeightsError;
use crate::text::tokenizer::TokenizerError;

/// What opening a tiny model says after its folder was changed.
fn open_changed(tiny: &Tiny, change: impl FnOnce(&Path)) -> Result<BaseModel, BaseModelError> {
    let place = tempfile::tempdir().unwrap();
    let folder = tiny.write(&place.path().join("tiny"));
    change(&folder);
    BaseModel::open(&folder)
}

fn says(error: &BaseModelError, expected: &[&str]) {
    let message = error.to_string();
    for part in expected {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}

#[test]
fn a_whole_folder_opens_with_shape_tokenizer_and_size() {
    let place = tempfile::tempdir().unwrap();
    let folder = Tiny::default().write(&place.path().join("tiny"));
    let model = BaseModel::open(&folder).unwrap();
    assert_eq!(model.name(), "tiny");
    assert_eq!((model.config().layers, model.config().hidden_size), (2, 16));
    assert_eq!(model.tokenizer().vocabulary_size(), VOCABULARY.len());
    assert!(model.initialised().is_empty() && model.unused().is_empty());
    let bytes = Tiny::default()
        .files()
        .values()
        .map(|content| content.len() as u64)
        .sum::<u64>();
    assert_eq!(model.total_bytes(), bytes);
    assert_eq!(model.weights_path(), folder.join("model.safetensors"));
    assert!(model.record().is_none());
}

#[test]
fn parameters_are_loaded_with_a_head_of_as_many_labels_as_asked_for() {
    let model = open_changed(&Tiny::default(), |_| {});
    assert!(
        model.unwrap().load_parameters(3, 7).is_err(),
        "its folder is gone"
    );
    let place = tempfile::tempdir().unwrap();
    let model = BaseModel::open(&Tiny::default().write(place.path())).unwrap();
    let (parameters, report) = model.load_parameters(3, 7).unwrap();
    let layout = ParameterLayout::new(model.config(), 3);
    assert_eq!(parameters.len(), layout.len());
    assert_eq!(report.initialised, ["classifier.weight", "classifier.bias"]);
    assert_eq!(model.parameters(), layout.classifier.weight.start);
    assert!(model.load_parameters(3, 7).unwrap().0 == parameters);
    assert!(model.load_parameters(3, 8).unwrap().0 != parameters);
}

#[test]
fn the_fingerprint_is_that_of_the_checksums_of_the_files() {
    let place = tempfile::tempdir().unwrap();
    let folder = Tiny::default().write(place.path());
    let fingerprint = || BaseModel::open(&folder).unwrap().fingerprint().unwrap();
    let lines: String = ["config.json", "model.safetensors", "vocab.txt"]
        .map(|name| {
            let sum = checksum::of_file(&folder.join(name)).unwrap();
            format!("{sum}  {name}\n")
        })
        .concat();
    let before = fingerprint();
    assert_eq!(before, checksum::of_text(&lines));
    std::fs::write(folder.join("README.md"), "It decides over nothing.").unwrap();
    assert_eq!(fingerprint(), before);
    std::fs::write(folder.join("tokenizer_config.json"), "{}").unwrap();
    assert_ne!(fingerprint(), before);
}

#[test]
fn a_missing_pooler_is_told() {
    let tiny = Tiny {
        has: |name| !name.contains("pooler") && !name.starts_with("classifier"),
        ..Tiny::default()
    };
    let model = open_changed(&tiny, |_| {}).unwrap();
    assert_eq!(
        model.initialised(),
        ["bert.pooler.dense.weight", "bert.pooler.dense.bias"]
    );
}

#[test]
fn an_incomplete_folder_is_refused_with_the_file_that_is_missing() {
    for name in ["config.json", "model.safetensors"] {
        let error = open_changed(&Tiny::default(), |folder| {
            std::fs::remove_file(folder.join(name)).unwrap();
        })
        .unwrap_err();
        assert!(matches!(&error, BaseModelError::Incomplete { file, .. } if *file == name));
        says(&error, &["tiny", name, "Choose a folder"]);
    }
    let error = open_changed(&Tiny::default(), |folder| {
        std::fs::remove_file(folder.join("vocab.txt")).unwrap();
    })
    .unwrap_err();
    let missing = BaseModelError::Tokenizer(TokenizerError::Missing { folder: "".into() });
    assert_eq!(
        std::mem::discriminant(&error),
        std::mem::discriminant(&missing)
    );
    says(&error, &["tokenizer.json", "vocab.txt"]);
}

#[test]
fn a_path_that_is_no_folder_is_refused() {
    let error = BaseModel::open(Path::new("no/such/folder")).unwrap_err();
    assert!(matches!(error, BaseModelError::NoFolder { .. }));
    says(&error, &["no/such/folder", "config.json"]);
}

#[test]
fn weights_of_pytorch_alone_are_refused_with_the_way_to_convert_them() {
    for name in ["pytorch_model.bin", "tf_model.h5", "flax_model.msgpack"] {
        let error = open_changed(&Tiny::default(), |folder| {
            let weights = folder.join("model.safetensors");
            std::fs::rename(weights, folder.join(name)).unwrap();
        })
        .unwrap_err();
        assert!(matches!(&error, BaseModelError::OtherFormat { found, .. } if found == name));
        says(&error, &[name, "save_pretrained"]);
    }
}

#[test]
fn weights_in_several_files_are_refused() {
    let error = open_changed(&Tiny::default(), |folder| {
        let shard = folder.join("model-00001-of-00002.safetensors");
        std::fs::rename(folder.join("model.safetensors"), shard).unwrap();
    })
    .unwrap_err();
    assert!(matches!(error, BaseModelError::Sharded { .. }));
    says(&error, &["model-00001-of-00002", "max_shard_size"]);
}

#[test]
fn a_model_that_is_not_a_bert_is_refused_with_its_kind() {
    let mut tiny = Tiny::default();
    tiny.config["model_type"] = json!("roberta");
    let error = open_changed(&tiny, |_| {}).unwrap_err();
    let BaseModelError::Config(ConfigError::NotBert { found, .. }) = &error else {
        panic!("{error}");
    };
    assert_eq!(found, "roberta");
}

#[test]
fn weights_of_another_shape_than_the_configuration_are_refused() {
    let error = open_changed(&Tiny::default(), |folder| {
        let mut config = Tiny::default().config;
        config["intermediate_size"] = json!(48);
        std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    })
    .unwrap_err();
    let BaseModelError::Weights(WeightsError::WrongShape {
        expected, found, ..
    }) = &error
    else {
        panic!("{error}");
    };
    assert_eq!(
        (expected.as_slice(), found.as_slice()),
        (&[48, 16][..], &[32, 16][..])
    );
}

#[test]
fn truncated_safetensors_are_refused_with_the_bytes_that_are_missing() {
    let error = open_changed(&Tiny::default(), |folder| {
        let path = folder.join("model.safetensors");
        let content = std::fs::read(&path).unwrap();
        std::fs::write(&path, &content[..content.len() - 100]).unwrap();
    })
    .unwrap_err();
    let BaseModelError::Weights(WeightsError::Truncated {
        expected, found, ..
    }) = &error
    else {
        panic!("{error}");
    };
    assert_eq!(expected - found, 100);
}

#[test]
fn a_tokenizer_and_weights_that_do_not_belong_together_are_refused() {
    let mut larger = Tiny::default();
    larger.vocabulary.push("one-too-many".into());
    let error = open_changed(&larger, |_| {}).unwrap_err();
    assert!(matches!(
        error,
        BaseModelError::TokenizerMismatch {
            tokenizer: 41,
            weights: 40,
            ..
        }
    ));
    says(&error, &["41 word pieces", "40", "same model"]);
    let mut smaller = Tiny::default();
    smaller.config["vocab_size"] = json!(2_000);
    let error = open_changed(&smaller, |_| {}).unwrap_err();
    assert!(matches!(error, BaseModelError::TokenizerMismatch { .. }));
}

#[test]
fn an_embedding_table_that_is_padded_is_accepted() {
    let mut padded = Tiny::default();
    padded.config["vocab_size"] = json!(64);
    open_changed(&padded, |_| {}).unwrap();
}

#[test]
fn the_checksums_of_the_compact_model_are_those_beside_the_script() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/compact.sha256");
    let lines: String = COMPACT_CHECKSUMS
        .map(|(name, sum)| format!("{sum}  {name}\n"))
        .concat();
    assert_eq!(std::fs::read_to_string(path).unwrap(), lines);
}

#[test]
fn the_compact_model_has_its_checksums_and_passes_its_self_test() {
    verify_compact(&compact()).unwrap();
    let model = BaseModel::open(&compact()).unwrap();
    assert_eq!(model.parameters(), 22_713_216);
    let test = SelfTest::run(&model).unwrap();
    assert_eq!((test.texts, test.longest), (5, 128));
    assert!(
        test.relative_difference() < 2e-6 && test.scale > 1.0,
        "{test:?}"
    );
}

#[test]
fn a_changed_file_of_the_compact_model_is_a_checksum_mismatch() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("config.json");
    let config = std::fs::read_to_string(compact().join("config.json")).unwrap();
    std::fs::write(&path, config.replace("0.1", "0.2")).unwrap();
    let error = verify_compact(place.path()).unwrap_err();
    assert!(matches!(error, BaseModelError::ChecksumMismatch { .. }));
    says(&error, &["config.json", "953f9c0d", "Get the model again"]);
}
