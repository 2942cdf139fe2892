//! A packed batch as the padded tensors that candle's batched products ask for.

use candle_core::{Device, Result, Tensor};

use crate::text::batch::PackedBatch;

/// Added to the attention scores of padding. Finite, so that no difference of two is NaN, and so
/// low that its exponential is exactly 0.
const MASKED: f32 = -1e30;

/// The sequences of a batch in rows of one width. Padding is word piece 0 at the end; no other
/// token sees it, so that it gives nothing to any gradient.
pub(super) struct PaddedBatch {
    /// Sequences.
    pub(super) sequences: usize,
    /// Tokens a sequence, with padding.
    pub(super) width: usize,
    /// Where each sequence starts in the packed batch, shape (sequences + 1).
    pub(super) starts: Vec<usize>,
    /// Word-piece ids, shape (sequences * width).
    pub(super) ids: Tensor,
    /// 0 for tokens and `MASKED` for padding, shape (sequences, 1, 1, width).
    pub(super) mask: Tensor,
    /// The row of each `[CLS]` among the padded tokens, shape (sequences).
    pub(super) first_rows: Tensor,
}

impl PaddedBatch {
    /// Pads a batch that holds at least one sequence.
    pub(super) fn new(batch: &PackedBatch, device: &Device) -> Result<Self> {
        let (sequences, width) = (batch.sequences(), batch.longest());
        let mut ids = vec![0; sequences * width];
        let mut mask = vec![MASKED; sequences * width];
        for (sequence, tokens) in sequences_of(&batch.starts) {
            let row = sequence * width;
            ids[row..row + tokens.len()].copy_from_slice(&batch.ids[tokens.clone()]);
            mask[row..row + tokens.len()].fill(0.0);
        }
        let first_rows: Vec<u32> = (0..sequences)
            .map(|sequence| (sequence * width) as u32)
            .collect();
        Ok(Self {
            sequences,
            width,
            starts: batch.starts.clone(),
            ids: Tensor::from_vec(ids, sequences * width, device)?,
            mask: Tensor::from_vec(mask, (sequences, 1, 1, width), device)?,
            first_rows: Tensor::from_vec(first_rows, sequences, device)?,
        })
    }

    /// Each sequence's number and the packed rows of its tokens.
    pub(super) fn packed_rows(&self) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> {
        sequences_of(&self.starts)
    }
}

fn sequences_of(starts: &[usize]) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> {
    starts.windows(2).map(|pair| pair[0]..pair[1]).enumerate()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_sequences_are_filled_up_and_masked() {
        let packed = PackedBatch::new([&[2, 7, 3][..], &[2][..]]);
        let padded = PaddedBatch::new(&packed, &Device::Cpu).unwrap();
        assert_eq!((padded.sequences, padded.width), (2, 3));
        assert_eq!(padded.ids.to_vec1::<u32>().unwrap(), [2, 7, 3, 2, 0, 0]);
        assert_eq!(padded.first_rows.to_vec1::<u32>().unwrap(), [0, 3]);
        let mask: Vec<f32> = padded.mask.flatten_all().unwrap().to_vec1().unwrap();
        assert_eq!(mask, [0.0, 0.0, 0.0, 0.0, MASKED, MASKED]);
    }
}
