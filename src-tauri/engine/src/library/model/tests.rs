//! Model folders: what is written is read again, and what is damaged is said to be.

use std::path::Path;

use super::*;
use crate::library::tiny;

fn library(folder: &Path) -> ModelLibrary {
    ModelLibrary::new(folder.join("models"))
}

#[test]
fn a_saved_model_comes_back_with_everything() {
    let home = tempfile::tempdir().unwrap();
    let folder = tiny::save(&library(home.path()), "one");
    let model = TrainedModel::open(&folder).unwrap();
    assert_eq!(model.labels, tiny::LABELS);
    assert_eq!(model.manifest, Some(tiny::manifest("one")));
    assert_eq!(model.load_record().unwrap(), Some(tiny::record()));
    assert_eq!(model.load_parameters().unwrap(), tiny::parameters());
    assert_eq!(model.config, tiny::config());
    assert_eq!(model.max_length, 16);
}

#[test]
fn a_folder_without_manifest_has_the_usual_thresholds() {
    let home = tempfile::tempdir().unwrap();
    let folder = tiny::save(&library(home.path()), "one");
    std::fs::remove_file(folder.join(MANIFEST_FILE)).unwrap();
    std::fs::remove_file(folder.join(RECORD_FILE)).unwrap();
    let model = TrainedModel::open(&folder).unwrap();
    assert_eq!(model.thresholds, [0.5, 0.5]);
    assert_eq!(model.manifest, None);
    assert_eq!(model.load_record().unwrap(), None);
}

#[test]
fn a_corrupted_manifest_is_named_and_still_listed() {
    let home = tempfile::tempdir().unwrap();
    let library = library(home.path());
    let folder = tiny::save(&library, "one");
    let path = folder.join(MANIFEST_FILE);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, &text[..text.len() / 2]).unwrap();
    let error = library.open("one").unwrap_err();
    assert!(matches!(&error, ModelError::Corrupted { path, .. } if path.ends_with(MANIFEST_FILE)));
    let listed = library.list().unwrap();
    assert_eq!(listed.len(), 1);
    assert!(listed[0].manifest.is_err());
}

#[test]
fn a_newer_manifest_asks_for_an_update() {
    let home = tempfile::tempdir().unwrap();
    let library = library(home.path());
    let folder = tiny::save(&library, "one");
    std::fs::write(
        folder.join(MANIFEST_FILE),
        r#"{"formatVersion": 2, "other": true}"#,
    )
    .unwrap();
    let error = library.open("one").unwrap_err();
    assert!(
        matches!(
            error,
            ModelError::Newer {
                found: 2,
                known: 1,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("Update Etiqueta"), "{error}");
}

#[test]
fn truncated_weights_of_a_model_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let folder = tiny::save(&library(home.path()), "one");
    let path = folder.join(WEIGHTS_FILE);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 4]).unwrap();
    let error = TrainedModel::open(&folder).unwrap_err();
    assert!(matches!(error, ModelError::Weights(_)), "{error}");
}

#[test]
fn manifest_and_weights_of_different_models_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let folder = tiny::save(&library(home.path()), "one");
    let path = folder.join(MANIFEST_FILE);
    let mut manifest = tiny::manifest("one");
    manifest.labels = vec!["x".into(), "y".into()];
    std::fs::write(&path, serde_json::to_string(&manifest).unwrap()).unwrap();
    let error = TrainedModel::open(&folder).unwrap_err();
    assert!(matches!(error, ModelError::OtherLabels { .. }), "{error}");
}

#[test]
fn an_unknown_model_lists_those_there_are() {
    let home = tempfile::tempdir().unwrap();
    let library = library(home.path());
    tiny::save(&library, "one");
    let error = library.open("two").unwrap_err();
    assert!(error.to_string().contains("There are: one"), "{error}");
}

#[test]
fn models_are_renamed_annotated_copied_and_deleted() {
    let home = tempfile::tempdir().unwrap();
    let library = library(home.path());
    tiny::save(&library, "one");
    library.rename("one", "dos — más").unwrap();
    library.set_notes("dos — más", "for the review").unwrap();
    let exported = home.path().join("exported");
    library.export("dos — más", &exported).unwrap();
    let error = library.export("dos — más", &exported).unwrap_err();
    assert!(matches!(error, ModelError::FolderExists { .. }), "{error}");
    assert_eq!(library.import(&exported, None).unwrap(), "exported");
    let error = library.import(&exported, None).unwrap_err();
    assert!(matches!(error, ModelError::NameTaken { .. }), "{error}");
    let manifest = library.open("exported").unwrap().manifest.unwrap();
    assert_eq!(
        (manifest.name.as_str(), manifest.notes.as_str()),
        ("exported", "for the review")
    );
    assert!(library.delete("exported").unwrap() > 1_000);
    let names: Vec<String> = library
        .list()
        .unwrap()
        .into_iter()
        .map(|model| model.name)
        .collect();
    assert_eq!(names, ["dos — más"]);
}

#[test]
fn names_that_some_system_cannot_keep_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let library = library(home.path());
    for name in [
        "", "..", "a/b", "a\\b", "a:b", " a", "a.", "con\tcol", "con", "LPT1.old",
    ] {
        let error = library.place(name).unwrap_err();
        assert!(matches!(error, ModelError::ImpossibleName { .. }), "{name}");
    }
}

#[test]
fn a_model_that_is_saved_again_replaces_the_old_one() {
    let home = tempfile::tempdir().unwrap();
    let library = library(home.path());
    tiny::save(&library, "one");
    tiny::save(&library, "one");
    assert_eq!(library.list().unwrap().len(), 1);
}
