//! What is remarkable about a labelled table before anything is learned from it.

mod label_variants;
mod near_duplicates;
mod repetitions;
#[cfg(test)]
mod tests;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::dataset::{Correction, Dataset};
pub(super) use repetitions::{Repetitions, Trace, near_repetitions};

/// A label with fewer rows is hardly learned, and hardly judged.
const FEW_ROWS: usize = 10;

/// Something that its owner should know about a table, with the rows it is about, by their
/// numbers from 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Finding {
    /// Neither title nor abstract: there is nothing to read.
    EmptyText {
        /// The rows.
        rows: Vec<usize>,
    },
    /// The text and the labels of an earlier row again.
    Duplicate {
        /// The later rows.
        rows: Vec<usize>,
    },
    /// The same text with different labels: all but one of them must be wrong.
    Contradiction {
        /// All rows of such a text, text by text.
        rows: Vec<usize>,
        /// How many texts there are.
        texts: usize,
    },
    /// The title of an earlier row with another abstract, or almost the same text.
    NearDuplicate {
        /// The later rows.
        rows: Vec<usize>,
        /// The earlier row that each of them resembles, in the same order.
        earlier: Vec<usize>,
    },
    /// No label; legal, and perhaps an omission.
    Unlabelled {
        /// The rows.
        rows: Vec<usize>,
    },
    /// Fewer than ten rows have this label.
    RareLabel {
        /// The label.
        label: String,
        /// The rows.
        rows: Vec<usize>,
    },
    /// Labels that differ by nothing but case, accents, space, punctuation or a plural's s.
    LabelVariants {
        /// The spellings, the most frequent first: the name that is suggested for all of them.
        labels: Vec<String>,
        /// The rows that have one of the others.
        rows: Vec<usize>,
    },
}

impl Finding {
    /// The rows that it is about.
    pub fn rows(&self) -> &[usize] {
        match self {
            Self::EmptyText { rows }
            | Self::Duplicate { rows }
            | Self::Contradiction { rows, .. }
            | Self::NearDuplicate { rows, .. }
            | Self::Unlabelled { rows }
            | Self::RareLabel { rows, .. }
            | Self::LabelVariants { rows, .. } => rows,
        }
    }

    /// The same with no more than its first `most` rows.
    pub fn with_first_rows(&self, most: usize) -> Self {
        self.with_rows(|rows| rows[..rows.len().min(most)].to_vec())
    }

    /// The same with other numbers for its rows: `numbers` has one for each. Those that have none
    /// are left out.
    pub fn numbered(&self, numbers: &[usize]) -> Self {
        let number = |row: &usize| numbers.get(*row).copied();
        self.with_rows(|rows| rows.iter().filter_map(number).collect())
    }

    fn with_rows(&self, other: impl Fn(&[usize]) -> Vec<usize>) -> Self {
        let mut finding = self.clone();
        match &mut finding {
            Self::EmptyText { rows }
            | Self::Duplicate { rows }
            | Self::Contradiction { rows, .. }
            | Self::Unlabelled { rows }
            | Self::RareLabel { rows, .. }
            | Self::LabelVariants { rows, .. } => *rows = other(rows),
            Self::NearDuplicate { rows, earlier } => {
                *rows = other(rows);
                *earlier = other(earlier);
            }
        }
        finding
    }

    /// What would put it right, the likeliest first. It has to have all its rows.
    pub fn fixes(&self) -> Vec<Fix> {
        let leaves_out = |correction, rows: usize| Fix {
            correction,
            leaves_out: rows,
            changes: 0,
        };
        let changes = |correction, rows: usize| Fix {
            correction,
            leaves_out: 0,
            changes: rows,
        };
        match self {
            Self::EmptyText { rows } => vec![leaves_out(Correction::LeaveOutEmpty, rows.len())],
            Self::Duplicate { rows } => {
                vec![leaves_out(Correction::LeaveOutDuplicates, rows.len())]
            }
            Self::NearDuplicate { rows, .. } => {
                vec![leaves_out(Correction::LeaveOutNearDuplicates, rows.len())]
            }
            Self::Unlabelled { rows } => {
                vec![leaves_out(Correction::LeaveOutUnlabelled, rows.len())]
            }
            Self::Contradiction { rows, texts } => vec![
                Fix {
                    correction: Correction::JoinContradictions,
                    leaves_out: rows.len() - texts.min(&rows.len()),
                    changes: *texts,
                },
                leaves_out(Correction::LeaveOutContradictions, rows.len()),
            ],
            Self::RareLabel { label, rows } => {
                let label = label.clone();
                vec![changes(Correction::DropLabel { label }, rows.len())]
            }
            Self::LabelVariants { labels, rows } => {
                let (labels, name) = (labels.clone(), labels.first().cloned());
                let name = name.unwrap_or_default();
                vec![changes(
                    Correction::MergeLabels { labels, name },
                    rows.len(),
                )]
            }
        }
    }
}

/// A correction that would put a finding right, and what it would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Fix {
    /// The correction.
    pub correction: Correction,
    /// Rows that it would leave out.
    pub leaves_out: usize,
    /// Rows that would stay with other labels.
    pub changes: usize,
}

/// Everything remarkable about a table, the gravest kinds first. Computes in the current rayon
/// pool. Rows are counted in the dataset: [`Finding::numbered`] gives those of the table.
pub fn find_remarkable(dataset: &Dataset) -> Vec<Finding> {
    let mut findings = Vec::new();
    let some = |rows: Vec<usize>| Some(rows).filter(|rows| !rows.is_empty());
    let documents = dataset.documents.par_iter();
    let traces = documents.map(|document| Trace::new(document, true));
    let traces: Vec<Trace> = traces.collect();
    let labels = |row: usize| dataset.targets.row(row);
    let repetitions = Repetitions::find(&traces, |one, other| labels(one) == labels(other));
    let rows = 0..traces.len();
    let empty = rows.clone().filter(|&row| traces[row].sha256.is_none());
    let empty: Vec<usize> = empty.collect();
    let texts = repetitions.contradictory().count();
    if texts > 0 {
        let rows = repetitions.contradictory().flatten().copied().collect();
        findings.push(Finding::Contradiction { rows, texts });
    }
    let is_left_out = vec![false; traces.len()];
    let near = near_repetitions(&dataset.documents, traces, &repetitions, &is_left_out);
    findings.extend(some(empty).map(|rows| Finding::EmptyText { rows }));
    findings.extend(some(repetitions.same).map(|rows| Finding::Duplicate { rows }));
    if !near.is_empty() {
        let (rows, earlier) = near.into_iter().unzip();
        findings.push(Finding::NearDuplicate { rows, earlier });
    }
    let unlabelled = rows.filter(|&row| !labels(row).contains(&true));
    findings.extend(some(unlabelled.collect()).map(|rows| Finding::Unlabelled { rows }));
    findings.extend(label_variants::find(&dataset.labels, &dataset.targets));
    for (index, label) in dataset.labels.iter().enumerate() {
        let has = dataset.targets.column(index).enumerate();
        let rows: Vec<usize> = has.filter(|(_, has)| *has).map(|(row, _)| row).collect();
        if rows.len() < FEW_ROWS {
            let label = label.clone();
            findings.push(Finding::RareLabel { label, rows });
        }
    }
    findings
}
