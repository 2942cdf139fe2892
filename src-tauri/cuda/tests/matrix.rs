//! Products on the tensor cores.

use cuda::arguments::{
    MULTIPLY_FORWARD, MULTIPLY_FORWARD_NARROW, MULTIPLY_INPUT_GRADIENT,
    MULTIPLY_INPUT_GRADIENT_NARROW, MULTIPLY_WEIGHT_GRADIENT, Product,
};
use cuda::operations::{Write, dense_weight_gradient};
use cuda::{BFloat16, Kernel};
use proptest::prelude::*;

use crate::host::{device, run};
use crate::numbers::{Memory, Value, pseudo_random};

/// An operand of so many rows (or columns), in lines along the inner dimension or across it.
struct Operand {
    memory: Memory<BFloat16>,
    /// What is there.
    numbers: Vec<f32>,
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
        let memory = Memory::of(&numbers);
        Self {
            numbers: memory.numbers(),
            memory,
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
        f64::from(self.numbers[line * self.stride + place])
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Forward,
    ForwardNarrow,
    InputGradient,
    InputGradientNarrow,
    WeightGradient,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::Forward,
        Self::ForwardNarrow,
        Self::InputGradient,
        Self::InputGradientNarrow,
        Self::WeightGradient,
    ];

    /// The kernel, the columns of its tiles, and which operands lie along the inner dimension.
    fn kernel(self) -> (Kernel<Product>, usize, [bool; 2]) {
        match self {
            Self::Forward => (MULTIPLY_FORWARD, 128, [true, true]),
            Self::ForwardNarrow => (MULTIPLY_FORWARD_NARROW, 64, [true, true]),
            Self::InputGradient => (MULTIPLY_INPUT_GRADIENT, 128, [true, false]),
            Self::InputGradientNarrow => (MULTIPLY_INPUT_GRADIENT_NARROW, 64, [true, false]),
            Self::WeightGradient => (MULTIPLY_WEIGHT_GRADIENT, 128, [false, false]),
        }
    }
}

/// What becomes of the sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    Single,
    Added,
    Rounded,
}

/// A product of these operands that goes nowhere yet.
fn product_of(
    left: &Operand,
    right: &Operand,
    (rows, columns, depth): (usize, usize, usize),
) -> Product {
    Product {
        left: left.memory.address(),
        right: right.memory.address(),
        sums: 0,
        rounded: 0,
        bias: 0,
        rows: rows as i32,
        columns: columns as i32,
        depth: depth as i32,
        left_stride: left.stride as i32,
        right_stride: right.stride as i32,
        stride: columns as i32,
        accumulate: 0,
        part_depth: depth as i32,
        parts: 0,
    }
}

/// Sizes that are contiguous in memory are made multiples of eight.
fn check(kind: Kind, (rows, columns, depth): (usize, usize, usize), to: To, seed: u64) {
    if device().is_none() {
        return;
    }
    let (kernel, tile_columns, [left_along, right_along]) = kind.kernel();
    let columns = columns.next_multiple_of(8);
    let rows = if left_along {
        rows
    } else {
        rows.next_multiple_of(8)
    };
    let depth = if left_along || right_along {
        depth.next_multiple_of(8)
    } else {
        depth
    };
    let left = Operand::new(rows, depth, left_along, seed);
    let right = Operand::new(columns, depth, right_along, seed ^ 1);
    let stride = columns + 8;
    let before = pseudo_random(rows * stride, seed ^ 2);
    let (sums, rounded) = (Memory::<f32>::of(&before), Memory::<BFloat16>::of(&before));
    let bias = Memory::<f32>::random(columns, seed ^ 3);
    let product = Product {
        sums: if to == To::Rounded { 0 } else { sums.address() },
        rounded: rounded.address(),
        bias: if to == To::Added { 0 } else { bias.address() },
        stride: stride as i32,
        accumulate: i32::from(to == To::Added),
        ..product_of(&left, &right, (rows, columns, depth))
    };
    let grid = (columns.div_ceil(tile_columns), rows.div_ceil(128));
    // SAFETY: all operands were made with these shapes and strides.
    unsafe { run(&kernel, grid, &product) };
    let of_bias = bias.values();
    let value = |index: usize| {
        let (row, column) = (index / stride, index % stride);
        if column >= columns {
            return f64::from(before[index]);
        }
        let start = match to {
            To::Added => before[index],
            To::Single | To::Rounded => of_bias[column],
        };
        let products = (0..depth).map(|slice| left.at(row, slice) * right.at(column, slice));
        f64::from(start) + products.sum::<f64>()
    };
    let expected: Vec<f64> = (0..before.len()).map(value).collect();
    if to == To::Rounded {
        rounded.assert_close(&expected, BFloat16::TOLERANCE);
    } else {
        // Tensor cores cut what they add up instead of rounding it.
        sums.assert_close(&expected, 3e-5);
    }
}

fn any_kind() -> impl Strategy<Value = Kind> {
    proptest::sample::select(&Kind::ALL)
}

fn any_destination() -> impl Strategy<Value = To> {
    prop_oneof![Just(To::Single), Just(To::Added), Just(To::Rounded)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_product_of_any_shape_equals_its_definition(
        kind in any_kind(), rows in 1usize..200, columns in 1usize..200, depth in 1usize..100,
        to in any_destination(), seed: u64,
    ) {
        check(kind, (rows, columns, depth), to, seed);
    }
}

#[test]
fn a_product_of_several_tiles_and_many_slices_equals_its_definition() {
    for kind in Kind::ALL {
        check(kind, (260, 136, 515), To::Single, 7);
    }
}

#[test]
fn narrow_tiles_give_the_same_bits_as_wide_ones() {
    if device().is_none() {
        return;
    }
    let (rows, columns, depth) = (140, 200, 328);
    for (wide, narrow) in [
        (Kind::Forward, Kind::ForwardNarrow),
        (Kind::InputGradient, Kind::InputGradientNarrow),
    ] {
        let [bits, same] = [wide, narrow].map(|kind| {
            let (kernel, tile_columns, [left_along, right_along]) = kind.kernel();
            let left = Operand::new(rows, depth, left_along, 1);
            let right = Operand::new(columns, depth, right_along, 2);
            let sums = Memory::<f32>::of(&vec![0.0; rows * columns]);
            let product = Product {
                sums: sums.address(),
                ..product_of(&left, &right, (rows, columns, depth))
            };
            let grid = (columns.div_ceil(tile_columns), rows.div_ceil(128));
            // SAFETY: all operands were made with these shapes and strides.
            unsafe { run(&kernel, grid, &product) };
            sums.numbers()
                .iter()
                .map(|sum| sum.to_bits())
                .collect::<Vec<_>>()
        });
        assert!(bits == same);
    }
}

#[test]
fn the_gradient_of_a_matrix_from_many_rows_is_added_up_in_parts() {
    let Some(device) = device() else { return };
    // Six parts, of which the last is shorter.
    let (rows, outputs, inputs) = (1_700, 16, 24);
    let slope = pseudo_random(rows * outputs, 1);
    let input = pseudo_random(rows * inputs, 2);
    let before = pseudo_random(outputs * inputs, 3);
    let nearest = |values: &[f32]| -> Vec<BFloat16> {
        values
            .iter()
            .map(|&value| BFloat16::nearest(value))
            .collect()
    };
    let [slope, input] = [slope, input].map(|values| nearest(&values));
    let on_card = [&slope, &input].map(|values| device.upload(values).unwrap());
    let mut partial = device.memory(0).unwrap();
    for write in [Write::Overwrite, Write::Accumulate] {
        let mut gradient = device.upload(&before).unwrap();
        dense_weight_gradient(
            &device,
            gradient.view_mut(outputs * inputs),
            on_card[0].view(rows * outputs),
            on_card[1].view(rows * inputs),
            inputs,
            write,
            &mut partial,
        )
        .unwrap();
        let mut found = vec![0.0; outputs * inputs];
        gradient.read(&mut found).unwrap();
        for (index, &found) in found.iter().enumerate() {
            let (output, column) = (index / inputs, index % inputs);
            let products = (0..rows).map(|row| {
                let slope = slope[row * outputs + output].number();
                f64::from(slope) * f64::from(input[row * inputs + column].number())
            });
            let start = if write == Write::Accumulate {
                before[index]
            } else {
                0.0
            };
            let expected = f64::from(start) + products.sum::<f64>();
            assert!(
                (f64::from(found) - expected).abs() < 1e-3,
                "{found} {expected}"
            );
        }
    }
    assert_eq!(partial.len(), 6 * outputs * inputs);
}
