//! Normalisation.

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
    /// f32 (blocks, 2 or 3, width): takes what the gradients of scale, shift and, where there is an `input_gradient`, bias
    /// are added up from.
    pub partial: Address,
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
    /// Rows that a block takes.
    pub rows_a_block: i32,
}
