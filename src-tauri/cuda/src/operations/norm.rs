//! Normalisation.

use kernels::dropout::Dropout;

use crate::arguments::{
    RESIDUAL_NORM_BF16, RESIDUAL_NORM_F32, RESIDUAL_NORM_GRADIENT_512_BF16,
    RESIDUAL_NORM_GRADIENT_512_F32, RESIDUAL_NORM_GRADIENT_768_BF16,
    RESIDUAL_NORM_GRADIENT_768_F32, RESIDUAL_NORM_GRADIENT_1024_BF16,
    RESIDUAL_NORM_GRADIENT_1024_F32, ResidualNorm, ResidualNormGradient,
};
use crate::device::{Device, Kernel};
use crate::error::CudaError;
use crate::memory::{Memory, View, ViewMut};
use crate::operations::dense::Write;
use crate::operations::sums::add_blocks;
use crate::operations::{address_of, size};
use crate::stored::Stored;

/// The widest row that a normalisation takes.
pub const WIDEST_NORM: usize = 1_024;
/// Rows of a small batch.
const MOST_OF_FEW_ROWS: usize = 8_192;

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
/// the residual; `input_gradient` takes that of the input before the bias, and `bias_gradient` (width) its sum over the
/// rows, which is written as those of `gradients` are. `partial` is room that grows.
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
    bias_gradient: ViewMut<'_, f32>,
    partial: &mut Memory<f32>,
) -> Result<(), CudaError> {
    assert_eq!(input_gradient.len(), gradient.len());
    assert_eq!(bias_gradient.len(), scale.len());
    let before = Some((input_gradient, bias_gradient));
    normalize_backward(
        device, gradient, before, saved, scale, dropout, gradients, partial,
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
    before: Option<(ViewMut<'_, V>, ViewMut<'_, f32>)>,
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
    assert!(gradients.scale.len() == width && gradients.shift.len() == width);
    let rows_a_block = rows_a_block(rows);
    let blocks = rows.div_ceil(rows_a_block);
    partial.grow(norm_room(rows, width))?;
    let (input_gradient, bias_gradient) = before.unzip();
    let all = ResidualNormGradient {
        gradient: gradient.address(),
        input_gradient: address_of(input_gradient.as_ref().map(ViewMut::read)),
        partial: partial.address(),
        normalized: saved.normalized.address(),
        inverse_deviation: saved.inverse_deviation.address(),
        scale: scale.address(),
        dropout: dropout.into(),
        rows: size(rows),
        width: size(width),
        rows_a_block: size(rows_a_block),
    };
    // SAFETY: the shapes were checked, and there is room for the blocks.
    unsafe { device.launch(&gradient_kernel::<V>(width), (blocks, 1), &all)? };
    let NormGradients {
        scale,
        shift,
        write,
    } = gradients;
    let sums = [Some(scale), Some(shift), bias_gradient];
    add_blocks(device, sums, partial, blocks, write)
}

/// The one for rows of this width that has least to keep.
fn gradient_kernel<V: Stored>(width: usize) -> Kernel<ResidualNormGradient> {
    let (single, half) = match width {
        0..=512 => (
            RESIDUAL_NORM_GRADIENT_512_F32,
            RESIDUAL_NORM_GRADIENT_512_BF16,
        ),
        513..=768 => (
            RESIDUAL_NORM_GRADIENT_768_F32,
            RESIDUAL_NORM_GRADIENT_768_BF16,
        ),
        _ => (
            RESIDUAL_NORM_GRADIENT_1024_F32,
            RESIDUAL_NORM_GRADIENT_1024_BF16,
        ),
    };
    V::kernel(single, half)
}

/// Rows whose sums a block takes: few where there are few rows, so that a small batch has blocks for all multiprocessors,
/// and more where there are many, so that the blocks' sums are small beside the rows. Nothing else decides: a batch has
/// the same bits on every card.
fn rows_a_block(rows: usize) -> usize {
    if rows <= MOST_OF_FEW_ROWS { 16 } else { 32 }
}

/// Values that the gradient of a normalisation of so many rows, or fewer, needs room for.
pub fn norm_room(rows: usize, width: usize) -> usize {
    let few = rows.min(MOST_OF_FEW_ROWS);
    let blocks = |rows: usize| rows.div_ceil(rows_a_block(rows));
    blocks(rows).max(blocks(few)) * 3 * width
}
