//! A table with the answers of a model beside its own columns.

use std::collections::BTreeMap;

use super::rows::{WORD_PIECES_OF_NOTHING, added_cells, added_columns};
use super::{Answers, Classifier, ClassifyError, OutputError};
use crate::dataset::{
    ColumnRoles, Corrections, DatasetError, Document, KnownLabels, LabelColumns, Table,
    TableStream, document, match_known,
};
use crate::evaluation::{EvaluatedPart, Evaluation, EvaluationError, INTERVAL_SEED};
use crate::files::WriteError;
use crate::labels::ScoreMatrix;
use crate::text::tokenizer::Encoded;

/// Rows that are classified, and where they are written kept, at a time.
pub(super) const ROWS_A_CHUNK: usize = 256;

/// What a model says of the rows of a table.
#[derive(Debug, Clone)]
pub struct ClassifiedTable {
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
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The table cannot be used.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The model could not be computed.
    #[error(transparent)]
    Classify(#[from] ClassifyError),
    /// The answers could not be judged.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// The answers cannot go where they are asked to.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The answers could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Classifies the rows of a table. `progress` hears how many are done, and stops the work by
/// giving `false`; then the result is `None`.
///
/// # Errors
/// When a cell of labels cannot be understood, or the model could not be computed.
pub fn classify_table(
    classifier: &mut Classifier,
    table: &TableStream,
    roles: &ColumnRoles,
    progress: &mut dyn FnMut(usize) -> bool,
) -> Result<Option<ClassifiedTable>, TableError> {
    let mut work = TableWork::new(classifier, table, roles)?;
    let is_done = work.go_on(classifier, &mut |_, _| Ok(()), progress)?;
    is_done.then(|| work.finish()).transpose()
}

/// A table that is being classified, in chunks of rows from the first to the last.
pub(super) struct TableWork<'a> {
    pub(super) table: &'a TableStream,
    pub(super) roles: ColumnRoles,
    pub(super) labels: Vec<String>,
    pub(super) thresholds: Vec<f64>,
    pub(super) added: Vec<String>,
    known: KnownLabels,
    /// The probabilities so far, shape (rows done, labels).
    pub(super) scores: Vec<f64>,
    /// Word pieces of the rows done, and how many of them were not read.
    pub(super) lengths: Vec<(usize, usize)>,
}

impl<'a> TableWork<'a> {
    pub(super) fn new(
        classifier: &Classifier,
        table: &'a TableStream,
        roles: &ColumnRoles,
    ) -> Result<Self, TableError> {
        let model = classifier.model();
        let labels = model.labels.clone();
        let headers = &table.beginning().headers;
        let label_roles = known_columns(headers, roles, &labels);
        let none = Corrections::default();
        let manifest = model.manifest.as_ref();
        let corrections = manifest.map_or(&none, |manifest| &manifest.corrections);
        Ok(Self {
            known: match_known(table, &label_roles, &labels, corrections)?,
            added: added_columns(headers, &labels),
            thresholds: model.thresholds.clone(),
            labels,
            table,
            roles: roles.clone(),
            scores: Vec::new(),
            lengths: Vec::new(),
        })
    }

    /// Rows that are done.
    pub(super) fn done(&self) -> usize {
        self.lengths.len()
    }

    /// Classifies the rows that are not done yet. `keep` is given each chunk with its answers;
    /// `progress` hears how many rows are done, and stops the work by giving `false`; then the
    /// result is `false`.
    pub(super) fn go_on(
        &mut self,
        classifier: &mut Classifier,
        keep: &mut dyn FnMut(&Table, &Answers) -> Result<(), TableError>,
        progress: &mut dyn FnMut(usize) -> bool,
    ) -> Result<bool, TableError> {
        let mut parts = self.table.parts(self.done(), ROWS_A_CHUNK)?;
        let (encoder, mut scorer) = classifier.halves();
        let roles = self.roles.clone();
        let mut read = || -> Option<Result<(Table, Vec<Encoded>), DatasetError>> {
            let chunk = match parts.next()? {
                Ok(chunk) => chunk,
                Err(error) => return Some(Err(error)),
            };
            let rows = chunk.rows.iter();
            let documents: Vec<Document> = rows.map(|row| document(row, &roles)).collect();
            let encoded = encoder.encode(&documents);
            Some(Ok((chunk, encoded)))
        };
        let mut ready = read();
        while let Some(part) = ready {
            let (chunk, encoded) = part?;
            let first = self.done();
            // The next rows are read and taken apart while these are answered.
            let (answers, next) = std::thread::scope(|scope| {
                let next = scope.spawn(&mut read);
                let answers = scorer.answer(&encoded, &mut |done| progress(first + done));
                (answers, next.join())
            });
            ready = next.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            let Some(answers) = answers? else {
                return Ok(false);
            };
            keep(&chunk, &answers)?;
            self.scores.extend_from_slice(answers.scores.values());
            self.lengths.extend(answers.lengths);
        }
        Ok(true)
    }

    /// The whole table, judged where its labels are known.
    pub(super) fn finish(self) -> Result<ClassifiedTable, TableError> {
        let scores = ScoreMatrix::new(self.labels.len(), self.scores);
        let known = self.known;
        let targets = known
            .targets
            .filter(|targets| targets.values().contains(&true));
        let evaluation = targets.map(|targets| {
            Evaluation::new(
                EvaluatedPart::OtherTable,
                known.judged.clone(),
                self.labels.clone(),
                self.thresholds.clone(),
                targets.select(&known.judged),
                scores.select(&known.judged),
                None,
                INTERVAL_SEED,
            )
        });
        Ok(ClassifiedTable {
            evaluation: evaluation.transpose()?,
            left_out: self.table.rows() - known.judged.len(),
            unknown_labels: known.unknown_labels,
            answers: Answers {
                given: scores.at_thresholds(&self.thresholds),
                scores,
                lengths: self.lengths,
            },
            added: self.added,
            labels: self.labels,
        })
    }
}

/// A table without a column of labels may have one column of 0 and 1 for each label of the model.
fn known_columns(headers: &[String], roles: &ColumnRoles, labels: &[String]) -> ColumnRoles {
    let mut roles = roles.clone();
    if roles.labels == LabelColumns::None {
        let column = |label: &String| headers.iter().position(|name| name == label);
        if let Some(columns) = labels.iter().map(column).collect() {
            roles.labels = LabelColumns::Indicators { columns };
        }
    }
    roles
}

impl ClassifiedTable {
    /// The cells that are added to a row; empty ones where it has no text to read.
    pub fn added_cells(&self, row: usize) -> Vec<String> {
        added_cells(&self.labels, &self.answers, row)
    }

    /// Rows that are given each label, in the model's order. Rows without a text are given none.
    pub fn given_counts(&self) -> Vec<(String, usize)> {
        let count = |label: usize| {
            let given = self.answers.given.column(label).enumerate();
            given
                .filter(|&(row, given)| given && self.has_text(row))
                .count()
        };
        let labels = self.labels.iter().enumerate();
        labels
            .map(|(label, name)| (name.clone(), count(label)))
            .collect()
    }

    /// Rows with a text that are given no label.
    pub fn without_label(&self) -> usize {
        let is_bare =
            |&row: &usize| self.has_text(row) && !self.answers.given.row(row).contains(&true);
        (0..self.answers.lengths.len()).filter(is_bare).count()
    }

    /// Rows without a text.
    pub fn without_text(&self) -> usize {
        let rows = 0..self.answers.lengths.len();
        rows.filter(|&row| !self.has_text(row)).count()
    }

    fn has_text(&self, row: usize) -> bool {
        let length = self.answers.lengths.get(row);
        length.is_some_and(|&(word_pieces, _)| word_pieces > WORD_PIECES_OF_NOTHING)
    }
}
