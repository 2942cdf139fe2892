//! The program with a data folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// The program, its data folder, and tables to train on.
pub(crate) struct Program {
    folder: tempfile::TempDir,
}

/// The folder of the project.
pub(crate) fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Program {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A path in the folder of this test.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The first articles of the samples, as a table of its own.
    pub(crate) fn table(&self, articles: usize) -> PathBuf {
        let text = std::fs::read_to_string(project().join("samples/abstracts-en.csv")).unwrap();
        let path = self.path("articles.csv");
        let rows: Vec<&str> = text.lines().take(articles + 1).collect();
        std::fs::write(&path, rows.join("\n")).unwrap();
        path
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_etiqueta"));
        command
            .env("ETIQUETA_HOME", self.path("home"))
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    /// Runs the program, which has to succeed, and gives its standard output.
    pub(crate) fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs the program with `--json` and gives every line, each of which has to be JSON.
    pub(crate) fn events(&self, arguments: &[&str]) -> Vec<Value> {
        let text = self.succeed(&[&["--json"], arguments].concat());
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Starts the program with `--json` and its output to be read.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command()
            .arg("--json")
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// The weights of a trained model.
    pub(crate) fn weights(&self, model: &str) -> Vec<u8> {
        let folder = self.path("home/models").join(model);
        std::fs::read(folder.join("model.safetensors")).unwrap()
    }
}

/// Settings that train for a moment.
pub(crate) const QUICK: [&str; 8] = [
    "--recipe",
    "notebook",
    "--max-length",
    "48",
    "--epochs",
    "1",
    "--split",
    "notebook-held-out",
];
