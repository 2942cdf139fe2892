//! Logits for many texts: batches of like length inside, the caller's order outside.

use crate::model::backend::{Backend, BackendError};
use crate::text::batch::PackedBatch;

/// The logits that a backend with these parameters gives, as [`batch_logits`].
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
    let tokens_a_batch = backend.tokens_a_batch();
    let mut logits = |batch: &PackedBatch| backend.logits(parameters, batch);
    batch_logits(labels, tokens_a_batch, &mut logits, sequences, progress)
}

/// What `compute` gives for batches of at most `tokens_a_batch` tokens, unless one text alone is longer: the logits of
/// `sequences`, in their order, shape (sequences, labels). `progress` hears after each batch how many sequences are
/// done, and stops the work by giving `false`; then the result is `None`.
///
/// # Errors
/// Those of `compute`.
pub fn batch_logits(
    labels: usize,
    tokens_a_batch: usize,
    compute: &mut dyn FnMut(&PackedBatch) -> Result<Vec<f32>, BackendError>,
    sequences: &[&[u32]],
    progress: &mut dyn FnMut(usize) -> bool,
) -> Result<Option<Vec<f32>>, BackendError> {
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
                tokens <= tokens_a_batch
            })
            .count()
            .max(1);
        let rows = &order[done..done + fitting];
        let batch = PackedBatch::new(rows.iter().map(|&row| sequences[row]));
        let computed = compute(&batch)?;
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
