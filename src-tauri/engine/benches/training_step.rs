//! Where the time of a training step goes: each operation with its rate and its share of what this
//! machine can do at most. Random weights; texts as long as those of the medical abstracts.
//!
//! usage: cargo bench -p engine --features profile --bench training_step -- \
//!     [--threads 2] [--length 128] [--steps 8] [--base] [--bfloat16]

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement for the people who build this"
)]

use std::time::{Duration, Instant};

use engine::model::backend::{Backend, DropoutStream, TrainingBatch};
use engine::model::bert::ExplicitBackend;
use engine::model::config::{Activation, BertConfig};
use engine::model::parameters::Part;
use engine::text::batch::PackedBatch;
use kernels::adamw::{self, AdamW};
use kernels::matrix::Precision;
use kernels::profile;

/// Sixteen quantiles of the lengths of the medical abstracts, in word pieces.
const LENGTHS: [usize; 16] = [
    54, 57, 59, 61, 62, 64, 66, 68, 72, 129, 197, 251, 314, 358, 418, 511,
];
const VOCABULARY: usize = 30_522;

struct Arguments {
    threads: usize,
    length: usize,
    steps: u64,
    base: bool,
    precision: Precision,
}

fn main() {
    let arguments = arguments();
    let mut backend = ExplicitBackend::new(
        shape(arguments.base),
        4,
        arguments.threads,
        arguments.precision,
    )
    .unwrap();
    let mut random = Random(1);
    let count = backend.layout().len();
    let mut parameters: Vec<f32> = (0..count)
        .map(|_| (random.next() % 2000) as f32 / 25_000.0 - 0.04)
        .collect();
    let mut state = [vec![0.0; count], vec![0.0; count], vec![0.0; count]];
    let sequences: Vec<Vec<u32>> = LENGTHS
        .iter()
        .map(|&length| {
            let length = length.min(arguments.length);
            (0..length)
                .map(|_| random.next() % VOCABULARY as u32)
                .collect()
        })
        .collect();
    let batch = PackedBatch::new(sequences.iter().map(Vec::as_slice));
    // The first steps grow buffers.
    for number in 0..2 {
        step(&mut backend, &mut parameters, &mut state, &batch, number);
    }
    profile::take();
    let began = Instant::now();
    for number in 2..2 + arguments.steps {
        step(&mut backend, &mut parameters, &mut state, &batch, number);
    }
    let steps = arguments.steps as f64;
    let total = began.elapsed();
    println!(
        "{:.1} sequences/s, {:.1} ms a step of 16 texts ({} word pieces), workspace {} MB",
        16.0 * steps / total.as_secs_f64(),
        total.as_secs_f64() * 1e3 / steps,
        batch.ids.len(),
        backend.workspace_bytes() >> 20,
    );
    table(&backend, total, steps, arguments.precision);
}

fn table(backend: &ExplicitBackend, total: Duration, steps: f64, precision: Precision) {
    let (mut fastest, mut copied) = (None, 0.0);
    backend.run(&mut || {
        fastest = profile::multiplications_a_second(precision);
        copied = profile::copied_bytes_a_second();
    });
    let fastest = fastest.unwrap_or(f64::NAN);
    println!(
        "at most {:.0} GF/s in registers, {:.1} GB/s copied\n",
        fastest / 1e9,
        copied / 1e9
    );
    println!("| operation | calls | ms a step | % of the step | GF/s | GB/s | % of the most |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    let mut measured: Vec<_> = profile::take().into_iter().collect();
    measured.sort_by_key(|(_, measured)| std::cmp::Reverse(measured.time));
    let (mut inside, mut operations) = (Duration::ZERO, 0);
    for (name, own) in measured {
        let seconds = own.time.as_secs_f64();
        inside += own.time;
        operations += own.operations;
        let (flops, bytes) = (own.operations as f64 / seconds, own.bytes as f64 / seconds);
        let (rates, share) = match own.operations {
            0 => (format!("| {:.1}", bytes / 1e9), bytes / copied),
            _ => (format!("{:.0} | ", flops / 1e9), flops / fastest),
        };
        println!(
            "| {name} | {:.0} | {:.1} | {:.1} | {rates} | {:.0} |",
            own.calls as f64 / steps,
            seconds * 1e3 / steps,
            100.0 * seconds / total.as_secs_f64(),
            100.0 * share,
        );
    }
    let beside = total.saturating_sub(inside).as_secs_f64();
    println!(
        "| everything else | | {:.1} | {:.1} | | | |",
        beside * 1e3 / steps,
        100.0 * beside / total.as_secs_f64()
    );
    let rate = operations as f64 / total.as_secs_f64();
    println!(
        "\nthe whole step: {:.0} GF/s in products, {:.0} % of the most",
        rate / 1e9,
        100.0 * rate / fastest
    );
}

fn step(
    backend: &mut ExplicitBackend,
    parameters: &mut [f32],
    [gradients, first, second]: &mut [Vec<f32>; 3],
    batch: &PackedBatch,
    number: u64,
) {
    let targets = [1.0; 64];
    let batch = TrainingBatch {
        batch,
        targets: &targets,
        positive_weights: &[1.0; 4],
        cell_weight: 1.0 / 64.0,
        dropout: Some(DropoutStream {
            seed: 1,
            step: number,
        }),
        lowest_trained: Part::Embeddings,
        accumulate: false,
    };
    let loss = backend.train(parameters, batch, gradients).unwrap();
    assert!(loss.is_finite());
    let settings = AdamW {
        learning_rate: 1e-5,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        weight_decay: 0.01,
        step: number + 1,
        gradient_scale: 1.0,
    };
    backend.run(&mut || adamw::update(settings, parameters, gradients, first, second));
}

fn shape(base: bool) -> BertConfig {
    BertConfig {
        vocabulary_size: VOCABULARY,
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
    }
}

/// Knuth's linear congruential generator.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32
    }
}

fn arguments() -> Arguments {
    let given: Vec<String> = std::env::args().collect();
    let has = |name: &str| given.iter().any(|argument| argument == name);
    let number = |name: &str, usual: usize| {
        let place = given.iter().position(|argument| argument == name);
        place
            .and_then(|place| given.get(place + 1)?.parse().ok())
            .unwrap_or(usual)
    };
    Arguments {
        threads: number("--threads", 2),
        length: number("--length", 128),
        steps: number("--steps", 8) as u64,
        base: has("--base"),
        precision: if has("--bfloat16") {
            Precision::BFloat16
        } else {
            Precision::Single
        },
    }
}
