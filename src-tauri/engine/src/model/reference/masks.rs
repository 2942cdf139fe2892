//! Dropout by explicit masks, drawn at the element indices of the packed batch, so that every
//! backend drops the same elements.

use candle_core::{Result, Tensor};
use kernels::dropout::Dropout;

use super::padding::PaddedBatch;
use crate::model::backend::{DropoutSite, DropoutStream};

/// The dropout of one pass over one batch.
pub(super) struct Masks<'a> {
    /// Where the random numbers come from; none in evaluation.
    pub(super) stream: Option<DropoutStream>,
    /// The batch that is computed.
    pub(super) batch: &'a PaddedBatch,
}

impl Masks<'_> {
    fn dropout(&self, site: DropoutSite, rate: f32) -> Option<Dropout> {
        let stream = self.stream?;
        let dropout = Dropout::new(stream.seed, stream.step, site.number(), rate);
        (!dropout.is_none()).then_some(dropout)
    }

    /// Drops elements of a value a padded token, shape (sequences * width, columns).
    pub(super) fn drop_tokens(&self, x: &Tensor, site: DropoutSite, rate: f32) -> Result<Tensor> {
        let Some(dropout) = self.dropout(site, rate) else {
            return Ok(x.clone());
        };
        let columns = x.dim(1)?;
        let mut factors = vec![1.0f32; x.elem_count()];
        for (sequence, tokens) in self.batch.packed_rows() {
            let row = sequence * self.batch.width * columns;
            let packed = tokens.start * columns..tokens.end * columns;
            for (factor, index) in factors[row..].iter_mut().zip(packed) {
                *factor = dropout.factor(index as u32);
            }
        }
        x * Tensor::from_vec(factors, x.shape(), x.device())?
    }

    /// Drops elements of one value a sequence, shape (sequences, columns).
    pub(super) fn drop_sequences(
        &self,
        x: &Tensor,
        site: DropoutSite,
        rate: f32,
    ) -> Result<Tensor> {
        let Some(dropout) = self.dropout(site, rate) else {
            return Ok(x.clone());
        };
        let factors: Vec<f32> = (0..x.elem_count())
            .map(|index| dropout.factor(index as u32))
            .collect();
        x * Tensor::from_vec(factors, x.shape(), x.device())?
    }

    /// Drops attention probabilities, shape (sequences, heads, width, width).
    pub(super) fn drop_attention(&self, x: &Tensor, layer: usize, rate: f32) -> Result<Tensor> {
        let Some(dropout) = self.dropout(DropoutSite::Attention(layer), rate) else {
            return Ok(x.clone());
        };
        let (heads, width) = (x.dim(1)?, self.batch.width);
        let mut factors = vec![1.0f32; x.elem_count()];
        let mut base = 0;
        for (sequence, tokens) in self.batch.packed_rows() {
            let length = tokens.len();
            for (head, query) in (0..heads).flat_map(|h| (0..length).map(move |i| (h, i))) {
                let row = ((sequence * heads + head) * width + query) * width;
                let packed = base + (head * length + query) * length;
                for key in 0..length {
                    factors[row + key] = dropout.factor((packed + key) as u32);
                }
            }
            base += heads * length * length;
        }
        x * Tensor::from_vec(factors, x.shape(), x.device())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::batch::PackedBatch;
    use candle_core::{DType, Device};

    const STREAM: DropoutStream = DropoutStream { seed: 3, step: 5 };
    const RATE: f32 = 0.5;

    fn ones(shape: &[usize]) -> Tensor {
        Tensor::ones(shape, DType::F32, &Device::Cpu).unwrap()
    }

    fn values(x: Tensor) -> Vec<f32> {
        x.flatten_all().unwrap().to_vec1().unwrap()
    }

    fn drawn(site: DropoutSite, indices: impl IntoIterator<Item = u32>) -> Vec<f32> {
        let dropout = Dropout::new(STREAM.seed, STREAM.step, site.number(), RATE);
        indices
            .into_iter()
            .map(|index| dropout.factor(index))
            .collect()
    }

    /// Sequences of two and of one token; the second is padded.
    fn batch() -> PaddedBatch {
        PaddedBatch::new(&PackedBatch::new([&[2, 3][..], &[2][..]]), &Device::Cpu).unwrap()
    }

    #[test]
    fn tokens_are_dropped_by_their_packed_row() {
        let batch = batch();
        let masks = Masks {
            stream: Some(STREAM),
            batch: &batch,
        };
        let site = DropoutSite::Output(0);
        let found = values(masks.drop_tokens(&ones(&[4, 8]), site, RATE).unwrap());
        assert_eq!(found[..24], drawn(site, 0..24));
        assert_eq!(found[24..], [1.0; 8]);
    }

    #[test]
    fn sequences_are_dropped_by_their_number() {
        let batch = batch();
        let masks = Masks {
            stream: Some(STREAM),
            batch: &batch,
        };
        let site = DropoutSite::Classifier;
        let found = values(masks.drop_sequences(&ones(&[2, 8]), site, RATE).unwrap());
        assert_eq!(found, drawn(site, 0..16));
    }

    #[test]
    fn attention_is_dropped_by_head_query_and_key_of_the_unpadded_sequence() {
        let batch = batch();
        let masks = Masks {
            stream: Some(STREAM),
            batch: &batch,
        };
        let found = values(masks.drop_attention(&ones(&[2, 3, 2, 2]), 1, RATE).unwrap());
        let site = DropoutSite::Attention(1);
        assert_eq!(found[..12], drawn(site, 0..12));
        // The second sequence has one token: one element a head, after the 3 * 2 * 2 of the first.
        let second = drawn(site, 12..15);
        for (head, &factor) in second.iter().enumerate() {
            assert_eq!(found[12 + 4 * head..16 + 4 * head], [factor, 1.0, 1.0, 1.0]);
        }
    }

    #[test]
    fn without_a_stream_nothing_is_dropped() {
        let batch = batch();
        let masks = Masks {
            stream: None,
            batch: &batch,
        };
        let found = masks
            .drop_tokens(&ones(&[4, 8]), DropoutSite::Embeddings, RATE)
            .unwrap();
        assert_eq!(values(found), [1.0; 32]);
    }
}
