//! What a table of articles looks like: how often each label stands, which stand together, and
//! how long the texts are.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::labels::LabelMatrix;
use crate::text::tokenizer::Encoded;

/// Word pieces that one bin of the histogram of lengths spans.
const BIN_WIDTH: usize = 32;

/// Counts of a labelled table, as they are stored with a model and drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DatasetProfile {
    /// The labels' names.
    pub labels: Vec<String>,
    /// Rows that have each label, shape (labels).
    pub label_counts: Vec<usize>,
    /// Rows that have both labels, shape (labels, labels); the diagonal is `label_counts`.
    pub together: Vec<Vec<usize>>,
    /// Rows by how many labels they have: `[0]` counts those without any.
    pub labels_a_row: Vec<usize>,
    /// How long the texts are.
    pub lengths: LengthHistogram,
}

/// Texts by their number of word pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LengthHistogram {
    /// Word pieces that a bin spans; bin `i` counts texts of `i * width + 1` to
    /// `(i + 1) * width` word pieces, `[CLS]` and `[SEP]` included.
    pub bin_width: usize,
    /// Texts in each bin.
    pub counts: Vec<usize>,
    /// Where the recipe cuts.
    pub cut: usize,
    /// Texts that are cut.
    pub texts_cut: usize,
    /// Word pieces of all texts.
    pub word_pieces: usize,
    /// Word pieces of all texts that are left out.
    pub word_pieces_cut: usize,
}

impl DatasetProfile {
    /// Counts labels, and lengths of the texts as they were encoded with `cut` as the most.
    pub fn new(labels: &[String], targets: &LabelMatrix, encoded: &[Encoded], cut: usize) -> Self {
        let count = labels.len();
        let mut together = vec![vec![0; count]; count];
        let mut labels_a_row = vec![0; count + 1];
        for row in 0..targets.rows() {
            let has: Vec<usize> = (0..count)
                .filter(|&label| targets.row(row)[label])
                .collect();
            labels_a_row[has.len()] += 1;
            for &first in &has {
                for &second in &has {
                    together[first][second] += 1;
                }
            }
        }
        Self {
            labels: labels.into(),
            label_counts: (0..count).map(|label| together[label][label]).collect(),
            together,
            labels_a_row,
            lengths: LengthHistogram::new(encoded, cut),
        }
    }
}

impl LengthHistogram {
    fn new(encoded: &[Encoded], cut: usize) -> Self {
        let mut histogram = Self {
            bin_width: BIN_WIDTH,
            cut,
            ..Self::default()
        };
        for text in encoded {
            let bin = text.word_pieces.saturating_sub(1) / BIN_WIDTH;
            if histogram.counts.len() <= bin {
                histogram.counts.resize(bin + 1, 0);
            }
            histogram.counts[bin] += 1;
            histogram.texts_cut += usize::from(text.cut > 0);
            histogram.word_pieces += text.word_pieces;
            histogram.word_pieces_cut += text.cut;
        }
        histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_counted_alone_and_together() {
        let labels = ["a".to_owned(), "b".to_owned()];
        let targets = LabelMatrix::new(2, vec![true, true, true, false, false, false]);
        let profile = DatasetProfile::new(&labels, &targets, &[], 128);
        assert_eq!(profile.label_counts, [2, 1]);
        assert_eq!(profile.together, [[2, 1], [1, 1]]);
        assert_eq!(profile.labels_a_row, [1, 1, 1]);
    }

    #[test]
    fn lengths_fall_in_bins_that_end_at_whole_widths() {
        let text = |word_pieces: usize| Encoded {
            ids: vec![0; word_pieces.min(64)],
            word_pieces,
            cut: word_pieces.saturating_sub(64),
        };
        let encoded = [text(2), text(32), text(33), text(100)];
        let histogram = LengthHistogram::new(&encoded, 64);
        assert_eq!(histogram.counts, [2, 1, 0, 1]);
        assert_eq!((histogram.texts_cut, histogram.word_pieces_cut), (1, 36));
        assert_eq!(histogram.word_pieces, 167);
    }
}
