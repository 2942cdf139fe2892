//! The lines of the wire, and the TypeScript types that belong to them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use ts_rs::{Config, TS};

use super::{Failure, FromWorker, JobSnapshot, Request, Stop, ToWorker};
use crate::dataset::{Corrections, DatasetError, ReadingChoices, RoleChoices};
use crate::desk::DeskError;
use crate::jobs::{JobError, TrainingRequest};
use crate::library::base::{BaseLibraryError, BaseModelError};
use crate::split::SplitChoice;
use crate::training::error::TrainingError;
use crate::training::recipe::{Recipe, RecipeError};

/// Where the types are kept, and the variable with which they are written anew.
const BINDINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/lib/ipc/bindings");
const WRITE: &str = "ETIQUETA_WRITE_BINDINGS";

fn files(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return BTreeMap::new();
    };
    let file = |entry: fs::DirEntry| {
        if entry.path().is_dir() {
            return None;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        Some((name, fs::read_to_string(entry.path()).ok()?))
    };
    entries.flatten().filter_map(file).collect()
}

#[test]
fn the_typescript_types_are_those_of_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new()
        .with_large_int("number")
        .with_out_dir(folder.path());
    ToWorker::export_all(&config).unwrap();
    FromWorker::export_all(&config).unwrap();
    JobSnapshot::export_all(&config).unwrap();
    DeskError::export_all(&config).unwrap();
    let made = files(folder.path());
    if std::env::var_os(WRITE).is_some() {
        fs::create_dir_all(BINDINGS).unwrap();
        for name in files(Path::new(BINDINGS)).into_keys() {
            fs::remove_file(Path::new(BINDINGS).join(name)).unwrap();
        }
        for (name, text) in &made {
            fs::write(Path::new(BINDINGS).join(name), text).unwrap();
        }
    }
    let kept = files(Path::new(BINDINGS));
    let stale = made
        .iter()
        .filter(|(name, text)| kept.get(*name) != Some(*text));
    let stale: Vec<&String> = stale.map(|(name, _)| name).collect();
    assert!(
        stale.is_empty() && kept.len() == made.len(),
        "run the engine's tests with {WRITE}=1 and commit the types; stale: {stale:?}"
    );
}

#[test]
fn a_request_is_one_line_of_json_with_its_kind() {
    let line = ToWorker::Ask {
        id: 7,
        request: Box::new(Request::RenameModel {
            model: "one".into(),
            name: "two".into(),
        }),
    };
    let text = serde_json::to_string(&line).unwrap();
    assert_eq!(
        text,
        r#"{"line":"ask","id":7,"request":{"kind":"renameModel","model":"one","name":"two"}}"#
    );
    assert_eq!(serde_json::from_str::<ToWorker>(&text).unwrap(), line);
}

#[test]
fn a_stop_says_what_becomes_of_the_job() {
    let line = ToWorker::Stop {
        id: 3,
        how: Stop::Suspend,
    };
    let text = serde_json::to_string(&line).unwrap();
    assert_eq!(text, r#"{"line":"stop","id":3,"how":"suspend"}"#);
}

#[test]
fn the_folder_of_a_base_model_is_a_path_of_its_request_and_a_name_is_none() {
    let training = |base: &str| {
        let training = TrainingRequest {
            name: "one".into(),
            table: "/data/a.csv".into(),
            reading: ReadingChoices::default(),
            roles: RoleChoices::default(),
            corrections: Corrections::default(),
            test_table: None,
            split: SplitChoice::Notebook,
            base: base.into(),
            recipe: Recipe::notebook(),
        };
        Request::EstimateTraining { training }
    };
    let (table, folder) = (Path::new("/data/a.csv"), Path::new("/models/bert"));
    assert_eq!(training("compact").paths(), [table]);
    assert_eq!(training("/models/bert").paths(), [table, folder]);
    let profile = |base: &str| Request::ProfileTable {
        base: base.into(),
        max_length: 512,
    };
    assert_eq!(profile("/models/bert").paths(), [folder]);
    assert!(profile("bert-base-uncased").paths().is_empty());
    let import = Request::ImportModel {
        path: "/data/a.pth".into(),
        name: None,
        base: Some("/models/bert".into()),
        labels: None,
    };
    assert_eq!(import.paths(), [Path::new("/data/a.pth"), folder]);
}

#[test]
fn each_code_of_a_failure_is_of_one_error_alone() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new().with_out_dir(folder.path());
    DeskError::export_all(&config).unwrap();
    let mut homes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (file, text) in files(folder.path()) {
        for after in text.split(r#""code": ""#).skip(1) {
            let code = after.split('"').next().unwrap().to_owned();
            homes.entry(code).or_default().push(file.clone());
        }
    }
    assert!(homes.len() > 100, "only {} codes were found", homes.len());
    homes.retain(|_, files| files.len() > 1);
    assert!(homes.is_empty(), "codes of several errors: {homes:?}");
}

#[test]
fn a_failure_has_the_code_of_the_innermost_error_and_its_details() {
    let error = DeskError::from(JobError::from(TrainingError::from(RecipeError::TooLong {
        asked: 600,
        positions: 512,
    })));
    let failure = Failure::of(&error);
    assert_eq!(failure.code, "lengthBeyondBase");
    assert_eq!(failure.details, json!({"asked": 600, "positions": 512}));
    assert_eq!(failure.message, error.to_string());
}

#[test]
fn a_failure_without_details_has_null() {
    let failure = Failure::of(&DeskError::NoOpenTable);
    assert_eq!(failure.code, "noOpenTable");
    assert_eq!(failure.details, Value::Null);
}

#[test]
fn an_error_of_the_system_is_told_by_its_message() {
    let error = DatasetError::Unreadable {
        path: "a.csv".into(),
        source: std::io::Error::other("the disk went away"),
    };
    let failure = Failure::of(&DeskError::from(JobError::from(error)));
    let details = json!({"path": "a.csv", "source": "the disk went away"});
    assert_eq!(
        (failure.code.as_str(), failure.details),
        ("unreadableTable", details)
    );
}

#[test]
fn what_damaged_a_base_model_is_an_error_of_its_own_in_the_details() {
    let error = BaseLibraryError::Damaged {
        name: "mine".into(),
        folder: "bases/mine".into(),
        source: Box::new(BaseModelError::NoFolder {
            folder: "bases/mine".into(),
        }),
    };
    let failure = Failure::of(&DeskError::from(JobError::from(error)));
    assert_eq!(failure.code, "damagedBase");
    let source = json!({"code": "baseNotAFolder", "details": {"folder": "bases/mine"}});
    assert_eq!(failure.details["source"], source);
}

#[test]
fn a_number_that_is_none_is_null_in_the_details() {
    let error = TrainingError::LossNotFinite {
        loss: f64::NAN,
        step: 3,
        learning_rate: 1e-3,
    };
    let failure = Failure::of(&DeskError::from(JobError::from(error)));
    assert_eq!(failure.code, "lossNotFinite");
    assert_eq!(failure.details["loss"], Value::Null);
}

#[test]
#[cfg(unix)]
fn a_path_that_is_not_unicode_keeps_its_error() {
    use std::os::unix::ffi::OsStrExt;
    let name = std::ffi::OsStr::from_bytes(b"a\xff.csv");
    let error = DatasetError::MissingFile { path: name.into() };
    let failure = Failure::of(&DeskError::from(JobError::from(error)));
    assert_eq!(failure.code, "missingTable");
    assert_eq!(failure.details["path"], "a\u{fffd}.csv");
}
