//! Why a base model cannot be used, and why the library cannot do what it was asked.

use crate::failure_details;
use serde::Serialize;
use std::path::PathBuf;
use ts_rs::TS;

use super::hub::HubError;
use crate::files::WriteError;
use crate::model::backend::BackendError;
use crate::model::config::ConfigError;
use crate::model::weights::WeightsError;
use crate::text::tokenizer::TokenizerError;

/// Why a folder is not a base model that can be fine-tuned.
#[derive(Debug, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum BaseModelError {
    /// There is no such folder.
    #[error("{} is not a folder. Choose the folder that holds the model's config.json", folder.display())]
    #[serde(rename = "baseNotAFolder")]
    NoFolder {
        /// What was named.
        #[serde(serialize_with = "failure_details::path")]
        folder: PathBuf,
    },
    /// A file is missing.
    #[error("{} has no {file}. Choose a folder with config.json, model.safetensors and tokenizer.json or vocab.txt", folder.display())]
    #[serde(rename = "incompleteBase")]
    Incomplete {
        /// The folder.
        #[serde(serialize_with = "failure_details::path")]
        folder: PathBuf,
        /// What is missing.
        file: &'static str,
    },
    /// The weights are there in a format that is not read.
    #[error("{} has its weights only as {found}, and only model.safetensors is read. Open the model in Python with transformers and write it with save_pretrained, or get it from where it has model.safetensors", folder.display())]
    #[serde(rename = "baseInOtherFormat")]
    OtherFormat {
        /// The folder.
        #[serde(serialize_with = "failure_details::path")]
        folder: PathBuf,
        /// The file that was found.
        found: String,
    },
    /// The weights are split over several files.
    #[error("{} has its weights in several files ({found}). Open the model in Python with transformers and write it with save_pretrained(..., max_shard_size=\"100GB\")", folder.display())]
    #[serde(rename = "shardedBase")]
    Sharded {
        /// The folder.
        #[serde(serialize_with = "failure_details::path")]
        folder: PathBuf,
        /// One of the files.
        found: String,
    },
    /// Tokenizer and weights are of different models.
    #[error("the tokenizer in {} has {tokenizer} word pieces and the weights have {weights}: they do not belong together. Copy all files from the same model", folder.display())]
    TokenizerMismatch {
        /// The folder.
        #[serde(serialize_with = "failure_details::path")]
        folder: PathBuf,
        /// Word pieces of the tokenizer.
        tokenizer: usize,
        /// Rows of the embedding table.
        weights: usize,
    },
    /// A file has other content than it should have.
    #[error("{} is damaged or was changed: its SHA-256 is {found} and not {expected}. Get the model again", path.display())]
    #[serde(rename = "damagedBaseFile")]
    ChecksumMismatch {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// SHA-256 that it should have.
        expected: String,
        /// SHA-256 that it has.
        found: String,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    #[serde(rename = "unreadableBase")]
    Unreadable {
        /// The file or folder.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What the system said.
        #[serde(serialize_with = "failure_details::message")]
        #[ts(type = "string")]
        source: std::io::Error,
    },
    /// The engine and candle-transformers compute different vectors.
    #[error("the model in {} was opened, but its self-test failed: its vectors differ from candle-transformers' by {difference:.1e} of their size (at most {tolerance:.0e}). It was not added. Please report this with the model's name", folder.display())]
    SelfTestFailed {
        /// The folder.
        #[serde(serialize_with = "failure_details::path")]
        folder: PathBuf,
        /// Largest difference over largest value; not a number if one of them was not.
        #[ts(type = "number | null")]
        difference: f32,
        /// What is allowed.
        tolerance: f32,
    },
    /// `config.json` does not describe a BERT that can be trained.
    #[error(transparent)]
    #[serde(untagged)]
    Config(#[from] ConfigError),
    /// The tokenizer cannot be used.
    #[error(transparent)]
    #[serde(untagged)]
    Tokenizer(#[from] TokenizerError),
    /// The weights cannot be used.
    #[error(transparent)]
    #[serde(untagged)]
    Weights(#[from] WeightsError),
    /// The model could not be computed.
    #[error(transparent)]
    #[serde(untagged)]
    Backend(#[from] BackendError),
}

/// Why the library of base models cannot do what it was asked.
#[derive(Debug, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum BaseLibraryError {
    /// The name has no letter or digit.
    #[error("\"{name}\" cannot be the name of a model. Choose one with letters or digits")]
    #[serde(rename = "impossibleBaseName")]
    InvalidName {
        /// The name.
        name: String,
    },
    /// There is a model of that name, or one whose folder would be the same.
    #[error("there is already a base model \"{name}\" in {}. Choose another name, or remove that one", folder.display())]
    #[serde(rename = "baseNameTaken")]
    NameTaken {
        /// The name.
        name: String,
        /// Its folder.
        #[serde(serialize_with = "failure_details::path")]
        folder: PathBuf,
    },
    /// There is no model of that name.
    #[error(
        "there is no base model \"{name}\". There is: {}. Add one from a folder, or get one from the Hub by its name there, such as google-bert/bert-base-uncased",
        listing(available)
    )]
    #[serde(rename = "unknownBase")]
    Unknown {
        /// The name.
        name: String,
        /// The names there are.
        available: Vec<String>,
    },
    /// The compact model comes with the program and is not of this library.
    #[error("the base model \"{name}\" comes with the program and cannot be removed")]
    #[serde(rename = "builtInBase")]
    BuiltIn {
        /// The name.
        name: String,
    },
    /// A model of the library is damaged.
    #[error("the base model \"{name}\" in {} cannot be used: {source}", folder.display())]
    #[serde(rename = "damagedBase")]
    Damaged {
        /// The name.
        name: String,
        /// Its folder.
        #[serde(serialize_with = "failure_details::path")]
        folder: PathBuf,
        /// What is wrong with it.
        source: Box<BaseModelError>,
    },
    /// The download of that name is not complete.
    #[error(
        "the base model \"{name}\" was downloaded only in part. Get it again to go on where the download stopped, or remove it"
    )]
    #[serde(rename = "unfinishedBase")]
    Unfinished {
        /// The name.
        name: String,
    },
    /// The folder of the library cannot be read.
    #[error("cannot read the base models in {}: {source}", path.display())]
    #[serde(rename = "unreadableBaseLibrary")]
    Unreadable {
        /// The folder.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What the system said.
        #[serde(serialize_with = "failure_details::message")]
        #[ts(type = "string")]
        source: std::io::Error,
    },
    /// A folder is not a base model.
    #[error(transparent)]
    #[serde(untagged)]
    Model(#[from] BaseModelError),
    /// Something could not be written.
    #[error(transparent)]
    #[serde(untagged)]
    Write(#[from] WriteError),
    /// The Hub did not give the model.
    #[error(transparent)]
    #[serde(untagged)]
    Hub(#[from] HubError),
}

fn listing(names: &[String]) -> String {
    if names.is_empty() {
        "none".into()
    } else {
        names.join(", ")
    }
}
