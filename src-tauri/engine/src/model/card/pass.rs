//! What every block of a forward or backward pass on the card is handed.

use std::ops::Range;

use cuda::operations::{
    Heads, Norm, NormGradients, SequencesOnCard, Write, dense_weight_gradient, sum_columns,
};
use cuda::{CudaError, Device, Memory, Stored, View, ViewMut};
use kernels::activation::Nonlinearity;
use kernels::dropout::Dropout;

use crate::model::backend::{DropoutSite, DropoutStream};
use crate::model::config::BertConfig;

/// The constants of one pass over one batch.
#[derive(Debug)]
pub(super) struct Pass<'a, V: Stored> {
    pub(super) device: &'a Device,
    pub(super) config: &'a BertConfig,
    /// The flat buffer, and the same as products read it.
    pub(super) parameters: View<'a, f32>,
    pub(super) weights: View<'a, V>,
    pub(super) sequences: &'a SequencesOnCard,
    pub(super) tokens: usize,
    pub(super) sequence_count: usize,
    /// Dropout in training; none in evaluation.
    pub(super) dropout: Option<DropoutStream>,
}

// Not derived: that would ask the same of the values.
impl<V: Stored> Clone for Pass<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V: Stored> Copy for Pass<'_, V> {}

impl<'a, V: Stored> Pass<'a, V> {
    pub(super) fn hidden(&self) -> usize {
        self.config.hidden_size
    }

    pub(super) fn heads(&self) -> Heads {
        Heads {
            count: self.config.heads,
            size: self.config.head_size(),
        }
    }

    pub(super) fn values(&self, range: &Range<usize>) -> View<'a, f32> {
        self.parameters.part(range.clone())
    }

    /// A dense layer's matrix, (outputs, inputs).
    pub(super) fn weight(&self, range: &Range<usize>) -> View<'a, V> {
        self.weights.part(range.clone())
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

/// The flat gradient buffer on the card and the loss, and whether to add to them.
#[derive(Debug)]
pub(super) struct Gradients<'a> {
    pub(super) flat: &'a mut Memory<f32>,
    /// Its first value is the loss.
    pub(super) loss: &'a mut Memory<f32>,
    pub(super) write: Write,
}

/// Where the parameters of a dense layer lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct DenseRanges<'a> {
    /// (outputs, inputs)
    pub(super) weight: &'a Range<usize>,
    /// (outputs)
    pub(super) bias: &'a Range<usize>,
}

impl Gradients<'_> {
    /// Those of a dense layer's matrix and bias, from `slope` (rows, outputs), the gradient of what it gave, and its
    /// `input` (rows, inputs). `partial` is room that grows.
    pub(super) fn dense<V: Stored>(
        &mut self,
        device: &Device,
        ranges: DenseRanges<'_>,
        (slope, input): (View<'_, V>, View<'_, V>),
        partial: &mut Memory<f32>,
    ) -> Result<(), CudaError> {
        let bias = self.flat.part_mut(ranges.bias.clone());
        sum_columns(device, bias, slope, self.write, partial)?;
        let inputs = ranges.weight.len() / ranges.bias.len();
        self.weight(device, ranges.weight, inputs, (slope, input), partial)
    }

    /// That of a dense layer's matrix (outputs, inputs) alone.
    pub(super) fn weight<V: Stored>(
        &mut self,
        device: &Device,
        range: &Range<usize>,
        inputs: usize,
        (slope, input): (View<'_, V>, View<'_, V>),
        partial: &mut Memory<f32>,
    ) -> Result<(), CudaError> {
        let weight = self.flat.part_mut(range.clone());
        dense_weight_gradient(device, weight, slope, input, inputs, self.write, partial)
    }

    /// Scale and shift of a normalisation, which lie side by side.
    pub(super) fn norm(&mut self, scale: &Range<usize>, shift: &Range<usize>) -> NormGradients<'_> {
        norm_of(
            self.flat.part_mut(scale.start..shift.end),
            scale.len(),
            self.write,
        )
    }

    /// A bias, and the normalisation that lies right after it.
    pub(super) fn bias_and_norm(
        &mut self,
        bias: &Range<usize>,
        (scale, shift): (&Range<usize>, &Range<usize>),
    ) -> (ViewMut<'_, f32>, NormGradients<'_>) {
        assert_eq!(bias.end, scale.start, "they lie side by side");
        let all = self.flat.part_mut(bias.start..shift.end);
        let (bias, norm) = all.split_at(bias.len());
        (bias, norm_of(norm, scale.len(), self.write))
    }
}

fn norm_of(both: ViewMut<'_, f32>, width: usize, write: Write) -> NormGradients<'_> {
    let (scale, shift) = both.split_at(width);
    NormGradients {
        scale,
        shift,
        write,
    }
}
