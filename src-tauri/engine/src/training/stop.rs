//! The flag with which a run is asked to stop, or to stand still for a while.

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What becomes of a job that is asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Stop {
    /// The best so far becomes a model, and the run can be resumed.
    Keep,
    /// It can be resumed, and nothing else comes out.
    Suspend,
    /// Nothing stays.
    Discard,
}

/// Who is told when a job stands still, and when it goes on.
pub trait PauseListener: Send + Sync {
    /// The job stands still from now on. Runs in its thread.
    fn paused(&self);
    /// The job goes on from now on, or looks whether it has to stop. Runs in its thread.
    fn resumed(&self);
}

/// A flag shared between a job and whoever may stop it. The job looks at it between two updates
/// or batches.
#[derive(Clone, Default)]
pub struct StopFlag(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// 0 as long as nothing is asked, else the place of the [`Stop`] in `STOPS`, from 1.
    stop: AtomicU8,
    is_paused: Mutex<bool>,
    changed: Condvar,
    listener: Option<Box<dyn PauseListener>>,
}

const STOPS: [Stop; 3] = [Stop::Keep, Stop::Suspend, Stop::Discard];

impl StopFlag {
    /// A flag that tells `listener` of pauses.
    pub fn with_listener(listener: Box<dyn PauseListener>) -> Self {
        Self(Arc::new(Shared {
            listener: Some(listener),
            ..Shared::default()
        }))
    }

    /// Asks the job to stop and to keep the best so far.
    pub fn raise(&self) {
        self.raise_to(Stop::Keep);
    }

    /// Asks the job to stop; a paused one too. What is asked last counts.
    pub fn raise_to(&self, how: Stop) {
        let place = STOPS.iter().position(|&stop| stop == how).unwrap_or(0);
        self.0.stop.store(place as u8 + 1, Ordering::Release);
        drop(self.lock());
        self.0.changed.notify_all();
    }

    /// How the job was asked to stop, if it was.
    pub fn asked(&self) -> Option<Stop> {
        let place = usize::from(self.0.stop.load(Ordering::Acquire));
        place.checked_sub(1).map(|place| STOPS[place])
    }

    /// Whether the job is asked to stand still.
    pub fn is_paused(&self) -> bool {
        *self.lock()
    }

    /// Whether the job was asked to stop. Waits as long as it is paused.
    pub fn is_raised(&self) -> bool {
        self.wait_while_paused();
        self.asked().is_some()
    }

    /// Asks the job to stand still.
    pub fn pause(&self) {
        *self.lock() = true;
    }

    /// Lets the job go on.
    pub fn resume(&self) {
        *self.lock() = false;
        self.0.changed.notify_all();
    }

    fn wait_while_paused(&self) {
        let mut is_paused = self.lock();
        if !*is_paused || self.asked().is_some() {
            return;
        }
        if let Some(listener) = &self.0.listener {
            listener.paused();
        }
        while *is_paused && self.asked().is_none() {
            let waited = self.0.changed.wait(is_paused);
            is_paused = waited.unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(listener) = &self.0.listener {
            listener.resumed();
        }
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        // A flag cannot be half written.
        self.0
            .is_paused
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for StopFlag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("StopFlag")
            .field("asked", &self.asked())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};
    use std::thread;

    use super::*;

    struct Told(Sender<&'static str>);

    impl PauseListener for Told {
        fn paused(&self) {
            self.0.send("paused").unwrap();
        }

        fn resumed(&self) {
            self.0.send("resumed").unwrap();
        }
    }

    #[test]
    fn a_paused_job_waits_until_it_may_go_on() {
        let (sender, told) = channel();
        let flag = StopFlag::with_listener(Box::new(Told(sender)));
        flag.pause();
        let job = thread::spawn({
            let flag = flag.clone();
            move || flag.is_raised()
        });
        assert_eq!(told.recv().unwrap(), "paused");
        flag.resume();
        assert_eq!(told.recv().unwrap(), "resumed");
        assert!(!job.join().unwrap());
    }

    #[test]
    fn a_paused_job_can_be_stopped() {
        let (sender, told) = channel();
        let flag = StopFlag::with_listener(Box::new(Told(sender)));
        flag.pause();
        let job = thread::spawn({
            let flag = flag.clone();
            move || flag.is_raised()
        });
        assert_eq!(told.recv().unwrap(), "paused");
        flag.raise_to(Stop::Suspend);
        assert!(job.join().unwrap());
        assert_eq!(flag.asked(), Some(Stop::Suspend));
    }

    #[test]
    fn nothing_is_asked_of_a_new_flag_and_the_last_word_counts() {
        let flag = StopFlag::default();
        assert_eq!(flag.asked(), None);
        flag.raise();
        flag.raise_to(Stop::Discard);
        assert_eq!(flag.asked(), Some(Stop::Discard));
    }
}
