//! A model's folder as one zip file, both ways.

use crate::failure_details;
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use ts_rs::TS;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::{CONFIG_FILE, MANIFEST_FILE, ModelError, RECORD_FILE, WEIGHTS_FILE};
use crate::files::write_atomically;

/// The files of a model that are taken out of an archive; whatever else is in it stays there.
const FILES: [&str; 13] = [
    CONFIG_FILE,
    WEIGHTS_FILE,
    MANIFEST_FILE,
    RECORD_FILE,
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "README.md",
    "LICENSE",
    "LICENSE.txt",
    "LICENSE.md",
];
/// What macOS adds to the archives that it makes.
const APPLE_FOLDER: &str = "__MACOSX";
/// Weights of more bytes than this are of no BERT.
const LARGEST_WEIGHTS: u64 = 16 << 30;
/// Any other file of a model is smaller than this.
const LARGEST_OTHER: u64 = 512 << 20;
/// An archive of more files than this is no model's.
const MOST_ENTRIES: usize = 10_000;

/// Why a zip file cannot be imported.
#[derive(Debug, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum ArchiveError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    #[serde(rename = "unreadableArchive")]
    Unreadable {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What the system said.
        #[serde(serialize_with = "failure_details::message")]
        #[ts(type = "string")]
        source: io::Error,
    },
    /// The file is no zip file, or damaged.
    #[error("{} is no zip file that can be read: {message}. Get the file again", path.display())]
    #[serde(rename = "damagedArchive")]
    Damaged {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// No model is in it.
    #[error("{} holds no model: no config.json is in it, alone or in one folder. Choose a zip of a folder that save_pretrained or Etiqueta wrote", path.display())]
    #[serde(rename = "noModelInArchive")]
    NoModel {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
    },
    /// It is not made as archives of models are.
    #[error("{} is not opened: {reason} ({entry}). Unpack it with another program, look at what is in it, and import the folder", path.display())]
    #[serde(rename = "suspiciousArchive")]
    Suspicious {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What is in it.
        entry: String,
        /// What is wrong with that.
        reason: &'static str,
    },
}

/// Writes the files of `folder` as a zip file with one folder `top` in it. The weights are stored
/// as they are: they hardly get smaller, and unpacking them takes long.
pub(super) fn write(folder: &Path, top: &str, target: &Path) -> Result<(), ModelError> {
    let unreadable = |path: &Path| {
        let path = path.to_path_buf();
        move |source| ModelError::Unreadable { path, source }
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        if let (true, Some(name)) = (
            path.is_file(),
            path.file_name().and_then(|name| name.to_str()),
        ) {
            let file = File::open(&path).map_err(unreadable(&path))?;
            files.push((format!("{top}/{name}"), name == WEIGHTS_FILE, file));
        }
    }
    files.sort_by(|first, second| first.0.cmp(&second.0));
    write_atomically(target, |target| {
        let mut archive = ZipWriter::new(target);
        for (name, is_weights, file) in &mut files {
            let method = if *is_weights {
                CompressionMethod::Stored
            } else {
                CompressionMethod::Deflated
            };
            let options = SimpleFileOptions::default()
                .compression_method(method)
                .last_modified_time(DateTime::default())
                .large_file(file.metadata()?.len() >= u64::from(u32::MAX));
            archive.start_file(name.as_str(), options)?;
            io::copy(file, &mut archive)?;
        }
        archive.finish()?;
        Ok(())
    })?;
    Ok(())
}

/// Takes the files of the one model in a zip file into `folder`, which is empty. Only files that a
/// model has are taken, by their plain names and at most as long as the archive says.
pub(super) fn extract(path: &Path, folder: &Path) -> Result<(), ModelError> {
    let unreadable = |source| ArchiveError::Unreadable {
        path: path.into(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(damaged(path))?;
    for (place, name, size) in model_files(path, &mut archive)? {
        let entry = archive.by_index(place).map_err(damaged(path))?;
        let mut source = Noting {
            inner: entry.take(size.saturating_add(1)),
            failed: None,
        };
        let mut copied = 0;
        let written = write_atomically(&folder.join(name), |target| {
            copied = io::copy(&mut source, target)?;
            Ok(())
        });
        if let Some(message) = source.failed {
            let path = path.into();
            return Err(ArchiveError::Damaged { path, message }.into());
        }
        written?;
        if copied != size {
            return Err(ArchiveError::Suspicious {
                path: path.into(),
                entry: name.into(),
                reason: "a file in it has another length than it states",
            }
            .into());
        }
    }
    Ok(())
}

fn damaged(path: &Path) -> impl Fn(zip::result::ZipError) -> ArchiveError {
    let path = path.to_path_buf();
    move |error| ArchiveError::Damaged {
        path: path.clone(),
        message: error.to_string(),
    }
}

/// A file in an archive: its place, the names of its path, and its size as stated.
struct Entry {
    place: usize,
    parts: Vec<String>,
    size: u64,
}

/// The places, names and sizes of the files of the model in an archive, which stand in its root or
/// in its one folder that has a configuration.
fn model_files(
    path: &Path,
    archive: &mut ZipArchive<impl Read + Seek>,
) -> Result<Vec<(usize, &'static str, u64)>, ArchiveError> {
    let suspicious = |entry: &str, reason| ArchiveError::Suspicious {
        path: path.into(),
        entry: entry.into(),
        reason,
    };
    if archive.len() > MOST_ENTRIES {
        let found = format!("{} files", archive.len());
        return Err(suspicious(&found, "there are too many files in it"));
    }
    let mut entries = Vec::new();
    for place in 0..archive.len() {
        let entry = archive.by_index_raw(place).map_err(damaged(path))?;
        let name = entry.name().map_err(damaged(path))?.into_owned();
        let is_link = entry.is_symlink();
        if !is_plain(&name) {
            return Err(suspicious(&name, "a name in it leads out of the archive"));
        }
        if entry.is_dir() {
            continue;
        }
        let parts: Vec<String> = name.split('/').map(str::to_owned).collect();
        if parts[0] == APPLE_FOLDER {
            continue;
        }
        if is_link {
            return Err(suspicious(&name, "a file in it is a link to another one"));
        }
        if entry.encrypted() {
            return Err(suspicious(&name, "it is encrypted"));
        }
        entries.push(Entry {
            place,
            parts,
            size: entry.size(),
        });
    }
    let top = top_folder(&entries).ok_or_else(|| ArchiveError::NoModel { path: path.into() })?;
    let mut files: Vec<(usize, &'static str, u64)> = Vec::new();
    for entry in &entries {
        let Some((last, folders)) = entry.parts.split_last() else {
            continue;
        };
        let known = FILES.into_iter().find(|name| name == last);
        let (Some(name), true) = (known, folders == top) else {
            continue;
        };
        let largest = match name {
            WEIGHTS_FILE => LARGEST_WEIGHTS,
            _ => LARGEST_OTHER,
        };
        if entry.size > largest {
            return Err(suspicious(name, "a file in it is larger than any model's"));
        }
        if files.iter().any(|(_, other, _)| *other == name) {
            return Err(suspicious(name, "a file stands in it twice"));
        }
        files.push((entry.place, name, entry.size));
    }
    Ok(files)
}

/// Whether a path stays below the place where it begins, on every system.
fn is_plain(path: &str) -> bool {
    let below = path.strip_suffix('/').unwrap_or(path);
    let mut parts = below.split('/');
    !path.contains(['\\', ':', '\0']) && parts.all(|part| !matches!(part, "" | "." | ".."))
}

/// The folders that lead to the one configuration in an archive: none, or one.
fn top_folder(entries: &[Entry]) -> Option<&[String]> {
    let is_configuration = |parts: &[String]| parts.last().is_some_and(|name| name == CONFIG_FILE);
    if entries.iter().any(|entry| entry.parts == [CONFIG_FILE]) {
        return Some(&[]);
    }
    let mut found = entries
        .iter()
        .filter(|entry| entry.parts.len() == 2 && is_configuration(&entry.parts));
    match (found.next(), found.next()) {
        (Some(one), None) => Some(&one.parts[..1]),
        _ => None,
    }
}

/// Notes what reading fails with, which is not to be mistaken for a failure to write.
struct Noting<R> {
    inner: R,
    failed: Option<String>,
}

impl<R: Read> Read for Noting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer);
        if let Err(error) = &read
            && error.kind() != io::ErrorKind::Interrupted
        {
            self.failed = Some(error.to_string());
        }
        read
    }
}

#[cfg(test)]
mod tests;
