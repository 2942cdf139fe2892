//! The folder of a run: its description, its checkpoint, and its best weights so far.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{JobError, TrainingRequest};
use crate::checksum;
use crate::files::{TEMPORARY_PREFIX, WriteError, folder_bytes, write_atomically};
use crate::format_version::{self, FormatError};
use crate::library::Home;
use crate::training::checkpoint_path;

/// The description's name in the folder of its run.
const RUN_FILE: &str = "run.json";
/// Held by the session that works on the run.
const LOCK_FILE: &str = "lock";
/// The newest format of descriptions that is known here.
const FORMAT_VERSION: u32 = 1;

/// What a run began with, so that it can be resumed without asking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnfinishedRun {
    /// Format of this file.
    pub format_version: u32,
    /// What was asked for, with absolute paths.
    pub request: TrainingRequest,
    /// When it began (RFC 3339).
    pub began: String,
    /// The base model's fingerprint.
    pub base_sha256: String,
}

impl UnfinishedRun {
    /// What tells this run from every other: the checksum of its description.
    pub(super) fn identity(&self) -> String {
        let description = serde_json::to_string(self).unwrap_or_default();
        checksum::of_text(&description)
    }
}

/// The folder of a run.
#[derive(Debug, Clone)]
pub struct RunFolder {
    /// The folder.
    pub folder: PathBuf,
    name: String,
}

impl RunFolder {
    /// Where the run of this name is, or would be.
    ///
    /// # Errors
    /// When the name cannot be a folder's.
    pub fn new(home: &Home, name: &str) -> Result<Self, JobError> {
        // A run's name becomes its model's, so that the same names are possible.
        home.models().place(name)?;
        Ok(Self {
            folder: home.runs().join(name),
            name: name.into(),
        })
    }

    /// Whether there is such a folder, whatever is in it.
    pub fn exists(&self) -> bool {
        self.folder.is_dir()
    }

    /// Keeps a second session out of this run while the lock lives.
    pub(crate) fn lock(&self) -> Result<File, JobError> {
        let path = self.folder.join(LOCK_FILE);
        let file = File::create(&path).map_err(|error| WriteError::new(&path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(JobError::RunBusy {
                name: self.name.clone(),
            }),
            Err(TryLockError::Error(error)) => Err(WriteError::new(&path, error).into()),
        }
    }

    /// Whether a session works on the run at this moment.
    pub fn is_busy(&self) -> bool {
        // Opened as it is: looking at a run must leave nothing behind.
        File::open(self.folder.join(LOCK_FILE)).is_ok_and(|file| {
            let locked = file.try_lock_shared();
            matches!(locked, Err(TryLockError::WouldBlock))
        })
    }

    /// Bytes of everything in it.
    pub fn bytes(&self) -> u64 {
        folder_bytes(&self.folder)
    }

    /// Whether the run has a checkpoint to go on from.
    pub fn has_checkpoint(&self) -> bool {
        checkpoint_path(&self.folder).exists()
    }

    /// Makes the folder of a new run, and gives the run's identity.
    pub(super) fn create(
        &self,
        request: &TrainingRequest,
        began: &str,
        base_sha256: &str,
    ) -> Result<String, JobError> {
        if self.has_checkpoint() {
            return Err(JobError::RunExists {
                name: self.name.clone(),
            });
        }
        let failed = |source| WriteError::new(&self.folder, source);
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        let run = UnfinishedRun {
            format_version: FORMAT_VERSION,
            request: request.clone(),
            began: began.into(),
            base_sha256: base_sha256.into(),
        };
        write_atomically(&self.folder.join(RUN_FILE), |file| {
            Ok(serde_json::to_writer_pretty(file, &run)?)
        })?;
        Ok(run.identity())
    }

    /// Reads what the run began with.
    ///
    /// # Errors
    /// When there is no such run, or its description is damaged or of a newer format.
    pub fn read(&self, home: &Home) -> Result<UnfinishedRun, JobError> {
        let path = self.folder.join(RUN_FILE);
        let text = std::fs::read_to_string(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => JobError::UnknownRun {
                name: self.name.clone(),
                known: unfinished_runs(home),
            },
            _ => JobError::CorruptedRun {
                path: path.clone(),
                message: error.to_string(),
            },
        })?;
        format_version::parse(&text, FORMAT_VERSION).map_err(|error| match error {
            FormatError::Newer { found } => JobError::NewerRun {
                path,
                found,
                known: FORMAT_VERSION,
            },
            FormatError::Malformed(error) => JobError::CorruptedRun {
                path,
                message: error.to_string(),
            },
        })
    }

    /// Deletes the folder, when the run is done or discarded.
    ///
    /// # Errors
    /// When it cannot be deleted.
    pub fn delete(&self) -> Result<(), JobError> {
        if !self.exists() {
            return Ok(());
        }
        // Under another name first, so that a run is never half there.
        let name = format!("{TEMPORARY_PREFIX}deleted-{}", self.name);
        let aside = self.folder.with_file_name(name);
        let _ = std::fs::remove_dir_all(&aside);
        std::fs::rename(&self.folder, &aside)
            .and_then(|()| std::fs::remove_dir_all(&aside))
            .map_err(|error| WriteError::new(&self.folder, error))?;
        Ok(())
    }
}

/// The names of the runs that can be resumed, sorted.
pub fn unfinished_runs(home: &Home) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(home.runs()) else {
        return Vec::new();
    };
    let is_run = |folder: &Path| folder.join(RUN_FILE).exists();
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| is_run(&entry.path()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        // What was being deleted when the power failed is no run any more.
        .filter(|name| !name.starts_with(TEMPORARY_PREFIX))
        .collect();
    names.sort();
    names
}
