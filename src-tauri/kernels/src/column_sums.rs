//! Sums over the rows of a matrix, such as the gradients of biases. They are taken in blocks of
//! rows, which are then added up in order: so a pass that works on rows can take them on its way,
//! and they do not depend on the number of threads.

use std::cell::RefCell;

use crate::matrix::Write;
use crate::simd::simd;

/// Rows whose sum is taken at once. Part of the definition of every such sum: changing it changes
/// the rounding.
pub(crate) const ROWS_A_BLOCK: usize = 32;

thread_local! {
    /// The sums of all blocks, kept so that nothing is allocated in a step.
    static SUMS: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Runs `work` with room for `width` sums of each of so many blocks, all zero.
pub(crate) fn with_block_sums(blocks: usize, width: usize, work: impl FnOnce(&mut [f32])) {
    // Taken out while it is in use: a thread that waits for others may run another operation.
    let mut sums = SUMS.take();
    sums.clear();
    sums.resize(blocks * width, 0.0);
    work(&mut sums);
    SUMS.set(sums);
}

/// `totals` (width) = the sum over blocks of the `width` sums from place `first` on of each, which
/// lie `stride` apart; or added to what is there.
pub(crate) fn add_blocks(
    totals: &mut [f32],
    sums: &[f32],
    first: usize,
    stride: usize,
    write: Write,
) {
    if write == Write::Overwrite {
        totals.fill(0.0);
    }
    for block in sums.chunks_exact(stride) {
        add(totals, &block[first..first + totals.len()]);
    }
}

simd! {
    /// Adds each row of `values` (_, width) to `sums` (width).
    pub(crate) fn sum_block(sums: &mut [f32], values: &[f32]) {
        for row in values.chunks_exact(sums.len()) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += value;
            }
        }
    }

    fn add(totals: &mut [f32], block: &[f32]) {
        for (total, sum) in totals.iter_mut().zip(block) {
            *total += sum;
        }
    }
}
