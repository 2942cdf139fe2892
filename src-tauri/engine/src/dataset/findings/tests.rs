//! What is found in small tables.

use super::*;
use crate::dataset::RoleChoices;
use crate::dataset::small_table::{roles, table};

fn findings(rows: &[[&str; 3]]) -> Vec<Finding> {
    let table = table(rows);
    let dataset = Dataset::from_table(&table, &roles(), &RoleChoices::default()).unwrap();
    find_remarkable(&dataset)
}

#[test]
fn the_same_text_is_a_duplicate_with_the_same_labels_and_a_contradiction_with_others() {
    let found = findings(&[
        ["One", "text", "a"],
        ["one ", "Text", "a"],
        ["One", "text", "b"],
    ]);
    assert!(found.contains(&Finding::Duplicate { rows: vec![1] }));
    let (rows, texts) = (vec![0, 1, 2], 1);
    assert!(found.contains(&Finding::Contradiction { rows, texts }));
}

#[test]
fn empty_texts_and_rows_without_labels_are_found() {
    let found = findings(&[["", " ", "a|b"], ["Two", "", ""], ["", "", "b"]]);
    assert!(found.contains(&Finding::EmptyText { rows: vec![0, 2] }));
    assert!(found.contains(&Finding::Unlabelled { rows: vec![1] }));
}

#[test]
fn rare_labels_and_variants_of_a_label_are_found() {
    let found = findings(&[["1", "", "Onco"], ["2", "", "onco"], ["3", "", "Onco"]]);
    assert!(found.contains(&Finding::LabelVariants {
        labels: vec!["Onco".into(), "onco".into()],
        rows: vec![1],
    }));
    let label = "onco".to_owned();
    let rows = vec![1];
    assert!(found.contains(&Finding::RareLabel { label, rows }));
}

const ABSTRACT: &str = "Background: the left ventricle was measured in patients after a heart \
    attack. Methods: a randomised trial in four hospitals compared two doses of the drug over one \
    year. Results: the larger dose lowered the risk of a second attack by a third, and nobody was \
    harmed by it. Conclusions: the larger dose should be given to all of them from now on.";

#[test]
fn the_same_title_with_another_abstract_nearly_repeats_the_earlier_row() {
    let found = findings(&[
        ["Heart trial", "first text", "a"],
        ["Stroke", "another", "b"],
        ["heart  TRIAL", "second text", "a"],
    ]);
    let (rows, earlier) = (vec![2], vec![0]);
    assert!(found.contains(&Finding::NearDuplicate { rows, earlier }));
}

#[test]
fn almost_the_same_words_nearly_repeat_the_earlier_row_and_exact_ones_do_not() {
    let changed = ABSTRACT.replace("four hospitals", "five hospitals");
    let other = ABSTRACT.replace("the", "une").replace("of", "de");
    let found = findings(&[
        ["One", ABSTRACT, "a"],
        ["Two", &other, "b"],
        ["One.", &changed, "a"],
        ["One", ABSTRACT, "a"],
    ]);
    let (rows, earlier) = (vec![2], vec![0]);
    assert!(
        found.contains(&Finding::NearDuplicate { rows, earlier }),
        "{found:?}"
    );
    assert!(found.contains(&Finding::Duplicate { rows: vec![3] }));
}

#[test]
fn many_near_duplicates_are_found_among_many_rows() {
    let mut state = 1_u64;
    let mut word = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        format!("word{} ", (state >> 33) % 500)
    };
    let mut texts: Vec<String> = (0..1_000)
        .map(|_| (0..120).map(|_| word()).collect())
        .collect();
    let changed = texts.iter().map(|text| text.trim_end().to_owned() + " end");
    let changed: Vec<String> = changed.collect();
    texts.extend(changed);
    let rows: Vec<[&str; 3]> = texts
        .iter()
        .map(|text| ["", text.as_str(), "a|b"])
        .collect();
    let near = findings(&rows)
        .into_iter()
        .find_map(|finding| match finding {
            Finding::NearDuplicate { rows, earlier } => Some((rows, earlier)),
            _ => None,
        });
    let (rows, earlier) = near.unwrap();
    assert_eq!(rows, (1_000..2_000).collect::<Vec<_>>());
    assert_eq!(earlier, (0..1_000).collect::<Vec<_>>());
}

#[test]
fn a_finding_is_shortened_with_what_belongs_to_its_rows() {
    let finding = Finding::NearDuplicate {
        rows: vec![4, 5, 6],
        earlier: vec![1, 2, 3],
    };
    let (rows, earlier) = (vec![4, 5], vec![1, 2]);
    assert_eq!(
        finding.with_first_rows(2),
        Finding::NearDuplicate { rows, earlier }
    );
    assert_eq!(finding.rows(), [4, 5, 6]);
    let numbers: Vec<usize> = (10..20).collect();
    let (rows, earlier) = (vec![14, 15, 16], vec![11, 12, 13]);
    assert_eq!(
        finding.numbered(&numbers),
        Finding::NearDuplicate { rows, earlier }
    );
}
