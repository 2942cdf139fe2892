//! The files that the user opened: by a dialog, by dropping them, or with the program. No other
//! file is read for the web view.

mod kind;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::ShellError;

/// A file or folder that the user opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OpenedPath {
    /// Where it is.
    pub path: PathBuf,
    /// Its name without its folder.
    pub name: String,
    /// What it looks like.
    pub kind: OpenedKind,
}

/// What a file or folder looks like, by its name and what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum OpenedKind {
    /// CSV, TSV or XLSX.
    Table,
    /// A text to classify.
    Text,
    /// A folder with a classifier.
    ModelFolder,
    /// A zip file.
    ModelZip,
    /// A PyTorch file.
    PyTorch,
    /// A folder with a base model.
    BaseFolder,
    /// Something else.
    Other,
}

/// What a path is chosen for, which decides the dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum PathPurpose {
    /// A table to read.
    OpenTable,
    /// A text to read.
    OpenText,
    /// A folder, zip or PyTorch file with a model.
    OpenModel,
    /// A folder with a model.
    OpenModelFolder,
    /// A folder with a base model.
    OpenBase,
    /// A table to write.
    SaveTable,
    /// A zip file to write a model to.
    SaveModelZip,
    /// A new folder to write a model to.
    SaveModelFolder,
    /// A folder to write a report to.
    SaveReport,
    /// A folder to keep everything in.
    ChooseFolder,
}

impl OpenedPath {
    /// A file or folder with what it looks like.
    pub fn new(path: &Path) -> Self {
        let name = path.file_name().unwrap_or(path.as_os_str());
        Self {
            path: path.into(),
            name: name.to_string_lossy().into_owned(),
            kind: kind::of(path),
        }
    }
}

impl PathPurpose {
    /// Whether something is going to be written there.
    pub fn is_writing(self) -> bool {
        match self {
            Self::SaveTable | Self::SaveModelZip | Self::SaveModelFolder | Self::SaveReport => true,
            Self::OpenTable
            | Self::OpenText
            | Self::OpenModel
            | Self::OpenModelFolder
            | Self::OpenBase
            | Self::ChooseFolder => false,
        }
    }
}

/// What the page may do with a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Read it, or have a worker use it.
    Read,
    /// Write it too.
    Write,
}

/// The paths that the user opened since the program started, and those that wait for the page to
/// take them.
#[derive(Default)]
pub struct OpenedFiles(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    opened: BTreeMap<PathBuf, Access>,
    waiting: Vec<OpenedPath>,
}

impl OpenedFiles {
    /// Notes that the user opened a path.
    pub fn open(&self, path: &Path, access: Access) -> OpenedPath {
        let mut inner = self.lock();
        let opened = inner.opened.entry(path.into()).or_insert(access);
        *opened = access.max(*opened);
        drop(inner);
        OpenedPath::new(path)
    }

    /// Notes that the user opened a path whose page is not there yet, or does not expect it.
    pub fn open_later(&self, path: &Path) {
        let opened = self.open(path, Access::Read);
        self.lock().waiting.push(opened);
    }

    /// Gives the paths that wait, once.
    pub fn take_waiting(&self) -> Vec<OpenedPath> {
        std::mem::take(&mut self.lock().waiting)
    }

    /// Lets a path through that was opened for this.
    ///
    /// # Errors
    /// When it was not.
    pub fn check(&self, path: &Path, access: Access) -> Result<(), ShellError> {
        match self.lock().opened.get(path) {
            Some(opened) if *opened >= access => Ok(()),
            _ => Err(ShellError::PathNotOpened { path: path.into() }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The files that a program was started with: its arguments without its own name and without
/// options, as absolute paths, as far as they exist.
pub fn from_arguments(
    arguments: impl IntoIterator<Item = OsString>,
    current_folder: &Path,
) -> Vec<PathBuf> {
    arguments
        .into_iter()
        .skip(1)
        .filter(|argument| !argument.as_encoded_bytes().starts_with(b"-"))
        .map(|argument| current_folder.join(argument))
        .filter(|path| path.exists())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_was_not_opened_is_refused() {
        let files = OpenedFiles::default();
        files.open(Path::new("/data/a.csv"), Access::Read);
        assert!(files.check(Path::new("/data/a.csv"), Access::Read).is_ok());
        for other in ["/data/b.csv", "/data", "/data/../data/a.csv"] {
            let refused = files.check(Path::new(other), Access::Read);
            assert!(
                matches!(refused, Err(ShellError::PathNotOpened { .. })),
                "{other}"
            );
        }
    }

    #[test]
    fn a_table_that_was_opened_to_read_is_not_written() {
        let files = OpenedFiles::default();
        let path = Path::new("/data/a.csv");
        files.open(path, Access::Read);
        assert!(files.check(path, Access::Write).is_err());
        files.open(path, Access::Write);
        files.open(path, Access::Read);
        assert!(files.check(path, Access::Write).is_ok());
    }

    #[test]
    fn the_files_that_wait_are_given_once() {
        let files = OpenedFiles::default();
        files.open_later(Path::new("/data/a.csv"));
        assert_eq!(files.take_waiting().len(), 1);
        assert!(files.take_waiting().is_empty());
        assert!(files.check(Path::new("/data/a.csv"), Access::Read).is_ok());
    }

    #[test]
    fn arguments_are_files_below_the_folder_of_the_caller() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mis datos.csv"), "").unwrap();
        let arguments = ["etiqueta-desktop", "--flag", "mis datos.csv", "missing.csv"];
        let files = from_arguments(arguments.map(OsString::from), folder.path());
        assert_eq!(files, [folder.path().join("mis datos.csv")]);
    }
}
