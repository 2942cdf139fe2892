//! Batches without padding: the word pieces of all sequences one after another.

/// One text as word-piece ids, `[CLS]` first and `[SEP]` last.
pub type TokenIds = Vec<u32>;

/// The tokens of several sequences in one row, without padding. All matrices of the model have
/// one row a token of this list; only attention looks at the sequences.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackedBatch {
    /// Word-piece ids of all sequences, shape (tokens).
    pub ids: Vec<u32>,
    /// Where each sequence starts, and the number of tokens last, shape (sequences + 1).
    pub starts: Vec<usize>,
}

impl PackedBatch {
    /// Packs the sequences in their order. Empty sequences are legal only by having no `[CLS]`,
    /// which a tokenizer never gives: they are left out.
    pub fn new<'a>(sequences: impl IntoIterator<Item = &'a [u32]>) -> Self {
        let mut batch = Self {
            ids: Vec::new(),
            starts: vec![0],
        };
        for sequence in sequences
            .into_iter()
            .filter(|sequence| !sequence.is_empty())
        {
            batch.ids.extend_from_slice(sequence);
            batch.starts.push(batch.ids.len());
        }
        batch
    }

    /// The number of tokens.
    pub fn tokens(&self) -> usize {
        self.ids.len()
    }

    /// The number of sequences.
    pub fn sequences(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The length of the longest sequence, in tokens.
    pub fn longest(&self) -> usize {
        self.starts
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .max()
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_lie_one_after_another() {
        let batch = PackedBatch::new([&[1, 2, 3][..], &[4][..]]);
        assert_eq!(batch.ids, [1, 2, 3, 4]);
        assert_eq!(batch.starts, [0, 3, 4]);
        assert_eq!(
            (batch.tokens(), batch.sequences(), batch.longest()),
            (4, 2, 3)
        );
    }
}
