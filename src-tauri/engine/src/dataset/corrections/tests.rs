//! What each correction does to small tables.

use super::*;
use crate::dataset::small_table::{roles, table};
use crate::dataset::{
    ColumnRoles, Dataset, DatasetError, Finding, LabelColumns, RoleChoices, find_remarkable,
};

fn try_correct(
    rows: &[[&str; 3]],
    corrections: &Corrections,
) -> Result<(Dataset, CorrectionEffects), DatasetError> {
    Dataset::corrected(
        &mut table(rows),
        &roles(),
        &RoleChoices::default(),
        corrections,
    )
}

fn correct(rows: &[[&str; 3]], steps: &[Correction]) -> (Dataset, CorrectionEffects) {
    let mut corrections = Corrections::default();
    for step in steps {
        corrections.add(step.clone());
    }
    try_correct(rows, &corrections).unwrap()
}

fn labels_of(dataset: &Dataset, place: usize) -> Vec<&str> {
    let has = dataset.targets.row(place).iter().zip(&dataset.labels);
    has.filter(|(has, _)| **has)
        .map(|(_, label)| label.as_str())
        .collect()
}

fn kinds(dataset: &Dataset) -> Vec<Finding> {
    let rare = |finding: &Finding| matches!(finding, Finding::RareLabel { .. });
    let mut findings = find_remarkable(dataset);
    findings.retain(|finding| !rare(finding));
    findings
}

#[test]
fn without_corrections_all_rows_are_used() {
    let rows = [["One", "", "a"], ["", "", ""], ["One", "", "b"]];
    let (dataset, effects) = correct(&rows, &[]);
    let expected = CorrectionEffects {
        rows: 3,
        used: 3,
        ..CorrectionEffects::default()
    };
    assert_eq!((dataset.rows, effects), (vec![0, 1, 2], expected));
}

#[test]
fn rows_without_text_are_left_out_and_the_others_keep_their_numbers() {
    let rows = [
        ["", " ", "a"],
        ["Two", "", "a"],
        ["", "", "b"],
        ["4", "", "b"],
    ];
    let (dataset, effects) = correct(&rows, &[Correction::LeaveOutEmpty]);
    assert_eq!(dataset.rows, [1, 3]);
    assert_eq!((effects.rows, effects.used, effects.empty), (4, 2, 2));
    assert_eq!(kinds(&dataset), []);
}

#[test]
fn of_exact_duplicates_the_first_stays() {
    let rows = [
        ["One", "text", "a|b"],
        ["one ", "TEXT", "b|a"],
        ["Two", "", "b"],
        ["One", "text", "a|b"],
        ["One", "text", "b"],
    ];
    let (dataset, effects) = correct(&rows, &[Correction::LeaveOutDuplicates]);
    assert_eq!(dataset.rows, [0, 2, 4]);
    assert_eq!(effects.duplicates, 2);
    let (rows, texts) = (vec![0, 2], 1);
    assert_eq!(kinds(&dataset), [Finding::Contradiction { rows, texts }]);
}

#[test]
fn of_near_duplicates_the_first_stays_and_what_repeats_the_others_goes_with_them() {
    let rows = [
        ["Heart trial", "first text", "a"],
        ["Stroke", "another", "b"],
        ["heart  TRIAL", "second text", "b"],
        ["heart trial", "second text", "b"],
    ];
    let (dataset, effects) = correct(&rows, &[Correction::LeaveOutNearDuplicates]);
    assert_eq!(dataset.rows, [0, 1]);
    assert_eq!((effects.near_duplicates, effects.duplicates), (2, 0));
    assert_eq!(kinds(&dataset), []);
}

const CONTRADICTIONS: [[&str; 3]; 6] = [
    ["One", "", "a"],
    ["Two", "", "b"],
    ["one", "", "b|c"],
    ["One", "", "a"],
    ["Three", "", "a"],
    ["Three", "", "a"],
];

#[test]
fn rows_with_the_same_text_and_different_labels_are_all_left_out() {
    let (dataset, effects) = correct(&CONTRADICTIONS, &[Correction::LeaveOutContradictions]);
    assert_eq!(dataset.rows, [1, 4, 5]);
    assert_eq!((effects.contradictions, effects.joined), (3, 0));
    assert_eq!(dataset.labels, ["a", "b"], "c stands nowhere any more");
}

#[test]
fn labels_of_rows_with_the_same_text_are_joined_onto_the_first() {
    let (dataset, effects) = correct(&CONTRADICTIONS, &[Correction::JoinContradictions]);
    assert_eq!(dataset.rows, [0, 1, 4, 5]);
    assert_eq!((effects.contradictions, effects.joined), (0, 2));
    assert_eq!(labels_of(&dataset, 0), ["a", "b", "c"]);
    assert_eq!(kinds(&dataset), [Finding::Duplicate { rows: vec![3] }]);
}

#[test]
fn rows_without_labels_are_left_out_before_repetitions_are_looked_for() {
    let rows = [["One", "", ""], ["One", "", "a"], ["Two", "", "b"]];
    let steps = [
        Correction::LeaveOutUnlabelled,
        Correction::LeaveOutContradictions,
    ];
    let (dataset, effects) = correct(&rows, &steps);
    assert_eq!(dataset.rows, [1, 2]);
    assert_eq!((effects.unlabelled, effects.contradictions), (1, 0));
}

#[test]
fn a_label_is_renamed_and_merged_with_the_one_that_has_the_name() {
    let rows = [
        ["1", "", "Onco"],
        ["2", "", "oncological|Onco"],
        ["3", "", "heart"],
    ];
    let merge = Correction::MergeLabels {
        labels: vec!["Onco".into(), "oncological".into()],
        name: "oncological".into(),
    };
    let (dataset, effects) = correct(&rows, &[merge]);
    assert_eq!(dataset.labels, ["heart", "oncological"]);
    assert_eq!(labels_of(&dataset, 1), ["oncological"]);
    assert_eq!(effects.renamed_labels, [("Onco".to_owned(), 2)].into());
    assert_eq!(effects.used, 3);
}

#[test]
fn a_new_name_can_be_renamed_in_turn_and_a_circle_ends() {
    let rename = |pairs: &[[&str; 2]]| Corrections {
        renamed_labels: pairs
            .iter()
            .map(|pair| (pair[0].to_owned(), pair[1].to_owned()))
            .collect(),
        ..Corrections::default()
    };
    let chain = rename(&[["a", "b"], ["b", "c"]]);
    assert_eq!((chain.name_of("a"), chain.name_of("b")), ("c", "c"));
    let circle = rename(&[["a", "b"], ["b", "a"]]);
    assert!(["a", "b"].contains(&circle.name_of("a")));
}

#[test]
fn a_dropped_label_goes_and_its_rows_stay_unless_those_without_labels_are_left_out() {
    let rows = [
        ["1", "", "a"],
        ["2", "", "b"],
        ["3", "", "x|a"],
        ["4", "", "x"],
    ];
    let drop = Correction::DropLabel { label: "x".into() };
    let (dataset, effects) = correct(&rows, std::slice::from_ref(&drop));
    assert_eq!(
        (&dataset.labels[..], dataset.rows.len()),
        (&["a".to_owned(), "b".to_owned()][..], 4)
    );
    assert_eq!(effects.dropped_labels, [("x".to_owned(), 2)].into());
    let (dataset, effects) = correct(&rows, &[drop, Correction::LeaveOutUnlabelled]);
    assert_eq!((dataset.rows, effects.unlabelled), (vec![0, 1, 2], 1));
}

#[test]
fn columns_of_zero_and_one_are_renamed_and_dropped_too() {
    let mut table = table(&[["One", "1", "0"], ["Two", "0", "1"], ["Three", "0", "0"]]);
    table.headers = ["title", "heart", "Heart"].map(str::to_owned).into();
    table.headers.push("skin".into());
    for row in &mut table.rows {
        row.push("0".into());
    }
    table.headers.push("brain".into());
    for row in &mut table.rows {
        row.push("1".into());
    }
    let roles = ColumnRoles {
        abstract_text: None,
        labels: LabelColumns::Indicators {
            columns: vec![1, 2, 3, 4],
        },
        ..roles()
    };
    let mut corrections = Corrections::default();
    corrections.add(Correction::DropLabel {
        label: "skin".into(),
    });
    corrections.add(Correction::MergeLabels {
        labels: vec!["Heart".into()],
        name: "heart".into(),
    });
    let corrected =
        Dataset::corrected(&mut table, &roles, &RoleChoices::default(), &corrections).unwrap();
    assert_eq!(corrected.0.labels, ["brain", "heart"]);
    assert_eq!(corrected.0.targets.label_counts(), [3, 2]);
}

#[test]
fn what_leaves_one_label_or_none_is_refused_as_such_a_table_is() {
    let rows = [["1", "", "a"], ["2", "", "b"]];
    let mut corrections = Corrections::default();
    corrections.add(Correction::DropLabel { label: "b".into() });
    let error = try_correct(&rows, &corrections).unwrap_err();
    assert!(
        matches!(error, DatasetError::OneLabelOnly { .. }),
        "{error}"
    );
    corrections.add(Correction::DropLabel { label: "a".into() });
    let error = try_correct(&rows, &corrections).unwrap_err();
    assert!(matches!(error, DatasetError::NoLabels { .. }), "{error}");
}

#[test]
fn the_order_of_labels_names_them_as_they_are_called_in_the_end() {
    let choices = RoleChoices {
        label_order: Some(vec!["heart".into(), "brain".into()]),
        ..RoleChoices::default()
    };
    let mut table = table(&[["1", "", "Heart"], ["2", "", "brain"]]);
    let mut corrections = Corrections::default();
    corrections.add(Correction::MergeLabels {
        labels: vec!["Heart".into()],
        name: "heart".into(),
    });
    let (dataset, _) = Dataset::corrected(&mut table, &roles(), &choices, &corrections).unwrap();
    assert_eq!(dataset.labels, ["heart", "brain"]);
}

#[test]
fn every_finding_that_has_a_correction_goes_away_with_it_as_it_says() {
    let rows = [
        ["", "", "a"],
        ["One", "x", "a"],
        ["One", "x", "b"],
        ["Two", "y", "a"],
        ["Two", "y", "a"],
        ["two", "other", "A"],
        ["Three", "z", ""],
    ];
    let (dataset, _) = correct(&rows, &[]);
    let findings = find_remarkable(&dataset);
    assert_eq!(findings.len(), 9, "{findings:?}");
    for finding in &findings {
        for fix in finding.fixes() {
            let (corrected, effects) = correct(&rows, std::slice::from_ref(&fix.correction));
            assert_eq!(effects.rows - effects.used, fix.leaves_out, "{fix:?}");
            let is_there = find_remarkable(&corrected).iter().any(|other| {
                let is_same_kind = std::mem::discriminant(other) == std::mem::discriminant(finding);
                match (other, finding) {
                    (Finding::RareLabel { label, .. }, Finding::RareLabel { label: fixed, .. }) => {
                        label == fixed
                    }
                    _ => is_same_kind,
                }
            });
            assert!(!is_there, "{finding:?} is there after {fix:?}");
        }
    }
}

#[test]
fn corrections_are_read_from_what_is_named_alone() {
    let corrections: Corrections = serde_json::from_str(r#"{"empty": true}"#).unwrap();
    assert!(corrections.empty && !corrections.is_nothing());
    let nothing: Corrections = serde_json::from_str("{}").unwrap();
    assert!(nothing.is_nothing());
}
