//! Dense layers and their gradients: products.

use crate::arguments::{
    ADD_PARTS, MULTIPLY_FORWARD, MULTIPLY_FORWARD_NARROW, MULTIPLY_INPUT_GRADIENT,
    MULTIPLY_INPUT_GRADIENT_NARROW, MULTIPLY_SINGLE, MULTIPLY_WEIGHT_GRADIENT, PartSums, Product,
    ProductSingle,
};
use crate::device::{Device, Kernel};
use crate::error::CudaError;
use crate::memory::{Memory, View, ViewMut};
use crate::operations::{address_of, size};
use crate::stored::Stored;

/// What an operation does to the values that are already in its destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// They are overwritten.
    Overwrite,
    /// The result is added to them.
    Accumulate,
}

impl Write {
    pub(crate) fn accumulates(self) -> i32 {
        i32::from(self == Self::Accumulate)
    }
}

/// `to` (rows, outputs) = `input` (rows, inputs) * `weight` (outputs, inputs) transposed + `bias` (outputs).
///
/// # Errors
/// When the driver refuses.
pub fn dense<V: Stored>(
    device: &Device,
    to: ViewMut<'_, V>,
    input: View<'_, V>,
    weight: View<'_, V>,
    bias: Option<View<'_, f32>>,
    inputs: usize,
) -> Result<(), CudaError> {
    let (rows, outputs) = (input.len() / inputs, weight.len() / inputs);
    assert!(input.len() == rows * inputs && weight.len() == outputs * inputs);
    assert!(to.len() == rows * outputs && bias.is_none_or(|bias| bias.len() == outputs));
    let places = Places {
        left: input.address(),
        right: weight.address(),
        to: to.address(),
        bias: address_of(bias),
    };
    let shape = Shape {
        rows,
        columns: outputs,
        depth: inputs,
    };
    let lines = [Line::Along, Line::Along];
    multiply::<V>(
        device,
        FORWARD,
        places,
        shape,
        lines,
        (Sums::Stored, Parts::WHOLE),
        Write::Overwrite,
    )
}

/// The gradient of a dense layer's input: `to` (rows, inputs) = `slope` (rows, outputs) * `weight` (outputs, inputs).
///
/// # Errors
/// When the driver refuses.
pub fn dense_input_gradient<V: Stored>(
    device: &Device,
    to: ViewMut<'_, V>,
    slope: View<'_, V>,
    weight: View<'_, V>,
    inputs: usize,
    write: Write,
) -> Result<(), CudaError> {
    let (rows, outputs) = (to.len() / inputs, weight.len() / inputs);
    assert!(to.len() == rows * inputs && weight.len() == outputs * inputs);
    assert_eq!(slope.len(), rows * outputs);
    let places = Places {
        left: slope.address(),
        right: weight.address(),
        to: to.address(),
        bias: 0,
    };
    let shape = Shape {
        rows,
        columns: inputs,
        depth: outputs,
    };
    let lines = [Line::Along, Line::Across];
    multiply::<V>(
        device,
        INPUT_GRADIENT,
        places,
        shape,
        lines,
        (Sums::Stored, Parts::WHOLE),
        write,
    )
}

/// The gradient of a dense layer's matrix: `to` (outputs, inputs) = `slope` (rows, outputs) transposed * `input` (rows,
/// inputs). `partial` is room that grows.
///
/// # Errors
/// When the driver refuses.
pub fn dense_weight_gradient<V: Stored>(
    device: &Device,
    to: ViewMut<'_, f32>,
    slope: View<'_, V>,
    input: View<'_, V>,
    inputs: usize,
    write: Write,
    partial: &mut Memory<f32>,
) -> Result<(), CudaError> {
    let (rows, outputs) = (input.len() / inputs, to.len() / inputs);
    assert!(input.len() == rows * inputs && to.len() == outputs * inputs);
    assert_eq!(slope.len(), rows * outputs);
    let places = Places {
        left: slope.address(),
        right: input.address(),
        to: to.address(),
        bias: 0,
    };
    let shape = Shape {
        rows: outputs,
        columns: inputs,
        depth: rows,
    };
    let lines = [Line::Across, Line::Across];
    let count = parts::<V>(outputs, inputs, rows);
    if count > 1 {
        partial.grow(weight_gradient_room::<V>(outputs, inputs, rows))?;
    }
    let parts = Parts {
        count,
        address: if count > 1 { partial.address() } else { 0 },
    };
    multiply::<V>(
        device,
        WEIGHT_GRADIENT,
        places,
        shape,
        lines,
        (Sums::Single, parts),
        write,
    )?;
    if count == 1 {
        return Ok(());
    }
    let all = PartSums {
        sums: to.address(),
        parts: partial.address(),
        count: to.len() as u64,
        part_count: size(count),
        accumulate: write.accumulates(),
    };
    // SAFETY: each part has as many sums as the gradient.
    unsafe { device.launch(&ADD_PARTS, (to.len().div_ceil(1_024), 1), &all) }
}

/// Rows and columns of the destination that a block computes, and slices that it loads at a time.
const TILE: usize = 128;
const SLICES_AT_A_TIME: usize = 32;
/// Blocks that keep a large card busy, two on each of its multiprocessors: a few more would make all wait for a second
/// round.
const BLOCKS: usize = 256;

/// The kernels of a product of operands in bfloat16, which give the same bits.
#[derive(Clone, Copy)]
struct Kernels {
    /// With tiles of [`TILE`] columns.
    wide: &'static Kernel<Product>,
    /// With tiles of half as many, where those would leave multiprocessors idle.
    narrow: Option<&'static Kernel<Product>>,
}

const FORWARD: Kernels = Kernels {
    wide: &MULTIPLY_FORWARD,
    narrow: Some(&MULTIPLY_FORWARD_NARROW),
};
const INPUT_GRADIENT: Kernels = Kernels {
    wide: &MULTIPLY_INPUT_GRADIENT,
    narrow: Some(&MULTIPLY_INPUT_GRADIENT_NARROW),
};
/// Where tiles are few its inner dimension is cut into parts instead.
const WEIGHT_GRADIENT: Kernels = Kernels {
    wide: &MULTIPLY_WEIGHT_GRADIENT,
    narrow: None,
};
/// The fewest slices that a part is worth beginning for.
const FEWEST_SLICES: usize = 256;

/// Parts that the inner dimension, of so many rows, is cut into: one where there are tiles enough. It does not depend
/// on the card, so that all give the same bits.
fn parts<V: Stored>(outputs: usize, inputs: usize, rows: usize) -> usize {
    if V::IS_SINGLE {
        return 1;
    }
    let tiles = (outputs.div_ceil(TILE) * inputs.div_ceil(TILE)).max(1);
    // Halves are worth a second round, which is a short one then.
    let least = if tiles < BLOCKS { 2 } else { 1 };
    let most = (rows / FEWEST_SLICES).max(1);
    (BLOCKS / tiles).max(least).min(most)
}

/// Values that [`dense_weight_gradient`] needs room for.
pub fn weight_gradient_room<V: Stored>(outputs: usize, inputs: usize, rows: usize) -> usize {
    match parts::<V>(outputs, inputs, rows) {
        1 => 0,
        parts => parts * outputs * inputs,
    }
}

/// The gradient of a bias of few outputs: `to` (outputs) = the sum of `slope` (rows, outputs) over its rows, with
/// `ones` (rows).
///
/// # Errors
/// When the driver refuses.
pub fn dense_bias_gradient(
    device: &Device,
    to: ViewMut<'_, f32>,
    slope: View<'_, f32>,
    ones: View<'_, f32>,
    write: Write,
) -> Result<(), CudaError> {
    let (rows, outputs) = (ones.len(), to.len());
    assert_eq!(slope.len(), rows * outputs);
    let places = Places {
        left: ones.address(),
        right: slope.address(),
        to: to.address(),
        bias: 0,
    };
    let shape = Shape {
        rows: 1,
        columns: outputs,
        depth: rows,
    };
    let lines = [Line::Along, Line::Across];
    multiply::<f32>(
        device,
        FORWARD,
        places,
        shape,
        lines,
        (Sums::Single, Parts::WHOLE),
        write,
    )
}

/// Slices that each part takes but the last ones, which may have none: a multiple of those that are loaded at a time.
fn part_depth(depth: usize, parts: usize) -> usize {
    depth.div_ceil(parts).next_multiple_of(SLICES_AT_A_TIME)
}

#[derive(Clone, Copy)]
struct Places {
    left: u64,
    right: u64,
    to: u64,
    bias: u64,
}

#[derive(Clone, Copy)]
struct Shape {
    rows: usize,
    columns: usize,
    depth: usize,
}

/// How an operand lies: its rows (or columns) side by side, or its slices.
#[derive(Clone, Copy, PartialEq)]
enum Line {
    Along,
    Across,
}

/// Parts that the inner dimension is cut into, and where their sums go.
#[derive(Clone, Copy)]
struct Parts {
    count: usize,
    address: u64,
}

impl Parts {
    const WHOLE: Self = Self {
        count: 1,
        address: 0,
    };
}

/// What the result is kept as.
#[derive(Clone, Copy, PartialEq)]
enum Sums {
    Single,
    Stored,
}

/// `half` are the kernels for operands in bfloat16; those in single precision have one for all.
fn multiply<V: Stored>(
    device: &Device,
    half: Kernels,
    places: Places,
    shape: Shape,
    [left, right]: [Line; 2],
    (sums, parts): (Sums, Parts),
    write: Write,
) -> Result<(), CudaError> {
    let Shape {
        rows,
        columns,
        depth,
    } = shape;
    // From a row (or column) to the next, and from a slice to the next.
    let strides = |line: Line, count: usize| match line {
        Line::Along => (size(depth), 1),
        Line::Across => (1, size(count)),
    };
    if V::IS_SINGLE {
        let ((left_row, left_slice), (right_column, right_slice)) =
            (strides(left, rows), strides(right, columns));
        let product = ProductSingle {
            left: places.left,
            right: places.right,
            sums: places.to,
            bias: places.bias,
            rows: size(rows),
            columns: size(columns),
            depth: size(depth),
            left_row,
            left_slice,
            right_column,
            right_slice,
            stride: size(columns),
            accumulate: write.accumulates(),
        };
        let grid = (columns.div_ceil(64), rows.div_ceil(64));
        // SAFETY: callers checked that all three matrices have these shapes.
        return unsafe { device.launch(&MULTIPLY_SINGLE, grid, &product) };
    }
    let stride = |line: Line, count: usize| match line {
        Line::Along => depth,
        Line::Across => count,
    };
    let (left_stride, right_stride) = (stride(left, rows), stride(right, columns));
    assert!(
        left_stride.is_multiple_of(8)
            && right_stride.is_multiple_of(8)
            && columns.is_multiple_of(8),
        "tensor cores read eight values at a time"
    );
    let (single, rounded) = match sums {
        Sums::Single => (places.to, 0),
        Sums::Stored => (0, places.to),
    };
    let product = Product {
        left: places.left,
        right: places.right,
        sums: single,
        rounded,
        bias: places.bias,
        rows: size(rows),
        columns: size(columns),
        depth: size(depth),
        left_stride: size(left_stride),
        right_stride: size(right_stride),
        stride: size(columns),
        accumulate: write.accumulates(),
        part_depth: size(part_depth(depth, parts.count)),
        parts: parts.address,
    };
    let down = rows.div_ceil(TILE);
    let is_small = down * columns.div_ceil(TILE) < BLOCKS / 2;
    let (kernel, across) = match half.narrow {
        Some(narrow) if is_small => (narrow, columns.div_ceil(TILE / 2)),
        _ => (half.wide, columns.div_ceil(TILE)),
    };
    // SAFETY: as above.
    unsafe { device.launch(kernel, (across, down * parts.count), &product) }
}
