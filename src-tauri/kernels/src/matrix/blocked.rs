//! A blocked product in the manner of GotoBLAS (Goto & van de Geijn 2008): both operands are
//! packed into panels that the microkernel reads in order, blocks of the left one sized for the
//! second-level cache.
//!
//! Each value of the destination is a sum over the inner dimension in an order that depends on
//! that dimension alone, so how the rest is cut, and by how many threads, never changes a bit.

use std::cell::RefCell;

use rayon::prelude::*;

use super::microkernel::{AVX2, AVX512, Tile, TileShape, multiply_avx2, multiply_avx512};
use super::{Matrix, Write};
use crate::simd::InstructionSet;
use crate::split::DisjointWrites;

/// Inner slices a block: a right panel of 256 * 32 values fits in a first-level cache of 32 KB.
const DEPTH_A_BLOCK: usize = 256;
/// Rows a task: 96 * 256 packed values are 96 KB of the second-level cache, and it is a multiple
/// of both tile heights.
const ROWS_A_TASK: usize = 96;
/// Columns a task where there are few rows, so that there is still work to share.
const COLUMNS_A_TASK: usize = 192;

thread_local! {
    /// The packed block of the left operand, and in a task of its own also the right one.
    static PACKED: RefCell<(Vec<f32>, Vec<f32>)> = const { RefCell::new((Vec::new(), Vec::new())) };
    /// The packed right operand of a product that all threads share.
    static SHARED: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// The destination of a product: (m, n) values in rows `stride` apart.
#[derive(Clone, Copy)]
pub(super) struct Destination {
    pub(super) writes: DisjointWrites,
    pub(super) stride: usize,
    pub(super) write: Write,
}

/// The microkernel of this processor, where it has one.
fn tile_shape() -> Option<TileShape> {
    match InstructionSet::detect() {
        InstructionSet::Avx512 => Some(AVX512),
        InstructionSet::Avx2 => Some(AVX2),
        InstructionSet::Portable => None,
    }
}

/// Whether this processor has a microkernel of ours.
pub(super) fn is_available() -> bool {
    tile_shape().is_some()
}

/// `destination (+)= left * right` with all threads of the pool.
///
/// # Safety
/// The destination holds (m, n) values, and nothing else touches them during the call.
pub(super) unsafe fn multiply_shared(
    destination: Destination,
    left: Matrix<'_>,
    right: Matrix<'_>,
) {
    let Some(shape) = tile_shape() else { return };
    // The buffer is taken out while it is in use: a thread that waits for the others may run
    // another product meanwhile.
    let mut packed = SHARED.take();
    let length = packed_length(right.rows, right.columns, shape);
    if packed.len() < length {
        packed = vec![0.0; length];
    }
    let panel = shape.columns * right.rows;
    packed[..length]
        .par_chunks_mut(panel.max(1))
        .with_min_len(2)
        .enumerate()
        .for_each(|(index, panel)| pack_right_panel(panel, right, index * shape.columns, shape));
    let columns_a_task = if left.rows <= ROWS_A_TASK {
        COLUMNS_A_TASK
    } else {
        right.columns.max(1)
    };
    let row_tasks = left.rows.div_ceil(ROWS_A_TASK);
    let column_tasks = right.columns.div_ceil(columns_a_task);
    (0..row_tasks * column_tasks)
        .into_par_iter()
        .for_each(|task| {
            let (row, column) = (
                task / column_tasks * ROWS_A_TASK,
                task % column_tasks * columns_a_task,
            );
            let rows = row..(row + ROWS_A_TASK).min(left.rows);
            let columns = column..(column + columns_a_task).min(right.columns);
            PACKED.with_borrow_mut(|(block, _)| {
                // SAFETY: tasks cover disjoint parts of the destination.
                unsafe {
                    multiply_part(
                        destination,
                        left,
                        &packed,
                        right,
                        rows,
                        columns,
                        block,
                        shape,
                    );
                };
            });
        });
    SHARED.set(packed);
}

/// Values of the packed right operand: whole panels.
fn packed_length(depth: usize, columns: usize, shape: TileShape) -> usize {
    columns.div_ceil(shape.columns) * shape.columns * depth
}

/// One task: `rows` x `columns` of the destination, over the whole inner dimension.
///
/// # Safety
/// As [`multiply_shared`], for this part of the destination.
unsafe fn multiply_part(
    destination: Destination,
    left: Matrix<'_>,
    packed: &[f32],
    right: Matrix<'_>,
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
    block: &mut Vec<f32>,
    shape: TileShape,
) {
    let depth = left.columns;
    let blocks = depth.div_ceil(DEPTH_A_BLOCK).max(1);
    for index in 0..blocks {
        // Even blocks: 384 slices become twice 192 and not 256 and 128.
        let slices = depth * index / blocks..depth * (index + 1) / blocks;
        pack_left_block(block, left, rows.clone(), slices.clone(), shape.rows);
        let accumulate = index > 0 || destination.write == Write::Accumulate;
        for column in columns.clone().step_by(shape.columns) {
            let panel = column / shape.columns * shape.columns * right.rows;
            let panel = &packed[panel + slices.start * shape.columns..];
            for (number, row) in rows.clone().step_by(shape.rows).enumerate() {
                let left_panel = &block[number * shape.rows * slices.len()..];
                debug_assert!(left_panel.len() >= shape.rows * slices.len());
                debug_assert!(panel.len() >= shape.columns * slices.len());
                // SAFETY: the place lies in the destination, by the caller's promise; the panels
                // hold all slices; the shape is that of this processor's microkernel.
                unsafe {
                    let tile = Tile {
                        at: destination.writes.at(row * destination.stride + column),
                        stride: destination.stride,
                        rows: shape.rows.min(rows.end - row),
                        columns: shape.columns.min(columns.end - column),
                        accumulate,
                    };
                    let (left, right) = (left_panel.as_ptr(), panel.as_ptr());
                    if shape == AVX512 {
                        multiply_avx512(slices.len(), left, right, tile);
                    } else {
                        multiply_avx2(slices.len(), left, right, tile);
                    }
                }
            }
        }
    }
}

/// Packs columns `first..` of `right` as `depth` rows of one tile width, zeros beyond the edge.
fn pack_right_panel(panel: &mut [f32], right: Matrix<'_>, first: usize, shape: TileShape) {
    let width = shape.columns.min(right.columns - first);
    if right.column_stride == 1 {
        for (depth, slice) in panel.chunks_exact_mut(shape.columns).enumerate() {
            let start = depth * right.row_stride + first;
            slice[..width].copy_from_slice(&right.data[start..start + width]);
            slice[width..].fill(0.0);
        }
        return;
    }
    if width < shape.columns {
        panel.fill(0.0);
    }
    interleave(
        panel,
        right.transposed(),
        first..first + width,
        0..right.rows,
        shape.columns,
    );
}

/// Packs `rows` x `slices` of `left` as panels of one tile height, zeros beyond the edge.
fn pack_left_block(
    block: &mut Vec<f32>,
    left: Matrix<'_>,
    rows: std::ops::Range<usize>,
    slices: std::ops::Range<usize>,
    height: usize,
) {
    let panel = height * slices.len();
    let length = rows.len().div_ceil(height) * panel;
    if block.len() < length {
        block.resize(length, 0.0);
    }
    for (panel, first) in block[..length]
        .chunks_exact_mut(panel.max(1))
        .zip(rows.clone().step_by(height))
    {
        let own = first..(first + height).min(rows.end);
        if own.len() < height {
            panel.fill(0.0);
        }
        interleave(panel, left, own, slices.clone(), height);
    }
}

/// `panel[slice * width + row] = matrix[rows.start + row][slices.start + slice]`.
fn interleave(
    panel: &mut [f32],
    matrix: Matrix<'_>,
    rows: std::ops::Range<usize>,
    slices: std::ops::Range<usize>,
    width: usize,
) {
    if matrix.row_stride == 1 {
        for (slice, values) in slices.zip(panel.chunks_exact_mut(width)) {
            let start = slice * matrix.column_stride + rows.start;
            values[..rows.len()].copy_from_slice(&matrix.data[start..start + rows.len()]);
        }
        return;
    }
    // Eight slices at a time, so that each cache line read is used up at once.
    const RUN: usize = 8;
    let count = slices.len();
    for run in (0..count).step_by(RUN) {
        let length = RUN.min(count - run);
        for row in 0..rows.len() {
            let start = (rows.start + row) * matrix.row_stride
                + (slices.start + run) * matrix.column_stride;
            if matrix.column_stride == 1 {
                let values = &matrix.data[start..start + length];
                for (offset, value) in values.iter().enumerate() {
                    panel[(run + offset) * width + row] = *value;
                }
            } else {
                for offset in 0..length {
                    panel[(run + offset) * width + row] =
                        matrix.data[start + offset * matrix.column_stride];
                }
            }
        }
    }
}
