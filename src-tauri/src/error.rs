//! What can go wrong in the shell, and how the page is told.

use std::path::PathBuf;

use engine::files::WriteError;
use engine::protocol::{Failure, PROTOCOL_VERSION};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// Why a command failed. The page gets it as a [`Failure`].
#[derive(Debug, thiserror::Error)]
pub enum ShellError {
    /// The page named a file that the user did not open.
    #[error("{} was not opened by you. Open it with the dialog, or drop it on the window", path.display())]
    PathNotOpened {
        /// The file.
        path: PathBuf,
    },
    /// Two trainings would share one processor.
    #[error("a training is going on. Wait for its end, or stop it, and start this one then")]
    TrainingInProgress,
    /// A job was asked for like a question, or a question like a job.
    #[error(
        "the request {kind} is no {expected}. This is a fault of the program: please report it"
    )]
    WrongKind {
        /// The kind of the request.
        kind: String,
        /// What it should have been.
        expected: &'static str,
    },
    /// The worker's program could not be started.
    #[error("the worker {} cannot be started: {source}. Install Etiqueta again, or mend the worker's command in the settings", path.display())]
    WorkerMissing {
        /// The program.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The worker ended without an answer.
    #[error("the worker ended before it was done{}", last_words(log))]
    WorkerCrashed {
        /// The last lines of its error output.
        log: String,
        /// The run that can be resumed.
        run: Option<String>,
    },
    /// The worker said something that is not of the protocol.
    #[error(
        "the worker said something that is not understood: {line}. Check the worker's command in the settings"
    )]
    WorkerNonsense {
        /// The beginning of its line.
        line: String,
    },
    /// The worker speaks another version of the protocol.
    #[error(
        "the worker {program} speaks version {found} of the protocol, the window version {PROTOCOL_VERSION}. Install the same version of Etiqueta for both"
    )]
    WorkerTooOld {
        /// The program's name and version.
        program: String,
        /// Its version of the protocol.
        found: u32,
    },
    /// The worker answered that it could not do it.
    #[error("{}", .0.message)]
    Worker(Failure),
    /// There is no job of this number.
    #[error("there is no job {id}. It may have been removed from the list")]
    UnknownJob {
        /// The number.
        id: u64,
    },
    /// A job that goes on cannot be forgotten.
    #[error("job {id} goes on. Stop it before removing it from the list")]
    JobNotOver {
        /// The number.
        id: u64,
    },
    /// The settings could not be kept.
    #[error("the settings were not kept: {0}")]
    SettingsUnwritable(WriteError),
    /// A project could not be kept or deleted.
    #[error("the project was not kept: {0}")]
    ProjectUnwritable(WriteError),
    /// A project's identity is no name of a file.
    #[error("{id:?} is no identity of a project: letters, digits and hyphens are")]
    ProjectIdentity {
        /// The identity.
        id: String,
    },
    /// The history could not be kept.
    #[error("the history was not kept: {0}")]
    HistoryUnwritable(WriteError),
    /// A text could not be written.
    #[error("{0}")]
    TextUnwritable(WriteError),
    /// The sample table is not where it belongs.
    #[error("the sample table {} is missing. Install Etiqueta again", path.display())]
    ExampleMissing {
        /// Where it belongs.
        path: PathBuf,
    },
    /// The system shows no folders.
    #[error("{} cannot be shown in the file manager: {reason}. Open the folder by hand", path.display())]
    NotShown {
        /// What was to be shown.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
}

/// The last line of a log as the end of a sentence.
fn last_words(log: &str) -> String {
    match log.trim().lines().last() {
        Some(line) => format!(": {line}"),
        None => String::new(),
    }
}

impl ShellError {
    /// The error as the page is told it.
    pub fn failure(&self) -> Failure {
        if let Self::Worker(failure) = self {
            return failure.clone();
        }
        Failure {
            code: self.code().into(),
            message: self.to_string(),
            details: self.details(),
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::PathNotOpened { .. } => "pathNotOpened",
            Self::TrainingInProgress => "trainingInProgress",
            Self::WrongKind { .. } => "wrongKind",
            Self::WorkerMissing { .. } => "workerMissing",
            Self::WorkerCrashed { .. } => "workerCrashed",
            Self::WorkerNonsense { .. } => "workerNonsense",
            Self::WorkerTooOld { .. } => "workerTooOld",
            Self::Worker(failure) => &failure.code,
            Self::UnknownJob { .. } => "unknownJob",
            Self::JobNotOver { .. } => "jobNotOver",
            Self::SettingsUnwritable(_) => "settingsUnwritable",
            Self::ProjectUnwritable(_) | Self::ProjectIdentity { .. } => "projectUnwritable",
            Self::HistoryUnwritable(_) => "historyUnwritable",
            Self::TextUnwritable(_) => "textUnwritable",
            Self::ExampleMissing { .. } => "exampleMissing",
            Self::NotShown { .. } => "notShown",
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::PathNotOpened { path }
            | Self::WorkerMissing { path, .. }
            | Self::ExampleMissing { path }
            | Self::NotShown { path, .. } => json!({ "path": path }),
            Self::WrongKind { kind, .. } => json!({ "kind": kind }),
            Self::WorkerCrashed { log, run } => json!({ "log": log, "run": run }),
            Self::WorkerNonsense { line } => json!({ "line": line }),
            Self::WorkerTooOld { program, found } => {
                json!({ "program": program, "found": found, "expected": PROTOCOL_VERSION })
            }
            Self::Worker(failure) => failure.details.clone(),
            Self::UnknownJob { id } | Self::JobNotOver { id } => json!({ "id": id }),
            Self::ProjectIdentity { id } => json!({ "id": id, "reason": self.to_string() }),
            Self::SettingsUnwritable(error)
            | Self::ProjectUnwritable(error)
            | Self::HistoryUnwritable(error)
            | Self::TextUnwritable(error) => json!({ "reason": error.to_string() }),
            Self::TrainingInProgress => json!({}),
        }
    }
}

impl Serialize for ShellError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.failure().serialize(serializer)
    }
}
