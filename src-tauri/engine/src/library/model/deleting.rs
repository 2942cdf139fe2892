//! Deleting models so that they can be had back for a while, and clearing away what was deleted
//! and what a power cut left behind.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{ModelError, ModelLibrary};
use crate::files::{TEMPORARY_PREFIX, WriteError, folder_bytes};

/// A deleted model's folder is called this and its name.
const DELETED_PREFIX: &str = ".etiqueta-deleted-";
/// How long a deleted model can surely be had back.
const KEPT_DELETED: Duration = Duration::from_secs(10 * 60);
/// What is older than this is not being written any more.
const LONGEST_WRITING: Duration = Duration::from_secs(60 * 60);

impl ModelLibrary {
    /// Deletes a model so that [`ModelLibrary::restore`] can bring it back until
    /// [`ModelLibrary::purge`] clears it away, and gives its bytes. One that was deleted before
    /// under the same name is gone for good.
    ///
    /// # Errors
    /// When there is no such model, or it cannot be moved.
    pub fn set_aside(&self, name: &str) -> Result<u64, ModelError> {
        let folder = self.kept(name)?;
        let aside = self.aside(name);
        let failed = |source| WriteError::new(&folder, source);
        if aside.exists() {
            std::fs::remove_dir_all(&aside).map_err(failed)?;
        }
        let bytes = folder_bytes(&folder);
        std::fs::rename(&folder, &aside).map_err(failed)?;
        touch(&aside);
        Ok(bytes)
    }

    /// Brings the model back that was deleted last under this name.
    ///
    /// # Errors
    /// When there is none any more, or its name is taken by now.
    pub fn restore(&self, name: &str) -> Result<(), ModelError> {
        let place = self.place(name)?;
        let aside = self.aside(name);
        if !aside.is_dir() {
            return Err(ModelError::NothingDeleted { name: name.into() });
        }
        if place.exists() {
            return Err(ModelError::NameTaken { name: name.into() });
        }
        std::fs::rename(&aside, &place).map_err(|source| WriteError::new(&place, source))?;
        Ok(())
    }

    /// Clears away the models that were deleted ten minutes ago or earlier, and what was left half
    /// written an hour ago or earlier: several programs may be at work in this folder, and what is
    /// younger may be theirs. What cannot be cleared away costs space alone, so that nobody is
    /// told.
    pub fn purge(&self) {
        let Ok(entries) = std::fs::read_dir(self.folder()) else {
            return;
        };
        let mut leftovers = entries.flatten().filter(|entry| {
            let name = entry.file_name();
            name.to_string_lossy().starts_with(TEMPORARY_PREFIX)
        });
        let Some(first) = leftovers.next() else {
            return;
        };
        let Some(now) = moment_of(self.folder()) else {
            return;
        };
        for entry in std::iter::once(first).chain(leftovers) {
            let name = entry.file_name();
            let is_deleted = name.to_string_lossy().starts_with(DELETED_PREFIX);
            let kept = if is_deleted {
                KEPT_DELETED
            } else {
                LONGEST_WRITING
            };
            let written = entry.metadata().and_then(|data| data.modified()).ok();
            let age = written.and_then(|written| now.duration_since(written).ok());
            if age.is_some_and(|age| age >= kept) {
                let path = entry.path();
                let _ = if path.is_dir() {
                    std::fs::remove_dir_all(&path)
                } else {
                    std::fs::remove_file(&path)
                };
            }
        }
    }

    fn aside(&self, name: &str) -> PathBuf {
        self.folder().join(format!("{DELETED_PREFIX}{name}"))
    }
}

/// This moment by the clock that dates the files of a folder, which may be another machine's.
fn moment_of(folder: &Path) -> Option<SystemTime> {
    let probe = tempfile::Builder::new()
        .prefix(TEMPORARY_PREFIX)
        .tempfile_in(folder);
    probe.ok()?.as_file().metadata().ok()?.modified().ok()
}

/// Dates a folder to this moment. Where that fails it is cleared away earlier.
fn touch(folder: &Path) {
    let _ = tempfile::Builder::new()
        .prefix(TEMPORARY_PREFIX)
        .tempfile_in(folder);
}

#[cfg(test)]
mod tests {
    use std::fs::{File, FileTimes};

    use super::*;
    use crate::library::tiny;

    fn library(home: &Path) -> ModelLibrary {
        ModelLibrary::new(home.join("models"))
    }

    fn make_old(path: &Path) {
        let times = FileTimes::new().set_modified(SystemTime::UNIX_EPOCH);
        File::open(path).unwrap().set_times(times).unwrap();
    }

    #[test]
    fn a_deleted_model_can_be_had_back() {
        let home = tempfile::tempdir().unwrap();
        let library = library(home.path());
        tiny::save(&library, "one");
        assert!(library.set_aside("one").unwrap() > 1_000);
        assert!(library.list().unwrap().is_empty());
        library.open("one").unwrap_err();
        library.restore("one").unwrap();
        assert_eq!(
            library.open("one").unwrap().manifest,
            Some(tiny::manifest("one"))
        );
        let error = library.restore("one").unwrap_err();
        assert!(
            matches!(error, ModelError::NothingDeleted { .. }),
            "{error}"
        );
    }

    #[test]
    fn a_deleted_model_does_not_replace_the_one_that_took_its_name() {
        let home = tempfile::tempdir().unwrap();
        let library = library(home.path());
        tiny::save(&library, "one");
        library.set_aside("one").unwrap();
        tiny::save(&library, "one");
        let error = library.restore("one").unwrap_err();
        assert!(matches!(error, ModelError::NameTaken { .. }), "{error}");
        library.set_aside("one").unwrap();
        library.restore("one").unwrap();
    }

    #[test]
    #[cfg(unix)]
    fn what_was_deleted_or_left_half_written_long_ago_is_cleared_away() {
        let home = tempfile::tempdir().unwrap();
        let library = library(home.path());
        for name in ["old", "new", "kept"] {
            tiny::save(&library, name);
        }
        library.set_aside("old").unwrap();
        library.set_aside("new").unwrap();
        let folder = library.folder().to_path_buf();
        for name in [".etiqueta-aaaaaa", ".etiqueta-bbbbbb"] {
            std::fs::create_dir_all(folder.join(name).join("new")).unwrap();
        }
        make_old(&folder.join(".etiqueta-deleted-old"));
        make_old(&folder.join(".etiqueta-aaaaaa"));
        library.purge();
        let entries = std::fs::read_dir(&folder).unwrap().flatten();
        let mut names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
        names.sort();
        assert_eq!(names, [".etiqueta-bbbbbb", ".etiqueta-deleted-new", "kept"]);
        library.restore("new").unwrap();
    }
}
