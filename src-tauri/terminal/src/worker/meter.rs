//! What the worker uses of its machine while it does a job.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use engine::machine::{self, ProcessUse};
use engine::protocol::ResourceUse;

/// Seconds between two measurements: slow enough to cost nothing, and for a number that can be read.
const INTERVAL: Duration = Duration::from_secs(2);

/// Measures in a thread of its own until it is dropped, and tells nothing after that.
pub(super) struct Meter {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Meter {
    /// Begins to measure; the first measurement is told after an interval.
    pub(super) fn start(tell: impl FnMut(ResourceUse) + Send + 'static) -> Self {
        Self::every(INTERVAL, tell)
    }

    fn every(interval: Duration, mut tell: impl FnMut(ResourceUse) + Send + 'static) -> Self {
        let (stop, stopped) = channel::<()>();
        let thread = thread::spawn(move || {
            let mut before = Sample::now();
            while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                let now = Sample::now();
                tell(now.since(&before));
                before = now;
            }
        });
        Self {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A measurement that failed ended the thread: there is nothing left to end.
            let _ended = thread.join();
        }
    }
}

/// What the process had used at a moment.
struct Sample {
    at: Instant,
    process: Option<ProcessUse>,
}

impl Sample {
    fn now() -> Self {
        Self {
            at: Instant::now(),
            process: machine::process_use(),
        }
    }

    /// What was used since another sample.
    fn since(&self, before: &Self) -> ResourceUse {
        let (memory, card) = (machine::memory(), machine::card_use());
        let passed = self.at.duration_since(before.at);
        let taken = self.process.zip(before.process).map(|(now, before)| {
            let seconds = now.processor_seconds - before.processor_seconds;
            processor_share(seconds, passed, machine::processors())
        });
        ResourceUse {
            processor_share: taken,
            memory_bytes: self.process.map(|process| process.memory_bytes),
            machine_memory_bytes: memory.map(|memory| memory.total),
            machine_memory_available_bytes: memory.map(|memory| memory.available),
            card_memory_bytes: card.map(|card| card.memory_bytes),
            card_share: card.and_then(|card| card.busy),
        }
    }
}

/// The share of all processors' time that was taken. Systems count in steps, so that a short time
/// may come out above what there was.
fn processor_share(taken_seconds: f64, passed: Duration, processors: usize) -> f64 {
    let there = passed.as_secs_f64() * processors as f64;
    (taken_seconds / there.max(1e-9)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_busy_processors_of_eight_are_a_quarter() {
        let share = |taken| processor_share(taken, Duration::from_secs(2), 8);
        assert!((share(4.0) - 0.25).abs() < 1e-12);
        assert_eq!((share(17.0), share(-0.01)), (1.0, 0.0));
    }

    #[test]
    fn a_meter_tells_until_it_is_dropped() {
        let (told, heard) = channel();
        let meter = Meter::every(Duration::from_millis(20), move |resources| {
            // The other end may be gone by then.
            let _told = told.send(resources);
        });
        for _ in 0..2 {
            let resources = heard.recv_timeout(Duration::from_secs(10)).unwrap();
            assert!(resources.memory_bytes > Some(1 << 20));
            assert!(resources.machine_memory_available_bytes <= resources.machine_memory_bytes);
            assert!((0.0..=1.0).contains(&resources.processor_share.unwrap()));
        }
        drop(meter);
        while heard.try_recv().is_ok() {}
        let gone = heard.recv_timeout(Duration::from_millis(60));
        assert_eq!(gone, Err(RecvTimeoutError::Disconnected));
    }
}
