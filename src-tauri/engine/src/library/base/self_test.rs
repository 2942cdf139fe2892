//! The self-test of a new base model: the engine and candle-transformers' `BertModel` compute the
//! `[CLS]` vector of a few texts, and the two have to agree.

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config, HiddenAct, PositionEmbeddingType};
use serde::{Deserialize, Serialize};

use super::{BaseModel, BaseModelError};
use kernels::matrix::Precision;

use crate::model::backend::BackendError;
use crate::model::bert::ExplicitBackend;
use crate::model::config::{Activation, BertConfig};
use crate::model::inference::predict_logits;
use crate::model::parameters::{DenseRanges, ParameterLayout};

/// Differences of two orders of summation in f32 over 12 layers are below 1e-5; a wrong formula
/// is off by percents.
const TOLERANCE: f32 = 1e-4;
/// Long enough for attention over more than one block of tokens.
const LONGEST: usize = 128;
/// What the backend shows of a vector is `SCALE * tanh(x / SCALE)`, which tells large values
/// apart as well as small ones.
const SCALE: f32 = 16.0;

/// Different lengths, accents, and words that no vocabulary has.
const TEXTS: [&str; 4] = [
    "",
    "Cancer.",
    "El diagnóstico por ecografía del corazón en el niño: revisión de 1.234 casos (n = 98 %).",
    "🫀 卒中 ⟁ Ωβ2-microglobulin pneumonoultramicroscopicsilicovolcanoconiosis",
];
/// Repeated until it has [`LONGEST`] word pieces.
const SENTENCE: &str = "Patients with acute heart failure and a reduced ejection fraction were \
                        randomised to receive either the inhibitor or placebo. ";

/// What came out of the self-test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SelfTest {
    /// Texts compared.
    pub texts: usize,
    /// Word pieces of the longest.
    pub longest: usize,
    /// Largest difference between a value of the engine and candle-transformers' one.
    pub largest_difference: f32,
    /// Largest absolute value of candle-transformers.
    pub scale: f32,
    /// How large `largest_difference / scale` may be.
    pub tolerance: f32,
}

impl SelfTest {
    /// The largest difference over the largest value.
    pub fn relative_difference(&self) -> f32 {
        self.largest_difference / self.scale
    }

    /// Whether the two agree. Values that are not finite never do.
    pub fn passed(&self) -> bool {
        self.relative_difference() <= self.tolerance
    }

    /// Tests a model, without dropout.
    ///
    /// # Errors
    /// When the weights cannot be read, one of the two cannot compute, or they do not agree.
    pub(super) fn run(model: &BaseModel) -> Result<Self, BaseModelError> {
        let config = model.config();
        let mut texts: Vec<String> = TEXTS.iter().map(|&text| text.into()).collect();
        texts.push(SENTENCE.repeat(LONGEST));
        let encoded = model
            .tokenizer()
            .encode_all(&texts, LONGEST.min(config.max_positions));
        let sequences: Vec<&[u32]> = encoded.iter().map(|text| text.ids.as_slice()).collect();
        // One output for each value of the vector, so that the logits are the vector.
        let outputs = config.hidden_size;
        let layout = ParameterLayout::new(config, outputs);
        let (mut parameters, _) = model.load_parameters(outputs, 0)?;
        set_diagonal(&mut parameters, &layout.pooler, 1.0 / SCALE);
        set_diagonal(&mut parameters, &layout.classifier, SCALE);
        let mut backend = ExplicitBackend::new(config.clone(), outputs, 1, Precision::Single)?;
        let ours = predict_logits(&mut backend, &parameters, &sequences, &mut |_| true)?;
        let theirs = candle_vectors(config, &layout, parameters, &sequences)?;
        let longest = sequences.iter().map(|ids| ids.len()).max();
        let test = compare(
            &ours.unwrap_or_default(),
            &theirs,
            sequences.len(),
            longest.unwrap_or(0),
        );
        if !test.passed() {
            return Err(BaseModelError::SelfTestFailed {
                folder: model.folder().into(),
                difference: test.relative_difference(),
                tolerance: TOLERANCE,
            });
        }
        Ok(test)
    }
}

fn compare(ours: &[f32], theirs: &[f32], texts: usize, longest: usize) -> SelfTest {
    // `f32::max` passes over what is not a number, and here it must not.
    let largest = |values: &mut dyn Iterator<Item = f32>| {
        values.fold(0.0, |largest: f32, value| {
            if value.is_nan() || value > largest {
                value
            } else {
                largest
            }
        })
    };
    let differences = ours.iter().zip(theirs).map(|(one, other)| one - other);
    let complete = ours.len() == theirs.len();
    SelfTest {
        texts,
        longest,
        largest_difference: if complete {
            largest(&mut differences.map(f32::abs))
        } else {
            f32::NAN
        },
        scale: largest(&mut theirs.iter().map(|value| value.abs())),
        tolerance: TOLERANCE,
    }
}

/// Makes a square dense layer the identity times `scale`.
fn set_diagonal(parameters: &mut [f32], dense: &DenseRanges, scale: f32) {
    let width = dense.bias.len();
    parameters[dense.bias.clone()].fill(0.0);
    let weight = &mut parameters[dense.weight.clone()];
    weight.fill(0.0);
    weight
        .iter_mut()
        .step_by(width + 1)
        .for_each(|value| *value = scale);
}

/// The `[CLS]` vectors of the last layer as candle-transformers computes them, shape
/// (sequences, hidden).
fn candle_vectors(
    config: &BertConfig,
    layout: &ParameterLayout,
    parameters: Vec<f32>,
    sequences: &[&[u32]],
) -> Result<Vec<f32>, BackendError> {
    let device = Device::Cpu;
    let mut tensors = HashMap::new();
    for parameter in &layout.parameters {
        let values = &parameters[parameter.range.clone()];
        let tensor = Tensor::from_slice(values, parameter.shape.as_slice(), &device)?;
        tensors.insert(parameter.name.clone(), tensor);
    }
    drop(parameters);
    let builder = VarBuilder::from_tensors(tensors, DType::F32, &device);
    let model = BertModel::load(builder, &candle_config(config))?;
    let mut vectors = Vec::new();
    for &sequence in sequences {
        let ids = Tensor::new(sequence, &device)?.unsqueeze(0)?; // (1, tokens)
        let hidden = model.forward(&ids, &ids.zeros_like()?, None)?; // (1, tokens, hidden)
        let first = hidden.narrow(1, 0, 1)?.flatten_all()?;
        let squashed = ((first / f64::from(SCALE))?.tanh()? * f64::from(SCALE))?;
        vectors.extend(squashed.to_vec1::<f32>()?);
    }
    Ok(vectors)
}

fn candle_config(config: &BertConfig) -> Config {
    Config {
        vocab_size: config.vocabulary_size,
        hidden_size: config.hidden_size,
        num_hidden_layers: config.layers,
        num_attention_heads: config.heads,
        intermediate_size: config.intermediate_size,
        // candle-transformers knows all three; `gelu_new` and `gelu_pytorch_tanh` are the same.
        hidden_act: match config.activation {
            Activation::Gelu => HiddenAct::Gelu,
            Activation::GeluTanh => HiddenAct::GeluApproximate,
            Activation::Relu => HiddenAct::Relu,
        },
        hidden_dropout_prob: 0.0,
        max_position_embeddings: config.max_positions,
        type_vocab_size: config.token_types,
        initializer_range: f64::from(config.initializer_range),
        layer_norm_eps: f64::from(config.layer_norm_epsilon),
        pad_token_id: 0,
        position_embedding_type: PositionEmbeddingType::Absolute,
        use_cache: false,
        classifier_dropout: None,
        // Where candle-transformers looks for tensors whose names begin with `bert.`.
        model_type: Some("bert".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_not_finite_or_missing_never_pass() {
        let good = compare(&[1.0, -2.0], &[1.0, -2.0001], 1, 2);
        assert!(good.passed(), "{good:?}");
        assert!(!compare(&[1.0, -2.0], &[1.0, -2.001], 1, 2).passed());
        assert!(!compare(&[f32::NAN, 1.0], &[1.0, 1.0], 1, 2).passed());
        assert!(!compare(&[1.0, 1.0], &[f32::NAN, 1.0], 1, 2).passed());
        assert!(!compare(&[1.0, f32::INFINITY], &[1.0, f32::INFINITY], 1, 2).passed());
        assert!(!compare(&[], &[1.0], 1, 2).passed());
        assert!(!compare(&[], &[], 0, 0).passed());
    }
}
