//! Rows that repeat an earlier one, exactly or nearly.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest, Sha256};

use super::near_duplicates::{self, Sketch};
use crate::dataset::{Document, normalise};

/// What is kept of an article's text, so that no second copy of all texts is needed.
pub(in crate::dataset) struct Trace {
    /// SHA-256 of the normalised text; none of an empty one.
    pub(in crate::dataset) sha256: Option<[u8; 32]>,
    sketch: Option<Sketch>,
}

impl Trace {
    /// Of an article; the sketch, which takes the most time, only where it is needed.
    pub(in crate::dataset) fn new(document: &Document, with_sketch: bool) -> Self {
        let text = normalise(&document.text());
        Self {
            sha256: (!text.is_empty()).then(|| Sha256::digest(text.as_bytes()).into()),
            sketch: with_sketch.then(|| Sketch::new(&text)).flatten(),
        }
    }

    /// Whether an article has nothing to read.
    pub(in crate::dataset) fn is_empty(document: &Document) -> bool {
        normalise(&document.text()).is_empty()
    }
}

/// Rows with the same text.
pub(in crate::dataset) struct Repetitions {
    /// Later rows with the text and the labels of an earlier one, ascending.
    pub(in crate::dataset) same: Vec<usize>,
    /// All rows of each text that stands in several, by the first of them.
    groups: BTreeMap<usize, Vec<usize>>,
    /// The first rows of those groups that have different labels, ascending.
    contradictory: Vec<usize>,
}

impl Repetitions {
    /// Finds them; `have_same_labels` compares two rows.
    pub(in crate::dataset) fn find(
        traces: &[Trace],
        have_same_labels: impl Fn(usize, usize) -> bool,
    ) -> Self {
        let mut firsts: HashMap<&[u8; 32], usize> = HashMap::new();
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (row, trace) in traces.iter().enumerate() {
            let Some(sha256) = &trace.sha256 else {
                continue;
            };
            let first = *firsts.entry(sha256).or_insert(row);
            if first != row {
                let group = groups.entry(first).or_insert_with(|| vec![first]);
                group.push(row);
            }
        }
        let (mut same, mut contradictory) = (Vec::new(), Vec::new());
        for (&first, group) in &groups {
            let mut different: Vec<usize> = Vec::new();
            for &row in group {
                if different.iter().any(|&other| have_same_labels(other, row)) {
                    same.push(row);
                } else {
                    different.push(row);
                }
            }
            if different.len() > 1 {
                contradictory.push(first);
            }
        }
        same.sort_unstable();
        Self {
            same,
            groups,
            contradictory,
        }
    }

    /// All rows of each text whose rows have different labels, text by text.
    pub(in crate::dataset) fn contradictory(&self) -> impl Iterator<Item = &Vec<usize>> {
        let firsts = self.contradictory.iter();
        firsts.filter_map(|first| self.groups.get(first))
    }

    /// The rows after the first one of each text.
    fn later(&self) -> impl Iterator<Item = usize> {
        let groups = self.groups.values();
        groups.flat_map(|group| group.iter().skip(1).copied())
    }
}

/// Rows that nearly repeat an earlier one, ascending, each with that row. Those that repeat an
/// earlier one exactly are none of them, unless that one is. Rows that were left out count no more.
pub(in crate::dataset) fn near_repetitions(
    documents: &[Document],
    traces: Vec<Trace>,
    repetitions: &Repetitions,
    is_left_out: &[bool],
) -> Vec<(usize, usize)> {
    let mut is_passed_over = is_left_out.to_vec();
    for row in repetitions.later() {
        is_passed_over[row] = true;
    }
    let sketches: Vec<Option<Sketch>> = traces.into_iter().map(|trace| trace.sketch).collect();
    let mut pairs = near_duplicates::find(documents, &sketches, &is_passed_over);
    let mut repeated = Vec::new();
    for &(row, earlier) in &pairs {
        let group = repetitions.groups.get(&row).into_iter().flatten();
        let others = group.filter(|&&other| other != row && !is_left_out[other]);
        repeated.extend(others.map(|&other| (other, earlier)));
    }
    pairs.extend(repeated);
    pairs.sort_unstable();
    pairs
}
