//! Tells what a file or folder is, by its name and what is in it.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use serde::Deserialize;

use super::OpenedKind;

/// The first bytes of a zip file.
const ZIP: [u8; 4] = *b"PK\x03\x04";

/// What of a model's `config.json` says whether it classifies.
#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    architectures: Vec<String>,
}

/// What a path looks like.
pub(super) fn of(path: &Path) -> OpenedKind {
    if path.is_dir() {
        return of_folder(path);
    }
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    match extension.to_lowercase().as_str() {
        "csv" | "tsv" | "tab" | "xlsx" => OpenedKind::Table,
        "txt" | "text" | "md" => OpenedKind::Text,
        "zip" => OpenedKind::ModelZip,
        "pth" | "pt" | "bin" => OpenedKind::PyTorch,
        "" if starts_as_zip(path) => OpenedKind::ModelZip,
        _ => OpenedKind::Other,
    }
}

fn of_folder(folder: &Path) -> OpenedKind {
    if folder.join("etiqueta.json").is_file() {
        return OpenedKind::ModelFolder;
    }
    let Ok(text) = fs::read(folder.join("config.json")) else {
        return OpenedKind::Other;
    };
    match serde_json::from_slice::<Config>(&text) {
        Ok(config) if classifies(&config) => OpenedKind::ModelFolder,
        Ok(_) => OpenedKind::BaseFolder,
        Err(_) => OpenedKind::Other,
    }
}

fn classifies(config: &Config) -> bool {
    let mut names = config.architectures.iter();
    names.any(|name| name.ends_with("ForSequenceClassification"))
}

fn starts_as_zip(path: &Path) -> bool {
    let mut first = [0; ZIP.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut first));
    read.is_ok() && first == ZIP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_extension_in_any_case() {
        for (name, kind) in [
            ("a.CSV", OpenedKind::Table),
            ("a.tsv", OpenedKind::Table),
            ("a.xlsx", OpenedKind::Table),
            ("a.txt", OpenedKind::Text),
            ("a.zip", OpenedKind::ModelZip),
            ("a.pth", OpenedKind::PyTorch),
            ("a.pdf", OpenedKind::Other),
            ("a", OpenedKind::Other),
        ] {
            assert_eq!(of(Path::new(name)), kind, "{name}");
        }
    }

    #[test]
    fn a_folder_with_a_classifier_is_told_from_a_base_model() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.json");
        assert_eq!(of(folder.path()), OpenedKind::Other);
        fs::write(&config, r#"{"architectures": ["BertForMaskedLM"]}"#).unwrap();
        assert_eq!(of(folder.path()), OpenedKind::BaseFolder);
        fs::write(
            &config,
            r#"{"architectures": ["BertForSequenceClassification"]}"#,
        )
        .unwrap();
        assert_eq!(of(folder.path()), OpenedKind::ModelFolder);
    }

    #[test]
    fn a_zip_without_an_extension_is_known_by_its_first_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        fs::write(&path, b"PK\x03\x04rest").unwrap();
        assert_eq!(of(&path), OpenedKind::ModelZip);
    }
}
