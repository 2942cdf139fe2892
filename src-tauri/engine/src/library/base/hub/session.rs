//! Requests to the Hub from code that is not asynchronous: hf-hub works in a thread of its own,
//! and the caller's thread hears of its progress, watches for a stop and for silence.

use std::future::Future;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use hf_hub::repository::RepoTypeModel;
use hf_hub::{HFClient, HFError, HFRepository};
use tokio::runtime::{Builder, Runtime};

use super::{HubError, HubRequest};
use crate::files::WriteError;
use crate::training::stop::StopFlag;

/// How often a stop is looked for.
const TICK: Duration = Duration::from_millis(50);
/// How often hf-hub repeats a request that could not be sent or was answered with a failure of
/// the server, after 0.2, 0.4, 0.8 s.
const REPETITIONS: usize = 3;

/// Why a request has no result.
#[derive(Debug)]
pub(super) enum Failure {
    /// hf-hub says so.
    Hub(HFError),
    /// What came could not be written.
    Disk(WriteError),
    /// The answer ended too early.
    Short,
    /// The answer was longer than the Hub states.
    Long,
    /// It was asked to stop.
    Stopped,
    /// Nothing came for too long.
    Silent,
}

impl From<HFError> for Failure {
    fn from(error: HFError) -> Self {
        Self::Hub(error)
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self::Disk(error)
    }
}

/// An open client.
pub(super) struct Session {
    client: HFClient,
    /// There until it is dropped.
    runtime: Option<Runtime>,
    patience: Duration,
}

impl Session {
    pub(super) fn open(request: &HubRequest) -> Result<Self, HubError> {
        let invalid = |message: String| HubError::InvalidEndpoint {
            endpoint: request.endpoint.clone(),
            message,
        };
        let scheme = ["http://", "https://"];
        if !scheme
            .iter()
            .any(|start| request.endpoint.starts_with(start))
        {
            return Err(invalid("it does not begin with https://".into()));
        }
        // Without a token hf-hub looks for one in the environment and in the home folder. Here
        // the caller decides, and a line break can be no header, so that none is sent.
        let token = request.token.clone().unwrap_or_else(|| "\n".into());
        let client = HFClient::builder()
            .endpoint(&request.endpoint)
            .token(token)
            .user_agent(concat!("etiqueta/", env!("CARGO_PKG_VERSION")))
            .cache_enabled(false)
            .retry_max_attempts(REPETITIONS)
            .build()
            .map_err(|error| invalid(error.to_string()))?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| HubError::NoConnection {
            endpoint: request.endpoint.clone(),
            message: error.to_string(),
        })?;
        Ok(Self {
            client,
            runtime: Some(runtime),
            patience: request.patience,
        })
    }

    pub(super) fn client(&self) -> HFClient {
        self.client.clone()
    }

    pub(super) fn repository(&self, hub_name: &str) -> HFRepository<RepoTypeModel> {
        let (owner, name) = hf_hub::split_id(hub_name);
        self.client.model(owner, name)
    }

    /// Runs `work`, which tells its news to a sender, and passes them to `hear` in this thread.
    /// The work is given up at its next pause when `stop` is raised, or when there was no news
    /// for as long as patience lasts.
    pub(super) fn run<News, T, Work>(
        &self,
        work: impl FnOnce(Sender<News>) -> Work,
        hear: &mut dyn FnMut(News),
        stop: &StopFlag,
    ) -> Result<T, Failure>
    where
        News: Send + 'static,
        T: Send + 'static,
        Work: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let Some(runtime) = &self.runtime else {
            return Err(Failure::Stopped);
        };
        let (sender, news) = mpsc::channel();
        let task = runtime.spawn(work(sender));
        let abort = task.abort_handle();
        let mut given_up = None;
        // A thread of its own also when the caller is asynchronous, where blocking is forbidden.
        let result = std::thread::scope(|scope| {
            let driver = scope.spawn(|| runtime.block_on(task));
            let mut waited = Duration::ZERO;
            loop {
                match news.recv_timeout(TICK) {
                    Ok(one) => {
                        waited = Duration::ZERO;
                        hear(one);
                    }
                    Err(RecvTimeoutError::Timeout) => waited += TICK,
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                if given_up.is_some() {
                    continue;
                } else if stop.is_raised() {
                    given_up = Some(Failure::Stopped);
                    abort.abort();
                } else if waited >= self.patience {
                    given_up = Some(Failure::Silent);
                    abort.abort();
                }
            }
            driver.join()
        });
        match result {
            Ok(Ok(done)) => done,
            Ok(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Ok(Err(_)) => Err(given_up.unwrap_or(Failure::Stopped)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Looking up a host's address cannot be interrupted, and must not keep anybody waiting.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
