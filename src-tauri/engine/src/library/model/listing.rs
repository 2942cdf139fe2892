//! The models that are kept, in one folder.

use std::path::{Path, PathBuf};

use super::archive;
use super::manifest::Manifest;
use super::opening::{TrainedModel, folder_name, read_manifest};
use super::saving::write_json;
use super::{CONFIG_FILE, MANIFEST_FILE, ModelError, NameProblem};
use crate::files::{
    TEMPORARY_PREFIX, WriteError, copy_file, folder_bytes, is_device_name, write_folder_atomically,
};

/// Longest name of a model; folders' names have limits everywhere.
const LONGEST_NAME: usize = 100;

/// The folder that models are kept in, one folder a model.
#[derive(Debug, Clone)]
pub struct ModelLibrary {
    folder: PathBuf,
}

/// A model in a list.
#[derive(Debug)]
pub struct Listed {
    /// Name of its folder, by which it is found.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Its size on disk.
    pub bytes: u64,
    /// Its manifest: none where another program wrote the folder, and the reason where it is
    /// damaged.
    pub manifest: Result<Option<Manifest>, ModelError>,
}

impl ModelLibrary {
    /// The library in this folder, which need not exist yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The folder.
    pub(in crate::library) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a model of this name is or would be.
    ///
    /// # Errors
    /// When the name cannot be a folder's.
    pub fn place(&self, name: &str) -> Result<PathBuf, ModelError> {
        check_name(name)?;
        Ok(self.folder.join(name))
    }

    /// Where a new model of this name goes.
    ///
    /// # Errors
    /// When the name is taken, or cannot be a folder's.
    pub fn place_for_new(&self, name: &str) -> Result<PathBuf, ModelError> {
        let place = self.place(name)?;
        if place.exists() {
            return Err(ModelError::NameTaken { name: name.into() });
        }
        Ok(place)
    }

    /// Every model, by name; damaged ones too.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self) -> Result<Vec<Listed>, ModelError> {
        let mut models = Vec::new();
        let unreadable = |source| ModelError::Unreadable {
            path: self.folder.clone(),
            source,
        };
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(models),
            Err(error) => return Err(unreadable(error)),
        };
        for entry in entries {
            let folder = entry.map_err(unreadable)?.path();
            let name = folder_name(&folder);
            // What was deleted or half written is no model.
            let is_model = folder.join(CONFIG_FILE).exists() || folder.join(MANIFEST_FILE).exists();
            if name.starts_with(TEMPORARY_PREFIX) || !is_model {
                continue;
            }
            models.push(Listed {
                bytes: folder_bytes(&folder),
                manifest: read_manifest(&folder),
                name,
                folder,
            });
        }
        models.sort_by(|first, second| first.name.cmp(&second.name));
        Ok(models)
    }

    /// Opens the model of this name, or the one in this folder.
    ///
    /// # Errors
    /// When there is none, or it is damaged.
    pub fn open(&self, name: &str) -> Result<TrainedModel, ModelError> {
        TrainedModel::open(&self.find(name)?)
    }

    /// The folder of the model of this name; a path to a model's folder is taken as it is.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(&self, name: &str) -> Result<PathBuf, ModelError> {
        let given = Path::new(name);
        if given.components().count() > 1 && given.join(CONFIG_FILE).exists() {
            return Ok(given.into());
        }
        self.kept(name)
    }

    /// The folder of the model of this name, which is in the library.
    ///
    /// # Errors
    /// When there is none.
    pub fn kept(&self, name: &str) -> Result<PathBuf, ModelError> {
        match self.place(name) {
            Ok(folder) if folder.is_dir() => Ok(folder),
            _ => Err(ModelError::Unknown {
                name: name.into(),
                known: self.list()?.into_iter().map(|model| model.name).collect(),
            }),
        }
    }

    /// Gives a model another name.
    ///
    /// # Errors
    /// When there is no such model, or the new name is taken or impossible.
    pub fn rename(&self, name: &str, new: &str) -> Result<(), ModelError> {
        let folder = self.kept(name)?;
        let place = self.place_for_new(new)?;
        if let Some(mut manifest) = read_manifest(&folder)? {
            manifest.name = new.into();
            write_json(&folder.join(MANIFEST_FILE), &manifest)?;
        }
        std::fs::rename(&folder, &place).map_err(|error| WriteError::new(&place, error))?;
        Ok(())
    }

    /// Notes something about a model.
    ///
    /// # Errors
    /// When there is no such model, or another program wrote it.
    pub fn set_notes(&self, name: &str, notes: &str) -> Result<(), ModelError> {
        let folder = self.find(name)?;
        let path = folder.join(MANIFEST_FILE);
        let manifest = read_manifest(&folder)?;
        let mut manifest =
            manifest.ok_or_else(|| ModelError::OtherProgram { name: name.into() })?;
        manifest.notes = notes.into();
        Ok(write_json(&path, &manifest)?)
    }

    /// Copies a model to the folder `target`, which must not exist yet.
    ///
    /// # Errors
    /// When there is no such model, or the folder exists or cannot be written.
    pub fn export(&self, name: &str, target: &Path) -> Result<(), ModelError> {
        let folder = self.find(name)?;
        check_free(target)?;
        copy_folder(&folder, target)
    }

    /// Writes a model as the zip file `target`, which must not exist yet.
    ///
    /// # Errors
    /// When there is no such model, or the file exists or cannot be written.
    pub fn export_archive(&self, name: &str, target: &Path) -> Result<(), ModelError> {
        let folder = self.find(name)?;
        check_free(target)?;
        archive::write(&folder, &folder_name(&folder), target)
    }

    /// Copies a classifier's folder into the library, and gives its name there: the one asked for,
    /// or else the folder's.
    ///
    /// # Errors
    /// When the folder holds no classifier that can be opened, or the name is taken.
    pub fn import(&self, folder: &Path, name: Option<&str>) -> Result<String, ModelError> {
        // Everything is read once, so that what comes into the library is known to be whole.
        TrainedModel::open(folder)?.load_parameters()?;
        let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.into());
        let name = name.map_or_else(|| folder_name(&whole), str::to_owned);
        self.adopt(&name, |new| copy_files(folder, new))?;
        Ok(name)
    }

    /// Takes the model in a zip file into the library under `name`.
    ///
    /// # Errors
    /// When the file holds no classifier that can be opened, is not made as archives of models
    /// are, or the name is taken.
    pub fn import_archive(&self, path: &Path, name: &str) -> Result<(), ModelError> {
        self.adopt(name, |new| {
            archive::extract(path, new)?;
            TrainedModel::open(new)?.load_parameters()?;
            Ok(())
        })
    }

    /// Makes a new model of this name out of what `fill` puts in its folder.
    pub(in crate::library) fn adopt<E: From<ModelError> + From<WriteError>>(
        &self,
        name: &str,
        fill: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<(), E> {
        let place = self.place_for_new(name)?;
        write_folder_atomically(&place, |new| {
            fill(new)?;
            if let Some(mut manifest) = read_manifest(new)? {
                manifest.name = name.into();
                write_json(&new.join(MANIFEST_FILE), &manifest)?;
            }
            Ok(())
        })
    }

    /// Deletes a model and gives the bytes that became free.
    ///
    /// # Errors
    /// When there is no such model, or it cannot be deleted.
    pub fn delete(&self, name: &str) -> Result<u64, ModelError> {
        let folder = self.kept(name)?;
        let bytes = folder_bytes(&folder);
        std::fs::remove_dir_all(&folder).map_err(|error| WriteError::new(&folder, error))?;
        Ok(bytes)
    }
}

/// Refuses names that some system cannot keep as a folder.
fn check_name(name: &str) -> Result<(), ModelError> {
    let reserved = |character: char| {
        character.is_control()
            || matches!(
                character,
                '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|'
            )
    };
    let reason = if name.trim().is_empty() {
        NameProblem::Empty
    } else if name.chars().count() > LONGEST_NAME {
        NameProblem::TooLong
    } else if name.contains(reserved) {
        NameProblem::ReservedCharacter
    } else if name.starts_with('.') || name.ends_with('.') || name.trim() != name {
        NameProblem::OuterDotOrSpace
    } else if is_device_name(name) {
        NameProblem::DeviceName
    } else {
        return Ok(());
    };
    Err(ModelError::ImpossibleName {
        name: name.into(),
        reason,
    })
}

fn check_free(target: &Path) -> Result<(), ModelError> {
    if target.exists() {
        return Err(ModelError::FolderExists {
            folder: target.into(),
        });
    }
    Ok(())
}

/// Copies the files of a folder; a copy is whole or not there.
fn copy_folder(folder: &Path, target: &Path) -> Result<(), ModelError> {
    write_folder_atomically(target, |new| copy_files(folder, new))
}

/// Copies the files of a folder into another one.
fn copy_files(folder: &Path, new: &Path) -> Result<(), ModelError> {
    let unreadable = |source| ModelError::Unreadable {
        path: folder.into(),
        source,
    };
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if let (true, Some(name)) = (path.is_file(), path.file_name()) {
            copy_file(&path, &new.join(name))?;
        }
    }
    Ok(())
}
