//! Small JSON files in the data folder.

use std::fs;
use std::path::{Path, PathBuf};

use engine::files::{WriteError, write_atomically};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What is kept in a file; nothing when there is no such file. A file that cannot be understood
/// is put aside under another name, so that it neither stands in the way nor gets lost.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let text = fs::read(path).ok()?;
    match serde_json::from_slice(&text) {
        Ok(kept) => Some(kept),
        Err(_) => {
            // Where this fails too, the next writing replaces the file.
            let _put_aside = fs::rename(path, damaged_name(path));
            None
        }
    }
}

/// Keeps something in a file, whose folder is made where it is missing.
pub(crate) fn write<T: Serialize>(path: &Path, kept: &T) -> Result<(), WriteError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| WriteError::new(folder, error))?;
    }
    write_atomically(path, |writer| {
        serde_json::to_writer_pretty(writer, kept).map_err(Into::into)
    })
}

fn damaged_name(path: &Path) -> PathBuf {
    path.with_extension("damaged.json")
}

#[cfg(test)]
mod tests {
    use engine::files::remove_if_there;

    use super::*;

    #[test]
    fn a_damaged_file_is_put_aside_and_counts_as_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        fs::write(&path, "{").unwrap();
        assert_eq!(read::<Vec<u8>>(&path), None);
        assert!(!path.exists());
        let kept = fs::read_to_string(folder.path().join("settings.damaged.json")).unwrap();
        assert_eq!(kept, "{");
    }

    #[test]
    fn what_is_written_is_read_back_and_can_be_removed_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/numbers.json");
        write(&path, &vec![1, 2]).unwrap();
        assert_eq!(read::<Vec<u8>>(&path), Some(vec![1, 2]));
        remove_if_there(&path).unwrap();
        remove_if_there(&path).unwrap();
        assert_eq!(read::<Vec<u8>>(&path), None);
    }
}
