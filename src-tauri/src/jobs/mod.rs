//! Jobs: requests that take long, with a worker process each. A job goes on whether or not a page
//! watches it.

mod clock;
mod supervision;
mod watching;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engine::protocol::{JobSnapshot, Request, Stop};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

pub use supervision::Patience;
pub use watching::SHORTEST_INTERVAL;

use crate::error::ShellError;
use crate::workers::WorkerCommand;

/// Who is told when jobs begin and end.
pub trait JobListener: Send + Sync + 'static {
    /// A job began. What is given back is kept until its end, such as a lock against sleep.
    fn began(&self, job: &JobSnapshot) -> Box<dyn Send>;
    /// A job came to its end.
    fn ended(&self, job: &JobSnapshot);
}

/// What a job is told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Pause,
    Resume,
    Stop(Stop),
}

/// All jobs since the program started.
pub struct Jobs {
    jobs: Mutex<Numbered>,
    patience: Patience,
    listener: Arc<dyn JobListener>,
}

#[derive(Default)]
struct Numbered {
    jobs: BTreeMap<u64, Job>,
    last: u64,
}

struct Job {
    snapshot: watch::Receiver<JobSnapshot>,
    orders: mpsc::UnboundedSender<Order>,
}

impl Jobs {
    /// No jobs yet.
    pub fn new(patience: Patience, listener: Arc<dyn JobListener>) -> Self {
        Self {
            jobs: Mutex::default(),
            patience,
            listener,
        }
    }

    /// Starts a job and gives its number. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When it is a training and one is going on, or its worker cannot be started.
    pub fn start(&self, command: &WorkerCommand, request: Request) -> Result<u64, ShellError> {
        let mut numbered = self.lock();
        if is_training(&request) && numbered.jobs.values().any(Job::is_busy_training) {
            return Err(ShellError::TrainingInProgress);
        }
        let id = numbered.last + 1;
        let snapshot = JobSnapshot::new(id, request, clock::now());
        let (orders, received) = mpsc::unbounded_channel();
        let snapshot = supervision::start(
            snapshot,
            command,
            received,
            self.patience,
            Arc::clone(&self.listener),
        )?;
        numbered.last = id;
        numbered.jobs.insert(id, Job { snapshot, orders });
        Ok(id)
    }

    /// All jobs as they are now, in the order in which they began.
    pub fn list(&self) -> Vec<JobSnapshot> {
        self.lock().jobs.values().map(Job::snapshot).collect()
    }

    /// Whether any job is not over.
    pub fn are_running(&self) -> bool {
        self.lock().jobs.values().any(|job| !job.is_over())
    }

    /// Sends a job's snapshot at once, then when it changed, at most five times a second, and its
    /// last one in any case; ends then, or when `send` says that nobody listens any more.
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When there is no such job.
    pub fn watch(
        &self,
        id: u64,
        send: impl FnMut(JobSnapshot) -> bool + Send + 'static,
    ) -> Result<(), ShellError> {
        let numbered = self.lock();
        let snapshot = numbered.find(id)?.snapshot.clone();
        tokio::spawn(watching::forward(snapshot, send));
        Ok(())
    }

    /// Asks a job to stand still.
    ///
    /// # Errors
    /// When there is no such job.
    pub fn pause(&self, id: u64) -> Result<(), ShellError> {
        self.order(id, Order::Pause)
    }

    /// Lets a paused job go on.
    ///
    /// # Errors
    /// When there is no such job.
    pub fn resume(&self, id: u64) -> Result<(), ShellError> {
        self.order(id, Order::Resume)
    }

    /// Asks a job to stop, and sees to it that it does.
    ///
    /// # Errors
    /// When there is no such job.
    pub fn stop(&self, id: u64, how: Stop) -> Result<(), ShellError> {
        self.order(id, Order::Stop(how))
    }

    /// Takes a job that is over off the list.
    ///
    /// # Errors
    /// When there is no such job, or it goes on.
    pub fn forget(&self, id: u64) -> Result<(), ShellError> {
        let mut numbered = self.lock();
        if !numbered.find(id)?.is_over() {
            return Err(ShellError::JobNotOver { id });
        }
        numbered.jobs.remove(&id);
        Ok(())
    }

    /// Suspends all jobs, so that they can be resumed, and waits for their ends. Gives whether
    /// they ended in time.
    pub async fn suspend(&self, longest: Duration) -> bool {
        let running: Vec<_> = {
            let numbered = self.lock();
            let running = numbered.jobs.values().filter(|job| !job.is_over());
            running
                .map(|job| {
                    job.order(Order::Stop(Stop::Suspend));
                    job.snapshot.clone()
                })
                .collect()
        };
        let all_over = async {
            for mut snapshot in running {
                // An error says that the supervision has ended, and so the job.
                let _over = snapshot.wait_for(|snapshot| snapshot.state.is_over()).await;
            }
        };
        timeout(longest, all_over).await.is_ok()
    }

    fn order(&self, id: u64, order: Order) -> Result<(), ShellError> {
        self.lock().find(id)?.order(order);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Numbered> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Numbered {
    fn find(&self, id: u64) -> Result<&Job, ShellError> {
        self.jobs.get(&id).ok_or(ShellError::UnknownJob { id })
    }
}

impl Job {
    fn snapshot(&self) -> JobSnapshot {
        self.snapshot.borrow().clone()
    }

    fn is_over(&self) -> bool {
        self.snapshot.borrow().state.is_over()
    }

    fn is_busy_training(&self) -> bool {
        let snapshot = self.snapshot.borrow();
        is_training(&snapshot.request) && !snapshot.state.is_over()
    }

    fn order(&self, order: Order) {
        // A job that is over receives no orders; they have no object then.
        let _received = self.orders.send(order);
    }
}

/// Whether a request trains a model.
fn is_training(request: &Request) -> bool {
    matches!(request, Request::Train { .. } | Request::ResumeRun { .. })
}
