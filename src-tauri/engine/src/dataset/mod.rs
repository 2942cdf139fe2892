//! Tables of articles: reading them, which column is what, documents and labels.

mod articles;
mod corrections;
mod encoding;
mod error;
mod findings;
mod profile;
mod roles;
#[cfg(test)]
mod small_table;
mod stream;
mod table;
#[cfg(test)]
mod tests;
mod text_rows;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::labels::LabelMatrix;
use articles::label_sets;

/// More labels than this are no labels, but a column of something else.
const MOST_LABELS: usize = 1_000;

pub(crate) use articles::{ReadArticles, document, documents, take_documents};
pub use corrections::{ContradictionFix, Correction, CorrectionEffects, Corrections};
pub use encoding::{TextEncoding, read_text_file};
pub use error::{DatasetError, OtherFormat, TextRole};
pub use findings::{Finding, Fix, find_remarkable};
pub use profile::{DatasetProfile, LengthHistogram};
pub use roles::{ColumnRoles, LabelColumns, LabelsNeeded, RoleChoices, assign_roles};
pub(crate) use roles::{LABEL_SEPARATORS, detect_label_separator, is_name_of_labels, normalise};
pub use stream::TableStream;
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
    /// The row of the table that each article stands in, from 0, ascending, shape (articles).
    /// Corrections leave rows out, and every number that is kept or shown is one of these.
    pub rows: Vec<usize>,
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
    /// The articles and labels of a table as they stand there. A row may have no label.
    ///
    /// # Errors
    /// When there are fewer than two labels or too many, or a cell cannot be understood.
    pub fn from_table(
        table: &Table,
        roles: &ColumnRoles,
        choices: &RoleChoices,
    ) -> Result<Self, DatasetError> {
        let articles = ReadArticles::from_table(table, roles)?;
        let (labels, targets) = find_labels(&articles, table, roles, choices)?;
        Ok(Self::new(table, articles, labels, targets))
    }

    /// The articles and labels of a table after corrections, and what these did. The texts are
    /// moved out of the table: its titles and abstracts are empty afterwards. Computes in the
    /// current rayon pool.
    ///
    /// # Errors
    /// As [`Dataset::from_table`], also when the corrections leave too few labels.
    pub fn corrected(
        table: &mut Table,
        roles: &ColumnRoles,
        choices: &RoleChoices,
        corrections: &Corrections,
    ) -> Result<(Self, CorrectionEffects), DatasetError> {
        let articles = ReadArticles::take_from_table(table, roles)?;
        let (articles, effects) = corrections.apply(articles);
        let (labels, targets) = find_labels(&articles, table, roles, choices)?;
        Ok((Self::new(table, articles, labels, targets), effects))
    }

    /// The articles, with the labels that were found in them; none where there are none to tell.
    pub(crate) fn new(
        table: &Table,
        articles: ReadArticles,
        labels: Vec<String>,
        targets: LabelMatrix,
    ) -> Self {
        Self {
            source: table.source.clone(),
            documents: articles.documents,
            labels,
            targets,
            rows: articles.rows,
        }
    }
}

/// The labels of the articles, and which has which, shape (articles, labels).
///
/// # Errors
/// When there are fewer than two labels or too many, or the order of labels lacks one.
pub(crate) fn find_labels(
    articles: &ReadArticles,
    table: &Table,
    roles: &ColumnRoles,
    choices: &RoleChoices,
) -> Result<(Vec<String>, LabelMatrix), DatasetError> {
    let sets = &articles.labels;
    let names: BTreeSet<&String> = sets.iter().flatten().chain(&articles.declared).collect();
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
        None => names.into_iter().cloned().collect(),
        Some(order) => {
            check_order(articles, table, order)?;
            order.clone()
        }
    };
    if let [label] = labels.as_slice() {
        return Err(DatasetError::OneLabelOnly {
            path: path(),
            label: label.clone(),
        });
    }
    let targets = matrix(sets, &labels);
    Ok((labels, targets))
}

/// Makes sure that an order of labels names each label of the rows, and none twice.
fn check_order(
    articles: &ReadArticles,
    table: &Table,
    order: &[String],
) -> Result<(), DatasetError> {
    let unknown = |set: &Vec<String>| set.iter().find(|label| !order.contains(label)).cloned();
    let lines = articles.rows.iter().filter_map(|&row| table.lines.get(row));
    let mut wrong = articles.labels.iter().zip(lines);
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

/// The labels of a table among the `known` ones, after they were corrected as those of the table that was learned from.
/// Others are counted and left out.
///
/// # Errors
/// When a cell of labels cannot be understood, or the file cannot be read any more.
pub(crate) fn match_known(
    table: &TableStream,
    roles: &ColumnRoles,
    known: &[String],
    corrections: &Corrections,
) -> Result<KnownLabels, DatasetError> {
    if roles.labels == LabelColumns::None {
        return Ok(KnownLabels {
            targets: None,
            unknown_labels: BTreeMap::new(),
            judged: (0..table.rows()).collect(),
        });
    }
    let mut all = KnownLabels::among(&[], known, true);
    let mut rows = 0;
    for part in table.parts(0, ROWS_A_PART)? {
        let part = part?;
        let sets = label_sets(&part, roles)?.into_iter();
        let sets: Vec<Vec<String>> = sets.map(|set| corrections.correct_set(set)).collect();
        let own = KnownLabels::among(&sets, known, true);
        all.append(rows, own);
        rows += part.rows.len();
    }
    Ok(all)
}

/// Rows whose labels are looked at together.
const ROWS_A_PART: usize = 4_096;

impl KnownLabels {
    /// Adds the rows that come after the first `rows` ones, which these are.
    pub(crate) fn append(&mut self, rows: usize, more: Self) {
        self.judged.extend(more.judged.iter().map(|row| rows + row));
        for (label, count) in more.unknown_labels {
            *self.unknown_labels.entry(label).or_insert(0) += count;
        }
        if let (Some(targets), Some(more)) = (&mut self.targets, more.targets) {
            targets.append(&more);
        }
    }

    /// The labels of articles by their names, shape (articles), as far as they are `known`.
    pub(crate) fn among(labels: &[Vec<String>], known: &[String], has_labels: bool) -> Self {
        let mut unknown_labels = BTreeMap::new();
        for label in labels.iter().flatten() {
            if !known.contains(label) {
                *unknown_labels.entry(label.clone()).or_insert(0) += 1;
            }
        }
        let is_judged =
            |set: &Vec<String>| set.is_empty() || set.iter().any(|one| known.contains(one));
        let judged = labels.iter().enumerate().filter(|(_, set)| is_judged(set));
        Self {
            judged: judged.map(|(row, _)| row).collect(),
            targets: has_labels.then(|| matrix(labels, known)),
            unknown_labels,
        }
    }
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
