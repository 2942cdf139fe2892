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

/// More labels than this are no labels, but a column of something else.
const MOST_LABELS: usize = 1_000;

pub use encoding::{TextEncoding, read_text_file};
pub use error::{DatasetError, OtherFormat, TextRole};
pub use findings::{Finding, find_remarkable};
pub use profile::{DatasetProfile, LengthHistogram};
pub use roles::{ColumnRoles, LabelColumns, LabelsNeeded, RoleChoices, assign_roles};
pub(crate) use roles::{LABEL_SEPARATORS, detect_label_separator, is_name_of_labels, normalise};
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
    /// What is known of their labels.
    pub known: KnownLabels,
}

/// The labels of a table as far as a model knows them.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownLabels {
    /// Labels among those that are known, shape (rows, known labels), where the table has any.
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
    /// When there are fewer than two labels or too many, or a cell cannot be understood.
    pub fn from_table(
        table: &Table,
        roles: &ColumnRoles,
        choices: &RoleChoices,
    ) -> Result<Self, DatasetError> {
        let (labels, targets) = find_labels(table, roles, choices)?;
        Ok(Self {
            source: table.source.clone(),
            documents: documents(table, roles),
            labels,
            targets,
        })
    }

    /// The same as [`Dataset::from_table`], with the texts moved out of the table: its titles and
    /// abstracts are empty afterwards.
    ///
    /// # Errors
    /// As [`Dataset::from_table`]; then the table is as it was.
    pub(crate) fn take_from_table(
        table: &mut Table,
        roles: &ColumnRoles,
        choices: &RoleChoices,
    ) -> Result<Self, DatasetError> {
        let (labels, targets) = find_labels(table, roles, choices)?;
        Ok(Self {
            source: table.source.clone(),
            documents: take_documents(table, roles),
            labels,
            targets,
        })
    }
}

/// The labels of a table, and which row has which, shape (rows, labels).
fn find_labels(
    table: &Table,
    roles: &ColumnRoles,
    choices: &RoleChoices,
) -> Result<(Vec<String>, LabelMatrix), DatasetError> {
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
    if names.len() > MOST_LABELS {
        return Err(DatasetError::TooManyLabels {
            path: path(),
            columns: label_column_names(table, roles),
            found: names.len(),
            most: MOST_LABELS,
        });
    }
    let labels: Vec<String> = match &choices.label_order {
        None => names.iter().map(|&name| name.into()).collect(),
        Some(order) => {
            check_order(table, &sets, order)?;
            order.clone()
        }
    };
    if let [label] = labels.as_slice() {
        return Err(DatasetError::OneLabelOnly {
            path: path(),
            label: label.clone(),
        });
    }
    let targets = matrix(&sets, &labels);
    Ok((labels, targets))
}

/// Makes sure that an order of labels names each label of the rows, and none twice.
fn check_order(table: &Table, sets: &[Vec<String>], order: &[String]) -> Result<(), DatasetError> {
    let unknown = |set: &Vec<String>| set.iter().find(|label| !order.contains(label)).cloned();
    let mut wrong = sets.iter().zip(&table.lines);
    if let Some((label, line)) = wrong.find_map(|(set, &line)| Some((unknown(set)?, line))) {
        return Err(DatasetError::LabelNotInOrder {
            path: table.source.path.clone(),
            line,
            label,
        });
    }
    let repeated = |&(place, label): &(usize, &String)| order[..place].contains(label);
    match order.iter().enumerate().find(repeated) {
        Some((_, label)) => Err(DatasetError::LabelTwice {
            label: label.clone(),
        }),
        None => Ok(()),
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
    Ok(LabelledTable {
        known: match_known(table, roles, known)?,
        documents: documents(table, roles),
    })
}

/// The labels of [`match_labels`], without the articles.
///
/// # Errors
/// When a cell of labels cannot be understood.
pub(crate) fn match_known(
    table: &Table,
    roles: &ColumnRoles,
    known: &[String],
) -> Result<KnownLabels, DatasetError> {
    let sets = label_sets(table, roles)?;
    let mut unknown_labels = BTreeMap::new();
    for label in sets.iter().flatten().filter(|label| !known.contains(label)) {
        *unknown_labels.entry(label.clone()).or_insert(0) += 1;
    }
    let has_labels = roles.labels != LabelColumns::None;
    let is_judged = |set: &Vec<String>| set.is_empty() || set.iter().any(|one| known.contains(one));
    let judged = sets.iter().enumerate().filter(|(_, set)| is_judged(set));
    Ok(KnownLabels {
        judged: judged.map(|(row, _)| row).collect(),
        targets: has_labels.then(|| matrix(&sets, known)),
        unknown_labels,
    })
}

fn documents(table: &Table, roles: &ColumnRoles) -> Vec<Document> {
    let rows = table.rows.iter();
    rows.map(|row| document(row, roles)).collect()
}

/// The article of a row.
pub(crate) fn document(row: &[String], roles: &ColumnRoles) -> Document {
    let cell = |column: Option<usize>| column.and_then(|column| row.get(column)).cloned();
    Document {
        id: cell(roles.id),
        title: cell(roles.title).unwrap_or_default(),
        abstract_text: cell(roles.abstract_text).unwrap_or_default(),
    }
}

/// The articles of a table, whose titles and abstracts are moved out of it, unless a column plays
/// another role too.
pub(crate) fn take_documents(table: &mut Table, roles: &ColumnRoles) -> Vec<Document> {
    let plays_another = |column: usize| {
        let texts = [roles.title, roles.abstract_text];
        let in_labels = match &roles.labels {
            LabelColumns::None => false,
            LabelColumns::Set { column: labels, .. } => *labels == column,
            LabelColumns::Indicators { columns } => columns.contains(&column),
        };
        let times = texts.iter().filter(|text| **text == Some(column)).count();
        times > 1 || in_labels || roles.id == Some(column)
    };
    let movable = |column: Option<usize>| column.is_some_and(|column| !plays_another(column));
    let (title_moves, abstract_moves) = (movable(roles.title), movable(roles.abstract_text));
    let take = |row: &mut Vec<String>, column: Option<usize>, moves: bool| {
        let cell = column.and_then(|column| row.get_mut(column));
        cell.map_or_else(String::new, |cell| match moves {
            true => std::mem::take(cell),
            false => cell.clone(),
        })
    };
    let rows = table.rows.iter_mut();
    rows.map(|row| Document {
        id: roles.id.and_then(|column| row.get(column)).cloned(),
        title: take(row, roles.title, title_moves),
        abstract_text: take(row, roles.abstract_text, abstract_moves),
    })
    .collect()
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
    let places: BTreeMap<&str, usize> = labels.iter().map(String::as_str).zip(0..).collect();
    let mut values = vec![false; sets.len() * labels.len()];
    for (row, set) in sets.iter().enumerate() {
        for place in set.iter().filter_map(|label| places.get(label.as_str())) {
            values[row * labels.len() + place] = true;
        }
    }
    LabelMatrix::new(labels.len(), values)
}
