//! Labels that are probably spellings of one and the same.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Finding;
use crate::dataset::normalise;
use crate::labels::LabelMatrix;

/// Words of fewer letters end in an s of their own.
const SHORT_WORD: usize = 4;

/// Labels that differ by nothing but case, accents, space, punctuation or a plural's s.
pub(super) fn find(labels: &[String], targets: &LabelMatrix) -> Vec<Finding> {
    let mut spellings: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, label) in labels.iter().enumerate() {
        spellings.entry(essence(label)).or_default().push(place);
    }
    let counts = targets.label_counts();
    let finding = |mut places: Vec<usize>| {
        places.sort_by_key(|&place| Reverse(counts.get(place).copied().unwrap_or(0)));
        let others = &places[1..];
        let has_other = |row: &usize| {
            let has = targets.row(*row);
            others.iter().any(|&place| has[place])
        };
        Finding::LabelVariants {
            rows: (0..targets.rows()).filter(has_other).collect(),
            labels: places.iter().map(|&place| labels[place].clone()).collect(),
        }
    };
    let several = spellings.into_iter().filter(|(_, places)| places.len() > 1);
    several.map(|(_, places)| finding(places)).collect()
}

/// What tells a label from others. Signs that mean something stay: "HER2+" is not "HER2-", and
/// "1.5" is not "15".
fn essence(label: &str) -> String {
    let characters: Vec<char> = normalise(label).chars().collect();
    let at = |place: Option<usize>| place.and_then(|place| characters.get(place)).copied();
    let mut essence = String::with_capacity(label.len());
    let mut word = String::new();
    for (place, &character) in characters.iter().enumerate() {
        if character.is_alphanumeric() {
            word.push(character);
            continue;
        }
        end_word(&mut word, &mut essence);
        let (before, after) = (at(place.checked_sub(1)), at(Some(place + 1)));
        let is_between = |is: fn(char) -> bool| before.is_some_and(is) && after.is_some_and(is);
        let joins = match character {
            ' ' | '/' | '.' | ',' | ':' | ';' | '(' | ')' | '[' | ']' | '"' | '\'' | '’' => true,
            '-' | '–' => is_between(|one| one.is_alphanumeric() || one == ' '),
            _ => false,
        };
        if !joins || is_between(|one| one.is_numeric()) {
            essence.push(character);
        }
    }
    end_word(&mut word, &mut essence);
    essence
}

/// Adds a word without its plural's s.
fn end_word(word: &mut String, essence: &mut String) {
    let is_plural = word.chars().count() >= SHORT_WORD && word.ends_with('s');
    let singular = match word.strip_suffix('s') {
        Some(singular) if is_plural && !singular.ends_with('s') => singular,
        _ => word.as_str(),
    };
    essence.push_str(singular);
    word.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_space_punctuation_and_a_plural_are_no_difference() {
        for (one, other) in [
            ("Onco", "onco "),
            ("Cardiología", "cardiologia"),
            ("heart-attack", "Heart  attack"),
            ("heart_attack", "heart attacks"),
            ("kidney/liver", "kidney, liver"),
            ("Tumor", "tumors"),
        ] {
            assert_eq!(essence(one), essence(other), "{one} {other}");
        }
    }

    #[test]
    fn signs_and_numbers_that_mean_something_are_a_difference() {
        for (one, other) in [
            ("HER2+", "HER2-"),
            ("HER2", "HER2-"),
            ("1.5", "15"),
            ("1-2", "12"),
            ("<5", ">5"),
            ("pus", "pu"),
            ("mass", "mas"),
            ("grade 1", "grade 2"),
        ] {
            assert_ne!(essence(one), essence(other), "{one} {other}");
        }
    }

    #[test]
    fn the_most_frequent_spelling_comes_first_and_the_rows_have_another() {
        let labels = ["Onco", "brain", "onco"].map(str::to_owned);
        let has = [
            [true, false, false],
            [false, true, true],
            [false, false, true],
        ];
        let targets = LabelMatrix::new(3, has.concat());
        let found = find(&labels, &targets);
        let expected = Finding::LabelVariants {
            labels: vec!["onco".into(), "Onco".into()],
            rows: vec![0],
        };
        assert_eq!(found, [expected]);
    }
}
