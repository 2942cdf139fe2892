//! What every block of a forward or backward pass is handed.

use std::ops::Range;

use kernels::activation::Nonlinearity;
use kernels::attention::Sequences;
use kernels::dropout::Dropout;
use kernels::layer_norm::{Norm, NormGradients};
use kernels::matrix::{Matrix, Precision, Right, Start, Write, multiply};

use super::prepared::PreparedWeights;
use crate::model::backend::{DropoutSite, DropoutStream};
use crate::model::config::BertConfig;

/// The constants of one pass over one batch.
#[derive(Clone, Copy)]
pub(super) struct Pass<'a> {
    pub(super) config: &'a BertConfig,
    pub(super) parameters: &'a [f32],
    /// Where each sequence starts, and the number of tokens last.
    pub(super) starts: &'a [usize],
    /// Dropout in training; none in evaluation.
    pub(super) dropout: Option<DropoutStream>,
    /// What products between layers multiply. The head's are small and always in single precision.
    pub(super) precision: Precision,
    /// The weights of the layers as products read them, where they do not change.
    pub(super) prepared: Option<&'a PreparedWeights>,
}

impl<'a> Pass<'a> {
    pub(super) fn hidden(&self) -> usize {
        self.config.hidden_size
    }

    pub(super) fn tokens(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    pub(super) fn sequence_count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The rows of `[CLS]`, one a sequence.
    pub(super) fn first_rows(&self) -> &'a [usize] {
        &self.starts[..self.sequence_count()]
    }

    pub(super) fn sequences(&self) -> Sequences<'a> {
        Sequences {
            starts: self.starts,
            heads: self.config.heads,
            head_size: self.config.head_size(),
        }
    }

    pub(super) fn values(&self, range: &Range<usize>) -> &'a [f32] {
        &self.parameters[range.clone()]
    }

    /// A dense layer's matrix, (outputs, inputs).
    pub(super) fn weight(&self, range: &Range<usize>, inputs: usize) -> Matrix<'a> {
        Matrix::new(self.values(range), range.len() / inputs, inputs)
    }

    /// `destination` (rows, outputs) = `input` (rows, inputs) through a dense layer of the encoder.
    pub(super) fn project(
        &self,
        destination: &mut [f32],
        input: Matrix<'_>,
        (weight, inputs): (&Range<usize>, usize),
        start: Start<'_>,
    ) {
        let prepared = self.prepared.and_then(|weights| weights.get(weight.start));
        let weight = match prepared {
            Some(prepared) => Right::Prepared(prepared),
            None => Right::Matrix(self.weight(weight, inputs).transposed()),
        };
        multiply(destination, input, weight, start, self.precision);
    }

    /// The gradient of a dense layer's input: `slope` (rows, outputs) * its matrix.
    pub(super) fn input_gradient(
        &self,
        destination: &mut [f32],
        slope: Matrix<'_>,
        (weight, inputs): (&Range<usize>, usize),
        write: Write,
    ) {
        let weight = self.weight(weight, inputs);
        multiply(destination, slope, weight, write, self.precision);
    }

    pub(super) fn norm(&self, scale: &Range<usize>, shift: &Range<usize>) -> Norm<'a> {
        Norm {
            scale: self.values(scale),
            shift: self.values(shift),
            epsilon: self.config.layer_norm_epsilon,
        }
    }

    pub(super) fn dropout(&self, site: DropoutSite) -> Dropout {
        site.dropout(self.config, self.dropout)
    }

    pub(super) fn nonlinearity(&self) -> Nonlinearity {
        self.config.activation.into()
    }
}

/// The flat gradient buffer, and whether to add to it.
pub(super) struct Gradients<'a> {
    pub(super) flat: &'a mut [f32],
    pub(super) write: Write,
    pub(super) precision: Precision,
}

impl Gradients<'_> {
    /// The gradient of a dense layer's matrix: `slope`ᵀ (outputs, rows) * `input` (rows, inputs).
    pub(super) fn weight(&mut self, range: &Range<usize>, slope: Matrix<'_>, input: Matrix<'_>) {
        multiply(
            &mut self.flat[range.clone()],
            slope.transposed(),
            input,
            self.write,
            self.precision,
        );
    }

    /// The gradient of a bias: the sum of `slope` (rows, width) over its rows.
    pub(super) fn bias(&mut self, range: &Range<usize>, slope: &[f32]) {
        kernels::bias::sum_rows(&mut self.flat[range.clone()], slope, self.write);
    }

    /// Scale and shift of a normalisation, which lie side by side.
    pub(super) fn norm(&mut self, scale: &Range<usize>, shift: &Range<usize>) -> NormGradients<'_> {
        let both = &mut self.flat[scale.start..shift.end];
        let (scale, shift) = both.split_at_mut(scale.len());
        NormGradients {
            scale,
            shift,
            write: self.write,
        }
    }

    /// A bias, and the normalisation that lies somewhere after it.
    pub(super) fn bias_and_norm(
        &mut self,
        bias: &Range<usize>,
        (scale, shift): (&Range<usize>, &Range<usize>),
    ) -> (&mut [f32], NormGradients<'_>) {
        let (before, norm) = self.flat.split_at_mut(scale.start);
        let (scale, shift) = norm[..shift.end - scale.start].split_at_mut(scale.len());
        let norm = NormGradients {
            scale,
            shift,
            write: self.write,
        };
        (&mut before[bias.clone()], norm)
    }
}
