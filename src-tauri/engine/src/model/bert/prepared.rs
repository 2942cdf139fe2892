//! The weights of a model that only answers: laid out once for all products with them.

use std::collections::BTreeMap;

use kernels::matrix::{Matrix, Precision, Prepared};

use super::last_layer::halves;
use crate::model::config::BertConfig;
use crate::model::parameters::ParameterLayout;

/// The matrices of the encoder's dense layers, by where they begin in the flat buffer.
#[derive(Debug)]
pub(super) struct PreparedWeights(BTreeMap<usize, Prepared>);

impl PreparedWeights {
    /// Lays out the weights in `parameters`, with all threads of the current pool.
    pub(super) fn new(
        parameters: &[f32],
        layout: &ParameterLayout,
        config: &BertConfig,
        precision: Precision,
    ) -> Self {
        let (hidden, intermediate) = (config.hidden_size, config.intermediate_size);
        let mut matrices = Vec::new();
        for (number, layer) in layout.layers.iter().enumerate() {
            if number + 1 == layout.layers.len() {
                let joint = halves(&layer.query_key_value_weight);
                matrices.extend([(joint.query, hidden), (joint.key_value, hidden)]);
            } else {
                matrices.push((layer.query_key_value_weight.clone(), hidden));
            }
            matrices.extend([
                (layer.attention_output_weight.clone(), hidden),
                (layer.intermediate_weight.clone(), hidden),
                (layer.output_weight.clone(), intermediate),
            ]);
        }
        let prepare = |(range, inputs): (std::ops::Range<usize>, usize)| {
            let weight = Matrix::new(&parameters[range.clone()], range.len() / inputs, inputs);
            (range.start, Prepared::new(weight.transposed(), precision))
        };
        Self(matrices.into_iter().map(prepare).collect())
    }

    /// The matrix that begins there.
    pub(super) fn get(&self, start: usize) -> Option<&Prepared> {
        self.0.get(&start)
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.0.values().map(Prepared::bytes).sum()
    }
}
