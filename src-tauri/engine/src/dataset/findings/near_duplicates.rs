//! Articles that nearly repeat an earlier one: the same title with another abstract, or almost the
//! same words.
//!
//! Texts are compared by the Jaccard index of their sets of three words in a row. MinHash with
//! bands (Broder 1997; Leskovec, Rajaraman & Ullman, "Mining of Massive Datasets", chapter 3) finds
//! the pairs that are worth comparing, so that the time grows with the number of rows and not with
//! its square.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use crate::dataset::{Document, normalise};

/// Words in a row that are compared.
const WORDS: usize = 3;
/// Texts nearly repeat each other from this Jaccard index on.
const LEAST_SIMILARITY: f64 = 0.9;
/// Pairs of that similarity are found with a probability of 1 - (1 - 0.9^6)^12 = 0.9999; pairs of
/// half of it are compared in vain in 9 of 100 cases at most.
const BANDS: usize = 12;
const HASHES_A_BAND: usize = 6;
/// Articles of a band's bucket that a later one is compared with.
const MOST_COMPARED: usize = 8;

/// What is kept of a text to find those that resemble it.
pub(super) struct Sketch([u64; BANDS]);

impl Sketch {
    /// Of a normalised text; none where it has fewer than three words.
    pub(super) fn new(text: &str) -> Option<Self> {
        let shingles = shingles(text);
        if shingles.is_empty() {
            return None;
        }
        let mut state = 1;
        let mut least = || {
            let (factor, offset) = (next(&mut state) | 1, next(&mut state));
            let hashes = shingles.iter();
            let hashes = hashes.map(|one| one.wrapping_mul(factor).wrapping_add(offset));
            hashes.min().unwrap_or(0)
        };
        Some(Self(std::array::from_fn(|_| {
            (0..HASHES_A_BAND).fold(0, |key, _| mix(key ^ least()))
        })))
    }
}

/// Later rows with the earlier row that each resembles, in the order of the later ones. Rows that
/// repeat one exactly or count no more (`is_passed_over`) are left out.
pub(super) fn find(
    documents: &[Document],
    sketches: &[Option<Sketch>],
    is_passed_over: &[bool],
) -> Vec<(usize, usize)> {
    let rows = || (0..documents.len()).filter(|&row| !is_passed_over[row]);
    let mut earlier: BTreeMap<usize, usize> = BTreeMap::new();
    let mut titles: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows() {
        let title = normalise(&documents[row].title);
        if title.is_empty() {
            continue;
        }
        let first = *titles.entry(title).or_insert(row);
        if first != row {
            earlier.insert(row, first);
        }
    }
    drop(titles);
    for band in 0..BANDS {
        let keyed = rows().filter_map(|row| Some((sketches[row].as_ref()?.0[band], row)));
        let mut keyed: Vec<(u64, usize)> = keyed.collect();
        keyed.sort_unstable();
        for bucket in keyed.chunk_by(|first, second| first.0 == second.0) {
            if bucket.len() > 1 {
                compare(documents, bucket, &mut earlier);
            }
        }
    }
    earlier.into_iter().collect()
}

/// Compares the rows of a bucket, which come in ascending order, each with the first few.
fn compare(documents: &[Document], bucket: &[(u64, usize)], earlier: &mut BTreeMap<usize, usize>) {
    let shingles_of = |row: usize| shingles(&normalise(&documents[row].text()));
    let mut firsts: Vec<(usize, Vec<u64>)> = Vec::new();
    for &(_, row) in bucket {
        if earlier.contains_key(&row) {
            continue;
        }
        let own = shingles_of(row);
        let mut compared = firsts.iter();
        match compared.find(|(_, other)| jaccard(other, &own) >= LEAST_SIMILARITY) {
            Some(&(first, _)) => {
                earlier.insert(row, first);
            }
            None if firsts.len() < MOST_COMPARED => firsts.push((row, own)),
            None => {}
        }
    }
}

/// The set of three words in a row, as sorted hashes.
fn shingles(text: &str) -> Vec<u64> {
    let words = text.split(|character: char| !character.is_alphanumeric());
    let hash = |word: &str| {
        let mut hasher = DefaultHasher::new();
        word.hash(&mut hasher);
        hasher.finish()
    };
    let words: Vec<u64> = words.filter(|word| !word.is_empty()).map(hash).collect();
    let joined = words.windows(WORDS);
    let mut set: Vec<u64> = joined
        .map(|words| words.iter().fold(0, |all, &word| mix(all ^ word)))
        .collect();
    set.sort_unstable();
    set.dedup();
    set
}

/// Common elements of two sorted sets, of all.
fn jaccard(first: &[u64], second: &[u64]) -> f64 {
    let common = first.iter().filter(|one| second.binary_search(one).is_ok());
    let common = common.count();
    common as f64 / (first.len() + second.len() - common).max(1) as f64
}

/// Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators" (SplitMix64).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mix(*state)
}

fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
