//! Nonlinearities.

use super::Address;

/// A nonlinearity in `activation.cu`. The count is a multiple of 4.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Activation {
    /// V (count)
    pub activated: Address,
    /// V (count)
    pub values: Address,
    /// Values.
    pub count: u64,
    /// 0: GELU, 1: its tanh approximation, 2: ReLU.
    pub nonlinearity: i32,
}

/// Its gradient. The width is a multiple of 4.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ActivationGradient {
    /// V (rows, width)
    pub activated: Address,
    /// V (rows, width): of what was activated on entry, of the values on return.
    pub gradient: Address,
    /// f32 (rows / 64 rounded up, width): takes what the sums over the rows of `gradient` are added up from.
    pub partial: Address,
    /// V (rows, width)
    pub values: Address,
    /// Rows.
    pub rows: i32,
    /// Width.
    pub width: i32,
    /// As in [`Activation`].
    pub nonlinearity: i32,
}
