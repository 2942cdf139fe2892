//! The shape of a BERT, as its Hugging Face `config.json` tells it.

use crate::failure_details;
use std::path::{Path, PathBuf};
use ts_rs::TS;

use serde::{Deserialize, Serialize};

/// The nonlinearity of the feed-forward block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Activation {
    /// `x * Phi(x)` with the error function (Hendrycks & Gimpel 2016); `"gelu"` on disk.
    Gelu,
    /// The tanh approximation of the same paper; `"gelu_new"` or `"gelu_pytorch_tanh"` on disk.
    GeluTanh,
    /// `max(x, 0)`; `"relu"` on disk.
    Relu,
}

/// The shape and the dropout rates of a BERT encoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BertConfig {
    /// Word pieces in the vocabulary.
    pub vocabulary_size: usize,
    /// Width of a token's vector.
    pub hidden_size: usize,
    /// Encoder layers.
    pub layers: usize,
    /// Attention heads a layer; divides `hidden_size`.
    pub heads: usize,
    /// Width of the feed-forward block.
    pub intermediate_size: usize,
    /// Nonlinearity of the feed-forward block.
    pub activation: Activation,
    /// Dropout on embeddings and on the output of each block, in [0, 1).
    pub hidden_dropout: f32,
    /// Dropout on attention probabilities, in [0, 1).
    pub attention_dropout: f32,
    /// Learned positions, that is, the longest sequence.
    pub max_positions: usize,
    /// Token types (segments).
    pub token_types: usize,
    /// Added to the variance in every layer normalisation.
    pub layer_norm_epsilon: f32,
    /// Standard deviation of a newly initialised dense layer.
    pub initializer_range: f32,
}

/// Why a `config.json` does not describe a BERT that Etiqueta can train.
#[derive(Debug, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}. Choose a folder that holds a Hugging Face BERT", path.display())]
    #[serde(rename = "unreadableConfig")]
    Unreadable {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What the system said.
        #[serde(serialize_with = "failure_details::message")]
        #[ts(type = "string")]
        source: std::io::Error,
    },
    /// The file is not the JSON that was expected.
    #[error("{} is not a BERT configuration: {message} (line {line}, column {column}). Download the base model again", path.display())]
    #[serde(rename = "malformedConfig")]
    Malformed {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// What is wrong.
        message: String,
        /// 1-based line.
        line: usize,
        /// 1-based column.
        column: usize,
    },
    /// The folder holds another architecture.
    #[error("{} describes a model of type \"{found}\", and only \"bert\" can be fine-tuned. Choose a BERT", path.display())]
    #[serde(rename = "configNotBert")]
    NotBert {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// The `model_type` found.
        found: String,
    },
    /// A setting has a value that is not supported.
    #[error("{}: {setting} = {value} is not supported ({expected}). Choose another base model", path.display())]
    #[serde(rename = "unsupportedConfig")]
    Unsupported {
        /// The file.
        #[serde(serialize_with = "failure_details::path")]
        path: PathBuf,
        /// The key in the JSON.
        setting: &'static str,
        /// Its value.
        value: String,
        /// What would be supported.
        expected: &'static str,
    },
}

/// The keys of `config.json` that matter here; the names are Hugging Face's.
#[derive(Deserialize)]
struct ConfigFile {
    model_type: Option<String>,
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    hidden_act: String,
    #[serde(default = "default_dropout")]
    hidden_dropout_prob: f32,
    #[serde(default = "default_dropout")]
    attention_probs_dropout_prob: f32,
    max_position_embeddings: usize,
    #[serde(default = "default_token_types")]
    type_vocab_size: usize,
    #[serde(default = "default_epsilon")]
    layer_norm_eps: f32,
    #[serde(default = "default_initializer_range")]
    initializer_range: f32,
    position_embedding_type: Option<String>,
    #[serde(default)]
    is_decoder: bool,
}

// The defaults are those of transformers' `BertConfig`.
fn default_dropout() -> f32 {
    0.1
}
fn default_token_types() -> usize {
    2
}
fn default_epsilon() -> f32 {
    1e-12
}
fn default_initializer_range() -> f32 {
    0.02
}

impl BertConfig {
    /// Reads and checks a Hugging Face `config.json`.
    ///
    /// # Errors
    /// When the file cannot be read, is not a BERT, or asks for something that is not supported.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.into(),
            source,
        })?;
        Self::parse(&text, path)
    }

    /// Parses the text of a `config.json`; `path` names it in errors.
    ///
    /// # Errors
    /// As [`BertConfig::read`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let kind: serde_json::Value =
            serde_json::from_str(text).map_err(|error| malformed(path, &error))?;
        if let Some(found) = kind.get("model_type").and_then(|value| value.as_str())
            && found != "bert"
        {
            return Err(ConfigError::NotBert {
                path: path.into(),
                found: found.into(),
            });
        }
        let file: ConfigFile =
            serde_json::from_str(text).map_err(|error| malformed(path, &error))?;
        file.check(path)?;
        let activation = match file.hidden_act.as_str() {
            "gelu" => Activation::Gelu,
            "gelu_new" | "gelu_pytorch_tanh" => Activation::GeluTanh,
            "relu" => Activation::Relu,
            other => {
                return Err(ConfigError::Unsupported {
                    path: path.into(),
                    setting: "hidden_act",
                    value: other.into(),
                    expected: "gelu, gelu_new, gelu_pytorch_tanh or relu",
                });
            }
        };
        Ok(Self {
            vocabulary_size: file.vocab_size,
            hidden_size: file.hidden_size,
            layers: file.num_hidden_layers,
            heads: file.num_attention_heads,
            intermediate_size: file.intermediate_size,
            activation,
            hidden_dropout: file.hidden_dropout_prob,
            attention_dropout: file.attention_probs_dropout_prob,
            max_positions: file.max_position_embeddings,
            token_types: file.type_vocab_size,
            layer_norm_epsilon: file.layer_norm_eps,
            initializer_range: file.initializer_range,
        })
    }

    /// Width of one attention head.
    pub fn head_size(&self) -> usize {
        self.hidden_size / self.heads.max(1)
    }
}

impl ConfigFile {
    fn check(&self, path: &Path) -> Result<(), ConfigError> {
        let unsupported = |setting, value: String, expected| {
            Err(ConfigError::Unsupported {
                path: path.into(),
                setting,
                value,
                expected,
            })
        };
        if self.model_type.is_none() {
            return Err(ConfigError::NotBert {
                path: path.into(),
                found: "not stated".into(),
            });
        }
        if self.is_decoder {
            return unsupported("is_decoder", "true".into(), "an encoder");
        }
        if let Some(kind) = &self.position_embedding_type
            && kind != "absolute"
        {
            return unsupported("position_embedding_type", kind.clone(), "absolute");
        }
        for (setting, value) in [
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("intermediate_size", self.intermediate_size),
            ("max_position_embeddings", self.max_position_embeddings),
            ("type_vocab_size", self.type_vocab_size),
        ] {
            if value == 0 {
                return unsupported(setting, "0".into(), "at least 1");
            }
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            let value = self.num_attention_heads.to_string();
            return unsupported("num_attention_heads", value, "a divisor of hidden_size");
        }
        for (setting, value) in [
            ("hidden_dropout_prob", self.hidden_dropout_prob),
            (
                "attention_probs_dropout_prob",
                self.attention_probs_dropout_prob,
            ),
        ] {
            if !(0.0..1.0).contains(&value) {
                return unsupported(setting, value.to_string(), "at least 0 and below 1");
            }
        }
        Ok(())
    }
}

fn malformed(path: &Path, error: &serde_json::Error) -> ConfigError {
    ConfigError::Malformed {
        path: path.into(),
        message: error.to_string(),
        line: error.line(),
        column: error.column(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TINY: &str = r#"{"model_type":"bert","vocab_size":10,"hidden_size":8,
        "num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":16,
        "hidden_act":"gelu_new","max_position_embeddings":12}"#;

    fn parse(text: &str) -> Result<BertConfig, ConfigError> {
        BertConfig::parse(text, Path::new("config.json"))
    }

    #[test]
    fn missing_settings_take_the_defaults_of_transformers() {
        let config = parse(TINY).unwrap();
        assert_eq!(config.activation, Activation::GeluTanh);
        assert_eq!(config.token_types, 2);
        assert_eq!(
            (config.hidden_dropout, config.layer_norm_epsilon),
            (0.1, 1e-12)
        );
        assert_eq!(config.head_size(), 4);
    }

    #[test]
    fn another_architecture_is_refused_by_its_name() {
        let error = parse(r#"{"model_type":"roberta"}"#).unwrap_err();
        assert!(matches!(&error, ConfigError::NotBert { found, .. } if found == "roberta"));
    }

    #[test]
    fn heads_that_do_not_divide_the_width_are_refused() {
        let error = parse(&TINY.replace(r#"heads":2"#, r#"heads":3"#)).unwrap_err();
        assert!(
            error.to_string().contains("num_attention_heads = 3"),
            "{error}"
        );
    }

    #[test]
    fn an_unknown_activation_is_refused_with_those_that_are_known() {
        let error = parse(&TINY.replace("gelu_new", "swish")).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("gelu, gelu_new, gelu_pytorch_tanh or relu"),
            "{error}"
        );
    }

    #[test]
    fn json_that_breaks_off_is_refused_with_its_position() {
        let error = parse(r#"{"model_type":"#).unwrap_err();
        assert!(matches!(error, ConfigError::Malformed { line: 1, .. }));
    }
}
