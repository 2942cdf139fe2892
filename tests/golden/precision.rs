//! Layers that multiply in bfloat16, and weights that are laid out beforehand.

use engine::model::backend::{Backend, TrainingBatch};
use engine::model::bert::ExplicitBackend;
use engine::model::config::BertConfig;
use kernels::matrix::Precision;

use crate::backends::card_backend;
use crate::tensors::{distance, norm};
use crate::tiny_fixture::{LABELS, Tiny};

/// A number keeps 8 bits: each product is off by 1/256 at most, and errors of many cancel out.
const TOLERANCE: f64 = 2e-2;
/// On a card activations are kept so too, and their gradients.
const CARD_TOLERANCE: f64 = 4e-2;

fn backend(config: &BertConfig, threads: usize, precision: Precision) -> ExplicitBackend {
    ExplicitBackend::new(config.clone(), LABELS, threads, precision).unwrap()
}

/// The loss and the gradients of a batch with dropout.
fn learn(threads: usize, precision: Precision) -> (f64, Vec<f32>) {
    let (tiny, stream) = Tiny::load("gelu").with_dropout();
    let batch = TrainingBatch {
        dropout: Some(stream),
        ..tiny.training_batch()
    };
    tiny.train(&mut backend(&tiny.config, threads, precision), batch)
}

fn has_bfloat16() -> bool {
    let has = Precision::BFloat16.is_available();
    if !has {
        println!("skipped: this processor has no bfloat16");
    }
    has
}

#[test]
fn bfloat16_gives_the_loss_and_the_gradients_of_single_precision_to_its_own_precision() {
    if !has_bfloat16() {
        return;
    }
    let (single_loss, single) = learn(2, Precision::Single);
    let (loss, gradients) = learn(2, Precision::BFloat16);
    assert!((loss - single_loss).abs() <= TOLERANCE * single_loss);
    let off = distance(&gradients, &single) / norm(&single);
    assert!(off > 0.0, "nothing was rounded");
    assert!(off <= TOLERANCE, "the gradients differ by {off}");
}

#[test]
fn a_card_in_bfloat16_gives_those_of_single_precision_to_its_own_precision() {
    let (tiny, stream) = Tiny::load("gelu").with_dropout();
    let batch = TrainingBatch {
        dropout: Some(stream),
        ..tiny.training_batch()
    };
    let Some(mut card) = card_backend(&tiny.config, LABELS, Precision::BFloat16) else {
        return;
    };
    let (single_loss, single) = learn(2, Precision::Single);
    let (loss, gradients) = tiny.train(&mut *card, batch);
    assert!((loss - single_loss).abs() <= CARD_TOLERANCE * single_loss);
    let off = distance(&gradients, &single) / norm(&single);
    assert!(off > 0.0, "nothing was rounded");
    assert!(off <= CARD_TOLERANCE, "the gradients differ by {off}");
    assert!(
        tiny.train(&mut *card, batch) == (loss, gradients),
        "the same step gives other bits"
    );
}

#[test]
fn bfloat16_is_bitwise_the_same_for_any_number_of_threads() {
    if !has_bfloat16() {
        return;
    }
    let learn = |threads| learn(threads, Precision::BFloat16);
    let one = learn(1);
    assert!(one == learn(2) && one == learn(3));
}

#[test]
fn prepared_weights_give_the_same_logits_until_the_model_learns_on() {
    let mut tiny = Tiny::load("gelu");
    assert!(
        tiny.batch.ids.len() >= 24,
        "fewer tokens are computed in the same way in both cases"
    );
    for precision in [Precision::Single, Precision::BFloat16] {
        if !precision.is_available() {
            continue;
        }
        let mut backend = backend(&tiny.config, 1, precision);
        let plain = backend.logits(&tiny.parameters, &tiny.batch).unwrap();
        backend.prepare(&tiny.parameters).unwrap();
        let prepared = backend.logits(&tiny.parameters, &tiny.batch).unwrap();
        assert!(plain == prepared, "{precision:?}");
        let (_, gradients) = tiny.train(&mut backend, tiny.training_batch());
        for (value, gradient) in tiny.parameters.iter_mut().zip(&gradients) {
            *value -= gradient;
        }
        let learned = backend.logits(&tiny.parameters, &tiny.batch).unwrap();
        backend.prepare(&tiny.parameters).unwrap();
        let prepared = backend.logits(&tiny.parameters, &tiny.batch).unwrap();
        assert!(
            learned == prepared && learned != plain,
            "{precision:?}: stale weights"
        );
    }
}
