//! The TypeScript types of the shell.

use std::fs;
use std::path::Path;

use ts_rs::{Config, TS};

use crate::history::HistoryEntry;
use crate::opened_files::{OpenedPath, PathPurpose};
use crate::project::Project;
use crate::settings::Settings;

/// Where the engine's types are kept (its own test guards them), where the shell's are, and the
/// variable with which they are written anew.
const ENGINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/src/lib/ipc/bindings");
const SHELL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/src/lib/ipc/bindings/shell");
const WRITE: &str = "ETIQUETA_WRITE_BINDINGS";

#[test]
fn the_typescript_types_are_those_of_the_shell() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new()
        .with_large_int("number")
        .with_out_dir(folder.path());
    Settings::export_all(&config).unwrap();
    Project::export_all(&config).unwrap();
    HistoryEntry::export_all(&config).unwrap();
    OpenedPath::export_all(&config).unwrap();
    PathPurpose::export_all(&config).unwrap();
    if std::env::var_os(WRITE).is_some() {
        fs::create_dir_all(SHELL).unwrap();
    }
    let mut stale = Vec::new();
    for entry in fs::read_dir(folder.path()).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if Path::new(ENGINE).join(&name).exists() {
            continue;
        }
        let text = fs::read_to_string(entry.path()).unwrap();
        // The types of the engine are one folder up.
        let text = text
            .lines()
            .map(point_at_engine)
            .collect::<Vec<_>>()
            .join("\n")
            + "\n";
        let kept = Path::new(SHELL).join(&name);
        if std::env::var_os(WRITE).is_some() {
            fs::write(&kept, &text).unwrap();
        }
        if fs::read_to_string(&kept).ok().as_ref() != Some(&text) {
            stale.push(name);
        }
    }
    assert!(
        stale.is_empty(),
        "run the tests with {WRITE}=1; stale: {stale:?}"
    );
}

fn point_at_engine(line: &str) -> String {
    let Some((before, file)) = line.split_once(" from \"./") else {
        return line.into();
    };
    let name = file.trim_end_matches("\";");
    if Path::new(ENGINE).join(format!("{name}.ts")).exists() {
        format!("{before} from \"../{name}\";")
    } else {
        line.into()
    }
}
