//! Weights on disk (safetensors, by their Hugging Face names) and in the flat buffer.

mod file;
mod initialisation;
mod names;
mod pytorch;
mod reading;
mod writing;

use crate::failure_details;
use std::path::{Path, PathBuf};
use ts_rs::TS;

use serde::{Deserialize, Serialize};

use crate::files::WriteError;
use crate::model::parameters::ParameterLayout;

pub use names::tensor_names;
pub use pytorch::{PytorchFile, is_pytorch_file};
pub use writing::write_parameters;

/// What was found in a file of weights.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadReport {
    /// How many parameters were read.
    pub read: usize,
    /// Parameters that the file lacks and that were newly initialised, by their names.
    pub initialised: Vec<String>,
    /// Tensors of the file that the model has no place for, by their names in the file.
    pub unused: Vec<String>,
}

/// Why weights could not be read or written.
#[derive(Debug, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum WeightsError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    #[serde(rename = "unreadableWeights")]
    Unreadable {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What the system said.
        #[serde(serialize_with = "failure_details::message")]
        #[ts(type = "string")]
        source: std::io::Error,
    },
    /// The file is shorter than its own header says.
    #[error("{} is cut off: it has {found} bytes of {expected}. Get the model again", path.display())]
    #[serde(rename = "truncatedWeights")]
    Truncated {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// Bytes it should have.
        expected: u64,
        /// Bytes it has.
        found: u64,
    },
    /// The file is something else.
    #[error("{} is not a safetensors file: {message}. Get the model again", path.display())]
    #[serde(rename = "weightsNotSafetensors")]
    NotSafetensors {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// The file is not what PyTorch writes.
    #[error("{} is not the saved state of a PyTorch model: {message}. Save it in Python with torch.save(model.state_dict(), ...), or get the file again", path.display())]
    NotPytorch {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// A tensor that a BERT of this shape needs is not there.
    #[error("{} has no tensor {name} (nor {} more). Weights and config.json do not belong together: get the model again", path.display(), others)]
    MissingTensor {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// The first tensor that is missing, by its Hugging Face name.
        name: String,
        /// How many more are missing.
        others: usize,
    },
    /// A tensor has another shape than `config.json` says.
    #[error("{}: the tensor {name} has the shape {found:?} and not {expected:?}. Weights and config.json do not belong together: get the model again", path.display())]
    #[serde(rename = "wrongTensorShape")]
    WrongShape {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// The tensor, by its name in the file.
        name: String,
        /// The shape that `config.json` asks for.
        expected: Vec<usize>,
        /// The shape found.
        found: Vec<usize>,
    },
    /// A tensor holds numbers of a kind that is not read.
    #[error("{}: the tensor {name} is stored as {found}, and only F32, F16 and BF16 are read. Convert the model to one of them", path.display())]
    #[serde(rename = "wrongTensorType")]
    WrongType {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// The tensor, by its name in the file.
        name: String,
        /// The type found.
        found: String,
    },
    /// A tensor holds a value that is not a finite number.
    #[error("{}: the tensor {name} holds a value that is not a finite number. Get the model again", path.display())]
    #[serde(rename = "tensorNotFinite")]
    NotFinite {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// The tensor, by its name in the file.
        name: String,
    },
    /// The buffer does not belong to the layout.
    #[error("the buffer of parameters holds {found} values instead of {expected}")]
    #[serde(rename = "wrongParameterCount")]
    WrongLength {
        /// Values that the layout asks for.
        expected: usize,
        /// Values found.
        found: usize,
    },
    /// The file could not be written.
    #[error(transparent)]
    #[serde(untagged)]
    Write(#[from] WriteError),
}

/// Reads the weights of a base model into a flat buffer. Names with and without `bert.`, and
/// `gamma`/`beta` for the normalisations, are understood; F16 and BF16 are widened. A pooler that
/// is missing is drawn from N(0, 0.02) as in transformers, and a head that is missing or has
/// another number of labels from U(-1/sqrt(hidden), 1/sqrt(hidden)) as in PyTorch's `nn.Linear`,
/// both from `head_seed` alone.
///
/// # Errors
/// When the file is not whole, or does not fit the layout.
pub fn read_parameters(
    path: &Path,
    layout: &ParameterLayout,
    head_seed: u64,
) -> Result<(Vec<f32>, LoadReport), WeightsError> {
    reading::read(path, layout, Some(head_seed))
}

/// Reads the weights of a trained model, which must have every parameter of the layout.
///
/// # Errors
/// As [`read_parameters`], and when the pooler or the head are missing.
pub fn read_trained_parameters(
    path: &Path,
    layout: &ParameterLayout,
) -> Result<(Vec<f32>, LoadReport), WeightsError> {
    reading::read(path, layout, None)
}

/// How many outputs the classification head in a file has; none where it has no head. Reads its
/// header alone.
///
/// # Errors
/// When the file is not whole.
pub fn read_head_outputs(path: &Path) -> Result<Option<usize>, WeightsError> {
    reading::head_outputs(path)
}

/// Checks that a file has what [`read_parameters`] needs, by its header alone.
///
/// # Errors
/// As [`read_parameters`], but for values that are not finite.
pub fn check_parameters(path: &Path, layout: &ParameterLayout) -> Result<LoadReport, WeightsError> {
    reading::check(path, layout)
}

#[cfg(test)]
mod tests;
