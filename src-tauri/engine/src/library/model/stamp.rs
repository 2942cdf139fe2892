//! Telling whether a model's folder changed since it was read.

use std::path::Path;
use std::time::SystemTime;

use super::{MANIFEST_FILE, WEIGHTS_FILE};

/// A model's folder at one moment: its manifest, and size and time of its weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FolderStamp {
    manifest: Option<Vec<u8>>,
    weights: Option<(u64, Option<SystemTime>)>,
}

impl FolderStamp {
    /// Of a folder as it is now.
    pub(crate) fn of(folder: &Path) -> Self {
        let weights = std::fs::metadata(folder.join(WEIGHTS_FILE)).ok();
        Self {
            manifest: std::fs::read(folder.join(MANIFEST_FILE)).ok(),
            weights: weights.map(|data| (data.len(), data.modified().ok())),
        }
    }
}
