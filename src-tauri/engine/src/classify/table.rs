//! A table with the answers of a model beside its own columns.

use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use ts_rs::TS;

use super::{Answers, Classifier, ClassifyError};
use crate::dataset::{ColumnRoles, DatasetError, LabelColumns, Table, TextEncoding, match_labels};
use crate::evaluation::{EvaluatedPart, Evaluation, EvaluationError, INTERVAL_SEED};
use crate::files::{WriteError, write_atomically};

/// Joins the labels that are given, as the notebook's tables have it.
const LABEL_SEPARATOR: &str = "|";
/// `[CLS]` and `[SEP]`.
const WORD_PIECES_OF_NOTHING: usize = 2;
/// Tells spreadsheet programs that a file is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A classified table: the same rows and columns in the same order, and more columns.
#[derive(Debug, Clone)]
pub struct ClassifiedTable<'a> {
    table: &'a Table,
    /// Names of the columns that are added.
    pub added: Vec<String>,
    /// What the model says of each row.
    pub answers: Answers,
    /// How good that is, where the table has labels that the model knows.
    pub evaluation: Option<Evaluation>,
    /// Labels that the model does not know, with the number of rows that have them. They are
    /// left out of the evaluation.
    pub unknown_labels: BTreeMap<String, usize>,
    /// Rows that have no other labels than such; they are left out of the evaluation.
    pub left_out: usize,
    labels: Vec<String>,
}

/// Why a table could not be classified.
#[derive(Debug, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum TableError {
    /// The table cannot be used.
    #[error(transparent)]
    #[serde(untagged)]
    Dataset(#[from] DatasetError),
    /// The model could not be computed.
    #[error(transparent)]
    #[serde(untagged)]
    Classify(#[from] ClassifyError),
    /// The answers could not be judged.
    #[error(transparent)]
    #[serde(untagged)]
    Evaluation(#[from] EvaluationError),
}

/// Classifies the rows of a table. `progress` hears how many are done, and stops the work by
/// giving `false`; then the result is `None`.
///
/// # Errors
/// When a cell of labels cannot be understood, or the model could not be computed.
pub fn classify_table<'a>(
    classifier: &mut Classifier,
    table: &'a Table,
    roles: &ColumnRoles,
    progress: &mut dyn FnMut(usize) -> bool,
) -> Result<Option<ClassifiedTable<'a>>, TableError> {
    let labels = classifier.model().labels.clone();
    let labelled = match_labels(table, &known_columns(table, roles, &labels), &labels)?;
    let Some(answers) = classifier.classify_all(&labelled.documents, progress)? else {
        return Ok(None);
    };
    let known = labelled
        .targets
        .filter(|targets| targets.values().contains(&true));
    let judged = labelled.judged;
    let left_out = table.rows.len() - judged.len();
    let evaluation = known.map(|targets| {
        Evaluation::new(
            EvaluatedPart::OtherTable,
            judged.clone(),
            labels.clone(),
            classifier.model().thresholds.clone(),
            targets.select(&judged),
            answers.scores.select(&judged),
            None,
            INTERVAL_SEED,
        )
    });
    let evaluation = evaluation.transpose()?;
    Ok(Some(ClassifiedTable {
        added: added_columns(table, &labels),
        table,
        answers,
        evaluation,
        unknown_labels: labelled.unknown_labels,
        left_out,
        labels,
    }))
}

/// A table without a column of labels may have one column of 0 and 1 for each label of the model.
fn known_columns(table: &Table, roles: &ColumnRoles, labels: &[String]) -> ColumnRoles {
    let mut roles = roles.clone();
    if roles.labels == LabelColumns::None {
        let column = |label: &String| table.headers.iter().position(|name| name == label);
        if let Some(columns) = labels.iter().map(column).collect() {
            roles.labels = LabelColumns::Indicators { columns };
        }
    }
    roles
}

/// The names of the new columns, none of which is taken.
fn added_columns(table: &Table, labels: &[String]) -> Vec<String> {
    let mut taken = table.headers.clone();
    let scores = labels.iter().map(|label| format!("score: {label}"));
    let names = ["predicted labels".to_owned()]
        .into_iter()
        .chain(scores)
        .chain(["word pieces cut".to_owned()]);
    let mut added = Vec::new();
    for name in names {
        let free = (1..)
            .map(|number| match number {
                1 => name.clone(),
                _ => format!("{name} ({number})"),
            })
            .find(|name| !taken.contains(name))
            .unwrap_or(name);
        taken.push(free.clone());
        added.push(free);
    }
    added
}

impl ClassifiedTable<'_> {
    /// The names of all columns.
    pub fn headers(&self) -> impl Iterator<Item = &str> {
        let names = self.table.headers.iter().chain(&self.added);
        names.map(String::as_str)
    }

    /// The cells that are added to a row; empty ones where it has no text to read.
    pub fn added_cells(&self, row: usize) -> Vec<String> {
        let (word_pieces, cut) = self.answers.lengths.get(row).copied().unwrap_or((0, 0));
        if word_pieces <= WORD_PIECES_OF_NOTHING {
            return vec![String::new(); self.added.len()];
        }
        let given = self.answers.given.row(row).iter().zip(&self.labels);
        let given: Vec<&str> = given
            .filter(|(given, _)| **given)
            .map(|(_, label)| label.as_str())
            .collect();
        let scores = self.answers.scores.row(row).iter();
        let mut cells = vec![given.join(LABEL_SEPARATOR)];
        cells.extend(scores.map(|score| format!("{score:.6}")));
        cells.push(cut.to_string());
        cells
    }

    /// Writes the table in UTF-8: separated by tabs where the file's name ends with `.tsv` or
    /// `.tab`, else as it came. A byte order mark says that it is UTF-8 where the table came with
    /// one or in another encoding: spreadsheet programs would take it for what it was before.
    ///
    /// # Errors
    /// When the file cannot be written; then one that was there stays as it was.
    pub fn write(&self, path: &Path) -> Result<(), WriteError> {
        let source = &self.table.source;
        let extension = path.extension().and_then(|extension| extension.to_str());
        let separator = match (extension, source.separator) {
            (Some("tsv" | "tab"), _) => b'\t',
            (_, Some(separator)) => u8::try_from(separator).unwrap_or(b','),
            (_, None) => b',',
        };
        write_atomically(path, |file| {
            if source.has_byte_order_mark || source.encoding != Some(TextEncoding::Utf8) {
                file.write_all(BYTE_ORDER_MARK.as_bytes())?;
            }
            let mut writer = csv::WriterBuilder::new()
                .delimiter(separator)
                .from_writer(file);
            writer.write_record(self.headers())?;
            for (row, cells) in self.table.rows.iter().enumerate() {
                writer.write_record(cells.iter().chain(&self.added_cells(row)))?;
            }
            writer.flush()
        })
    }
}
