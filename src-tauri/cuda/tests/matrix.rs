//! Products on the tensor cores.

use std::ptr::{null, null_mut};

use proptest::prelude::*;

use crate::host::{kernels, launch};
use crate::numbers::{BFloat16, Memory, Value, pseudo_random};

/// `Product` in `matrix.cu`.
#[repr(C)]
struct Product {
    left: *const BFloat16,
    right: *const BFloat16,
    sums: *mut f32,
    rounded: *mut BFloat16,
    bias: *const f32,
    rows: i32,
    columns: i32,
    depth: i32,
    left_stride: i32,
    right_stride: i32,
    stride: i32,
    accumulate: i32,
}

/// An operand of so many rows (or columns), in lines along the inner dimension or across it.
struct Operand {
    memory: Memory<BFloat16>,
    along: bool,
    stride: usize,
}

impl Operand {
    fn new(count: usize, depth: usize, along: bool, seed: u64) -> Self {
        let (lines, length) = if along {
            (count, depth)
        } else {
            (depth, count)
        };
        let stride = length.next_multiple_of(8) + 8;
        let mut numbers = pseudo_random(lines * stride, seed);
        for (index, number) in numbers.iter_mut().enumerate() {
            if index % stride >= length {
                // What no shape reaches would be seen.
                *number = 1e30;
            }
        }
        Self {
            memory: Memory::of(&numbers),
            along,
            stride,
        }
    }

    fn at(&self, line: usize, slice: usize) -> f64 {
        let (line, place) = if self.along {
            (line, slice)
        } else {
            (slice, line)
        };
        f64::from(self.memory.values()[line * self.stride + place].number())
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Forward,
    InputGradient,
    WeightGradient,
}

/// What becomes of the sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    Single,
    Added,
    Rounded,
}

fn check(kind: Kind, (rows, columns, depth): (usize, usize, usize), to: To, seed: u64) {
    let Some(kernels) = kernels() else { return };
    let (left_along, right_along, name) = match kind {
        Kind::Forward => (true, true, "multiply_forward"),
        Kind::InputGradient => (true, false, "multiply_input_gradient"),
        Kind::WeightGradient => (false, false, "multiply_weight_gradient"),
    };
    let left = Operand::new(rows, depth, left_along, seed);
    let right = Operand::new(columns, depth, right_along, seed ^ 1);
    let stride = columns + 8;
    let before = pseudo_random(rows * stride, seed ^ 2);
    let (mut sums, mut rounded) = (Memory::<f32>::of(&before), Memory::<BFloat16>::of(&before));
    let bias = Memory::<f32>::random(columns, seed ^ 3);
    let product = Product {
        left: left.memory.pointer(),
        right: right.memory.pointer(),
        sums: if to == To::Rounded {
            null_mut()
        } else {
            sums.pointer_mut()
        },
        rounded: rounded.pointer_mut(),
        bias: if to == To::Added {
            null()
        } else {
            bias.pointer()
        },
        rows: rows as i32,
        columns: columns as i32,
        depth: depth as i32,
        left_stride: left.stride as i32,
        right_stride: right.stride as i32,
        stride: stride as i32,
        accumulate: i32::from(to == To::Added),
    };
    let grid = (columns.div_ceil(128), rows.div_ceil(128));
    // SAFETY: all operands were made with these shapes and strides.
    unsafe { launch(kernels, name, grid, 256, &product) };
    let value = |index: usize| {
        let (row, column) = (index / stride, index % stride);
        if column >= columns {
            return f64::from(before[index]);
        }
        let start = match to {
            To::Added => before[index],
            To::Single | To::Rounded => bias.values()[column],
        };
        let products = (0..depth).map(|slice| left.at(row, slice) * right.at(column, slice));
        f64::from(start) + products.sum::<f64>()
    };
    let expected: Vec<f64> = (0..before.len()).map(value).collect();
    if to == To::Rounded {
        rounded.assert_close(&expected, BFloat16::TOLERANCE);
    } else {
        sums.assert_close(&expected, 1e-5);
    }
}

fn any_kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Forward),
        Just(Kind::InputGradient),
        Just(Kind::WeightGradient)
    ]
}

fn any_destination() -> impl Strategy<Value = To> {
    prop_oneof![Just(To::Single), Just(To::Added), Just(To::Rounded)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_product_of_any_shape_equals_its_definition(
        kind in any_kind(), rows in 1usize..200, eights in 1usize..25, depth in 1usize..100,
        to in any_destination(), seed: u64,
    ) {
        check(kind, (rows, 8 * eights, depth), to, seed);
    }
}

#[test]
fn a_product_of_several_tiles_and_many_slices_equals_its_definition() {
    for kind in [Kind::Forward, Kind::InputGradient, Kind::WeightGradient] {
        check(kind, (260, 136, 515), To::Single, 7);
    }
}
