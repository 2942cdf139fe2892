//! What the Hub has of a model, and which of its files are needed.

use hf_hub::HFClient;
use hf_hub::repository::ModelInfo;
use serde::{Deserialize, Serialize};

use super::HubError;
use super::session::Failure;
use crate::library::base::adding::COMPANIONS;
use crate::library::base::model::{
    CONFIG_FILE, OtherWeights, TOKENIZER_FILES, WEIGHTS_FILE, other_weights,
};

/// A model at one commit, with the files that are needed of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listing {
    /// Its full name, which may differ from the one asked for (`bert-base-uncased`).
    pub(super) hub_name: String,
    pub(super) commit: String,
    pub(super) licence: Option<String>,
    /// Small ones first, so that a model of no use is known before its weights are there.
    pub(super) files: Vec<RemoteFile>,
}

/// A file on the Hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RemoteFile {
    pub(super) name: String,
    /// Its bytes, if the Hub states them.
    pub(super) size: Option<u64>,
    /// Its SHA-256 as 64 hexadecimal digits, if the Hub states it: for large files it does.
    pub(super) sha256: Option<String>,
}

impl Listing {
    pub(super) fn total_bytes(&self) -> u64 {
        self.files.iter().filter_map(|file| file.size).sum()
    }

    /// Chooses what is needed.
    ///
    /// # Errors
    /// When a file is missing without which the model is of no use.
    pub(super) fn new(info: ModelInfo) -> Result<Self, HubError> {
        let licence = licence(&info);
        let (hub_name, siblings) = (info.id, info.siblings.unwrap_or_default());
        let missing = |file: &str| HubError::MissingFile {
            hub_name: hub_name.clone(),
            file: file.into(),
        };
        let commit = info.sha.ok_or_else(|| missing("commit"))?;
        let names: Vec<String> = siblings.iter().map(|file| file.rfilename.clone()).collect();
        let has = |name: &str| names.iter().any(|known| known == name);
        if !has(CONFIG_FILE) {
            return Err(missing(CONFIG_FILE));
        }
        if !has(WEIGHTS_FILE) {
            return Err(match other_weights(&names) {
                Some(OtherWeights::Shard(found) | OtherWeights::Format(found)) => {
                    HubError::NoSafetensors { hub_name, found }
                }
                None => missing(WEIGHTS_FILE),
            });
        }
        if !has("tokenizer.json") && !has("vocab.txt") {
            return Err(missing("tokenizer.json (nor vocab.txt)"));
        }
        let wanted = [CONFIG_FILE].into_iter().chain(TOKENIZER_FILES);
        let files = wanted
            .chain(COMPANIONS)
            .chain([WEIGHTS_FILE])
            .filter_map(|name| siblings.iter().find(|file| file.rfilename == name))
            .map(|file| RemoteFile {
                name: file.rfilename.clone(),
                size: file.size,
                sha256: file.lfs.as_ref().and_then(|large| large.sha256.clone()),
            })
            .collect();
        Ok(Self {
            hub_name,
            commit,
            licence,
            files,
        })
    }
}

/// Asks the Hub about a model.
pub(super) async fn ask(client: HFClient, hub_name: String) -> Result<ModelInfo, Failure> {
    let info = ask_once(&client, &hub_name).await?;
    let states_sizes = |info: &ModelInfo| {
        let files = info.siblings.iter().flatten();
        files.into_iter().any(|file| file.size.is_some())
    };
    if states_sizes(&info) || info.id == hub_name {
        return Ok(info);
    }
    // The question can get lost on the way from a model's old name to its new one.
    ask_once(&client, &info.id).await
}

async fn ask_once(client: &HFClient, hub_name: &str) -> Result<ModelInfo, Failure> {
    let (owner, name) = hf_hub::split_id(hub_name);
    // `blobs=true` makes the Hub state sizes and SHA-256. hf-hub 1.0 has no setting for it, and
    // reads the SHA-256 nowhere else: its listing of a tree looks for a field that the Hub does
    // not send, and its request for a file's metadata follows the redirection that it should
    // read. It puts a name into the address as it is, so the question goes along with the name.
    let repository = client.model(owner, format!("{name}?blobs=true"));
    repository.info().send().await.map_err(Failure::Hub)
}

/// `license` of the model card, or else the tag that the Hub makes of it.
fn licence(info: &ModelInfo) -> Option<String> {
    let card = info.card_data.as_ref().and_then(|card| card.get("license"));
    let first = match card {
        Some(serde_json::Value::Array(all)) => all.first(),
        other => other,
    };
    let tags = info.tags.iter().flatten();
    let tagged = || {
        tags.into_iter()
            .find_map(|tag| tag.strip_prefix("license:"))
    };
    let stated = first.and_then(|value| value.as_str()).or_else(tagged);
    stated.map(str::to_owned)
}
