//! A blocked product in the manner of GotoBLAS (Goto & van de Geijn 2008): the right operand is
//! packed into panels that the microkernel reads in order, and so is the left one unless it can be
//! read row by row where it lies; a task takes as much of it as fits in the second-level cache. The inner dimension is not cut: panels are read through from that cache as
//! fast as from the first one, and sums stay in registers until they are done.
//!
//! Each value of the destination is a sum over the inner dimension in order, so how the rest is
//! cut, and by how many threads, never changes a bit.

use std::cell::RefCell;
use std::ops::Range;

use rayon::prelude::*;

use super::microkernel::{
    AVX2, AVX512, Tile, TileShape, TileStart, multiply_avx2, multiply_avx512, multiply_bfloat16,
    multiply_rows_avx512, multiply_rows_bfloat16,
};
use super::packing::{pack_panels, round_rows};
use super::{Matrix, Precision, Start};
use crate::simd::InstructionSet;
use crate::split::DisjointWrites;

/// Most rows a task: a multiple of both tile heights.
const ROWS_A_TASK: usize = 96;
/// Most packed words of the left operand a task, where that leaves a tile: 640 KB, so that they and
/// a panel of the right one fit in a second-level cache of a megabyte.
const LEFT_WORDS_A_TASK: usize = 160 << 10;
/// Columns a task where there are few rows, so that there is still work to share.
const COLUMNS_A_TASK: usize = 192;
/// Panels of the right operand that a task packs: some, because those whose rows lie side by side
/// in memory are then read through.
const PANELS_A_TASK: usize = 4;

thread_local! {
    /// The packed or rounded part of the left operand that a task is at.
    static LEFT: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
    /// Its last rows, where they fill no tile.
    static EDGE: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
    /// The packed right operand of a product that this thread began.
    static RIGHT: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// The destination of a product: (m, n) values in rows `stride` apart.
#[derive(Clone, Copy)]
pub(super) struct Destination<'a> {
    pub(super) writes: DisjointWrites,
    pub(super) stride: usize,
    pub(super) start: Start<'a>,
}

impl Destination<'_> {
    /// The same without its first rows.
    ///
    /// # Safety
    /// So many rows lie in the destination.
    unsafe fn below(self, rows: usize) -> Self {
        // SAFETY: promised by the caller.
        let at = unsafe { self.writes.at(rows * self.stride) };
        Self {
            writes: DisjointWrites::from_pointer(at),
            ..self
        }
    }
}

/// A right operand in panels of one tile width, the whole inner dimension each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Panels<'a> {
    pub(super) words: &'a [u32],
    /// Slices of the inner dimension.
    pub(super) depth: usize,
    pub(super) columns: usize,
}

/// A left operand that is read where it lies: the words of its rows or of its slices are side by
/// side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines<'a> {
    words: &'a [u32],
    /// From a row to the next, or from a slice to the next.
    step: usize,
    by_rows: bool,
    rows: usize,
    /// Words of a row.
    depth: usize,
}

impl Lines<'_> {
    /// Where a word of a row lies.
    fn place(&self, row: usize, word: usize) -> usize {
        if self.by_rows {
            row * self.step + word
        } else {
            word * self.step + row
        }
    }
}

/// Most rows a task of a product over `words` words of the inner dimension.
fn rows_a_task(shape: TileShape, words: usize) -> usize {
    let rows = LEFT_WORDS_A_TASK / words.max(1) / shape.rows * shape.rows;
    rows.clamp(shape.rows, ROWS_A_TASK)
}

/// How a destination is cut into tasks: along tiles, into as many rows as caches hold, so that
/// threads get as many tasks of nearly the same size as each other.
#[derive(Debug, Clone, Copy)]
struct Tasks {
    shape: TileShape,
    size: (usize, usize),
    /// Tasks above each other.
    rows: usize,
    /// Tasks beside each other.
    columns: usize,
}

impl Tasks {
    /// Of a product over `words` words of the inner dimension.
    fn new(shape: TileShape, rows: usize, columns: usize, words: usize) -> Self {
        let most_rows = rows_a_task(shape, words);
        let (row_tasks, column_tasks) = if rows <= most_rows {
            (1, columns.div_ceil(COLUMNS_A_TASK))
        } else {
            let threads = rayon::current_num_threads();
            (rows.div_ceil(most_rows).next_multiple_of(threads), 1)
        };
        Self {
            shape,
            size: (rows, columns),
            rows: row_tasks,
            columns: column_tasks,
        }
    }

    /// Rows and columns of one task.
    fn part(self, task: usize) -> (Range<usize>, Range<usize>) {
        let share = |number: usize, tasks: usize, count: usize, tile: usize| {
            let tiles = count.div_ceil(tile);
            let edge = |number: usize| (tiles * number / tasks * tile).min(count);
            edge(number)..edge(number + 1)
        };
        let (row, column) = (task / self.columns, task % self.columns);
        (
            share(row, self.rows, self.size.0, self.shape.rows),
            share(column, self.columns, self.size.1, self.shape.columns),
        )
    }
}

/// The microkernel of this processor for one precision.
#[derive(Debug, Clone, Copy)]
pub(super) struct Microkernel {
    shape: TileShape,
    precision: Precision,
}

impl Microkernel {
    /// Nothing where this processor has none of ours.
    pub(super) fn of(precision: Precision) -> Option<Self> {
        let shape = match (InstructionSet::detect(), precision) {
            (InstructionSet::Avx512, Precision::Single) => AVX512,
            (InstructionSet::Avx512, Precision::BFloat16) if precision.is_available() => AVX512,
            (InstructionSet::Avx2, Precision::Single) => AVX2,
            _ => return None,
        };
        Some(Self { shape, precision })
    }

    /// Words of the packed right operand: whole panels.
    fn packed_length(self, depth: usize, columns: usize) -> usize {
        columns.div_ceil(self.shape.columns) * self.panel_length(depth)
    }

    fn panel_length(self, depth: usize) -> usize {
        self.shape.columns * self.precision.words(depth)
    }

    /// Packs a right operand, with all threads of the pool.
    pub(super) fn pack(self, right: Matrix<'_>, packed: &mut Vec<u32>) {
        self.room_for(right, packed)
            .par_chunks_mut((PANELS_A_TASK * self.panel_length(right.rows)).max(1))
            .enumerate()
            .for_each(|(task, panels)| self.pack_right(panels, right, task * PANELS_A_TASK));
    }

    /// As [`Self::pack`], in this thread alone.
    pub(super) fn pack_alone(self, right: Matrix<'_>, packed: &mut Vec<u32>) {
        self.pack_right(self.room_for(right, packed), right, 0);
    }

    fn room_for<'a>(self, right: Matrix<'_>, packed: &'a mut Vec<u32>) -> &'a mut [u32] {
        room(packed, self.packed_length(right.rows, right.columns))
    }

    /// Packs as many panels as there is room for, from panel `first` on.
    fn pack_right(self, panels: &mut [u32], right: Matrix<'_>, first: usize) {
        let width = self.shape.columns;
        let count = panels.len() / self.panel_length(right.rows).max(1);
        let columns = first * width..((first + count) * width).min(right.columns);
        let slices = 0..right.rows;
        let right = right.transposed();
        pack_panels(panels, right, columns, slices, width, self.precision);
    }

    /// Packs `rows` of `left` as panels of one tile height.
    fn pack_left(self, left: Matrix<'_>, rows: Range<usize>, block: &mut Vec<u32>) {
        let height = self.shape.rows;
        let length = rows.len().div_ceil(height) * height * self.precision.words(left.columns);
        let (panels, slices) = (room(block, length), 0..left.columns);
        pack_panels(panels, left, rows, slices, height, self.precision);
    }

    /// `destination = start + left * right` with all threads of the pool.
    ///
    /// # Safety
    /// The destination holds (m, n) values, and nothing else touches them during the call.
    pub(super) unsafe fn multiply(
        self,
        destination: Destination<'_>,
        left: Matrix<'_>,
        right: Matrix<'_>,
    ) {
        // The buffer is taken out while it is in use: a thread that waits for the others may run
        // another product meanwhile.
        let mut packed = RIGHT.take();
        self.pack(right, &mut packed);
        let panels = Panels {
            words: &packed,
            depth: right.rows,
            columns: right.columns,
        };
        // SAFETY: promised by the caller.
        unsafe { self.multiply_packed(destination, left, panels) };
        RIGHT.set(packed);
    }

    /// As [`Self::multiply`], with a right operand that is packed already.
    ///
    /// # Safety
    /// As [`Self::multiply`].
    pub(super) unsafe fn multiply_packed(
        self,
        destination: Destination<'_>,
        left: Matrix<'_>,
        right: Panels<'_>,
    ) {
        assert!(right.words.len() >= self.packed_length(right.depth, right.columns));
        let tasks = Tasks::new(
            self.shape,
            left.rows,
            right.columns,
            self.precision.words(left.columns),
        );
        (0..tasks.rows * tasks.columns)
            .into_par_iter()
            .for_each(|task| {
                let (rows, columns) = tasks.part(task);
                // SAFETY: tasks cover disjoint parts of the destination.
                unsafe { self.multiply_part(destination, left, right, rows, columns) };
            });
    }

    /// As [`Self::multiply_packed`], in this thread alone.
    ///
    /// # Safety
    /// As [`Self::multiply`].
    pub(super) unsafe fn multiply_alone(
        self,
        destination: Destination<'_>,
        left: Matrix<'_>,
        right: Panels<'_>,
    ) {
        assert!(right.words.len() >= self.packed_length(right.depth, right.columns));
        let most_rows = rows_a_task(self.shape, self.precision.words(left.columns));
        for row in (0..left.rows).step_by(most_rows) {
            let rows = row..(row + most_rows).min(left.rows);
            let columns = 0..right.columns;
            // SAFETY: promised by the caller.
            unsafe { self.multiply_part(destination, left, right, rows, columns) };
        }
    }

    /// A left operand for [`Self::multiply_lines`], rounded into `buffer` where words are not
    /// single values. Nothing where this microkernel reads none, or the matrix has no lines.
    pub(super) fn lines<'a>(self, left: Matrix<'a>, buffer: &'a mut Vec<u32>) -> Option<Lines<'a>> {
        let by_rows = left.column_stride == 1;
        if self.shape != AVX512 || !(by_rows || left.row_stride == 1) {
            return None;
        }
        let depth = self.precision.words(left.columns);
        let (words, step) = match self.precision {
            Precision::Single => (
                values_as_words(left.data),
                left.row_stride.max(left.column_stride),
            ),
            Precision::BFloat16 => {
                let words = room(buffer, left.rows * depth);
                if by_rows {
                    round_rows(words, left);
                } else {
                    // One panel as wide as the matrix is what lies slice by slice.
                    let (rows, slices) = (0..left.rows, 0..left.columns);
                    pack_panels(words, left, rows, slices, left.rows, self.precision);
                }
                (&*words, if by_rows { depth } else { left.rows })
            }
        };
        Some(Lines {
            words,
            step,
            by_rows,
            rows: left.rows,
            depth,
        })
    }

    /// `columns` of `destination = start + left * right` in this thread, with a left operand that is
    /// read where it lies.
    ///
    /// # Safety
    /// As [`Self::multiply`].
    pub(super) unsafe fn multiply_lines(
        self,
        destination: Destination<'_>,
        left: Lines<'_>,
        right: Panels<'_>,
        columns: Range<usize>,
    ) {
        assert!(right.words.len() >= self.packed_length(right.depth, right.columns));
        assert_eq!(left.depth, self.precision.words(right.depth));
        if left.rows == 0 || left.depth == 0 {
            return;
        }
        let last = left.place(left.rows - 1, left.depth - 1);
        assert!(last < left.words.len(), "all of the left operand is there");
        let height = self.shape.rows;
        EDGE.with_borrow_mut(|edge| {
            // The microkernel reads whole tiles: what is left over at the end is copied.
            let whole = left.rows / height * height;
            edge.clear();
            if whole < left.rows {
                edge.resize(left.depth * height, 0);
                for (word, slice) in edge.chunks_exact_mut(height).enumerate() {
                    for (row, value) in (whole..left.rows).zip(slice) {
                        *value = left.words[left.place(row, word)];
                    }
                }
            }
            let tile_of = |row: usize| {
                if row < whole {
                    LeftTile {
                        words: &left.words[left.place(row, 0)..],
                        step: left.step,
                        by_rows: left.by_rows,
                    }
                } else {
                    LeftTile {
                        words: edge.as_slice(),
                        step: height,
                        by_rows: false,
                    }
                }
            };
            // SAFETY: promised by the caller; whole tiles lie in the left operand and the edge has
            // the others, as was checked.
            unsafe { self.multiply_tiles(destination, right, 0..left.rows, columns, tile_of) };
        });
    }

    /// One task: `rows` x `columns` of the destination. A left operand whose rows lie side by side
    /// is read there, or rounded; another one is packed, so that its slices, each in a page of its
    /// own, are visited once.
    ///
    /// # Safety
    /// As [`Self::multiply`], for this part of the destination.
    unsafe fn multiply_part(
        self,
        destination: Destination<'_>,
        left: Matrix<'_>,
        right: Panels<'_>,
        rows: Range<usize>,
        columns: Range<usize>,
    ) {
        LEFT.with_borrow_mut(|block| {
            if left.column_stride == 1
                && let Some(lines) = self.lines(left.part(rows.clone()), block)
            {
                // SAFETY: promised by the caller: these rows are a part of the destination.
                unsafe {
                    let destination = destination.below(rows.start);
                    self.multiply_lines(destination, lines, right, columns);
                }
                return;
            }
            self.pack_left(left, rows.clone(), block);
            let words = self.precision.words(left.columns);
            let tile_of = |row: usize| LeftTile {
                words: &block[(row - rows.start) * words..],
                step: self.shape.rows,
                by_rows: false,
            };
            // SAFETY: promised by the caller; the block holds a panel for each tile.
            unsafe { self.multiply_tiles(destination, right, rows.clone(), columns, tile_of) };
        });
    }

    /// `rows` x `columns` of the destination, tile by tile.
    ///
    /// # Safety
    /// As [`Self::multiply`], for this part of the destination; `left` gives, for the first row of
    /// a tile, where all words of a whole tile lie.
    unsafe fn multiply_tiles<'a>(
        self,
        destination: Destination<'_>,
        right: Panels<'_>,
        rows: Range<usize>,
        columns: Range<usize>,
        left: impl Fn(usize) -> LeftTile<'a>,
    ) {
        let (shape, words) = (self.shape, self.precision.words(right.depth));
        for column in columns.clone().step_by(shape.columns) {
            let panel = column / shape.columns * self.panel_length(right.depth);
            let panel = &right.words[panel..][..shape.columns * words];
            for row in rows.clone().step_by(shape.rows) {
                let start = match destination.start {
                    Start::Zero => TileStart::Zero,
                    Start::Present => TileStart::Present,
                    Start::Row(values) => TileStart::Row(values[column..].as_ptr()),
                };
                // SAFETY: the place lies in the destination, by the caller's promise, and so do
                // the words of both operands.
                unsafe {
                    let tile = Tile {
                        at: destination.writes.at(row * destination.stride + column),
                        stride: destination.stride,
                        rows: shape.rows.min(rows.end - row),
                        columns: shape.columns.min(columns.end - column),
                        start,
                    };
                    self.multiply_tile(words, left(row), panel.as_ptr(), tile);
                }
            }
        }
    }

    /// # Safety
    /// As the microkernels.
    unsafe fn multiply_tile(self, words: usize, left: LeftTile<'_>, right: *const u32, tile: Tile) {
        let (at, step) = (left.words.as_ptr(), left.step);
        // SAFETY: promised by the caller; a microkernel is only made for a processor that has it,
        // and lines are read by rows only where that processor has AVX-512.
        unsafe {
            match (self.precision, self.shape == AVX512, left.by_rows) {
                (Precision::Single, false, _) => multiply_avx2(words, at, right, tile),
                (Precision::Single, true, false) => multiply_avx512(words, at, step, right, tile),
                (Precision::Single, true, true) => {
                    multiply_rows_avx512(words, at, step, right, tile);
                }
                (Precision::BFloat16, _, false) => multiply_bfloat16(words, at, step, right, tile),
                (Precision::BFloat16, _, true) => {
                    multiply_rows_bfloat16(words, at, step, right, tile);
                }
            }
        }
    }
}

/// Where the rows of a tile lie in the left operand.
#[derive(Debug, Clone, Copy)]
struct LeftTile<'a> {
    words: &'a [u32],
    /// From a row to the next, or from a slice to the next.
    step: usize,
    by_rows: bool,
}

/// The first `length` words of a buffer, which grows to hold them. What they hold is whatever was
/// there before.
fn room(buffer: &mut Vec<u32>, length: usize) -> &mut [u32] {
    if buffer.len() < length {
        // Not `resize`: growing would copy the old words, which nobody needs.
        *buffer = vec![0; length];
    }
    &mut buffer[..length]
}

/// The same bits.
fn values_as_words(values: &[f32]) -> &[u32] {
    // SAFETY: both types have the same size and alignment, and any bits are a number of each.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), values.len()) }
}
