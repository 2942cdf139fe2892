//! Articles as they stand in a table, with their labels by name: what corrections work on.

use std::collections::BTreeSet;

use crate::dataset::roles::{self, ColumnRoles, LabelColumns};
use crate::dataset::{DatasetError, Document, Table};

/// Articles as they were read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReadArticles {
    /// The articles.
    pub(crate) documents: Vec<Document>,
    /// The labels of each article by their names, sorted and none twice, shape (articles).
    pub(crate) labels: Vec<Vec<String>>,
    /// The row of the table that each article stands in, from 0, ascending, shape (articles).
    pub(crate) rows: Vec<usize>,
    /// Labels that have a column of their own, whether an article has them or not.
    pub(crate) declared: BTreeSet<String>,
}

impl ReadArticles {
    /// The articles of a table with copies of its texts.
    ///
    /// # Errors
    /// When a cell of labels cannot be understood.
    pub(crate) fn from_table(table: &Table, roles: &ColumnRoles) -> Result<Self, DatasetError> {
        let labels = label_sets(table, roles)?;
        Ok(Self::new(table, roles, labels, documents(table, roles)))
    }

    /// The same with the texts moved out of the table.
    ///
    /// # Errors
    /// As [`ReadArticles::from_table`]; then the table is as it was.
    pub(crate) fn take_from_table(
        table: &mut Table,
        roles: &ColumnRoles,
    ) -> Result<Self, DatasetError> {
        let labels = label_sets(table, roles)?;
        let documents = take_documents(table, roles);
        Ok(Self::new(table, roles, labels, documents))
    }

    fn new(
        table: &Table,
        roles: &ColumnRoles,
        labels: Vec<Vec<String>>,
        documents: Vec<Document>,
    ) -> Self {
        let declared = match &roles.labels {
            LabelColumns::Indicators { columns } => {
                let names = columns.iter().map(|&column| table.headers[column].clone());
                names.collect()
            }
            LabelColumns::None | LabelColumns::Set { .. } => BTreeSet::new(),
        };
        Self {
            rows: (0..documents.len()).collect(),
            documents,
            labels,
            declared,
        }
    }

    /// Keeps the articles that `stays` says, shape (articles).
    pub(crate) fn keep(&mut self, stays: &[bool]) {
        keep(&mut self.documents, stays);
        keep(&mut self.labels, stays);
        keep(&mut self.rows, stays);
    }
}

fn keep<T>(values: &mut Vec<T>, stays: &[bool]) {
    let mut flags = stays.iter();
    values.retain(|_| flags.next().is_some_and(|stays| *stays));
}

pub(crate) fn documents(table: &Table, roles: &ColumnRoles) -> Vec<Document> {
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

/// The labels of every row by their names, sorted, without empty ones and repetitions.
pub(super) fn label_sets(
    table: &Table,
    roles: &ColumnRoles,
) -> Result<Vec<Vec<String>>, DatasetError> {
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
    labels.sort_unstable();
    labels.dedup();
    Ok(labels)
}
