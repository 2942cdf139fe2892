//! The tiny BERT equals PyTorch.

use engine::model::backend::TrainingBatch;
use engine::model::learner::Update;

use crate::backends::backends_and_card;
use crate::optimizer::learner;
use crate::tensors::{distance, largest_difference, norm};
use crate::tiny_fixture::{ACTIVATIONS, LABELS, Tiny, is_key_bias};

#[test]
fn logits_and_loss_equal_pytorch() {
    for activation in ACTIVATIONS {
        let tiny = Tiny::load(activation);
        for (name, mut backend) in backends_and_card(&tiny.config, LABELS) {
            let logits = backend.logits(&tiny.parameters, &tiny.batch).unwrap();
            let difference = largest_difference(&logits, tiny.expected("logits"));
            assert!(
                difference <= 1e-5,
                "{name}, {activation}: logits differ by {difference}"
            );
            let (loss, _) = tiny.train(backend.as_mut(), tiny.training_batch());
            let expected = f64::from(tiny.expected("loss")[0]);
            assert!(
                (loss - expected).abs() <= 1e-5,
                "{name}, {activation}: {loss}, not {expected}"
            );
        }
    }
}

#[test]
fn every_gradient_equals_pytorch() {
    for activation in ACTIVATIONS {
        let tiny = Tiny::load(activation);
        for (name, mut backend) in backends_and_card(&tiny.config, LABELS) {
            let (_, gradients) = tiny.train(backend.as_mut(), tiny.training_batch());
            for parameter in &tiny.layout.parameters {
                let expected = tiny.expected(&format!("gradient.{}", parameter.name));
                let scale = if is_key_bias(parameter) {
                    let query = parameter.name.replace("key", "query");
                    norm(tiny.expected(&format!("gradient.{query}")))
                } else {
                    norm(expected)
                };
                let error = distance(&gradients[parameter.range.clone()], expected) / scale;
                assert!(
                    error <= 1e-5,
                    "{name}, {activation}, {}: {error:e}",
                    parameter.name
                );
            }
        }
    }
}

#[test]
fn the_loss_and_its_gradient_with_positive_weights_equal_pytorch() {
    let tiny = Tiny::load("gelu");
    let weights = &tiny.positive_weights;
    let batch = TrainingBatch {
        positive_weights: weights,
        ..tiny.training_batch()
    };
    let expected_loss = f64::from(tiny.expected("weighted_loss")[0]);
    // The gradient of the head's bias is the sum of the logits' gradients over the sequences.
    let mut expected = [0.0; LABELS];
    for row in tiny
        .expected("weighted_logit_gradient")
        .chunks_exact(LABELS)
    {
        for (sum, &slope) in expected.iter_mut().zip(row) {
            *sum += slope;
        }
    }
    for (name, mut backend) in backends_and_card(&tiny.config, LABELS) {
        let (loss, gradients) = tiny.train(backend.as_mut(), batch);
        assert!(
            (loss - expected_loss).abs() <= 1e-5,
            "{name}: {loss}, not {expected_loss}"
        );
        let error = distance(&gradients[tiny.layout.classifier.bias.clone()], &expected);
        assert!(error <= 1e-5 * norm(&expected), "{name}: {error:e}");
    }
}

#[test]
fn ten_adamw_steps_move_the_weights_as_pytorch_does() {
    for activation in ACTIVATIONS {
        let tiny = Tiny::load(activation);
        for (name, mut backend) in backends_and_card(&tiny.config, LABELS) {
            let parameters = tiny.parameters.clone();
            let mut learner = learner(backend.as_mut(), parameters, tiny.settings);
            for number in 1..=tiny.steps as u64 {
                learner.learn(tiny.training_batch()).unwrap();
                let update = Update {
                    number,
                    learning_rate: f64::from(tiny.learning_rate),
                    average_kept: 0.0,
                };
                learner.update(update).unwrap();
            }
            let weights = learner.weights().unwrap();
            for parameter in tiny.layout.parameters.iter().filter(|p| !is_key_bias(p)) {
                let range = parameter.range.clone();
                let expected = tiny.expected(&format!("updated.{}", parameter.name));
                let moved = distance(expected, &tiny.parameters[range.clone()]);
                let error = distance(&weights[range], expected) / moved;
                assert!(
                    error <= 1e-3,
                    "{name}, {activation}, {}: {error:e}",
                    parameter.name
                );
            }
        }
    }
}
