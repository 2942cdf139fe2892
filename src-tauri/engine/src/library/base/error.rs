//! Why a base model cannot be used, and why the library cannot do what it was asked.

use std::path::PathBuf;

use super::hub::HubError;
use crate::files::WriteError;
use crate::model::backend::BackendError;
use crate::model::config::ConfigError;
use crate::model::weights::WeightsError;
use crate::text::tokenizer::TokenizerError;

/// Why a folder is not a base model that can be fine-tuned.
#[derive(Debug, thiserror::Error)]
pub enum BaseModelError {
    /// There is no such folder.
    #[error("{} is not a folder. Choose the folder that holds the model's config.json", folder.display())]
    NoFolder {
        /// What was named.
        folder: PathBuf,
    },
    /// A file is missing.
    #[error("{} has no {file}. Choose a folder with config.json, model.safetensors and tokenizer.json or vocab.txt", folder.display())]
    Incomplete {
        /// The folder.
        folder: PathBuf,
        /// What is missing.
        file: &'static str,
    },
    /// The weights are there in a format that is not read.
    #[error("{} has its weights only as {found}, and only model.safetensors is read. Open the model in Python with transformers and write it with save_pretrained, or get it from where it has model.safetensors", folder.display())]
    OtherFormat {
        /// The folder.
        folder: PathBuf,
        /// The file that was found.
        found: String,
    },
    /// The weights are split over several files.
    #[error("{} has its weights in several files ({found}). Open the model in Python with transformers and write it with save_pretrained(..., max_shard_size=\"100GB\")", folder.display())]
    Sharded {
        /// The folder.
        folder: PathBuf,
        /// One of the files.
        found: String,
    },
    /// `config.json` does not describe a BERT that can be trained.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The tokenizer cannot be used.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The weights cannot be used.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// Tokenizer and weights are of different models.
    #[error("the tokenizer in {} has {tokenizer} word pieces and the weights have {weights}: they do not belong together. Copy all files from the same model", folder.display())]
    TokenizerMismatch {
        /// The folder.
        folder: PathBuf,
        /// Word pieces of the tokenizer.
        tokenizer: usize,
        /// Rows of the embedding table.
        weights: usize,
    },
    /// A file has other content than it should have.
    #[error("{} is damaged or was changed: its SHA-256 is {found} and not {expected}. Get the model again", path.display())]
    ChecksumMismatch {
        /// The file.
        path: PathBuf,
        /// SHA-256 that it should have.
        expected: String,
        /// SHA-256 that it has.
        found: String,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The model could not be computed.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The engine and candle-transformers compute different vectors.
    #[error("the model in {} was opened, but its self-test failed: its vectors differ from candle-transformers' by {difference:.1e} of their size (at most {tolerance:.0e}). It was not added. Please report this with the model's name", folder.display())]
    SelfTestFailed {
        /// The folder.
        folder: PathBuf,
        /// Largest difference over largest value; not a number if one of them was not.
        difference: f32,
        /// What is allowed.
        tolerance: f32,
    },
}

/// Why the library of base models cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum BaseLibraryError {
    /// The name has no letter or digit.
    #[error("\"{name}\" cannot be the name of a model. Choose one with letters or digits")]
    InvalidName {
        /// The name.
        name: String,
    },
    /// There is a model of that name, or one whose folder would be the same.
    #[error("there is already a base model \"{name}\" in {}. Choose another name, or remove that one", folder.display())]
    NameTaken {
        /// The name.
        name: String,
        /// Its folder.
        folder: PathBuf,
    },
    /// There is no model of that name.
    #[error(
        "there is no base model \"{name}\". There is: {}. Add one from a folder, or get one from the Hub by its name there, such as google-bert/bert-base-uncased",
        listing(available)
    )]
    Unknown {
        /// The name.
        name: String,
        /// The names there are.
        available: Vec<String>,
    },
    /// The compact model comes with the program and is not of this library.
    #[error("the base model \"{name}\" comes with the program and cannot be removed")]
    BuiltIn {
        /// The name.
        name: String,
    },
    /// A model of the library is damaged.
    #[error("the base model \"{name}\" in {} cannot be used: {source}", folder.display())]
    Damaged {
        /// The name.
        name: String,
        /// Its folder.
        folder: PathBuf,
        /// What is wrong with it.
        source: Box<BaseModelError>,
    },
    /// The download of that name is not complete.
    #[error(
        "the base model \"{name}\" was downloaded only in part. Get it again to go on where the download stopped, or remove it"
    )]
    Unfinished {
        /// The name.
        name: String,
    },
    /// A folder is not a base model.
    #[error(transparent)]
    Model(#[from] BaseModelError),
    /// The folder of the library cannot be read.
    #[error("cannot read the base models in {}: {source}", path.display())]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The Hub did not give the model.
    #[error(transparent)]
    Hub(#[from] HubError),
}

fn listing(names: &[String]) -> String {
    if names.is_empty() {
        "none".into()
    } else {
        names.join(", ")
    }
}
