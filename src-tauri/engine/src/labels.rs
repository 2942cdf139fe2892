//! Label assignments as row-major matrices: which label each article has, and which score a
//! model gave it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which labels each row has: row-major, shape (rows, labels).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LabelMatrix {
    labels: usize,
    values: Vec<bool>,
}

/// The probability a model gave to each label of each row: row-major, shape (rows, labels),
/// each value in [0, 1].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScoreMatrix {
    labels: usize,
    values: Vec<f64>,
}

macro_rules! row_major {
    ($matrix:ident, $value:ty) => {
        impl $matrix {
            /// Wraps row-major `values` of shape (rows, `labels`). Values beyond the last whole
            /// row are dropped, so that every row is complete.
            pub fn new(labels: usize, mut values: Vec<$value>) -> Self {
                let rows = if labels == 0 {
                    0
                } else {
                    values.len() / labels
                };
                values.truncate(rows * labels);
                Self { labels, values }
            }

            /// The number of rows.
            pub fn rows(&self) -> usize {
                if self.labels == 0 {
                    0
                } else {
                    self.values.len() / self.labels
                }
            }

            /// Adds rows with the same labels at the end.
            pub fn append(&mut self, more: &Self) {
                debug_assert_eq!(self.labels, more.labels, "rows of the same labels");
                self.values.extend_from_slice(&more.values);
            }

            /// The number of labels, that is, of columns.
            pub fn labels(&self) -> usize {
                self.labels
            }

            /// One row, shape (labels). Empty when `row` is out of range.
            pub fn row(&self, row: usize) -> &[$value] {
                self.values
                    .get(row * self.labels..(row + 1) * self.labels)
                    .unwrap_or(&[])
            }

            /// The values of one label over all rows, shape (rows).
            pub fn column(&self, label: usize) -> impl Iterator<Item = $value> + '_ {
                self.values
                    .iter()
                    .skip(label)
                    .step_by(self.labels.max(1))
                    .copied()
            }

            /// All values, row-major.
            pub fn values(&self) -> &[$value] {
                &self.values
            }

            /// The rows with the given numbers, in that order; numbers out of range are left out.
            pub fn select(&self, rows: &[usize]) -> Self {
                let values = rows
                    .iter()
                    .flat_map(|&row| self.row(row))
                    .copied()
                    .collect();
                Self {
                    labels: self.labels,
                    values,
                }
            }
        }
    };
}

row_major!(LabelMatrix, bool);
row_major!(ScoreMatrix, f64);

impl LabelMatrix {
    /// How many rows have each label, shape (labels).
    pub fn label_counts(&self) -> Vec<usize> {
        let count = |label| self.column(label).filter(|has| *has).count();
        (0..self.labels).map(count).collect()
    }
}

impl ScoreMatrix {
    /// `score >= threshold` for each label, the one comparison used everywhere in the product.
    /// A label without a threshold is never given.
    pub fn at_thresholds(&self, thresholds: &[f64]) -> LabelMatrix {
        let threshold = |label: usize| thresholds.get(label).copied().unwrap_or(f64::INFINITY);
        let values = self
            .values
            .iter()
            .enumerate()
            .map(|(index, &score)| score >= threshold(index % self.labels.max(1)))
            .collect();
        LabelMatrix {
            labels: self.labels,
            values,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_equal_to_its_threshold_gives_the_label() {
        let scores = ScoreMatrix::new(2, vec![0.5, 0.4, 0.49, 0.4]);
        let given = scores.at_thresholds(&[0.5, 0.4]);
        assert_eq!(given.values(), [true, true, false, true]);
    }

    #[test]
    fn a_column_walks_one_label_over_all_rows() {
        let truth = LabelMatrix::new(3, vec![true, false, true, false, false, true]);
        assert_eq!(truth.rows(), 2);
        assert_eq!(truth.column(2).collect::<Vec<_>>(), [true, true]);
        assert_eq!(
            truth.select(&[1, 7, 0]).values(),
            [false, false, true, true, false, true]
        );
    }
}
