//! What the columns of a table hold, and which may be what is missing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::dataset::{
    DatasetError, LABEL_SEPARATORS, RoleChoices, Table, detect_label_separator, is_name_of_labels,
};
use crate::library::model::Columns;
use crate::protocol::{ColumnOverview, SeparatorOverview};

/// Different cells are counted to here.
const MOST_DIFFERENT: usize = 1_000;
/// Rows whose cells are shown.
const SAMPLE_ROWS: usize = 8;
/// Characters of a cell that are shown.
const SAMPLE_CHARACTERS: usize = 160;
/// Titles and abstracts have more characters than this on average.
const SHORT_TEXT: usize = 15;
/// Cells of labels have fewer characters than this on average.
const LONG_LABELS: usize = 120;

/// What is known of a column.
pub(super) struct ColumnFacts {
    pub(super) overview: ColumnOverview,
    /// Bytes of a cell that holds something, on average.
    mean_length: usize,
}

/// What the columns hold.
pub(super) fn describe(table: &Table) -> Vec<ColumnFacts> {
    let columns = table.headers.iter().enumerate();
    columns
        .map(|(column, name)| describe_column(table, column, name))
        .collect()
}

fn describe_column(table: &Table, column: usize, name: &str) -> ColumnFacts {
    let cells = || table.rows.iter().filter_map(|row| row.get(column));
    let mut different: HashSet<&str> = HashSet::new();
    let (mut filled, mut bytes, mut is_indicator) = (0, 0, true);
    for cell in cells()
        .map(|cell| cell.trim())
        .filter(|cell| !cell.is_empty())
    {
        filled += 1;
        bytes += cell.len();
        is_indicator &= matches!(cell, "0" | "1");
        if different.len() < MOST_DIFFERENT {
            different.insert(cell);
        }
    }
    ColumnFacts {
        overview: ColumnOverview {
            name: name.into(),
            filled,
            different: different.len(),
            is_indicator: is_indicator && filled > 0,
            samples: cells()
                .take(SAMPLE_ROWS)
                .map(|cell| shorten(cell))
                .collect(),
        },
        mean_length: bytes / filled.max(1),
    }
}

fn shorten(cell: &str) -> String {
    let cell = cell.trim();
    match cell.char_indices().nth(SAMPLE_CHARACTERS) {
        Some((end, _)) => format!("{}…", cell[..end].trim_end()),
        None => cell.into(),
    }
}

/// What each separator of labels would give in a column, the detected one first, and the one in
/// use among them.
pub(super) fn separators(table: &Table, column: usize, in_use: &str) -> Vec<SeparatorOverview> {
    // Cells of labels come back, so that each is parted once.
    let mut cells: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &table.rows {
        *cells.entry(row[column].trim()).or_insert(0) += 1;
    }
    let detected = detect_label_separator(table, column);
    let mut separators = vec![detected.as_str()];
    for separator in LABEL_SEPARATORS.into_iter().chain([in_use]) {
        if !separators.contains(&separator) {
            separators.push(separator);
        }
    }
    let overview = |separator: &str| {
        let mut labels: BTreeSet<&str> = BTreeSet::new();
        let mut parted = 0;
        for (cell, rows) in &cells {
            let parts = cell.split(separator).map(str::trim);
            let parts: BTreeSet<&str> = parts.filter(|part| !part.is_empty()).collect();
            parted += if parts.len() > 1 { *rows } else { 0 };
            labels.extend(parts);
        }
        SeparatorOverview {
            separator: separator.into(),
            labels: labels.len(),
            cells: parted,
        }
    };
    separators.into_iter().map(overview).collect()
}

/// The columns that may be what an error misses, the likeliest first.
pub(super) fn candidates(
    error: &DatasetError,
    table: &Table,
    facts: &[ColumnFacts],
    choices: &RoleChoices,
    in_use: &Option<Columns>,
) -> Vec<String> {
    match error {
        DatasetError::MissingTextColumn { .. } => texts(facts),
        DatasetError::UnknownColumn { name, .. } => {
            if choices.labels.contains(name) {
                labels(table, facts, choices, in_use)
            } else if choices.id.as_ref() == Some(name) {
                table.headers.clone()
            } else {
                texts(facts)
            }
        }
        DatasetError::LabelNotInOrder { .. } | DatasetError::LabelTwice { .. } => Vec::new(),
        _ => labels(table, facts, choices, in_use),
    }
}

/// Columns of longer texts, the longest first.
fn texts(facts: &[ColumnFacts]) -> Vec<String> {
    let is_text = |facts: &&ColumnFacts| facts.mean_length > SHORT_TEXT;
    let mut texts: Vec<&ColumnFacts> = facts.iter().filter(is_text).collect();
    texts.sort_by_key(|facts| Reverse(facts.mean_length));
    names(texts)
}

/// Columns whose cells come back and are short: first those that are named as labels are, then
/// those with fewer different cells.
fn labels(
    table: &Table,
    facts: &[ColumnFacts],
    choices: &RoleChoices,
    in_use: &Option<Columns>,
) -> Vec<String> {
    let is_taken = |name: &String| {
        let of_use = in_use.as_ref();
        let roles = of_use.map(|columns| [&columns.title, &columns.abstract_text, &columns.id]);
        let roles = roles.into_iter().flatten();
        let chosen = [&choices.title, &choices.abstract_text, &choices.id];
        let mut all = roles.chain(chosen);
        all.any(|role| role.as_ref() == Some(name))
    };
    let rows = table.rows.len();
    let may_be = |facts: &&ColumnFacts| {
        let overview = &facts.overview;
        let comes_back = overview.different * 2 <= overview.filled || rows < 20;
        let is_short = facts.mean_length < LONG_LABELS;
        let named = is_name_of_labels(&overview.name);
        let differs = overview.different > 1;
        !is_taken(&overview.name) && (named || (differs && comes_back && is_short))
    };
    let mut labels: Vec<&ColumnFacts> = facts.iter().filter(may_be).collect();
    labels.sort_by_key(|facts| {
        let named = is_name_of_labels(&facts.overview.name);
        (!named, facts.overview.different)
    });
    names(labels)
}

fn names(facts: Vec<&ColumnFacts>) -> Vec<String> {
    let names = facts.into_iter().map(|facts| facts.overview.name.clone());
    names.collect()
}
