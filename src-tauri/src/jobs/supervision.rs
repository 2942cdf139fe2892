//! The supervision of one job: what its worker says becomes its snapshot, what the user wants is
//! told to the worker, and one that does not stop is made to.

use std::sync::Arc;
use std::time::Duration;

use engine::jobs::JobEvent;
use engine::protocol::{
    Answer, FromWorker, JobSnapshot, JobState, Request, Stop, ToWorker, WorkerEvent,
};
use engine::training::events::TrainingEvent;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::{JobListener, Order, is_training};
use crate::error::ShellError;
use crate::workers::{WorkerCommand, WorkerProcess, ask_once};

/// How long a worker that was asked to stop may take before it is made to.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For what a worker can break off.
    pub stop: Duration,
    /// For a training that writes its checkpoint.
    pub suspend: Duration,
    /// For a training that evaluates and keeps what it learned.
    pub keep: Duration,
    /// For a worker that the system was asked to end.
    pub terminate: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            stop: Duration::from_secs(10),
            suspend: Duration::from_secs(60),
            keep: Duration::from_secs(120),
            terminate: Duration::from_secs(5),
        }
    }
}

/// A job's worker numbers its one request so.
const REQUEST: u64 = 1;

/// Starts a job's worker and its supervision.
pub(super) fn start(
    snapshot: JobSnapshot,
    command: &WorkerCommand,
    orders: mpsc::UnboundedReceiver<Order>,
    patience: Patience,
    listener: Arc<dyn JobListener>,
) -> Result<watch::Receiver<JobSnapshot>, ShellError> {
    let supervision = Supervision {
        worker: WorkerProcess::start(command)?,
        command: command.clone(),
        run: run_of(&snapshot.request).map(str::to_owned),
        has_checkpoint: matches!(snapshot.request, Request::ResumeRun { .. }),
        request: snapshot.request.clone(),
        snapshot: watch::Sender::new(snapshot),
        patience,
        stopping: None,
        is_asked: false,
    };
    let snapshot = supervision.snapshot.subscribe();
    tokio::spawn(supervision.run(orders, listener));
    Ok(snapshot)
}

struct Supervision {
    worker: WorkerProcess,
    command: WorkerCommand,
    request: Request,
    /// The run that a training leaves behind.
    run: Option<String>,
    has_checkpoint: bool,
    snapshot: watch::Sender<JobSnapshot>,
    patience: Patience,
    stopping: Option<Stopping>,
    /// Whether the worker was ready and got the request.
    is_asked: bool,
}

/// A stop that was asked for.
struct Stopping {
    how: Stop,
    /// What is done next to bring it about, and when.
    next: Measure,
    at: Instant,
}

enum Measure {
    Terminate,
    Kill,
}

/// How a job ended.
enum Ending {
    Answered(Box<Answer>),
    Failed(ShellError),
}

impl Supervision {
    async fn run(
        mut self,
        mut orders: mpsc::UnboundedReceiver<Order>,
        listener: Arc<dyn JobListener>,
    ) {
        let began = self.snapshot.borrow().clone();
        let kept = listener.began(&began);
        let ending = self.supervise(&mut orders).await;
        self.finish(ending).await;
        drop(kept);
        let ended = self.snapshot.borrow().clone();
        listener.ended(&ended);
        self.worker.end().await;
    }

    /// Goes on until the worker's last line, or its death.
    async fn supervise(&mut self, orders: &mut mpsc::UnboundedReceiver<Order>) -> Ending {
        loop {
            let measure_at = self.stopping.as_ref().map(|stopping| stopping.at);
            let done = tokio::select! {
                // What the user wants goes first: a worker that talks without end must not hide it.
                biased;
                Some(order) = orders.recv() => self.obey(order).await,
                () = until(measure_at) => {
                    self.take_measure();
                    Ok(None)
                }
                line = self.worker.next() => match line {
                    Ok(line) => self.hear(line).await,
                    Err(error) => Err(error),
                },
            };
            match done {
                Ok(None) => {}
                Ok(Some(ending)) => return ending,
                Err(error) => return Ending::Failed(error),
            }
        }
    }

    async fn obey(&mut self, order: Order) -> Result<Option<Ending>, ShellError> {
        let state = self.snapshot.borrow().state;
        let line = match order {
            Order::Pause if state == JobState::Running => {
                self.set_state(JobState::Pausing);
                ToWorker::Pause { id: REQUEST }
            }
            Order::Resume if matches!(state, JobState::Pausing | JobState::Paused) => {
                if state == JobState::Pausing {
                    self.set_state(JobState::Running);
                }
                ToWorker::Resume { id: REQUEST }
            }
            Order::Stop(how) => {
                self.stopping = Some(self.stopping(how));
                self.set_state(JobState::Stopping);
                ToWorker::Stop { id: REQUEST, how }
            }
            Order::Pause | Order::Resume => return Ok(None),
        };
        if self.is_asked {
            self.worker.say(&line).await?;
        } else if self.stopping.is_some() {
            // It has nothing to lose yet.
            self.worker.kill();
        }
        Ok(None)
    }

    fn stopping(&self, how: Stop) -> Stopping {
        let patience = match how {
            Stop::Keep if is_training(&self.request) => self.patience.keep,
            Stop::Suspend if is_training(&self.request) => self.patience.suspend,
            Stop::Keep | Stop::Suspend | Stop::Discard => self.patience.stop,
        };
        Stopping {
            how,
            next: Measure::Terminate,
            at: Instant::now() + patience,
        }
    }

    fn take_measure(&mut self) {
        let Some(stopping) = &mut self.stopping else {
            return;
        };
        stopping.at = Instant::now() + self.patience.terminate;
        match stopping.next {
            Measure::Terminate => {
                stopping.next = Measure::Kill;
                self.worker.terminate();
            }
            Measure::Kill => self.worker.kill(),
        }
    }

    async fn hear(&mut self, line: FromWorker) -> Result<Option<Ending>, ShellError> {
        match line {
            FromWorker::Ready { .. } if !self.is_asked => {
                let request = Box::new(self.request.clone());
                self.worker
                    .say(&ToWorker::Ask {
                        id: REQUEST,
                        request,
                    })
                    .await?;
                self.is_asked = true;
                if self.stopping.is_none() {
                    self.set_state(JobState::Running);
                }
                Ok(None)
            }
            FromWorker::Ready { .. } => Ok(None),
            FromWorker::Event { event, .. } => {
                self.take_in(event);
                Ok(None)
            }
            FromWorker::Answered { answer, .. } => Ok(Some(Ending::Answered(answer))),
            FromWorker::Failed { failure, .. } | FromWorker::NotUnderstood { failure } => {
                Err(ShellError::Worker(failure))
            }
        }
    }

    fn take_in(&mut self, event: WorkerEvent) {
        self.has_checkpoint |= matches!(
            event,
            WorkerEvent::Job {
                event: JobEvent::Training {
                    training: TrainingEvent::CheckpointWritten { .. },
                },
            }
        );
        let is_stopping = self.stopping.is_some();
        self.snapshot.send_modify(|snapshot| {
            snapshot.take_in(event);
            // A pause that was on its way when the stop was asked for.
            if is_stopping {
                snapshot.state = JobState::Stopping;
            }
        });
    }

    async fn finish(&mut self, ending: Ending) {
        match ending {
            Ending::Answered(answer) => {
                let state = if is_nothing(&answer) {
                    JobState::Stopped
                } else {
                    JobState::Finished
                };
                self.snapshot.send_modify(|snapshot| {
                    snapshot.answer = Some(*answer);
                    snapshot.state = state;
                });
            }
            Ending::Failed(error) => self.finish_without_answer(error).await,
        }
    }

    /// A worker that was made to stop did what the user wanted, unless something was to be kept.
    async fn finish_without_answer(&mut self, error: ShellError) {
        let error = match error {
            ShellError::WorkerCrashed { log, .. } => {
                let run = self.run.clone().filter(|_| self.has_checkpoint);
                ShellError::WorkerCrashed { log, run }
            }
            ShellError::Worker(failure) => ShellError::Worker(failure),
            // It cannot be talked to.
            other => {
                self.worker.kill();
                other
            }
        };
        let was_crash = matches!(error, ShellError::WorkerCrashed { .. });
        let how = self.stopping.as_ref().map(|stopping| stopping.how);
        let is_stopped = was_crash
            && match how {
                Some(Stop::Suspend | Stop::Discard) => true,
                Some(Stop::Keep) => !self.is_asked,
                None => false,
            };
        if is_stopped && how == Some(Stop::Discard) {
            self.discard_run().await;
        }
        self.snapshot.send_modify(|snapshot| {
            if is_stopped {
                snapshot.state = JobState::Stopped;
            } else {
                snapshot.failure = Some(error.failure());
                snapshot.state = JobState::Failed;
            }
        });
    }

    /// Deletes what a worker that was made to stop could not delete itself.
    async fn discard_run(&self) {
        if let Some(run) = &self.run
            && self.is_asked
        {
            let request = Request::DiscardRun { run: run.clone() };
            // Where this fails the run stays in the library, where it can be deleted by hand.
            let _discarded = ask_once(&self.command, &request).await;
        }
    }

    fn set_state(&self, state: JobState) {
        self.snapshot.send_modify(|snapshot| snapshot.state = state);
    }
}

/// Waits until a moment; for ever without one.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// The name of the run that a training leaves behind.
fn run_of(request: &Request) -> Option<&str> {
    match request {
        Request::Train { training, .. } => Some(&training.name),
        Request::ResumeRun { run, .. } => Some(run),
        _ => None,
    }
}

/// Whether nothing came out, because the job was stopped.
fn is_nothing(answer: &Answer) -> bool {
    matches!(
        answer,
        Answer::Train(None)
            | Answer::ResumeRun(None)
            | Answer::ClassifyTable(None)
            | Answer::EvaluateTable(None)
            | Answer::GetBase(None)
    )
}
