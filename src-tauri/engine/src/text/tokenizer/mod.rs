//! WordPiece (Schuster & Nakajima 2012, as in BERT): texts to ids.

mod chunks;
mod loading;
mod saving;

use crate::failure_details;
use serde::Serialize;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use ts_rs::TS;

use rayon::prelude::*;

use crate::files::WriteError;
use crate::text::batch::TokenIds;
use chunks::Chunks;

/// Texts of more bytes than this are cut in chunks of about this size.
const CHUNK_BYTES: usize = 16 << 10;

/// Turns texts into the ids that one BERT knows.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    /// Where a long text can be cut; none when cutting might change the ids.
    chunks: Option<Chunks>,
    class_id: u32,
    separator_id: u32,
    unknown_id: u32,
}

/// One text in the ids of a BERT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// `[CLS]`, the word pieces, `[SEP]`; at most as many as asked for.
    pub ids: TokenIds,
    /// How many ids the whole text has, `[CLS]` and `[SEP]` among them.
    pub word_pieces: usize,
    /// How many of them were left out of `ids`.
    pub cut: usize,
}

/// Why a folder's tokenizer cannot be used.
#[derive(Debug, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum TokenizerError {
    /// There is none.
    #[error("{} holds neither tokenizer.json nor vocab.txt. Copy one of them from where the model is from", folder.display())]
    #[serde(rename = "missingTokenizer")]
    Missing {
        /// The folder.
        #[serde(serialize_with = "failure_details::path")]
        folder: PathBuf,
    },
    /// A file is there and cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    #[serde(rename = "unreadableTokenizer")]
    Unreadable {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What the system said.
        #[serde(serialize_with = "failure_details::message")]
        #[ts(type = "string")]
        source: std::io::Error,
    },
    /// A file is damaged.
    #[error("{} is not a tokenizer: {message}. Get the model again", path.display())]
    #[serde(rename = "malformedTokenizer")]
    Malformed {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// The tokenizer is of another kind than BERT's.
    #[error("{} describes {found}, and BERT needs {expected}. Choose a BERT", path.display())]
    #[serde(rename = "tokenizerNotBert")]
    NotBert {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What was found.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// A file could not be written.
    #[error(transparent)]
    #[serde(untagged)]
    Write(#[from] WriteError),
}

impl Tokenizer {
    /// Reads the tokenizer of a Hugging Face folder: `tokenizer.json`, or else `vocab.txt` with
    /// the settings of `tokenizer_config.json`. Truncation and padding that it brings are
    /// dropped.
    ///
    /// # Errors
    /// When there is none, it is damaged, or it is not BERT's WordPiece.
    pub fn from_folder(folder: &Path) -> Result<Self, TokenizerError> {
        loading::read_folder(folder)
    }

    /// The ids of one text, cut to `max_length` ids (at least 2) with `[SEP]` always last. An
    /// empty text is `[CLS] [SEP]`. Long texts are encoded in chunks by the current rayon pool,
    /// with the same ids, in little memory.
    pub fn encode(&self, text: &str, max_length: usize) -> Encoded {
        let room = max_length.max(2) - 2;
        let mut ids = Vec::with_capacity(room.min(text.len()) + 2);
        ids.push(self.class_id);
        let total = match &self.chunks {
            Some(chunks) if text.len() > 2 * CHUNK_BYTES => {
                self.encode_chunks(chunks, text, room, &mut ids)
            }
            _ => {
                let pieces = self.word_pieces(text);
                ids.extend(pieces.iter().take(room));
                pieces.len()
            }
        };
        ids.push(self.separator_id);
        Encoded {
            word_pieces: total + 2,
            cut: total + 2 - ids.len(),
            ids,
        }
    }

    /// The ids of many texts in their order, in parallel; the same as [`Tokenizer::encode`] of
    /// each.
    pub fn encode_all<T: AsRef<str> + Sync>(&self, texts: &[T], max_length: usize) -> Vec<Encoded> {
        let texts = texts.par_iter();
        texts
            .map(|text| self.encode(text.as_ref(), max_length))
            .collect()
    }

    /// Where [`Tokenizer::encode`] with this `max_length` stops reading: the end of the last word
    /// piece that is kept, in Unicode scalar values of the text. Nothing where all are kept.
    pub fn read_until(&self, text: &str, max_length: usize) -> Option<usize> {
        let mut room = max_length.max(2) - 2;
        let parts = match &self.chunks {
            Some(chunks) => chunks.split(text, CHUNK_BYTES),
            None => vec![text],
        };
        let (mut start, mut end) = (0, 0);
        for part in parts {
            let ends = self.piece_ends(part);
            if ends.len() > room {
                let last = room.checked_sub(1).and_then(|place| ends.get(place));
                let end = last.map_or(end, |last| start + last);
                return Some(text.get(..end).map_or(0, |read| read.chars().count()));
            }
            room -= ends.len();
            end = ends.last().map_or(end, |last| start + last);
            start += part.len();
        }
        None
    }

    /// Where each word piece of a text ends, in bytes.
    fn piece_ends(&self, text: &str) -> Vec<usize> {
        let (shortened, gaps) = match &self.chunks {
            Some(chunks) => chunks.shorten_with_gaps(text),
            None => (Cow::Borrowed(text), Vec::new()),
        };
        let Ok(encoding) = self.inner.encode(&*shortened, false) else {
            return vec![text.len()];
        };
        let end = |&(_, end): &(usize, usize)| {
            let before = gaps.iter().filter(|(place, _)| *place < end);
            end + before.map(|(_, bytes)| bytes).sum::<usize>()
        };
        encoding.get_offsets().iter().map(end).collect()
    }

    /// Appends up to `room` ids of `text` and returns how many there are.
    fn encode_chunks(&self, chunks: &Chunks, text: &str, room: usize, ids: &mut TokenIds) -> usize {
        let parts = chunks.split(text, CHUNK_BYTES);
        let encoded: Vec<(TokenIds, usize)> = parts
            .par_iter()
            .map(|part| {
                let mut pieces = self.word_pieces(&chunks.shorten_long_words(part));
                let count = pieces.len();
                pieces.truncate(room);
                (pieces, count)
            })
            .collect();
        let end = ids.len() + room;
        for (pieces, _) in &encoded {
            ids.extend(pieces.iter().take(end - ids.len()));
        }
        encoded.iter().map(|(_, count)| count).sum()
    }

    /// The ids of a text without `[CLS]` and `[SEP]`.
    fn word_pieces(&self, text: &str) -> TokenIds {
        match self.inner.encode_fast(text, false) {
            Ok(encoding) => encoding.get_ids().to_vec(),
            // WordPiece fails only without an unknown token, which loading has made sure of.
            Err(_) => vec![self.unknown_id],
        }
    }

    /// The id of what the vocabulary does not have.
    pub fn unknown_id(&self) -> u32 {
        self.unknown_id
    }

    /// One more than the largest id.
    pub fn vocabulary_size(&self) -> usize {
        let ids = self.inner.get_vocab(true).into_values();
        ids.max().map_or(0, |id| id as usize + 1)
    }

    /// The word piece with this id.
    pub fn word_piece(&self, id: u32) -> Option<String> {
        self.inner.id_to_token(id)
    }

    /// Writes `tokenizer.json`, `tokenizer_config.json`, `special_tokens_map.json` and
    /// `vocab.txt`, as transformers reads them, with `max_length` as the longest sequence.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn save(&self, folder: &Path, max_length: usize) -> Result<(), TokenizerError> {
        saving::write_folder(&self.inner, folder, max_length)
    }
}

#[cfg(test)]
mod tests;
