//! The lines that a worker writes.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use engine::protocol::FromWorker;

/// Where a worker's lines go: whole ones, from any thread.
pub(super) struct Lines<W> {
    output: Mutex<W>,
}

impl<W: Write> Lines<W> {
    pub(super) fn new(output: W) -> Self {
        Self {
            output: Mutex::new(output),
        }
    }

    /// Writes a line, and says whether somebody takes it.
    pub(super) fn write(&self, line: &FromWorker) -> bool {
        let Ok(mut text) = serde_json::to_vec(line) else {
            return true;
        };
        text.push(b'\n');
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        output
            .write_all(&text)
            .and_then(|()| output.flush())
            .is_ok()
    }
}
