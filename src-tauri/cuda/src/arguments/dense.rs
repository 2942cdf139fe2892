//! Products, and sums over rows.

use super::Address;

/// A product in `matrix.cu`: (rows, columns) from operands in bfloat16. Strides are multiples of 8, and so are rows,
/// columns and depth where an operand has them contiguous in memory; columns are in any case.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Product {
    /// bfloat16
    pub left: Address,
    /// bfloat16
    pub right: Address,
    /// Takes the sums in f32, or none.
    pub sums: Address,
    /// Takes them in bfloat16 where `sums` is none.
    pub rounded: Address,
    /// f32 (columns), added to each row, or none.
    pub bias: Address,
    /// Of the destination.
    pub rows: i32,
    /// Of the destination.
    pub columns: i32,
    /// The inner size.
    pub depth: i32,
    /// Values from a line of the left operand to the next.
    pub left_stride: i32,
    /// Values from a line of the right operand to the next.
    pub right_stride: i32,
    /// Values from a row of the destination to the next.
    pub stride: i32,
    /// 1 where the sums are added to what is there.
    pub accumulate: i32,
    /// Of the gradient of a matrix: slices of the inner dimension that a part takes.
    pub part_depth: i32,
    /// f32 (parts, rows, columns), takes the sums of parts, or none where there is one alone.
    pub parts: Address,
}

/// The sums of parts in `matrix.cu`. The count is a multiple of 4.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PartSums {
    /// f32 (count)
    pub sums: Address,
    /// f32 (parts, count)
    pub parts: Address,
    /// Sums.
    pub count: u64,
    /// Parts.
    pub part_count: i32,
    /// 1 where they are added to what is there.
    pub accumulate: i32,
}

/// A product in `matrix_single.cu`, in f32 throughout.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ProductSingle {
    /// f32
    pub left: Address,
    /// f32
    pub right: Address,
    /// f32
    pub sums: Address,
    /// f32 (columns), added to each row, or none.
    pub bias: Address,
    /// Of the destination.
    pub rows: i32,
    /// Of the destination.
    pub columns: i32,
    /// The inner size.
    pub depth: i32,
    /// Values from a row of the left operand to the next.
    pub left_row: i32,
    /// Values from a slice of the left operand to the next.
    pub left_slice: i32,
    /// Values from a column of the right operand to the next.
    pub right_column: i32,
    /// Values from a slice of the right operand to the next.
    pub right_slice: i32,
    /// Values from a row of the destination to the next.
    pub stride: i32,
    /// 1 where the sums are added to what is there.
    pub accumulate: i32,
}
