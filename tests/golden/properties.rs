//! What holds for every backend, whatever the numbers are.

use engine::model::backend::{Backend, BackendError, DropoutStream, TrainingBatch};
use engine::model::parameters::{ParameterKind, Part};
use engine::text::batch::PackedBatch;

use crate::backends::{backends_and_card, reference};
use crate::tensors::{distance, largest_difference, norm};
use crate::tiny_fixture::{ACTIVATIONS, LABELS, Tiny, is_key_bias};

/// The rows of each embedding table that the batch uses.
fn used_rows(tiny: &Tiny, table: &str) -> Vec<bool> {
    let parameter = tiny.layout.find(table).unwrap();
    let mut used = vec![false; parameter.shape[0]];
    if table.contains("word") {
        tiny.batch
            .ids
            .iter()
            .for_each(|&id| used[id as usize] = true);
    } else if table.contains("position") {
        used[..tiny.batch.longest()].fill(true);
    } else {
        used[0] = true;
    }
    used
}

fn assert_every_parameter_learns(tiny: &Tiny, gradients: &[f32], what: &str) {
    assert!(gradients.iter().all(|value| value.is_finite()), "{what}");
    for parameter in tiny.layout.parameters.iter().filter(|p| !is_key_bias(p)) {
        let values = &gradients[parameter.range.clone()];
        if parameter.kind == ParameterKind::Embedding {
            let rows = values.chunks_exact(tiny.config.hidden_size);
            for (row, (values, used)) in rows.zip(used_rows(tiny, &parameter.name)).enumerate() {
                assert_eq!(
                    norm(values) > 0.0,
                    used,
                    "{what}: {} row {row}",
                    parameter.name
                );
            }
        } else {
            assert!(norm(values) > 0.0, "{what}: {}", parameter.name);
        }
    }
}

#[test]
fn every_parameter_receives_a_finite_gradient_that_is_not_zero() {
    for activation in ACTIVATIONS {
        for dropout in [None, Some(DropoutStream { seed: 1, step: 2 })] {
            let mut tiny = Tiny::load(activation);
            (tiny.config.hidden_dropout, tiny.config.attention_dropout) = (0.1, 0.1);
            for (name, mut backend) in backends_and_card(&tiny.config, LABELS) {
                let batch = TrainingBatch {
                    dropout,
                    ..tiny.training_batch()
                };
                let (_, gradients) = tiny.train(backend.as_mut(), batch);
                let what = format!("{name}, {activation}, {dropout:?}");
                assert_every_parameter_learns(&tiny, &gradients, &what);
            }
        }
    }
}

#[test]
fn the_loss_is_finite_at_a_logit_of_100() {
    let mut tiny = Tiny::load("gelu");
    // The bias alone makes the logits: +100, -100 and +100 in every row.
    tiny.parameters[tiny.layout.classifier.weight.clone()].fill(0.0);
    let bias = tiny.layout.classifier.bias.clone();
    tiny.parameters[bias].copy_from_slice(&[100.0, -100.0, 100.0]);
    let signs = [true, false, true].into_iter().cycle();
    let wrong = tiny
        .targets
        .iter()
        .zip(signs)
        .filter(|&(&y, sign)| (y == 1.0) != sign)
        .count();
    let expected = 100.0 * wrong as f64 / tiny.targets.len() as f64;
    for (name, mut backend) in backends_and_card(&tiny.config, LABELS) {
        let (loss, gradients) = tiny.train(backend.as_mut(), tiny.training_batch());
        assert!(
            (loss - expected).abs() <= 1e-4,
            "{name}: {loss}, not {expected}"
        );
        assert!(gradients.iter().all(|value| value.is_finite()), "{name}");
    }
}

#[test]
fn a_sequence_has_the_same_logits_alone_as_in_a_batch() {
    let tiny = Tiny::load("gelu");
    for (name, mut backend) in backends_and_card(&tiny.config, LABELS) {
        let together = backend.logits(&tiny.parameters, &tiny.batch).unwrap();
        for (sequence, expected) in tiny.sequences.iter().zip(together.chunks_exact(LABELS)) {
            let alone = PackedBatch::new([sequence.as_slice()]);
            let alone = backend.logits(&tiny.parameters, &alone).unwrap();
            assert!(
                largest_difference(&alone, expected) <= 1e-5,
                "{name}: {alone:?}"
            );
        }
    }
}

#[test]
fn with_dropout_the_gradient_is_still_that_of_the_loss() {
    let (mut tiny, stream) = Tiny::load("gelu").with_dropout();
    for (name, mut backend) in backends_and_card(&tiny.config, LABELS) {
        let start = tiny.parameters.clone();
        let slope = |tiny: &Tiny, backend: &mut dyn Backend| {
            tiny.train(
                backend,
                TrainingBatch {
                    dropout: Some(stream),
                    ..tiny.training_batch()
                },
            )
        };
        let (_, gradients) = slope(&tiny, backend.as_mut());
        // Along the gradient the loss climbs by the gradient's norm.
        let length = norm(&gradients);
        let mut losses = [0.0; 2];
        for (loss, step) in losses.iter_mut().zip([-2e-3, 2e-3]) {
            tiny.parameters = start.clone();
            for (value, &gradient) in tiny.parameters.iter_mut().zip(&gradients) {
                *value += (step * f64::from(gradient) / length) as f32;
            }
            *loss = slope(&tiny, backend.as_mut()).0;
        }
        tiny.parameters = start;
        let climb = (losses[1] - losses[0]) / 4e-3;
        assert!(
            (climb / length - 1.0).abs() <= 2e-3,
            "{name}: {climb} for {length}"
        );
    }
}

#[test]
fn dropout_differs_from_step_to_step_and_not_in_one_step() {
    let (tiny, stream) = Tiny::load("gelu").with_dropout();
    for (name, mut backend) in backends_and_card(&tiny.config, LABELS) {
        let mut loss = |dropout| {
            tiny.train(
                backend.as_mut(),
                TrainingBatch {
                    dropout,
                    ..tiny.training_batch()
                },
            )
            .0
        };
        let next = DropoutStream {
            step: stream.step + 1,
            ..stream
        };
        let losses = [None, Some(stream), Some(next)].map(&mut loss);
        assert_eq!(losses[1], loss(Some(stream)), "{name}");
        assert!((losses[0] - losses[1]).abs() > 1e-3 && (losses[1] - losses[2]).abs() > 1e-3);
    }
}

#[test]
fn all_backends_drop_the_same_elements() {
    for activation in ACTIVATIONS {
        let (tiny, stream) = Tiny::load(activation).with_dropout();
        let batch = TrainingBatch {
            dropout: Some(stream),
            ..tiny.training_batch()
        };
        let mut oracle = reference(&tiny.config, LABELS);
        let (expected_loss, expected) = tiny.train(oracle.as_mut(), batch);
        for (name, mut backend) in backends_and_card(&tiny.config, LABELS) {
            let (loss, gradients) = tiny.train(backend.as_mut(), batch);
            assert!(
                (loss - expected_loss).abs() <= 1e-5,
                "{name}: {loss}, not {expected_loss}"
            );
            for parameter in tiny.layout.parameters.iter().filter(|p| !is_key_bias(p)) {
                let range = parameter.range.clone();
                let error = distance(&gradients[range.clone()], &expected[range.clone()]);
                let scale = norm(&expected[range]);
                assert!(
                    error <= 1e-5 * scale,
                    "{name}, {}: {error:e}",
                    parameter.name
                );
            }
        }
    }
}

#[test]
fn nothing_below_the_lowest_trained_part_is_touched_and_the_rest_is_as_ever() {
    let tiny = Tiny::load("gelu");
    for (name, mut backend) in backends_and_card(&tiny.config, LABELS) {
        let (_, full) = tiny.train(backend.as_mut(), tiny.training_batch());
        for lowest in [
            Part::Layer(0),
            Part::Layer(1),
            Part::Pooler,
            Part::Classifier,
        ] {
            let batch = TrainingBatch {
                lowest_trained: lowest,
                ..tiny.training_batch()
            };
            let (_, gradients) = tiny.train(backend.as_mut(), batch);
            for parameter in &tiny.layout.parameters {
                let found = &gradients[parameter.range.clone()];
                let what = format!("{name}, {lowest:?}, {}", parameter.name);
                if parameter.part < lowest {
                    // The buffer held NaN before.
                    assert!(found.iter().all(|value| value.is_nan()), "{what}");
                } else {
                    assert_eq!(found, &full[parameter.range.clone()], "{what}");
                }
            }
        }
    }
}

#[test]
fn micro_batches_add_up_to_the_whole_batch() {
    let tiny = Tiny::load("gelu");
    for (name, mut backend) in backends_and_card(&tiny.config, LABELS) {
        let (whole_loss, whole) = tiny.train(backend.as_mut(), tiny.training_batch());
        let mut gradients = vec![f32::NAN; whole.len()];
        let mut total = 0.0;
        let halves = tiny
            .sequences
            .chunks(2)
            .zip(tiny.targets.chunks(2 * LABELS));
        for (index, (sequences, targets)) in halves.enumerate() {
            let batch = PackedBatch::new(sequences.iter().map(Vec::as_slice));
            let accumulate = index > 0;
            let batch = TrainingBatch {
                batch: &batch,
                targets,
                accumulate,
                ..tiny.training_batch()
            };
            total += backend
                .train(&tiny.parameters, batch, &mut gradients)
                .unwrap();
        }
        assert!(
            (total - whole_loss).abs() <= 1e-6,
            "{name}: {total}, not {whole_loss}"
        );
        let error = distance(&gradients, &whole) / norm(&whole);
        assert!(error <= 1e-5, "{name}: {error:e}");
    }
}

#[test]
fn no_sequence_gives_no_loss_and_no_gradient() {
    let tiny = Tiny::load("gelu");
    let empty = PackedBatch::new([]);
    for (name, mut backend) in backends_and_card(&tiny.config, LABELS) {
        assert!(
            backend.logits(&tiny.parameters, &empty).unwrap().is_empty(),
            "{name}"
        );
        let batch = TrainingBatch {
            batch: &empty,
            targets: &[],
            ..tiny.training_batch()
        };
        let (loss, gradients) = tiny.train(backend.as_mut(), batch);
        assert_eq!(loss, 0.0, "{name}");
        assert!(gradients.iter().all(|&value| value == 0.0), "{name}");
    }
}

#[test]
fn a_batch_that_does_not_fit_the_model_is_refused() {
    let tiny = Tiny::load("gelu");
    for (name, mut backend) in backends_and_card(&tiny.config, LABELS) {
        let mut refusal = |ids: &[u32]| {
            backend
                .logits(&tiny.parameters, &PackedBatch::new([ids]))
                .unwrap_err()
        };
        let error = refusal(&[2; 33]);
        assert!(
            matches!(
                error,
                BackendError::TooLong {
                    length: 33,
                    positions: 32
                }
            ),
            "{name}"
        );
        let error = refusal(&[2, 40, 3]);
        let unknown = matches!(
            error,
            BackendError::UnknownWordPiece {
                id: 40,
                vocabulary: 40
            }
        );
        assert!(unknown, "{name}");
        let few = &tiny.targets[1..];
        let batch = TrainingBatch {
            targets: few,
            ..tiny.training_batch()
        };
        let mut gradients = vec![0.0; tiny.layout.len()];
        let error = backend
            .train(&tiny.parameters, batch, &mut gradients)
            .unwrap_err();
        assert!(
            matches!(
                error,
                BackendError::WrongShape {
                    found: 11,
                    expected: 12,
                    ..
                }
            ),
            "{name}"
        );
        let error = backend
            .logits(&tiny.parameters[1..], &tiny.batch)
            .unwrap_err();
        assert!(matches!(error, BackendError::WrongShape { .. }), "{name}");
    }
}
