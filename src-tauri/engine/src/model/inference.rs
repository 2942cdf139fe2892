//! Logits for many texts: batches of like length inside, the caller's order outside.

use crate::model::backend::{Backend, BackendError};
use crate::text::batch::PackedBatch;

/// Tokens of a batch, unless one text alone is longer. Large enough to keep every thread busy,
/// small enough for the activations of a layer to stay in cache.
const TOKENS_A_BATCH: usize = 2_048;

/// The logits of `sequences` without dropout, in their order, shape (sequences, labels).
/// `progress` hears after each batch how many sequences are done, and stops the work by giving
/// `false`; then the result is `None`.
///
/// # Errors
/// When a text is longer than the model reads, or the backend fails.
pub fn predict_logits(
    backend: &mut dyn Backend,
    parameters: &[f32],
    sequences: &[&[u32]],
    progress: &mut dyn FnMut(usize) -> bool,
) -> Result<Option<Vec<f32>>, BackendError> {
    let labels = backend.layout().classifier.bias.len();
    let mut order: Vec<usize> = (0..sequences.len()).collect();
    order.sort_by_key(|&row| std::cmp::Reverse(sequences[row].len()));
    let mut logits = vec![0.0; sequences.len() * labels];
    let mut done = 0;
    while done < order.len() {
        let mut tokens = 0;
        let fitting = order[done..]
            .iter()
            .take_while(|&&row| {
                tokens += sequences[row].len();
                tokens <= TOKENS_A_BATCH
            })
            .count()
            .max(1);
        let rows = &order[done..done + fitting];
        let batch = PackedBatch::new(rows.iter().map(|&row| sequences[row]));
        let computed = backend.logits(parameters, &batch)?;
        for (values, &row) in computed.chunks_exact(labels).zip(rows) {
            logits[row * labels..(row + 1) * labels].copy_from_slice(values);
        }
        done += fitting;
        if !progress(done) {
            return Ok(None);
        }
    }
    Ok(Some(logits))
}

/// The logistic function in `f64`, so that a probability is never rounded to 0 or 1 too early.
pub fn probability(logit: f32) -> f64 {
    1.0 / (1.0 + (-f64::from(logit)).exp())
}
