//! The tiny random BERT and its one batch.

use std::path::Path;

use engine::model::backend::{Backend, DropoutStream, TrainingBatch};
use engine::model::config::BertConfig;
use engine::model::parameters::{Parameter, ParameterLayout, Part};
use engine::text::batch::PackedBatch;
use serde::Deserialize;

use crate::optimizer::Settings;
use crate::tensors::{NamedTensors, fixtures, flatten, read_json, read_tensors};

/// Outputs of the head.
pub(crate) const LABELS: usize = 3;
/// The activations that there is a file for, by their names on disk.
pub(crate) const ACTIVATIONS: [&str; 3] = ["gelu", "gelu_new", "relu"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchFile {
    shape: serde_json::Map<String, serde_json::Value>,
    activations: Vec<String>,
    sequences: Vec<Vec<u32>>,
    targets: Vec<Vec<f32>>,
    positive_weights: Vec<f32>,
    optimizer: OptimizerFile,
}

#[derive(Deserialize)]
struct OptimizerFile {
    learning_rate: f32,
    steps: usize,
    #[serde(flatten)]
    settings: Settings,
}

/// Everything that `generate.py` wrote for one activation.
pub(crate) struct Tiny {
    pub(crate) config: BertConfig,
    pub(crate) layout: ParameterLayout,
    pub(crate) parameters: Vec<f32>,
    pub(crate) sequences: Vec<Vec<u32>>,
    pub(crate) batch: PackedBatch,
    /// Shape (sequences, labels).
    pub(crate) targets: Vec<f32>,
    pub(crate) positive_weights: Vec<f32>,
    pub(crate) learning_rate: f32,
    pub(crate) steps: usize,
    pub(crate) settings: Settings,
    expected: NamedTensors,
}

impl Tiny {
    pub(crate) fn load(activation: &str) -> Self {
        let folder = fixtures("bert");
        let mut file: BatchFile = read_json(&folder.join("batch.json"));
        assert_eq!(file.activations, ACTIVATIONS);
        file.shape.insert("hidden_act".into(), activation.into());
        let shape = serde_json::to_string(&file.shape).unwrap();
        let config = BertConfig::parse(&shape, Path::new("batch.json")).unwrap();
        let layout = ParameterLayout::new(&config, LABELS);
        let weights = read_tensors(&folder.join("weights.safetensors"));
        Self {
            parameters: flatten(&layout, |parameter| &weights[&parameter.name]),
            batch: PackedBatch::new(file.sequences.iter().map(Vec::as_slice)),
            sequences: file.sequences,
            targets: file.targets.concat(),
            positive_weights: file.positive_weights,
            learning_rate: file.optimizer.learning_rate,
            steps: file.optimizer.steps,
            settings: file.optimizer.settings,
            expected: read_tensors(&folder.join(format!("{activation}.safetensors"))),
            config,
            layout,
        }
    }

    /// What PyTorch gave under this name.
    pub(crate) fn expected(&self, name: &str) -> &[f32] {
        &self.expected[name]
    }

    /// The whole batch without dropout and weights, for the mean of all cells.
    pub(crate) fn training_batch(&self) -> TrainingBatch<'_> {
        TrainingBatch {
            batch: &self.batch,
            targets: &self.targets,
            positive_weights: &[1.0; LABELS],
            cell_weight: 1.0 / self.targets.len() as f32,
            dropout: None,
            lowest_trained: Part::Embeddings,
            accumulate: false,
        }
    }

    /// The same model with dropout rates that are high enough to change every value.
    pub(crate) fn with_dropout(mut self) -> (Self, DropoutStream) {
        self.config.hidden_dropout = 0.2;
        self.config.attention_dropout = 0.3;
        (self, DropoutStream { seed: 11, step: 7 })
    }

    /// The loss and the gradients of the batch.
    pub(crate) fn train(
        &self,
        backend: &mut dyn Backend,
        batch: TrainingBatch<'_>,
    ) -> (f64, Vec<f32>) {
        // Not zero, so that a gradient that is not written shows.
        let mut gradients = vec![f32::NAN; self.layout.len()];
        let loss = backend
            .train(&self.parameters, batch, &mut gradients)
            .unwrap();
        (loss, gradients)
    }
}

/// Whether this is the bias of the keys, whose gradient is zero but for rounding because softmax
/// does not see a constant added to all scores of a query.
pub(crate) fn is_key_bias(parameter: &Parameter) -> bool {
    parameter.name.ends_with("key.bias")
}
