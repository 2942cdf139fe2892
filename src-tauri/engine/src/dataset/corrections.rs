//! Corrections: what is put right in a table before anything is done with it. They are data, kept
//! beside the file, which is never changed.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::articles::ReadArticles;
use super::findings::{Repetitions, Trace, near_repetitions};

/// What is put right in a table; by default nothing. Labels come first, so that rows are compared
/// by their names in the end, and rows without text or labels go before repeated ones are looked
/// for, so that none of those is the first that stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct Corrections {
    /// Leaves out rows with neither title nor abstract.
    pub empty: bool,
    /// Leaves out rows with the text and the labels of an earlier row.
    pub duplicates: bool,
    /// Leaves out rows that nearly repeat an earlier one.
    pub near_duplicates: bool,
    /// Leaves out rows without a label, also those whose labels were all dropped.
    pub unlabelled: bool,
    /// What becomes of rows with the same text and different labels.
    pub contradictions: Option<ContradictionFix>,
    /// Labels that get another name, and with it are merged into the label that has it already:
    /// the new name by the present one. A new name may be renamed in turn.
    pub renamed_labels: BTreeMap<String, String>,
    /// Labels that no row has any more, by their names after renaming.
    pub dropped_labels: BTreeSet<String>,
}

/// What becomes of rows with the same text and different labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ContradictionFix {
    /// All of them are left out: nobody knows which one is right.
    LeaveOut,
    /// The first stays and gets the labels of all of them.
    Join,
}

/// One step of [`Corrections`], as a finding asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Correction {
    /// [`Corrections::empty`].
    LeaveOutEmpty,
    /// [`Corrections::duplicates`].
    LeaveOutDuplicates,
    /// [`Corrections::near_duplicates`].
    LeaveOutNearDuplicates,
    /// [`Corrections::unlabelled`].
    LeaveOutUnlabelled,
    /// [`ContradictionFix::LeaveOut`].
    LeaveOutContradictions,
    /// [`ContradictionFix::Join`].
    JoinContradictions,
    /// Gives labels another name.
    MergeLabels {
        /// The labels.
        labels: Vec<String>,
        /// The name.
        name: String,
    },
    /// Takes a label from all rows.
    DropLabel {
        /// The label.
        label: String,
    },
}

/// What corrections did. Rows are counted once, by what left them out first, in the order of the
/// fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct CorrectionEffects {
    /// Rows of the table.
    pub rows: usize,
    /// Rows that are used.
    pub used: usize,
    /// Rows that had each label which was renamed.
    pub renamed_labels: BTreeMap<String, usize>,
    /// Rows that had each label which was dropped, by its name after renaming.
    pub dropped_labels: BTreeMap<String, usize>,
    /// Rows left out that had neither title nor abstract.
    pub empty: usize,
    /// Rows left out that had no label.
    pub unlabelled: usize,
    /// Rows left out that had the same text and different labels.
    pub contradictions: usize,
    /// Rows left out whose labels an earlier row with the same text got.
    pub joined: usize,
    /// Rows left out that repeated an earlier one.
    pub duplicates: usize,
    /// Rows left out that nearly repeated an earlier one.
    pub near_duplicates: usize,
}

impl Corrections {
    /// Whether nothing is put right.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Adds one step.
    pub fn add(&mut self, correction: Correction) {
        match correction {
            Correction::LeaveOutEmpty => self.empty = true,
            Correction::LeaveOutDuplicates => self.duplicates = true,
            Correction::LeaveOutNearDuplicates => self.near_duplicates = true,
            Correction::LeaveOutUnlabelled => self.unlabelled = true,
            Correction::LeaveOutContradictions => {
                self.contradictions = Some(ContradictionFix::LeaveOut);
            }
            Correction::JoinContradictions => self.contradictions = Some(ContradictionFix::Join),
            Correction::MergeLabels { labels, name } => {
                let others = labels.into_iter().filter(|label| *label != name);
                let renamed = others.map(|label| (label, name.clone()));
                self.renamed_labels.extend(renamed);
            }
            Correction::DropLabel { label } => {
                self.dropped_labels.insert(label);
            }
        }
    }

    /// The articles after all corrections, each with the row that it stands in, and what was done.
    /// Computes in the current rayon pool.
    pub(crate) fn apply(&self, mut articles: ReadArticles) -> (ReadArticles, CorrectionEffects) {
        let mut effects = CorrectionEffects {
            rows: articles.documents.len(),
            ..CorrectionEffects::default()
        };
        self.correct_labels(&mut articles, &mut effects);
        let mut stays = vec![true; articles.documents.len()];
        if self.empty {
            let has_text = articles.documents.par_iter();
            let has_text: Vec<bool> = has_text.map(|one| !Trace::is_empty(one)).collect();
            let empty = (0..has_text.len()).filter(|&row| !has_text[row]);
            effects.empty = leave_out(&mut stays, empty);
        }
        if self.unlabelled {
            let labels = &articles.labels;
            let unlabelled = (0..labels.len()).filter(|&row| labels[row].is_empty());
            effects.unlabelled = leave_out(&mut stays, unlabelled);
        }
        articles.keep(&stays);
        self.correct_repetitions(&mut articles, &mut effects);
        effects.used = articles.documents.len();
        (articles, effects)
    }

    fn correct_labels(&self, articles: &mut ReadArticles, effects: &mut CorrectionEffects) {
        if !self.changes_labels() {
            return;
        }
        let (renamed, dropped) = (&mut effects.renamed_labels, &mut effects.dropped_labels);
        renamed.extend(self.renamed_labels.keys().map(|label| (label.clone(), 0)));
        dropped.extend(self.dropped_labels.iter().map(|label| (label.clone(), 0)));
        for labels in &mut articles.labels {
            for label in labels.iter() {
                if let Some(rows) = renamed.get_mut(label) {
                    *rows += 1;
                }
            }
            let names = self.names_of(labels);
            for name in &names {
                if let Some(rows) = dropped.get_mut(*name) {
                    *rows += 1;
                }
            }
            *labels = self.kept(names);
        }
        let declared = articles.declared.iter().map(|label| self.name_of(label));
        let declared = declared.filter(|name| !self.drops(name));
        articles.declared = declared.map(str::to_owned).collect();
    }

    fn changes_labels(&self) -> bool {
        !(self.renamed_labels.is_empty() && self.dropped_labels.is_empty())
    }

    /// An article's labels by the names that they have in the end, without those that are dropped.
    pub(crate) fn correct_set(&self, labels: Vec<String>) -> Vec<String> {
        if self.changes_labels() {
            self.kept(self.names_of(&labels))
        } else {
            labels
        }
    }

    fn kept(&self, names: BTreeSet<&str>) -> Vec<String> {
        let kept = names.into_iter().filter(|name| !self.drops(name));
        kept.map(str::to_owned).collect()
    }

    fn names_of<'a>(&'a self, labels: &'a [String]) -> BTreeSet<&'a str> {
        labels.iter().map(|label| self.name_of(label)).collect()
    }

    fn drops(&self, name: &str) -> bool {
        self.dropped_labels.contains(name)
    }

    /// The name of a label in the end.
    fn name_of<'a>(&'a self, label: &'a str) -> &'a str {
        let mut name = label;
        // As many steps as there are names: renaming in a circle ends somewhere.
        for _ in 0..self.renamed_labels.len() {
            match self.renamed_labels.get(name) {
                Some(next) if !next.is_empty() && next != label => name = next,
                _ => break,
            }
        }
        name
    }

    fn correct_repetitions(&self, articles: &mut ReadArticles, effects: &mut CorrectionEffects) {
        if self.contradictions.is_none() && !self.duplicates && !self.near_duplicates {
            return;
        }
        let documents = articles.documents.par_iter();
        let traces = documents.map(|document| Trace::new(document, self.near_duplicates));
        let traces: Vec<Trace> = traces.collect();
        let labels = &articles.labels;
        let repetitions = Repetitions::find(&traces, |one, other| labels[one] == labels[other]);
        let mut stays = vec![true; traces.len()];
        match self.contradictions {
            None => {}
            Some(ContradictionFix::LeaveOut) => {
                let rows = repetitions.contradictory().flatten().copied();
                effects.contradictions = leave_out(&mut stays, rows);
            }
            Some(ContradictionFix::Join) => {
                let rows = join_labels(&repetitions, &mut articles.labels);
                effects.joined = leave_out(&mut stays, rows);
            }
        }
        if self.duplicates {
            effects.duplicates = leave_out(&mut stays, repetitions.same.iter().copied());
        }
        if self.near_duplicates {
            let is_left_out: Vec<bool> = stays.iter().map(|stays| !stays).collect();
            let near = near_repetitions(&articles.documents, traces, &repetitions, &is_left_out);
            let rows = near.into_iter().map(|(row, _)| row);
            effects.near_duplicates = leave_out(&mut stays, rows);
        }
        articles.keep(&stays);
    }
}

/// Gives the first row of each contradiction the labels of all of them, and says which rows are
/// of no more use.
fn join_labels(repetitions: &Repetitions, labels: &mut [Vec<String>]) -> Vec<usize> {
    let mut others = Vec::new();
    for group in repetitions.contradictory() {
        let all: BTreeSet<String> = group.iter().flat_map(|&row| labels[row].clone()).collect();
        if let Some((&first, rest)) = group.split_first() {
            labels[first] = all.into_iter().collect();
            others.extend(rest);
        }
    }
    others
}

/// Marks rows as left out, and says how many of them were there until now.
fn leave_out(stays: &mut [bool], rows: impl IntoIterator<Item = usize>) -> usize {
    let rows = rows.into_iter();
    rows.filter(|&row| std::mem::replace(&mut stays[row], false))
        .count()
}
