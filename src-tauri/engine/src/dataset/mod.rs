//! Tables of articles: reading them, which column is what, documents and labels.

mod encoding;
mod error;
mod findings;
mod profile;
mod roles;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::labels::LabelMatrix;
pub use encoding::{TextEncoding, read_text_file};
pub use error::{DatasetError, OtherFormat, TextRole};
pub use findings::{Finding, find_remarkable};
pub use profile::{DatasetProfile, LengthHistogram};
pub(crate) use roles::normalise;
pub use roles::{ColumnRoles, LabelColumns, LabelsNeeded, RoleChoices, assign_roles};
pub use table::{ReadingChoices, Table, TableSource, read_table};

/// An article.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// Its identifier, where the table has one.
    pub id: Option<String>,
    /// Its title; empty when missing.
    pub title: String,
    /// Its abstract; empty when missing.
    pub abstract_text: String,
}

impl Document {
    /// What the model reads: title and abstract with a space between, as in the notebook.
    pub fn text(&self) -> String {
        format!("{} {}", self.title, self.abstract_text)
            .trim()
            .into()
    }
}

/// Articles with their labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Where they are from.
    pub source: TableSource,
    /// The articles.
    pub documents: Vec<Document>,
    /// The labels' names, in the order of the matrix's columns.
    pub labels: Vec<String>,
    /// Which article has which label, shape (articles, labels).
    pub targets: LabelMatrix,
}

/// Articles of a table whose labels a model may know.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledTable {
    /// The articles.
    pub documents: Vec<Document>,
    /// Their labels among those that are known, where the table has any.
    pub targets: Option<LabelMatrix>,
    /// Labels that are not known, with the number of rows that have them.
    pub unknown_labels: BTreeMap<String, usize>,
    /// Rows that have a known label or none at all. What is true of the others is not known.
    pub judged: Vec<usize>,
}

impl Dataset {
    /// The articles and labels of a table. A row may have no label.
    ///
    /// # Errors
    /// When there are fewer than two labels, or a cell cannot be understood.
    pub fn from_table(
        table: &Table,
        roles: &ColumnRoles,
        choices: &RoleChoices,
    ) -> Result<Self, DatasetError> {
        let sets = label_sets(table, roles)?;
        let mut names: BTreeSet<&str> = sets.iter().flatten().map(String::as_str).collect();
        if let LabelColumns::Indicators { columns } = &roles.labels {
            names.extend(columns.iter().map(|&column| table.headers[column].as_str()));
        }
        let path = || table.source.path.clone();
        if sets.iter().all(Vec::is_empty) {
            return Err(DatasetError::NoLabels {
                path: path(),
                columns: label_column_names(table, roles),
            });
        }
        let labels: Vec<String> = match &choices.label_order {
            None => names.iter().map(|&name| name.into()).collect(),
            Some(order) => {
                let unknown =
                    |set: &Vec<String>| set.iter().find(|label| !order.contains(label)).cloned();
                let wrong = sets.iter().zip(&table.lines);
                if let Some((label, line)) = wrong
                    .filter_map(|(set, &line)| Some((unknown(set)?, line)))
                    .next()
                {
                    return Err(DatasetError::LabelNotInOrder {
                        path: path(),
                        line,
                        label,
                    });
                }
                let repeated = |&(place, label): &(usize, &String)| order[..place].contains(label);
                if let Some((_, label)) = order.iter().enumerate().find(repeated) {
                    return Err(DatasetError::LabelTwice {
                        label: label.clone(),
                    });
                }
                order.clone()
            }
        };
        if let [label] = labels.as_slice() {
            return Err(DatasetError::OneLabelOnly {
                path: path(),
                label: label.clone(),
            });
        }
        Ok(Self {
            source: table.source.clone(),
            documents: documents(table, roles),
            targets: matrix(&sets, &labels),
            labels,
        })
    }
}

/// The articles of a table, and their labels among the `known` ones. Others are counted and left
/// out.
///
/// # Errors
/// When a cell of labels cannot be understood.
pub fn match_labels(
    table: &Table,
    roles: &ColumnRoles,
    known: &[String],
) -> Result<LabelledTable, DatasetError> {
    let sets = label_sets(table, roles)?;
    let mut unknown_labels = BTreeMap::new();
    for label in sets.iter().flatten().filter(|label| !known.contains(label)) {
        *unknown_labels.entry(label.clone()).or_insert(0) += 1;
    }
    let has_labels = roles.labels != LabelColumns::None;
    let is_judged = |set: &Vec<String>| set.is_empty() || set.iter().any(|one| known.contains(one));
    let judged = sets.iter().enumerate().filter(|(_, set)| is_judged(set));
    Ok(LabelledTable {
        judged: judged.map(|(row, _)| row).collect(),
        documents: documents(table, roles),
        targets: has_labels.then(|| matrix(&sets, known)),
        unknown_labels,
    })
}

fn documents(table: &Table, roles: &ColumnRoles) -> Vec<Document> {
    let cell = |row: &Vec<String>, column: Option<usize>| {
        column.and_then(|column| row.get(column)).cloned()
    };
    let document = |row| Document {
        id: cell(row, roles.id),
        title: cell(row, roles.title).unwrap_or_default(),
        abstract_text: cell(row, roles.abstract_text).unwrap_or_default(),
    };
    table.rows.iter().map(document).collect()
}

/// The labels of every row by their names, without empty ones and repetitions.
fn label_sets(table: &Table, roles: &ColumnRoles) -> Result<Vec<Vec<String>>, DatasetError> {
    match &roles.labels {
        LabelColumns::None => Ok(vec![Vec::new(); table.rows.len()]),
        LabelColumns::Set { column, separator } => {
            let set = |row: &Vec<String>| {
                let parts = row[*column].split(separator.as_str()).map(str::trim);
                let names: BTreeSet<&str> = parts.filter(|part| !part.is_empty()).collect();
                names.into_iter().map(str::to_owned).collect()
            };
            Ok(table.rows.iter().map(set).collect())
        }
        LabelColumns::Indicators { columns } => {
            let rows = table.rows.iter().zip(&table.lines);
            rows.map(|(row, &line)| indicated(table, columns, row, line))
                .collect()
        }
    }
}

fn indicated(
    table: &Table,
    columns: &[usize],
    row: &[String],
    line: u64,
) -> Result<Vec<String>, DatasetError> {
    let mut labels = Vec::new();
    for &column in columns {
        match roles::indicator(&row[column]) {
            Some(true) => labels.push(table.headers[column].clone()),
            Some(false) => {}
            None => {
                let value = &row[column];
                return Err(DatasetError::NotAnIndicator {
                    path: table.source.path.clone(),
                    line,
                    column: table.headers[column].clone(),
                    value: value.into(),
                });
            }
        }
    }
    Ok(labels)
}

fn label_column_names(table: &Table, roles: &ColumnRoles) -> String {
    let columns = match &roles.labels {
        LabelColumns::None => Vec::new(),
        LabelColumns::Set { column, .. } => vec![*column],
        LabelColumns::Indicators { columns } => columns.clone(),
    };
    let name = |column: &usize| format!("\"{}\"", table.headers[*column]);
    columns.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn matrix(sets: &[Vec<String>], labels: &[String]) -> LabelMatrix {
    let has = |set: &Vec<String>| -> Vec<bool> {
        labels.iter().map(|label| set.contains(label)).collect()
    };
    LabelMatrix::new(labels.len(), sets.iter().flat_map(has).collect())
}
