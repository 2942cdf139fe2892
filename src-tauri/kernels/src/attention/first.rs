//! Attention of the first token of each sequence alone: all that a classifier on `[CLS]` needs of
//! the last layer.

use rayon::prelude::*;

use super::softmax::{add_scaled, dot, softmax_row, softmax_row_backward};
use super::{RowDropout, Sequences};
use crate::dropout::Dropout;
use crate::profile::{Work, clock};
use crate::split::DisjointWrites;

/// `context` (sequences, hidden) = attention of `queries` (sequences, hidden) over `key_value`
/// (tokens, 2 * hidden). `probabilities` (heads * tokens) takes the raw scores and `log_sums`
/// (sequences * heads) their log-sum-exp, for the backward pass.
///
/// # Panics
/// When the shapes do not fit together.
pub fn attend_first(
    context: &mut [f32],
    scores: &mut [f32],
    log_sums: &mut [f32],
    queries: &[f32],
    key_value: &[f32],
    sequences: Sequences<'_>,
    dropout: Dropout,
) {
    let _clock = clock("attention of [CLS]", Work::values(0));
    check(context, scores, log_sums, queries, key_value, sequences);
    let (hidden, width, heads) = (sequences.hidden(), sequences.head_size, sequences.heads);
    let tokens = sequences.tokens();
    let (context, log_sums) = (DisjointWrites::new(context), DisjointWrites::new(log_sums));
    let scores = DisjointWrites::new(scores);
    sequences.tasks().par_iter().for_each(|task| {
        let own = task.head * width;
        let query = &queries[task.sequence * hidden + own..][..width];
        let row = |token: usize| (task.start + token) * 2 * hidden + own;
        // SAFETY: the scores, log-sum and context of (sequence, head) belong to this task alone.
        let (saved, context) = unsafe {
            let saved = scores.at(task.head * tokens + task.start);
            let context = context.at(task.sequence * hidden + own);
            (
                std::slice::from_raw_parts_mut(saved, task.length),
                std::slice::from_raw_parts_mut(context, width),
            )
        };
        for (token, score) in saved.iter_mut().enumerate() {
            *score = dot(query, &key_value[row(token)..][..width]);
        }
        let mut probabilities = saved.to_vec();
        let row_dropout = RowDropout {
            dropout,
            first: task.first_index,
        };
        let row_sum = softmax_row(&mut probabilities, sequences.scale(), row_dropout);
        // SAFETY: as above.
        unsafe { *log_sums.at(task.sequence * heads + task.head) = row_sum.log_sum() };
        context.fill(0.0);
        for (token, &probability) in probabilities.iter().enumerate() {
            add_scaled(
                context,
                probability * row_sum.inverse(),
                &key_value[row(token) + hidden..][..width],
            );
        }
    });
}

/// The gradient of [`attend_first`]: `query_gradient` (sequences, hidden) and
/// `key_value_gradient` (tokens, 2 * hidden) are overwritten; `scores` are used up.
///
/// # Panics
/// When the shapes do not fit together.
#[expect(
    clippy::too_many_arguments,
    reason = "forward values and their gradients, each once"
)]
pub fn attend_first_backward(
    query_gradient: &mut [f32],
    key_value_gradient: &mut [f32],
    context_gradient: &[f32],
    context: &[f32],
    scores: &mut [f32],
    log_sums: &[f32],
    queries: &[f32],
    key_value: &[f32],
    sequences: Sequences<'_>,
    dropout: Dropout,
) {
    let _clock = clock("attention of [CLS] backward", Work::values(0));
    check(context, scores, log_sums, queries, key_value, sequences);
    assert!(query_gradient.len() == queries.len() && key_value_gradient.len() == key_value.len());
    assert_eq!(context_gradient.len(), context.len());
    let (hidden, width, heads) = (sequences.hidden(), sequences.head_size, sequences.heads);
    let tokens = sequences.tokens();
    let query_gradient = DisjointWrites::new(query_gradient);
    let key_value_gradient = DisjointWrites::new(key_value_gradient);
    let scores = DisjointWrites::new(scores);
    sequences.tasks().par_iter().for_each(|task| {
        let place = task.sequence * hidden + task.head * width;
        let (query, slope) = (
            &queries[place..][..width],
            &context_gradient[place..][..width],
        );
        let projection = dot(slope, &context[place..][..width]);
        let row = |token: usize| (task.start + token) * 2 * hidden + task.head * width;
        // SAFETY: scores and query gradient of (sequence, head) belong to this task alone.
        let (probabilities, query_slope) = unsafe {
            let saved = scores.at(task.head * tokens + task.start);
            let query_slope = query_gradient.at(place);
            (
                std::slice::from_raw_parts_mut(saved, task.length),
                std::slice::from_raw_parts_mut(query_slope, width),
            )
        };
        let mut slopes: Vec<f32> = (0..task.length)
            .map(|token| dot(slope, &key_value[row(token) + hidden..][..width]))
            .collect();
        let log_sum = log_sums[task.sequence * heads + task.head];
        let row_dropout = RowDropout {
            dropout,
            first: task.first_index,
        };
        let scale = sequences.scale();
        softmax_row_backward(
            probabilities,
            &mut slopes,
            scale,
            log_sum,
            projection,
            row_dropout,
        );
        query_slope.fill(0.0);
        for (token, (&probability, &score_slope)) in probabilities.iter().zip(&slopes).enumerate() {
            add_scaled(query_slope, score_slope, &key_value[row(token)..][..width]);
            // SAFETY: key and value columns of this head in this sequence's rows belong to this
            // task alone.
            let (key, value) = unsafe {
                let key = key_value_gradient.at(row(token));
                let value = key_value_gradient.at(row(token) + hidden);
                (
                    std::slice::from_raw_parts_mut(key, width),
                    std::slice::from_raw_parts_mut(value, width),
                )
            };
            key.fill(0.0);
            add_scaled(key, score_slope, query);
            value.fill(0.0);
            add_scaled(value, probability, slope);
        }
    });
}

fn check(
    context: &[f32],
    scores: &[f32],
    log_sums: &[f32],
    queries: &[f32],
    key_value: &[f32],
    sequences: Sequences<'_>,
) {
    sequences.check();
    let (tokens, hidden, count) = (sequences.tokens(), sequences.hidden(), sequences.count());
    assert!(context.len() == count * hidden && queries.len() == context.len());
    assert_eq!(key_value.len(), 2 * tokens * hidden);
    assert_eq!(scores.len(), tokens * sequences.heads);
    assert_eq!(log_sums.len(), count * sequences.heads);
}
