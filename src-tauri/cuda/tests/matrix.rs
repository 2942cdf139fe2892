//! Products on the tensor cores.

use std::ptr::{null, null_mut};

use proptest::prelude::*;

use crate::host::{kernels, launch};
use crate::numbers::{assert_close, from_bfloat16, pseudo_random, to_bfloat16};

/// `Product` in `matrix.cu`.
#[repr(C)]
struct Product {
    left: *const u16,
    right: *const u16,
    sums: *mut f32,
    rounded: *mut u16,
    bias: *const f32,
    rows: i32,
    columns: i32,
    depth: i32,
    left_stride: i32,
    right_stride: i32,
    stride: i32,
    accumulate: i32,
}

/// Begins at an address that is a multiple of 16, as memory of the device does.
#[repr(C, align(16))]
#[derive(Clone, Copy)]
struct Sixteen<T: Copy, const COUNT: usize>([T; COUNT]);

/// Values of an operand in lines of `stride`; what no shape reaches is large and would be seen.
fn operand(lines: usize, length: usize, stride: usize, seed: u64) -> Vec<Sixteen<u16, 8>> {
    let values = pseudo_random(lines * length, seed);
    let mut words = vec![Sixteen([to_bfloat16(1e30); 8]); lines * stride / 8];
    for (index, value) in values.into_iter().enumerate() {
        let at = index / length * stride + index % length;
        words[at / 8].0[at % 8] = to_bfloat16(value);
    }
    words
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Forward,
    InputGradient,
    WeightGradient,
}

fn check(kind: Kind, rows: usize, columns: usize, depth: usize, to: To, seed: u64) {
    let Some(kernels) = kernels() else { return };
    let (left_along, right_along, name) = match kind {
        Kind::Forward => (true, true, "multiply_forward"),
        Kind::InputGradient => (true, false, "multiply_input_gradient"),
        Kind::WeightGradient => (false, false, "multiply_weight_gradient"),
    };
    let shape = |along: bool, count: usize| {
        let (lines, length) = if along {
            (count, depth)
        } else {
            (depth, count)
        };
        (lines, length, length.next_multiple_of(8) + 8)
    };
    let (left_shape, right_shape) = (shape(left_along, rows), shape(right_along, columns));
    let left = operand(left_shape.0, left_shape.1, left_shape.2, seed);
    let right = operand(right_shape.0, right_shape.1, right_shape.2, seed ^ 1);
    let at = |words: &[Sixteen<u16, 8>], stride: usize, along: bool, line: usize, slice: usize| {
        let at = if along {
            line * stride + slice
        } else {
            slice * stride + line
        };
        from_bfloat16(words[at / 8].0[at % 8])
    };
    let stride = columns + 8;
    let before = pseudo_random(rows * stride, seed ^ 2);
    let mut sums: Vec<Sixteen<f32, 4>> = before
        .chunks_exact(4)
        .map(|four| Sixteen([four[0], four[1], four[2], four[3]]))
        .collect();
    let mut rounded = vec![Sixteen([0x4000u16; 8]); rows * stride / 8];
    let bias: Vec<Sixteen<f32, 4>> = pseudo_random(columns, seed ^ 3)
        .chunks_exact(4)
        .map(|four| Sixteen([four[0], four[1], four[2], four[3]]))
        .collect();
    let in_single = to != To::Rounded;
    let product = Product {
        left: left.as_ptr().cast(),
        right: right.as_ptr().cast(),
        sums: if in_single {
            sums.as_mut_ptr().cast()
        } else {
            null_mut()
        },
        rounded: rounded.as_mut_ptr().cast(),
        bias: if to == To::Added {
            null()
        } else {
            bias.as_ptr().cast()
        },
        rows: rows as i32,
        columns: columns as i32,
        depth: depth as i32,
        left_stride: left_shape.2 as i32,
        right_stride: right_shape.2 as i32,
        stride: stride as i32,
        accumulate: i32::from(to == To::Added),
    };
    let grid = (columns.div_ceil(128), rows.div_ceil(128));
    // SAFETY: all operands were made with these shapes and strides.
    unsafe { launch(kernels, name, grid, 256, &product) };
    let mut expected = Vec::new();
    for row in 0..rows {
        for column in 0..stride {
            let index = row * stride + column;
            expected.push(if column >= columns {
                if in_single {
                    f64::from(before[index])
                } else {
                    2.0
                }
            } else {
                let start = match to {
                    To::Added => f64::from(before[index]),
                    _ => f64::from(bias[column / 4].0[column % 4]),
                };
                let product = |slice: usize| {
                    at(&left, left_shape.2, left_along, row, slice)
                        * at(&right, right_shape.2, right_along, column, slice)
                };
                start + (0..depth).map(product).sum::<f64>()
            });
        }
    }
    if in_single {
        let values = sums.iter().flat_map(|four| four.0).map(f64::from);
        assert_close(values, &expected, 1e-5);
    } else {
        let values = rounded.iter().flat_map(|eight| eight.0).map(from_bfloat16);
        // Half a unit of 8 bits.
        assert_close(values, &expected, 1.0 / 256.0 + 1e-5);
    }
}

/// What becomes of the sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    Single,
    Added,
    Rounded,
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
        check(kind, rows, 8 * eights, depth, to, seed);
    }
}

#[test]
fn a_product_of_several_tiles_and_many_slices_equals_its_definition() {
    for kind in [Kind::Forward, Kind::InputGradient, Kind::WeightGradient] {
        check(kind, 260, 136, 515, To::Single, 7);
    }
}
