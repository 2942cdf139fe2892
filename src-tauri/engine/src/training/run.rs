//! The loop: batches, updates, evaluations, checkpoints.

use std::collections::VecDeque;

use kernels::adamw::sum_of_squares;

use crate::model::backend::{DropoutStream, TrainingBatch};
use crate::model::config::BertConfig;
use crate::model::inference::batch_logits;
use crate::model::learner::{Learner, LearnerState, Update, Updated};
use crate::text::batch::PackedBatch;
use crate::training::checkpoint;
use crate::training::data::TrainingData;
use crate::training::error::TrainingError;
use crate::training::events::{Clock, Step, TrainingEvent, TrainingObserver, Validation};
use crate::training::order::epoch_order;
use crate::training::progress::Pace;
use crate::training::recipe::{Metric, Recipe};
use crate::training::resuming::{check_length, resume};
use crate::training::run_files::RunFiles;
use crate::training::schedule::learning_rate;
use crate::training::state::{Best, RunState};
use crate::training::stop::{Stop, StopFlag};
use crate::training::update_plan::update_plan;
use crate::training::validation::Findings;
use crate::training::{End, Outcome, Start, Training};

pub(super) struct Run<'a> {
    recipe: &'a Recipe,
    data: TrainingData<'a>,
    clock: &'a dyn Clock,
    observer: &'a mut dyn TrainingObserver,
    stop: &'a StopFlag,
    checkpoint_seconds: f64,
    config: BertConfig,
    learner: Box<dyn Learner + 'a>,
    /// Values that the model consists of.
    parameters: usize,
    state: RunState,
    positive_weights: Vec<f32>,
    /// The rows of the current epoch and its number.
    order: (Option<usize>, Vec<usize>),
    /// Updates that were asked for, and of which nothing was heard yet.
    begun: VecDeque<Begun>,
    /// When the last update was heard of, or something else was waited for.
    heard: f64,
    pace: Pace,
    files: RunFiles<'a>,
    last_checkpoint: f64,
    started: f64,
    elapsed_before: f64,
}

/// An update that was asked for.
struct Begun {
    step: u64,
    learning_rate: f64,
    sequences: usize,
    tokens: usize,
}

/// The most tokens and sequences that a micro-batch of the run has.
fn largest_batch(training: &Training<'_>) -> (usize, usize) {
    let (recipe, data) = (training.recipe, &training.data);
    let (mut tokens, mut sequences) = (0, 0);
    for epoch in 0..recipe.epochs {
        let order = epoch_order(data.training.len(), recipe.seed, epoch);
        for batch in order.chunks(recipe.batch_size) {
            for rows in batch.chunks(batch.len().div_ceil(recipe.micro_batches)) {
                let lengths = rows
                    .iter()
                    .map(|&row| data.sequences[data.training[row]].len());
                tokens = tokens.max(lengths.sum());
                sequences = sequences.max(rows.len());
            }
        }
    }
    (tokens, sequences)
}

impl<'a> Run<'a> {
    pub(super) fn new(start: Start, training: Training<'a>) -> Result<Self, TrainingError> {
        checkpoint::delete_unfinished(training.folder);
        let total_steps = total_steps(training.recipe, &training.data);
        let length = training.backend.layout().len();
        let (state, learned) = match start {
            Start::Fresh(parameters) => {
                check_length(parameters.len(), length)?;
                let data = training.data.fingerprint();
                let learned = LearnerState {
                    parameters,
                    moments: None,
                    average: None,
                };
                (RunState::new(training.recipe, data, total_steps), learned)
            }
            Start::Resume => resume(&training)?,
        };
        let (tokens, sequences) = largest_batch(&training);
        let Training {
            recipe,
            data,
            backend,
            folder,
            clock,
            observer,
            stop,
            checkpoint_seconds,
        } = training;
        let config = backend.config().clone();
        backend.reserve(tokens, sequences, recipe.lowest_trained(&config))?;
        let plan = update_plan(recipe, &config, backend.layout());
        let learner = backend.learner(learned, plan)?;
        let now = clock.seconds();
        Ok(Self {
            recipe,
            data,
            clock,
            observer,
            stop,
            checkpoint_seconds,
            config,
            learner,
            parameters: length,
            positive_weights: data.positive_weights(recipe.label_weights),
            order: (None, Vec::new()),
            begun: VecDeque::new(),
            heard: now,
            pace: Pace::default(),
            files: RunFiles::new(folder),
            last_checkpoint: now,
            started: now,
            elapsed_before: state.elapsed_seconds,
            state,
        })
    }

    fn steps_per_epoch(&self) -> u64 {
        steps_per_epoch(self.recipe, &self.data)
    }

    fn total_steps(&self) -> u64 {
        total_steps(self.recipe, &self.data)
    }

    /// Epochs done after `step` updates, with the fraction of the current one.
    fn epoch_at(&self, step: u64) -> f64 {
        step as f64 / self.steps_per_epoch() as f64
    }

    /// Trains until the end, the stop, or until it no longer gets better.
    pub(super) fn go(&mut self) -> Result<End, TrainingError> {
        self.observer.on(TrainingEvent::Started {
            total_steps: self.total_steps(),
            steps_per_epoch: self.steps_per_epoch(),
            resumed_from: self.state.step,
            parameters: self.parameters,
        });
        // A checkpoint that was written before an evaluation leaves it to the resumed run.
        let validated = self.state.history.validations.last().map(|one| one.step);
        if validated != Some(self.state.step) && self.is_evaluation_due(self.state.step) {
            self.validate()?;
        }
        let end = loop {
            if self.is_out_of_patience() {
                break End::StoppedEarly;
            }
            if self.state.step == self.total_steps() {
                break End::Finished;
            }
            if self.stop.is_paused() {
                // Nothing goes on while the run stands still.
                self.hear(true)?;
            }
            if self.stop.is_raised() {
                break End::Stopped;
            }
            self.update()?;
            if self.is_evaluation_due(self.state.step) {
                self.hear(true)?;
                let rows = self.data.validation.len();
                self.checkpoint_if_due_in(self.pace.evaluation_seconds(rows))?;
                self.validate()?;
            }
            self.checkpoint_if_due_in(0.0)?;
        };
        self.hear(true)?;
        let asked = self.stop.asked().filter(|_| end == End::Stopped);
        if asked != Some(Stop::Discard) {
            self.write_checkpoint()?;
            self.files.finish()?;
        }
        // Without a single update there is nothing to judge.
        let is_kept = matches!(asked, None | Some(Stop::Keep));
        if is_kept && self.state.best.is_none() && self.state.step > 0 {
            // After the checkpoint, which must not know of an evaluation that a run without this
            // stop would not have made.
            self.validate()?;
        }
        Ok(end)
    }

    /// Writes a checkpoint when the time for one will have come after `seconds` more.
    fn checkpoint_if_due_in(&mut self, seconds: f64) -> Result<(), TrainingError> {
        let since = self.clock.seconds() - self.last_checkpoint;
        if since + seconds >= self.checkpoint_seconds {
            self.write_checkpoint()?;
        }
        Ok(())
    }

    fn is_out_of_patience(&self) -> bool {
        self.recipe
            .patience
            .is_some_and(|patience| self.state.evaluations_without_better >= patience)
    }

    fn is_evaluation_due(&self, step: u64) -> bool {
        let interval = self.evaluation_interval();
        step > 0 && (step.is_multiple_of(interval) || step == self.total_steps())
    }

    /// Evaluations that are due after an update.
    fn evaluations_after(&self, step: u64) -> u64 {
        let (interval, total) = (self.evaluation_interval(), self.total_steps());
        let at_the_end = step < total && !total.is_multiple_of(interval);
        total / interval - step / interval + u64::from(at_the_end)
    }

    /// Updates from an evaluation to the next.
    fn evaluation_interval(&self) -> u64 {
        let asked = self.recipe.evaluation_interval;
        asked.unwrap_or_else(|| self.steps_per_epoch())
    }

    /// One batch: its gradients, and an update of the weights.
    fn update(&mut self) -> Result<(), TrainingError> {
        if self.begun.is_empty() {
            self.heard = self.clock.seconds();
        }
        let learning_rate = learning_rate(self.recipe, self.state.step, self.total_steps());
        let rows = self.next_rows();
        let step = self.state.step + 1;
        let tokens = self.learn_from(&rows)?;
        // Early weights are far from the last ones: the average forgets them faster.
        let kept = self.recipe.weight_averaging.unwrap_or(0.0);
        let kept = kept.min((1.0 + step as f64) / (10.0 + step as f64)) as f32;
        self.learner.update(Update {
            number: step,
            learning_rate,
            average_kept: kept,
        })?;
        self.state.step = step;
        self.begun.push_back(Begun {
            step,
            learning_rate,
            sequences: rows.len(),
            tokens,
        });
        self.hear(false)
    }

    /// Tells of the updates that are done; waits for all of them if asked to.
    fn hear(&mut self, waits: bool) -> Result<(), TrainingError> {
        for updated in self.learner.done(waits)? {
            let Some(begun) = self.begun.pop_front() else {
                break;
            };
            self.tell(&begun, updated)?;
        }
        Ok(())
    }

    fn tell(&mut self, begun: &Begun, updated: Updated) -> Result<(), TrainingError> {
        let (step, learning_rate, loss) = (begun.step, begun.learning_rate, updated.loss);
        if !loss.is_finite() {
            return Err(TrainingError::LossNotFinite {
                loss,
                step,
                learning_rate,
            });
        }
        let (total_steps, epoch) = (self.total_steps(), self.epoch_at(step));
        self.state.add_loss(step, loss, epoch, total_steps);
        let now = self.clock.seconds();
        self.pace
            .add_step(begun.sequences, begun.tokens, now - self.heard);
        self.heard = now;
        let remaining_seconds = self.pace.remaining_seconds(
            total_steps - step,
            self.evaluations_after(step),
            self.data.validation.len(),
        );
        self.observer.on(TrainingEvent::Stepped(Step {
            step,
            total_steps,
            epoch,
            loss,
            learning_rate,
            gradient_norm: updated.gradient_norm,
            sequences_per_second: self.pace.sequences_per_second(),
            tokens_per_second: self.pace.tokens_per_second(),
            elapsed_seconds: self.elapsed_before + now - self.started,
            remaining_seconds,
        }));
        Ok(())
    }

    /// The rows of the next batch.
    fn next_rows(&mut self) -> Vec<usize> {
        let recipe = self.recipe;
        let training = self.data.training;
        let epoch = (self.state.step / self.steps_per_epoch()) as usize;
        if self.order.0 != Some(epoch) {
            let order = epoch_order(training.len(), recipe.seed, epoch);
            self.order = (Some(epoch), order);
        }
        let first = (self.state.step % self.steps_per_epoch()) as usize * recipe.batch_size;
        let order = self.order.1.iter().skip(first).take(recipe.batch_size);
        order.map(|&index| training[index]).collect()
    }

    /// Adds up the gradients of a batch, and gives its tokens.
    fn learn_from(&mut self, rows: &[usize]) -> Result<usize, TrainingError> {
        let (recipe, data, config) = (self.recipe, &self.data, &self.config);
        let cells = rows.len() * data.targets.labels();
        let drops = config.hidden_dropout > 0.0 || config.attention_dropout > 0.0;
        let lowest_trained = recipe.lowest_trained(config);
        let mut tokens = 0;
        let rows_a_micro_batch = rows.len().div_ceil(recipe.micro_batches);
        for (index, rows) in rows.chunks(rows_a_micro_batch).enumerate() {
            let batch = PackedBatch::new(rows.iter().map(|&row| data.sequences[row].as_slice()));
            let targets: Vec<f32> = rows
                .iter()
                .flat_map(|&row| data.targets.row(row))
                .map(|&has| f32::from(u8::from(has)))
                .collect();
            let dropout = drops.then_some(DropoutStream {
                seed: recipe.seed,
                step: self.state.micro_step,
            });
            tokens += batch.tokens();
            self.learner.learn(TrainingBatch {
                batch: &batch,
                targets: &targets,
                positive_weights: &self.positive_weights,
                cell_weight: 1.0 / cells as f32,
                dropout,
                lowest_trained,
                accumulate: index > 0,
            })?;
            self.state.micro_step += 1;
        }
        Ok(tokens)
    }

    /// Evaluates on the validation rows, and keeps the weights when they are the best so far.
    fn validate(&mut self) -> Result<(), TrainingError> {
        let began = self.clock.seconds();
        let data = self.data;
        let sequences: Vec<&[u32]> = data
            .validation
            .iter()
            .map(|&row| data.sequences[row].as_slice())
            .collect();
        let (labels, tokens_a_batch) = (data.targets.labels(), self.learner.tokens_a_batch());
        let mut compute = |batch: &PackedBatch| self.learner.logits(batch);
        let logits = batch_logits(
            labels,
            tokens_a_batch,
            &mut compute,
            &sequences,
            &mut |_| true,
        )?;
        let Findings {
            loss,
            micro_f1,
            macro_f1,
            label_f1,
            worst,
        } = Findings::new(&data, &logits.unwrap_or_default());
        if !loss.is_finite() {
            return Err(TrainingError::WeightsNotFinite {
                step: self.state.step,
            });
        }
        let metric = self.recipe.metric;
        let value = match metric {
            Metric::MicroF1 => micro_f1,
            Metric::MacroF1 => macro_f1,
            Metric::Loss => loss,
        };
        let best = self.state.best.as_ref();
        let is_best =
            best.is_none_or(|best| metric.improves((value, loss), (best.value, best.loss)));
        if is_best {
            self.keep_best(value, loss)?;
            self.state.evaluations_without_better = 0;
        } else {
            self.state.evaluations_without_better += 1;
        }
        let seconds = self.clock.seconds() - began;
        self.pace.add_evaluation(seconds);
        let validation = Validation {
            step: self.state.step,
            epoch: self.epoch_at(self.state.step),
            training_loss: self.state.since_validation.take(),
            loss,
            micro_f1,
            macro_f1,
            label_f1,
            is_best,
            seconds,
        };
        self.state.history.validations.push(validation.clone());
        self.observer
            .on(TrainingEvent::Validated { validation, worst });
        Ok(())
    }

    fn keep_best(&mut self, value: f64, loss: f64) -> Result<(), TrainingError> {
        let step = self.state.step;
        let best = Best {
            step,
            epoch: self.epoch_at(step),
            value,
            loss,
            file: format!("best-{step}"),
        };
        self.files.write_best(&best, self.learner.weights()?)?;
        self.state.best = Some(best);
        Ok(())
    }

    fn write_checkpoint(&mut self) -> Result<(), TrainingError> {
        self.hear(true)?;
        let began = self.clock.seconds();
        self.files.finish()?;
        let sections = self.learner.sections()?;
        let weights = sections.first().map_or(&[][..], |weights| weights);
        if !sum_of_squares(weights).is_finite() {
            return Err(TrainingError::WeightsNotFinite {
                step: self.state.step,
            });
        }
        self.state.elapsed_seconds = self.elapsed_before + began - self.started;
        self.files.write_checkpoint(&self.state, sections)?;
        let now = self.clock.seconds();
        self.last_checkpoint = now;
        self.observer.on(TrainingEvent::CheckpointWritten {
            step: self.state.step,
            seconds: now - began,
        });
        Ok(())
    }

    /// What the run gives back; nothing when it was stopped before its first update.
    pub(super) fn finish(mut self, end: End) -> Result<Option<Outcome>, TrainingError> {
        let seconds = self.elapsed_before + self.clock.seconds() - self.started;
        let Some(best) = self.state.best else {
            return Ok(None);
        };
        drop(self.learner);
        let parameters = self.files.read_best(&best)?;
        Ok(Some(Outcome {
            end,
            steps: self.state.step,
            best,
            parameters,
            history: self.state.history,
            seconds,
        }))
    }
}

/// Updates an epoch.
fn steps_per_epoch(recipe: &Recipe, data: &TrainingData<'_>) -> u64 {
    data.training.len().div_ceil(recipe.batch_size) as u64
}

/// Updates of a whole run.
fn total_steps(recipe: &Recipe, data: &TrainingData<'_>) -> u64 {
    steps_per_epoch(recipe, data) * recipe.epochs as u64
}
