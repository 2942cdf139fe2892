//! How a command ends: its exit code, and what is said when it failed.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use engine::classify::{ClassifyError, OutputError, TableError};
use engine::dataset::DatasetError;
use engine::devices::UnknownDevice;
use engine::evaluation::EvaluationError;
use engine::files::WriteError;
use engine::jobs::JobError;
use engine::library::ImportError;
use engine::library::base::hub::HubError;
use engine::library::base::{BaseLibraryError, BaseModelError};
use engine::library::model::ModelError;
use engine::report::ReportError;
use engine::training::error::TrainingError;
use engine::training::recipe::RecipeError;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommandEnd {
    /// Everything asked for is done.
    Done,
    /// Something failed on the way.
    Failed,
    /// What was asked for, or what was handed in, cannot be used.
    BadInput,
    /// It was asked to stop.
    Stopped,
}

impl From<CommandEnd> for ExitCode {
    fn from(end: CommandEnd) -> Self {
        Self::from(match end {
            CommandEnd::Done => 0,
            CommandEnd::Failed => 1,
            CommandEnd::BadInput => 2,
            CommandEnd::Stopped => 3,
        })
    }
}

/// Why a command could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// A job failed.
    #[error(transparent)]
    Job(#[from] JobError),
    /// A model could not be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A report could not be written.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// No text was handed in.
    #[error(
        "there is nothing to classify: give --title or --abstract, a file, or a text on standard input"
    )]
    NothingToClassify,
    /// A model has no record, because another program wrote it.
    #[error(
        "the model \"{name}\" was written by another program, so nothing is known of its evaluation. Evaluate it on a table: etiqueta evaluate {name} TABLE"
    )]
    NoRecord {
        /// The model.
        name: String,
    },
    /// A text file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    UnreadableText {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no data folder.
    #[error("this system names no folder for application data. Set ETIQUETA_HOME to a folder")]
    NoHome,
    /// A number of threads that cannot be.
    #[error("--threads has to be at least 1")]
    NoThreads,
    /// `ETIQUETA_DEVICE` names no device.
    #[error(transparent)]
    UnknownDevice(#[from] UnknownDevice),
    /// Ctrl-C could not be listened to.
    #[error("cannot listen to Ctrl-C: {0}")]
    Interrupt(#[from] ctrlc::Error),
    /// The output cannot be written.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}

impl CommandError {
    /// How to do at a terminal what the message asks for, where it does not say so itself.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        if let Self::Import(ImportError::NeedsAnswers { .. }) = self {
            return Some("--base NAME and --labels A,B,C say so");
        }
        let Self::Job(JobError::Dataset(error)) = self else {
            return None;
        };
        match error {
            DatasetError::MissingTextColumn { .. } | DatasetError::MissingRole { .. } => {
                Some("--title-column NAME and --abstract-column NAME say which columns to read")
            }
            DatasetError::MissingLabelColumn { .. }
            | DatasetError::AmbiguousLabelColumn { .. }
            | DatasetError::NoLabels { .. } => Some(
                "--label-column NAME says which column holds the labels; give it several times for columns of 0 and 1",
            ),
            DatasetError::OneLabelOnly { .. } => {
                Some("--label-separator TEXT says what separates labels in a cell")
            }
            DatasetError::Undecodable { .. } => Some("--encoding NAME says how the file is stored"),
            DatasetError::RaggedRow { .. } => {
                Some("--separator CHARACTER says what separates the columns")
            }
            _ => None,
        }
    }

    /// What is at fault: what was asked for, or something on the way.
    pub(crate) fn exit_code(&self) -> CommandEnd {
        let failed = match self {
            Self::Job(error) => is_failure(error),
            Self::Import(error) => is_failed_import(error),
            Self::Report(_) | Self::Interrupt(_) | Self::Output(_) => true,
            Self::NothingToClassify
            | Self::NoRecord { .. }
            | Self::UnreadableText { .. }
            | Self::NoHome
            | Self::NoThreads
            | Self::UnknownDevice(_) => false,
        };
        if failed {
            CommandEnd::Failed
        } else {
            CommandEnd::BadInput
        }
    }
}

fn is_failure(error: &JobError) -> bool {
    match error {
        JobError::Dataset(_)
        | JobError::Split(_)
        | JobError::RunExists { .. }
        | JobError::UnknownRun { .. }
        | JobError::RunBusy { .. }
        | JobError::BaseChanged { .. }
        | JobError::BaseModel(_)
        | JobError::Output(_)
        | JobError::NothingToEvaluate { .. } => false,
        JobError::BaseLibrary(error) => {
            matches!(error, BaseLibraryError::Write(_))
                || matches!(error, BaseLibraryError::Hub(error) if !is_bad_name(error))
        }
        JobError::Model(error) => matches!(error, ModelError::Write(_)),
        JobError::Training(error) => !matches!(
            error,
            TrainingError::Recipe(_)
                | TrainingError::NoRows { .. }
                | TrainingError::DataChanged { .. }
                | TrainingError::RecipeChanged { .. }
        ),
        JobError::Backend(error) => !error.is_of_an_unfit_device(),
        JobError::Evaluation(_)
        | JobError::Write(_)
        | JobError::CorruptedRun { .. }
        | JobError::NewerRun { .. } => true,
    }
}

fn is_failed_import(error: &ImportError) -> bool {
    matches!(
        error,
        ImportError::Write(_) | ImportError::Model(ModelError::Write(_))
    )
}

/// Whether the Hub has no such BERT, or cannot have.
fn is_bad_name(error: &HubError) -> bool {
    matches!(
        error,
        HubError::InvalidName { .. }
            | HubError::NotFound { .. }
            | HubError::NotBert { .. }
            | HubError::MissingFile { .. }
            | HubError::NoSafetensors { .. }
    )
}

/// Errors of the engine's parts are errors of the job that they are part of.
macro_rules! through_job {
    ($($error:ty),*) => {
        $(impl From<$error> for CommandError {
            fn from(error: $error) -> Self {
                Self::Job(error.into())
            }
        })*
    };
}

through_job!(
    DatasetError,
    ModelError,
    BaseModelError,
    BaseLibraryError,
    EvaluationError,
    ClassifyError,
    OutputError,
    TableError,
    TrainingError,
    WriteError
);

impl From<RecipeError> for CommandError {
    fn from(error: RecipeError) -> Self {
        TrainingError::from(error).into()
    }
}
