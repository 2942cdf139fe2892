//! What is remarkable about a labelled table before anything is learned from it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::dataset::{Dataset, normalise};

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

/// Everything remarkable about a table, the gravest kinds first.
pub fn find_remarkable(dataset: &Dataset) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut note = |rows: Vec<usize>, finding: fn(Vec<usize>) -> Finding| {
        if !rows.is_empty() {
            findings.push(finding(rows));
        }
    };
    let texts: Vec<String> = dataset
        .documents
        .iter()
        .map(|document| normalise(&document.text()))
        .collect();
    let (duplicates, contradictions) = repetitions(dataset, &texts);
    let rows = 0..texts.len();
    note(contradictions, |rows| Finding::Contradiction { rows });
    let empty = rows.clone().filter(|&row| texts[row].is_empty());
    note(empty.collect(), |rows| Finding::EmptyText { rows });
    note(duplicates, |rows| Finding::Duplicate { rows });
    let unlabelled = rows.filter(|&row| !dataset.targets.row(row).contains(&true));
    note(unlabelled.collect(), |rows| Finding::Unlabelled { rows });
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
fn repetitions(dataset: &Dataset, texts: &[String]) -> (Vec<usize>, Vec<usize>) {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut same, mut other) = (Vec::new(), Vec::new());
    for (row, text) in texts
        .iter()
        .enumerate()
        .filter(|(_, text)| !text.is_empty())
    {
        let earlier = *first.entry(text).or_insert(row);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{
        ColumnRoles, LabelColumns, ReadingChoices, RoleChoices, Table, TableSource,
    };

    fn findings(rows: &[[&str; 3]]) -> Vec<Finding> {
        let ReadingChoices { encoding, .. } = ReadingChoices::default();
        let table = Table {
            source: TableSource {
                path: "table.csv".into(),
                sha256: String::new(),
                bytes: 0,
                encoding,
                separator: None,
                sheet: None,
                has_byte_order_mark: false,
                rows: rows.len(),
                blank_rows: 0,
            },
            headers: ["title", "abstract", "labels"].map(str::to_owned).into(),
            rows: rows
                .iter()
                .map(|row| row.map(str::to_owned).into())
                .collect(),
            lines: (2..).take(rows.len()).collect(),
        };
        let roles = ColumnRoles {
            title: Some(0),
            abstract_text: Some(1),
            labels: LabelColumns::Set {
                column: 2,
                separator: "|".into(),
            },
            id: None,
        };
        let dataset = Dataset::from_table(&table, &roles, &RoleChoices::default()).unwrap();
        find_remarkable(&dataset)
    }

    #[test]
    fn the_same_text_is_a_duplicate_with_the_same_labels_and_a_contradiction_with_others() {
        let found = findings(&[
            ["One", "text", "a"],
            ["one ", "Text", "a"],
            ["One", "text", "b"],
        ]);
        assert!(found.contains(&Finding::Duplicate { rows: vec![1] }));
        assert!(found.contains(&Finding::Contradiction { rows: vec![2] }));
    }

    #[test]
    fn empty_texts_and_rows_without_labels_are_found() {
        let found = findings(&[["", " ", "a|b"], ["Two", "", ""], ["", "", "b"]]);
        assert!(found.contains(&Finding::EmptyText { rows: vec![0, 2] }));
        assert!(found.contains(&Finding::Unlabelled { rows: vec![1] }));
    }

    #[test]
    fn rare_labels_and_variants_of_a_label_are_found() {
        let found = findings(&[["1", "", "Onco"], ["2", "", "onco"], ["3", "", "Onco"]]);
        assert!(found.contains(&Finding::LabelVariants {
            labels: vec!["Onco".into(), "onco".into()],
        }));
        let label = "onco".to_owned();
        let rows = vec![1];
        assert!(found.contains(&Finding::RareLabel { label, rows }));
    }
}
