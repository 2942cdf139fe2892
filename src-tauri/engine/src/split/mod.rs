//! Which articles a model learns from, which choose its best moment, and which judge it.

mod notebook;
mod stratified;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::dataset::normalise;
use crate::labels::LabelMatrix;
pub use notebook::split_notebook;
pub use stratified::stratify;

/// How the rows are split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum SplitChoice {
    /// The notebook's rows exactly: a fifth for validation and no test part.
    Notebook,
    /// Every label in the same share in each part; equal titles stay together.
    Stratified {
        /// Share of the training part.
        training: f64,
        /// Share of the validation part.
        validation: f64,
        /// Share of the test part.
        test: f64,
        /// Seed.
        seed: u64,
    },
}

impl SplitChoice {
    /// 70 / 10 / 20, stratified.
    pub fn recommended(seed: u64) -> Self {
        Self::Stratified {
            training: 0.7,
            validation: 0.1,
            test: 0.2,
            seed,
        }
    }
}

/// Rows by their numbers from 0. No row is in two parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Split {
    /// Rows to learn from.
    pub training: Vec<usize>,
    /// Rows that choose the best evaluation and the thresholds.
    pub validation: Vec<usize>,
    /// Rows that nothing is chosen on; empty in the notebook's split.
    pub test: Vec<usize>,
}

/// Why rows cannot be split.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SplitError {
    /// A part would be empty.
    #[error(
        "{rows} rows are too few for this split: the {part} part would be empty. Add articles, or choose other shares"
    )]
    TooFewRows {
        /// Rows there are.
        rows: usize,
        /// The part.
        part: &'static str,
    },
    /// The shares are no shares.
    #[error(
        "{training} + {validation} + {test} are no shares of one whole. Choose shares above 0 that add up to 1"
    )]
    Shares {
        /// Share of the training part.
        training: f64,
        /// Share of the validation part.
        validation: f64,
        /// Share of the test part.
        test: f64,
    },
}

/// Splits rows with these labels and titles.
///
/// # Errors
/// When a part would be empty, or the shares do not add up to 1.
pub fn split_rows(
    targets: &LabelMatrix,
    titles: &[&str],
    choice: &SplitChoice,
) -> Result<Split, SplitError> {
    let rows = targets.rows();
    let split = match *choice {
        SplitChoice::Notebook => {
            let (training, validation) = split_notebook(rows);
            Split {
                training,
                validation,
                test: Vec::new(),
            }
        }
        SplitChoice::Stratified {
            training,
            validation,
            test,
            seed,
        } => {
            let shares = [training, validation, test];
            let whole = (shares.iter().sum::<f64>() - 1.0).abs() < 1e-9;
            if !whole || shares.iter().any(|share| !(*share > 0.0)) {
                return Err(SplitError::Shares {
                    training,
                    validation,
                    test,
                });
            }
            let mut parts = stratify(targets, &group_titles(titles), &shares, seed).into_iter();
            let mut next = || parts.next().unwrap_or_default();
            Split {
                training: next(),
                validation: next(),
                test: next(),
            }
        }
    };
    let needs_test = *choice != SplitChoice::Notebook;
    for (part, found, needed) in [
        ("training", &split.training, true),
        ("validation", &split.validation, true),
        ("test", &split.test, needs_test),
    ] {
        if needed && found.is_empty() {
            return Err(SplitError::TooFewRows { rows, part });
        }
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

/// The rows of validation and test whose title stands in the training part too: what they score
/// says nothing about new articles.
pub fn find_leaks(split: &Split, titles: &[&str]) -> Vec<usize> {
    let groups = group_titles(titles);
    let group = |row: &usize| groups.get(*row).copied();
    let learned: std::collections::BTreeSet<_> = split.training.iter().filter_map(group).collect();
    let others = split.validation.iter().chain(&split.test);
    others
        .filter(|row| group(row).is_some_and(|group| learned.contains(&group)))
        .copied()
        .collect()
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
        split_rows(&targets(rows), &titles, choice)
    }

    #[test]
    fn every_row_is_in_one_part() {
        for choice in [SplitChoice::Notebook, SplitChoice::recommended(1)] {
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
        let split = split_rows(&targets(300), &titles, &SplitChoice::recommended(3)).unwrap();
        assert!(find_leaks(&split, &titles).is_empty());
        let split = split_rows(&targets(300), &titles, &SplitChoice::Notebook).unwrap();
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
            matches!(error, SplitError::TooFewRows { rows: 2, .. }),
            "{error}"
        );
        let error = split(1, &SplitChoice::Notebook).unwrap_err();
        assert!(
            matches!(error, SplitError::TooFewRows { rows: 1, .. }),
            "{error}"
        );
    }

    #[test]
    fn shares_that_are_no_whole_are_refused() {
        let choice = SplitChoice::Stratified {
            training: 0.7,
            validation: 0.7,
            test: 0.1,
            seed: 1,
        };
        assert!(matches!(
            split(100, &choice),
            Err(SplitError::Shares { .. })
        ));
    }
}
