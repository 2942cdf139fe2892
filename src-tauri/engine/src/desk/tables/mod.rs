//! The open table.

mod articles;
mod columns;
mod split;
#[cfg(test)]
mod tests;

use std::path::Path;

use rayon::ThreadPool;
use rayon::prelude::*;

use super::{Desk, DeskError};
use crate::dataset::{
    ColumnRoles, CorrectionEffects, Corrections, Dataset, DatasetError, DatasetProfile, Document,
    Finding, LabelColumns, LabelsNeeded, ReadArticles, ReadingChoices, RoleChoices, Table,
    assign_roles, find_labels, find_remarkable, read_table, take_documents,
};
use crate::jobs::{JobError, column_names};
use crate::labels::LabelMatrix;
use crate::library::model::Columns;
use crate::model::backend::thread_pool;
use crate::protocol::{
    ArticleFilter, ArticlePage, Failure, FindingOverview, SplitOverview, TableOverview,
    TableProblem, TableProfile,
};
use crate::split::SplitChoice;
use crate::text::tokenizer::{Encoded, Tokenizer};
use articles::Selection;
use columns::ColumnFacts;

/// Rows of a finding that its overview names.
const ROWS_NAMED: usize = 20;
/// Word pieces are counted to a text's end.
const WHOLE: usize = 1 << 30;

/// A table that was opened.
pub(super) struct OpenTable {
    /// Its cells; titles and abstracts were moved to the articles.
    pub(super) table: Table,
    /// How it was read.
    pub(super) reading: ReadingChoices,
    /// What was said about its columns.
    pub(super) choices: RoleChoices,
    /// What is put right in it.
    pub(super) corrections: Corrections,
    /// What that did.
    pub(super) effects: CorrectionEffects,
    /// The columns in use; none where they could not be told.
    pub(super) columns: Option<Columns>,
    /// Its articles, corrected. Without labels where it cannot be learned from yet.
    pub(super) dataset: Dataset,
    /// What is remarkable after the corrections, with all rows, as they are counted in `dataset`.
    pub(super) findings: Vec<Finding>,
    /// What prevents learning from it.
    pub(super) problem: Option<TableProblem>,
    /// Its counts with the word pieces of the base model that was asked for last.
    pub(super) profile: Option<DatasetProfile>,
    /// The rows that were selected last.
    selection: Option<Selection>,
}

impl OpenTable {
    /// The articles with their labels.
    ///
    /// # Errors
    /// When nothing can be learned from the table yet.
    pub(super) fn learnable(&self) -> Result<&Dataset, DeskError> {
        match &self.problem {
            None => Ok(&self.dataset),
            Some(problem) => Err(DeskError::TableNotReady {
                path: self.table.source.path.clone(),
                message: problem.failure.message.clone(),
            }),
        }
    }
}

impl Desk {
    pub(super) fn open_table(
        &mut self,
        path: &Path,
        reading: &ReadingChoices,
        choices: &RoleChoices,
        corrections: &Corrections,
    ) -> Result<TableOverview, DeskError> {
        // Two tables of 1 GB need not be in memory at once.
        self.table = None;
        let mut table = read_table(path, reading).map_err(JobError::from)?;
        let facts = columns::describe(&table);
        let assigned = assign_roles(&table, choices, LabelsNeeded::Required);
        let assigned = assigned.map_err(|error| Unassigned {
            rest: assign_roles(&table, choices, LabelsNeeded::Optional).ok(),
            error,
        });
        let roles = match &assigned {
            Ok(roles) => Some(roles),
            Err(unassigned) => unassigned.rest.as_ref(),
        };
        let separators = match roles.map(|roles| &roles.labels) {
            Some(LabelColumns::Set { column, separator }) => {
                columns::separators(&table, *column, separator)
            }
            _ => Vec::new(),
        };
        let in_use = roles.map(|roles| column_names(&table, roles));
        let pool = self.pool()?;
        let read = match assigned {
            Ok(roles) => pool.install(|| corrected(&mut table, &roles, choices, corrections)),
            Err(Unassigned { rest, error }) => unread(&mut table, rest.as_ref(), error),
        };
        let problem = read.error.map(|error| TableProblem {
            candidates: columns::candidates(&error, &table, &facts, choices, &in_use),
            failure: Failure::of(&DeskError::from(JobError::from(error))),
        });
        let findings = match &problem {
            None => pool.install(|| find_remarkable(&read.dataset)),
            Some(_) => Vec::new(),
        };
        let open = OpenTable {
            table,
            reading: reading.clone(),
            choices: choices.clone(),
            corrections: corrections.clone(),
            effects: read.effects,
            columns: in_use,
            dataset: read.dataset,
            findings,
            problem,
            profile: None,
            selection: None,
        };
        let overview = TableOverview {
            separators,
            ..overview(&open, facts)
        };
        self.table = Some(open);
        Ok(overview)
    }

    pub(super) fn list_articles(
        &mut self,
        filter: &ArticleFilter,
        offset: usize,
        limit: usize,
    ) -> Result<ArticlePage, DeskError> {
        let pool = self.pool()?;
        let open = self.table.as_mut().ok_or(DeskError::NoOpenTable)?;
        Ok(pool.install(|| open.page(filter, offset, limit)))
    }

    pub(super) fn profile_table(
        &mut self,
        base: &str,
        max_length: usize,
    ) -> Result<TableProfile, DeskError> {
        let pool = self.pool()?;
        let open = self.table.as_mut().ok_or(DeskError::NoOpenTable)?;
        let dataset = open.learnable()?;
        let base = self.home.base_model(base).map_err(JobError::from)?;
        let tokenizer = base.tokenizer();
        let counts: Vec<TextCounts> = pool.install(|| {
            let documents = dataset.documents.par_iter();
            documents
                .map(|document| TextCounts::new(&document.text(), tokenizer, max_length))
                .collect()
        });
        let total = |count: fn(&TextCounts) -> usize| counts.iter().map(count).sum::<usize>();
        let pieces = total(|text| text.pieces).max(1) as f64;
        let unknown_share = total(|text| text.unknown) as f64 / pieces;
        let pieces_a_word = pieces / total(|text| text.words).max(1) as f64;
        let encoded: Vec<Encoded> = counts.into_iter().map(|text| text.encoded).collect();
        let profile = DatasetProfile::new(&dataset.labels, &dataset.targets, &encoded, max_length);
        open.profile = Some(profile.clone());
        Ok(TableProfile {
            profile,
            unknown_share,
            pieces_a_word,
        })
    }

    pub(super) fn preview_split(
        &self,
        split: &SplitChoice,
        test_table: Option<&Path>,
    ) -> Result<SplitOverview, DeskError> {
        let pool = self.pool()?;
        let open = self.table.as_ref().ok_or(DeskError::NoOpenTable)?;
        pool.install(|| split::preview(open, split, test_table))
    }

    fn pool(&self) -> Result<ThreadPool, DeskError> {
        Ok(thread_pool(self.computing.threads).map_err(JobError::from)?)
    }
}

/// What is counted of a text.
struct TextCounts {
    /// Its length, without the ids.
    encoded: Encoded,
    /// Word pieces, `[CLS]` and `[SEP]` left out.
    pieces: usize,
    /// Those that the vocabulary does not have.
    unknown: usize,
    /// Words and punctuation marks.
    words: usize,
}

impl TextCounts {
    fn new(text: &str, tokenizer: &Tokenizer, max_length: usize) -> Self {
        let Encoded {
            ids, word_pieces, ..
        } = tokenizer.encode(text, WHOLE);
        let unknown = ids.iter().filter(|&&id| id == tokenizer.unknown_id());
        Self {
            pieces: word_pieces - 2,
            unknown: unknown.count(),
            words: count_words(text),
            encoded: Encoded {
                ids: Vec::new(),
                word_pieces,
                cut: word_pieces.saturating_sub(max_length.max(2)),
            },
        }
    }
}

/// Words as BERT tells them apart: runs of letters and digits, and every other mark.
fn count_words(text: &str) -> usize {
    let mut is_inside = false;
    let starts = |character: char| {
        let was_inside = std::mem::replace(&mut is_inside, character.is_alphanumeric());
        !(character.is_whitespace() || is_inside && was_inside)
    };
    text.chars().map(starts).filter(|starts| *starts).count()
}

/// Why not all columns have a role, with the roles of the others where these can be told.
struct Unassigned {
    rest: Option<ColumnRoles>,
    error: DatasetError,
}

/// The articles of a table as far as they could be had.
struct TableArticles {
    dataset: Dataset,
    effects: CorrectionEffects,
    /// Why they have no labels.
    error: Option<DatasetError>,
}

/// The articles of a table after corrections. Where too few labels are left, the articles come
/// without any.
fn corrected(
    table: &mut Table,
    roles: &ColumnRoles,
    choices: &RoleChoices,
    corrections: &Corrections,
) -> TableArticles {
    let articles = match ReadArticles::take_from_table(table, roles) {
        Ok(articles) => articles,
        Err(error) => return unread(table, Some(roles), error),
    };
    let (articles, effects) = corrections.apply(articles);
    let (labels, targets, error) = match find_labels(&articles, table, roles, choices) {
        Ok((labels, targets)) => (labels, targets, None),
        Err(error) => (Vec::new(), LabelMatrix::default(), Some(error)),
    };
    TableArticles {
        dataset: Dataset::new(table, articles, labels, targets),
        effects,
        error,
    }
}

/// The articles of a table whose labels cannot be read, as they stand there.
fn unread(table: &mut Table, roles: Option<&ColumnRoles>, error: DatasetError) -> TableArticles {
    let rows = table.rows.len();
    let documents = match roles {
        Some(roles) => take_documents(table, roles),
        None => vec![Document::default(); rows],
    };
    TableArticles {
        dataset: Dataset {
            source: table.source.clone(),
            documents,
            labels: Vec::new(),
            targets: LabelMatrix::default(),
            rows: (0..rows).collect(),
        },
        effects: CorrectionEffects {
            rows,
            used: rows,
            ..CorrectionEffects::default()
        },
        error: Some(error),
    }
}

/// What there is to say about a table but for its separators.
fn overview(open: &OpenTable, facts: Vec<ColumnFacts>) -> TableOverview {
    let dataset = &open.dataset;
    let with = |text: fn(&Document) -> &str| {
        let documents = dataset.documents.iter();
        documents
            .filter(|document| !text(document).trim().is_empty())
            .count()
    };
    let mut labels_a_row = vec![0; 1];
    for row in 0..dataset.documents.len() {
        let has = dataset.targets.row(row).iter().filter(|has| **has).count();
        if labels_a_row.len() <= has {
            labels_a_row.resize(has + 1, 0);
        }
        labels_a_row[has] += 1;
    }
    let labels = dataset.labels.iter().cloned();
    let findings = open.findings.iter().map(|finding| FindingOverview {
        finding: finding.with_first_rows(ROWS_NAMED).numbered(&dataset.rows),
        count: finding.rows().len(),
        fixes: finding.fixes(),
    });
    TableOverview {
        source: open.table.source.clone(),
        sheets: open.table.sheets.clone(),
        columns: facts.into_iter().map(|facts| facts.overview).collect(),
        roles: open.columns.clone(),
        separators: Vec::new(),
        labels: labels.zip(dataset.targets.label_counts()).collect(),
        with_title: with(|document| &document.title),
        with_abstract: with(|document| &document.abstract_text),
        labelled: dataset.documents.len() - labels_a_row[0],
        labels_a_row,
        effects: open.effects.clone(),
        findings: findings.collect(),
        problem: open.problem.clone(),
    }
}
