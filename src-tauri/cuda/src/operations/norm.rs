//! Normalisation, nonlinearities, and sums over columns.

use kernels::activation::Nonlinearity;
use kernels::dropout::Dropout;

use crate::arguments::{
    ACTIVATION_BF16, ACTIVATION_F32, ADD_BLOCK_SUMS, Activation, BlockSums, COLUMN_SUMS_BF16,
    COLUMN_SUMS_F32, ColumnSums, RESIDUAL_NORM_BF16, RESIDUAL_NORM_F32,
    RESIDUAL_NORM_GRADIENT_BF16, RESIDUAL_NORM_GRADIENT_F32, ResidualNorm, ResidualNormGradient,
};
use crate::device::Device;
use crate::error::CudaError;
use crate::memory::{Memory, View, ViewMut};
use crate::operations::dense::Write;
use crate::operations::{address_of, size};
use crate::stored::Stored;

/// The widest row that a normalisation takes.
pub const WIDEST_NORM: usize = 1_024;
/// Rows that are added up before the rest is.
const ROWS_A_SUM: usize = 64;

/// Scale and shift of a layer normalisation, each (width): a multiple of 4, at most [`WIDEST_NORM`].
#[derive(Debug, Clone, Copy)]
pub struct Norm<'a> {
    /// gamma
    pub scale: View<'a, f32>,
    /// beta
    pub shift: View<'a, f32>,
    /// Added to the variance.
    pub epsilon: f32,
}

/// What the backward pass needs.
#[derive(Debug)]
pub struct NormSaved<'a, V> {
    /// (rows, width)
    pub normalized: ViewMut<'a, V>,
    /// 1 / standard deviation, (rows)
    pub inverse_deviation: ViewMut<'a, f32>,
}

/// The same, to be read.
#[derive(Debug, Clone, Copy)]
pub struct NormRead<'a, V> {
    /// (rows, width)
    pub normalized: View<'a, V>,
    /// (rows)
    pub inverse_deviation: View<'a, f32>,
}

/// `output` = LayerNorm(`residual` + dropout(`input` + `bias`)); all matrices (rows, width).
///
/// # Errors
/// When the driver refuses.
pub fn residual_layer_norm<V: Stored>(
    device: &Device,
    output: ViewMut<'_, V>,
    input: View<'_, V>,
    (bias, residual): (View<'_, f32>, View<'_, V>),
    dropout: Dropout,
    norm: Norm<'_>,
    saved: NormSaved<'_, V>,
) -> Result<(), CudaError> {
    normalize(
        device,
        output,
        input,
        Some((bias, residual)),
        dropout,
        norm,
        saved,
    )
}

/// `output` = LayerNorm(`input`), both (rows, width).
///
/// # Errors
/// When the driver refuses.
pub fn layer_norm<V: Stored>(
    device: &Device,
    output: ViewMut<'_, V>,
    input: View<'_, V>,
    norm: Norm<'_>,
    saved: NormSaved<'_, V>,
) -> Result<(), CudaError> {
    normalize(device, output, input, None, Dropout::none(), norm, saved)
}

fn normalize<V: Stored>(
    device: &Device,
    output: ViewMut<'_, V>,
    input: View<'_, V>,
    before: Option<(View<'_, f32>, View<'_, V>)>,
    dropout: Dropout,
    norm: Norm<'_>,
    saved: NormSaved<'_, V>,
) -> Result<(), CudaError> {
    let width = check_width(norm.scale);
    let rows = input.len() / width;
    assert!(norm.shift.len() == width && input.len() == rows * width);
    assert!(output.len() == input.len() && saved.normalized.len() == input.len());
    assert_eq!(saved.inverse_deviation.len(), rows);
    assert!(
        before.is_none_or(|(bias, residual)| bias.len() == width && residual.len() == input.len())
    );
    let all = ResidualNorm {
        output: output.address(),
        normalized: saved.normalized.address(),
        inverse_deviation: saved.inverse_deviation.address(),
        input: input.address(),
        residual: address_of(before.map(|(_, residual)| residual)),
        bias: address_of(before.map(|(bias, _)| bias)),
        scale: norm.scale.address(),
        shift: norm.shift.address(),
        dropout: dropout.into(),
        epsilon: norm.epsilon,
        rows: size(rows),
        width: size(width),
    };
    let kernel = V::kernel(RESIDUAL_NORM_F32, RESIDUAL_NORM_BF16);
    // SAFETY: the shapes were checked.
    unsafe { device.launch(&kernel, (rows.div_ceil(4), 1), &all) }
}

/// A width that the kernels take.
fn check_width(scale: View<'_, f32>) -> usize {
    let width = scale.len();
    assert!(
        width > 0 && width.is_multiple_of(4) && width <= WIDEST_NORM,
        "a row fits in a warp's registers"
    );
    width
}

/// Where gradients of scale and shift go, each (width).
#[derive(Debug)]
pub struct NormGradients<'a> {
    /// Of gamma.
    pub scale: ViewMut<'a, f32>,
    /// Of beta.
    pub shift: ViewMut<'a, f32>,
    /// Whether they are added to what is there.
    pub write: Write,
}

/// The gradient of [`residual_layer_norm`]: on entry `gradient` (rows, width) is that of the output, on return that of
/// the residual; `input_gradient` takes that of the input before the bias, whose sum over the rows is the bias's.
/// `partial` is room that grows.
///
/// # Errors
/// When the driver refuses.
pub fn residual_layer_norm_backward<V: Stored>(
    device: &Device,
    gradient: ViewMut<'_, V>,
    input_gradient: ViewMut<'_, V>,
    saved: NormRead<'_, V>,
    scale: View<'_, f32>,
    dropout: Dropout,
    gradients: NormGradients<'_>,
    partial: &mut Memory<f32>,
) -> Result<(), CudaError> {
    assert_eq!(input_gradient.len(), gradient.len());
    let to = Some(input_gradient);
    normalize_backward(
        device, gradient, to, saved, scale, dropout, gradients, partial,
    )
}

/// The gradient of [`layer_norm`], in place.
///
/// # Errors
/// When the driver refuses.
pub fn layer_norm_backward<V: Stored>(
    device: &Device,
    gradient: ViewMut<'_, V>,
    saved: NormRead<'_, V>,
    scale: View<'_, f32>,
    gradients: NormGradients<'_>,
    partial: &mut Memory<f32>,
) -> Result<(), CudaError> {
    let none = Dropout::none();
    normalize_backward(
        device, gradient, None, saved, scale, none, gradients, partial,
    )
}

fn normalize_backward<V: Stored>(
    device: &Device,
    gradient: ViewMut<'_, V>,
    input_gradient: Option<ViewMut<'_, V>>,
    saved: NormRead<'_, V>,
    scale: View<'_, f32>,
    dropout: Dropout,
    gradients: NormGradients<'_>,
    partial: &mut Memory<f32>,
) -> Result<(), CudaError> {
    let width = check_width(scale);
    let rows = gradient.len() / width;
    assert!(gradient.len() == rows * width && saved.normalized.len() == gradient.len());
    assert_eq!(saved.inverse_deviation.len(), rows);
    let NormGradients {
        scale: of_scale,
        shift: of_shift,
        write,
    } = gradients;
    // Before the gradient is overwritten.
    sum_columns(
        device,
        of_scale,
        gradient.read(),
        Some(saved.normalized),
        write,
        partial,
    )?;
    sum_columns(device, of_shift, gradient.read(), None, write, partial)?;
    let all = ResidualNormGradient {
        gradient: gradient.address(),
        input_gradient: input_gradient.map_or(0, |view| view.address()),
        normalized: saved.normalized.address(),
        inverse_deviation: saved.inverse_deviation.address(),
        scale: scale.address(),
        dropout: dropout.into(),
        rows: size(rows),
        width: size(width),
    };
    let kernel = V::kernel(RESIDUAL_NORM_GRADIENT_F32, RESIDUAL_NORM_GRADIENT_BF16);
    // SAFETY: the shapes were checked.
    unsafe { device.launch(&kernel, (rows.div_ceil(4), 1), &all) }
}

/// `sums` (width) = the sum of `values` (rows, width), times `factors` (rows, width) where they are given, over the rows.
/// `partial` is room that grows.
///
/// # Errors
/// When the driver refuses.
pub fn sum_columns<V: Stored>(
    device: &Device,
    sums: ViewMut<'_, f32>,
    values: View<'_, V>,
    factors: Option<View<'_, V>>,
    write: Write,
    partial: &mut Memory<f32>,
) -> Result<(), CudaError> {
    let width = sums.len();
    let rows = values.len() / width;
    assert!(width.is_multiple_of(4) && values.len() == rows * width);
    assert!(factors.is_none_or(|factors| factors.len() == values.len()));
    let blocks = rows.div_ceil(ROWS_A_SUM);
    partial.grow(sum_columns_room(rows, width))?;
    let all = ColumnSums {
        partial: partial.address(),
        values: values.address(),
        factors: address_of(factors),
        rows: size(rows),
        width: size(width),
    };
    let kernel = V::kernel(COLUMN_SUMS_F32, COLUMN_SUMS_BF16);
    // SAFETY: the shapes were checked, and there is room for the blocks.
    unsafe { device.launch(&kernel, (width.div_ceil(128), blocks), &all)? };
    let all = BlockSums {
        sums: sums.address(),
        partial: partial.address(),
        blocks: size(blocks),
        width: size(width),
        accumulate: write.accumulates(),
    };
    // SAFETY: as above.
    unsafe { device.launch(&ADD_BLOCK_SUMS, (width.div_ceil(32), 1), &all) }
}

/// Values that [`sum_columns`] needs room for.
pub fn sum_columns_room(rows: usize, width: usize) -> usize {
    rows.div_ceil(ROWS_A_SUM) * width
}

fn number(nonlinearity: Nonlinearity) -> i32 {
    match nonlinearity {
        Nonlinearity::Gelu => 0,
        Nonlinearity::GeluTanh => 1,
        Nonlinearity::Relu => 2,
    }
}

/// `activated = f(values)`; the count is a multiple of 4.
///
/// # Errors
/// When the driver refuses.
pub fn activate<V: Stored>(
    device: &Device,
    nonlinearity: Nonlinearity,
    activated: ViewMut<'_, V>,
    values: View<'_, V>,
) -> Result<(), CudaError> {
    launch_activation(device, nonlinearity, activated, None, values)
}

/// `gradient *= f'(values)` and once more `activated = f(values)`.
///
/// # Errors
/// When the driver refuses.
pub fn activate_backward<V: Stored>(
    device: &Device,
    nonlinearity: Nonlinearity,
    activated: ViewMut<'_, V>,
    gradient: ViewMut<'_, V>,
    values: View<'_, V>,
) -> Result<(), CudaError> {
    launch_activation(device, nonlinearity, activated, Some(gradient), values)
}

fn launch_activation<V: Stored>(
    device: &Device,
    nonlinearity: Nonlinearity,
    activated: ViewMut<'_, V>,
    gradient: Option<ViewMut<'_, V>>,
    values: View<'_, V>,
) -> Result<(), CudaError> {
    let count = values.len();
    assert!(count.is_multiple_of(4) && activated.len() == count);
    assert!(
        gradient
            .as_ref()
            .is_none_or(|gradient| gradient.len() == count)
    );
    let all = Activation {
        activated: activated.address(),
        gradient: gradient.map_or(0, |gradient| gradient.address()),
        values: values.address(),
        count: count as u64,
        nonlinearity: number(nonlinearity),
    };
    let kernel = V::kernel(ACTIVATION_F32, ACTIVATION_BF16);
    // SAFETY: the counts were checked.
    unsafe { device.launch(&kernel, (count.div_ceil(2_048), 1), &all) }
}
