//! The clock.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Work;

/// All calls of one operation since the last [`take`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Measured {
    /// How often it was called.
    pub calls: usize,
    /// Time in it, all threads working on it.
    pub time: Duration,
    /// Floating-point operations, of products.
    pub operations: usize,
    /// Bytes that had to be moved at least.
    pub bytes: usize,
}

static MEASURED: Mutex<BTreeMap<&'static str, Measured>> = Mutex::new(BTreeMap::new());

/// Measures until it goes out of scope.
#[must_use]
pub(crate) struct Clock {
    name: &'static str,
    work: Work,
    began: Instant,
}

/// Begins to measure an operation.
pub(crate) fn clock(name: &'static str, work: Work) -> Clock {
    Clock {
        name,
        work,
        began: Instant::now(),
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        let time = self.began.elapsed();
        let mut measured = MEASURED.lock().unwrap_or_else(PoisonError::into_inner);
        let own = measured.entry(self.name).or_default();
        own.calls += 1;
        own.time += time;
        own.operations += self.work.operations;
        own.bytes += self.work.bytes;
    }
}

/// What was measured since the last call, by the names of the operations.
pub fn take() -> BTreeMap<&'static str, Measured> {
    std::mem::take(&mut MEASURED.lock().unwrap_or_else(PoisonError::into_inner))
}
