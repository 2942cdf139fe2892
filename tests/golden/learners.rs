//! Models that learn, on every backend: clipping, averages and groups, and going on from what was kept.

use engine::model::backend::{Backend, TrainingBatch};
use engine::model::learner::{Learner, LearnerState, Update, UpdateGroup, UpdatePlan, Updated};
use engine::model::parameters::Part;

use crate::backends::backends_and_card;
use crate::tensors::{distance, norm};
use crate::tiny_fixture::{LABELS, Tiny};

/// Updates of a run.
const UPDATES: u64 = 12;

/// The embeddings do not learn, the head learns faster and without decay, gradients are clipped, and an average is
/// carried along.
fn plan(tiny: &Tiny) -> UpdatePlan {
    let trained = tiny.layout.parameters.iter();
    let trained = trained.filter(|parameter| parameter.part > Part::Embeddings);
    let group = |part: Part, range| {
        let is_head = part >= Part::Pooler;
        UpdateGroup {
            range,
            rate_factor: if is_head { 3.0 } else { 0.7 },
            weight_decay: if is_head { 0.0 } else { 0.01 },
        }
    };
    UpdatePlan {
        groups: trained
            .map(|parameter| group(parameter.part, parameter.range.clone()))
            .collect(),
        clipping_norm: Some(0.3),
        averages: true,
    }
}

fn fresh(tiny: &Tiny) -> LearnerState {
    LearnerState {
        parameters: tiny.parameters.clone(),
        moments: None,
        average: None,
    }
}

/// The updates of these numbers, each of two micro-batches that are the whole batch twice, with dropout.
fn learn(
    learner: &mut dyn Learner,
    tiny: &Tiny,
    numbers: std::ops::RangeInclusive<u64>,
) -> Vec<Updated> {
    let mut done = Vec::new();
    for number in numbers {
        for micro_batch in 0..2 {
            let batch = TrainingBatch {
                dropout: Some(engine::model::backend::DropoutStream {
                    seed: 5,
                    step: 2 * number + micro_batch,
                }),
                cell_weight: 0.5 / tiny.targets.len() as f32,
                lowest_trained: Part::Layer(0),
                accumulate: micro_batch > 0,
                ..tiny.training_batch()
            };
            learner.learn(batch).unwrap();
        }
        let update = Update {
            number,
            learning_rate: 1e-3,
            average_kept: 0.8,
        };
        learner.update(update).unwrap();
        done.extend(learner.done(false).unwrap());
    }
    done.extend(learner.done(true).unwrap());
    done
}

/// Weights, moments and average, and what was told of the updates.
fn run(backend: &mut dyn Backend, tiny: &Tiny) -> (Vec<Vec<f32>>, Vec<Updated>) {
    let mut learner = backend.learner(fresh(tiny), plan(tiny)).unwrap();
    let done = learn(learner.as_mut(), tiny, 1..=UPDATES);
    let sections = learner.sections().unwrap();
    let sections = sections.into_iter().map(|section| section.into_owned());
    (sections.collect(), done)
}

fn dropping() -> Tiny {
    Tiny::load("gelu").with_dropout().0
}

#[test]
fn every_backend_learns_the_same_and_tells_of_every_update_in_order() {
    let tiny = dropping();
    let mut expected: Option<(Vec<Vec<f32>>, Vec<Updated>)> = None;
    for (name, mut backend) in backends_and_card(&tiny.config, LABELS) {
        let (sections, done) = run(backend.as_mut(), &tiny);
        let numbers: Vec<u64> = done.iter().map(|one| one.number).collect();
        assert_eq!(numbers, (1..=UPDATES).collect::<Vec<_>>(), "{name}");
        let Some((of_oracle, done_by_oracle)) = &expected else {
            expected = Some((sections, done));
            continue;
        };
        for (one, other) in done.iter().zip(done_by_oracle) {
            assert!((one.loss - other.loss).abs() < 1e-4, "{name}: {one:?}");
            let norms = [one, other].map(|one| one.gradient_norm.unwrap());
            assert!(
                (norms[0] - norms[1]).abs() < 1e-3 * norms[1],
                "{name}: {norms:?}"
            );
        }
        // Weights, and their average.
        for section in [0, 3] {
            let moved = distance(&of_oracle[section], &tiny.parameters);
            let error = distance(&sections[section], &of_oracle[section]) / moved;
            assert!(error < 1e-2, "{name}, section {section}: {error:e}");
        }
        let frozen = tiny.layout.embeddings.word.clone();
        assert_eq!(
            sections[0][frozen.clone()],
            tiny.parameters[frozen],
            "{name}"
        );
        assert!(
            norm(&sections[1]) > 0.0 && norm(&sections[2]) > 0.0,
            "{name}"
        );
    }
}

#[test]
fn a_learner_that_goes_on_from_what_was_kept_ends_with_the_same_bits() {
    let tiny = dropping();
    for (name, mut backend) in backends_and_card(&tiny.config, LABELS) {
        let (whole, _) = run(backend.as_mut(), &tiny);
        let (again, _) = run(backend.as_mut(), &tiny);
        assert!(whole == again, "{name}: the same twice");
        let kept: Vec<Vec<f32>> = {
            let mut learner = backend.learner(fresh(&tiny), plan(&tiny)).unwrap();
            learn(learner.as_mut(), &tiny, 1..=5);
            let sections = learner.sections().unwrap();
            sections
                .into_iter()
                .map(|section| section.into_owned())
                .collect()
        };
        let [parameters, first, second, average] = kept.try_into().unwrap();
        let state = LearnerState {
            parameters,
            moments: Some([first, second]),
            average: Some(average),
        };
        let mut learner = backend.learner(state, plan(&tiny)).unwrap();
        learn(learner.as_mut(), &tiny, 6..=UPDATES);
        for (section, expected) in learner.sections().unwrap().iter().zip(&whole) {
            assert!(**section == **expected, "{name}: other bits");
        }
    }
}

#[test]
fn the_average_answers_where_there_is_one() {
    let tiny = dropping();
    for (name, mut backend) in backends_and_card(&tiny.config, LABELS) {
        let (answers, average) = {
            let mut learner = backend.learner(fresh(&tiny), plan(&tiny)).unwrap();
            learn(learner.as_mut(), &tiny, 1..=3);
            let answers = learner.logits(&tiny.batch).unwrap();
            (answers, learner.weights().unwrap().into_owned())
        };
        assert!(average != tiny.parameters, "{name}");
        assert_eq!(
            backend.logits(&average, &tiny.batch).unwrap(),
            answers,
            "{name}"
        );
        // Kept where they are computed with, the same weights answer the same.
        backend.prepare(&average).unwrap();
        let prepared = backend.logits(&average, &tiny.batch).unwrap();
        assert_eq!(prepared, answers, "{name}");
    }
}
