//! What a run learns from.

use sha2::{Digest, Sha256};

use crate::checksum::hexadecimal;
use crate::labels::LabelMatrix;
use crate::split::SplitPart;
use crate::text::batch::TokenIds;
use crate::training::error::TrainingError;
use crate::training::recipe::LabelWeights;

/// The texts as word pieces, their labels, and which rows are for what. There is no place for
/// test rows, so nothing in a run can see them.
#[derive(Debug, Clone, Copy)]
pub struct TrainingData<'a> {
    /// Every text, already cut to the recipe's maximum length.
    pub sequences: &'a [TokenIds],
    /// Its labels, shape (texts, labels).
    pub targets: &'a LabelMatrix,
    /// Its title, by which an article is named in what is told; nothing is learned from it, and it
    /// may be missing.
    pub titles: &'a [&'a str],
    /// Rows to learn from.
    pub training: &'a [usize],
    /// Rows to validate on.
    pub validation: &'a [usize],
}

impl TrainingData<'_> {
    /// Checks that every row exists and that no part is empty.
    pub(super) fn check(&self) -> Result<(), TrainingError> {
        for (part, rows) in [
            (SplitPart::Training, self.training),
            (SplitPart::Validation, self.validation),
        ] {
            if rows.is_empty() {
                return Err(TrainingError::NoRows { part });
            }
            let there = self.sequences.len().min(self.targets.rows());
            if let Some(&row) = rows.iter().find(|&&row| row >= there) {
                return Err(TrainingError::RowOutOfRange { row, rows: there });
            }
        }
        Ok(())
    }

    /// SHA-256 of everything that a run depends on here, as hexadecimal digits.
    pub(super) fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for rows in [self.training, self.validation] {
            hash.update((rows.len() as u64).to_le_bytes());
            for &row in rows {
                hash.update((row as u64).to_le_bytes());
                let ids = &self.sequences[row];
                hash.update((ids.len() as u64).to_le_bytes());
                hash.update(bytemuck::cast_slice::<u32, u8>(ids));
                let targets: Vec<u8> = self
                    .targets
                    .row(row)
                    .iter()
                    .map(|&has| has.into())
                    .collect();
                hash.update(targets);
            }
        }
        hexadecimal(&hash.finalize())
    }

    /// The weight of a positive cell of each label, shape (labels).
    pub(super) fn positive_weights(&self, choice: LabelWeights) -> Vec<f32> {
        let labels = self.targets.labels();
        if choice == LabelWeights::Equal {
            return vec![1.0; labels];
        }
        let positives = |label: usize| {
            let has = |row: &&usize| self.targets.row(**row).get(label) == Some(&true);
            self.training.iter().filter(has).count()
        };
        (0..labels)
            .map(|label| {
                let positives = positives(label).max(1) as f32;
                let negatives = self.training.len() as f32 - positives;
                (negatives / positives).sqrt().clamp(0.1, 10.0)
            })
            .collect()
    }
}
