//! Normalisation and nonlinearities.

use super::{Address, Dropout};

/// `LayerNorm(residual + dropout(input + bias))` in `layer_norm.cu`. Widths are multiples of 4, at most 1,024.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ResidualNorm {
    /// V (rows, width)
    pub output: Address,
    /// V (rows, width)
    pub normalized: Address,
    /// f32 (rows)
    pub inverse_deviation: Address,
    /// V (rows, width)
    pub input: Address,
    /// V (rows, width), or none: then the input alone is normalised.
    pub residual: Address,
    /// f32 (width)
    pub bias: Address,
    /// f32 (width)
    pub scale: Address,
    /// f32 (width)
    pub shift: Address,
    /// On input + bias.
    pub dropout: Dropout,
    /// Added to the variance.
    pub epsilon: f32,
    /// Rows.
    pub rows: i32,
    /// Width.
    pub width: i32,
}

/// The gradient of [`ResidualNorm`].
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ResidualNormGradient {
    /// V (rows, width): of the output on entry, of the residual on return.
    pub gradient: Address,
    /// V (rows, width): takes that of input + bias; or none.
    pub input_gradient: Address,
    /// V (rows, width)
    pub normalized: Address,
    /// f32 (rows)
    pub inverse_deviation: Address,
    /// f32 (width)
    pub scale: Address,
    /// As in the forward pass.
    pub dropout: Dropout,
    /// Rows.
    pub rows: i32,
    /// Width.
    pub width: i32,
}

/// A nonlinearity in `activation.cu`, and its gradient. The count is a multiple of 4.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Activation {
    /// V
    pub activated: Address,
    /// V: of what was activated on entry, of the values on return; or none.
    pub gradient: Address,
    /// V
    pub values: Address,
    /// Values.
    pub count: u64,
    /// 0: GELU, 1: its tanh approximation, 2: ReLU.
    pub nonlinearity: i32,
}
