//! A model that learns on the card: nothing of it is on the processor but what is read.

use std::borrow::Cow;
use std::collections::VecDeque;

use cuda::operations::{self, adamw, clip};
use cuda::{CudaError, Device, Memory, Reading, Stored};

use super::pass::Gradients;
use super::{OnCard, Shape, Weights, write};
use crate::model::backend::{BackendError, TrainingBatch, check_batch, check_training_batch};
use crate::model::learner::{Learner, LearnerState, Update, UpdateGroup, UpdatePlan, Updated};
use crate::text::batch::PackedBatch;

/// Updates that the card may be behind: enough for it never to wait, few enough for a stop to be quick.
const MOST_BEHIND: usize = 4;

/// A model that learns on a card.
#[derive(Debug)]
pub(super) struct CardLearner<'a, V: Stored> {
    shape: &'a Shape,
    model: &'a mut OnCard<V>,
    weights: Weights<V>,
    gradients: Memory<f32>,
    first_moments: Memory<f32>,
    second_moments: Memory<f32>,
    /// What answers, where it is not the weights.
    average: Option<Weights<V>>,
    /// Whether updates changed the average since products could read it last.
    is_average_changed: bool,
    plan: operations::UpdatePlan,
    /// One of each kind; they lie in the plan in this order.
    kinds: Vec<UpdateGroup>,
    clipping_norm: Option<f64>,
    /// The loss, and the norm of the gradients.
    results: Memory<f32>,
    /// Those of the updates that were asked for, on their way here.
    readings: VecDeque<(u64, Reading)>,
}

impl<'a, V: Stored> CardLearner<'a, V> {
    pub(super) fn new(
        shape: &'a Shape,
        model: &'a mut OnCard<V>,
        state: LearnerState,
        plan: UpdatePlan,
    ) -> Result<Self, CudaError> {
        model.prepared = None;
        let device = model.device.clone();
        let LearnerState {
            parameters,
            moments,
            average,
        } = state;
        let [first_moments, second_moments] = match moments {
            Some([first, second]) => [device.upload(&first)?, device.upload(&second)?],
            None => [
                zeros(&device, parameters.len())?,
                zeros(&device, parameters.len())?,
            ],
        };
        let average = match plan.averages {
            true => {
                let average = average.as_deref().unwrap_or(&parameters);
                Some(Weights::new(&device, average)?)
            }
            false => None,
        };
        let (kinds, ranges) = kinds(&plan.groups);
        Ok(Self {
            shape,
            weights: Weights::new(&device, &parameters)?,
            gradients: zeros(&device, parameters.len())?,
            first_moments,
            second_moments,
            average,
            is_average_changed: false,
            plan: operations::UpdatePlan::new(&device, &ranges)?,
            kinds,
            clipping_norm: plan.clipping_norm,
            results: zeros(&device, 2)?,
            readings: VecDeque::new(),
            model,
        })
    }

    fn update_on_card(&mut self, update: Update) -> Result<(), CudaError> {
        let device = &self.model.device;
        let count = self.weights.len();
        if let Some(limit) = self.clipping_norm {
            let norm = self.results.part_mut(1..2);
            let gradients = self.gradients.view(count);
            clip(device, &mut self.plan, gradients, norm, limit as f32)?;
        }
        // The gradients are scaled by what clipping left on the card.
        let settings: Vec<_> = self
            .kinds
            .iter()
            .map(|kind| kind.settings(update, 1.0))
            .collect();
        let average = self.average.as_mut();
        let updated = operations::Updated {
            parameters: self.weights.single.view_mut(count),
            first_moments: self.first_moments.view_mut(count),
            second_moments: self.second_moments.view_mut(count),
            gradients: self.gradients.view(count),
            rounded: V::rounded(&mut self.weights.rounded, count),
            average: average.map(|to| (to.single.view_mut(count), 1.0 - update.average_kept)),
        };
        adamw(device, &self.plan, updated, &settings)?;
        self.is_average_changed = true;
        let reading = self.results.read_later(2)?;
        self.readings.push_back((update.number, reading));
        Ok(())
    }

    fn take_done(&mut self, waits: bool) -> Result<Vec<Updated>, CudaError> {
        let mut done = Vec::new();
        while let Some((_, reading)) = self.readings.front() {
            let is_far_behind = self.readings.len() > MOST_BEHIND;
            if !(waits || is_far_behind || reading.has_arrived()?) {
                break;
            }
            let Some((number, reading)) = self.readings.pop_front() else {
                break;
            };
            let values = reading.values()?;
            done.push(Updated {
                number,
                loss: f64::from(values[0]),
                gradient_norm: self.clipping_norm.map(|_| f64::from(values[1])),
            });
        }
        Ok(done)
    }

    /// Buffers of the card as they are now.
    fn read(&self, memory: &Memory<f32>) -> Result<Cow<'static, [f32]>, CudaError> {
        let mut values = vec![0.0; memory.len()];
        memory.read(&mut values)?;
        Ok(values.into())
    }
}

fn zeros(device: &Device, count: usize) -> Result<Memory<f32>, CudaError> {
    let mut memory = device.memory(count)?;
    memory.clear()?;
    Ok(memory)
}

/// One of each kind of groups, and the ranges of all with the number of their kind.
fn kinds(groups: &[UpdateGroup]) -> (Vec<UpdateGroup>, Vec<(std::ops::Range<usize>, usize)>) {
    let mut kinds: Vec<UpdateGroup> = Vec::new();
    let mut ranges = Vec::with_capacity(groups.len());
    for group in groups {
        let is_alike = |kind: &UpdateGroup| {
            kind.rate_factor == group.rate_factor && kind.weight_decay == group.weight_decay
        };
        let kind = kinds.iter().position(is_alike).unwrap_or_else(|| {
            kinds.push(group.clone());
            kinds.len() - 1
        });
        ranges.push((group.range.clone(), kind));
    }
    (kinds, ranges)
}

impl<V: Stored> Learner for CardLearner<'_, V> {
    fn learn(&mut self, batch: TrainingBatch<'_>) -> Result<(), BackendError> {
        check_training_batch(&self.shape.config, &self.shape.layout, batch)?;
        let to = Gradients {
            flat: &mut self.gradients,
            loss: &mut self.results,
            write: write(batch),
        };
        Ok(self.model.learn(self.shape, &self.weights, batch, to)?)
    }

    fn update(&mut self, update: Update) -> Result<(), BackendError> {
        Ok(self.update_on_card(update)?)
    }

    fn done(&mut self, waits: bool) -> Result<Vec<Updated>, BackendError> {
        Ok(self.take_done(waits)?)
    }

    fn tokens_a_batch(&self) -> usize {
        self.model.tokens_a_batch()
    }

    fn logits(&mut self, batch: &PackedBatch) -> Result<Vec<f32>, BackendError> {
        check_batch(&self.shape.config, batch)?;
        let weights = match &mut self.average {
            Some(average) => {
                if std::mem::take(&mut self.is_average_changed) {
                    average.round(&self.model.device)?;
                }
                average
            }
            None => &self.weights,
        };
        Ok(self.model.logits_of(self.shape, weights, batch)?)
    }

    fn weights(&mut self) -> Result<Cow<'_, [f32]>, BackendError> {
        let weights = self.average.as_ref().unwrap_or(&self.weights);
        Ok(self.read(&weights.single)?)
    }

    fn sections(&mut self) -> Result<Vec<Cow<'_, [f32]>>, BackendError> {
        let mut sections = vec![
            self.read(&self.weights.single)?,
            self.read(&self.first_moments)?,
            self.read(&self.second_moments)?,
        ];
        if let Some(average) = &self.average {
            sections.push(self.read(&average.single)?);
        }
        Ok(sections)
    }
}
