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
/// `sequences`, in their order, shape (sequences, labels). Where a card has no room for a batch, it and those after it
/// are made half as large. `progress` hears after each batch how many sequences are done, and stops the work by giving
/// `false`; then the result is `None`.
///
/// # Errors
/// Those of `compute`.
pub fn batch_logits(
    labels: usize,
    mut tokens_a_batch: usize,
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
        let computed = match compute(&batch) {
            Err(error) if error.is_of_a_full_card() && rows.len() > 1 => {
                tokens_a_batch = batch.ids.len() / 2;
                continue;
            }
            computed => computed?,
        };
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

#[cfg(test)]
mod tests {
    use cuda::CudaError;

    use super::*;

    #[test]
    fn a_batch_that_a_card_has_no_room_for_is_made_smaller_until_it_has() {
        let texts: Vec<Vec<u32>> = (1..=40)
            .map(|length| vec![length; length as usize])
            .collect();
        let sequences: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
        let mut refused = 0;
        let mut compute = |batch: &PackedBatch| {
            if batch.ids.len() > 100 {
                refused += 1;
                return Err(CudaError::OutOfMemory { asked: 2, free: 1 }.into());
            }
            let firsts = batch.starts[..batch.sequences()].iter();
            Ok(firsts.map(|&start| batch.ids[start] as f32).collect())
        };
        let mut done = Vec::new();
        let mut progress = |count| {
            done.push(count);
            true
        };
        let logits = batch_logits(1, 820, &mut compute, &sequences, &mut progress).unwrap();
        let expected: Vec<f32> = (1..=40).map(|length: u8| length.into()).collect();
        assert_eq!(logits, Some(expected));
        assert_eq!(refused, 3, "820, about 400 and about 200 tokens");
        assert_eq!(done.last(), Some(&40));
        assert!(done.is_sorted());
    }

    #[test]
    fn a_text_that_a_card_has_no_room_for_alone_is_an_error() {
        let mut compute =
            |_: &PackedBatch| Err(CudaError::OutOfMemory { asked: 2, free: 1 }.into());
        let error = batch_logits(1, 100, &mut compute, &[&[1, 2], &[3]], &mut |_| true);
        assert!(error.is_err_and(|error| error.is_of_a_full_card()));
    }
}
