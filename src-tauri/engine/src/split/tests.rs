//! Every split, on tables that are made up.

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
