//! The loop: batches, updates, evaluations, checkpoints.

use std::path::PathBuf;

use kernels::adamw::sum_of_squares;
use rayon::prelude::*;

use crate::model::backend::{DropoutStream, TrainingBatch};
use crate::model::inference::predict_logits;
use crate::text::batch::PackedBatch;
use crate::training::checkpoint::{self, PendingCheckpoint};
use crate::training::error::TrainingError;
use crate::training::events::{Step, TrainingEvent, Validation};
use crate::training::optimizer::Optimizer;
use crate::training::order::epoch_order;
use crate::training::progress::Pace;
use crate::training::recipe::Metric;
use crate::training::resuming::resume;
use crate::training::schedule::learning_rate;
use crate::training::state::{Best, RunState};
use crate::training::stop::Stop;
use crate::training::validation::Findings;
use crate::training::{End, Outcome, Start, Training, checkpoint_path};

pub(super) struct Run<'a> {
    training: Training<'a>,
    state: RunState,
    parameters: Vec<f32>,
    /// The weights' running average, where the recipe asks for one.
    average: Option<Vec<f32>>,
    gradients: Vec<f32>,
    optimizer: Optimizer,
    positive_weights: Vec<f32>,
    /// The rows of the current epoch and its number.
    order: (Option<usize>, Vec<usize>),
    pace: Pace,
    /// The checkpoint on its way to the disk, and the update of the best weights that it names.
    pending: Option<(PendingCheckpoint, u64)>,
    last_checkpoint: f64,
    started: f64,
    elapsed_before: f64,
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
        let layout = training.backend.layout();
        let length = layout.len();
        let mut optimizer = Optimizer::new(training.recipe, training.backend.config(), layout);
        let averaged = training.recipe.weight_averaging.is_some();
        let (state, parameters, average) = match start {
            Start::Fresh(parameters) => {
                let total_steps = total_steps(&training);
                let data = training.data.fingerprint();
                let state = RunState::new(training.recipe, data, total_steps);
                let average = averaged.then(|| parameters.clone());
                (state, parameters, average)
            }
            Start::Resume => {
                let (state, parameters, average) = resume(&training, &mut optimizer)?;
                (state, parameters, average)
            }
        };
        for found in [Some(&parameters), average.as_ref()].into_iter().flatten() {
            if found.len() != length {
                return Err(TrainingError::WrongWeights {
                    found: found.len(),
                    expected: length,
                });
            }
        }
        let (tokens, sequences) = largest_batch(&training);
        let lowest_trained = training.recipe.lowest_trained(training.backend.config());
        training.backend.reserve(tokens, sequences, lowest_trained);
        let now = training.clock.seconds();
        Ok(Self {
            positive_weights: training
                .data
                .positive_weights(training.recipe.label_weights),
            gradients: vec![0.0; length],
            order: (None, Vec::new()),
            pace: Pace::default(),
            pending: None,
            last_checkpoint: now,
            started: now,
            elapsed_before: state.elapsed_seconds,
            training,
            state,
            parameters,
            average,
            optimizer,
        })
    }

    fn steps_per_epoch(&self) -> u64 {
        steps_per_epoch(&self.training)
    }

    fn total_steps(&self) -> u64 {
        total_steps(&self.training)
    }

    /// Epochs done after `step` updates, with the fraction of the current one.
    fn epoch_at(&self, step: u64) -> f64 {
        step as f64 / self.steps_per_epoch() as f64
    }

    /// Trains until the end, the stop, or until it no longer gets better.
    pub(super) fn go(&mut self) -> Result<End, TrainingError> {
        self.training.observer.on(TrainingEvent::Started {
            total_steps: self.total_steps(),
            steps_per_epoch: self.steps_per_epoch(),
            resumed_from: self.state.step,
            parameters: self.parameters.len(),
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
            if self.training.stop.is_raised() {
                break End::Stopped;
            }
            self.update()?;
            if self.is_evaluation_due(self.state.step) {
                let rows = self.training.data.validation.len();
                self.checkpoint_if_due_in(self.pace.evaluation_seconds(rows))?;
                self.validate()?;
            }
            self.checkpoint_if_due_in(0.0)?;
        };
        let asked = self.training.stop.asked().filter(|_| end == End::Stopped);
        if asked != Some(Stop::Discard) {
            self.write_checkpoint()?;
            self.finish_pending()?;
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
        let since = self.training.clock.seconds() - self.last_checkpoint;
        if since + seconds >= self.training.checkpoint_seconds {
            self.write_checkpoint()?;
        }
        Ok(())
    }

    fn is_out_of_patience(&self) -> bool {
        self.training
            .recipe
            .patience
            .is_some_and(|patience| self.state.evaluations_without_better >= patience)
    }

    fn is_evaluation_due(&self, step: u64) -> bool {
        let interval = self
            .training
            .recipe
            .evaluation_interval
            .unwrap_or(self.steps_per_epoch());
        step > 0 && (step.is_multiple_of(interval) || step == self.total_steps())
    }

    fn evaluations_left(&self) -> u64 {
        (self.state.step + 1..=self.total_steps())
            .filter(|&step| self.is_evaluation_due(step))
            .count() as u64
    }

    /// One batch: its gradients, and an update of the weights.
    fn update(&mut self) -> Result<(), TrainingError> {
        let began = self.training.clock.seconds();
        let total_steps = self.total_steps();
        let rate = learning_rate(self.training.recipe, self.state.step, total_steps);
        let rows = self.next_rows();
        let step = self.state.step + 1;
        let (loss, tokens) = self.gradients_of(&rows)?;
        if !loss.is_finite() {
            return Err(TrainingError::LossNotFinite {
                loss,
                step,
                learning_rate: rate,
            });
        }
        let gradient_norm = self.apply(step, rate);
        self.state.step = step;
        let epoch = self.epoch_at(step);
        self.state.add_loss(loss, epoch, total_steps);
        let now = self.training.clock.seconds();
        self.pace.add_step(rows.len(), tokens, now - began);
        let (steps_left, evaluations_left) = (total_steps - step, self.evaluations_left());
        let validation_rows = self.training.data.validation.len();
        self.training.observer.on(TrainingEvent::Stepped(Step {
            step,
            total_steps,
            epoch,
            loss,
            learning_rate: rate,
            gradient_norm,
            sequences_per_second: self.pace.sequences_per_second(),
            tokens_per_second: self.pace.tokens_per_second(),
            elapsed_seconds: self.elapsed_before + now - self.started,
            remaining_seconds: self.pace.remaining_seconds(
                steps_left,
                evaluations_left,
                validation_rows,
            ),
        }));
        Ok(())
    }

    /// The rows of the next batch.
    fn next_rows(&mut self) -> Vec<usize> {
        let recipe = self.training.recipe;
        let training = self.training.data.training;
        let epoch = (self.state.step / self.steps_per_epoch()) as usize;
        if self.order.0 != Some(epoch) {
            let order = epoch_order(training.len(), recipe.seed, epoch);
            self.order = (Some(epoch), order);
        }
        let first = (self.state.step % self.steps_per_epoch()) as usize * recipe.batch_size;
        let order = self.order.1.iter().skip(first).take(recipe.batch_size);
        order.map(|&index| training[index]).collect()
    }

    /// The mean loss of a batch, its gradients in the gradient buffer, and its tokens.
    fn gradients_of(&mut self, rows: &[usize]) -> Result<(f64, usize), TrainingError> {
        let Training {
            recipe,
            data,
            backend,
            ..
        } = &mut self.training;
        let cells = rows.len() * data.targets.labels();
        let config = backend.config();
        let drops = config.hidden_dropout > 0.0 || config.attention_dropout > 0.0;
        let lowest_trained = recipe.lowest_trained(config);
        let (mut loss, mut tokens) = (0.0, 0);
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
            loss += backend.train(
                &self.parameters,
                TrainingBatch {
                    batch: &batch,
                    targets: &targets,
                    positive_weights: &self.positive_weights,
                    cell_weight: 1.0 / cells as f32,
                    dropout,
                    lowest_trained,
                    accumulate: index > 0,
                },
                &mut self.gradients,
            )?;
            self.state.micro_step += 1;
        }
        Ok((loss, tokens))
    }

    /// Changes the weights by one update, and their average with them.
    fn apply(&mut self, step: u64, rate: f64) -> Option<f64> {
        let Self {
            training,
            optimizer,
            parameters,
            gradients,
            average,
            ..
        } = self;
        let kept = training.recipe.weight_averaging.unwrap_or(0.0);
        // Early weights are far from the last ones: the average forgets them faster.
        let kept = kept.min((1.0 + step as f64) / (10.0 + step as f64)) as f32;
        let mut norm = None;
        training.backend.run(&mut || {
            norm = optimizer.step(step, rate, parameters, gradients);
            if let Some(average) = average {
                average
                    .par_chunks_mut(32_768)
                    .zip(parameters.par_chunks(32_768))
                    .for_each(|(average, parameters)| {
                        for (average, parameter) in average.iter_mut().zip(parameters) {
                            *average += (1.0 - kept) * (parameter - *average);
                        }
                    });
            }
        });
        norm
    }

    /// Evaluates on the validation rows, and keeps the weights when they are the best so far.
    fn validate(&mut self) -> Result<(), TrainingError> {
        let began = self.training.clock.seconds();
        let data = self.training.data;
        let weights = self.average.as_ref().unwrap_or(&self.parameters);
        let sequences: Vec<&[u32]> = data
            .validation
            .iter()
            .map(|&row| data.sequences[row].as_slice())
            .collect();
        let backend = &mut *self.training.backend;
        let logits = predict_logits(backend, weights, &sequences, &mut |_| true)?;
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
        let metric = self.training.recipe.metric;
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
        let seconds = self.training.clock.seconds() - began;
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
        self.training
            .observer
            .on(TrainingEvent::Validated { validation, worst });
        Ok(())
    }

    /// Writes the weights beside the checkpoint. The file before stays until a checkpoint that
    /// names this one is on disk, so that a checkpoint never names a file that is not there.
    fn keep_best(&mut self, value: f64, loss: f64) -> Result<(), TrainingError> {
        let step = self.state.step;
        let best = Best {
            step,
            epoch: self.epoch_at(step),
            value,
            loss,
            file: format!("best-{step}"),
        };
        let path = self.training.folder.join(&best.file);
        let weights = self.average.as_ref().unwrap_or(&self.parameters);
        checkpoint::write(&path, &best, &[weights])?.finish()?;
        self.state.best = Some(best);
        Ok(())
    }

    fn write_checkpoint(&mut self) -> Result<(), TrainingError> {
        let began = self.training.clock.seconds();
        self.finish_pending()?;
        if !sum_of_squares(&self.parameters).is_finite() {
            return Err(TrainingError::WeightsNotFinite {
                step: self.state.step,
            });
        }
        self.state.elapsed_seconds = self.elapsed_before + began - self.started;
        let mut sections = vec![
            self.parameters.as_slice(),
            &self.optimizer.first_moments,
            &self.optimizer.second_moments,
        ];
        sections.extend(self.average.as_deref());
        let path = checkpoint_path(self.training.folder);
        let best = self.state.best.as_ref().map_or(0, |best| best.step);
        self.pending = Some((checkpoint::write(&path, &self.state, &sections)?, best));
        let now = self.training.clock.seconds();
        self.last_checkpoint = now;
        self.training.observer.on(TrainingEvent::CheckpointWritten {
            step: self.state.step,
            seconds: now - began,
        });
        Ok(())
    }

    /// Waits until the checkpoint before is on the disk.
    fn finish_pending(&mut self) -> Result<(), TrainingError> {
        if let Some((pending, best)) = self.pending.take() {
            pending.finish()?;
            self.delete_bests_before(best);
        }
        Ok(())
    }

    /// Deletes weights that were the best before those that the checkpoint on the disk names; it
    /// may be all that is left after a power cut. One that cannot be deleted costs space alone.
    fn delete_bests_before(&self, named: u64) {
        let Ok(entries) = std::fs::read_dir(self.training.folder) else {
            return;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let step = name.strip_prefix("best-").map(str::parse::<u64>);
            if matches!(step, Some(Ok(step)) if step < named) {
                let _ = std::fs::remove_file(&path);
            }
        }
    }

    /// What the run gives back; nothing when it was stopped before its first update.
    pub(super) fn finish(self, end: End) -> Result<Option<Outcome>, TrainingError> {
        let seconds = self.elapsed_before + self.training.clock.seconds() - self.started;
        let Some(best) = self.state.best else {
            return Ok(None);
        };
        let path: PathBuf = self.training.folder.join(&best.file);
        drop((self.parameters, self.gradients, self.optimizer));
        let (_, mut sections) = checkpoint::read::<Best>(&path)?;
        let parameters = sections.pop().unwrap_or_default();
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
fn steps_per_epoch(training: &Training<'_>) -> u64 {
    let rows = training.data.training.len();
    rows.div_ceil(training.recipe.batch_size) as u64
}

/// Updates of a whole run.
fn total_steps(training: &Training<'_>) -> u64 {
    steps_per_epoch(training) * training.recipe.epochs as u64
}
