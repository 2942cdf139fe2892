//! Models from elsewhere: a Hugging Face folder, a zip file of one, or the notebook's file of
//! PyTorch.

use crate::failure_details;
use serde::Serialize;
use std::io::Read;
use std::path::{Path, PathBuf};
use ts_rs::TS;

use super::Home;
use super::base::{BaseLibraryError, BaseModel, BaseState};
use super::model::{ModelError, save_pretrained};
use crate::files::WriteError;
use crate::model::parameters::ParameterLayout;
use crate::model::weights::{PytorchFile, WeightsError, is_pytorch_file};
use crate::training::recipe::Recipe;

/// The first bytes of a zip file, which PyTorch's files are too.
const ZIP_START: [u8; 2] = *b"PK";
/// The first bytes of a pickle alone, as PyTorch wrote it before version 1.6.
const PICKLE_START: [u8; 2] = [0x80, 0x02];

/// A model to take into the library.
#[derive(Debug, Clone, Copy)]
pub struct ModelImport<'a> {
    /// The folder or file.
    pub path: &'a Path,
    /// Its name in the library; as the file's when absent.
    pub name: Option<&'a str>,
    /// The base model that a file of PyTorch belongs to.
    pub base: Option<&'a str>,
    /// The labels of a file of PyTorch, in the order of its outputs.
    pub labels: Option<&'a [String]>,
}

/// Why a model cannot be taken into the library.
#[derive(Debug, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum ImportError {
    /// There is nothing at the path.
    #[error("there is no {}. Choose a folder, a zip file, or a .pt file", path.display())]
    #[serde(rename = "nothingToImport")]
    NothingThere {
        /// The path.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    #[serde(rename = "unreadableImport")]
    Unreadable {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What the system said.
        #[serde(serialize_with = "failure_details::message")]
        #[ts(type = "string")]
        source: std::io::Error,
    },
    /// The file is something else.
    #[error("{} is no model: it is neither a zip file nor a file of PyTorch. Choose a folder with config.json and model.safetensors, a zip of one, or a .pt file", path.display())]
    #[serde(rename = "unknownModelFormat")]
    UnknownFormat {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
    },
    /// The file was written by a PyTorch that wrote other files.
    #[error("{} was written by PyTorch before version 1.6, whose files are not read. Load it in Python with a newer one and save it again with torch.save(model.state_dict(), ...)", path.display())]
    #[serde(rename = "oldPytorch")]
    OldPytorch {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
    },
    /// A file of PyTorch says neither its base model nor its labels.
    #[error("{} does not say {}. It has {outputs} labels. Base models of its shape: {}", path.display(), said_of(*lacks_base, *lacks_labels), listing(bases))]
    #[serde(rename = "importNeedsAnswers")]
    NeedsAnswers {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// Labels that it tells apart.
        outputs: usize,
        /// Base models of the library that have its shape.
        bases: Vec<String>,
        /// Whether it has to be said which base model it belongs to.
        lacks_base: bool,
        /// Whether its labels have to be said.
        lacks_labels: bool,
    },
    /// The base model has another shape.
    #[error("the weights in {} are not of a model made from \"{base}\": they have other shapes. Base models of their shape: {}", path.display(), listing(bases))]
    #[serde(rename = "importOtherBase")]
    OtherBase {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// The base model that was named.
        base: String,
        /// Base models of the library that have its shape.
        bases: Vec<String>,
    },
    /// Other labels than the file tells apart.
    #[error("{} tells {outputs} labels apart, and {found} were named. Name them in the order of its outputs, which is the sorted one in the notebook", path.display())]
    WrongLabelCount {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// Labels that it tells apart.
        outputs: usize,
        /// Labels that were named.
        found: usize,
    },
    /// A label is empty or stands twice.
    #[error("\"{label}\" cannot be a label here: each label needs a name of its own")]
    UnusableLabel {
        /// The label.
        label: String,
    },
    /// The file holds no classifier.
    #[error("{} has no classifier that tells labels apart. Choose the weights of a fine-tuned model", path.display())]
    NoClassifier {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
    },
    /// The model cannot be opened or kept.
    #[error(transparent)]
    #[serde(untagged)]
    Model(#[from] ModelError),
    /// The base model cannot be had.
    #[error(transparent)]
    #[serde(untagged)]
    BaseLibrary(#[from] BaseLibraryError),
    /// The weights cannot be used.
    #[error(transparent)]
    #[serde(untagged)]
    Weights(#[from] WeightsError),
    /// Something could not be written.
    #[error(transparent)]
    #[serde(untagged)]
    Write(#[from] WriteError),
}

impl Home {
    /// Takes a model into the library, and gives its name there. A model from elsewhere has no
    /// manifest; its thresholds are 0.5, as in the notebook.
    ///
    /// # Errors
    /// When there is no classifier that can be opened, a file of PyTorch needs to be told more, or
    /// the name is taken.
    pub fn import_model(&self, import: ModelImport<'_>) -> Result<String, ImportError> {
        let path = import.path;
        if path.is_dir() {
            return Ok(self.models().import(path, import.name)?);
        }
        if !path.exists() {
            return Err(ImportError::NothingThere { path: path.into() });
        }
        let name = match import.name {
            Some(name) => name.to_owned(),
            None => {
                let stem = path.file_stem().unwrap_or_default();
                stem.to_string_lossy().trim().to_owned()
            }
        };
        match first_bytes(path)? {
            PICKLE_START => return Err(ImportError::OldPytorch { path: path.into() }),
            ZIP_START if is_pytorch_file(path) => self.import_pytorch(import, &name)?,
            ZIP_START => self.models().import_archive(path, &name)?,
            _ => return Err(ImportError::UnknownFormat { path: path.into() }),
        }
        Ok(name)
    }

    fn import_pytorch(&self, import: ModelImport<'_>, name: &str) -> Result<(), ImportError> {
        let path = import.path;
        let mut file = PytorchFile::open(path)?;
        let outputs = file.head_outputs().filter(|&outputs| outputs >= 2);
        let outputs = outputs.ok_or_else(|| ImportError::NoClassifier { path: path.into() })?;
        let (Some(base), Some(labels)) = (import.base, import.labels) else {
            return Err(ImportError::NeedsAnswers {
                path: path.into(),
                outputs,
                bases: self.fitting_bases(&file)?,
                lacks_base: import.base.is_none(),
                lacks_labels: import.labels.is_none(),
            });
        };
        check_labels(path, labels, outputs)?;
        let base = self.base_model(base)?;
        if !file.fits(base.config()) {
            return Err(ImportError::OtherBase {
                path: path.into(),
                base: base.name().into(),
                bases: self.fitting_bases(&file)?,
            });
        }
        let layout = ParameterLayout::new(base.config(), outputs);
        let parameters = file.read_parameters(&layout)?;
        let length = Recipe::notebook().max_length;
        self.models().adopt(name, |new| {
            let parts = (base.config(), base.tokenizer());
            let length = length.min(base.config().max_positions);
            Ok(save_pretrained(new, parts, labels, &parameters, length)?)
        })
    }

    /// The names of the base models of the library that a file may belong to.
    fn fitting_bases(&self, file: &PytorchFile) -> Result<Vec<String>, BaseLibraryError> {
        let entries = self.base_models().list()?;
        let ready = entries
            .iter()
            .filter(|entry| matches!(entry.state, BaseState::Ready(_)));
        let fits =
            |folder: &Path| BaseModel::open(folder).is_ok_and(|base| file.fits(base.config()));
        Ok(ready
            .filter(|entry| fits(&entry.folder))
            .map(|entry| entry.name.clone())
            .collect())
    }
}

fn first_bytes(path: &Path) -> Result<[u8; 2], ImportError> {
    let mut bytes = [0; 2];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut bytes));
    match read {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(ImportError::UnknownFormat { path: path.into() })
        }
        Err(source) => Err(ImportError::Unreadable {
            path: path.into(),
            source,
        }),
        Ok(()) => Ok(bytes),
    }
}

fn check_labels(path: &Path, labels: &[String], outputs: usize) -> Result<(), ImportError> {
    if labels.len() != outputs {
        return Err(ImportError::WrongLabelCount {
            path: path.into(),
            outputs,
            found: labels.len(),
        });
    }
    for (place, label) in labels.iter().enumerate() {
        if label.trim().is_empty() || labels[..place].contains(label) {
            return Err(ImportError::UnusableLabel {
                label: label.clone(),
            });
        }
    }
    Ok(())
}

fn said_of(lacks_base: bool, lacks_labels: bool) -> &'static str {
    match (lacks_base, lacks_labels) {
        (true, false) => "which base model it was made from. Name it",
        (false, true) => "what its labels are called. Name them in the order of its outputs",
        _ => {
            "which base model it was made from and what its labels are called. Name the base model, and the labels in the order of its outputs"
        }
    }
}

fn listing(names: &[String]) -> String {
    if names.is_empty() {
        "none in the library; add the one that it was made from first".into()
    } else {
        names.join(", ")
    }
}

#[cfg(test)]
mod tests;
