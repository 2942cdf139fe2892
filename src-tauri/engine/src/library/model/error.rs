//! Why a trained model cannot be opened or kept.

use std::path::PathBuf;

use super::archive::ArchiveError;
use crate::evaluation::EvaluationError;
use crate::files::WriteError;
use crate::model::config::ConfigError;
use crate::model::weights::WeightsError;
use crate::text::tokenizer::TokenizerError;

/// Why a trained model cannot be opened or kept.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// There is no model of this name.
    #[error("there is no model named \"{name}\". {}", said_of(known))]
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
    NameTaken {
        /// The name.
        name: String,
    },
    /// A name cannot be a folder's.
    #[error("\"{name}\" cannot be the name of a model: {reason}")]
    ImpossibleName {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A model is to be exported to a folder or file that is there already.
    #[error("{} exists already. Choose a name that is not taken yet", folder.display())]
    FolderExists {
        /// The folder or file.
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
    /// A zip file cannot be imported.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The model's numbers cannot be computed.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// A file of the folder cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The manifest or the record is damaged.
    #[error("{} is damaged: {message}. Restore the file from a copy, or train the model again", path.display())]
    Corrupted {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// The manifest was written by a newer Etiqueta.
    #[error("{} was written by a newer Etiqueta (format {found}, and this one knows up to {known}). Update Etiqueta", path.display())]
    Newer {
        /// The manifest.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that is known here.
        known: u32,
    },
    /// The folder's configuration has no head for several labels.
    #[error("{} names {found} labels, and telling labels apart needs two. Choose a model that was trained for classification", path.display())]
    NoLabels {
        /// The configuration.
        path: PathBuf,
        /// Labels found.
        found: usize,
    },
    /// The head was trained for something else than several labels an article.
    #[error("{} describes a model for \"{found}\", which gives something else than several labels an article. Choose a model of problem_type multi_label_classification", path.display())]
    OtherProblem {
        /// The configuration.
        path: PathBuf,
        /// Its `problem_type`.
        found: String,
    },
    /// Manifest and weights name different labels.
    #[error("{} and the configuration beside it name different labels. Restore both from one copy", path.display())]
    OtherLabels {
        /// The manifest.
        path: PathBuf,
    },
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The weights cannot be used.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The tokenizer cannot be used.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// Something could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

fn said_of(known: &[String]) -> String {
    if known.is_empty() {
        "There is none yet: train one first".into()
    } else {
        format!("There are: {}", known.join(", "))
    }
}
