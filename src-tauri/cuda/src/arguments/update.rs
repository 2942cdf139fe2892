//! Clipping and AdamW.

use super::Address;

/// What a block of AdamW takes: neighbouring parameters of one group, at most 1,024.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct UpdateBlock {
    /// The first of them, a multiple of 4.
    pub first: u64,
    /// Parameters.
    pub count: u32,
    /// Their group.
    pub group: u32,
}

/// What the parameters of a group share in an update.
#[repr(C)]
#[derive(Debug, Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub struct UpdateGroup {
    /// learning rate / (1 - beta1^step)
    pub step_size: f32,
    /// 1 - learning rate * weight decay
    pub kept: f32,
}

/// One update of AdamW in `adamw.cu`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct AdamW {
    /// f32
    pub parameters: Address,
    /// f32
    pub first_moments: Address,
    /// f32
    pub second_moments: Address,
    /// f32
    pub gradients: Address,
    /// bfloat16, takes the new parameters as products read them, or none.
    pub rounded: Address,
    /// f32, the running average of the parameters, or none.
    pub average: Address,
    /// f32 (1), a factor of all gradients.
    pub gradient_scale: Address,
    /// [`UpdateBlock`] (blocks)
    pub blocks: Address,
    /// [`UpdateGroup`] (groups)
    pub groups: Address,
    /// 1 / sqrt(1 - beta2^step)
    pub root_correction: f32,
    /// 1 - beta1
    pub first_share: f32,
    /// beta2
    pub second_kept: f32,
    /// 1 - beta2
    pub second_share: f32,
    /// Added to the root of the second moment.
    pub epsilon: f32,
    /// What the average takes of the new parameters.
    pub average_share: f32,
}

/// The sums of the squares of gradients in `adamw.cu`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct SquareSums {
    /// f32 (blocks)
    pub sums: Address,
    /// f32
    pub gradients: Address,
    /// [`UpdateBlock`] (blocks)
    pub blocks: Address,
}

/// Clipping of gradients in `adamw.cu`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Clip {
    /// f32 (1), takes the norm of all gradients.
    pub norm: Address,
    /// f32 (1), takes what they are multiplied with.
    pub scale: Address,
    /// f32 (blocks)
    pub sums: Address,
    /// Blocks.
    pub blocks: i32,
    /// The largest norm.
    pub limit: f32,
}
