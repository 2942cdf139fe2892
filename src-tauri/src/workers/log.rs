//! The last lines of a worker's error output, for when it dies.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// Most lines that are kept, and most characters of each.
const MOST_LINES: usize = 20;
const MOST_CHARACTERS: usize = 500;
/// A piece without a line's end is cut there.
const MOST_BYTES: usize = 1 << 16;

/// The last lines.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<VecDeque<String>>>);

impl Log {
    /// The last lines as one text.
    pub(super) fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Reads to the end of an output. It must be read, or the worker would stand still.
    pub(super) async fn follow(self, output: impl AsyncRead + Unpin) {
        let mut reader = BufReader::new(output);
        let mut piece = Vec::new();
        loop {
            let Ok(bytes) = reader.fill_buf().await else {
                return;
            };
            if bytes.is_empty() {
                self.add(&piece);
                return;
            }
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(bytes.len(), |end| end + 1);
            piece.extend_from_slice(&bytes[..end.unwrap_or(taken)]);
            reader.consume(taken);
            if end.is_some() || piece.len() > MOST_BYTES {
                self.add(&piece);
                piece.clear();
            }
        }
    }

    fn add(&self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end();
        if line.is_empty() {
            return;
        }
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push_back(line.chars().take(MOST_CHARACTERS).collect());
        if lines.len() > MOST_LINES {
            lines.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_log_keeps_the_last_lines_and_the_one_without_an_end() {
        let log = Log::default();
        let text: String = (0..100).map(|line| format!("line {line}\n")).collect();
        log.clone()
            .follow(format!("{text}\nout of memory").as_bytes())
            .await;
        let text = log.text();
        assert_eq!(text.lines().count(), MOST_LINES);
        assert!(text.ends_with("line 99\nout of memory"), "{text}");
    }
}
