//! Products inside one task of a larger operation, such as those of one head of attention: small,
//! and in one thread. The right operand is packed; the left one, of which each value meets few
//! columns, is read where it lies.

use super::{Matrix, Precision, Write, product};

#[cfg(target_arch = "x86_64")]
use super::blocked::{Destination, Lines, Microkernel, Panels};
#[cfg(target_arch = "x86_64")]
use crate::split::DisjointWrites;

/// A right operand, laid out by the thread of its task.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TaskRight<'a> {
    matrix: Matrix<'a>,
    #[cfg(target_arch = "x86_64")]
    words: &'a [u32],
    #[cfg(target_arch = "x86_64")]
    precision: Precision,
}

impl<'a> TaskRight<'a> {
    /// Lays a matrix out in `buffer`, which grows to hold it.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        expect(unused_variables, reason = "there is no microkernel to lay it out for")
    )]
    pub(crate) fn new(matrix: Matrix<'a>, buffer: &'a mut Vec<u32>, precision: Precision) -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(microkernel) = Microkernel::of(precision) {
            microkernel.pack_alone(matrix, buffer);
        }
        Self {
            matrix,
            #[cfg(target_arch = "x86_64")]
            words: buffer,
            #[cfg(target_arch = "x86_64")]
            precision,
        }
    }
}

/// A left operand: where it lies, or rounded where products are not in single precision.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TaskLeft<'a> {
    matrix: Matrix<'a>,
    #[cfg(target_arch = "x86_64")]
    lines: Option<Lines<'a>>,
}

impl<'a> TaskLeft<'a> {
    /// A matrix whose rows or columns lie side by side; rounded values go to `buffer`, which grows
    /// to hold them.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        expect(unused_variables, reason = "there is no microkernel that reads it")
    )]
    pub(crate) fn new(matrix: Matrix<'a>, buffer: &'a mut Vec<u32>, precision: Precision) -> Self {
        Self {
            matrix,
            #[cfg(target_arch = "x86_64")]
            lines: Microkernel::of(precision)
                .and_then(|microkernel| microkernel.lines(matrix, buffer)),
        }
    }
}

/// `destination (+)= left * right` in one thread, into rows of a larger matrix that lie
/// `row_stride` apart.
///
/// # Safety
/// `destination` points to (m, n) values in rows `row_stride` apart, and no other task touches
/// them during the call.
pub(crate) unsafe fn multiply_in_task(
    destination: *mut f32,
    row_stride: usize,
    left: TaskLeft<'_>,
    right: TaskRight<'_>,
    write: Write,
) {
    assert_eq!(
        left.matrix.columns, right.matrix.rows,
        "inner sizes must agree"
    );
    #[cfg(target_arch = "x86_64")]
    if left.matrix.columns > 0
        && let Some(microkernel) = Microkernel::of(right.precision)
    {
        let destination = Destination {
            writes: DisjointWrites::from_pointer(destination),
            stride: row_stride,
            start: write.into(),
        };
        let panels = Panels {
            words: right.words,
            depth: right.matrix.rows,
            columns: right.matrix.columns,
        };
        // SAFETY: promised by the caller.
        unsafe {
            match left.lines {
                Some(lines) => {
                    microkernel.multiply_lines(destination, lines, panels, 0..panels.columns);
                }
                None => microkernel.multiply_alone(destination, left.matrix, panels),
            }
        }
        return;
    }
    let alone = gemm::Parallelism::None;
    // SAFETY: promised by the caller.
    unsafe {
        product(
            destination,
            row_stride,
            left.matrix,
            right.matrix,
            write,
            alone,
        );
    };
}
