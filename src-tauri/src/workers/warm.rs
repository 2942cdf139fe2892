//! Workers that stay: they keep a table, a classifier or nothing but themselves ready.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use engine::devices::DeviceChoice;
use engine::protocol::{Answer, ChartSource, Request};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::{ReadyWorker, WorkerCommand};
use crate::error::ShellError;

/// How long a job waits for the card of an article that is being answered.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// The workers that stay. Each is started when it is first needed, again when it died, and anew
/// when its command changed.
#[derive(Default)]
pub struct WarmWorkers {
    /// Keeps the open table.
    table: Mutex<Place>,
    /// Keeps the classifier.
    classify: Mutex<Place>,
    /// Everything else.
    library: Mutex<Place>,
    /// Whether the classifier may have a card open, and a model on it.
    holds_card: AtomicBool,
}

#[derive(Default)]
struct Place {
    worker: Option<(WorkerCommand, ReadyWorker)>,
    /// The table that is open, for a new worker to open it again.
    opened: Option<Request>,
}

impl WarmWorkers {
    /// Asks the worker that a request is for. Requests to the same one wait for each other.
    ///
    /// # Errors
    /// When the worker cannot be started, cannot do it, or dies.
    pub async fn ask(
        &self,
        command: &WorkerCommand,
        request: Request,
    ) -> Result<Answer, ShellError> {
        let mut place = self.place(&request).lock().await;
        let mut worker = match place.take_living(command) {
            Some(worker) => worker,
            None => place.start(command, &request).await?,
        };
        if matches!(request, Request::Classify { .. }) {
            self.holds_card.store(true, Ordering::Relaxed);
        }
        let answer = worker.ask(&request).await;
        if matches!(answer, Ok(_) | Err(ShellError::Worker(_))) {
            place.worker = Some((command.clone(), worker));
        }
        if let Ok(Answer::Classify(classified)) = &answer {
            let is_card = matches!(classified.device.device.device, DeviceChoice::Card(_));
            self.holds_card.store(is_card, Ordering::Relaxed);
        }
        if matches!(request, Request::OpenTable { .. }) && answer.is_ok() {
            place.opened = Some(request);
        }
        answer
    }

    /// Lets the worker end that keeps a model on a card, so that a job has the card for itself. The next article is
    /// answered by a new one. One that is at work may finish, unless that takes long.
    pub async fn free_card(&self) {
        if !self.holds_card.load(Ordering::Relaxed) {
            return;
        }
        let Ok(mut place) = timeout(LONGEST_WAIT, self.classify.lock()).await else {
            return;
        };
        self.holds_card.store(false, Ordering::Relaxed);
        if let Some((_, worker)) = place.worker.take() {
            worker.end().await;
        }
    }

    /// Lets all of them end.
    pub async fn end(&self) {
        for place in [&self.table, &self.classify, &self.library] {
            if let Ok(mut place) = place.try_lock()
                && let Some((_, worker)) = place.worker.take()
            {
                worker.end().await;
            }
        }
    }

    fn place(&self, request: &Request) -> &Mutex<Place> {
        match request {
            Request::OpenTable { .. }
            | Request::ListArticles { .. }
            | Request::ProfileTable { .. }
            | Request::PreviewSplit { .. }
            | Request::DrawChart {
                source: ChartSource::Table,
                ..
            } => &self.table,
            Request::Classify { .. } | Request::ReadText { .. } => &self.classify,
            _ => &self.library,
        }
    }
}

impl Place {
    /// The worker, if it can be asked. It is put back after its answer: one whose asking was
    /// broken off is not asked again.
    fn take_living(&mut self, command: &WorkerCommand) -> Option<ReadyWorker> {
        let (of, mut worker) = self.worker.take()?;
        (of == *command && worker.is_alive()).then_some(worker)
    }

    /// A new worker that has the table open, if one was and it is not replaced anyway.
    async fn start(
        &self,
        command: &WorkerCommand,
        request: &Request,
    ) -> Result<ReadyWorker, ShellError> {
        let mut worker = ReadyWorker::start(command).await?;
        if let Some(opened) = &self.opened
            && !matches!(request, Request::OpenTable { .. })
        {
            worker.ask(opened).await?;
        }
        Ok(worker)
    }
}
