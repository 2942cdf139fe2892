//! Checkpoints: everything a run needs to go on bit for bit, in one file that is either whole or
//! not there.
//!
//! Layout: 8 bytes of magic, the format version (u32), the header's length (u64), the header as
//! JSON, the sections as little-endian `f32`, and the SHA-256 of all before it.

use crate::failure_details;
use crate::files;
use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use ts_rs::TS;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

const MAGIC: &[u8; 8] = b"ETIQUETA";
const FORMAT_VERSION: u32 = 1;
/// A header larger than this is not one.
const LARGEST_HEADER: u64 = 1 << 28;
const BLOCK: usize = 1 << 20;

/// Why a checkpoint could not be written or read.
#[derive(Debug, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum CheckpointError {
    /// The disk is full.
    #[error("the disk of {} is full, so the checkpoint was not written. The one before is kept. Free some space ({needed} bytes) and resume the run", path.display())]
    #[serde(rename = "checkpointDiskFull")]
    DiskFull {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// Bytes that it needs.
        needed: u64,
    },
    /// The file or its folder cannot be written.
    #[error("cannot write {}: {source}. Check that you may write in this folder", path.display())]
    #[serde(rename = "unwritableCheckpoint")]
    Unwritable {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What the system said.
        #[serde(serialize_with = "failure_details::message")]
        #[ts(type = "string")]
        source: std::io::Error,
    },
    /// The file cannot be read.
    #[error("cannot read the checkpoint {}: {source}. If the run never wrote one, start it again", path.display())]
    #[serde(rename = "unreadableCheckpoint")]
    Unreadable {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What the system said.
        #[serde(serialize_with = "failure_details::message")]
        #[ts(type = "string")]
        source: std::io::Error,
    },
    /// The file is damaged.
    #[error("the checkpoint {} is damaged ({found}). Discard the run and start it again", path.display())]
    #[serde(rename = "damagedCheckpoint")]
    Corrupted {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What is wrong.
        found: String,
    },
    /// The file was written by a newer Etiqueta.
    #[error("the checkpoint {} has format {found}, and this program reads up to {FORMAT_VERSION}. Update Etiqueta", path.display())]
    #[serde(rename = "newerCheckpoint")]
    Newer {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// Its format version.
        found: u32,
    },
}

#[derive(Serialize, Deserialize)]
struct Envelope<Header> {
    section_lengths: Vec<usize>,
    header: Header,
}

/// A checkpoint whose bytes were handed to the system, and that becomes the file of its name once
/// they are safely on disk. That takes place beside the training.
#[derive(Debug)]
pub struct PendingCheckpoint {
    path: PathBuf,
    thread: Option<JoinHandle<Result<(), CheckpointError>>>,
}

impl PendingCheckpoint {
    /// Waits until the file is in its place.
    ///
    /// # Errors
    /// When the bytes could not be kept; the file before is still there.
    pub fn finish(mut self) -> Result<(), CheckpointError> {
        self.join()
    }

    /// Whether the file is in its place, or cannot be.
    pub fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    fn join(&mut self) -> Result<(), CheckpointError> {
        match self.thread.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(CheckpointError::Unwritable {
                path: self.path.clone(),
                source: std::io::Error::other("the thread that wrote it broke off"),
            }),
        }
    }
}

impl Drop for PendingCheckpoint {
    fn drop(&mut self) {
        // The process must not end between the sync and the renaming; an error has no one left
        // to hear it, and the file before is still there.
        let _ = self.join();
    }
}

/// Hands `header` and `sections` to the system as a file beside `path`; syncing and renaming it
/// to `path` go on in a thread of their own, and where all sections are owned the writing does too.
///
/// # Errors
/// When the disk is full or the folder cannot be written.
pub fn write<Header: Serialize>(
    path: &Path,
    header: &Header,
    sections: Vec<Cow<'_, [f32]>>,
) -> Result<PendingCheckpoint, CheckpointError> {
    let section_lengths = sections.iter().map(|section| section.len()).collect();
    let envelope = Envelope {
        section_lengths,
        header,
    };
    let json = serde_json::to_vec(&envelope).map_err(|error| CheckpointError::Unwritable {
        path: path.into(),
        source: error.into(),
    })?;
    let values: usize = sections.iter().map(|section| section.len()).sum();
    let needed = (8 + 4 + 8 + json.len() + 4 * values + 32) as u64;
    let failed = |source: std::io::Error| write_error(path, needed, source);
    let mut file = files::temporary_file(files::folder_of(path)).map_err(failed)?;
    let are_owned = sections
        .iter()
        .all(|section| matches!(section, Cow::Owned(_)));
    let left: Option<Vec<Vec<f32>>> = if are_owned {
        Some(sections.into_iter().map(Cow::into_owned).collect())
    } else {
        write_all(&mut file, &json, &sections).map_err(failed)?;
        None
    };
    let target = path.to_path_buf();
    let thread = std::thread::spawn(move || {
        let failed = |source: std::io::Error| write_error(&target, needed, source);
        if let Some(sections) = left {
            write_all(&mut file, &json, &sections).map_err(failed)?;
        }
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&target)
            .map_err(|error| write_error(&target, needed, error.error))?;
        // A failure costs only the newest checkpoint after a power cut.
        let _ = files::sync_folder(files::folder_of(&target));
        Ok(())
    });
    Ok(PendingCheckpoint {
        path: path.into(),
        thread: Some(thread),
    })
}

fn write_all(
    file: &mut NamedTempFile,
    json: &[u8],
    sections: &[impl AsRef<[f32]>],
) -> Result<(), std::io::Error> {
    let mut writer = HashingWriter {
        hash: Sha256::new(),
        inner: BufWriter::with_capacity(BLOCK, file.as_file_mut()),
    };
    writer.write(MAGIC)?;
    writer.write(&FORMAT_VERSION.to_le_bytes())?;
    writer.write(&(json.len() as u64).to_le_bytes())?;
    writer.write(json)?;
    for section in sections {
        for block in section.as_ref().chunks(BLOCK / 4) {
            // Every processor that Etiqueta is built for is little-endian (checked in CI by the
            // fixture of this format).
            writer.write(bytemuck::cast_slice(block))?;
        }
    }
    let digest = writer.hash.finalize();
    writer.inner.write_all(&digest)?;
    writer.inner.flush()
}

struct HashingWriter<Inner> {
    hash: Sha256,
    inner: Inner,
}

impl<Inner: Write> HashingWriter<Inner> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), std::io::Error> {
        self.hash.update(bytes);
        self.inner.write_all(bytes)
    }
}

fn write_error(path: &Path, needed: u64, source: std::io::Error) -> CheckpointError {
    if files::is_disk_full(&source) {
        return CheckpointError::DiskFull {
            path: path.into(),
            needed,
        };
    }
    CheckpointError::Unwritable {
        path: path.into(),
        source,
    }
}

/// Reads a file that [`write()`] wrote: its header and its sections.
///
/// # Errors
/// When the file is missing, damaged, or of a newer format.
pub fn read<Header: DeserializeOwned>(
    path: &Path,
) -> Result<(Header, Vec<Vec<f32>>), CheckpointError> {
    let corrupted = |found: &str| corrupted(path, found);
    let broken = |_: std::io::Error| corrupted("it breaks off");
    let Opened {
        envelope,
        mut reader,
        size,
    } = open::<Header>(path)?;
    let values: u64 = envelope
        .section_lengths
        .iter()
        .fold(0, |sum, &length| sum.saturating_add(length as u64));
    if values.saturating_mul(4) > size {
        return Err(corrupted("it breaks off"));
    }
    let mut sections = Vec::with_capacity(envelope.section_lengths.len());
    for &length in &envelope.section_lengths {
        let mut section = vec![0.0_f32; length];
        for block in section.chunks_mut(BLOCK / 4) {
            reader
                .read(bytemuck::cast_slice_mut(block))
                .map_err(broken)?;
        }
        sections.push(section);
    }
    let mut digest = [0; 32];
    reader.inner.read_exact(&mut digest).map_err(broken)?;
    if reader.hash.finalize()[..] != digest {
        return Err(corrupted("its checksum is wrong"));
    }
    Ok((envelope.header, sections))
}

/// Reads the header alone of a file that [`write()`] wrote. The checksum at its end is not looked
/// at.
///
/// # Errors
/// When the file is missing, its header damaged, or of a newer format.
pub fn read_header<Header: DeserializeOwned>(path: &Path) -> Result<Header, CheckpointError> {
    Ok(open::<Header>(path)?.envelope.header)
}

fn corrupted(path: &Path, found: &str) -> CheckpointError {
    CheckpointError::Corrupted {
        path: path.into(),
        found: found.into(),
    }
}

/// A checkpoint that was read as far as its header.
struct Opened<Header> {
    envelope: Envelope<Header>,
    /// The rest.
    reader: HashingReader<BufReader<File>>,
    /// Bytes of the whole.
    size: u64,
}

fn open<Header: DeserializeOwned>(path: &Path) -> Result<Opened<Header>, CheckpointError> {
    let unreadable = |source| CheckpointError::Unreadable {
        path: path.into(),
        source,
    };
    let corrupted = |found: &str| corrupted(path, found);
    let file = File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let mut reader = HashingReader {
        hash: Sha256::new(),
        inner: BufReader::with_capacity(BLOCK, file),
    };
    let broken = |_: std::io::Error| corrupted("it breaks off");
    let mut magic = [0; 8];
    reader.read(&mut magic).map_err(broken)?;
    if &magic != MAGIC {
        return Err(corrupted("it does not begin like a checkpoint"));
    }
    let mut version = [0; 4];
    reader.read(&mut version).map_err(broken)?;
    let version = u32::from_le_bytes(version);
    if version > FORMAT_VERSION {
        return Err(CheckpointError::Newer {
            path: path.into(),
            found: version,
        });
    }
    let mut length = [0; 8];
    reader.read(&mut length).map_err(broken)?;
    let length = u64::from_le_bytes(length);
    if length > LARGEST_HEADER.min(size) {
        return Err(corrupted("its header has an impossible length"));
    }
    let mut json = vec![0; length as usize];
    reader.read(&mut json).map_err(broken)?;
    let envelope: Envelope<Header> = serde_json::from_slice(&json)
        .map_err(|error| corrupted(&format!("its header is not readable: {error}")))?;
    Ok(Opened {
        envelope,
        reader,
        size,
    })
}

/// Deletes what a killed session left half written in the folder of its run. One that cannot be
/// deleted costs space alone.
pub(super) fn delete_unfinished(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry
            .file_name()
            .to_string_lossy()
            .starts_with(files::TEMPORARY_PREFIX)
        {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

struct HashingReader<Inner> {
    hash: Sha256,
    inner: Inner,
}

impl<Inner: Read> HashingReader<Inner> {
    fn read(&mut self, bytes: &mut [u8]) -> Result<(), std::io::Error> {
        self.inner.read_exact(bytes)?;
        self.hash.update(&*bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTIONS: [&[f32]; 3] = [&[1.0, -0.0, f32::MIN_POSITIVE], &[], &[7.5]];

    fn written() -> (tempfile::TempDir, PathBuf) {
        write_with(|section| section.into())
    }

    fn write_with(kept: fn(&'static [f32]) -> Cow<'static, [f32]>) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        write(&path, &("header", 0.1_f64), SECTIONS.map(kept).into())
            .unwrap()
            .finish()
            .unwrap();
        (folder, path)
    }

    #[test]
    fn what_is_written_beside_the_training_is_the_same_file() {
        let (_folder, path) = written();
        let (_other_folder, beside) = write_with(|section| section.to_vec().into());
        assert!(std::fs::read(path).unwrap() == std::fs::read(beside).unwrap());
    }

    #[test]
    fn a_checkpoint_comes_back_bit_for_bit() {
        let (_folder, path) = written();
        let (header, sections): ((String, f64), _) = read(&path).unwrap();
        assert_eq!(header, ("header".into(), 0.1));
        let bits: Vec<Vec<u32>> = sections
            .iter()
            .map(|section| section.iter().map(|value| value.to_bits()).collect())
            .collect();
        assert_eq!(bits[0][1], (-0.0_f32).to_bits());
        assert_eq!((bits[0].len(), bits[1].len(), bits[2].len()), (3, 0, 1));
    }

    #[test]
    fn a_corrupted_checkpoint_is_recognised_wherever_it_was_damaged() {
        let (_folder, path) = written();
        let good = std::fs::read(&path).unwrap();
        for position in 0..good.len() {
            let mut bad = good.clone();
            bad[position] ^= 0x40;
            std::fs::write(&path, &bad).unwrap();
            let result: Result<((String, f64), _), _> = read(&path);
            assert!(
                matches!(
                    result,
                    Err(CheckpointError::Corrupted { .. } | CheckpointError::Newer { .. })
                ),
                "a flipped bit in byte {position} went unnoticed"
            );
        }
    }

    #[test]
    fn a_checkpoint_that_breaks_off_is_recognised() {
        let (_folder, path) = written();
        let good = std::fs::read(&path).unwrap();
        for length in 0..good.len() {
            std::fs::write(&path, &good[..length]).unwrap();
            let result: Result<((String, f64), _), _> = read(&path);
            assert!(
                matches!(result, Err(CheckpointError::Corrupted { .. })),
                "{length} bytes were taken for a checkpoint"
            );
        }
    }

    #[test]
    fn a_newer_checkpoint_asks_for_an_update() {
        let (_folder, path) = written();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[8] = 2;
        std::fs::write(&path, &bytes).unwrap();
        let error = read::<(String, f64)>(&path).unwrap_err();
        assert!(error.to_string().contains("Update Etiqueta"), "{error}");
    }

    #[test]
    fn a_full_disk_is_named_with_the_bytes_that_are_missing() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let error = write_error(Path::new("run/checkpoint"), 272, full);
        assert!(matches!(
            error,
            CheckpointError::DiskFull { needed: 272, .. }
        ));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = write(&file.join("checkpoint"), &(), Vec::new()).unwrap_err();
        assert!(
            matches!(error, CheckpointError::Unwritable { .. }),
            "{error}"
        );
    }
}
