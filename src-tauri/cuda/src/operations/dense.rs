//! Dense layers and their gradients: products.

use crate::arguments::{
    MULTIPLY_FORWARD, MULTIPLY_INPUT_GRADIENT, MULTIPLY_SINGLE, MULTIPLY_WEIGHT_GRADIENT, Product,
    ProductSingle,
};
use crate::device::{Device, Kernel};
use crate::error::CudaError;
use crate::memory::{View, ViewMut};
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
        &MULTIPLY_FORWARD,
        places,
        shape,
        lines,
        Sums::Stored,
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
        &MULTIPLY_INPUT_GRADIENT,
        places,
        shape,
        lines,
        Sums::Stored,
        write,
    )
}

/// The gradient of a dense layer's matrix: `to` (outputs, inputs) = `slope` (rows, outputs) transposed * `input` (rows,
/// inputs).
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
    multiply::<V>(
        device,
        &MULTIPLY_WEIGHT_GRADIENT,
        places,
        shape,
        lines,
        Sums::Single,
        write,
    )
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
        &MULTIPLY_FORWARD,
        places,
        shape,
        lines,
        Sums::Single,
        write,
    )
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

/// What the result is kept as.
#[derive(Clone, Copy, PartialEq)]
enum Sums {
    Single,
    Stored,
}

/// `half` is the kernel for operands in bfloat16; those in single precision have one for all.
fn multiply<V: Stored>(
    device: &Device,
    half: &Kernel<Product>,
    places: Places,
    shape: Shape,
    [left, right]: [Line; 2],
    sums: Sums,
    write: Write,
) -> Result<(), CudaError> {
    let Shape {
        rows,
        columns,
        depth,
    } = shape;
    let tiles = |side: usize| (columns.div_ceil(side), rows.div_ceil(side));
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
        // SAFETY: callers checked that all three matrices have these shapes.
        return unsafe { device.launch(&MULTIPLY_SINGLE, tiles(64), &product) };
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
    };
    // SAFETY: as above.
    unsafe { device.launch(half, tiles(128), &product) }
}
