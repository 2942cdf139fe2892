//! Texts as weighted words and word pairs.

use std::collections::HashMap;

use rayon::prelude::*;
use unicode_normalization::char::is_combining_mark;

/// Fewer texts than these make a word too rare to learn from.
const LEAST_TEXTS: usize = 2;

/// A feature's number and its weight in a text.
pub(super) type Weight = (u32, f64);

/// A word, or two that follow each other, as numbers of words.
type Term = (u32, Option<u32>);

/// The words and word pairs that stand in at least two training texts, with their inverse
/// document frequencies.
#[derive(Debug, Clone)]
pub(super) struct Vocabulary {
    words: HashMap<String, u32>,
    terms: HashMap<Term, u32>,
    /// ln((1 + texts) / (1 + texts that have it)) + 1, shape (features).
    rarity: Vec<f64>,
}

impl Vocabulary {
    pub(super) fn new(texts: &[&str]) -> Self {
        let split: Vec<Vec<String>> = texts.par_iter().map(|text| words_of(text)).collect();
        let mut words: HashMap<String, u32> = HashMap::new();
        let numbered: Vec<Vec<Option<u32>>> = split
            .into_iter()
            .map(|text| {
                text.into_iter()
                    .map(|word| {
                        let next = words.len() as u32;
                        Some(*words.entry(word).or_insert(next))
                    })
                    .collect()
            })
            .collect();
        let counted: Vec<Vec<(Term, usize)>> =
            numbered.par_iter().map(|text| count_terms(text)).collect();
        let mut texts_with: HashMap<Term, usize> = HashMap::new();
        for &(term, _) in counted.iter().flatten() {
            *texts_with.entry(term).or_default() += 1;
        }
        let mut kept: Vec<(Term, usize)> = texts_with
            .into_iter()
            .filter(|&(_, count)| count >= LEAST_TEXTS)
            .collect();
        // A map's order differs from run to run; sums over features must not.
        kept.sort_unstable();
        let rarity = |&(_, count): &(Term, usize)| {
            ((1 + texts.len()) as f64 / (1 + count) as f64).ln() + 1.0
        };
        let rarity = kept.iter().map(rarity).collect();
        let terms: HashMap<Term, u32> = kept.iter().map(|&(term, _)| term).zip(0..).collect();
        // Both words of a pair that is kept stand in as many texts and are kept themselves.
        words.retain(|_, word| terms.contains_key(&(*word, None)));
        Self {
            words,
            terms,
            rarity,
        }
    }

    /// How many words and word pairs there are.
    pub(super) fn features(&self) -> usize {
        self.rarity.len()
    }

    /// The features of a text in rising order, weighted by (1 + ln count) times rarity, and
    /// scaled to length 1. Empty for a text of unknown words.
    pub(super) fn weigh(&self, text: &str) -> Vec<Weight> {
        let words: Vec<Option<u32>> = words_of(text)
            .iter()
            .map(|word| self.words.get(word).copied())
            .collect();
        let mut weights: Vec<Weight> = count_terms(&words)
            .into_iter()
            .filter_map(|(term, count)| {
                let feature = *self.terms.get(&term)?;
                let weight = (1.0 + (count as f64).ln()) * self.rarity[feature as usize];
                Some((feature, weight))
            })
            .collect();
        let square: f64 = weights.iter().map(|(_, weight)| weight * weight).sum();
        let length = square.sqrt();
        for (_, weight) in &mut weights {
            *weight /= length;
        }
        weights
    }
}

/// The text's words in lower case: runs of at least two letters, digits or underscores, as the
/// pattern `(?u)\b\w\w+\b` finds them in Python.
fn words_of(text: &str) -> Vec<String> {
    // Rust counts the marks of some scripts as letters, Python does not.
    let in_word = |c: char| c == '_' || c.is_alphanumeric() && !is_combining_mark(c);
    text.to_lowercase()
        .split(|c| !in_word(c))
        .filter(|word| word.chars().nth(1).is_some())
        .map(String::from)
        .collect()
}

/// How often each word and each pair of neighbours stands in a text, in rising order; `None` is a
/// word that counts for nothing but keeps its neighbours apart.
fn count_terms(words: &[Option<u32>]) -> Vec<(Term, usize)> {
    let singles = words.iter().flatten().map(|&word| (word, None));
    let pairs = words.windows(2).filter_map(|pair| match *pair {
        [Some(first), second @ Some(_)] => Some((first, second)),
        _ => None,
    });
    let mut terms: Vec<Term> = singles.chain(pairs).collect();
    terms.sort_unstable();
    terms
        .chunk_by(|left, right| left == right)
        .map(|equal| (equal[0], equal.len()))
        .collect()
}

/// Weighted features of many texts, row after row.
pub(super) struct SparseRows {
    weights: Vec<Weight>,
    /// Where each row ends in `weights`, shape (rows).
    ends: Vec<usize>,
    features: usize,
}

impl SparseRows {
    pub(super) fn new(vocabulary: &Vocabulary, texts: &[&str]) -> Self {
        let rows: Vec<Vec<Weight>> = texts
            .par_iter()
            .map(|text| vocabulary.weigh(text))
            .collect();
        let mut end = 0;
        let ends = rows.iter().map(|row| {
            end += row.len();
            end
        });
        Self {
            ends: ends.collect(),
            weights: rows.concat(),
            features: vocabulary.features(),
        }
    }

    pub(super) fn features(&self) -> usize {
        self.features
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &[Weight]> {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, &end)| &self.weights[start..end])
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Fixture {
        words: Vec<Line>,
    }

    #[derive(Deserialize)]
    struct Line {
        text: String,
        words: Vec<String>,
    }

    #[test]
    fn words_are_those_of_the_default_token_pattern() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/fixtures/baseline/baseline.json"
        );
        let text = std::fs::read_to_string(path).unwrap();
        let fixture: Fixture = serde_json::from_str(&text).unwrap();
        assert_eq!(fixture.words.len(), 7);
        for line in fixture.words {
            assert_eq!(words_of(&line.text), line.words, "{}", line.text);
        }
    }

    #[test]
    fn weights_are_sublinear_and_have_length_one() {
        let vocabulary = Vocabulary::new(&["heart rate heart", "The heart rate", "liver", ""]);
        // "heart", "rate" and "heart rate" stand in two texts of four.
        assert_eq!(vocabulary.features(), 3);
        let weights = vocabulary.weigh("Heart, heart; rate? unknown");
        let heart = 1.0 + 2.0_f64.ln();
        let length = (heart * heart + 2.0).sqrt();
        let expected = [heart / length, 1.0 / length, 1.0 / length];
        let mut found: Vec<f64> = weights.iter().map(|&(_, weight)| weight).collect();
        found.sort_unstable_by(|left, right| right.total_cmp(left));
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-15);
        }
        assert_eq!(weights.len(), 3);
    }

    #[test]
    fn an_unknown_word_parts_its_neighbours() {
        let vocabulary = Vocabulary::new(&["heart rate", "heart rate"]);
        assert_eq!(vocabulary.weigh("heart failure rate").len(), 2);
        assert_eq!(vocabulary.weigh("heart rate").len(), 3);
        assert!(vocabulary.weigh("kidney").is_empty());
    }
}
