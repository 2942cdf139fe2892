use std::path::Path;

use serde_json::json;

use super::fixture::{Tiny, compact};
use crate::library::base::{BaseLibrary, BaseLibraryError, BaseModelError, BaseState, SelfTest};
use crate::model::weights::WeightsError;

struct Place {
    folder: tempfile::TempDir,
    library: BaseLibrary,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = BaseLibrary::new(folder.path().join("base models"), Some(compact()));
        Self { folder, library }
    }

    fn source(&self, tiny: &Tiny) -> std::path::PathBuf {
        tiny.write(&self.folder.path().join("source"))
    }

    /// The names in the list, and whether each can be used.
    fn listed(&self) -> Vec<(String, bool)> {
        let entries = self.library.list().unwrap().into_iter();
        entries
            .map(|entry| (entry.name, matches!(entry.state, BaseState::Ready(_))))
            .collect()
    }

    /// The reason why the entry of this name is damaged.
    fn reason(&self, name: &str) -> String {
        let entries = self.library.list().unwrap();
        let entry = entries.iter().find(|entry| entry.name == name).unwrap();
        match &entry.state {
            BaseState::Damaged { reason } => reason.clone(),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_library_without_a_folder_has_the_compact_model() {
    let place = Place::new();
    assert_eq!(place.listed(), [("compact".to_owned(), true)]);
    let entry = &place.library.list().unwrap()[0];
    assert!(entry.built_in);
    let BaseState::Ready(description) = &entry.state else {
        panic!("{entry:?}");
    };
    assert_eq!(description.licence.as_deref(), Some("apache-2.0"));
    assert_eq!(place.library.find("Compact").unwrap().name(), "compact");
    let record = place.library.find("compact").unwrap().record().cloned();
    assert_eq!(record.unwrap().licence, description.licence);
    let without = BaseLibrary::new(place.library.folder(), None);
    assert!(without.list().unwrap().is_empty());
    assert!(without.verify_compact().is_err());
}

#[test]
fn an_added_model_is_a_copy_that_opens_by_its_name() {
    let place = Place::new();
    let source = place.source(&Tiny::default());
    std::fs::write(source.join("LICENSE"), "Apache").unwrap();
    std::fs::write(source.join("notes.txt"), "not of the model").unwrap();
    let added = place.library.add(&source, " Modelo clínico/1 ").unwrap();
    assert_eq!(added.record.name, "Modelo clínico/1");
    assert!(added.self_test.passed() && added.self_test.texts == 5);
    assert!(added.initialised.is_empty() && added.verified.is_empty());
    std::fs::remove_dir_all(&source).unwrap();
    let model = place.library.find("modelo CLÍNICO/1").unwrap();
    assert_eq!(model.folder().file_name().unwrap(), "Modelo-clínico-1");
    assert_eq!(
        (model.total_bytes(), model.parameters()),
        (added.bytes, added.parameters)
    );
    assert!(model.folder().join("LICENSE").exists());
    assert!(!model.folder().join("notes.txt").exists());
    model.load_parameters(2, 0).unwrap();
    let names: Vec<String> = place.listed().into_iter().map(|entry| entry.0).collect();
    assert_eq!(names, ["compact", "Modelo clínico/1"]);
}

#[test]
fn every_activation_passes_the_self_test() {
    for activation in ["gelu", "gelu_new", "gelu_pytorch_tanh", "relu"] {
        let place = Place::new();
        let mut tiny = Tiny::default();
        tiny.config["hidden_act"] = json!(activation);
        let added = place.library.add(&place.source(&tiny), "tiny").unwrap();
        let test = added.self_test;
        assert!(test.relative_difference() < 1e-5, "{activation}: {test:?}");
        assert!(test.scale > 0.1, "{activation}: {test:?}");
    }
}

#[test]
fn a_model_without_pooler_is_added_and_says_what_is_new() {
    let place = Place::new();
    let tiny = Tiny {
        has: |name| !name.contains("pooler"),
        ..Tiny::default()
    };
    let added = place.library.add(&place.source(&tiny), "tiny").unwrap();
    assert_eq!(
        added.initialised,
        ["bert.pooler.dense.weight", "bert.pooler.dense.bias"]
    );
}

#[test]
fn a_model_that_fails_leaves_nothing_in_the_library() {
    let place = Place::new();
    let tiny = Tiny {
        change: |value| if value > 1.2 { f32::NAN } else { value },
        ..Tiny::default()
    };
    let source = place.source(&tiny);
    let error = place.library.add(&source, "tiny").unwrap_err();
    assert!(
        matches!(
            error,
            BaseLibraryError::Model(BaseModelError::Weights(WeightsError::NotFinite { .. }))
        ),
        "{error}"
    );
    assert_eq!(place.listed().len(), 1);
    std::fs::remove_file(source.join("config.json")).unwrap();
    let error = place.library.add(&source, "tiny").unwrap_err();
    assert!(error.to_string().contains("has no config.json"), "{error}");
}

#[test]
fn a_name_that_is_already_taken_is_refused() {
    let place = Place::new();
    let source = place.source(&Tiny::default());
    place.library.add(&source, "My BERT").unwrap();
    // The last has another name and the same folder.
    for name in ["My BERT", "my bert", "My/BERT", "Compact"] {
        let error = place.library.add(&source, name).unwrap_err();
        let BaseLibraryError::NameTaken { .. } = &error else {
            panic!("{name}: {error}");
        };
        assert!(error.to_string().contains("Choose another name"));
    }
    let error = place.library.add(&source, " / ").unwrap_err();
    assert!(matches!(error, BaseLibraryError::InvalidName { .. }));
    assert_eq!(place.listed().len(), 2);
}

#[test]
fn an_unknown_name_lists_what_there_is_and_how_to_get_more() {
    let place = Place::new();
    let source = place.source(&Tiny::default());
    place.library.add(&source, "tiny").unwrap();
    std::fs::create_dir(place.library.folder().join(".etiqueta-left")).unwrap();
    let error = place.library.find("bert-huge").unwrap_err();
    let BaseLibraryError::Unknown { available, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(available, &["compact", "tiny"]);
    let message = error.to_string();
    assert!(
        message.contains("compact, tiny. Add one from a folder"),
        "{message}"
    );
    assert!(
        message.contains("google-bert/bert-base-uncased"),
        "{message}"
    );
}

#[test]
fn damaged_and_temporary_entries_are_listed_with_the_reason() {
    let place = Place::new();
    let source = place.source(&Tiny::default());
    place.library.add(&source, "good").unwrap();
    place.library.add(&source, "broken").unwrap();
    let folder = place.library.folder();
    let weights = folder.join("broken/model.safetensors");
    let content = std::fs::read(&weights).unwrap();
    std::fs::write(&weights, &content[..1_000]).unwrap();
    std::fs::create_dir(folder.join(".etiqueta-abc")).unwrap();
    std::fs::create_dir(folder.join("empty")).unwrap();
    std::fs::write(folder.join("a file"), "").unwrap();
    let expected = [
        ("compact", true),
        (".etiqueta-abc", false),
        ("broken", false),
        ("empty", false),
        ("good", true),
    ];
    assert_eq!(
        place.listed(),
        expected.map(|(name, good)| (name.to_owned(), good))
    );
    assert!(place.reason("broken").contains("cut off"));
    assert!(place.reason("empty").contains("has no config.json"));
    assert!(place.reason(".etiqueta-abc").contains("Remove it"));
    let error = place.library.find("broken").unwrap_err();
    assert!(matches!(error, BaseLibraryError::Damaged { .. }));
    assert!(error.to_string().contains("\"broken\""), "{error}");
    for name in ["broken", "empty", ".etiqueta-abc"] {
        place.library.remove(name).unwrap();
    }
    assert_eq!(place.listed().len(), 2);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 2);
}

#[test]
fn a_missing_compact_model_is_listed_as_damaged() {
    let place = tempfile::tempdir().unwrap();
    let library = BaseLibrary::new(place.path(), Some(place.path().join("nowhere")));
    let entries = library.list().unwrap();
    assert!(matches!(entries[0].state, BaseState::Damaged { .. }));
    let error = library.find("compact").unwrap_err();
    assert!(matches!(error, BaseLibraryError::Damaged { .. }), "{error}");
}

#[test]
fn a_removed_model_is_gone_and_its_name_is_free() {
    let place = Place::new();
    let source = place.source(&Tiny::default());
    place.library.add(&source, "tiny").unwrap();
    place.library.remove("TINY").unwrap();
    assert_eq!(place.listed().len(), 1);
    place.library.add(&source, "tiny").unwrap();
    let error = place.library.remove("other").unwrap_err();
    assert!(matches!(error, BaseLibraryError::Unknown { available, .. } if available.len() == 2));
    let error = place.library.remove("compact").unwrap_err();
    assert!(matches!(error, BaseLibraryError::BuiltIn { .. }));
    assert!(compact().join("config.json").exists());
}

#[test]
fn a_folder_that_is_a_file_cannot_be_a_library() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("file");
    std::fs::write(&path, "").unwrap();
    let error = BaseLibrary::new(&path, None).list().unwrap_err();
    assert!(
        matches!(error, BaseLibraryError::Unreadable { .. }),
        "{error}"
    );
    assert!(error.to_string().contains(&path.display().to_string()));
}

#[test]
fn what_was_added_can_be_sent_to_the_window_as_json() {
    let place = Place::new();
    let source = place.source(&Tiny::default());
    let added = place.library.add(&source, "tiny").unwrap();
    let json = serde_json::to_value(&added).unwrap();
    assert!(json["selfTest"]["largestDifference"].is_number());
    let test: SelfTest = serde_json::from_value(json["selfTest"].clone()).unwrap();
    assert_eq!(test, added.self_test);
    let entries = serde_json::to_value(place.library.list().unwrap()).unwrap();
    assert_eq!(entries[1]["state"]["state"], "ready");
    assert_eq!(entries[1]["state"]["hiddenSize"], 16);
    assert!(Path::new(entries[1]["folder"].as_str().unwrap()).is_dir());
}
