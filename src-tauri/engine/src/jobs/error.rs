//! Why a job failed.

use crate::failure_details;
use serde::Serialize;
use std::path::PathBuf;
use ts_rs::TS;

use crate::classify::{ClassifyError, OutputError, TableError};
use crate::dataset::DatasetError;
use crate::evaluation::EvaluationError;
use crate::files::WriteError;
use crate::library::base::{BaseLibraryError, BaseModelError};
use crate::library::model::ModelError;
use crate::model::backend::BackendError;
use crate::split::SplitError;
use crate::training::error::TrainingError;

/// Why a job failed.
#[derive(Debug, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum JobError {
    /// A run of this name began and did not finish.
    #[error(
        "a run named \"{name}\" began and did not finish. Resume it, discard it, or choose another name"
    )]
    RunExists {
        /// The name.
        name: String,
    },
    /// Another session works on the run.
    #[error("the run \"{name}\" is being trained at this moment. Wait for it, or stop it")]
    RunBusy {
        /// The name.
        name: String,
    },
    /// There is no unfinished run of this name.
    #[error("there is no unfinished run named \"{name}\". {}", said_of(known))]
    UnknownRun {
        /// The name.
        name: String,
        /// The runs there are.
        known: Vec<String>,
    },
    /// A run's description is damaged.
    #[error("{} is damaged: {message}. Discard the run and start a new one", path.display())]
    #[serde(rename = "damagedRun")]
    CorruptedRun {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// A run's description was written by a newer Etiqueta.
    #[error("{} was written by a newer Etiqueta (format {found}, and this one knows up to {known}). Update Etiqueta", path.display())]
    NewerRun {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that is known here.
        known: u32,
    },
    /// The base model is no longer the one that a run began with.
    #[error(
        "the base model \"{name}\" changed since the run began. Put it back as it was, or start a new run"
    )]
    BaseChanged {
        /// Its name.
        name: String,
    },
    /// No label of the table is one of the model's.
    #[error("no row of {} has a label that the model knows ({known}), so there is nothing to evaluate. Choose the column that holds the labels", path.display())]
    NothingToEvaluate {
        /// The table.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// The labels of the model.
        known: String,
    },
    /// The table cannot be used.
    #[error(transparent)]
    #[serde(untagged)]
    Dataset(#[from] DatasetError),
    /// The rows cannot be split.
    #[error(transparent)]
    #[serde(untagged)]
    Split(#[from] SplitError),
    /// The base model cannot be used.
    #[error(transparent)]
    #[serde(untagged)]
    BaseModel(#[from] BaseModelError),
    /// The base model cannot be had.
    #[error(transparent)]
    #[serde(untagged)]
    BaseLibrary(#[from] BaseLibraryError),
    /// The model could not be judged.
    #[error(transparent)]
    #[serde(untagged)]
    Evaluation(#[from] EvaluationError),
    /// A model cannot be opened or kept.
    #[error(transparent)]
    #[serde(untagged)]
    Model(#[from] ModelError),
    /// The run cannot start or go on.
    #[error(transparent)]
    #[serde(untagged)]
    Training(#[from] TrainingError),
    /// The model could not be computed.
    #[error(transparent)]
    #[serde(untagged)]
    Backend(#[from] BackendError),
    /// Something could not be written.
    #[error(transparent)]
    #[serde(untagged)]
    Write(#[from] WriteError),
    /// Answers cannot go where they are asked to.
    #[error(transparent)]
    #[serde(untagged)]
    Output(#[from] OutputError),
}

impl From<ClassifyError> for JobError {
    fn from(error: ClassifyError) -> Self {
        match error {
            ClassifyError::Model(error) => Self::Model(error),
            ClassifyError::Backend(error) => Self::Backend(error),
        }
    }
}

impl From<TableError> for JobError {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Dataset(error) => Self::Dataset(error),
            TableError::Classify(error) => error.into(),
            TableError::Evaluation(error) => Self::Evaluation(error),
            TableError::Output(error) => Self::Output(error),
            TableError::Write(error) => Self::Write(error),
        }
    }
}

fn said_of(known: &[String]) -> String {
    if known.is_empty() {
        "There is none".into()
    } else {
        format!("There are: {}", known.join(", "))
    }
}
