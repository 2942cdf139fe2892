//! The library: base models under one folder, and the compact one beside them.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::hub::partial::Partial;
use super::known::{COMPACT, COMPACT_HUB_NAME, COMPACT_LICENCE, verify_compact};
use super::record::BaseRecord;
use super::{BaseLibraryError, BaseModel, BaseModelError, names};
use crate::files::{TEMPORARY_PREFIX, WriteError, folder_bytes};

/// The base models of a user.
#[derive(Debug, Clone)]
pub struct BaseLibrary {
    folder: PathBuf,
    compact: Option<PathBuf>,
}

/// One entry of the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BaseEntry {
    /// The name that [`BaseLibrary::find`] and [`BaseLibrary::remove`] take.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Whether it comes with the program.
    pub built_in: bool,
    /// Whether it can be used.
    pub state: BaseState,
}

/// Whether an entry of the library can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "state",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum BaseState {
    /// It can.
    Ready(BaseDescription),
    /// It cannot.
    Damaged {
        /// What is wrong with it.
        reason: String,
    },
    /// It is the part of a download that stopped, which getting it again goes on with.
    Unfinished {
        /// Its name on the Hub.
        hub_name: String,
        /// Bytes that are there.
        bytes: u64,
        /// Bytes of the whole.
        total_bytes: u64,
    },
}

/// What there is to know about a model before it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BaseDescription {
    /// Values in the encoder and its pooler.
    pub parameters: usize,
    /// Encoder layers.
    pub layers: usize,
    /// Width of a token's vector.
    pub hidden_size: usize,
    /// Word pieces that it reads of a text, at most.
    pub max_positions: usize,
    /// Word pieces in its vocabulary.
    pub vocabulary_size: usize,
    /// Bytes of its files.
    pub bytes: u64,
    /// Its name on the Hub, when it is from there.
    pub hub_name: Option<String>,
    /// Its licence, when it is known.
    pub licence: Option<String>,
}

impl BaseEntry {
    /// Bytes of its files on the disk.
    pub fn bytes(&self) -> u64 {
        match &self.state {
            BaseState::Ready(base) => base.bytes,
            BaseState::Damaged { .. } | BaseState::Unfinished { .. } => folder_bytes(&self.folder),
        }
    }
}

impl BaseDescription {
    fn new(model: &BaseModel) -> Self {
        let (config, record) = (model.config(), model.record());
        Self {
            parameters: model.parameters(),
            layers: config.layers,
            hidden_size: config.hidden_size,
            max_positions: config.max_positions,
            vocabulary_size: config.vocabulary_size,
            bytes: model.total_bytes(),
            hub_name: record.and_then(|record| record.hub_name.clone()),
            licence: record.and_then(|record| record.licence.clone()),
        }
    }
}

impl BaseLibrary {
    /// The library in `folder`, which need not exist yet, with the compact model in the folder
    /// `compact` if it is installed.
    pub fn new(folder: impl Into<PathBuf>, compact: Option<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            compact,
        }
    }

    /// Where its models are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Everything that is there: the compact model, then the rest by name. Damaged models, what a
    /// crash left behind and unfinished downloads are listed as what they are.
    ///
    /// # Errors
    /// When the folder of the library cannot be read.
    pub fn list(&self) -> Result<Vec<BaseEntry>, BaseLibraryError> {
        let mut entries: Vec<BaseEntry> = self
            .folders()?
            .iter()
            .map(|folder| describe(folder))
            .collect();
        entries.sort_by_cached_key(|entry| entry.name.to_lowercase());
        if let Some(folder) = &self.compact {
            entries.insert(0, describe_compact(folder));
        }
        Ok(entries)
    }

    /// Opens the model of this name; upper and lower case are the same. The name on the Hub is
    /// taken too.
    ///
    /// # Errors
    /// When there is none (the error lists what there is), or it is damaged or unfinished.
    pub fn find(&self, name: &str) -> Result<BaseModel, BaseLibraryError> {
        if let Some(folder) = &self.compact
            && names::same(name, COMPACT)
        {
            return open_compact(folder).map_err(|source| damaged(COMPACT, folder, source));
        }
        let folders = self.folders()?;
        let found = folders
            .iter()
            .find(|folder| answers_to(folder, name))
            .or_else(|| folders.iter().find(|folder| is_from(folder, name)));
        if let Some(folder) = found {
            return BaseModel::open(folder)
                .map_err(|source| damaged(&entry_name(folder), folder, source));
        }
        if folders
            .iter()
            .filter_map(|folder| Partial::read(folder))
            .any(|partial| partial.is_called(name))
        {
            return Err(BaseLibraryError::Unfinished { name: name.into() });
        }
        Err(self.unknown(name, &folders))
    }

    fn unknown(&self, name: &str, folders: &[PathBuf]) -> BaseLibraryError {
        let models = folders.iter().filter(|folder| !is_temporary(folder));
        let mut available: Vec<String> = models.map(|folder| entry_name(folder)).collect();
        available.sort();
        if self.compact.is_some() {
            available.insert(0, COMPACT.into());
        }
        BaseLibraryError::Unknown {
            name: name.into(),
            available,
        }
    }

    /// Removes the model of this name, or whatever the list calls so, and gives the bytes that
    /// became free.
    ///
    /// # Errors
    /// When there is none, it is the compact model, or it cannot be removed; then it is still
    /// there, or listed as damaged.
    pub fn remove(&self, name: &str) -> Result<u64, BaseLibraryError> {
        if names::same(name, COMPACT) {
            return Err(BaseLibraryError::BuiltIn { name: name.into() });
        }
        let folders = self.folders()?;
        let unfinished = |folder: &&PathBuf| {
            Partial::read(folder).is_some_and(|partial| partial.is_called(name))
        };
        let found = folders
            .iter()
            .find(|folder| answers_to(folder, name))
            .or_else(|| folders.iter().find(unfinished));
        let Some(folder) = found else {
            return Err(self.unknown(name, &folders));
        };
        let fail = |source| WriteError::new(folder, source);
        let bytes = folder_bytes(folder);
        // Under a temporary name first: what is removed only in part must not look like a model.
        let doomed = tempfile::Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .tempdir_in(&self.folder)
            .map_err(fail)?;
        std::fs::rename(folder, doomed.path().join("removed")).map_err(fail)?;
        doomed.close().map_err(fail)?;
        Ok(bytes)
    }

    /// Checks every byte of the compact model against the checksums in [`super::known`].
    ///
    /// # Errors
    /// When it is not installed, a file cannot be read, or a file has other content.
    pub fn verify_compact(&self) -> Result<(), BaseLibraryError> {
        let Some(folder) = &self.compact else {
            return Err(BaseLibraryError::Unknown {
                name: COMPACT.into(),
                available: Vec::new(),
            });
        };
        Ok(verify_compact(folder)?)
    }

    /// The folders in the library, in the order of their names; none if it does not exist yet.
    pub(super) fn folders(&self) -> Result<Vec<PathBuf>, BaseLibraryError> {
        let unreadable = |source| BaseLibraryError::Unreadable {
            path: self.folder.clone(),
            source,
        };
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(unreadable(source)),
        };
        let mut folders = Vec::new();
        for entry in entries {
            let path = entry.map_err(unreadable)?.path();
            if path.is_dir() {
                folders.push(path);
            }
        }
        folders.sort();
        Ok(folders)
    }

    /// The folder that a new model of this name gets.
    pub(super) fn free_folder(&self, name: &str) -> Result<PathBuf, BaseLibraryError> {
        let own = names::folder_name(name)?;
        let taken = |name: &str, folder: &Path| BaseLibraryError::NameTaken {
            name: name.into(),
            folder: folder.into(),
        };
        if names::same(name, COMPACT) {
            return Err(taken(
                COMPACT,
                self.compact.as_ref().unwrap_or(&self.folder),
            ));
        }
        for folder in self.folders()? {
            if answers_to(&folder, name) || names::same(&folder_name_of(&folder), &own) {
                return Err(taken(&entry_name(&folder), &folder));
            }
        }
        Ok(self.folder.join(own))
    }
}

fn damaged(name: &str, folder: &Path, source: BaseModelError) -> BaseLibraryError {
    BaseLibraryError::Damaged {
        name: name.into(),
        folder: folder.into(),
        source: Box::new(source),
    }
}

fn folder_name_of(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn is_temporary(folder: &Path) -> bool {
    folder_name_of(folder).starts_with(TEMPORARY_PREFIX)
}

/// What the list calls a folder that is not an unfinished download.
fn entry_name(folder: &Path) -> String {
    let record = BaseRecord::read(folder).filter(|_| !is_temporary(folder));
    record.map_or_else(|| folder_name_of(folder), |record| record.name)
}

fn answers_to(folder: &Path, name: &str) -> bool {
    names::same(&entry_name(folder), name)
}

fn is_from(folder: &Path, hub_name: &str) -> bool {
    let record = BaseRecord::read(folder).filter(|_| !is_temporary(folder));
    record
        .and_then(|record| record.hub_name)
        .is_some_and(|known| names::same(&known, hub_name))
}

fn describe(folder: &Path) -> BaseEntry {
    if let Some(partial) = Partial::read(folder) {
        return BaseEntry {
            name: partial.name().into(),
            folder: folder.into(),
            built_in: false,
            state: BaseState::Unfinished {
                hub_name: partial.hub_name().into(),
                bytes: partial.bytes(folder),
                total_bytes: partial.total_bytes(),
            },
        };
    }
    let state = if is_temporary(folder) {
        BaseState::Damaged {
            reason: "it is being written by another program, or was left behind when one broke \
                     off. Remove it if nothing else is running"
                .into(),
        }
    } else {
        state_of(BaseModel::open(folder))
    };
    BaseEntry {
        name: entry_name(folder),
        folder: folder.into(),
        built_in: false,
        state,
    }
}

fn describe_compact(folder: &Path) -> BaseEntry {
    BaseEntry {
        name: COMPACT.into(),
        folder: folder.into(),
        built_in: true,
        state: state_of(open_compact(folder)),
    }
}

fn open_compact(folder: &Path) -> Result<BaseModel, BaseModelError> {
    let record = BaseRecord {
        name: COMPACT.into(),
        hub_name: Some(COMPACT_HUB_NAME.into()),
        commit: None,
        licence: Some(COMPACT_LICENCE.into()),
    };
    Ok(BaseModel::open(folder)?.with_record(record))
}

fn state_of(model: Result<BaseModel, BaseModelError>) -> BaseState {
    match model {
        Ok(model) => BaseState::Ready(BaseDescription::new(&model)),
        Err(error) => BaseState::Damaged {
            reason: error.to_string(),
        },
    }
}
