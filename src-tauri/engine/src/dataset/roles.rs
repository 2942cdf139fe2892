//! Which column is what.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use unicode_normalization::UnicodeNormalization;

use crate::dataset::error::DatasetError;
use crate::dataset::table::Table;

/// What the user says about the columns; the rest is guessed from their names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RoleChoices {
    /// Column of the titles; an empty name for none.
    pub title: Option<String>,
    /// Column of the abstracts; an empty name for none.
    pub abstract_text: Option<String>,
    /// One column that names labels, or several columns of 0 and 1.
    pub labels: Vec<String>,
    /// Column of the identifiers.
    pub id: Option<String>,
    /// What separates several labels in a cell.
    pub label_separator: Option<String>,
    /// The labels in the order they are to have; sorted when absent.
    pub label_order: Option<Vec<String>>,
}

/// Where the labels of a row are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum LabelColumns {
    /// Nowhere.
    None,
    /// In one cell, by their names.
    Set {
        /// The column.
        column: usize,
        /// What separates them.
        separator: String,
    },
    /// In one column of 0 and 1 a label.
    Indicators {
        /// The columns.
        columns: Vec<usize>,
    },
}

/// Which column is what, by numbers from 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ColumnRoles {
    /// Titles.
    pub title: Option<usize>,
    /// Abstracts.
    pub abstract_text: Option<usize>,
    /// Labels.
    pub labels: LabelColumns,
    /// Identifiers.
    pub id: Option<usize>,
}

/// Whether a table is of use without labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelsNeeded {
    /// It is not: a model is to learn from it.
    Required,
    /// It is: it is to be classified.
    Optional,
}

const TITLES: [&str; 5] = ["title", "titulo", "article title", "document title", "ti"];
const ABSTRACTS: [&str; 9] = [
    "abstract",
    "ab",
    "resumen",
    "abstract text",
    "abstracttext",
    "summary",
    "texto",
    "text",
    "contenido",
];
const LABELS: [&str; 12] = [
    "labels",
    "label",
    "group",
    "groups",
    "etiquetas",
    "etiqueta",
    "grupo",
    "grupos",
    "category",
    "categories",
    "categoria",
    "categorias",
];
const IDS: [&str; 6] = ["id", "pmid", "doi", "uid", "identifier", "identificador"];

/// Finds the role of each column: as the user says, else by its name in English or Spanish.
///
/// # Errors
/// When a column that was named is not there, or one that is needed cannot be told.
pub fn assign_roles(
    table: &Table,
    choices: &RoleChoices,
    needed: LabelsNeeded,
) -> Result<ColumnRoles, DatasetError> {
    let mut names: Vec<String> = table.headers.iter().map(|name| normalise(name)).collect();
    // A column that was given a role is not guessed to have another.
    let chosen = [&choices.title, &choices.abstract_text, &choices.id];
    for name in chosen.into_iter().flatten().chain(&choices.labels) {
        if !name.is_empty() {
            names[find(table, name)?].clear();
        }
    }
    let guess = |known: &[&str]| {
        let place = |wanted: &&str| names.iter().position(|name| name == wanted);
        known.iter().find_map(place)
    };
    let role = |chosen: &Option<String>, known: &[&str]| match chosen.as_deref() {
        Some("") => Ok(None),
        Some(name) => find(table, name).map(Some),
        None => Ok(guess(known)),
    };
    let title = role(&choices.title, &TITLES)?;
    let abstract_text = role(&choices.abstract_text, &ABSTRACTS)?;
    if title.is_none() && abstract_text.is_none() {
        return Err(DatasetError::MissingTextColumn {
            path: table.source.path.clone(),
            columns: table.column_list(),
        });
    }
    let set = |column| LabelColumns::Set {
        column,
        separator: choices
            .label_separator
            .clone()
            .filter(|separator| !separator.is_empty())
            .unwrap_or_else(|| detect_label_separator(table, column)),
    };
    let labels = match choices.labels.as_slice() {
        [] => match guess_labels(table, &names, needed) {
            Err(error @ DatasetError::MissingLabelColumn { .. }) => {
                indicator_columns(table, &names).ok_or(error)?
            }
            guessed => guessed?.map_or(LabelColumns::None, set),
        },
        [one] => set(find(table, one)?),
        several => {
            let columns: Result<_, _> = several.iter().map(|name| find(table, name)).collect();
            LabelColumns::Indicators { columns: columns? }
        }
    };
    let id = role(&choices.id, &IDS)?;
    Ok(ColumnRoles {
        title,
        abstract_text,
        labels,
        id,
    })
}

/// Lower case, without accents and surrounding space, words separated by single spaces.
pub(crate) fn normalise(text: &str) -> String {
    let plain: String = text
        .nfd()
        .filter(|character| !('\u{300}'..='\u{36f}').contains(character))
        .flat_map(char::to_lowercase)
        .map(|character| if character == '_' { ' ' } else { character })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn find(table: &Table, name: &str) -> Result<usize, DatasetError> {
    let exact = table.headers.iter().position(|header| header == name);
    let like = || {
        table
            .headers
            .iter()
            .position(|header| normalise(header) == normalise(name))
    };
    exact
        .or_else(like)
        .ok_or_else(|| DatasetError::UnknownColumn {
            path: table.source.path.clone(),
            name: name.into(),
            columns: table.column_list(),
        })
}

fn guess_labels(
    table: &Table,
    names: &[String],
    needed: LabelsNeeded,
) -> Result<Option<usize>, DatasetError> {
    let found: Vec<usize> = (0..names.len())
        .filter(|&column| LABELS.contains(&names[column].as_str()))
        .collect();
    match (found.as_slice(), needed) {
        ([one], _) => Ok(Some(*one)),
        (_, LabelsNeeded::Optional) => Ok(None),
        ([], LabelsNeeded::Required) => Err(DatasetError::MissingLabelColumn {
            path: table.source.path.clone(),
            columns: table.column_list(),
        }),
        (several, LabelsNeeded::Required) => {
            let candidates: Vec<&str> = several
                .iter()
                .map(|&column| table.headers[column].as_str())
                .collect();
            Err(DatasetError::AmbiguousLabelColumn {
                path: table.source.path.clone(),
                candidates: candidates.join(", "),
            })
        }
    }
}

/// Whether a column is named as those of labels are.
pub(crate) fn is_name_of_labels(header: &str) -> bool {
    LABELS.contains(&normalise(header).as_str())
}

/// What a cell of a column of 0 and 1 says, in the words that people write there.
pub(super) fn indicator(cell: &str) -> Option<bool> {
    match normalise(cell).as_str() {
        "1" | "1.0" | "true" | "yes" | "y" | "si" | "x" | "verdadero" => Some(true),
        "" | "0" | "0.0" | "false" | "no" | "n" | "falso" => Some(false),
        _ => None,
    }
}

/// The columns that hold nothing but 0 and 1, and a 1 somewhere; fewer than two are no labels.
fn indicator_columns(table: &Table, names: &[String]) -> Option<LabelColumns> {
    let is_indicator = |column: &usize| {
        let mut cells = table.rows.iter().map(|row| row[*column].trim());
        let zeros_and_ones = cells.clone().all(|cell| matches!(cell, "" | "0" | "1"));
        zeros_and_ones && cells.any(|cell| cell == "1") && !names[*column].is_empty()
    };
    let columns: Vec<usize> = (0..names.len()).filter(is_indicator).collect();
    (columns.len() > 1).then_some(LabelColumns::Indicators { columns })
}

/// What separates labels in a cell, the likeliest first.
pub(crate) const LABEL_SEPARATORS: [&str; 4] = ["|", ";", "/", ","];

/// The first of these separators that cells are joined by: at least half of the parts stand
/// in another cell too. Equal cells count as one, so that a label such as "HIV/AIDS", however
/// common, is not taken apart. `|` when there is none.
pub(crate) fn detect_label_separator(table: &Table, column: usize) -> String {
    let cells: BTreeSet<&str> = table.rows.iter().map(|row| row[column].trim()).collect();
    for separator in LABEL_SEPARATORS {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let joined = cells.iter().filter(|cell| cell.contains(separator));
        for cell in joined {
            let parts: BTreeSet<&str> = cell.split(separator).map(str::trim).collect();
            for part in parts.into_iter().filter(|part| !part.is_empty()) {
                *counts.entry(part).or_insert(0) += 1;
            }
        }
        let comes_back = |(part, count): &(&&str, &usize)| **count > 1 || cells.contains(*part);
        let known = counts.iter().filter(comes_back).count();
        if !counts.is_empty() && known * 2 >= counts.len() {
            return separator.into();
        }
    }
    "|".into()
}
