//! Which articles a model learns from, which choose its best moment, and which judge it.

mod notebook;
mod stratified;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::dataset::normalise;
use crate::labels::LabelMatrix;
pub use notebook::split_notebook;
pub use stratified::stratify;

/// How the rows are split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum SplitChoice {
    /// The notebook's rows exactly: a fifth for validation and no test part. Rows are counted in
    /// the corrected table: with corrections that leave rows out, these are the rows that the
    /// notebook would choose in a file without them, and no longer those of the file as it is.
    Notebook,
    /// The notebook's validation rows become the test part, and a stratified share of its
    /// training rows validates: the notebook's comparison, without choosing anything on it.
    NotebookHeldOut {
        /// Share of the notebook's training rows.
        validation: f64,
        /// Seed.
        seed: u64,
    },
    /// Every label in the same share in each part; equal titles stay together.
    Stratified(Shares),
    /// By chance alone.
    Random(Shares),
    /// As a column of the table says.
    Column {
        /// The column's name.
        name: String,
    },
    /// The test part is a table of its own; a stratified share of the other rows validates.
    OwnTest {
        /// Share of the rows that are not for testing.
        validation: f64,
        /// Seed.
        seed: u64,
    },
}

/// Shares of the three parts, each above 0 and 1 together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Shares {
    /// Share of the training part.
    pub training: f64,
    /// Share of the validation part.
    pub validation: f64,
    /// Share of the test part.
    pub test: f64,
    /// Seed.
    pub seed: u64,
}

impl SplitChoice {
    /// 70 / 10 / 20, stratified.
    pub fn recommended(seed: u64) -> Self {
        Self::Stratified(Shares {
            training: 0.7,
            validation: 0.1,
            test: 0.2,
            seed,
        })
    }
}

/// What rows are split by.
#[derive(Debug, Clone, Copy)]
pub struct SplitMaterial<'a> {
    /// Which labels the rows have, shape (rows, labels).
    pub targets: &'a LabelMatrix,
    /// Their titles, shape (rows).
    pub titles: &'a [&'a str],
    /// The cells of the column that says the part of each row, shape (rows); empty where no
    /// column was asked for.
    pub parts: &'a [&'a str],
    /// How many rows at the end are from a test table of its own.
    pub own_test_rows: usize,
}

/// Rows by their numbers from 0. No row is in two parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Split {
    /// Rows to learn from.
    pub training: Vec<usize>,
    /// Rows that choose the best evaluation and the thresholds.
    pub validation: Vec<usize>,
    /// Rows that nothing is chosen on; empty in the notebook's split.
    pub test: Vec<usize>,
}

impl Split {
    /// The same with other numbers for its rows: `numbers` has one for each. Those that have none
    /// are left out.
    pub fn numbered(&self, numbers: &[usize]) -> Self {
        let number = |rows: &[usize]| {
            let rows = rows.iter().filter_map(|&row| numbers.get(row));
            rows.copied().collect()
        };
        Self {
            training: number(&self.training),
            validation: number(&self.validation),
            test: number(&self.test),
        }
    }
}

/// Why rows cannot be split.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum SplitError {
    /// A part would be empty.
    #[error(
        "{rows} rows are too few for this split: the {part} part would be empty. Add articles, or choose other shares"
    )]
    TooFewRows {
        /// Rows there are.
        rows: usize,
        /// The part.
        part: SplitPart,
    },
    /// The shares are no shares.
    #[error(
        "{training} + {validation} + {test} are no shares of one whole. Choose shares above 0 that add up to 1"
    )]
    #[serde(rename = "impossibleShares")]
    Shares {
        /// Share of the training part.
        #[ts(type = "number | null")]
        training: f64,
        /// Share of the validation part.
        #[ts(type = "number | null")]
        validation: f64,
        /// Share of the test part.
        #[ts(type = "number | null")]
        test: f64,
    },
    /// A cell of the column that says the part says something else.
    #[error(
        "row {row} of the column that says the part holds \"{value}\". Write train, validation or test there"
    )]
    UnknownPart {
        /// The row, from 1, the names of the columns not counted.
        row: usize,
        /// Its cell.
        value: String,
    },
}

/// A part of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum SplitPart {
    /// Rows to learn from.
    Training,
    /// Rows that choose.
    Validation,
    /// Rows that nothing is chosen on.
    Test,
}

impl Display for SplitPart {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Training => "training",
            Self::Validation => "validation",
            Self::Test => "test",
        })
    }
}

/// Splits rows.
///
/// # Errors
/// When a part would be empty, the shares do not add up to 1, or the column that says the part
/// says something else.
pub fn split_rows(material: SplitMaterial<'_>, choice: &SplitChoice) -> Result<Split, SplitError> {
    let rows = material.targets.rows();
    let all: Vec<usize> = (0..rows).collect();
    let split = match choice {
        SplitChoice::Notebook => {
            let (training, validation) = split_notebook(rows);
            Split {
                training,
                validation,
                test: Vec::new(),
            }
        }
        SplitChoice::NotebookHeldOut { validation, seed } => {
            let (learned, test) = split_notebook(rows);
            hold_out(material, &learned, test, *validation, *seed)?
        }
        SplitChoice::OwnTest { validation, seed } => {
            let (learned, test) = all.split_at(rows - material.own_test_rows.min(rows));
            hold_out(material, learned, test.into(), *validation, *seed)?
        }
        SplitChoice::Stratified(shares) => {
            stratify_rows(material, &all, &checked(shares)?, shares.seed)
        }
        SplitChoice::Random(shares) => cut_at_random(rows, &checked(shares)?, shares.seed),
        SplitChoice::Column { .. } => split_by_column(material.parts)?,
    };
    let may_lack_test = matches!(choice, SplitChoice::Notebook | SplitChoice::Column { .. });
    for (part, found, needed) in [
        (SplitPart::Training, &split.training, true),
        (SplitPart::Validation, &split.validation, true),
        (SplitPart::Test, &split.test, !may_lack_test),
    ] {
        if needed && found.is_empty() {
            return Err(SplitError::TooFewRows { rows, part });
        }
    }
    Ok(split)
}

fn checked(shares: &Shares) -> Result<[f64; 3], SplitError> {
    let Shares {
        training,
        validation,
        test,
        ..
    } = *shares;
    let three = [training, validation, test];
    let whole = (three.iter().sum::<f64>() - 1.0).abs() < 1e-9;
    if whole && three.iter().all(|share| *share > 0.0) {
        Ok(three)
    } else {
        Err(SplitError::Shares {
            training,
            validation,
            test,
        })
    }
}

/// Keeps `test` as it is and validates on a stratified share of the `learned` rows, whose order
/// stays as it was.
fn hold_out(
    material: SplitMaterial<'_>,
    learned: &[usize],
    test: Vec<usize>,
    validation: f64,
    seed: u64,
) -> Result<Split, SplitError> {
    if !(validation > 0.0 && validation < 1.0) {
        return Err(SplitError::Shares {
            training: 1.0 - validation,
            validation,
            test: 0.0,
        });
    }
    let split = stratify_rows(material, learned, &[1.0 - validation, validation], seed);
    let held: std::collections::BTreeSet<usize> = split.validation.iter().copied().collect();
    let training = learned.iter().filter(|row| !held.contains(row));
    Ok(Split {
        training: training.copied().collect(),
        validation: split.validation,
        test,
    })
}

/// Stratifies some of the rows into two or three parts.
fn stratify_rows(material: SplitMaterial<'_>, rows: &[usize], shares: &[f64], seed: u64) -> Split {
    let titles: Vec<&str> = rows
        .iter()
        .map(|&row| material.titles.get(row).copied().unwrap_or_default())
        .collect();
    let targets = material.targets.select(rows);
    let parts = stratify(&targets, &group_titles(&titles), shares, seed);
    let mut parts = parts
        .into_iter()
        .map(|part| part.into_iter().map(|index| rows[index]).collect());
    let mut next = || parts.next().unwrap_or_default();
    Split {
        training: next(),
        validation: next(),
        test: next(),
    }
}

fn cut_at_random(rows: usize, shares: &[f64; 3], seed: u64) -> Split {
    let mut order = crate::training::epoch_order(rows, seed, 0);
    let count = |share: f64| (share * rows as f64).round() as usize;
    let mut cut = |count: usize| {
        let mut part = order.split_off(order.len() - count.min(order.len()));
        part.sort_unstable();
        part
    };
    let (test, validation) = (cut(count(shares[2])), cut(count(shares[1])));
    Split {
        training: cut(rows),
        validation,
        test,
    }
}

/// The part of each row by the word in its cell, in English or Spanish. Without a validation row
/// the split is refused by its caller.
fn split_by_column(cells: &[&str]) -> Result<Split, SplitError> {
    let mut split = Split {
        training: Vec::new(),
        validation: Vec::new(),
        test: Vec::new(),
    };
    for (row, cell) in cells.iter().enumerate() {
        let part = match normalise(cell).as_str() {
            "train" | "training" | "entrenamiento" => &mut split.training,
            "validation" | "valid" | "val" | "dev" | "validacion" => &mut split.validation,
            "test" | "testing" | "prueba" => &mut split.test,
            _ => {
                return Err(SplitError::UnknownPart {
                    row: row + 1,
                    value: (*cell).into(),
                });
            }
        };
        part.push(row);
    }
    Ok(split)
}

/// One number for all rows whose titles differ by nothing but case, accents and space. Rows
/// without a title are alone.
pub fn group_titles(titles: &[&str]) -> Vec<usize> {
    let mut groups = BTreeMap::new();
    let mut next = 0;
    let mut group = |title: &&str| {
        let title = normalise(title);
        let number = match groups.get(&title) {
            Some(&number) if !title.is_empty() => number,
            _ => {
                next += 1;
                next - 1
            }
        };
        groups.insert(title, number);
        number
    };
    titles.iter().map(&mut group).collect()
}

/// A row that is not learned from and yet has the title of one that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leak {
    /// Its part, validation or test.
    pub part: SplitPart,
    /// The row.
    pub row: usize,
    /// The first training row with its title.
    pub learned: usize,
}

/// The rows of validation and test whose title stands in the training part too: what they score
/// says nothing about new articles.
pub fn find_leaks(split: &Split, titles: &[&str]) -> Vec<Leak> {
    let groups = group_titles(titles);
    let mut firsts: BTreeMap<usize, usize> = BTreeMap::new();
    for &row in &split.training {
        if let Some(&group) = groups.get(row) {
            let first = firsts.entry(group).or_insert(row);
            *first = row.min(*first);
        }
    }
    let mut leaks = Vec::new();
    for (part, rows) in [
        (SplitPart::Validation, &split.validation),
        (SplitPart::Test, &split.test),
    ] {
        for &row in rows {
            if let Some(&learned) = groups.get(row).and_then(|group| firsts.get(group)) {
                leaks.push(Leak { part, row, learned });
            }
        }
    }
    leaks
}
