//! Sums over the rows of a matrix: blocks of rows are added up first, and then the blocks, in their order.

use crate::arguments::{ADD_BLOCK_SUMS, BlockSums, COLUMN_SUMS_BF16, COLUMN_SUMS_F32, ColumnSums};
use crate::device::Device;
use crate::error::CudaError;
use crate::memory::{Memory, View, ViewMut};
use crate::operations::dense::Write;
use crate::operations::size;
use crate::stored::Stored;

/// Rows that are added up before the rest is.
pub(super) const ROWS_A_SUM: usize = 64;

/// `sums` (width) = the sum of `values` (rows, width) over the rows. `partial` is room that grows.
///
/// # Errors
/// When the driver refuses.
pub fn sum_columns<V: Stored>(
    device: &Device,
    sums: ViewMut<'_, f32>,
    values: View<'_, V>,
    write: Write,
    partial: &mut Memory<f32>,
) -> Result<(), CudaError> {
    let width = sums.len();
    let rows = values.len() / width;
    assert!(width.is_multiple_of(4) && values.len() == rows * width);
    partial.grow(sum_columns_room(rows, width))?;
    let all = ColumnSums {
        partial: partial.address(),
        values: values.address(),
        rows: size(rows),
        width: size(width),
    };
    let (kernel, grid) = (
        V::kernel(COLUMN_SUMS_F32, COLUMN_SUMS_BF16),
        grid(rows, width),
    );
    // SAFETY: the shapes were checked, and there is room for the blocks.
    unsafe { device.launch(&kernel, grid, &all)? };
    add_blocks(device, [Some(sums), None, None], partial, grid.1, write)
}

/// Of kernels that take sums on their way.
pub(super) fn grid(rows: usize, width: usize) -> (usize, usize) {
    (width.div_ceil(128), rows.div_ceil(ROWS_A_SUM))
}

/// Values that sums over rows of this width need room for.
pub fn sum_columns_room(rows: usize, width: usize) -> usize {
    rows.div_ceil(ROWS_A_SUM) * width
}

/// Each of `sums`, of which the first are there, = what `partial` (blocks, sums that are there, width) adds up to.
pub(super) fn add_blocks(
    device: &Device,
    sums: [Option<ViewMut<'_, f32>>; 3],
    partial: &Memory<f32>,
    blocks: usize,
    write: Write,
) -> Result<(), CudaError> {
    let width = sums.iter().flatten().map(ViewMut::len).max().unwrap_or(0);
    let kinds = sums.iter().flatten().count();
    assert!(sums.iter().flatten().all(|sums| sums.len() == width));
    assert!(partial.len() >= blocks * kinds * width);
    let all = BlockSums {
        sums: sums.map(|sums| sums.map_or(0, |sums| sums.address())),
        partial: partial.address(),
        blocks: size(blocks),
        width: size(width),
        accumulate: write.accumulates(),
    };
    // SAFETY: the shapes were checked.
    unsafe { device.launch(&ADD_BLOCK_SUMS, (width.div_ceil(32), kinds), &all) }
}
