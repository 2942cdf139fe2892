//! A model that is trained once, by the program at the terminal, for all journeys that need one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::window::{program, project};

/// The name of the model.
pub(crate) const MODEL: &str = "topics";

/// The articles of the English sample: heading, then one a line.
pub(crate) fn articles() -> Vec<String> {
    let text = std::fs::read_to_string(project().join("samples/abstracts-en.csv")).unwrap();
    text.lines().map(String::from).collect()
}

/// The project's data, where it is beside the project; else the English sample.
pub(crate) fn real_table() -> PathBuf {
    let shared = project().join("../shared/data/medical-abstracts.csv");
    match shared.exists() {
        true => shared,
        false => project().join("samples/abstracts-en.csv"),
    }
}

/// Puts the model into a data folder.
pub(crate) fn put_model(home: &Path) {
    static TRAINED: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_kept, trained) = TRAINED.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        train(&home, &project().join("samples/abstracts-en.csv"), MODEL, 4);
        let model = home.join("models").join(MODEL);
        (folder, model)
    });
    let model = home.join("models").join(MODEL);
    std::fs::create_dir_all(&model).unwrap();
    for file in std::fs::read_dir(trained).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), model.join(file.file_name())).unwrap();
    }
}

/// Trains a model in a data folder, as little as makes its answers right more often than not.
pub(crate) fn train(home: &Path, table: &Path, name: &str, epochs: usize) {
    // The program at the terminal lies beside the window's.
    let output = Command::new(program().with_file_name("etiqueta"))
        .env("ETIQUETA_HOME", home)
        .env("ETIQUETA_COMPACT", project().join("base/compact"))
        .arg("train")
        .arg(table)
        .args(["--recipe", "recommended", "--name", name])
        .args(["--max-length", "96", "--epochs"])
        .arg(epochs.to_string())
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
}
