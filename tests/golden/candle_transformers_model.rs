//! The tiny BERT equals candle-transformers' forward-only `BertModel`, with a pooler and a head
//! put behind it here.

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config, HiddenAct, PositionEmbeddingType};
use engine::model::config::{Activation, BertConfig};

use crate::backends::backends_and_card;
use crate::tensors::largest_difference;
use crate::tiny_fixture::{ACTIVATIONS, LABELS, Tiny};

fn candle_config(config: &BertConfig) -> Config {
    Config {
        vocab_size: config.vocabulary_size,
        hidden_size: config.hidden_size,
        num_hidden_layers: config.layers,
        num_attention_heads: config.heads,
        intermediate_size: config.intermediate_size,
        hidden_act: match config.activation {
            Activation::Gelu => HiddenAct::Gelu,
            Activation::GeluTanh => HiddenAct::GeluApproximate,
            Activation::Relu => HiddenAct::Relu,
        },
        hidden_dropout_prob: 0.0,
        max_position_embeddings: config.max_positions,
        type_vocab_size: config.token_types,
        initializer_range: 0.02,
        layer_norm_eps: f64::from(config.layer_norm_epsilon),
        pad_token_id: 0,
        position_embedding_type: PositionEmbeddingType::Absolute,
        use_cache: false,
        classifier_dropout: None,
        model_type: Some("bert".into()),
    }
}

fn tensors(tiny: &Tiny) -> HashMap<String, Tensor> {
    let parameters = tiny.layout.parameters.iter();
    parameters
        .map(|parameter| {
            let values = &tiny.parameters[parameter.range.clone()];
            let shape = parameter.shape.as_slice();
            (
                parameter.name.clone(),
                Tensor::from_slice(values, shape, &Device::Cpu).unwrap(),
            )
        })
        .collect()
}

fn candle_logits(tiny: &Tiny) -> candle_core::Result<Vec<f32>> {
    let tensors = tensors(tiny);
    let builder = VarBuilder::from_tensors(tensors.clone(), DType::F32, &Device::Cpu);
    let model = BertModel::load(builder, &candle_config(&tiny.config))?;
    let dense = |x: &Tensor, name: &str| {
        let weight = tensors[&format!("{name}.weight")].t()?;
        x.matmul(&weight)?
            .broadcast_add(&tensors[&format!("{name}.bias")])
    };
    let mut logits = Vec::new();
    for sequence in &tiny.sequences {
        let ids = Tensor::new(sequence.as_slice(), &Device::Cpu)?.unsqueeze(0)?;
        let hidden = model.forward(&ids, &ids.zeros_like()?, None)?; // (1, tokens, hidden)
        let first = hidden.narrow(1, 0, 1)?.squeeze(1)?;
        let pooled = dense(&first, "bert.pooler.dense")?.tanh()?;
        logits.extend(
            dense(&pooled, "classifier")?
                .flatten_all()?
                .to_vec1::<f32>()?,
        );
    }
    Ok(logits)
}

#[test]
fn logits_equal_those_of_candle_transformers() {
    for activation in ACTIVATIONS {
        let tiny = Tiny::load(activation);
        let expected = candle_logits(&tiny).unwrap();
        for (name, mut backend) in backends_and_card(&tiny.config, LABELS) {
            let logits = backend.logits(&tiny.parameters, &tiny.batch).unwrap();
            let difference = largest_difference(&logits, &expected);
            assert!(difference <= 1e-5, "{name}, {activation}: {difference}");
        }
    }
}
