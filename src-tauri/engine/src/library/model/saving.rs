//! Writing a trained model.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::huggingface::config_json;
use super::manifest::{Manifest, ModelRecord};
use super::{CONFIG_FILE, MANIFEST_FILE, ModelError, RECORD_FILE, WEIGHTS_FILE};
use crate::files::{WriteError, write_atomically, write_folder_atomically};
use crate::model::config::BertConfig;
use crate::model::parameters::ParameterLayout;
use crate::model::weights::write_parameters;
use crate::text::tokenizer::Tokenizer;

/// Everything that a model's folder holds.
#[derive(Debug, Clone, Copy)]
pub struct ModelToSave<'a> {
    /// The shape.
    pub config: &'a BertConfig,
    /// The tokenizer.
    pub tokenizer: &'a Tokenizer,
    /// The weights, in the layout of the shape and the manifest's labels.
    pub parameters: &'a [f32],
    /// What it is.
    pub manifest: &'a Manifest,
    /// What it was evaluated on.
    pub record: &'a ModelRecord,
}

/// Writes a model as a folder that is whole or not there; one that stands there is replaced.
///
/// # Errors
/// When the weights do not fit the shape, or the folder cannot be written.
pub fn save_model(folder: &Path, model: ModelToSave<'_>) -> Result<(), ModelError> {
    write_folder_atomically(folder, |folder| {
        save_pretrained(
            folder,
            (model.config, model.tokenizer),
            &model.manifest.labels,
            model.parameters,
            model.manifest.recipe.max_length,
        )?;
        write_json(&folder.join(RECORD_FILE), model.record)?;
        write_json(&folder.join(MANIFEST_FILE), model.manifest)?;
        Ok(())
    })
}

/// Fills an empty folder with what transformers' `save_pretrained` writes of a classifier and its
/// tokenizer, which reads up to `max_length` word pieces of a text.
pub(in crate::library) fn save_pretrained(
    folder: &Path,
    (config, tokenizer): (&BertConfig, &Tokenizer),
    labels: &[String],
    parameters: &[f32],
    max_length: usize,
) -> Result<(), ModelError> {
    let layout = ParameterLayout::new(config, labels.len());
    write_json(
        &folder.join(CONFIG_FILE),
        &config_json(config, labels, tokenizer),
    )?;
    let path = folder.join(WEIGHTS_FILE);
    write_parameters(&path, &layout, parameters, &BTreeMap::new())?;
    Ok(tokenizer.save(folder, max_length)?)
}

pub(super) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), WriteError> {
    write_atomically(path, |file| {
        serde_json::to_writer_pretty(&mut *file, value)?;
        file.write_all(b"\n")
    })
}
