//! Measures one training step of the explicit backend on random weights and texts.
//!
//! usage: step_speed [threads] [max length] [steps] [compact|base]

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement for the people who build this"
)]

use engine::model::backend::{Backend, DropoutStream, TrainingBatch};
use engine::model::bert::ExplicitBackend;
use engine::model::config::{Activation, BertConfig};
use engine::model::parameters::Part;
use engine::text::batch::PackedBatch;
use std::time::Instant;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |i: usize, or: usize| args.get(i).and_then(|a| a.parse().ok()).unwrap_or(or);
    let (threads, length, steps) = (number(1, 2), number(2, 128), number(3, 5));
    let base = args.get(4).is_some_and(|name| name == "base");
    let config = BertConfig {
        vocabulary_size: 30522,
        hidden_size: if base { 768 } else { 384 },
        layers: if base { 12 } else { 6 },
        heads: 12,
        intermediate_size: if base { 3072 } else { 1536 },
        activation: Activation::Gelu,
        hidden_dropout: 0.1,
        attention_dropout: 0.1,
        max_positions: 512,
        token_types: 2,
        layer_norm_epsilon: 1e-12,
        initializer_range: 0.02,
    };
    let mut backend = ExplicitBackend::new(config, 4, threads).unwrap();
    let count = backend.layout().len();
    let mut state = 1u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as u32
    };
    let mut parameters: Vec<f32> = (0..count)
        .map(|_| (next() % 2000) as f32 / 25_000.0 - 0.04)
        .collect();
    let mut gradients = vec![0.0; count];
    let (mut first, mut second) = (vec![0.0; count], vec![0.0; count]);
    let sequences: Vec<Vec<u32>> = (0..16)
        .map(|_| (0..length).map(|_| next() % 30522).collect())
        .collect();
    let batch = PackedBatch::new(sequences.iter().map(Vec::as_slice));
    let targets = vec![1.0; 64];
    for step in 0..steps as u64 {
        let start = Instant::now();
        let loss = backend
            .train(
                &parameters,
                TrainingBatch {
                    batch: &batch,
                    targets: &targets,
                    positive_weights: &[1.0; 4],
                    cell_weight: 1.0 / 64.0,
                    dropout: Some(DropoutStream { seed: 1, step }),
                    lowest_trained: Part::Embeddings,
                    accumulate: false,
                },
                &mut gradients,
            )
            .unwrap();
        let passed = start.elapsed();
        let settings = kernels::adamw::AdamW {
            learning_rate: 1e-5,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.01,
            step: step + 1,
            gradient_scale: 1.0,
        };
        backend.run(&mut || {
            kernels::adamw::update(
                settings,
                &mut parameters,
                &gradients,
                &mut first,
                &mut second,
            );
        });
        let total = start.elapsed();
        println!(
            "step {step}: loss {loss:.4}, passes {:.0} ms, AdamW {:.0} ms, {:.1} sequences/s, workspace {} MB",
            passed.as_secs_f64() * 1e3,
            (total - passed).as_secs_f64() * 1e3,
            16.0 / total.as_secs_f64(),
            backend.workspace_bytes() >> 20,
        );
    }
}
