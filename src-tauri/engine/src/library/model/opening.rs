//! Reading a trained model.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::huggingface::{label_names, stated_length};
use super::manifest::{FORMAT_VERSION, Manifest, ModelRecord};
use super::{CONFIG_FILE, MANIFEST_FILE, ModelError, RECORD_FILE, WEIGHTS_FILE};
use crate::dataset::{ColumnRoles, DatasetError, LabelsNeeded, RoleChoices, Table, assign_roles};
use crate::files::folder_bytes;
use crate::format_version::{self, FormatError};
use crate::model::config::BertConfig;
use crate::model::parameters::ParameterLayout;
use crate::model::weights::{read_head_outputs, read_trained_parameters};
use crate::text::tokenizer::Tokenizer;

/// The threshold of a model that brings none, as in the notebook.
const USUAL_THRESHOLD: f64 = 0.5;

/// A trained model's folder, opened; the weights stay on disk until they are asked for.
#[derive(Debug, Clone)]
pub struct TrainedModel {
    /// The folder.
    pub folder: PathBuf,
    /// The shape.
    pub config: BertConfig,
    /// The tokenizer.
    pub tokenizer: Tokenizer,
    /// The labels, in the order of the head's outputs.
    pub labels: Vec<String>,
    /// The threshold of each label.
    pub thresholds: Vec<f64>,
    /// Word pieces of a text that are read.
    pub max_length: usize,
    /// The manifest; none in a folder that another program wrote.
    pub manifest: Option<Manifest>,
}

impl TrainedModel {
    /// Opens a folder that [`super::save_model`] or transformers' `save_pretrained` wrote.
    ///
    /// # Errors
    /// When a file is missing, damaged, or written by a newer version, or the folder holds no
    /// classifier.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        let (config, labels, manifest) = read_description(folder)?;
        let (thresholds, max_length) = match &manifest {
            Some(manifest) => (manifest.thresholds.clone(), manifest.recipe.max_length),
            None => (
                vec![USUAL_THRESHOLD; labels.len()],
                stated_length(folder).unwrap_or(config.max_positions),
            ),
        };
        Ok(Self {
            tokenizer: Tokenizer::from_folder(folder)?,
            folder: folder.into(),
            max_length: max_length.min(config.max_positions),
            config,
            labels,
            thresholds,
            manifest,
        })
    }

    /// Checks a folder as far as that is quick: everything but the tokenizer and the values of the
    /// weights.
    ///
    /// # Errors
    /// As [`TrainedModel::open`].
    pub fn check(folder: &Path) -> Result<(), ModelError> {
        read_description(folder).map(|_| ())
    }

    /// The model's name: the manifest's, or else the folder's.
    pub fn name(&self) -> String {
        match &self.manifest {
            Some(manifest) => manifest.name.clone(),
            None => folder_name(&self.folder),
        }
    }

    /// Which column of a table is what: as asked for; where nothing is, the columns that the model
    /// learned from, if the table has them, and else by their names.
    ///
    /// # Errors
    /// When a column that was named is not there, or one that the model learned from is not found.
    pub fn assign_roles(
        &self,
        table: &Table,
        asked: &RoleChoices,
    ) -> Result<ColumnRoles, DatasetError> {
        let Some(manifest) = &self.manifest else {
            return assign_roles(table, asked, LabelsNeeded::Optional);
        };
        let choices = manifest.columns.fill_in(asked.clone(), table);
        let roles = assign_roles(table, &choices, LabelsNeeded::Optional)?;
        manifest.columns.check_roles(table, asked, &roles)?;
        Ok(roles)
    }

    /// Bytes of its files.
    pub fn bytes(&self) -> u64 {
        folder_bytes(&self.folder)
    }

    /// Reads the weights, in the layout of the shape and the labels.
    ///
    /// # Errors
    /// When the file is damaged or lacks a parameter.
    pub fn load_parameters(&self) -> Result<Vec<f32>, ModelError> {
        let layout = ParameterLayout::new(&self.config, self.labels.len());
        let path = self.folder.join(WEIGHTS_FILE);
        Ok(read_trained_parameters(&path, &layout)?.0)
    }

    /// The manifest and the record of a model that was trained here.
    ///
    /// # Errors
    /// When another program wrote the folder, or the record is damaged.
    pub fn manifest_and_record(&self) -> Result<(&Manifest, ModelRecord), ModelError> {
        match (&self.manifest, self.load_record()?) {
            (Some(manifest), Some(record)) => Ok((manifest, record)),
            _ => Err(ModelError::OtherProgram { name: self.name() }),
        }
    }

    /// Reads what the model was evaluated on; none in a folder that another program wrote. Its
    /// numbers are those at the model's thresholds, also where the power failed while others were
    /// being kept.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn load_record(&self) -> Result<Option<ModelRecord>, ModelError> {
        let path = self.folder.join(RECORD_FILE);
        let Some(record) = read_json::<ModelRecord>(&path)? else {
            return Ok(None);
        };
        if self.manifest.is_none() || record.evaluation().thresholds == self.thresholds {
            return Ok(Some(record));
        }
        let mended = record.with_thresholds(&self.thresholds);
        mended.map(Some).map_err(|error| ModelError::Corrupted {
            path,
            message: error.to_string(),
        })
    }
}

/// The shape, the labels, and the manifest if there is one, which belong together.
fn read_description(
    folder: &Path,
) -> Result<(BertConfig, Vec<String>, Option<Manifest>), ModelError> {
    let path = folder.join(CONFIG_FILE);
    let config = BertConfig::read(&path)?;
    let outputs = read_head_outputs(&folder.join(WEIGHTS_FILE))?;
    let labels = label_names(&read_text(&path)?, outputs, &path)?;
    if labels.len() < 2 {
        return Err(ModelError::NoLabels {
            path,
            found: labels.len(),
        });
    }
    let manifest = read_manifest(folder)?;
    if let Some(manifest) = &manifest
        && (manifest.labels != labels || manifest.thresholds.len() != labels.len())
    {
        return Err(ModelError::OtherLabels {
            path: folder.join(MANIFEST_FILE),
        });
    }
    Ok((config, labels, manifest))
}

/// The last part of a folder's path.
pub(super) fn folder_name(folder: &Path) -> String {
    folder
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The manifest of a model's folder; none where there is no such file.
pub(super) fn read_manifest(folder: &Path) -> Result<Option<Manifest>, ModelError> {
    let path = folder.join(MANIFEST_FILE);
    if !path.exists() {
        return Ok(None);
    }
    let manifest = format_version::parse(&read_text(&path)?, FORMAT_VERSION);
    manifest.map(Some).map_err(|error| match error {
        FormatError::Newer { found } => ModelError::Newer {
            path,
            found,
            known: FORMAT_VERSION,
        },
        FormatError::Malformed(error) => ModelError::Corrupted {
            path,
            message: error.to_string(),
        },
    })
}

/// Reads a JSON file; none where there is no such file.
fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, ModelError> {
    if !path.exists() {
        return Ok(None);
    }
    let value = serde_json::from_str(&read_text(path)?);
    value.map(Some).map_err(|error| ModelError::Corrupted {
        path: path.into(),
        message: error.to_string(),
    })
}

fn read_text(path: &Path) -> Result<String, ModelError> {
    std::fs::read_to_string(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::InvalidData => ModelError::Corrupted {
            path: path.into(),
            message: "it is not text".into(),
        },
        _ => ModelError::Unreadable {
            path: path.into(),
            source,
        },
    })
}
