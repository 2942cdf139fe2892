//! The time that a worker works, pauses left out.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use engine::training::events::Clock;

/// Seconds since the worker began, without those in which it stood still.
pub(super) struct WorkingClock {
    began: Instant,
    pauses: Mutex<Pauses>,
}

#[derive(Default)]
struct Pauses {
    seconds: f64,
    since: Option<Instant>,
}

impl WorkingClock {
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            pauses: Mutex::default(),
        }
    }

    pub(super) fn pause(&self) {
        self.change(|pauses| {
            pauses.since.get_or_insert_with(Instant::now);
        });
    }

    pub(super) fn resume(&self) {
        self.change(|pauses| {
            let since = pauses.since.take();
            pauses.seconds += since.map_or(0.0, |since| since.elapsed().as_secs_f64());
        });
    }

    fn change<T>(&self, change: impl FnOnce(&mut Pauses) -> T) -> T {
        let mut pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut pauses)
    }
}

impl Clock for WorkingClock {
    fn seconds(&self) -> f64 {
        let still = self.change(|pauses| {
            let now = pauses.since.map_or(0.0, |one| one.elapsed().as_secs_f64());
            pauses.seconds + now
        });
        self.began.elapsed().as_secs_f64() - still
    }
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_clock_stands_still_in_a_pause() {
        let clock = WorkingClock::new();
        clock.pause();
        let before = clock.seconds();
        sleep(Duration::from_millis(50));
        assert!(clock.seconds() - before < 0.04);
        clock.resume();
        sleep(Duration::from_millis(50));
        assert!(clock.seconds() - before >= 0.05);
    }
}
