//! `config.json` of `BertForSequenceClassification`, both ways.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::ModelError;
use crate::model::config::{Activation, BertConfig};
use crate::text::tokenizer::Tokenizer;

/// The tokenizer's settings in a model's folder, as transformers knows them.
const TOKENIZER_SETTINGS_FILE: &str = "tokenizer_config.json";
/// `[CLS]`, a word piece and `[SEP]`.
const SHORTEST_LENGTH: f64 = 3.0;

/// The configuration that transformers builds the same model from.
pub(super) fn config_json(config: &BertConfig, labels: &[String], tokenizer: &Tokenizer) -> Value {
    let activation = match config.activation {
        Activation::Gelu => "gelu",
        Activation::GeluTanh => "gelu_new",
        Activation::Relu => "relu",
    };
    let by_id: Map<String, Value> = labels
        .iter()
        .enumerate()
        .map(|(id, label)| (id.to_string(), json!(label)))
        .collect();
    let by_label: Map<String, Value> = labels
        .iter()
        .enumerate()
        .map(|(id, label)| (label.clone(), json!(id)))
        .collect();
    let padding = (tokenizer.word_piece(0).as_deref() == Some("[PAD]")).then_some(0);
    json!({
        "architectures": ["BertForSequenceClassification"],
        "model_type": "bert",
        "problem_type": "multi_label_classification",
        "id2label": by_id,
        "label2id": by_label,
        "vocab_size": config.vocabulary_size,
        "hidden_size": config.hidden_size,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "intermediate_size": config.intermediate_size,
        "hidden_act": activation,
        "hidden_dropout_prob": rounded(config.hidden_dropout),
        "attention_probs_dropout_prob": rounded(config.attention_dropout),
        "max_position_embeddings": config.max_positions,
        "type_vocab_size": config.token_types,
        "layer_norm_eps": rounded(config.layer_norm_epsilon),
        "initializer_range": rounded(config.initializer_range),
        "position_embedding_type": "absolute",
        "pad_token_id": padding,
        "torch_dtype": "float32",
    })
}

/// The shortest decimal that is this `f32`, and not its neighbours in `f64`.
fn rounded(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

/// The labels' names in a `config.json`, in the order of the head's outputs. transformers leaves
/// them out when they are the usual ones: then they are numbered as it does, as many as the head
/// in the weights has `outputs`.
pub(super) fn label_names(
    text: &str,
    outputs: Option<usize>,
    path: &Path,
) -> Result<Vec<String>, ModelError> {
    let corrupted = |message: String| ModelError::Corrupted {
        path: path.into(),
        message,
    };
    let config: Value = serde_json::from_str(text).map_err(|error| corrupted(error.to_string()))?;
    match config.get("problem_type").and_then(Value::as_str) {
        None | Some("multi_label_classification") => {}
        Some(other) => {
            return Err(ModelError::OtherProblem {
                path: path.into(),
                found: other.into(),
            });
        }
    }
    let Some(by_id) = config.get("id2label").and_then(Value::as_object) else {
        let outputs = outputs.unwrap_or(0);
        return Ok((0..outputs).map(|id| format!("LABEL_{id}")).collect());
    };
    (0..by_id.len())
        .map(|id| {
            let name = by_id.get(&id.to_string()).and_then(Value::as_str);
            name.map(str::to_owned)
                .ok_or_else(|| corrupted(format!("id2label has no name for {id}")))
        })
        .collect()
}

/// Word pieces of a text that the tokenizer of a folder is made to read, where it says so.
/// transformers cuts there, and writes a number beyond all lengths where there is no limit.
pub(super) fn stated_length(folder: &Path) -> Option<usize> {
    let text = std::fs::read_to_string(folder.join(TOKENIZER_SETTINGS_FILE)).ok()?;
    let settings: Value = serde_json::from_str(&text).ok()?;
    let length = settings.get("model_max_length")?.as_f64()?;
    // A number of floating point turns into the nearest whole one that there is.
    (length >= SHORTEST_LENGTH).then_some(length as usize)
}
