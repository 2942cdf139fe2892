//! The articles that were classified one by one, kept in `history.json` in the data folder as
//! long as the user wants it.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use engine::classify::Answer;
use engine::dataset::Document;
use engine::files::remove_if_there;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::ShellError;
use crate::storage;

/// Most articles that are kept: the file is written anew with each one.
const MOST_ENTRIES: usize = 1000;

/// An article that was classified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// When (RFC 3339).
    pub at: String,
    /// By which model.
    pub model: String,
    /// The article.
    pub document: Document,
    /// What the model said.
    pub answer: Answer,
    /// Where the model stopped reading, counted as in the answer of the engine; nothing when it
    /// read everything, and in what earlier versions kept.
    #[serde(default)]
    pub read_until: Option<usize>,
}

/// The history and the file that keeps it.
pub struct History {
    path: PathBuf,
    /// Held while the file is read or written.
    file: Mutex<()>,
}

impl History {
    /// The history in this file, which need not exist yet.
    pub fn new(path: PathBuf) -> Self {
        let file = Mutex::new(());
        Self { path, file }
    }

    /// The articles, newest first.
    pub fn entries(&self) -> Vec<HistoryEntry> {
        let _file = self.lock();
        self.read()
    }

    /// Adds an article; the oldest ones beyond the first thousand are dropped. One that the same
    /// model had answered before moves to the front, and is not kept twice.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add(&self, entry: HistoryEntry) -> Result<(), ShellError> {
        let _file = self.lock();
        let mut entries = self.read();
        entries.retain(|kept| kept.model != entry.model || kept.document != entry.document);
        entries.insert(0, entry);
        entries.truncate(MOST_ENTRIES);
        storage::write(&self.path, &entries).map_err(ShellError::HistoryUnwritable)
    }

    /// Forgets everything.
    ///
    /// # Errors
    /// When the file cannot be deleted.
    pub fn wipe(&self) -> Result<(), ShellError> {
        let _file = self.lock();
        remove_if_there(&self.path).map_err(ShellError::HistoryUnwritable)
    }

    fn read(&self) -> Vec<HistoryEntry> {
        storage::read(&self.path).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
