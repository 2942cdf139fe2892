//! Memory stays flat however long a run is. Alone in its process, so that nothing else counts.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in tests, but not in the functions that tests share"
)]

use engine::model::backend::{Backend, DropoutStream, TrainingBatch};
use engine::model::bert::ExplicitBackend;
use engine::model::config::{Activation, BertConfig};
use engine::model::parameters::Part;
use engine::text::batch::PackedBatch;
use kernels::matrix::Precision;

const LABELS: usize = 3;
/// What the allocator may keep back for itself.
const SLACK_BYTES: u64 = 1 << 20;

fn config() -> BertConfig {
    BertConfig {
        vocabulary_size: 500,
        hidden_size: 48,
        layers: 3,
        heads: 4,
        intermediate_size: 96,
        activation: Activation::Gelu,
        hidden_dropout: 0.1,
        attention_dropout: 0.1,
        max_positions: 64,
        token_types: 2,
        layer_norm_epsilon: 1e-12,
        initializer_range: 0.02,
    }
}

/// Resident memory of this process.
#[cfg(target_os = "linux")]
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes * 1024
}

/// Batches of all sizes, the largest first.
fn batch(step: usize) -> PackedBatch {
    let sequences: Vec<Vec<u32>> = (0..8)
        .map(|index| {
            let length = if step == 0 {
                64
            } else {
                2 + (step * 31 + index * 17) % 62
            };
            (0..length)
                .map(|place| ((place * 7 + step) % 500) as u32)
                .collect()
        })
        .collect();
    PackedBatch::new(sequences.iter().map(Vec::as_slice))
}

#[test]
#[cfg(target_os = "linux")]
fn memory_is_flat_over_1000_steps() {
    let mut backend = ExplicitBackend::new(config(), LABELS, 2, Precision::Single).unwrap();
    let count = backend.layout().len();
    let parameters: Vec<f32> = (0..count)
        .map(|index| (index % 13) as f32 / 100.0 - 0.06)
        .collect();
    let mut gradients = vec![0.0; count];
    let mut after_first_hundred = (0, 0);
    for step in 0..1_000 {
        let batch = batch(step);
        let targets = vec![1.0; batch.sequences() * LABELS];
        let training = TrainingBatch {
            batch: &batch,
            targets: &targets,
            positive_weights: &[1.0; LABELS],
            cell_weight: 1.0,
            dropout: Some(DropoutStream {
                seed: 1,
                step: step as u64,
            }),
            lowest_trained: Part::Embeddings,
            accumulate: false,
        };
        backend
            .train(&parameters, training, &mut gradients)
            .unwrap();
        if step % 50 == 0 {
            backend.logits(&parameters, &batch).unwrap();
        }
        if step == 100 {
            after_first_hundred = (backend.workspace_bytes(), resident_bytes());
        }
    }
    let (workspace, resident) = after_first_hundred;
    assert_eq!(backend.workspace_bytes(), workspace);
    let grown = resident_bytes().saturating_sub(resident);
    assert!(
        grown <= SLACK_BYTES,
        "{grown} bytes more than after 100 steps"
    );
}
