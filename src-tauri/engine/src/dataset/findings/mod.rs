//! What is remarkable about a labelled table before anything is learned from it.

mod near_duplicates;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ts_rs::TS;

use crate::dataset::{Dataset, normalise};
use near_duplicates::Sketch;

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
    /// The text of an earlier row again, with the same labels.
    Duplicate {
        /// The later rows.
        rows: Vec<usize>,
    },
    /// The text of an earlier row again, with other labels: one of them must be wrong.
    Contradiction {
        /// The later rows.
        rows: Vec<usize>,
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
    /// Labels that differ by nothing but case, accents or space.
    LabelVariants {
        /// The spellings.
        labels: Vec<String>,
    },
}

impl Finding {
    /// The rows that it is about; none where it is about labels alone.
    pub fn rows(&self) -> &[usize] {
        match self {
            Self::EmptyText { rows }
            | Self::Duplicate { rows }
            | Self::Contradiction { rows }
            | Self::NearDuplicate { rows, .. }
            | Self::Unlabelled { rows }
            | Self::RareLabel { rows, .. } => rows,
            Self::LabelVariants { .. } => &[],
        }
    }

    /// The same with no more than its first `most` rows.
    pub fn with_first_rows(&self, most: usize) -> Self {
        let first = |rows: &[usize]| rows[..rows.len().min(most)].to_vec();
        match self {
            Self::EmptyText { rows } => Self::EmptyText { rows: first(rows) },
            Self::Duplicate { rows } => Self::Duplicate { rows: first(rows) },
            Self::Contradiction { rows } => Self::Contradiction { rows: first(rows) },
            Self::NearDuplicate { rows, earlier } => Self::NearDuplicate {
                rows: first(rows),
                earlier: first(earlier),
            },
            Self::Unlabelled { rows } => Self::Unlabelled { rows: first(rows) },
            Self::RareLabel { label, rows } => Self::RareLabel {
                label: label.clone(),
                rows: first(rows),
            },
            Self::LabelVariants { labels } => Self::LabelVariants {
                labels: labels.clone(),
            },
        }
    }
}

/// What is kept of an article's text, so that no second copy of all texts is needed.
struct Trace {
    /// SHA-256 of the normalised text; none of an empty one.
    sha256: Option<[u8; 32]>,
    sketch: Option<Sketch>,
}

/// Everything remarkable about a table, the gravest kinds first. Computes in the current rayon
/// pool.
pub fn find_remarkable(dataset: &Dataset) -> Vec<Finding> {
    let mut findings = Vec::new();
    let some = |rows: Vec<usize>| Some(rows).filter(|rows| !rows.is_empty());
    let documents = dataset.documents.par_iter();
    let traces = documents.map(|document| {
        let text = normalise(&document.text());
        Trace {
            sha256: (!text.is_empty()).then(|| Sha256::digest(text.as_bytes()).into()),
            sketch: Sketch::new(&text),
        }
    });
    let traces: Vec<Trace> = traces.collect();
    let (duplicates, contradictions) = repetitions(dataset, &traces);
    let rows = 0..traces.len();
    let empty = rows.clone().filter(|&row| traces[row].sha256.is_none());
    let empty: Vec<usize> = empty.collect();
    let near = near_repetitions(dataset, traces, [&duplicates, &contradictions]);
    findings.extend(some(contradictions).map(|rows| Finding::Contradiction { rows }));
    findings.extend(some(empty).map(|rows| Finding::EmptyText { rows }));
    findings.extend(some(duplicates).map(|rows| Finding::Duplicate { rows }));
    findings.extend(near);
    let unlabelled = rows.filter(|&row| !dataset.targets.row(row).contains(&true));
    findings.extend(some(unlabelled.collect()).map(|rows| Finding::Unlabelled { rows }));
    findings.extend(label_variants(&dataset.labels));
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

/// Rows whose text stands in an earlier row: with its labels, and with others.
fn repetitions(dataset: &Dataset, traces: &[Trace]) -> (Vec<usize>, Vec<usize>) {
    let mut first: HashMap<&[u8; 32], usize> = HashMap::new();
    let (mut same, mut other) = (Vec::new(), Vec::new());
    for (row, trace) in traces.iter().enumerate() {
        let Some(sha256) = &trace.sha256 else {
            continue;
        };
        let earlier = *first.entry(sha256).or_insert(row);
        if earlier == row {
            continue;
        }
        if dataset.targets.row(earlier) == dataset.targets.row(row) {
            same.push(row);
        } else {
            other.push(row);
        }
    }
    (same, other)
}

/// Rows that nearly repeat an earlier one, without those that repeat one exactly.
fn near_repetitions(
    dataset: &Dataset,
    traces: Vec<Trace>,
    exact: [&Vec<usize>; 2],
) -> Option<Finding> {
    let mut is_repeated = vec![false; traces.len()];
    for &row in exact.into_iter().flatten() {
        is_repeated[row] = true;
    }
    let sketches: Vec<Option<Sketch>> = traces.into_iter().map(|trace| trace.sketch).collect();
    let pairs = near_duplicates::find(dataset, &sketches, &is_repeated);
    let (rows, earlier): (Vec<usize>, Vec<usize>) = pairs.into_iter().unzip();
    (!rows.is_empty()).then_some(Finding::NearDuplicate { rows, earlier })
}

fn label_variants(labels: &[String]) -> Vec<Finding> {
    let mut spellings: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for label in labels {
        spellings
            .entry(normalise(label))
            .or_default()
            .push(label.clone());
    }
    spellings
        .into_values()
        .filter(|labels| labels.len() > 1)
        .map(|labels| Finding::LabelVariants { labels })
        .collect()
}
