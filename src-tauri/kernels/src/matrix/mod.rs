//! Matrix products over strided views: our own blocked product where the processor has AVX-512 or
//! AVX2, the `gemm` crate elsewhere.

#[cfg(target_arch = "x86_64")]
mod blocked;
#[cfg(target_arch = "x86_64")]
mod microkernel;
#[cfg(target_arch = "x86_64")]
mod packing;
mod prepared;
mod task;
#[cfg(test)]
mod tests;

pub use prepared::Prepared;
pub(crate) use task::{TaskLeft, TaskRight, multiply_in_task};

#[cfg(target_arch = "x86_64")]
use blocked::{Destination, Microkernel};

use crate::profile::{Work, clock};
#[cfg(target_arch = "x86_64")]
use crate::simd::InstructionSet;
use crate::split::DisjointWrites;

/// The numbers that a product multiplies. Sums are `f32` in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// `f32`
    #[default]
    Single,
    /// Both operands are rounded to bfloat16 (8 bits of precision, the range of `f32`), which
    /// `vdpbf16ps` multiplies twice as fast. Never emulated.
    BFloat16,
}

impl Precision {
    /// Whether this processor multiplies such numbers.
    pub fn is_available(self) -> bool {
        match self {
            Self::Single => true,
            #[cfg(target_arch = "x86_64")]
            Self::BFloat16 => {
                InstructionSet::detect() == InstructionSet::Avx512
                    && is_x86_feature_detected!("avx512bf16")
            }
            #[cfg(not(target_arch = "x86_64"))]
            Self::BFloat16 => false,
        }
    }

    /// Slices of the inner dimension that a packed word of 32 bits holds.
    #[cfg(target_arch = "x86_64")]
    fn slices_a_word(self) -> usize {
        match self {
            Self::Single => 1,
            Self::BFloat16 => 2,
        }
    }

    /// Words that this many slices take.
    #[cfg(target_arch = "x86_64")]
    fn words(self, slices: usize) -> usize {
        slices.div_ceil(self.slices_a_word())
    }
}

/// A read-only matrix: element (row, column) is `data[row * row_stride + column * column_stride]`.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// A row-major matrix that fills `data`.
    ///
    /// # Panics
    /// When `data` does not hold exactly `rows * columns` values.
    pub fn new(data: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(data.len(), rows * columns, "the shape must fill the data");
        Self {
            data,
            rows,
            columns,
            row_stride: columns,
            column_stride: 1,
        }
    }

    /// A row-major matrix whose rows are `row_stride` values apart.
    ///
    /// # Panics
    /// When `data` ends before the last element.
    pub fn strided(data: &'a [f32], rows: usize, columns: usize, row_stride: usize) -> Self {
        assert!(columns <= row_stride && span(rows, columns, row_stride) <= data.len());
        Self {
            data,
            rows,
            columns,
            row_stride,
            column_stride: 1,
        }
    }

    /// Some of the rows.
    #[cfg(target_arch = "x86_64")]
    fn part(self, rows: std::ops::Range<usize>) -> Self {
        Self {
            data: &self.data[rows.start * self.row_stride..],
            rows: rows.len(),
            ..self
        }
    }

    /// The same values with rows and columns exchanged; nothing is moved.
    pub fn transposed(self) -> Self {
        Self {
            data: self.data,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }
}

/// The values a strided matrix reaches over.
fn span(rows: usize, columns: usize, row_stride: usize) -> usize {
    if rows == 0 || columns == 0 {
        0
    } else {
        (rows - 1) * row_stride + columns
    }
}

/// What a product does to the values that are already in its destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// They are overwritten.
    Overwrite,
    /// The product is added to them.
    Accumulate,
}

/// `destination = start + left * right`, with the destination row-major and filling its slice:
/// shapes (m, k) * (k, n) → (m, n). Uses all threads of the current pool.
///
/// # Panics
/// When the shapes do not fit together, or the processor has not this precision.
pub fn multiply<'a>(
    destination: &mut [f32],
    left: Matrix<'_>,
    right: impl Into<Right<'a>>,
    start: impl Into<Start<'a>>,
    precision: Precision,
) {
    let (right, start) = (right.into(), start.into());
    let (depth, columns) = right.shape();
    assert_eq!(
        destination.len(),
        left.rows * columns,
        "the product must fill its slice"
    );
    assert_eq!(left.columns, depth, "inner sizes must agree");
    assert!(
        precision.is_available(),
        "this processor has no {precision:?}"
    );
    if let Start::Row(values) = start {
        assert_eq!(values.len(), columns, "one value a column");
    }
    let _clock = clock(kind(left, right), Work::product(left.rows, columns, depth));
    #[cfg(target_arch = "x86_64")]
    if depth > 0
        && let Some(microkernel) = Microkernel::of(precision)
    {
        let destination = Destination {
            writes: DisjointWrites::new(destination),
            stride: columns,
            start,
        };
        // SAFETY: the destination was just checked to hold (m, n) and is borrowed by this call.
        unsafe {
            match right {
                Right::Matrix(right) => microkernel.multiply(destination, left, right),
                Right::Prepared(right) => {
                    microkernel.multiply_packed(destination, left, right.panels(precision));
                }
            }
        }
        return;
    }
    let threads = match rayon::current_num_threads() {
        0 | 1 => gemm::Parallelism::None,
        threads => gemm::Parallelism::Rayon(threads),
    };
    let at = destination.as_mut_ptr();
    // SAFETY: as above.
    unsafe { product(at, columns, left, right.matrix(), start, threads) };
}

/// What a product is added to.
#[derive(Debug, Clone, Copy)]
pub enum Start<'a> {
    /// Nothing.
    Zero,
    /// What is in the destination.
    Present,
    /// A row (n) that is added to each row, such as a bias.
    Row(&'a [f32]),
}

impl From<Write> for Start<'_> {
    fn from(write: Write) -> Self {
        match write {
            Write::Overwrite => Self::Zero,
            Write::Accumulate => Self::Present,
        }
    }
}

/// The right operand of a product.
#[derive(Debug, Clone, Copy)]
pub enum Right<'a> {
    /// As it lies in memory.
    Matrix(Matrix<'a>),
    /// Laid out for the product beforehand.
    Prepared(&'a Prepared),
}

impl<'a> Right<'a> {
    fn shape(self) -> (usize, usize) {
        match self {
            Self::Matrix(matrix) => (matrix.rows, matrix.columns),
            Self::Prepared(prepared) => prepared.shape(),
        }
    }

    /// Where there is no microkernel.
    fn matrix(self) -> Matrix<'a> {
        match self {
            Self::Matrix(matrix) => matrix,
            Self::Prepared(prepared) => prepared.matrix(),
        }
    }
}

impl<'a> From<Matrix<'a>> for Right<'a> {
    fn from(matrix: Matrix<'a>) -> Self {
        Self::Matrix(matrix)
    }
}

/// What a product is for, told by how its operands lie: weights are stored (outputs, inputs).
fn kind(left: Matrix<'_>, right: Right<'_>) -> &'static str {
    match right {
        _ if left.row_stride == 1 => "product: weight gradient",
        Right::Matrix(right) if right.row_stride > 1 => "product: input gradient",
        _ => "product: forward",
    }
}

/// `destination = start + left * right` where there is no microkernel of ours.
///
/// # Safety
/// `destination` points to (m, n) values in rows `row_stride` apart, and nothing else touches them
/// during the call.
unsafe fn product(
    destination: *mut f32,
    row_stride: usize,
    left: Matrix<'_>,
    right: Matrix<'_>,
    start: Start<'_>,
    parallelism: gemm::Parallelism,
) {
    if let Start::Row(values) = start {
        for row in 0..left.rows {
            // SAFETY: the row lies in the destination, by the caller's promise.
            let row = unsafe {
                std::slice::from_raw_parts_mut(destination.add(row * row_stride), right.columns)
            };
            row.copy_from_slice(values);
        }
    }
    // SAFETY: both operands were checked to cover their shape when the views were made; the
    // destination is the caller's promise. Strides are lengths of slices and fit in `isize`.
    unsafe {
        gemm::gemm(
            left.rows,
            right.columns,
            left.columns,
            destination,
            1,
            row_stride.cast_signed(),
            !matches!(start, Start::Zero),
            left.data.as_ptr(),
            left.column_stride.cast_signed(),
            left.row_stride.cast_signed(),
            right.data.as_ptr(),
            right.column_stride.cast_signed(),
            right.row_stride.cast_signed(),
            1.0,
            1.0,
            false,
            false,
            false,
            parallelism,
        );
    }
}
