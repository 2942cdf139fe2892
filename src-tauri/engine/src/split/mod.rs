//! Which articles a model learns from, which choose its best moment, and which judge it.

mod notebook;
mod stratified;

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

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(rows: usize) -> LabelMatrix {
        let values = (0..rows).flat_map(|row| [row % 2 == 0, row % 5 == 0, row % 17 == 0]);
        LabelMatrix::new(3, values.collect())
    }

    fn titles(rows: usize) -> Vec<String> {
        (0..rows).map(|row| format!("Title {row}")).collect()
    }

    fn split(rows: usize, choice: &SplitChoice) -> Result<Split, SplitError> {
        let titles = titles(rows);
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        let cells: Vec<&str> = (0..rows)
            .map(|row| ["train", "Validación", "test"][row % 3])
            .collect();
        let material = SplitMaterial {
            targets: &targets(rows),
            titles: &titles,
            parts: &cells,
            own_test_rows: 7,
        };
        split_rows(material, choice)
    }

    #[test]
    fn every_row_is_in_one_part() {
        let shares = Shares {
            training: 0.5,
            validation: 0.25,
            test: 0.25,
            seed: 4,
        };
        let name = "part".to_owned();
        let (validation, seed) = (0.1, 3);
        for choice in [
            SplitChoice::Notebook,
            SplitChoice::NotebookHeldOut { validation, seed },
            SplitChoice::recommended(1),
            SplitChoice::Random(shares),
            SplitChoice::Column { name },
            SplitChoice::OwnTest { validation, seed },
        ] {
            let split = split(203, &choice).unwrap();
            let mut all = [split.training, split.validation, split.test].concat();
            all.sort_unstable();
            assert_eq!(all, (0..203).collect::<Vec<_>>());
        }
    }

    #[test]
    fn each_label_has_its_share_in_each_part() {
        let rows = 1_000;
        let split = split(rows, &SplitChoice::recommended(7)).unwrap();
        let targets = targets(rows);
        for label in 0..3 {
            let all = targets.column(label).filter(|&has| has).count() as f64;
            for (part, share) in [
                (&split.training, 0.7),
                (&split.validation, 0.1),
                (&split.test, 0.2),
            ] {
                let part = targets.select(part);
                let here = part.column(label).filter(|&has| has).count() as f64;
                assert!(
                    (here - share * all).abs() <= 2.0,
                    "label {label}: {here} of {all}"
                );
            }
        }
    }

    #[test]
    fn a_seed_gives_the_same_parts_and_another_seed_others() {
        let parts = |seed| split(200, &SplitChoice::recommended(seed)).unwrap();
        assert_eq!(parts(1), parts(1));
        assert_ne!(parts(1), parts(2));
    }

    #[test]
    fn equal_titles_stay_together_and_never_leak() {
        let names: Vec<String> = (0..300).map(|row| format!("Title  {}", row / 3)).collect();
        let titles: Vec<&str> = names.iter().map(String::as_str).collect();
        let material = SplitMaterial {
            targets: &targets(300),
            titles: &titles,
            parts: &[],
            own_test_rows: 0,
        };
        let split = split_rows(material, &SplitChoice::recommended(3)).unwrap();
        assert!(find_leaks(&split, &titles).is_empty());
        let split = split_rows(material, &SplitChoice::Notebook).unwrap();
        assert!(!find_leaks(&split, &titles).is_empty());
    }

    #[test]
    fn titles_that_differ_by_case_accents_and_space_are_equal() {
        assert_eq!(
            group_titles(&["Corazón  roto", "corazon roto", "", ""]),
            [0, 0, 1, 2]
        );
    }

    #[test]
    fn too_few_rows_for_the_split_says_which_part_is_empty() {
        let error = split(2, &SplitChoice::recommended(1)).unwrap_err();
        assert!(
            matches!(
                error,
                SplitError::TooFewRows {
                    rows: 2,
                    part: SplitPart::Validation
                }
            ),
            "{error}"
        );
        let error = split(1, &SplitChoice::Notebook).unwrap_err();
        assert!(
            matches!(
                error,
                SplitError::TooFewRows {
                    rows: 1,
                    part: SplitPart::Training
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn shares_that_are_no_whole_are_refused() {
        let choice = SplitChoice::Stratified(Shares {
            training: 0.7,
            validation: 0.7,
            test: 0.1,
            seed: 1,
        });
        assert!(matches!(
            split(100, &choice),
            Err(SplitError::Shares { .. })
        ));
    }

    #[test]
    fn held_out_rows_of_the_notebook_are_its_validation_rows() {
        let (validation, seed) = (0.1, 3);
        let held = split(200, &SplitChoice::NotebookHeldOut { validation, seed }).unwrap();
        let notebook = split(200, &SplitChoice::Notebook).unwrap();
        assert_eq!(held.test, notebook.validation);
        assert_eq!(held.validation.len(), 16);
    }

    #[test]
    fn a_table_of_its_own_is_the_test_part() {
        let (validation, seed) = (0.2, 3);
        let split = split(100, &SplitChoice::OwnTest { validation, seed }).unwrap();
        assert_eq!(split.test, (93..100).collect::<Vec<_>>());
    }

    #[test]
    fn an_unknown_part_reports_its_row_and_value() {
        let error = split_by_column(&["train", "Test", "both"]).unwrap_err();
        let expected = SplitError::UnknownPart {
            row: 3,
            value: "both".into(),
        };
        assert_eq!(error, expected);
    }
}
