//! A learner whose buffers lie in the memory of this machine, over any backend.

use std::borrow::Cow;

use kernels::adamw::{sum_of_squares, update};
use rayon::prelude::*;

use crate::model::backend::{Backend, BackendError, TrainingBatch};
use crate::model::learner::{Learner, LearnerState, Update, UpdatePlan, Updated};
use crate::text::batch::PackedBatch;

/// A learner whose buffers lie in the memory of this machine, and which is done with everything when it returns.
#[derive(Debug)]
pub struct HostLearner<'a, B: ?Sized> {
    backend: &'a mut B,
    buffers: Buffers,
    /// The loss of the update to come.
    loss: f64,
    done: Vec<Updated>,
}

/// All in the parameters' layout.
#[derive(Debug)]
struct Buffers {
    plan: UpdatePlan,
    parameters: Vec<f32>,
    gradients: Vec<f32>,
    first_moments: Vec<f32>,
    second_moments: Vec<f32>,
    average: Option<Vec<f32>>,
}

impl<'a, B: Backend + ?Sized> HostLearner<'a, B> {
    /// A learner that begins or goes on with this state.
    pub fn new(backend: &'a mut B, state: LearnerState, plan: UpdatePlan) -> Self {
        let LearnerState {
            parameters,
            moments,
            average,
        } = state;
        let length = parameters.len();
        let [first_moments, second_moments] =
            moments.unwrap_or_else(|| [vec![0.0; length], vec![0.0; length]]);
        let average = plan
            .averages
            .then(|| average.unwrap_or_else(|| parameters.clone()));
        Self {
            backend,
            buffers: Buffers {
                gradients: vec![0.0; length],
                plan,
                parameters,
                first_moments,
                second_moments,
                average,
            },
            loss: 0.0,
            done: Vec::new(),
        }
    }
}

impl Buffers {
    /// What answers.
    fn weights(&self) -> &[f32] {
        self.average.as_ref().unwrap_or(&self.parameters)
    }

    /// The norm of all gradients that are updated with.
    fn gradient_norm(&self) -> f64 {
        let squares = self
            .plan
            .groups
            .iter()
            .map(|group| sum_of_squares(&self.gradients[group.range.clone()]));
        squares.sum::<f64>().sqrt()
    }

    /// Gives the norm of all gradients before clipping, when they are clipped.
    fn step(&mut self, settings: Update) -> Option<f64> {
        let norm = self.plan.clipping_norm.map(|_| self.gradient_norm());
        // As PyTorch's `clip_grad_norm_`.
        let scale = match (self.plan.clipping_norm, norm) {
            (Some(limit), Some(norm)) => (limit / (norm + 1e-6)).min(1.0),
            _ => 1.0,
        };
        for group in &self.plan.groups {
            let range = group.range.clone();
            update(
                group.settings(settings, scale as f32),
                &mut self.parameters[range.clone()],
                &self.gradients[range.clone()],
                &mut self.first_moments[range.clone()],
                &mut self.second_moments[range],
            );
        }
        if let Some(average) = &mut self.average {
            carry_on(average, &self.parameters, settings.average_kept);
        }
        norm
    }
}

fn carry_on(average: &mut [f32], parameters: &[f32], kept: f32) {
    average
        .par_chunks_mut(32_768)
        .zip(parameters.par_chunks(32_768))
        .for_each(|(average, parameters)| {
            for (average, parameter) in average.iter_mut().zip(parameters) {
                *average += (1.0 - kept) * (parameter - *average);
            }
        });
}

impl<B: Backend + ?Sized> Learner for HostLearner<'_, B> {
    fn learn(&mut self, batch: TrainingBatch<'_>) -> Result<(), BackendError> {
        let Buffers {
            parameters,
            gradients,
            ..
        } = &mut self.buffers;
        self.loss += self.backend.train(parameters, batch, gradients)?;
        Ok(())
    }

    fn update(&mut self, update: Update) -> Result<(), BackendError> {
        let mut gradient_norm = None;
        let buffers = &mut self.buffers;
        self.backend
            .run(&mut || gradient_norm = buffers.step(update));
        self.done.push(Updated {
            number: update.number,
            loss: std::mem::take(&mut self.loss),
            gradient_norm,
        });
        Ok(())
    }

    fn done(&mut self, _waits: bool) -> Result<Vec<Updated>, BackendError> {
        Ok(std::mem::take(&mut self.done))
    }

    fn tokens_a_batch(&self) -> usize {
        self.backend.tokens_a_batch()
    }

    fn logits(&mut self, batch: &PackedBatch) -> Result<Vec<f32>, BackendError> {
        self.backend.logits(self.buffers.weights(), batch)
    }

    fn weights(&mut self) -> Result<Cow<'_, [f32]>, BackendError> {
        Ok(Cow::Borrowed(self.buffers.weights()))
    }

    fn sections(&mut self) -> Result<Vec<Cow<'_, [f32]>>, BackendError> {
        let Buffers {
            parameters,
            first_moments,
            second_moments,
            average,
            ..
        } = &self.buffers;
        let mut sections: Vec<Cow<'_, [f32]>> = vec![
            parameters.into(),
            first_moments.into(),
            second_moments.into(),
        ];
        sections.extend(average.iter().map(Cow::from));
        Ok(sections)
    }
}
