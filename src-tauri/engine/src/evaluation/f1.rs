//! F1 at a glance, as the training loop asks for it after every evaluation.

use crate::labels::LabelMatrix;

/// Twice the true positives over twice them and all errors; 0 when there is neither.
fn f1(truth: impl Iterator<Item = bool>, given: impl Iterator<Item = bool>) -> f64 {
    let (mut hits, mut errors) = (0_u64, 0_u64);
    for pair in truth.zip(given) {
        match pair {
            (true, true) => hits += 1,
            (true, false) | (false, true) => errors += 1,
            (false, false) => {}
        }
    }
    match 2 * hits + errors {
        0 => 0.0,
        cells => 2.0 * hits as f64 / cells as f64,
    }
}

/// F1 over all cells of both matrices, shape (rows, labels).
pub fn micro_f1(truth: &LabelMatrix, given: &LabelMatrix) -> f64 {
    f1(
        truth.values().iter().copied(),
        given.values().iter().copied(),
    )
}

/// The mean of the labels' F1; a label that is neither there nor given counts as 0.
pub fn macro_f1(truth: &LabelMatrix, given: &LabelMatrix) -> f64 {
    let labels = truth.labels();
    let sum: f64 = (0..labels)
        .map(|label| f1(truth.column(label), given.column(label)))
        .sum();
    sum / labels.max(1) as f64
}
