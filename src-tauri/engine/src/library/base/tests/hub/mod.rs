//! Downloads from the server of the tests.

mod getting;
mod refusing;
mod resuming;

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use super::fixture::Tiny;
use super::server::{MODEL, OLD_NAME, Server, Site};
use crate::library::base::hub::{
    DEFAULT_ENDPOINT, DownloadEvent, DownloadObserver, HubError, HubRequest,
};
use crate::library::base::known::SUGGESTIONS;
use crate::library::base::{Added, BaseLibrary, BaseLibraryError, BaseModelError, BaseState};
use crate::training::stop::StopFlag;

/// Where the connection breaks in these tests.
const BREAK: usize = 10_000;

#[derive(Default)]
struct Events {
    all: Vec<DownloadEvent>,
    stop_at: Option<(StopFlag, u64)>,
}

impl DownloadObserver for Events {
    fn on(&mut self, event: DownloadEvent) {
        if let (Some((stop, bytes)), DownloadEvent::Advanced { bytes: at, .. }) =
            (&self.stop_at, &event)
            && at >= bytes
        {
            stop.raise();
        }
        self.all.push(event);
    }
}

impl Events {
    fn resumed(&self) -> Vec<u64> {
        let events = self.all.iter();
        events
            .filter_map(|event| match event {
                DownloadEvent::Resumed { from_byte, .. } => Some(*from_byte),
                _ => None,
            })
            .collect()
    }

    fn restarted(&self) -> usize {
        let restarted = |event: &&DownloadEvent| matches!(event, DownloadEvent::Restarted { .. });
        self.all.iter().filter(restarted).count()
    }
}

struct Place {
    _folder: tempfile::TempDir,
    library: BaseLibrary,
    events: Events,
    stop: StopFlag,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            library: BaseLibrary::new(folder.path().join("models"), None),
            _folder: folder,
            events: Events::default(),
            stop: StopFlag::default(),
        }
    }

    fn get(&mut self, server: &Server) -> Result<Added, BaseLibraryError> {
        self.get_request(&request(server))
    }

    fn get_request(&mut self, request: &HubRequest) -> Result<Added, BaseLibraryError> {
        self.library.get(request, &mut self.events, &self.stop)
    }

    /// What the Hub's refusal is.
    fn refused(&mut self, server: &Server) -> HubError {
        match self.get(server).unwrap_err() {
            BaseLibraryError::Hub(error) => error,
            other => panic!("{other}"),
        }
    }

    fn states(&self) -> Vec<BaseState> {
        let entries = self.library.list().unwrap().into_iter();
        entries.map(|entry| entry.state).collect()
    }

    fn part(&self) -> PathBuf {
        let folder = self.library.folder();
        folder.join(".etiqueta-download-etiqueta-tiny-bert/model.safetensors.part")
    }
}

fn request(server: &Server) -> HubRequest {
    HubRequest {
        endpoint: server.endpoint(),
        ..HubRequest::new(MODEL)
    }
}

fn site() -> Site {
    Site::new(Tiny::default().files())
}

fn weights() -> Vec<u8> {
    Tiny::default().files().remove("model.safetensors").unwrap()
}

fn from(byte: usize) -> Option<String> {
    Some(format!("bytes={byte}-{}", weights().len() - 1))
}
