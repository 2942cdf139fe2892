//! Products inside one task of a larger operation, such as those of one head of attention: small,
//! and in one thread. The right operand is packed; the left one, of which each value meets few
//! columns, is read where it lies.

use super::{Matrix, Precision, Prepared, Start, product};

#[cfg(target_arch = "x86_64")]
use super::blocked::{Destination, Lines, Microkernel, Panels};
#[cfg(target_arch = "x86_64")]
use crate::split::DisjointWrites;

/// A right operand as the products of one task read it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TaskRight<'a> {
    layout: TaskLayout<'a>,
    depth: usize,
    columns: usize,
}

#[derive(Debug, Clone, Copy)]
enum TaskLayout<'a> {
    #[cfg(target_arch = "x86_64")]
    Panels(&'a [u32], Microkernel),
    /// Where there is no microkernel.
    Plain(Matrix<'a>),
}

impl<'a> TaskRight<'a> {
    /// Lays a matrix out in `buffer`, which grows to hold it, in this thread alone.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        expect(unused_variables, reason = "there is no microkernel to lay it out for")
    )]
    pub(crate) fn new(matrix: Matrix<'a>, buffer: &'a mut Vec<u32>, precision: Precision) -> Self {
        let (depth, columns) = (matrix.rows, matrix.columns);
        #[cfg(target_arch = "x86_64")]
        if let Some(microkernel) = Microkernel::of(precision) {
            microkernel.pack_alone(matrix, buffer);
            return Self {
                layout: TaskLayout::Panels(buffer, microkernel),
                depth,
                columns,
            };
        }
        Self {
            layout: TaskLayout::Plain(matrix),
            depth,
            columns,
        }
    }
}

impl<'a> From<&'a Prepared> for TaskRight<'a> {
    fn from(prepared: &'a Prepared) -> Self {
        let (depth, columns) = prepared.shape();
        #[cfg(target_arch = "x86_64")]
        if let Some(microkernel) = Microkernel::of(prepared.precision()) {
            let words = prepared.panels(prepared.precision()).words;
            return Self {
                layout: TaskLayout::Panels(words, microkernel),
                depth,
                columns,
            };
        }
        Self {
            layout: TaskLayout::Plain(prepared.matrix()),
            depth,
            columns,
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

/// `destination = start + left * right` in one thread, into rows of a larger matrix that lie
/// `row_stride` apart.
///
/// # Safety
/// `destination` points to (m, n) values in rows `row_stride` apart, and no other task touches
/// them during the call.
pub(crate) unsafe fn multiply_in_task<'a>(
    destination: *mut f32,
    row_stride: usize,
    left: TaskLeft<'_>,
    right: TaskRight<'_>,
    start: impl Into<Start<'a>>,
) {
    let start = start.into();
    assert_eq!(left.matrix.columns, right.depth, "inner sizes must agree");
    assert!(right.depth > 0, "a task has something to multiply");
    if let Start::Row(values) = start {
        assert_eq!(values.len(), right.columns, "one value a column");
    }
    match right.layout {
        #[cfg(target_arch = "x86_64")]
        TaskLayout::Panels(words, microkernel) => {
            let destination = Destination {
                writes: DisjointWrites::from_pointer(destination),
                stride: row_stride,
                start,
            };
            let panels = Panels {
                words,
                depth: right.depth,
                columns: right.columns,
            };
            // SAFETY: promised by the caller.
            unsafe {
                match left.lines {
                    Some(lines) => {
                        microkernel.multiply_lines(destination, lines, panels, 0..right.columns);
                    }
                    None => microkernel.multiply_alone(destination, left.matrix, panels),
                }
            }
        }
        TaskLayout::Plain(right) => {
            let alone = gemm::Parallelism::None;
            // SAFETY: promised by the caller.
            unsafe { product(destination, row_stride, left.matrix, right, start, alone) };
        }
    }
}
