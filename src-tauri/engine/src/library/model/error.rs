//! Why a trained model cannot be opened or kept.

use crate::failure_details;
use serde::Serialize;
use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;
use ts_rs::TS;

use super::archive::ArchiveError;
use crate::evaluation::EvaluationError;
use crate::files::WriteError;
use crate::model::config::ConfigError;
use crate::model::weights::WeightsError;
use crate::text::tokenizer::TokenizerError;

/// Why a trained model cannot be opened or kept.
#[derive(Debug, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum ModelError {
    /// There is no model of this name.
    #[error("there is no model named \"{name}\". {}", said_of(known))]
    #[serde(rename = "unknownModel")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The models there are.
        known: Vec<String>,
    },
    /// A name is taken.
    #[error(
        "there is already a model named \"{name}\". Choose another name, or delete that one first"
    )]
    #[serde(rename = "modelNameTaken")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// A name cannot be a folder's.
    #[error("\"{name}\" cannot be the name of a model: {reason}")]
    #[serde(rename = "impossibleModelName")]
    ImpossibleName {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: NameProblem,
    },
    /// A model is to be exported to a folder or file that is there already.
    #[error("{} exists already. Choose a name that is not taken yet", folder.display())]
    FolderExists {
        /// The folder or file.
        #[serde(serialize_with = "failure_details::path")]
        folder: PathBuf,
    },
    /// No deleted model of this name is left to be had back.
    #[error("no deleted model named \"{name}\" is left. Import it from a copy, or train it again")]
    NothingDeleted {
        /// The name.
        name: String,
    },
    /// Another program wrote the model, so that there is no manifest or record to change or show.
    #[error(
        "the model \"{name}\" was written by another program, so nothing is known of its training and evaluation. Evaluate it on a table with labels, or train one here"
    )]
    OtherProgram {
        /// The model.
        name: String,
    },
    /// A file of the folder cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    #[serde(rename = "unreadableModel")]
    Unreadable {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What the system said.
        #[serde(serialize_with = "failure_details::message")]
        #[ts(type = "string")]
        source: std::io::Error,
    },
    /// The manifest or the record is damaged.
    #[error("{} is damaged: {message}. Restore the file from a copy, or train the model again", path.display())]
    #[serde(rename = "damagedModel")]
    Corrupted {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// The manifest was written by a newer Etiqueta.
    #[error("{} was written by a newer Etiqueta (format {found}, and this one knows up to {known}). Update Etiqueta", path.display())]
    #[serde(rename = "newerModel")]
    Newer {
        /// The manifest.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that is known here.
        known: u32,
    },
    /// The folder's configuration has no head for several labels.
    #[error("{} names {found} labels, and telling labels apart needs two. Choose a model that was trained for classification", path.display())]
    #[serde(rename = "modelWithoutLabels")]
    NoLabels {
        /// The configuration.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// Labels found.
        found: usize,
    },
    /// The head was trained for something else than several labels an article.
    #[error("{} describes a model for \"{found}\", which gives something else than several labels an article. Choose a model of problem_type multi_label_classification", path.display())]
    #[serde(rename = "modelForOtherProblem")]
    OtherProblem {
        /// The configuration.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// Its `problem_type`.
        found: String,
    },
    /// Manifest and weights name different labels.
    #[error("{} and the configuration beside it name different labels. Restore both from one copy", path.display())]
    #[serde(rename = "modelLabelsDiffer")]
    OtherLabels {
        /// The manifest.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
    },
    /// The configuration cannot be used.
    #[error(transparent)]
    #[serde(untagged)]
    Config(#[from] ConfigError),
    /// The weights cannot be used.
    #[error(transparent)]
    #[serde(untagged)]
    Weights(#[from] WeightsError),
    /// The tokenizer cannot be used.
    #[error(transparent)]
    #[serde(untagged)]
    Tokenizer(#[from] TokenizerError),
    /// Something could not be written.
    #[error(transparent)]
    #[serde(untagged)]
    Write(#[from] WriteError),
    /// A zip file cannot be imported.
    #[error(transparent)]
    #[serde(untagged)]
    Archive(#[from] ArchiveError),
    /// The model's numbers cannot be computed.
    #[error(transparent)]
    #[serde(untagged)]
    Evaluation(#[from] EvaluationError),
}

fn said_of(known: &[String]) -> String {
    if known.is_empty() {
        "There is none yet: train one first".into()
    } else {
        format!("There are: {}", known.join(", "))
    }
}

/// Why a name cannot be a folder's on every system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum NameProblem {
    /// Nothing but spaces.
    Empty,
    /// More than 100 characters.
    TooLong,
    /// A character that some system reserves.
    ReservedCharacter,
    /// A dot or a space at one end.
    OuterDotOrSpace,
    /// A name of a device.
    DeviceName,
}

impl Display for NameProblem {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Empty => "it is empty",
            Self::TooLong => "it has more than 100 characters",
            Self::ReservedCharacter => "it holds one of / \\ : * ? \" < > |",
            Self::OuterDotOrSpace => "it begins or ends with a dot or a space",
            Self::DeviceName => "Windows keeps it for a device",
        })
    }
}
