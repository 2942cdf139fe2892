//! The lines of the wire, and the TypeScript types that belong to them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ts_rs::{Config, TS};

use super::{FromWorker, JobSnapshot, Request, Stop, ToWorker};

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
