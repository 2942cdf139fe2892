//! Attention of every token to every token of its sequence.

use std::cell::RefCell;
use std::slice::from_raw_parts_mut;

use rayon::prelude::*;

use super::softmax::{dot_rows, scale_values, softmax_row, softmax_row_backward};
use super::{RowDropout, Sequences, Task};
use crate::dropout::Dropout;
use crate::matrix::{Matrix, Precision, TaskLeft, TaskRight, Write, multiply_in_task};
use crate::profile::clock;
use crate::simd::LANES;
use crate::split::DisjointWrites;

/// Query rows whose scores are held at a time: at 512 keys a quarter of a megabyte, which stays
/// in the second-level cache. Whole tiles of products.
const QUERIES_A_BLOCK: usize = 132;

thread_local! {
    /// Kept by each thread, so that nothing is allocated in a step.
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch::default());
}

/// What one task works in.
#[derive(Default)]
struct Scratch {
    /// Scores of one block of queries, and their gradients.
    scores: Vec<f32>,
    slopes: Vec<f32>,
    /// Operands of the whole task as products read them.
    keys: Vec<u32>,
    keys_transposed: Vec<u32>,
    values: Vec<u32>,
    /// Right operands of one block of queries.
    queries: Vec<u32>,
    context_slopes: Vec<u32>,
    /// The left operand of one product.
    left: Vec<u32>,
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
    precision: Precision,
) {
    let _clock = clock("attention", sequences.work(2));
    sequences.check();
    let (tokens, hidden) = (sequences.tokens(), sequences.hidden());
    assert!(context.len() == tokens * hidden && query_key_value.len() == 3 * tokens * hidden);
    assert_eq!(log_sums.len(), tokens * sequences.heads);
    let (context, log_sums) = (DisjointWrites::new(context), DisjointWrites::new(log_sums));
    sequences.tasks().par_iter().for_each(|task| {
        SCRATCH.with_borrow_mut(|scratch| {
            let Scratch {
                scores,
                keys_transposed,
                values,
                left,
                ..
            } = scratch;
            let views = Views::new(query_key_value, sequences, *task);
            let keys = TaskRight::new(views.keys().transposed(), keys_transposed, precision);
            let values = TaskRight::new(views.values(), values, precision);
            let stride = padded(task.length);
            for (first, rows) in blocks(task.length) {
                scores.resize(rows * stride, 0.0);
                // SAFETY: `scores` belongs to this thread and was just made long enough.
                unsafe {
                    let destination = scores.as_mut_ptr();
                    let queries = TaskLeft::new(views.queries(first, rows), left, precision);
                    multiply_in_task(destination, stride, queries, keys, Write::Overwrite);
                }
                let mut inverses = [0.0; QUERIES_A_BLOCK];
                let of_rows = scores.chunks_exact_mut(stride).zip(&mut inverses);
                for (row, (scores, inverse)) in of_rows.enumerate() {
                    // What no key has counts for nothing.
                    scores[task.length..].fill(f32::NEG_INFINITY);
                    let dropout = task.dropout_of(first + row, dropout);
                    let row_sum = softmax_row(scores, sequences.scale(), dropout);
                    *inverse = row_sum.inverse();
                    let place = task.head * tokens + task.start + first + row;
                    // SAFETY: (head, token) belongs to this task alone and lies in the buffer.
                    unsafe { *log_sums.at(place) = row_sum.log_sum() };
                }
                let place = (task.start + first) * hidden + task.head * sequences.head_size;
                let exponentials = Matrix::strided(scores, rows, task.length, stride);
                let exponentials = TaskLeft::new(exponentials, left, precision);
                // SAFETY: these rows and columns of the context belong to this task alone.
                unsafe {
                    let destination = context.at(place);
                    multiply_in_task(destination, hidden, exponentials, values, Write::Overwrite);
                    for (row, inverse) in inverses[..rows].iter().enumerate() {
                        let row = destination.add(row * hidden);
                        scale_values(from_raw_parts_mut(row, sequences.head_size), *inverse);
                    }
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
    precision: Precision,
) {
    let _clock = clock("attention backward", sequences.work(5));
    sequences.check();
    let (tokens, hidden) = (sequences.tokens(), sequences.hidden());
    assert!(gradient.len() == 3 * tokens * hidden && query_key_value.len() == gradient.len());
    assert!(context.len() == tokens * hidden && context_gradient.len() == context.len());
    assert_eq!(log_sums.len(), tokens * sequences.heads);
    let backward = Backward {
        gradient: DisjointWrites::new(gradient),
        context_gradient,
        context,
        log_sums,
        query_key_value,
        sequences,
        dropout,
        precision,
    };
    sequences.tasks().par_iter().for_each(|task| {
        // SAFETY: query, key and value columns of this head in the rows of this sequence belong to
        // this task alone.
        SCRATCH.with_borrow_mut(|scratch| unsafe { backward.task(*task, scratch) });
    });
}

/// What all tasks of a backward pass share.
#[derive(Clone, Copy)]
struct Backward<'a> {
    gradient: DisjointWrites,
    context_gradient: &'a [f32],
    context: &'a [f32],
    log_sums: &'a [f32],
    query_key_value: &'a [f32],
    sequences: Sequences<'a>,
    dropout: Dropout,
    precision: Precision,
}

impl Backward<'_> {
    /// # Safety
    /// No other task touches the columns of this head in the rows of this sequence.
    unsafe fn task(&self, task: Task, scratch: &mut Scratch) {
        let (sequences, precision, length) = (self.sequences, self.precision, task.length);
        let (hidden, width) = (sequences.hidden(), sequences.head_size);
        let (tokens, stride) = (sequences.tokens(), 3 * hidden);
        let padded = padded(length);
        let views = Views::new(self.query_key_value, sequences, task);
        let keys = TaskRight::new(views.keys(), &mut scratch.keys, precision);
        let keys_transposed = TaskRight::new(
            views.keys().transposed(),
            &mut scratch.keys_transposed,
            precision,
        );
        let values_transposed =
            TaskRight::new(views.values().transposed(), &mut scratch.values, precision);
        for (first, rows) in blocks(length) {
            let row_start = |row: usize| (task.start + first + row) * hidden + task.head * width;
            scratch.scores.resize(rows * padded, 0.0);
            scratch.slopes.resize(rows * padded, 0.0);
            let (scores, slopes) = (&mut scratch.scores, &mut scratch.slopes);
            let queries = views.queries(first, rows);
            let of_context = &self.context_gradient[row_start(0)..];
            let context_slopes = Matrix::strided(of_context, rows, width, hidden);
            // SAFETY: scratch of this thread, sized for (rows, padded).
            unsafe {
                let left = TaskLeft::new(queries, &mut scratch.left, precision);
                let at = scores.as_mut_ptr();
                multiply_in_task(at, padded, left, keys_transposed, Write::Overwrite);
                let left = TaskLeft::new(context_slopes, &mut scratch.left, precision);
                let at = slopes.as_mut_ptr();
                multiply_in_task(at, padded, left, values_transposed, Write::Overwrite);
            }
            // What is beyond the keys is computed with, and never read.
            let pairs = scores
                .chunks_exact_mut(padded)
                .zip(slopes.chunks_exact_mut(padded));
            let mut projections = [0.0; QUERIES_A_BLOCK];
            let projections = &mut projections[..rows];
            dot_rows(
                projections,
                &self.context[row_start(0)..],
                of_context,
                width,
                hidden,
            );
            for (row, ((scores, slopes), &mut projection)) in pairs.zip(projections).enumerate() {
                let log_sum = self.log_sums[task.head * tokens + task.start + first + row];
                let dropout = task.dropout_of(first + row, self.dropout);
                let scale = sequences.scale();
                softmax_row_backward(scores, slopes, scale, log_sum, projection, dropout);
            }
            let probabilities = Matrix::strided(scores, rows, length, padded).transposed();
            let slopes = Matrix::strided(slopes, rows, length, padded);
            let queries = TaskRight::new(queries, &mut scratch.queries, precision);
            let context_slopes =
                TaskRight::new(context_slopes, &mut scratch.context_slopes, precision);
            // Keys and values collect from every block of queries, in the order of the blocks.
            let write = if first == 0 {
                Write::Overwrite
            } else {
                Write::Accumulate
            };
            let column =
                |part: usize, token: usize| token * stride + part * hidden + task.head * width;
            // SAFETY: promised by the caller.
            unsafe {
                let at = self.gradient.at(column(0, task.start + first));
                let left = TaskLeft::new(slopes, &mut scratch.left, precision);
                multiply_in_task(at, stride, left, keys, Write::Overwrite);
                let at = self.gradient.at(column(1, task.start));
                let left = TaskLeft::new(slopes.transposed(), &mut scratch.left, precision);
                multiply_in_task(at, stride, left, queries, write);
                let at = self.gradient.at(column(2, task.start));
                let left = TaskLeft::new(probabilities, &mut scratch.left, precision);
                multiply_in_task(at, stride, left, context_slopes, write);
            }
        }
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

/// Places of a row of scores: whole vectors.
fn padded(length: usize) -> usize {
    length.next_multiple_of(LANES)
}

/// (first row, number of rows) of each block of a sequence.
fn blocks(length: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..length)
        .step_by(QUERIES_A_BLOCK)
        .map(move |first| (first, QUERIES_A_BLOCK.min(length - first)))
}
