//! The rows of a table that are classified so far, beside the file that they will become.
//!
//! Two files: the rows as they will be in the end, and a journal of one JSON object a line: what
//! is classified with what, and then each chunk of rows with its exact scores and the checksum of
//! the rows up to its end. Rows are on the disk before the journal names them, so a session that
//! dies at any moment loses at most the chunk it was at.

use std::fs::{File, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Answers, OutputError, TableError};
use crate::checksum::hexadecimal;
use crate::dataset::{ColumnRoles, TextEncoding};
use crate::files::{WriteError, folder_of, remove_if_there, sync_folder};

/// Format of the journal.
pub(super) const FORMAT_VERSION: u32 = 1;

/// What has to be the same for a session to go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BatchIdentity {
    pub(super) format_version: u32,
    /// SHA-256 of the model's weights in memory.
    pub(super) weights: String,
    pub(super) labels: Vec<String>,
    pub(super) thresholds: Vec<f64>,
    pub(super) max_length: usize,
    /// SHA-256 of the table's file.
    pub(super) table: String,
    pub(super) encoding: Option<TextEncoding>,
    pub(super) separator: Option<char>,
    pub(super) sheet: Option<String>,
    pub(super) rows: usize,
    pub(super) roles: ColumnRoles,
}

/// What the journal keeps of a chunk of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeptChunk {
    /// Bytes of the rows' file at the chunk's end.
    bytes: u64,
    /// SHA-256 of these bytes.
    sha256: String,
    /// The probabilities, shape (rows of the chunk, labels).
    pub(super) scores: Vec<f64>,
    /// Word pieces of each row, and how many of them were not read.
    pub(super) lengths: Vec<(usize, usize)>,
}

impl KeptChunk {
    pub(super) fn new(answers: &Answers) -> Self {
        Self {
            bytes: 0,
            sha256: String::new(),
            scores: answers.scores.values().to_vec(),
            lengths: answers.lengths.clone(),
        }
    }
}

/// The rows so far, open for more of them. The journal is locked as long as it lives.
pub(super) struct PartialFile {
    path: PathBuf,
    rows: File,
    journal: File,
    journal_path: PathBuf,
    /// Of the rows so far.
    hash: Sha256,
    bytes: u64,
}

impl PartialFile {
    /// Where the rows so far are: "answers.partial.csv" for "answers.csv".
    pub(super) fn path(output: &Path) -> PathBuf {
        match output.extension() {
            Some(extension) => output
                .with_extension("partial")
                .with_added_extension(extension),
            None => output.with_added_extension("partial"),
        }
    }

    /// Where the journal is.
    pub(super) fn journal_path(output: &Path) -> PathBuf {
        Self::path(output).with_added_extension("journal")
    }

    /// Opens the rows that an earlier session of the same work left beside `output`, with what it
    /// kept of them; where there are none, begins with `head`.
    pub(super) fn open(
        output: &Path,
        identity: &BatchIdentity,
        head: &[u8],
    ) -> Result<(Self, Vec<KeptChunk>), TableError> {
        let (path, journal_path) = (Self::path(output), Self::journal_path(output));
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let journal_failed = |source| WriteError::new(&journal_path, source);
        let journal = options.open(&journal_path).map_err(journal_failed)?;
        match journal.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OutputError::IsBusy {
                    path: output.into(),
                }
                .into());
            }
            Err(TryLockError::Error(error)) => return Err(journal_failed(error).into()),
        }
        let failed = |source| WriteError::new(&path, source);
        let rows = options.open(&path).map_err(failed)?;
        let mut partial = Self {
            path: path.clone(),
            rows,
            journal,
            journal_path: journal_path.clone(),
            hash: Sha256::new(),
            bytes: 0,
        };
        let kept = partial.read_back(identity).map_err(failed)?;
        if kept.is_empty() {
            partial.begin(identity, head).map_err(failed)?;
            sync_folder(folder_of(output)).map_err(failed)?;
        }
        Ok((partial, kept))
    }

    /// The chunks that an earlier session of the same work kept and whose rows are still as they
    /// were; what comes after them is cut off.
    fn read_back(&mut self, identity: &BatchIdentity) -> io::Result<Vec<KeptChunk>> {
        let mut lines = BufReader::new(&self.journal);
        let mut line = String::new();
        let mut kept = Vec::new();
        // A line that was torn, by the end of the session that wrote it, is no JSON.
        let mut journal_bytes = lines.read_line(&mut line).unwrap_or(0);
        if serde_json::from_str::<BatchIdentity>(&line).ok().as_ref() != Some(identity) {
            return Ok(kept);
        }
        let mut rows = BufReader::with_capacity(1 << 20, &self.rows);
        loop {
            line.clear();
            let read = lines.read_line(&mut line).unwrap_or(0);
            let Ok(chunk) = serde_json::from_str::<KeptChunk>(&line) else {
                break;
            };
            let mut hash = self.hash.clone();
            let more = chunk.bytes.saturating_sub(self.bytes);
            let is_whole = chunk.scores.len() == chunk.lengths.len() * identity.labels.len()
                && line.ends_with('\n')
                && io::copy(&mut (&mut rows).take(more), &mut HashWriter(&mut hash))? == more;
            if !is_whole || hexadecimal(&hash.clone().finalize()) != chunk.sha256 {
                break;
            }
            (self.hash, self.bytes) = (hash, chunk.bytes);
            journal_bytes += read;
            kept.push(chunk);
        }
        drop((lines, rows));
        if !kept.is_empty() {
            self.rows.set_len(self.bytes)?;
            self.rows.seek(SeekFrom::Start(self.bytes))?;
            self.journal.set_len(journal_bytes as u64)?;
            self.journal.seek(SeekFrom::Start(journal_bytes as u64))?;
        }
        Ok(kept)
    }

    fn begin(&mut self, identity: &BatchIdentity, head: &[u8]) -> io::Result<()> {
        for file in [&mut self.journal, &mut self.rows] {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
        }
        self.rows.write_all(head)?;
        self.rows.sync_data()?;
        self.hash = Sha256::new_with_prefix(head);
        self.bytes = head.len() as u64;
        self.note(identity)
    }

    /// Appends a line to the journal.
    fn note(&mut self, what: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(what)?;
        line.push(b'\n');
        self.journal.write_all(&line)?;
        self.journal.sync_data()
    }

    /// Appends rows, and then what is kept of them.
    pub(super) fn append(&mut self, rows: &[u8], mut chunk: KeptChunk) -> Result<(), WriteError> {
        let written = self.rows.write_all(rows);
        if let Err(error) = written.and_then(|()| self.rows.sync_data()) {
            // Half a row would be no table; where that fails too, the next session cuts it off.
            let _ = self.rows.set_len(self.bytes);
            return Err(WriteError::new(&self.path, error));
        }
        self.hash.update(rows);
        self.bytes += rows.len() as u64;
        chunk.bytes = self.bytes;
        chunk.sha256 = hexadecimal(&self.hash.clone().finalize());
        let noted = self.note(&chunk);
        noted.map_err(|error| WriteError::new(&self.journal_path, error))
    }

    /// Gives the rows the name that they were made for.
    pub(super) fn finish(self, output: &Path) -> Result<(), WriteError> {
        let failed = |source| WriteError::new(output, source);
        self.rows.sync_all().map_err(failed)?;
        drop(self.rows);
        std::fs::rename(&self.path, output).map_err(failed)?;
        sync_folder(folder_of(output)).map_err(failed)?;
        drop(self.journal);
        remove_if_there(&self.journal_path)
    }

    /// Deletes what an interrupted session left beside `output`.
    pub(super) fn discard(output: &Path) -> Result<(), WriteError> {
        remove_if_there(&Self::path(output))?;
        remove_if_there(&Self::journal_path(output))
    }
}

/// Takes bytes into a checksum.
struct HashWriter<'a>(&'a mut Sha256);

impl Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
