//! Whole runs of a tiny BERT.

mod resuming;

use std::cell::Cell;
use std::path::Path;

use super::data::TrainingData;
use super::error::TrainingError;
use super::events::{Clock, TrainingEvent, TrainingObserver, Validation};
use super::recipe::{LabelWeights, Metric, Recipe};
use super::state::RunState;
use super::stop::StopFlag;
use super::{CHECKPOINT_SECONDS, End, Outcome, Start, Training, checkpoint_path, fine_tune};
use kernels::matrix::Precision;

use crate::labels::LabelMatrix;
use crate::model::backend::{Backend, BackendError, TrainingBatch};
use crate::model::bert::ExplicitBackend;
use crate::model::config::{Activation, BertConfig};
use crate::model::learner::{HostLearner, Learner, LearnerState, UpdatePlan};
use crate::model::parameters::ParameterLayout;
use crate::text::batch::{PackedBatch, TokenIds};

const LABELS: usize = 2;
const ROWS: usize = 30;

fn config() -> BertConfig {
    BertConfig {
        vocabulary_size: 40,
        hidden_size: 16,
        layers: 2,
        heads: 2,
        intermediate_size: 32,
        activation: Activation::Gelu,
        hidden_dropout: 0.1,
        attention_dropout: 0.1,
        max_positions: 12,
        token_types: 2,
        layer_norm_epsilon: 1e-12,
        initializer_range: 0.02,
    }
}

fn recipe() -> Recipe {
    Recipe {
        max_length: 12,
        batch_size: 4,
        epochs: 2,
        learning_rate: 5e-3,
        warm_up: 0.1,
        clipping_norm: Some(1.0),
        metric: Metric::Loss,
        ..Recipe::notebook()
    }
}

fn weights() -> Vec<f32> {
    ParameterLayout::new(&config(), LABELS).noise()
}

/// Texts of different lengths; the first label is there when piece 7 is, the second with piece 9.
struct Corpus {
    sequences: Vec<TokenIds>,
    targets: LabelMatrix,
    training: Vec<usize>,
    validation: Vec<usize>,
}

fn corpus() -> Corpus {
    let mut targets = Vec::new();
    let sequences = (0..ROWS)
        .map(|row| {
            let (first, second) = (row % 2 == 0, row % 3 == 0);
            targets.extend([first, second]);
            let mut ids = vec![1, if first { 7 } else { 8 }, if second { 9 } else { 10 }];
            ids.extend((0..row % 6).map(|more| 11 + ((row * 7 + more * 5) % 25) as u32));
            ids.push(2);
            ids
        })
        .collect();
    Corpus {
        sequences,
        targets: LabelMatrix::new(LABELS, targets),
        training: (0..22).collect(),
        validation: (22..ROWS).collect(),
    }
}

/// A clock that advances by a fixed time whenever it is read.
struct SteppingClock {
    now: Cell<f64>,
    stride: f64,
}

// Each run reads its clock from one thread.
struct SharedClock(std::sync::Mutex<SteppingClock>);

impl Clock for SharedClock {
    fn seconds(&self) -> f64 {
        let clock = self.0.lock().unwrap();
        clock.now.set(clock.now.get() + clock.stride);
        clock.now.get()
    }
}

fn clock(stride: f64) -> SharedClock {
    let now = Cell::new(0.0);
    SharedClock(std::sync::Mutex::new(SteppingClock { now, stride }))
}

/// Keeps the events, and raises the flag after the given update.
struct Recorder<'a> {
    events: Vec<TrainingEvent>,
    stop_after: Option<u64>,
    stop: &'a StopFlag,
    on_event: Option<&'a dyn Fn(&TrainingEvent)>,
}

impl TrainingObserver for Recorder<'_> {
    fn on(&mut self, event: TrainingEvent) {
        if let TrainingEvent::Stepped(step) = &event
            && Some(step.step) == self.stop_after
        {
            self.stop.raise();
        }
        if let Some(on_event) = self.on_event {
            on_event(&event);
        }
        self.events.push(event);
    }
}

/// One run, on this folder, from `start`, perhaps stopped after an update.
struct Session<'a> {
    folder: &'a Path,
    recipe: Recipe,
    stop_after: Option<u64>,
    stride: f64,
    corpus: Corpus,
    /// The micro-batch whose loss is not a number.
    poison: Option<u64>,
    stop_at_once: bool,
    on_event: Option<&'a dyn Fn(&TrainingEvent)>,
}

impl<'a> Session<'a> {
    fn new(folder: &'a Path, recipe: Recipe) -> Self {
        Self {
            folder,
            recipe,
            stop_after: None,
            stride: 0.01,
            corpus: corpus(),
            poison: None,
            stop_at_once: false,
            on_event: None,
        }
    }

    fn stopped_after(mut self, step: u64) -> Self {
        self.stop_after = Some(step);
        self
    }

    fn run(&self, start: Start) -> (Result<Option<Outcome>, TrainingError>, Vec<TrainingEvent>) {
        let threads = self.recipe.threads.unwrap_or(1);
        let config = self.recipe.with_dropout(config());
        let mut backend = Poisoned {
            inner: ExplicitBackend::new(config, LABELS, threads, Precision::Single).unwrap(),
            calls: 0,
            poison: self.poison,
        };
        let stop = StopFlag::default();
        if self.stop_at_once {
            stop.raise();
        }
        let mut observer = Recorder {
            events: Vec::new(),
            stop_after: self.stop_after,
            stop: &stop,
            on_event: self.on_event,
        };
        let training = Training {
            recipe: &self.recipe,
            data: TrainingData {
                sequences: &self.corpus.sequences,
                targets: &self.corpus.targets,
                titles: &[],
                training: &self.corpus.training,
                validation: &self.corpus.validation,
            },
            backend: &mut backend,
            folder: self.folder,
            clock: &clock(self.stride),
            observer: &mut observer,
            stop: &stop,
            checkpoint_seconds: CHECKPOINT_SECONDS,
        };
        let outcome = fine_tune(start, training);
        (outcome, observer.events)
    }

    fn fresh(&self) -> Outcome {
        self.run(Start::Fresh(weights())).0.unwrap().unwrap()
    }

    fn resumed(&self) -> Outcome {
        self.run(Start::Resume).0.unwrap().unwrap()
    }
}

/// A backend whose loss is not a number at one micro-batch.
struct Poisoned {
    inner: ExplicitBackend,
    calls: u64,
    poison: Option<u64>,
}

impl Backend for Poisoned {
    fn config(&self) -> &BertConfig {
        self.inner.config()
    }

    fn layout(&self) -> &ParameterLayout {
        self.inner.layout()
    }

    fn train(
        &mut self,
        parameters: &[f32],
        batch: TrainingBatch<'_>,
        gradients: &mut [f32],
    ) -> Result<f64, BackendError> {
        self.calls += 1;
        let loss = self.inner.train(parameters, batch, gradients)?;
        Ok(if self.poison == Some(self.calls) {
            f64::NAN
        } else {
            loss
        })
    }

    fn logits(
        &mut self,
        parameters: &[f32],
        batch: &PackedBatch,
    ) -> Result<Vec<f32>, BackendError> {
        self.inner.logits(parameters, batch)
    }

    fn learner(
        &mut self,
        state: LearnerState,
        plan: UpdatePlan,
    ) -> Result<Box<dyn Learner + '_>, BackendError> {
        Ok(Box::new(HostLearner::new(self, state, plan)))
    }

    fn run(&self, work: &mut (dyn FnMut() + Send)) {
        self.inner.run(work);
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn validations(outcome: &Outcome) -> Vec<&Validation> {
    outcome.history.validations.iter().collect()
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn a_run_learns_and_keeps_the_best_evaluation() {
    let folder = folder();
    let recipe = Recipe {
        epochs: 12,
        ..recipe()
    };
    let outcome = Session::new(folder.path(), recipe).fresh();
    assert_eq!((outcome.end, outcome.steps), (End::Finished, 72));
    let losses: Vec<f64> = validations(&outcome).iter().map(|one| one.loss).collect();
    assert_eq!(losses.len(), 12);
    assert!(losses[11] < 0.8 * losses[0], "{losses:?}");
    let lowest = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(outcome.best.value, lowest);
}

#[test]
fn any_number_of_threads_gives_the_same_weights_bitwise() {
    let outcomes: Vec<Vec<u32>> = [1, 2, 3]
        .into_iter()
        .map(|threads| {
            let folder = folder();
            let recipe = Recipe {
                threads: Some(threads),
                ..recipe()
            };
            bits(&Session::new(folder.path(), recipe).fresh().parameters)
        })
        .collect();
    assert!(outcomes[0] == outcomes[1], "two threads");
    assert!(outcomes[0] == outcomes[2], "three threads");
}

#[test]
fn micro_batches_give_the_update_of_the_whole_batch() {
    let still = Recipe {
        dropout: Some(0.0),
        epochs: 1,
        ..recipe()
    };
    let (one, two) = (folder(), folder());
    let whole = Session::new(one.path(), still.clone()).fresh();
    let halves = Recipe {
        micro_batches: 2,
        ..still
    };
    let halves = Session::new(two.path(), halves).fresh();
    for (first, second) in whole.history.losses.iter().zip(&halves.history.losses) {
        assert!(
            (first.loss - second.loss).abs() < 1e-4,
            "{first:?} {second:?}"
        );
    }
}

#[test]
fn a_stop_before_the_first_evaluation_evaluates_and_keeps_what_there_is() {
    let folder = folder();
    let session = Session::new(folder.path(), recipe()).stopped_after(2);
    let outcome = session.fresh();
    assert_eq!((outcome.end, outcome.best.step), (End::Stopped, 2));
}

#[test]
fn a_run_that_no_longer_gets_better_stops_early() {
    let folder = folder();
    // A rate of almost 0 cannot improve on the first evaluation's F1.
    let recipe = Recipe {
        learning_rate: 1e-12,
        metric: Metric::MicroF1,
        patience: Some(2),
        epochs: 10,
        ..recipe()
    };
    let outcome = Session::new(folder.path(), recipe).fresh();
    assert_eq!(outcome.end, End::StoppedEarly);
    assert_eq!(validations(&outcome).len(), 3);
    assert_eq!(outcome.best.step, 6);
}

#[test]
fn evaluations_come_at_the_interval_that_was_asked_for() {
    let folder = folder();
    let recipe = Recipe {
        evaluation_interval: Some(5),
        ..recipe()
    };
    let outcome = Session::new(folder.path(), recipe).fresh();
    let steps: Vec<u64> = validations(&outcome).iter().map(|one| one.step).collect();
    assert_eq!(steps, [5, 10, 12]);
}

#[test]
fn a_loss_that_is_not_a_number_stops_the_run_and_keeps_the_last_good_checkpoint() {
    let folder = folder();
    let mut session = Session::new(folder.path(), recipe());
    // Every reading of the clock takes 20 seconds, so a checkpoint follows each update.
    session.stride = 20.0;
    session.poison = Some(6);
    let (result, events) = session.run(Start::Fresh(weights()));
    let error = result.unwrap_err();
    assert!(matches!(
        error,
        TrainingError::LossNotFinite { step: 6, .. }
    ));
    let last = events.iter().rev().find_map(|event| match event {
        TrainingEvent::CheckpointWritten { step, .. } => Some(*step),
        _ => None,
    });
    assert_eq!(last, Some(5));
    let resumed = Session::new(folder.path(), recipe()).resumed();
    let whole = self::folder();
    let expected = Session::new(whole.path(), recipe()).fresh();
    assert!(
        bits(&resumed.parameters) == bits(&expected.parameters),
        "other weights"
    );
}

#[test]
fn weights_that_are_not_finite_are_never_written() {
    let folder = folder();
    let mut broken = weights();
    if let Some(last) = broken.last_mut() {
        *last = f32::INFINITY;
    }
    let session = Session::new(folder.path(), recipe());
    let (result, _) = session.run(Start::Fresh(broken));
    assert!(matches!(
        result,
        Err(TrainingError::LossNotFinite { .. } | TrainingError::WeightsNotFinite { .. })
    ));
    assert!(!checkpoint_path(folder.path()).exists());
}

#[test]
fn a_frozen_part_stays_as_it_was() {
    let folder = folder();
    let recipe = Recipe {
        frozen_layers: Some(1),
        epochs: 1,
        ..recipe()
    };
    let outcome = Session::new(folder.path(), recipe).fresh();
    let (before, layout) = (weights(), ParameterLayout::new(&config(), LABELS));
    let changed = |name: &str| {
        let range = layout.find(name).unwrap().range.clone();
        before[range.clone()] != outcome.parameters[range]
    };
    assert!(!changed("bert.embeddings.word_embeddings.weight"));
    assert!(!changed("bert.encoder.layer.0.output.dense.weight"));
    assert!(changed("bert.encoder.layer.1.output.dense.weight"));
    assert!(changed("classifier.weight"));
}

#[test]
fn rare_labels_weigh_more_when_weights_are_balanced() {
    let corpus = corpus();
    let data = TrainingData {
        sequences: &corpus.sequences,
        targets: &corpus.targets,
        titles: &[],
        training: &corpus.training,
        validation: &corpus.validation,
    };
    let weights = data.positive_weights(LabelWeights::Balanced);
    // 11 of 22 rows have the first label, 8 the second.
    assert_eq!(weights, [1.0, (14.0_f32 / 8.0).sqrt()]);
}

#[test]
fn a_run_without_validation_rows_says_so() {
    let folder = folder();
    let mut session = Session::new(folder.path(), recipe());
    session.corpus.validation.clear();
    let (result, _) = session.run(Start::Fresh(weights()));
    let error = result.unwrap_err();
    assert!(error.to_string().contains("no validation rows"), "{error}");
}

#[test]
fn a_length_over_the_models_positions_is_refused_with_the_most_that_is_possible() {
    let folder = folder();
    let long = Recipe {
        max_length: 13,
        ..recipe()
    };
    let (result, _) = Session::new(folder.path(), long).run(Start::Fresh(weights()));
    let error = result.unwrap_err();
    assert!(error.to_string().contains("Choose at most 12"), "{error}");
}
