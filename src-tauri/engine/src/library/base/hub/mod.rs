//! Base models from the Hugging Face Hub.
//!
//! hf-hub 1.0 speaks to the Hub. Resuming, the check of every file against the SHA-256 that the
//! Hub states, stopping, and giving up on a silent server are done around it; its cache is off,
//! and nothing is written outside the library. Nothing is sent but the requests for the model.

mod download;
mod error;
mod explain;
mod listing;
pub(super) mod partial;
mod session;
mod transfer;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Added, BaseLibrary, BaseLibraryError, names};
use crate::files::WriteError;
use crate::training::stop::StopFlag;
use download::Download;
use session::Session;

pub use error::HubError;

/// Where the Hub is, unless the user says otherwise (`HF_ENDPOINT`).
pub const DEFAULT_ENDPOINT: &str = "https://huggingface.co";
/// How long nothing may come before a download is given up.
pub const DEFAULT_PATIENCE: Duration = Duration::from_secs(60);

/// Which Hub base models come from, and as whom.
#[derive(Clone)]
pub struct HubAccess {
    /// The address of the Hub.
    pub endpoint: String,
    /// An access token, for models that are not public. It is sent to `endpoint` alone.
    pub token: Option<String>,
}

impl Default for HubAccess {
    fn default() -> Self {
        Self {
            endpoint: DEFAULT_ENDPOINT.into(),
            token: None,
        }
    }
}

/// What to get, and from where.
#[derive(Clone)]
pub struct HubRequest {
    /// The model's name on the Hub, such as `google-bert/bert-base-uncased`, or its address.
    pub hub_name: String,
    /// Its name in the library; by default the part of its name after the `/`.
    pub name: Option<String>,
    /// The address of the Hub.
    pub endpoint: String,
    /// An access token, for models that are not public. It is sent to `endpoint` alone.
    pub token: Option<String>,
    /// How long nothing may come before the download is given up.
    pub patience: Duration,
}

impl HubRequest {
    /// A request for a public model of the Hub.
    pub fn new(hub_name: impl Into<String>) -> Self {
        Self {
            hub_name: hub_name.into(),
            name: None,
            endpoint: DEFAULT_ENDPOINT.into(),
            token: None,
            patience: DEFAULT_PATIENCE,
        }
    }

    /// A request for a model of this Hub.
    pub fn from_hub(hub_name: impl Into<String>, hub: &HubAccess) -> Self {
        Self {
            endpoint: hub.endpoint.clone(),
            token: hub.token.clone(),
            ..Self::new(hub_name)
        }
    }

    /// The name on the Hub alone, when it can be one.
    fn checked_name(&self) -> Result<&str, HubError> {
        let given = self.hub_name.trim();
        let address = given.strip_prefix(self.endpoint.trim_end_matches('/'));
        let name = address.unwrap_or(given).trim_matches('/');
        let legal = |part: &str| {
            let known =
                |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
            !part.is_empty() && !part.starts_with('.') && part.chars().all(known)
        };
        if name.split('/').all(legal) && name.split('/').count() <= 2 {
            Ok(name)
        } else {
            Err(HubError::InvalidName {
                hub_name: given.into(),
            })
        }
    }
}

/// The token is a secret, so it is not shown.
impl std::fmt::Debug for HubRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("HubRequest")
            .field("hub_name", &self.hub_name)
            .field("name", &self.name)
            .field("endpoint", &self.endpoint)
            .field("token", &self.token.as_ref().map(|_| "..."))
            .field("patience", &self.patience)
            .finish()
    }
}

/// Takes what a download tells.
pub trait DownloadObserver {
    /// Takes one event. Runs in the thread of the download, so it has to be quick.
    fn on(&mut self, event: DownloadEvent);
}

/// One thing that happened in a download. Call order:
/// `Found (Resumed | Advanced | Restarted | Checked)* Tested`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "event",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum DownloadEvent {
    /// The Hub has the model.
    Found {
        /// Its full name there.
        hub_name: String,
        /// The commit that is downloaded.
        commit: String,
        /// Its licence, when the Hub states it.
        licence: Option<String>,
        /// Files to get.
        files: usize,
        /// Bytes of all files.
        total_bytes: u64,
    },
    /// A part of a file was there, from an earlier download or before the connection broke.
    Resumed {
        /// The file.
        file: String,
        /// Where the download goes on.
        from_byte: u64,
    },
    /// More of a file is on the disk.
    Advanced {
        /// The file.
        file: String,
        /// Bytes of it that are there.
        file_bytes: u64,
        /// Bytes of the whole file; 0 if the Hub does not state them.
        file_total_bytes: u64,
        /// Bytes of all files that are there.
        bytes: u64,
        /// Bytes of all files.
        total_bytes: u64,
    },
    /// A file is downloaded anew from its beginning, because what was resumed was of no use.
    Restarted {
        /// The file.
        file: String,
    },
    /// A file is whole.
    Checked {
        /// The file.
        file: String,
        /// Whether its SHA-256 is that which the Hub states; `false` when it states none, as for
        /// small files, where only the length was compared.
        checksum: bool,
    },
    /// The model passed its self-test and is about to be put in its place.
    Tested,
}

impl BaseLibrary {
    /// Gets a BERT from the Hub into the library. A download that was stopped or broke off goes
    /// on where it was when it is asked for again. Blocks until it is done; may be called from
    /// asynchronous code too.
    ///
    /// # Errors
    /// When the name is taken, the Hub cannot be reached or does not have or give the model, it
    /// is not a usable BERT, what came is damaged, it was stopped, or it cannot be written. No
    /// half model is left in the library, at most an unfinished download.
    pub fn get(
        &self,
        request: &HubRequest,
        observer: &mut dyn DownloadObserver,
        stop: &StopFlag,
    ) -> Result<Added, BaseLibraryError> {
        let hub_name = request.checked_name()?;
        let name = match &request.name {
            Some(name) => name.trim(),
            None => hub_name.rsplit('/').next().unwrap_or(hub_name),
        };
        let target = self.free_folder(name)?;
        std::fs::create_dir_all(self.folder())
            .map_err(|source| WriteError::new(self.folder(), source))?;
        let session = Session::open(request)?;
        let listing = download::ask(&session, request, hub_name, stop)?;
        let folder_name = names::folder_name(&listing.hub_name)?;
        let download = Download::begin(
            session,
            request,
            listing,
            (self.folder(), &folder_name, name),
            stop,
        )?;
        download.complete(&target, observer)
    }
}
