//! F1 at a glance, as the training loop asks for it after every evaluation.

use crate::evaluation::metrics::{Confusion, mean};
use crate::labels::LabelMatrix;

/// F1 over all cells of both matrices, shape (rows, labels); 0 where it is not defined.
pub fn micro_f1(truth: &LabelMatrix, given: &LabelMatrix) -> f64 {
    let cells = truth.values().iter().zip(given.values());
    let confusion = Confusion::count(cells.map(|(&has, &given)| (has, given)));
    confusion.f1().unwrap_or(0.0)
}

/// The mean of the labels' F1; a label that is neither there nor given counts as 0.
pub fn macro_f1(truth: &LabelMatrix, given: &LabelMatrix) -> f64 {
    let label = |label| Confusion::count(truth.column(label).zip(given.column(label))).f1();
    mean((0..truth.labels()).map(|index| label(index).unwrap_or(0.0))).unwrap_or(0.0)
}
