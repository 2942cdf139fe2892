//! Zip files of models, good ones and bad ones.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::*;
use crate::library::model::{ModelLibrary, TrainedModel};
use crate::library::tiny;

struct Place {
    folder: tempfile::TempDir,
    library: ModelLibrary,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = ModelLibrary::new(folder.path().join("models"));
        tiny::save(&library, "one");
        Self { folder, library }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A zip file of these entries, and of the tiny model's files under `top` if that is given.
    fn zip(&self, top: Option<&str>, more: &[(&str, &[u8])]) -> PathBuf {
        let path = self.path("made.zip");
        let mut archive = ZipWriter::new(File::create(&path).unwrap());
        let options = SimpleFileOptions::default();
        for (name, bytes) in more {
            archive.start_file(*name, options).unwrap();
            archive.write_all(bytes).unwrap();
        }
        let files = std::fs::read_dir(self.path("models/one")).unwrap();
        for file in files.flatten().filter(|_| top.is_some()) {
            let name = file.file_name().into_string().unwrap();
            let name = format!("{}{name}", top.unwrap_or_default());
            archive.start_file(name, options).unwrap();
            archive
                .write_all(&std::fs::read(file.path()).unwrap())
                .unwrap();
        }
        archive.finish().unwrap();
        path
    }

    fn error(&self, path: &Path) -> ModelError {
        let error = self.library.import_archive(path, "two").unwrap_err();
        assert_eq!(
            self.library.list().unwrap().len(),
            1,
            "nothing is left behind"
        );
        assert_eq!(std::fs::read_dir(self.path("models")).unwrap().count(), 1);
        error
    }
}

#[test]
fn an_exported_zip_comes_back_as_the_same_model() {
    let place = Place::new();
    let path = place.path("one.zip");
    place.library.export_archive("one", &path).unwrap();
    place.library.import_archive(&path, "two").unwrap();
    let [one, two] = ["one", "two"].map(|name| place.library.open(name).unwrap());
    assert_eq!(
        one.load_parameters().unwrap(),
        two.load_parameters().unwrap()
    );
    assert_eq!(one.load_record().unwrap(), two.load_record().unwrap());
    assert_eq!(two.manifest.unwrap().name, "two");
    let error = place.library.export_archive("one", &path).unwrap_err();
    assert!(matches!(error, ModelError::FolderExists { .. }), "{error}");
}

#[test]
fn the_weights_are_stored_as_they_are_in_one_folder_of_the_models_name() {
    let place = Place::new();
    let path = place.path("one.zip");
    place.library.export_archive("one", &path).unwrap();
    let mut archive = ZipArchive::new(File::open(&path).unwrap()).unwrap();
    let weights = archive.by_name("one/model.safetensors").unwrap();
    assert_eq!(weights.compression(), CompressionMethod::Stored);
    drop(weights);
    let record = archive.by_name("one/record.json").unwrap();
    assert_eq!(record.compression(), CompressionMethod::Deflated);
}

#[test]
fn a_zip_may_have_its_files_in_the_root_or_in_one_folder() {
    let place = Place::new();
    for (name, top) in [("root", ""), ("folder", "my model/")] {
        let apple: (&str, &[u8]) = ("__MACOSX/._config.json", b"x");
        let path = place.zip(Some(top), &[apple]);
        place.library.import_archive(&path, name).unwrap();
        TrainedModel::open(&place.path("models").join(name)).unwrap();
    }
    let path = place.zip(Some("a/b/"), &[]);
    let error = place.library.import_archive(&path, "deep").unwrap_err();
    assert!(
        matches!(error, ModelError::Archive(ArchiveError::NoModel { .. })),
        "{error}"
    );
}

#[test]
fn names_that_lead_out_of_the_archive_are_refused() {
    let place = Place::new();
    for name in ["../config.json", "a/../../x", "/etc/x", "C:\\x", "..\\x"] {
        let path = place.zip(Some(""), &[(name, b"x")]);
        let error = place.error(&path);
        assert!(
            matches!(error, ModelError::Archive(ArchiveError::Suspicious { .. })),
            "{name}: {error}"
        );
    }
    assert!(!place.path("config.json").exists() && !place.path("x").exists());
}

#[test]
fn a_file_that_is_longer_than_it_states_is_refused() {
    let place = Place::new();
    let path = place.zip(Some(""), &[]);
    let mut bytes = std::fs::read(&path).unwrap();
    // The sizes in the central directory and the local header of the vocabulary are made smaller.
    let length = std::fs::metadata(place.path("models/one/vocab.txt"))
        .unwrap()
        .len() as u32;
    for (name_at, size_at) in [(30, 22), (46, 24)] {
        let found = bytes
            .windows(9)
            .enumerate()
            .filter(|(_, window)| *window == b"vocab.txt");
        let places: Vec<usize> = found.map(|(at, _)| at).collect();
        for at in places {
            let Some(size) = at.checked_sub(name_at - size_at) else {
                continue;
            };
            if bytes[size..size + 4] == length.to_le_bytes() {
                bytes[size..size + 4].copy_from_slice(&(length - 5).to_le_bytes());
            }
        }
    }
    std::fs::write(&path, bytes).unwrap();
    let error = place.error(&path);
    assert!(matches!(error, ModelError::Archive(_)), "{error}");
}

#[test]
fn a_file_that_is_cut_off_or_no_zip_is_said_to_be_damaged() {
    let place = Place::new();
    let path = place.zip(Some(""), &[]);
    let bytes = std::fs::read(&path).unwrap();
    for bad in [&bytes[..bytes.len() / 2], b"PK, but not a zip"] {
        std::fs::write(&path, bad).unwrap();
        let error = place.error(&path);
        assert!(
            matches!(error, ModelError::Archive(ArchiveError::Damaged { .. })),
            "{error}"
        );
    }
}

#[test]
fn other_files_stay_in_the_archive() {
    let place = Place::new();
    let path = place.zip(Some(""), &[("run_me.sh", b"x"), ("optimizer.pt", b"y")]);
    place.library.import_archive(&path, "two").unwrap();
    assert!(!place.path("models/two/run_me.sh").exists());
}
