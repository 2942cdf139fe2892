//! BERT as a differentiable composition of candle's operations: the oracle that the explicit
//! backend is tested against, and the portable backend for devices without kernels of our own.

mod masks;
mod network;
mod operations;
mod padding;
mod weights;

use candle_core::{Device, Tensor};

use crate::model::backend::{
    Backend, BackendError, TrainingBatch, check_batch, check_length, check_training_batch,
};
use crate::model::config::BertConfig;
use crate::model::learner::{HostLearner, Learner, LearnerState, UpdatePlan};
use crate::model::parameters::ParameterLayout;
use crate::text::batch::PackedBatch;
use masks::Masks;
use network::Network;
use padding::PaddedBatch;
use weights::Weights;

/// Stack of the threads that compute. candle walks its graph, and drops it, by recursion as deep
/// as the graph: a few thousand frames for 24 layers.
const STACK_BYTES: usize = 64 << 20;

/// Why the composition is not whole. Reported as [`BackendError::Candle`].
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// A parameter that should learn is not reached by the backward pass.
    #[error(
        "the parameter {name} received no gradient. This is a mistake in the program: report it"
    )]
    MissingGradient {
        /// Its Hugging Face name.
        name: String,
    },
    /// The layout lacks a parameter that the model computes with.
    #[error("there is no parameter named {name}. This is a mistake in the program: report it")]
    UnknownParameter {
        /// The name asked for.
        name: String,
    },
}

impl From<ReferenceError> for candle_core::Error {
    fn from(error: ReferenceError) -> Self {
        Self::Wrapped(Box::new(error))
    }
}

/// The candle implementation of [`Backend`]. It drops the same elements as every other backend
/// with the same [`crate::model::backend::DropoutStream`].
#[derive(Debug)]
pub struct ReferenceBackend {
    config: BertConfig,
    layout: ParameterLayout,
    device: Device,
    threads: rayon::ThreadPool,
}

impl ReferenceBackend {
    /// A model of this shape with a head of `labels` outputs, computed on `device`: on the CPU
    /// with as many threads as the current rayon pool has.
    ///
    /// # Errors
    /// When there is no label, or the threads cannot be started.
    pub fn new(config: BertConfig, labels: usize, device: Device) -> Result<Self, BackendError> {
        check_length("the list of labels", labels.min(1), 1)?;
        // Other devices order their work by the thread that asks for it, so there it is one.
        let threads = if device.is_cpu() {
            rayon::current_num_threads()
        } else {
            1
        };
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .stack_size(STACK_BYTES)
            .thread_name(|index| format!("candle-{index}"))
            .build()?;
        let layout = ParameterLayout::new(&config, labels);
        Ok(Self {
            config,
            layout,
            device,
            threads,
        })
    }

    fn train_batch(
        &self,
        parameters: &[f32],
        training: TrainingBatch<'_>,
        gradients: &mut [f32],
    ) -> candle_core::Result<f64> {
        let lowest = Some(training.lowest_trained);
        let weights = Weights::new(&self.layout, parameters, lowest, &self.device)?;
        let batch = PaddedBatch::new(training.batch, &self.device)?;
        let masks = Masks {
            stream: training.dropout,
            batch: &batch,
        };
        let network = Network {
            config: &self.config,
            weights: &weights,
            batch: &batch,
            masks: &masks,
        };
        let logits = network.logits()?;
        let targets = Tensor::from_slice(training.targets, logits.shape(), &self.device)?;
        let positive_weights = Tensor::from_slice(
            training.positive_weights,
            training.positive_weights.len(),
            &self.device,
        )?;
        let cells = operations::cell_losses(&logits, &targets, &positive_weights)?;
        let cell_weight = f64::from(training.cell_weight);
        let store = (cells.sum_all()? * cell_weight)?.backward()?;
        weights.store_gradients(&store, training.accumulate, gradients)?;
        let cells = cells.flatten_all()?.to_vec1::<f32>()?;
        Ok(cells.into_iter().map(f64::from).sum::<f64>() * cell_weight)
    }

    fn compute_logits(
        &self,
        parameters: &[f32],
        batch: &PackedBatch,
    ) -> candle_core::Result<Vec<f32>> {
        let weights = Weights::new(&self.layout, parameters, None, &self.device)?;
        let batch = PaddedBatch::new(batch, &self.device)?;
        let masks = Masks {
            stream: None,
            batch: &batch,
        };
        let network = Network {
            config: &self.config,
            weights: &weights,
            batch: &batch,
            masks: &masks,
        };
        network.logits()?.flatten_all()?.to_vec1()
    }
}

impl Backend for ReferenceBackend {
    fn config(&self) -> &BertConfig {
        &self.config
    }

    fn layout(&self) -> &ParameterLayout {
        &self.layout
    }

    fn train(
        &mut self,
        parameters: &[f32],
        batch: TrainingBatch<'_>,
        gradients: &mut [f32],
    ) -> Result<f64, BackendError> {
        check_training_batch(&self.config, &self.layout, batch)?;
        let length = self.layout.len();
        check_length("the parameter buffer", parameters.len(), length)?;
        check_length("the gradient buffer", gradients.len(), length)?;
        if batch.targets.is_empty() {
            return Ok(clear(&self.layout, batch, gradients));
        }
        Ok(self
            .threads
            .install(|| self.train_batch(parameters, batch, gradients))?)
    }

    fn logits(
        &mut self,
        parameters: &[f32],
        batch: &PackedBatch,
    ) -> Result<Vec<f32>, BackendError> {
        check_batch(&self.config, batch)?;
        check_length("the parameter buffer", parameters.len(), self.layout.len())?;
        if batch.sequences() == 0 {
            return Ok(Vec::new());
        }
        Ok(self
            .threads
            .install(|| self.compute_logits(parameters, batch))?)
    }

    fn learner(
        &mut self,
        state: LearnerState,
        plan: UpdatePlan,
    ) -> Result<Box<dyn Learner + '_>, BackendError> {
        Ok(Box::new(HostLearner::new(self, state, plan)))
    }
}

/// The loss of no sequences, 0, with gradients of 0.
fn clear(layout: &ParameterLayout, batch: TrainingBatch<'_>, gradients: &mut [f32]) -> f64 {
    let trained = layout
        .parameters
        .iter()
        .filter(|p| p.part >= batch.lowest_trained);
    for parameter in trained.filter(|_| !batch.accumulate) {
        gradients[parameter.range.clone()].fill(0.0);
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::parameters::Part;
    use crate::model::parameters::tests::tiny_config;

    #[test]
    fn a_deep_model_is_computed_for_a_caller_with_a_small_stack() {
        let config = BertConfig {
            layers: 48,
            ..tiny_config()
        };
        let mut backend = ReferenceBackend::new(config, 1, Device::Cpu).unwrap();
        let train = move || {
            let parameters = vec![0.01; backend.layout.len()];
            let mut gradients = vec![f32::NAN; parameters.len()];
            let batch = TrainingBatch {
                batch: &PackedBatch::new([&[2, 3][..]]),
                targets: &[1.0],
                positive_weights: &[1.0],
                cell_weight: 1.0,
                dropout: None,
                lowest_trained: Part::Embeddings,
                accumulate: false,
            };
            backend.train(&parameters, batch, &mut gradients).unwrap();
            gradients
        };
        let small = std::thread::Builder::new().stack_size(256 << 10);
        let gradients = small.spawn(train).unwrap().join().unwrap();
        assert!(gradients.iter().all(|value| value.is_finite()));
    }

    #[test]
    fn a_model_without_labels_is_refused() {
        let error = ReferenceBackend::new(tiny_config(), 0, Device::Cpu).unwrap_err();
        assert!(matches!(error, BackendError::WrongShape { found: 0, .. }));
    }
}
