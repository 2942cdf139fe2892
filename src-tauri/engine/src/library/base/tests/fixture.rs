//! A tiny BERT as a folder, and what the tests change of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};

use crate::model::config::BertConfig;
use crate::model::parameters::{ParameterKind, ParameterLayout};

pub(crate) const VOCABULARY: [&str; 40] = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    ".",
    ",",
    "a",
    "c",
    "d",
    "e",
    "h",
    "i",
    "n",
    "o",
    "p",
    "r",
    "s",
    "t",
    "u",
    "##a",
    "##c",
    "##d",
    "##e",
    "##i",
    "##n",
    "##o",
    "##r",
    "##s",
    "##t",
    "##u",
    "heart",
    "acute",
    "failure",
    "patients",
    "with",
    "and",
    "cancer",
    "the",
    "##ization",
];

/// The files of a tiny base model.
#[derive(Clone)]
pub(crate) struct Tiny {
    pub(crate) config: Value,
    pub(crate) vocabulary: Vec<String>,
    /// Which tensors are written, by their names in `BertForSequenceClassification`.
    pub(crate) has: fn(&str) -> bool,
    /// Called with each value before it is written.
    pub(crate) change: fn(f32) -> f32,
}

impl Default for Tiny {
    fn default() -> Self {
        Self {
            config: json!({
                "model_type": "bert",
                "architectures": ["BertForMaskedLM"],
                "vocab_size": VOCABULARY.len(),
                "hidden_size": 16,
                "num_hidden_layers": 2,
                "num_attention_heads": 4,
                "intermediate_size": 32,
                "hidden_act": "gelu",
                "max_position_embeddings": 64,
                "type_vocab_size": 2,
            }),
            vocabulary: VOCABULARY.map(String::from).to_vec(),
            has: |name| !name.starts_with("classifier"),
            change: |value| value,
        }
    }
}

impl Tiny {
    /// The content of each file, by its name.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut vocabulary = self.vocabulary.join("\n");
        vocabulary.push('\n');
        BTreeMap::from([
            ("config.json".into(), self.config.to_string().into_bytes()),
            ("vocab.txt".into(), vocabulary.into_bytes()),
            ("model.safetensors".into(), self.weights()),
        ])
    }

    /// Writes the files and returns their folder.
    pub(crate) fn write(&self, folder: &Path) -> PathBuf {
        std::fs::create_dir_all(folder).unwrap();
        for (name, content) in self.files() {
            std::fs::write(folder.join(name), content).unwrap();
        }
        folder.into()
    }

    /// The weights, with the writer of the safetensors crate, which is not ours.
    fn weights(&self) -> Vec<u8> {
        let text = self.config.to_string();
        let config = BertConfig::parse(&text, Path::new("config.json"))
            .unwrap_or_else(|_| Self::default().shape());
        let layout = ParameterLayout::new(&config, 2);
        let mut random = 12_345_u64;
        let mut tensors = BTreeMap::new();
        for parameter in layout.parameters {
            let center = f32::from(u8::from(parameter.kind == ParameterKind::NormScale));
            let bytes: Vec<u8> = parameter
                .range
                .clone()
                .flat_map(|_| {
                    // Knuth's generator for MMIX.
                    random = random
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    let uniform = (random >> 40) as f32 / (1 << 24) as f32 - 0.5;
                    (self.change)(center + 0.5 * uniform).to_le_bytes()
                })
                .collect();
            if (self.has)(&parameter.name) {
                // Encoders are kept without this prefix.
                let name = parameter.name.trim_start_matches("bert.").to_owned();
                tensors.insert(name, (parameter.shape, bytes));
            }
        }
        let views = tensors.iter().map(|(name, (shape, bytes))| {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap();
            (name, view)
        });
        safetensors::serialize(views, None).unwrap()
    }

    fn shape(&self) -> BertConfig {
        BertConfig::parse(&self.config.to_string(), Path::new("config.json")).unwrap()
    }
}

/// The compact model of this repository.
pub(crate) fn compact() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../base/compact")
}
