//! Why the Hub did not give a model.

use crate::failure_details;
use serde::Serialize;
use std::path::PathBuf;
use ts_rs::TS;

use crate::files::WriteError;

/// Why a model could not be had from the Hub.
#[derive(Debug, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum HubError {
    /// The name cannot be that of a model on the Hub.
    #[error(
        "\"{hub_name}\" is not a name on the Hub. A name there looks like google-bert/bert-base-uncased"
    )]
    #[serde(rename = "invalidHubName")]
    InvalidName {
        /// The name.
        hub_name: String,
    },
    /// The address of the Hub is not one.
    #[error("\"{endpoint}\" is not the address of a Hub: {message}. Check HF_ENDPOINT")]
    #[serde(rename = "invalidHubAddress")]
    InvalidEndpoint {
        /// The address.
        endpoint: String,
        /// What is wrong with it.
        message: String,
    },
    /// Nobody answers at the address.
    #[error(
        "cannot reach {endpoint}: {message}. Check the network, or add the model from a folder"
    )]
    #[serde(rename = "noConnection")]
    NoConnection {
        /// The address of the Hub.
        endpoint: String,
        /// What the connection failed with.
        message: String,
    },
    /// The Hub has no such model, or it does not show it to everybody.
    #[error("{endpoint} has no public model \"{hub_name}\". Check its spelling there")]
    #[serde(rename = "notOnHub")]
    NotFound {
        /// The name.
        hub_name: String,
        /// The address of the Hub.
        endpoint: String,
    },
    /// The Hub has the model and does not give it to this user.
    #[error(
        "{endpoint} does not permit to download \"{hub_name}\": {message}. Accept its conditions there, and hand in an access token of your account"
    )]
    #[serde(rename = "hubNotPermitted")]
    NotPermitted {
        /// The name.
        hub_name: String,
        /// The address of the Hub.
        endpoint: String,
        /// What the Hub said.
        message: String,
    },
    /// The Hub asks to come back later.
    #[error("{endpoint} gets too many requests from here. Try again in some minutes")]
    #[serde(rename = "tooManyHubRequests")]
    TooManyRequests {
        /// The address of the Hub.
        endpoint: String,
    },
    /// The Hub answered with something else.
    #[error("{endpoint} answered unexpectedly about \"{hub_name}\": {message}. Try again later")]
    #[serde(rename = "unexpectedHubAnswer")]
    Unexpected {
        /// The name.
        hub_name: String,
        /// The address of the Hub.
        endpoint: String,
        /// What it answered.
        message: String,
    },
    /// The model is not a BERT.
    #[error(
        "\"{hub_name}\" is a model of type \"{found}\", and only \"bert\" can be fine-tuned. Choose a BERT"
    )]
    #[serde(rename = "hubModelNotBert")]
    NotBert {
        /// The name.
        hub_name: String,
        /// The `model_type` found.
        found: String,
    },
    /// A file that is needed is not there.
    #[error("\"{hub_name}\" has no {file} on the Hub, so it cannot be used. Choose another model")]
    #[serde(rename = "missingHubFile")]
    MissingFile {
        /// The name.
        hub_name: String,
        /// The file.
        file: String,
    },
    /// The weights are there in another format only.
    #[error(
        "\"{hub_name}\" has no model.safetensors on the Hub, only {found}. Open it in Python with transformers, write it with save_pretrained, and add that folder; or look for a copy with model.safetensors"
    )]
    #[serde(rename = "hubWithoutSafetensors")]
    NoSafetensors {
        /// The name.
        hub_name: String,
        /// What there is in place of it.
        found: String,
    },
    /// The connection broke and could not be taken up again.
    #[error(
        "the download of {file} broke off after {bytes} of {total_bytes} bytes: {message}. What is there is kept: get the model again to go on"
    )]
    #[serde(rename = "downloadInterrupted")]
    Interrupted {
        /// The file.
        file: String,
        /// Bytes that are there.
        bytes: u64,
        /// Bytes of the whole file; 0 if the Hub does not state them.
        total_bytes: u64,
        /// What the connection failed with.
        message: String,
    },
    /// Nothing came for too long.
    #[error(
        "nothing came from {endpoint} for {seconds} seconds. What is there is kept: get the model again to go on"
    )]
    #[serde(rename = "hubSilent")]
    Silent {
        /// The address of the Hub.
        endpoint: String,
        /// How long was waited.
        seconds: u64,
    },
    /// What came is not what the Hub states.
    #[error(
        "{file} of \"{hub_name}\" arrived damaged: its SHA-256 is {found} and not {expected}. It was deleted: get the model again"
    )]
    #[serde(rename = "damagedDownload")]
    ChecksumMismatch {
        /// The name.
        hub_name: String,
        /// The file.
        file: String,
        /// SHA-256 that the Hub states.
        expected: String,
        /// SHA-256 of what came.
        found: String,
    },
    /// What came has another length than the Hub states.
    #[error(
        "{file} of \"{hub_name}\" arrived with another length than {expected} bytes. It was deleted: get the model again"
    )]
    #[serde(rename = "wrongDownloadLength")]
    WrongLength {
        /// The name.
        hub_name: String,
        /// The file.
        file: String,
        /// Bytes that the Hub states.
        expected: u64,
    },
    /// The same model is being downloaded already.
    #[error("\"{hub_name}\" is being downloaded already into {}. Wait for that download to end", folder.display())]
    #[serde(rename = "downloadAlreadyRunning")]
    AlreadyRunning {
        /// The name.
        hub_name: String,
        /// The folder of the download.
        #[serde(serialize_with = "failure_details::path")]
        folder: PathBuf,
    },
    /// It was asked to stop.
    #[error("the download was stopped. What is there is kept: get the model again to go on")]
    #[serde(rename = "downloadStopped")]
    Stopped,
    /// What came cannot be read back.
    #[error("cannot read {}: {source}. What is there is kept: get the model again to go on", path.display())]
    #[serde(rename = "unreadableDownload")]
    Unreadable {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What the system said.
        #[serde(serialize_with = "failure_details::message")]
        #[ts(type = "string")]
        source: std::io::Error,
    },
    /// Something could not be written.
    #[error(transparent)]
    #[serde(untagged)]
    Write(#[from] WriteError),
}
