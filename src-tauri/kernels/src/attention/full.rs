//! Attention of every token to every token of its sequence.

use std::cell::RefCell;

use rayon::prelude::*;

use super::softmax::{dot, softmax_row, softmax_row_backward};
use super::{RowDropout, Sequences, Task};
use crate::dropout::Dropout;
use crate::matrix::{Matrix, Precision, Write, multiply_in_task};
use crate::profile::clock;
use crate::split::DisjointWrites;

/// Query rows whose scores are held at a time: at 512 keys a quarter of a megabyte, which stays
/// in the second-level cache.
const QUERIES_A_BLOCK: usize = 128;

thread_local! {
    /// Scores and their gradients of one block, kept by each thread so that nothing is allocated
    /// in a step.
    static SCRATCH: RefCell<(Vec<f32>, Vec<f32>)> = const { RefCell::new((Vec::new(), Vec::new())) };
}

/// `context` (tokens, hidden) = attention over `query_key_value` (tokens, 3 * hidden), whose rows
/// hold query, key and value of all heads side by side. `log_sums` takes the log-sum-exp of each
/// row of scores, laid out (heads, tokens).
///
/// # Panics
/// When the shapes do not fit together.
pub fn attend(
    context: &mut [f32],
    log_sums: &mut [f32],
    query_key_value: &[f32],
    sequences: Sequences<'_>,
    dropout: Dropout,
) {
    let _clock = clock("attention", sequences.work(2));
    sequences.check();
    let (tokens, hidden) = (sequences.tokens(), sequences.hidden());
    assert!(context.len() == tokens * hidden && query_key_value.len() == 3 * tokens * hidden);
    assert_eq!(log_sums.len(), tokens * sequences.heads);
    let (context, log_sums) = (DisjointWrites::new(context), DisjointWrites::new(log_sums));
    sequences.tasks().par_iter().for_each(|task| {
        SCRATCH.with_borrow_mut(|(scores, _)| {
            let views = Views::new(query_key_value, sequences, *task);
            for (first, rows) in blocks(task.length) {
                scores.resize(rows * task.length, 0.0);
                // SAFETY: `scores` belongs to this thread and was just made long enough.
                unsafe {
                    let destination = scores.as_mut_ptr();
                    let keys = views.keys().transposed();
                    let queries = views.queries(first, rows);
                    multiply_in_task(
                        destination,
                        task.length,
                        queries,
                        keys,
                        Write::Overwrite,
                        Precision::Single,
                    );
                }
                for (row, scores) in scores.chunks_exact_mut(task.length).enumerate() {
                    let dropout = task.dropout_of(first + row, dropout);
                    let log_sum = softmax_row(scores, sequences.scale(), dropout);
                    let place = task.head * tokens + task.start + first + row;
                    // SAFETY: (head, token) belongs to this task alone and lies in the buffer.
                    unsafe { *log_sums.at(place) = log_sum };
                }
                let place = (task.start + first) * hidden + task.head * sequences.head_size;
                let probabilities = Matrix::new(scores, rows, task.length);
                // SAFETY: these rows and columns of the context belong to this task alone.
                unsafe {
                    let destination = context.at(place);
                    let values = views.values();
                    multiply_in_task(
                        destination,
                        hidden,
                        probabilities,
                        values,
                        Write::Overwrite,
                        Precision::Single,
                    );
                }
            }
        });
    });
}

/// The gradient of [`attend`]: `gradient` (tokens, 3 * hidden) takes that of query, key and value,
/// from `context_gradient` (tokens, hidden) and what the forward pass saw and gave.
///
/// # Panics
/// When the shapes do not fit together.
pub fn attend_backward(
    gradient: &mut [f32],
    context_gradient: &[f32],
    context: &[f32],
    log_sums: &[f32],
    query_key_value: &[f32],
    sequences: Sequences<'_>,
    dropout: Dropout,
) {
    let _clock = clock("attention backward", sequences.work(5));
    sequences.check();
    let (tokens, hidden) = (sequences.tokens(), sequences.hidden());
    assert!(gradient.len() == 3 * tokens * hidden && query_key_value.len() == gradient.len());
    assert!(context.len() == tokens * hidden && context_gradient.len() == context.len());
    assert_eq!(log_sums.len(), tokens * sequences.heads);
    let gradient = DisjointWrites::new(gradient);
    let forward = Forward {
        context_gradient,
        context,
        log_sums,
        query_key_value,
    };
    sequences.tasks().par_iter().for_each(|task| {
        SCRATCH.with_borrow_mut(|(scores, slopes)| {
            for (first, rows) in blocks(task.length) {
                scores.resize(rows * task.length, 0.0);
                slopes.resize(rows * task.length, 0.0);
                let block = Block {
                    first,
                    rows,
                    scores,
                    slopes,
                };
                // SAFETY: query, key and value columns of this head in the rows of this sequence
                // belong to this task alone.
                unsafe { backward_block(block, *task, sequences, dropout, forward, gradient) };
            }
        });
    });
}

#[derive(Clone, Copy)]
struct Forward<'a> {
    context_gradient: &'a [f32],
    context: &'a [f32],
    log_sums: &'a [f32],
    query_key_value: &'a [f32],
}

/// Some query rows of a task, with room for their scores and the gradients of those.
struct Block<'a> {
    first: usize,
    rows: usize,
    scores: &'a mut [f32],
    slopes: &'a mut [f32],
}

/// # Safety
/// `gradient` is a (tokens, 3 * hidden) buffer in which no other task touches the columns of this
/// head in the rows of this sequence.
unsafe fn backward_block(
    block: Block<'_>,
    task: Task,
    sequences: Sequences<'_>,
    dropout: Dropout,
    forward: Forward<'_>,
    gradient: DisjointWrites,
) {
    let (hidden, width, length) = (sequences.hidden(), sequences.head_size, task.length);
    let (tokens, stride) = (sequences.tokens(), 3 * sequences.hidden());
    let Block {
        first,
        rows,
        scores,
        slopes,
    } = block;
    let views = Views::new(forward.query_key_value, sequences, task);
    let row_start = |row: usize| (task.start + first + row) * hidden + task.head * width;
    let slope_rows = Matrix::strided(
        &forward.context_gradient[row_start(0)..],
        rows,
        width,
        hidden,
    );
    let queries = views.queries(first, rows);
    // SAFETY: scratch of this thread, sized for (rows, length).
    unsafe {
        let keys = views.keys().transposed();
        multiply_in_task(
            scores.as_mut_ptr(),
            length,
            queries,
            keys,
            Write::Overwrite,
            Precision::Single,
        );
        let values = views.values().transposed();
        multiply_in_task(
            slopes.as_mut_ptr(),
            length,
            slope_rows,
            values,
            Write::Overwrite,
            Precision::Single,
        );
    }
    let pairs = scores
        .chunks_exact_mut(length)
        .zip(slopes.chunks_exact_mut(length));
    for (row, (scores, slopes)) in pairs.enumerate() {
        let place = row_start(row);
        let projection = dot(
            &forward.context[place..place + width],
            &forward.context_gradient[place..place + width],
        );
        let log_sum = forward.log_sums[task.head * tokens + task.start + first + row];
        let dropout = task.dropout_of(first + row, dropout);
        softmax_row_backward(
            scores,
            slopes,
            sequences.scale(),
            log_sum,
            projection,
            dropout,
        );
    }
    let probabilities = Matrix::new(scores, rows, length);
    let slopes = Matrix::new(slopes, rows, length);
    // Keys and values collect from every block of queries, in the order of the blocks.
    let write = if first == 0 {
        Write::Overwrite
    } else {
        Write::Accumulate
    };
    let column = |part: usize, token: usize| token * stride + part * hidden + task.head * width;
    // SAFETY: promised by the caller.
    unsafe {
        let queries_at = gradient.at(column(0, task.start + first));
        multiply_in_task(
            queries_at,
            stride,
            slopes,
            views.keys(),
            Write::Overwrite,
            Precision::Single,
        );
        let keys_at = gradient.at(column(1, task.start));
        multiply_in_task(
            keys_at,
            stride,
            slopes.transposed(),
            queries,
            write,
            Precision::Single,
        );
        let values_at = gradient.at(column(2, task.start));
        multiply_in_task(
            values_at,
            stride,
            probabilities.transposed(),
            slope_rows,
            write,
            Precision::Single,
        );
    }
}

/// Query, key and value of one head of one sequence.
#[derive(Clone, Copy)]
struct Views<'a> {
    packed: &'a [f32],
    hidden: usize,
    head_size: usize,
    task: Task,
}

impl<'a> Views<'a> {
    fn new(packed: &'a [f32], sequences: Sequences<'_>, task: Task) -> Self {
        Self {
            packed,
            hidden: sequences.hidden(),
            head_size: sequences.head_size,
            task,
        }
    }

    fn part(&self, part: usize, first: usize, rows: usize) -> Matrix<'a> {
        let column = part * self.hidden + self.task.head * self.head_size;
        let start = (self.task.start + first) * 3 * self.hidden + column;
        Matrix::strided(&self.packed[start..], rows, self.head_size, 3 * self.hidden)
    }

    fn queries(&self, first: usize, rows: usize) -> Matrix<'a> {
        self.part(0, first, rows)
    }

    fn keys(&self) -> Matrix<'a> {
        self.part(1, 0, self.task.length)
    }

    fn values(&self) -> Matrix<'a> {
        self.part(2, 0, self.task.length)
    }
}

impl Task {
    fn dropout_of(&self, query: usize, dropout: Dropout) -> RowDropout {
        let row = (query as u32).wrapping_mul(self.length as u32);
        RowDropout {
            dropout,
            first: self.first_index.wrapping_add(row),
        }
    }
}

/// (first row, number of rows) of each block of a sequence.
fn blocks(length: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..length)
        .step_by(QUERIES_A_BLOCK)
        .map(move |first| (first, QUERIES_A_BLOCK.min(length - first)))
}
