//! F1 at a glance, as the training loop asks for it after every evaluation.

use crate::evaluation::metrics::{Confusion, mean};
use crate::labels::LabelMatrix;

/// F1 over all cells of both matrices, shape (rows, labels); 0 where it is not defined.
pub fn micro_f1(truth: &LabelMatrix, given: &LabelMatrix) -> f64 {
    let cells = truth.values().iter().zip(given.values());
    let confusion = Confusion::count(cells.map(|(&has, &given)| (has, given)));
    confusion.f1().unwrap_or(0.0)
}

/// F1 of each label, shape (labels); nothing where a label is neither there nor given.
pub fn label_f1(truth: &LabelMatrix, given: &LabelMatrix) -> Vec<Option<f64>> {
    let f1 = |label| Confusion::count(truth.column(label).zip(given.column(label))).f1();
    (0..truth.labels()).map(f1).collect()
}

/// The mean of the labels' F1; a label that is neither there nor given counts as 0.
pub fn macro_f1(truth: &LabelMatrix, given: &LabelMatrix) -> f64 {
    let labels = label_f1(truth, given);
    mean(labels.into_iter().map(Option::unwrap_or_default)).unwrap_or(0.0)
}
