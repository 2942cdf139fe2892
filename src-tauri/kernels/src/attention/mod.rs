//! Scaled dot-product attention (Vaswani et al. 2017) over packed sequences, with softmax and
//! dropout fused. Each (sequence, head) is one task. Scores are never stored: the backward pass
//! computes them again from the log-sum-exp of each row (Dao et al. 2022), so that memory grows
//! with the tokens and not with their square.

mod first;
mod full;
mod softmax;

pub use first::{attend_first, attend_first_backward};
pub use full::{attend, attend_backward};

use crate::dropout::Dropout;
use crate::profile::Work;

/// How a packed matrix is cut into sequences and heads.
#[derive(Debug, Clone, Copy)]
pub struct Sequences<'a> {
    /// Where each sequence starts, and the number of tokens last, shape (sequences + 1).
    pub starts: &'a [usize],
    /// Attention heads.
    pub heads: usize,
    /// Width of one head.
    pub head_size: usize,
}

/// One head of one sequence: the unit of work.
#[derive(Debug, Clone, Copy)]
struct Task {
    /// Number of the sequence.
    sequence: usize,
    /// First token of the sequence in the packed matrix.
    start: usize,
    /// Tokens of the sequence.
    length: usize,
    /// Number of the head.
    head: usize,
    /// Dropout index of query 0 and key 0.
    first_index: u32,
}

impl Sequences<'_> {
    fn tokens(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    fn count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    fn hidden(&self) -> usize {
        self.heads * self.head_size
    }

    /// The factor of the scores, 1 / sqrt(head size).
    fn scale(&self) -> f32 {
        1.0 / (self.head_size as f32).sqrt()
    }

    /// What `products` of every token with every token of its sequence take.
    fn work(&self, products: usize) -> Work {
        let squares = self
            .starts
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).pow(2));
        Work {
            operations: 2 * products * squares.sum::<usize>() * self.hidden(),
            bytes: 0,
        }
    }

    fn tasks(&self) -> Vec<Task> {
        let mut tasks = Vec::with_capacity(self.count() * self.heads);
        let mut base = 0u32;
        for (sequence, bounds) in self.starts.windows(2).enumerate() {
            let length = bounds[1] - bounds[0];
            let square = (length * length) as u32;
            for head in 0..self.heads {
                let first_index = base.wrapping_add((head as u32).wrapping_mul(square));
                tasks.push(Task {
                    sequence,
                    start: bounds[0],
                    length,
                    head,
                    first_index,
                });
            }
            base = base.wrapping_add((self.heads as u32).wrapping_mul(square));
        }
        tasks
    }

    fn check(&self) {
        assert!(
            self.starts.first().is_none_or(|&start| start == 0),
            "sequences start at 0"
        );
        assert!(
            self.starts.windows(2).all(|pair| pair[0] <= pair[1]),
            "starts must ascend"
        );
    }
}

/// The dropout of attention probabilities of one task.
#[derive(Debug, Clone, Copy)]
struct RowDropout {
    dropout: Dropout,
    first: u32,
}

#[cfg(test)]
mod tests;
