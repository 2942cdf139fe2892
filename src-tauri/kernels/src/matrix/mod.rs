//! Matrix products over strided views: our own blocked product where the processor has AVX-512 or
//! AVX2, the `gemm` crate elsewhere.

#[cfg(target_arch = "x86_64")]
mod blocked;
#[cfg(target_arch = "x86_64")]
mod microkernel;

use crate::split::DisjointWrites;

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

/// `destination = left * right` (or `+=`), with the destination row-major and filling its slice:
/// shapes (m, k) * (k, n) → (m, n). Uses all threads of the current pool.
///
/// # Panics
/// When the shapes do not fit together.
pub fn multiply(destination: &mut [f32], left: Matrix<'_>, right: Matrix<'_>, write: Write) {
    assert_eq!(
        destination.len(),
        left.rows * right.columns,
        "the product must fill its slice"
    );
    let writes = DisjointWrites::new(destination);
    assert_eq!(left.columns, right.rows, "inner sizes must agree");
    #[cfg(target_arch = "x86_64")]
    if blocked::is_available() && left.columns > 0 {
        let destination = blocked::Destination {
            writes,
            stride: right.columns,
            write,
        };
        // SAFETY: the destination was just checked to hold (m, n) and is borrowed by this call.
        unsafe { blocked::multiply_shared(destination, left, right) };
        return;
    }
    let threads = rayon::current_num_threads();
    let parallelism = if threads > 1 {
        gemm::Parallelism::Rayon(threads)
    } else {
        gemm::Parallelism::None
    };
    // SAFETY: as above.
    unsafe { product(writes.at(0), right.columns, left, right, write, parallelism) };
}

/// As [`multiply`], in one thread, into rows of a larger matrix that lie `row_stride` apart.
///
/// # Safety
/// `destination` points to (m, n) values in rows `row_stride` apart, and no other task touches
/// them during the call.
pub(crate) unsafe fn multiply_in_task(
    destination: *mut f32,
    row_stride: usize,
    left: Matrix<'_>,
    right: Matrix<'_>,
    write: Write,
) {
    // SAFETY: promised by the caller.
    unsafe {
        product(
            destination,
            row_stride,
            left,
            right,
            write,
            gemm::Parallelism::None,
        );
    };
}

/// # Safety
/// As [`multiply_in_task`].
unsafe fn product(
    destination: *mut f32,
    row_stride: usize,
    left: Matrix<'_>,
    right: Matrix<'_>,
    write: Write,
    parallelism: gemm::Parallelism,
) {
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
            write == Write::Accumulate,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, in_pool, pseudo_random};
    use proptest::prelude::*;

    fn exact(left: Matrix<'_>, right: Matrix<'_>) -> Vec<f64> {
        let at = |m: Matrix<'_>, r: usize, c: usize| {
            f64::from(m.data[r * m.row_stride + c * m.column_stride])
        };
        (0..left.rows * right.columns)
            .map(|index| {
                let (row, column) = (index / right.columns, index % right.columns);
                (0..left.columns)
                    .map(|k| at(left, row, k) * at(right, k, column))
                    .sum()
            })
            .collect()
    }

    proptest! {
        #[test]
        fn a_product_equals_its_definition(
            m in 1usize..40, n in 1usize..40, k in 1usize..70,
            left_transposed: bool, right_transposed: bool, accumulate: bool,
        ) {
            let (a, b) = (pseudo_random(m * k, 1), pseudo_random(k * n, 2));
            let left = if left_transposed { Matrix::new(&a, k, m).transposed() } else { Matrix::new(&a, m, k) };
            let right = if right_transposed { Matrix::new(&b, n, k).transposed() } else { Matrix::new(&b, k, n) };
            let before = pseudo_random(m * n, 3);
            let mut product = before.clone();
            let write = if accumulate { Write::Accumulate } else { Write::Overwrite };
            multiply(&mut product, left, right, write);
            let mut expected = exact(left, right);
            if accumulate {
                for (value, &old) in expected.iter_mut().zip(&before) {
                    *value += f64::from(old);
                }
            }
            assert_close(&product, &expected, 1e-5);
        }
    }

    #[test]
    fn a_product_is_bitwise_the_same_for_any_number_of_threads() {
        let (m, n, k) = (517, 384, 1536);
        let (a, b) = (pseudo_random(m * k, 1), pseudo_random(n * k, 2));
        let run = |threads| {
            in_pool(threads, || {
                let mut product = vec![0.0; m * n];
                let right = Matrix::new(&b, n, k).transposed();
                multiply(&mut product, Matrix::new(&a, m, k), right, Write::Overwrite);
                product
            })
        };
        let one = run(1);
        assert!(one == run(2) && one == run(3) && one == run(8));
    }
}
