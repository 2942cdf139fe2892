//! Sums over the rows of a matrix.

use super::Address;

/// Sums over 64 rows each in `column_sums.cu`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ColumnSums {
    /// f32 (rows / 64 rounded up, width)
    pub partial: Address,
    /// V (rows, width)
    pub values: Address,
    /// Rows.
    pub rows: i32,
    /// Width.
    pub width: i32,
}

/// Adds up the sums that blocks of rows gave, of up to three kinds.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct BlockSums {
    /// f32 (width) each
    pub sums: [Address; 3],
    /// f32 (blocks, kinds, width)
    pub partial: Address,
    /// Blocks.
    pub blocks: i32,
    /// Width.
    pub width: i32,
    /// 1 where the sums are added to what is there.
    pub accumulate: i32,
}
