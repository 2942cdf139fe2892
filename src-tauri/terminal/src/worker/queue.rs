//! The requests that are in progress or wait, and the flags by which they are stopped.

use std::collections::BTreeMap;
use std::io::Stdout;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::protocol::{FromWorker, Stop, WorkerEvent};
use engine::training::stop::{PauseListener, StopFlag};

use super::clock::WorkingClock;
use super::lines::Lines;

/// The flags of all requests that have no answer yet, by their numbers.
#[derive(Clone)]
pub(super) struct Queue {
    flags: Arc<Mutex<BTreeMap<u64, StopFlag>>>,
    lines: Arc<Lines<Stdout>>,
    clock: Arc<WorkingClock>,
}

/// Tells the front of pauses, and holds the clock.
struct Teller {
    id: u64,
    lines: Arc<Lines<Stdout>>,
    clock: Arc<WorkingClock>,
}

impl Teller {
    fn tell(&self, event: WorkerEvent) {
        self.lines.write(&FromWorker::Event { id: self.id, event });
    }
}

impl PauseListener for Teller {
    fn paused(&self) {
        self.clock.pause();
        self.tell(WorkerEvent::Paused);
    }

    fn resumed(&self) {
        self.clock.resume();
        self.tell(WorkerEvent::Resumed);
    }
}

impl Queue {
    pub(super) fn new(lines: Arc<Lines<Stdout>>, clock: Arc<WorkingClock>) -> Self {
        Self {
            flags: Arc::default(),
            lines,
            clock,
        }
    }

    /// A request came.
    pub(super) fn add(&self, id: u64) {
        let flag = StopFlag::with_listener(Box::new(Teller {
            id,
            lines: Arc::clone(&self.lines),
            clock: Arc::clone(&self.clock),
        }));
        self.lock().insert(id, flag);
    }

    /// A request has its answer.
    pub(super) fn remove(&self, id: u64) {
        self.lock().remove(&id);
    }

    /// The flag of a request.
    pub(super) fn flag(&self, id: u64) -> StopFlag {
        self.lock().get(&id).cloned().unwrap_or_default()
    }

    /// Does something with the flag of a request, if it has no answer yet.
    pub(super) fn with(&self, id: u64, work: impl FnOnce(&StopFlag)) {
        if let Some(flag) = self.lock().get(&id) {
            work(flag);
        }
    }

    /// Stops everything.
    pub(super) fn stop_all(&self, how: Stop) {
        for flag in self.lock().values() {
            flag.raise_to(how);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, StopFlag>> {
        self.flags.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
