//! The folder of a download while it goes on. It outlives a stop, a crash and a broken
//! connection, and the next download of the same commit goes on with it.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::HubError;
use super::listing::Listing;
use crate::files::{TEMPORARY_PREFIX, WriteError, write_atomically};
use crate::library::base::names;

const STATE_FILE: &str = "download.json";
const LOCK_FILE: &str = "download.lock";
/// What a file's name ends with while it is not whole.
const PART: &str = ".part";

/// What is being downloaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::library::base) struct Partial {
    /// The name that the model gets in the library.
    name: String,
    listing: Listing,
}

impl Partial {
    /// What the folder is the download of; none if it is something else.
    pub(in crate::library::base) fn read(folder: &Path) -> Option<Self> {
        let name = folder.file_name()?.to_string_lossy();
        if !name.starts_with(&prefix()) {
            return None;
        }
        let bytes = std::fs::read(folder.join(STATE_FILE)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    pub(in crate::library::base) fn name(&self) -> &str {
        &self.name
    }

    pub(in crate::library::base) fn hub_name(&self) -> &str {
        &self.listing.hub_name
    }

    pub(in crate::library::base) fn is_called(&self, name: &str) -> bool {
        names::same(&self.name, name) || names::same(self.hub_name(), name)
    }

    /// Bytes that are there.
    pub(in crate::library::base) fn bytes(&self, folder: &Path) -> u64 {
        let files = self.listing.files.iter();
        files
            .map(|file| {
                length(&folder.join(&file.name)).max(length(&part_path(folder, &file.name)))
            })
            .sum()
    }

    pub(in crate::library::base) fn total_bytes(&self) -> u64 {
        self.listing.total_bytes()
    }
}

fn prefix() -> String {
    format!("{TEMPORARY_PREFIX}download-")
}

fn part_path(folder: &Path, file: &str) -> PathBuf {
    folder.join(format!("{file}{PART}"))
}

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |data| data.len())
}

/// The folder of a running download, which no other download can use meanwhile.
#[derive(Debug)]
pub(super) struct PartialFolder {
    folder: PathBuf,
    lock: File,
}

impl PartialFolder {
    /// Takes the folder of the model whose folder name is `folder_name`, and makes it if it is
    /// not there.
    pub(super) fn take(
        library: &Path,
        folder_name: &str,
        hub_name: &str,
    ) -> Result<Self, HubError> {
        let folder = library.join(format!("{}{folder_name}", prefix()));
        let fail = |source| WriteError::new(&folder, source);
        std::fs::create_dir_all(&folder).map_err(fail)?;
        let mut options = File::options();
        options.write(true).create(true).truncate(false);
        let lock = options.open(folder.join(LOCK_FILE)).map_err(fail)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder, lock }),
            Err(TryLockError::WouldBlock) => Err(HubError::AlreadyRunning {
                hub_name: hub_name.into(),
                folder,
            }),
            Err(TryLockError::Error(source)) => Err(fail(source).into()),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.folder
    }

    /// Notes what is downloaded. What is there of another commit is thrown away.
    pub(super) fn begin(&self, name: &str, listing: &Listing) -> Result<(), HubError> {
        let state = Partial {
            name: name.into(),
            listing: listing.clone(),
        };
        let known = Partial::read(&self.folder);
        if !known.is_some_and(|known| known.listing == state.listing) {
            self.clear()?;
        }
        write_atomically(&self.folder.join(STATE_FILE), |file| {
            Ok(serde_json::to_writer_pretty(file, &state)?)
        })?;
        Ok(())
    }

    fn clear(&self) -> Result<(), HubError> {
        let fail = |source| WriteError::new(&self.folder, source);
        for entry in std::fs::read_dir(&self.folder).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            if path.file_name().is_some_and(|name| name != LOCK_FILE) {
                std::fs::remove_file(&path).map_err(fail)?;
            }
        }
        Ok(())
    }

    /// Where a file is when it is whole.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Where a file is while it is not whole.
    pub(super) fn part(&self, name: &str) -> PathBuf {
        part_path(&self.folder, name)
    }

    /// Throws the download away.
    pub(super) fn discard(self) -> Result<(), WriteError> {
        let Self { folder, lock } = self;
        // Windows removes no folder with an open file in it.
        drop(lock);
        std::fs::remove_dir_all(&folder).map_err(|source| WriteError::new(&folder, source))
    }

    /// Makes the folder, whose files are all whole, a model of the library.
    pub(super) fn finish(self, target: &Path) -> Result<(), WriteError> {
        let Self { folder, lock } = self;
        drop(lock);
        std::fs::rename(&folder, target).map_err(|source| WriteError::new(target, source))?;
        for name in [LOCK_FILE, STATE_FILE] {
            // The model is whole; beside it they mean nothing.
            let _ = std::fs::remove_file(target.join(name));
        }
        Ok(())
    }
}
