//! What the library notes about a model, in a file beside the model's own.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::files::{WriteError, write_atomically};

/// The file's name.
pub(super) const RECORD_FILE: &str = "base.json";

/// Where a base model is from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BaseRecord {
    /// Its name in the library.
    pub name: String,
    /// Its name on the Hub, when it is from there.
    pub hub_name: Option<String>,
    /// The commit on the Hub that its files are of.
    pub commit: Option<String>,
    /// Its licence as the Hub states it, such as `apache-2.0`.
    pub licence: Option<String>,
}

impl BaseRecord {
    /// The record of a folder; none when there is none or it cannot be understood, because the
    /// model is usable without it.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        let bytes = std::fs::read(folder.join(RECORD_FILE)).ok()?;
        let record: Self = serde_json::from_slice(&bytes).ok()?;
        (!record.name.trim().is_empty()).then_some(record)
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), WriteError> {
        write_atomically(&folder.join(RECORD_FILE), |file| {
            Ok(serde_json::to_writer_pretty(file, self)?)
        })
    }
}
