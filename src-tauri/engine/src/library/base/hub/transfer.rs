//! Getting one file, from where an earlier download of it stopped.

use std::fs::File;
use std::future::poll_fn;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::mpsc::Sender;

use hf_hub::repository::RepoTypeModel;
use hf_hub::{HFError, HFRepository};

use super::session::Failure;
use crate::files::WriteError;

/// How often a broken connection is taken up again without a single byte having come since.
const FRUITLESS_ATTEMPTS: u32 = 3;

/// One file to get.
pub(super) struct Transfer {
    pub(super) repository: HFRepository<RepoTypeModel>,
    pub(super) commit: String,
    pub(super) file: String,
    /// Its bytes; without them nothing can be resumed.
    pub(super) size: Option<u64>,
    /// Where it is written; what is there already is its beginning.
    pub(super) path: PathBuf,
}

/// How far a transfer is, in bytes from the beginning of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// A request begins here.
    Begun(u64),
    /// Everything before is written.
    At(u64),
}

impl Transfer {
    /// Gets the file until its size is reached. hf-hub's own downloads start over when they
    /// break, so this asks for the rest of the file as a range, as often as something comes.
    pub(super) async fn run(self, news: Sender<News>) -> Result<(), Failure> {
        let mut part = Part::open(self.path.clone(), self.size)?;
        let mut fruitless = 0;
        let mut started_over = false;
        while self.size != Some(part.at) {
            let begin = part.at;
            // Nobody listens any more when the task is about to be given up.
            let _ = news.send(News::Begun(begin));
            match self.attempt(&mut part, &news).await {
                Ok(()) if self.size.is_none_or(|size| size == part.at) => break,
                // A server that knows no ranges sent the whole file once more.
                Err(Failure::Long) if begin > 0 && !started_over => {
                    started_over = true;
                    part.start_over()?;
                    continue;
                }
                Ok(()) if fruitless < FRUITLESS_ATTEMPTS => {}
                Ok(()) => return Err(Failure::Short),
                Err(Failure::Hub(error)) if breaks(&error) && fruitless < FRUITLESS_ATTEMPTS => {}
                Err(error) => return Err(error),
            }
            fruitless = if part.at > begin { 0 } else { fruitless + 1 };
            if self.size.is_none() {
                part.start_over()?;
            }
        }
        part.finish()
    }

    /// One request for all that is missing.
    async fn attempt(&self, part: &mut Part, news: &Sender<News>) -> Result<(), Failure> {
        let range = self.size.filter(|_| part.at > 0).map(|size| part.at..size);
        let request = self.repository.download_file_stream();
        let request = request.filename(&self.file).revision(&self.commit);
        let (_, mut stream) = request.maybe_range(range).send().await?;
        while let Some(piece) = poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await {
            let piece = piece?;
            let end = part.at + piece.len() as u64;
            if self.size.is_some_and(|size| end > size) {
                return Err(Failure::Long);
            }
            part.append(&piece)?;
            let _ = news.send(News::At(part.at));
        }
        Ok(())
    }
}

/// Whether it may help to ask again.
fn breaks(error: &HFError) -> bool {
    match error {
        HFError::Request { source, .. } => !source.is_builder(),
        HFError::Http { context } => context.status.is_server_error(),
        HFError::Xet { .. } => true,
        _ => false,
    }
}

/// The beginning of a file on the disk.
struct Part {
    path: PathBuf,
    file: File,
    at: u64,
}

impl Part {
    fn open(path: PathBuf, size: Option<u64>) -> Result<Self, Failure> {
        let open = || -> io::Result<(File, u64)> {
            let mut options = File::options();
            options.write(true).create(true).truncate(false);
            let mut file = options.open(&path)?;
            let at = file.seek(SeekFrom::End(0))?;
            Ok((file, at))
        };
        let (file, at) = open().map_err(|source| WriteError::new(&path, source))?;
        let mut part = Self { path, file, at };
        if size.is_none_or(|size| at > size) {
            part.start_over()?;
        }
        Ok(part)
    }

    fn append(&mut self, piece: &[u8]) -> Result<(), Failure> {
        let written = self.file.write_all(piece);
        written.map_err(|source| WriteError::new(&self.path, source))?;
        self.at += piece.len() as u64;
        Ok(())
    }

    fn start_over(&mut self) -> Result<(), Failure> {
        let emptied = self.file.set_len(0).and_then(|()| self.file.rewind());
        emptied.map_err(|source| WriteError::new(&self.path, source))?;
        self.at = 0;
        Ok(())
    }

    fn finish(self) -> Result<(), Failure> {
        let synced = self.file.sync_all();
        Ok(synced.map_err(|source| WriteError::new(&self.path, source))?)
    }
}
