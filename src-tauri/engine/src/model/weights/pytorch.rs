//! Weights in a file of `torch.save(model.state_dict(), …)`: a zip file with one pickle that
//! describes the tensors, and a file of values for each of them.
//!
//! candle's reader of pickles builds plain data out of them and runs none of the code that they
//! may name.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use candle_core::pickle::{Object, Stack};
use safetensors::Dtype;
use zip::ZipArchive;

use super::WeightsError;
use super::file::widening;
use super::names::canonical_name;
use crate::model::config::BertConfig;
use crate::model::parameters::ParameterLayout;

/// The pickle's name in the archive, below one folder.
const PICKLE: &str = "data.pkl";
/// A description of a BERT's tensors is much smaller than this.
const LARGEST_PICKLE: u64 = 16 << 20;
/// Values read at a time.
const PIECE: usize = 1 << 16;
/// What `DataParallel` puts before each name.
const PARALLEL_PREFIX: &str = "module.";

/// A file of PyTorch whose tensors are known, and not read yet.
#[derive(Debug)]
pub struct PytorchFile {
    path: PathBuf,
    archive: ZipArchive<BufReader<File>>,
    /// By their names in `BertForSequenceClassification`.
    tensors: BTreeMap<String, StoredTensor>,
}

/// Where the values of a tensor are.
#[derive(Debug)]
struct StoredTensor {
    /// The file in the archive.
    entry: String,
    /// PyTorch's name for the kind of its values.
    storage: String,
    /// The first value.
    offset: usize,
    shape: Vec<usize>,
    is_contiguous: bool,
}

/// Whether a file has a pickle of PyTorch in it.
pub fn is_pytorch_file(path: &Path) -> bool {
    let archive = File::open(path).ok().map(BufReader::new);
    let archive = archive.and_then(|file| ZipArchive::new(file).ok());
    archive.is_some_and(|archive| pickle_name(&archive).is_some())
}

impl PytorchFile {
    /// Reads which tensors a file has.
    ///
    /// # Errors
    /// When it cannot be read, or is something else than the saved state of a model.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        let unreadable = |source| WeightsError::Unreadable {
            path: path.into(),
            source,
        };
        let broken = |message: String| WeightsError::NotPytorch {
            path: path.into(),
            message,
        };
        let file = File::open(path).map_err(unreadable)?;
        let archive = ZipArchive::new(BufReader::new(file));
        let mut archive = archive.map_err(|error| broken(error.to_string()))?;
        let name = pickle_name(&archive).ok_or_else(|| broken(format!("it has no {PICKLE}")))?;
        let folder = name.strip_suffix(PICKLE).unwrap_or_default().to_owned();
        let order = read_entry(&mut archive, &format!("{folder}byteorder"), 16);
        if order.is_ok_and(|order| order == b"big") {
            return Err(broken("its values are stored big-endian".into()));
        }
        let pickle = read_entry(&mut archive, &name, LARGEST_PICKLE);
        let pickle = pickle.map_err(|error| broken(error.to_string()))?;
        let mut stack = Stack::empty();
        let read = stack.read_loop(&mut pickle.as_slice());
        let object = read.and_then(|()| stack.finalize());
        let object = object.map_err(|error| broken(error.to_string()))?;
        let Object::Dict(pairs) = object else {
            return Err(broken("it holds something else than a state_dict".into()));
        };
        let tensors = state(&pairs, &folder);
        if tensors.is_empty() {
            return Err(broken("there is no tensor in it".into()));
        }
        Ok(Self {
            path: path.into(),
            archive,
            tensors,
        })
    }

    /// How many outputs the classification head has; none where there is no head.
    pub fn head_outputs(&self) -> Option<usize> {
        let head = self.tensors.get("classifier.bias")?;
        head.shape.first().copied()
    }

    /// Whether the file has every tensor of a BERT classifier of this shape.
    pub fn fits(&self, config: &BertConfig) -> bool {
        let layout = ParameterLayout::new(config, self.head_outputs().unwrap_or(0));
        let layers = format!("bert.encoder.layer.{}.", config.layers);
        let fits = layout.parameters.iter().all(|parameter| {
            let tensor = self.tensors.get(&parameter.name);
            tensor.is_some_and(|tensor| tensor.shape == parameter.shape)
        });
        fits && !self.tensors.keys().any(|name| name.starts_with(&layers))
    }

    /// Reads the values into a flat buffer, which must find every parameter of the layout.
    ///
    /// # Errors
    /// When a tensor is missing, of another shape or kind, damaged, or not finite.
    pub fn read_parameters(&mut self, layout: &ParameterLayout) -> Result<Vec<f32>, WeightsError> {
        let mut flat = vec![0.0; layout.len()];
        for parameter in &layout.parameters {
            let Some(tensor) = self.tensors.get(&parameter.name) else {
                return Err(WeightsError::MissingTensor {
                    path: self.path.clone(),
                    name: parameter.name.clone(),
                    others: 0,
                });
            };
            if tensor.shape != parameter.shape {
                return Err(WeightsError::WrongShape {
                    path: self.path.clone(),
                    name: parameter.name.clone(),
                    expected: parameter.shape.clone(),
                    found: tensor.shape.clone(),
                });
            }
            let values = &mut flat[parameter.range.clone()];
            read_values(
                &self.path,
                &mut self.archive,
                &parameter.name,
                tensor,
                values,
            )?;
        }
        Ok(flat)
    }
}

/// Reads the values of a tensor, widened to f32.
fn read_values(
    path: &Path,
    archive: &mut ZipArchive<BufReader<File>>,
    name: &str,
    tensor: &StoredTensor,
    values: &mut [f32],
) -> Result<(), WeightsError> {
    let kind = match tensor.storage.as_str() {
        "FloatStorage" => Some(Dtype::F32),
        "HalfStorage" => Some(Dtype::F16),
        "BFloat16Storage" => Some(Dtype::BF16),
        _ => None,
    };
    let Some((width, widen)) = kind.and_then(widening) else {
        return Err(WeightsError::WrongType {
            path: path.into(),
            name: name.into(),
            found: tensor.storage.clone(),
        });
    };
    let broken = |message: String| WeightsError::NotPytorch {
        path: path.into(),
        message: format!("the tensor {name}: {message}"),
    };
    if !tensor.is_contiguous {
        return Err(broken("its values are not stored one after another".into()));
    }
    let entry = archive.by_name(&tensor.entry);
    let mut entry = entry.map_err(|error| broken(error.to_string()))?;
    let before = (tensor.offset as u64).saturating_mul(width as u64);
    let unread = |error: io::Error| broken(error.to_string());
    io::copy(&mut entry.by_ref().take(before), &mut io::sink()).map_err(unread)?;
    let mut bytes = vec![0; width * PIECE.min(values.len())];
    for values in values.chunks_mut(PIECE) {
        let bytes = &mut bytes[..width * values.len()];
        entry.read_exact(bytes).map_err(unread)?;
        widen(bytes, values);
        if !values.iter().all(|value| value.is_finite()) {
            return Err(WeightsError::NotFinite {
                path: path.into(),
                name: name.into(),
            });
        }
    }
    Ok(())
}

fn pickle_name(archive: &ZipArchive<BufReader<File>>) -> Option<String> {
    let names = archive.file_names().flatten();
    let mut pickles = names.filter(|name| {
        let folder = name.strip_suffix(PICKLE);
        folder.is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
    });
    pickles.next().map(|name| name.into_owned())
}

/// The bytes of a small file in the archive.
fn read_entry(
    archive: &mut ZipArchive<BufReader<File>>,
    name: &str,
    largest: u64,
) -> io::Result<Vec<u8>> {
    let entry = archive.by_name(name)?;
    let mut bytes = Vec::new();
    entry.take(largest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > largest {
        let message = format!("{name} is larger than any that belongs to a model");
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    Ok(bytes)
}

/// The tensors of a state: those of the dictionary, or else of a dictionary in it, as training
/// programs write them beside the state of their optimizer.
fn state(pairs: &[(Object, Object)], folder: &str) -> BTreeMap<String, StoredTensor> {
    let own = tensors(pairs, folder);
    if !own.is_empty() {
        return own;
    }
    let inner = pairs.iter().filter_map(|(_, value)| match value {
        Object::Dict(pairs) => Some(tensors(pairs, folder)),
        _ => None,
    });
    inner.max_by_key(BTreeMap::len).unwrap_or_default()
}

fn tensors(pairs: &[(Object, Object)], folder: &str) -> BTreeMap<String, StoredTensor> {
    let named = pairs.iter().filter_map(|(name, value)| {
        let Object::Unicode(name) = name else {
            return None;
        };
        let name = name.strip_prefix(PARALLEL_PREFIX).unwrap_or(name);
        Some((canonical_name(name), tensor(value, folder)?))
    });
    named.collect()
}

/// What `torch._utils` would build a tensor from; none for anything else.
fn tensor(value: &Object, folder: &str) -> Option<StoredTensor> {
    let (name, arguments) = call(value)?;
    match (name, arguments) {
        ("_rebuild_parameter", [data, ..]) => tensor(data, folder),
        ("_rebuild_tensor_v2", [storage, offset, shape, strides, ..]) => {
            let Object::PersistentLoad(storage) = storage else {
                return None;
            };
            let Object::Tuple(storage) = &**storage else {
                return None;
            };
            let [
                _,
                Object::Class { class_name, .. },
                Object::Unicode(key),
                ..,
            ] = storage.as_slice()
            else {
                return None;
            };
            let shape = numbers(shape)?;
            Some(StoredTensor {
                entry: format!("{folder}data/{key}"),
                storage: class_name.clone(),
                offset: number(offset)?,
                is_contiguous: is_contiguous(&shape, &numbers(strides)?),
                shape,
            })
        }
        _ => None,
    }
}

/// A call of a function of `torch._utils`, with its arguments.
fn call(value: &Object) -> Option<(&str, &[Object])> {
    let Object::Reduce { callable, args } = value else {
        return None;
    };
    match (&**callable, &**args) {
        (
            Object::Class {
                module_name,
                class_name,
            },
            Object::Tuple(arguments),
        ) if module_name == "torch._utils" => Some((class_name, arguments)),
        _ => None,
    }
}

fn number(object: &Object) -> Option<usize> {
    match object {
        Object::Int(number) => usize::try_from(*number).ok(),
        Object::Long(number) => usize::try_from(*number).ok(),
        _ => None,
    }
}

fn numbers(object: &Object) -> Option<Vec<usize>> {
    match object {
        Object::Tuple(objects) => objects.iter().map(number).collect(),
        _ => None,
    }
}

/// Whether the values of a tensor stand in row-major order without gaps.
fn is_contiguous(shape: &[usize], strides: &[usize]) -> bool {
    let mut expected: usize = 1;
    let mut pairs = shape.iter().zip(strides).rev();
    shape.len() == strides.len()
        && pairs.all(|(&size, &stride)| {
            let fits = size == 1 || stride == expected;
            expected = expected.saturating_mul(size);
            fits
        })
}
