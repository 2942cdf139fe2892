//! One base model: a folder that was opened and checked, without reading its weights.

use std::path::{Path, PathBuf};

use super::BaseModelError;
use super::record::BaseRecord;
use crate::checksum;
use crate::model::config::BertConfig;
use crate::model::parameters::ParameterLayout;
use crate::model::weights::{LoadReport, check_parameters, read_parameters};
use crate::text::tokenizer::Tokenizer;

pub(super) const CONFIG_FILE: &str = "config.json";
pub(super) const WEIGHTS_FILE: &str = "model.safetensors";
pub(super) const TOKENIZER_FILES: [&str; 3] =
    ["tokenizer.json", "vocab.txt", "tokenizer_config.json"];

/// Embedding tables are padded to round sizes; a table that is larger than the vocabulary by this
/// much is not padded but of another model (BERT's cased and uncased differ by 1,526).
const LARGEST_PADDING: usize = 1_024;

/// An opened base model.
#[derive(Debug, Clone)]
pub struct BaseModel {
    name: String,
    folder: PathBuf,
    config: BertConfig,
    tokenizer: Tokenizer,
    contents: LoadReport,
    files: Vec<(&'static str, u64)>,
    record: Option<BaseRecord>,
}

impl BaseModel {
    /// Opens a folder in the layout of Hugging Face and checks that configuration, weights (by
    /// their header) and tokenizer are there and fit each other.
    ///
    /// # Errors
    /// When something is missing, damaged, not a BERT, or of another model than the rest.
    pub fn open(folder: &Path) -> Result<Self, BaseModelError> {
        if !folder.is_dir() {
            return Err(BaseModelError::NoFolder {
                folder: folder.into(),
            });
        }
        require(folder, CONFIG_FILE)?;
        let config = BertConfig::read(&folder.join(CONFIG_FILE))?;
        let weights = folder.join(WEIGHTS_FILE);
        if !weights.is_file() {
            return Err(missing_weights(folder));
        }
        let tokenizer = Tokenizer::from_folder(folder)?;
        let contents = check_parameters(&weights, &ParameterLayout::new(&config, 1))?;
        check_vocabulary(folder, &config, &tokenizer)?;
        let record = BaseRecord::read(folder);
        Ok(Self {
            name: record
                .as_ref()
                .map_or_else(|| name_of(folder), |record| record.name.clone()),
            folder: folder.into(),
            files: present_files(folder)?,
            config,
            tokenizer,
            contents,
            record,
        })
    }

    /// The same model with what is known about it.
    pub(super) fn with_record(self, record: BaseRecord) -> Self {
        Self {
            name: record.name.clone(),
            record: Some(record),
            ..self
        }
    }

    /// Its name in the library, or else that of its folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its shape.
    pub fn config(&self) -> &BertConfig {
        &self.config
    }

    /// Its tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The file of its weights.
    pub fn weights_path(&self) -> PathBuf {
        self.folder.join(WEIGHTS_FILE)
    }

    /// Where it is from, when the library knows.
    pub fn record(&self) -> Option<&BaseRecord> {
        self.record.as_ref()
    }

    /// Bytes of all files that belong to it.
    pub fn total_bytes(&self) -> u64 {
        self.files.iter().map(|(_, bytes)| bytes).sum()
    }

    /// Values in the encoder and its pooler.
    pub fn parameters(&self) -> usize {
        ParameterLayout::new(&self.config, 0).len()
    }

    /// Parameters of the encoder that the file lacks and that fine-tuning starts anew, by their
    /// names: those of the pooler, or none. The head is new with every task and not counted.
    pub fn initialised(&self) -> Vec<String> {
        let names = self.contents.initialised.iter();
        names
            .filter(|name| name.starts_with("bert."))
            .cloned()
            .collect()
    }

    /// Tensors of the file that fine-tuning has no use for, by their names in the file.
    pub fn unused(&self) -> &[String] {
        &self.contents.unused
    }

    /// The SHA-256 over its files: that of the lines `SHA-256, two spaces, name` in the order of
    /// the names, as the program `sha256sum` prints them. Reads everything.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn fingerprint(&self) -> Result<String, BaseModelError> {
        let mut names: Vec<&str> = self.files.iter().map(|&(name, _)| name).collect();
        names.sort_unstable();
        let mut lines = String::new();
        for name in names {
            let path = self.folder.join(name);
            let sum = checksum::of_file(&path)
                .map_err(|source| BaseModelError::Unreadable { path, source })?;
            lines.push_str(&format!("{sum}  {name}\n"));
        }
        Ok(checksum::of_text(&lines))
    }

    /// The weights in one flat buffer of `ParameterLayout::new(config, labels)`, with a head of
    /// `labels` outputs drawn from `seed`, and what was read, new and unused.
    ///
    /// # Errors
    /// When the weights cannot be read or are not all finite.
    pub fn load_parameters(
        &self,
        labels: usize,
        seed: u64,
    ) -> Result<(Vec<f32>, LoadReport), BaseModelError> {
        let layout = ParameterLayout::new(&self.config, labels);
        Ok(read_parameters(&self.weights_path(), &layout, seed)?)
    }
}

fn name_of(folder: &Path) -> String {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.into());
    let name = absolute.file_name().map(|name| name.to_string_lossy());
    name.map_or_else(|| folder.display().to_string(), |name| name.into_owned())
}

fn require(folder: &Path, file: &'static str) -> Result<(), BaseModelError> {
    if folder.join(file).is_file() {
        Ok(())
    } else {
        Err(BaseModelError::Incomplete {
            folder: folder.into(),
            file,
        })
    }
}

/// What there is in place of `model.safetensors`.
fn missing_weights(folder: &Path) -> BaseModelError {
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = names
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let folder = folder.into();
    match other_weights(&names) {
        Some(OtherWeights::Shard(found)) => BaseModelError::Sharded { folder, found },
        Some(OtherWeights::Format(found)) => BaseModelError::OtherFormat { folder, found },
        None => BaseModelError::Incomplete {
            folder,
            file: WEIGHTS_FILE,
        },
    }
}

/// Weights that are not in one `model.safetensors`.
pub(super) enum OtherWeights {
    /// One of several safetensors files.
    Shard(String),
    /// A file of PyTorch, TensorFlow or Flax.
    Format(String),
}

/// Finds weights among names of files.
pub(super) fn other_weights(names: &[String]) -> Option<OtherWeights> {
    let shard = |name: &&String| name.starts_with("model-") && name.ends_with(".safetensors");
    let other = |name: &&String| {
        let known = ["pytorch_model", "tf_model", "flax_model", "model.ckpt"];
        known.iter().any(|start| name.starts_with(start)) || name.ends_with(".pth")
    };
    let find = |wanted: &dyn Fn(&&String) -> bool| names.iter().find(wanted).cloned();
    find(&shard)
        .map(OtherWeights::Shard)
        .or_else(|| find(&other).map(OtherWeights::Format))
}

fn check_vocabulary(
    folder: &Path,
    config: &BertConfig,
    tokenizer: &Tokenizer,
) -> Result<(), BaseModelError> {
    let (known, rows) = (tokenizer.vocabulary_size(), config.vocabulary_size);
    if known > rows || known + LARGEST_PADDING <= rows {
        return Err(BaseModelError::TokenizerMismatch {
            folder: folder.into(),
            tokenizer: known,
            weights: rows,
        });
    }
    Ok(())
}

/// The files that decide over a model's results, those that are there, with their bytes.
fn present_files(folder: &Path) -> Result<Vec<(&'static str, u64)>, BaseModelError> {
    let mut files = Vec::new();
    for name in [CONFIG_FILE, WEIGHTS_FILE]
        .into_iter()
        .chain(TOKENIZER_FILES)
    {
        let path = folder.join(name);
        match std::fs::metadata(&path) {
            Ok(data) => files.push((name, data.len())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(BaseModelError::Unreadable { path, source }),
        }
    }
    Ok(files)
}
