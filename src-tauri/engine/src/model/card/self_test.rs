//! Whether a card trains as the processor does: a small model, in both precisions.

use cuda::{CudaError, Device};
use kernels::matrix::Precision;

use super::backend;
use crate::model::backend::{Backend, BackendError, DropoutStream, TrainingBatch};
use crate::model::bert::ExplicitBackend;
use crate::model::config::{Activation, BertConfig};
use crate::model::parameters::Part;
use crate::text::batch::PackedBatch;

const LABELS: usize = 3;
/// The largest difference of all gradients from the processor's, as a share of their norm.
const TOLERANCE: f64 = 1e-3;
/// The same in bfloat16, which keeps 8 bits of a number.
const TOLERANCE_OF_HALVES: f64 = 0.05;

/// Computes the loss and the gradients of small models on the card and compares them with the processor's, after
/// [`cuda::check`] has looked at single kernels.
///
/// # Errors
/// When a result is wrong, or the card cannot be used.
pub fn check(device: &Device) -> Result<(), BackendError> {
    cuda::check(device)?;
    // The widths of heads that base models have, each with kernels of its own.
    for heads in [4, 2] {
        check_model(
            device,
            &config(heads),
            Precision::BFloat16,
            TOLERANCE_OF_HALVES,
        )?;
    }
    check_model(device, &config(4), Precision::Single, TOLERANCE)
}

fn config(heads: usize) -> BertConfig {
    BertConfig {
        vocabulary_size: 50,
        hidden_size: 128,
        layers: 2,
        heads,
        intermediate_size: 256,
        activation: Activation::Gelu,
        hidden_dropout: 0.1,
        attention_dropout: 0.1,
        max_positions: 150,
        token_types: 2,
        layer_norm_epsilon: 1e-12,
        initializer_range: 0.02,
    }
}

fn check_model(
    device: &Device,
    config: &BertConfig,
    precision: Precision,
    tolerance: f64,
) -> Result<(), BackendError> {
    let mut on_card = backend(config.clone(), LABELS, device, precision)?;
    let mut here = ExplicitBackend::new(config.clone(), LABELS, 1, Precision::Single)?;
    let parameters = here.layout().noise();
    // One text longer than two blocks of attention, and two short ones.
    let text = |length: usize| -> Vec<u32> { (0..length as u32).map(|at| at * 7 % 50).collect() };
    let texts = [text(140), text(9), text(1)];
    let packed = PackedBatch::new(texts.iter().map(Vec::as_slice));
    let batch = TrainingBatch {
        batch: &packed,
        targets: &[1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        positive_weights: &[1.0, 2.0, 0.5],
        cell_weight: 1.0 / 9.0,
        dropout: Some(DropoutStream { seed: 7, step: 1 }),
        lowest_trained: Part::Embeddings,
        accumulate: false,
    };
    let (mut found, mut expected) = (vec![0.0; parameters.len()], vec![0.0; parameters.len()]);
    let loss = on_card.train(&parameters, batch, &mut found)?;
    let expected_loss = here.train(&parameters, batch, &mut expected)?;
    compare("the loss of a small model", loss, expected_loss, tolerance)?;
    let pairs = || found.iter().zip(&expected);
    let squares = |values: &mut dyn Iterator<Item = f64>| values.map(|x| x * x).sum::<f64>();
    let difference = squares(&mut pairs().map(|(a, b)| f64::from(a - b)));
    let norm = squares(&mut expected.iter().map(|&value| f64::from(value)));
    let ratio = (difference / norm).sqrt();
    compare(
        "the gradients of a small model",
        1.0 + ratio,
        1.0,
        tolerance,
    )
}

/// Not `>`: what is no number is wrong.
fn compare(operation: &str, found: f64, expected: f64, tolerance: f64) -> Result<(), BackendError> {
    if (found - expected).abs() <= tolerance * expected.abs().max(1e-3) {
        return Ok(());
    }
    Err(CudaError::WrongResult {
        operation: operation.into(),
        found,
        expected,
    }
    .into())
}
