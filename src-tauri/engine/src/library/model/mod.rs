//! Trained models: Hugging Face folders with our manifest and record beside the weights.

mod archive;
mod articles;
mod deleting;
mod error;
mod huggingface;
mod listing;
mod manifest;
mod opening;
mod saving;
mod stamp;
#[cfg(test)]
mod tests;
mod thresholds;

pub use archive::ArchiveError;
pub use articles::TableArticle;
pub use error::{ModelError, NameProblem};
pub use listing::{Listed, ModelLibrary};
pub use manifest::{
    BaseOrigin, Columns, FORMAT_VERSION, Headline, Machine, Manifest, ModelRecord, SplitSizes,
};
pub use opening::TrainedModel;
pub(super) use saving::save_pretrained;
pub use saving::{ModelToSave, save_model};
pub(crate) use stamp::FolderStamp;

/// The manifest's name in a model's folder.
pub const MANIFEST_FILE: &str = "etiqueta.json";
/// The record's name in a model's folder.
pub const RECORD_FILE: &str = "record.json";
/// The weights' name in a model's folder, as transformers knows it.
pub const WEIGHTS_FILE: &str = "model.safetensors";
/// The configuration's name in a model's folder, as transformers knows it.
pub const CONFIG_FILE: &str = "config.json";
