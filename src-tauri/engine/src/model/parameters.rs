//! Where each parameter of a BERT classifier lies in one flat buffer.
//!
//! Weights, gradients and both moments share this layout, so that an optimizer step is one pass
//! and a checkpoint a few writes. Query, key and value lie side by side and are read as one
//! matrix of shape (3 * hidden, hidden).

use std::ops::Range;

use crate::model::config::BertConfig;

/// What a parameter is, which decides weight decay and initialisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// A lookup table, shape (entries, hidden).
    Embedding,
    /// A dense layer's matrix, shape (outputs, inputs).
    Weight,
    /// A dense layer's bias.
    Bias,
    /// Scale of a layer normalisation.
    NormScale,
    /// Shift of a layer normalisation.
    NormShift,
}

/// The part of the model a parameter belongs to, from input to output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The embeddings.
    Embeddings,
    /// Encoder layer with this number, from 0.
    Layer(usize),
    /// The pooler.
    Pooler,
    /// The classification head.
    Classifier,
}

/// One named parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name in Hugging Face's `BertForSequenceClassification`.
    pub name: String,
    /// Its shape, row-major.
    pub shape: Vec<usize>,
    /// Where its values lie in the flat buffer.
    pub range: Range<usize>,
    /// What it is.
    pub kind: ParameterKind,
    /// Which part of the model it belongs to.
    pub part: Part,
}

/// Ranges of the embeddings in the flat buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddingRanges {
    /// Shape (vocabulary, hidden).
    pub word: Range<usize>,
    /// Shape (positions, hidden).
    pub position: Range<usize>,
    /// Shape (types, hidden).
    pub token_type: Range<usize>,
    /// Shape (hidden).
    pub norm_scale: Range<usize>,
    /// Shape (hidden).
    pub norm_shift: Range<usize>,
}

/// Ranges of one encoder layer in the flat buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerRanges {
    /// Query, key and value, shape (3 * hidden, hidden).
    pub query_key_value_weight: Range<usize>,
    /// Shape (3 * hidden).
    pub query_key_value_bias: Range<usize>,
    /// Shape (hidden, hidden).
    pub attention_output_weight: Range<usize>,
    /// Shape (hidden).
    pub attention_output_bias: Range<usize>,
    /// Shape (hidden).
    pub attention_norm_scale: Range<usize>,
    /// Shape (hidden).
    pub attention_norm_shift: Range<usize>,
    /// Shape (intermediate, hidden).
    pub intermediate_weight: Range<usize>,
    /// Shape (intermediate).
    pub intermediate_bias: Range<usize>,
    /// Shape (hidden, intermediate).
    pub output_weight: Range<usize>,
    /// Shape (hidden).
    pub output_bias: Range<usize>,
    /// Shape (hidden).
    pub output_norm_scale: Range<usize>,
    /// Shape (hidden).
    pub output_norm_shift: Range<usize>,
}

/// Ranges of a dense layer in the flat buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DenseRanges {
    /// Shape (outputs, inputs).
    pub weight: Range<usize>,
    /// Shape (outputs).
    pub bias: Range<usize>,
}

/// The whole layout: every parameter by name, and the same ranges by their place in the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterLayout {
    /// Every parameter in the order of the flat buffer, without gaps.
    pub parameters: Vec<Parameter>,
    /// The embeddings.
    pub embeddings: EmbeddingRanges,
    /// The encoder layers.
    pub layers: Vec<LayerRanges>,
    /// The pooler.
    pub pooler: DenseRanges,
    /// The classification head.
    pub classifier: DenseRanges,
}

impl ParameterLayout {
    /// The layout of a BERT of the given shape with a head of `labels` outputs.
    pub fn new(config: &BertConfig, labels: usize) -> Self {
        let hidden = config.hidden_size;
        let mut builder = Builder {
            parameters: Vec::new(),
            end: 0,
        };
        let embeddings = builder.embeddings(config);
        let layers = (0..config.layers)
            .map(|index| builder.layer(config, index))
            .collect();
        let pooler = builder.dense(Part::Pooler, "bert.pooler.dense", hidden, hidden);
        let classifier = builder.dense(Part::Classifier, "classifier", labels, hidden);
        Self {
            parameters: builder.parameters,
            embeddings,
            layers,
            pooler,
            classifier,
        }
    }

    /// Parameters of a model that has learned nothing, as small numbers that look random and are the same everywhere: what
    /// backends are compared with. Scales of normalisations are 1.
    pub fn noise(&self) -> Vec<f32> {
        // Knuth's multiplicative hash, of which the high bits are well mixed.
        let number = |index: usize| {
            let hash = (index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            ((hash >> 40) as f32 / (1 << 24) as f32 - 0.5) * 0.2
        };
        let mut values: Vec<f32> = (0..self.len()).map(number).collect();
        let parameters = self.parameters.iter();
        for scale in parameters.filter(|one| one.kind == ParameterKind::NormScale) {
            values[scale.range.clone()].fill(1.0);
        }
        values
    }

    /// The number of values in the flat buffer.
    pub fn len(&self) -> usize {
        self.parameters
            .last()
            .map_or(0, |parameter| parameter.range.end)
    }

    /// Whether there is no parameter at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The parameter with this Hugging Face name.
    pub fn find(&self, name: &str) -> Option<&Parameter> {
        self.parameters
            .iter()
            .find(|parameter| parameter.name == name)
    }
}

struct Builder {
    parameters: Vec<Parameter>,
    end: usize,
}

impl Builder {
    fn add(
        &mut self,
        part: Part,
        name: String,
        shape: &[usize],
        kind: ParameterKind,
    ) -> Range<usize> {
        let range = self.end..self.end + shape.iter().product::<usize>();
        self.end = range.end;
        self.parameters.push(Parameter {
            name,
            shape: shape.into(),
            range: range.clone(),
            kind,
            part,
        });
        range
    }

    fn norm(&mut self, part: Part, name: &str, hidden: usize) -> (Range<usize>, Range<usize>) {
        let scale = self.add(
            part,
            format!("{name}.weight"),
            &[hidden],
            ParameterKind::NormScale,
        );
        let shift = self.add(
            part,
            format!("{name}.bias"),
            &[hidden],
            ParameterKind::NormShift,
        );
        (scale, shift)
    }

    fn dense(&mut self, part: Part, name: &str, outputs: usize, inputs: usize) -> DenseRanges {
        let shape = [outputs, inputs];
        let weight = self.add(
            part,
            format!("{name}.weight"),
            &shape,
            ParameterKind::Weight,
        );
        let bias = self.add(
            part,
            format!("{name}.bias"),
            &[outputs],
            ParameterKind::Bias,
        );
        DenseRanges { weight, bias }
    }

    fn embeddings(&mut self, config: &BertConfig) -> EmbeddingRanges {
        let hidden = config.hidden_size;
        let mut table = |name: &str, entries: usize| {
            let name = format!("bert.embeddings.{name}_embeddings.weight");
            self.add(
                Part::Embeddings,
                name,
                &[entries, hidden],
                ParameterKind::Embedding,
            )
        };
        let word = table("word", config.vocabulary_size);
        let position = table("position", config.max_positions);
        let token_type = table("token_type", config.token_types);
        let (norm_scale, norm_shift) =
            self.norm(Part::Embeddings, "bert.embeddings.LayerNorm", hidden);
        EmbeddingRanges {
            word,
            position,
            token_type,
            norm_scale,
            norm_shift,
        }
    }

    fn layer(&mut self, config: &BertConfig, index: usize) -> LayerRanges {
        let (hidden, intermediate) = (config.hidden_size, config.intermediate_size);
        let part = Part::Layer(index);
        let prefix = format!("bert.encoder.layer.{index}");
        let mut projections = |leaf: &str, shape: &[usize], kind| {
            let mut one = |which: &str| {
                let name = format!("{prefix}.attention.self.{which}.{leaf}");
                self.add(part, name, shape, kind)
            };
            let start = one("query").start;
            one("key");
            start..one("value").end
        };
        let query_key_value_weight =
            projections("weight", &[hidden, hidden], ParameterKind::Weight);
        let query_key_value_bias = projections("bias", &[hidden], ParameterKind::Bias);
        let attention = self.dense(
            part,
            &format!("{prefix}.attention.output.dense"),
            hidden,
            hidden,
        );
        let (attention_norm_scale, attention_norm_shift) = self.norm(
            part,
            &format!("{prefix}.attention.output.LayerNorm"),
            hidden,
        );
        let inner = self.dense(
            part,
            &format!("{prefix}.intermediate.dense"),
            intermediate,
            hidden,
        );
        let outer = self.dense(
            part,
            &format!("{prefix}.output.dense"),
            hidden,
            intermediate,
        );
        let (output_norm_scale, output_norm_shift) =
            self.norm(part, &format!("{prefix}.output.LayerNorm"), hidden);
        LayerRanges {
            query_key_value_weight,
            query_key_value_bias,
            attention_output_weight: attention.weight,
            attention_output_bias: attention.bias,
            attention_norm_scale,
            attention_norm_shift,
            intermediate_weight: inner.weight,
            intermediate_bias: inner.bias,
            output_weight: outer.weight,
            output_bias: outer.bias,
            output_norm_scale,
            output_norm_shift,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::config::Activation;

    /// The smallest BERT that still has more than one of everything.
    pub(crate) fn tiny_config() -> BertConfig {
        BertConfig {
            vocabulary_size: 40,
            hidden_size: 16,
            layers: 2,
            heads: 4,
            intermediate_size: 24,
            activation: Activation::Gelu,
            hidden_dropout: 0.1,
            attention_dropout: 0.1,
            max_positions: 32,
            token_types: 2,
            layer_norm_epsilon: 1e-12,
            initializer_range: 0.02,
        }
    }

    #[test]
    fn parameters_follow_each_other_without_gaps() {
        let layout = ParameterLayout::new(&tiny_config(), 3);
        let mut end = 0;
        for parameter in &layout.parameters {
            assert_eq!(parameter.range.start, end, "{}", parameter.name);
            assert_eq!(
                parameter.range.len(),
                parameter.shape.iter().product::<usize>()
            );
            end = parameter.range.end;
        }
        assert_eq!(end, layout.len());
    }

    #[test]
    fn query_key_and_value_are_one_matrix() {
        let layout = ParameterLayout::new(&tiny_config(), 3);
        let query = layout
            .find("bert.encoder.layer.1.attention.self.query.weight")
            .unwrap();
        let value = layout
            .find("bert.encoder.layer.1.attention.self.value.weight")
            .unwrap();
        assert_eq!(
            layout.layers[1].query_key_value_weight,
            query.range.start..value.range.end
        );
        assert_eq!(layout.layers[1].query_key_value_weight.len(), 3 * 16 * 16);
    }

    #[test]
    fn the_compact_model_has_the_parameters_its_file_has() {
        let config = BertConfig {
            vocabulary_size: 30522,
            hidden_size: 384,
            layers: 6,
            heads: 12,
            intermediate_size: 1536,
            max_positions: 512,
            ..tiny_config()
        };
        // 22,713,216 in the encoder with its pooler, and a head of 4 * 384 + 4.
        assert_eq!(
            ParameterLayout::new(&config, 4).len(),
            22_713_216 + 4 * 384 + 4
        );
    }
}
