//! Writing files so that a reader sees the old content or the new, and never half of it.

use crate::failure_details;
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use ts_rs::TS;

use tempfile::{NamedTempFile, TempDir};

/// Why a file or a folder could not be written.
#[derive(Debug, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum WriteError {
    /// The folder or the file is not ours to write.
    #[error("cannot write {}: no permission. Choose another folder, or allow writing there", path.display())]
    #[serde(rename = "noWritePermission")]
    NoPermission {
        /// What should have been written.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
    },
    /// There is no space left.
    #[error("cannot write {}: the disk is full. Free some space and try again", path.display())]
    DiskFull {
        /// What should have been written.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
    },
    /// Anything else the system says.
    #[error("cannot write {}: {source}. Choose another folder", path.display())]
    #[serde(rename = "writeFailed")]
    Failed {
        /// What should have been written.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What the system said.
        #[serde(serialize_with = "failure_details::message")]
        #[ts(type = "string")]
        source: io::Error,
    },
}

impl WriteError {
    /// The error for what the system said while writing `path`.
    pub fn new(path: &Path, source: io::Error) -> Self {
        let path = path.into();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::NoPermission { path }
            }
            _ if is_disk_full(&source) => Self::DiskFull { path },
            _ => Self::Failed { path, source },
        }
    }
}

/// Whether the system says that there is no space left, on the disk or for this user.
pub(crate) fn is_disk_full(source: &io::Error) -> bool {
    matches!(
        source.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

/// Writes `path` with `write`, under a temporary name in the same folder that takes its place
/// when everything is on the disk. The folder must exist.
///
/// # Errors
/// When the folder cannot be written or the disk is full; then `path` is as it was.
pub fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> Result<(), WriteError> {
    let fail = |source| WriteError::new(path, source);
    let folder = folder_of(path);
    let file = temporary_file(folder).map_err(fail)?;
    let mut writer = BufWriter::with_capacity(1 << 20, file.as_file());
    write(&mut writer).map_err(fail)?;
    writer.flush().map_err(fail)?;
    drop(writer);
    file.as_file().sync_all().map_err(fail)?;
    file.persist(path).map_err(|error| fail(error.error))?;
    sync_folder(folder).map_err(fail)
}

/// Fills a temporary folder beside `folder` with `fill` and gives it the name `folder`. A folder
/// that stands there is replaced, and put back when that fails.
///
/// # Errors
/// What `fill` says, and when the folders cannot be written; then `folder` is as it was.
pub fn write_folder_atomically<E: From<WriteError>>(
    folder: &Path,
    fill: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    let fail = |source| WriteError::new(folder, source);
    let parent = folder_of(folder);
    std::fs::create_dir_all(parent).map_err(fail)?;
    let holder = temporary_folder(parent).map_err(fail)?;
    let (new, old) = (holder.path().join("new"), holder.path().join("old"));
    std::fs::create_dir(&new).map_err(fail)?;
    fill(&new)?;
    sync_folder(&new).map_err(fail)?;
    let replaces = folder.exists();
    if replaces {
        std::fs::rename(folder, &old).map_err(fail)?;
    }
    if let Err(error) = std::fs::rename(&new, folder) {
        if replaces && std::fs::rename(&old, folder).is_err() {
            // The old content must outlive this failure, if only under its temporary name.
            let _kept = holder.keep();
        }
        return Err(fail(error).into());
    }
    sync_folder(parent).map_err(fail)?;
    Ok(())
}

/// The folder that holds a path; a name alone is in the current one.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Copies a file and makes sure that it is on the disk.
///
/// # Errors
/// When it cannot be read or written.
pub fn copy_file(path: &Path, copy: &Path) -> Result<(), WriteError> {
    let failed = |source| WriteError::new(copy, source);
    std::fs::copy(path, copy).map_err(failed)?;
    File::options()
        .write(true)
        .open(copy)
        .and_then(|file| file.sync_all())
        .map_err(failed)
}

/// Bytes of all files in a folder and the folders in it; 0 where there is none. Links are not
/// followed.
pub(crate) fn folder_bytes(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(data) if data.is_dir() => folder_bytes(&entry.path()),
        Ok(data) => data.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}

/// Size and time of a file at one moment: tells whether it changed without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileStamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl FileStamp {
    /// Of a file as it is now; nothing where there is none.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let data = std::fs::metadata(path).ok()?;
        Some(Self {
            bytes: data.len(),
            modified: data.modified().ok(),
        })
    }
}

/// Names that Windows keeps for devices, whatever follows after a dot.
pub(crate) fn is_device_name(folder: &str) -> bool {
    let stem = folder.split('.').next().unwrap_or(folder);
    let stem = stem.to_ascii_uppercase();
    let numbered = |prefix: &str| {
        let number = stem.strip_prefix(prefix);
        number.is_some_and(|digit| digit.len() == 1 && digit.chars().all(|c| c.is_ascii_digit()))
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

/// Temporary files and folders start with this, so that listings pass over what a crash left behind.
pub const TEMPORARY_PREFIX: &str = ".etiqueta-";

fn temporary_folder(parent: &Path) -> io::Result<TempDir> {
    tempfile::Builder::new()
        .prefix(TEMPORARY_PREFIX)
        .tempdir_in(parent)
}

/// A file under a temporary name, to be renamed when all is on the disk.
pub(crate) fn temporary_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY_PREFIX);
    // The default of temporary files is private to the user; what is kept follows the umask.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Makes a rename in `folder` outlive a power cut.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows opens no folders as files and journals renames itself.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Deletes a file, if it is there.
///
/// # Errors
/// When it is and cannot be deleted.
pub fn remove_if_there(path: &Path) -> Result<(), WriteError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(WriteError::new(path, error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disk_full_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept.txt");
        std::fs::write(&path, "old").unwrap();
        let error = write_atomically(&path, |writer| {
            writer.write_all(b"new")?;
            Err(io::ErrorKind::StorageFull.into())
        })
        .unwrap_err();
        assert!(matches!(error, WriteError::DiskFull { .. }), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn disk_full_is_known_by_what_a_full_device_says() {
        let path = Path::new("/dev/full");
        let mut file = File::options().write(true).open(path).unwrap();
        let error = WriteError::new(path, file.write_all(b"x").unwrap_err());
        assert!(matches!(error, WriteError::DiskFull { .. }), "{error}");
        assert!(error.to_string().contains("Free some space"));
    }

    #[test]
    fn a_path_below_a_file_cannot_be_written_and_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let path = file.join("below.txt");
        let error = write_atomically(&path, |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("below.txt"), "{error}");
        assert!(matches!(error, WriteError::Failed { .. }), "{error}");
    }

    #[test]
    #[cfg(unix)]
    fn no_write_permission_is_said_with_the_path() {
        use std::os::unix::fs::PermissionsExt;
        let error = WriteError::new(
            Path::new("models/a"),
            io::ErrorKind::PermissionDenied.into(),
        );
        assert!(
            error.to_string().contains("models/a: no permission"),
            "{error}"
        );
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o555)).unwrap();
        // The superuser writes everywhere, so there the system never says so.
        if File::create(folder.path().join("probe")).is_err() {
            let error = write_atomically(&folder.path().join("a"), |_| Ok(())).unwrap_err();
            assert!(matches!(error, WriteError::NoPermission { .. }), "{error}");
        }
    }

    #[test]
    fn a_name_alone_is_in_the_current_folder() {
        assert_eq!(folder_of(Path::new("model")), Path::new("."));
        assert_eq!(folder_of(Path::new("a/model")), Path::new("a"));
    }

    #[test]
    fn a_folder_that_fails_half_way_leaves_the_old_one_alone() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("model");
        let fill = |text: &'static str, fails: bool| {
            move |new: &Path| {
                std::fs::write(new.join("a"), text).unwrap();
                let error = WriteError::new(new, io::ErrorKind::StorageFull.into());
                if fails { Err(error) } else { Ok(()) }
            }
        };
        write_folder_atomically(&folder, fill("one", false)).unwrap();
        write_folder_atomically(&folder, fill("two", true)).unwrap_err();
        assert_eq!(std::fs::read_to_string(folder.join("a")).unwrap(), "one");
        write_folder_atomically(&folder, fill("three", false)).unwrap();
        assert_eq!(std::fs::read_to_string(folder.join("a")).unwrap(), "three");
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    }
}
