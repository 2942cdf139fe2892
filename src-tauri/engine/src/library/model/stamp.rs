//! Telling whether a model's folder changed since it was read.

use std::path::Path;

use super::{MANIFEST_FILE, WEIGHTS_FILE};
use crate::files::FileStamp;

/// A model's folder at one moment: its manifest, and size and time of its weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FolderStamp {
    manifest: Option<Vec<u8>>,
    weights: Option<FileStamp>,
}

impl FolderStamp {
    /// Of a folder as it is now.
    pub(crate) fn of(folder: &Path) -> Self {
        Self {
            manifest: std::fs::read(folder.join(MANIFEST_FILE)).ok(),
            weights: FileStamp::of(&folder.join(WEIGHTS_FILE)),
        }
    }
}
