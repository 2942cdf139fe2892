//! The samples are what their README says.

use std::collections::{BTreeMap, BTreeSet};

use engine::dataset::{
    Dataset, LabelsNeeded, ReadingChoices, RoleChoices, assign_roles, read_table,
};

use crate::program::project;

fn samples(name: &str) -> Dataset {
    let path = project().join("samples").join(name);
    let table = read_table(&path, &ReadingChoices::default()).unwrap();
    let choices = RoleChoices::default();
    let roles = assign_roles(&table, &choices, LabelsNeeded::Required).unwrap();
    Dataset::from_table(&table, &roles, &choices).unwrap()
}

#[test]
fn no_six_words_in_a_row_stand_in_more_than_three_abstracts() {
    for name in ["abstracts-en.csv", "resumenes-es.csv"] {
        let mut abstracts: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        for document in samples(name).documents {
            let words: Vec<String> = document
                .abstract_text
                .to_lowercase()
                .split(|character: char| !character.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect();
            let sequences: BTreeSet<&[String]> = words.windows(6).collect();
            for sequence in sequences {
                *abstracts.entry(sequence.into()).or_default() += 1;
            }
        }
        let worst = abstracts.iter().max_by_key(|(_, count)| **count);
        assert!(
            worst.is_some_and(|(_, &count)| count <= 3),
            "{name}: {worst:?}"
        );
    }
}

#[test]
fn there_are_enough_samples_with_four_labels_and_their_combinations() {
    let english = samples("abstracts-en.csv");
    assert!(english.documents.len() >= 240);
    assert!(samples("resumenes-es.csv").documents.len() >= 60);
    let sets = (0..english.targets.rows()).map(|row| english.targets.row(row));
    let combinations: BTreeSet<&[bool]> = sets.collect();
    assert_eq!(english.labels.len(), 4);
    assert!(
        combinations.len() >= 10,
        "{} combinations",
        combinations.len()
    );
}
