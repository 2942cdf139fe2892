//! The kernels, and what each is told: the structures of `source`, field by field. Addresses are those of
//! memory of the device; 0 stands for none. `V` is what activations are kept as.

mod activation;
mod attention;
mod dense;
mod ends;
mod norm;
mod sums;
mod update;

use crate::device::Kernel;
pub use activation::{Activation, ActivationGradient};
pub use attention::{
    Attention, AttentionBlock, AttentionGradient, AttentionRow, AttentionRows,
    AttentionRowsGradient, Projections,
};
pub use dense::{PartSums, Product, ProductSingle};
pub use ends::{Conversion, DropoutStep, LookUp, Loss, PickedRows, Pool, PoolGradient, ScatterAdd};
pub use norm::{ResidualNorm, ResidualNormGradient};
pub use sums::{BlockSums, ColumnSums};
pub use update::{AdamW, Clip, SquareSums, UpdateBlock, UpdateGroup};

/// The address of values of some kind on the device, a multiple of 16 bytes.
pub type Address = u64;

/// Dropout from a counter (`kernels::dropout::Counter`).
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Dropout {
    /// Of the first and the second round.
    pub keys: [u32; 2],
    /// Elements whose bits lie below are dropped.
    pub threshold: u32,
    /// What the others are multiplied with.
    pub scale: f32,
}

impl From<kernels::dropout::Dropout> for Dropout {
    /// The same numbers as on the processor.
    fn from(dropout: kernels::dropout::Dropout) -> Self {
        let kernels::dropout::Counter {
            keys,
            threshold,
            scale,
        } = dropout.counter();
        Self {
            keys,
            threshold,
            scale,
        }
    }
}

macro_rules! kernels {
    ($($(#[$attribute:meta])* $constant:ident = $name:literal ($argument:ty), $threads:literal threads;)*) => {
        $($(#[$attribute])*
        pub const $constant: Kernel<$argument> = Kernel::new($name, $threads);)*

        /// The names of all of them.
        pub(crate) const KERNELS: &[&str] = &[$($name),*];
    };
}

kernels! {
    /// left * rightᵀ: a dense layer.
    MULTIPLY_FORWARD = "multiply_forward"(Product), 128 threads;
    /// The same in tiles of half as many columns.
    MULTIPLY_FORWARD_NARROW = "multiply_forward_narrow"(Product), 128 threads;
    /// left * right: the gradient of its input.
    MULTIPLY_INPUT_GRADIENT = "multiply_input_gradient"(Product), 128 threads;
    /// The same in tiles of half as many columns.
    MULTIPLY_INPUT_GRADIENT_NARROW = "multiply_input_gradient_narrow"(Product), 128 threads;
    /// leftᵀ * right: the gradient of its matrix.
    MULTIPLY_WEIGHT_GRADIENT = "multiply_weight_gradient"(Product), 128 threads;
    /// The second half of it, where it is cut into parts.
    ADD_PARTS = "add_parts"(PartSums), 256 threads;
    /// In f32, however the operands lie.
    MULTIPLY_SINGLE = "multiply_single"(ProductSingle), 256 threads;
    /// With V = f32.
    RESIDUAL_NORM_F32 = "residual_norm_f32"(ResidualNorm), 128 threads;
    /// With V = bfloat16.
    RESIDUAL_NORM_BF16 = "residual_norm_bf16"(ResidualNorm), 128 threads;
    /// Rows of at most 512 values, with V = f32.
    RESIDUAL_NORM_GRADIENT_512_F32 = "residual_norm_gradient_512_f32"(ResidualNormGradient), 128 threads;
    /// Rows of at most 512 values, with V = bfloat16.
    RESIDUAL_NORM_GRADIENT_512_BF16 = "residual_norm_gradient_512_bf16"(ResidualNormGradient), 128 threads;
    /// Rows of at most 768 values, with V = f32.
    RESIDUAL_NORM_GRADIENT_768_F32 = "residual_norm_gradient_768_f32"(ResidualNormGradient), 128 threads;
    /// Rows of at most 768 values, with V = bfloat16.
    RESIDUAL_NORM_GRADIENT_768_BF16 = "residual_norm_gradient_768_bf16"(ResidualNormGradient), 128 threads;
    /// Rows of at most 1,024 values, with V = f32.
    RESIDUAL_NORM_GRADIENT_1024_F32 = "residual_norm_gradient_1024_f32"(ResidualNormGradient), 128 threads;
    /// Rows of at most 1,024 values, with V = bfloat16.
    RESIDUAL_NORM_GRADIENT_1024_BF16 = "residual_norm_gradient_1024_bf16"(ResidualNormGradient), 128 threads;
    /// With V = f32.
    COLUMN_SUMS_F32 = "column_sums_f32"(ColumnSums), 256 threads;
    /// With V = bfloat16.
    COLUMN_SUMS_BF16 = "column_sums_bf16"(ColumnSums), 256 threads;
    /// The second half of these, and of the gradients of normalisations and nonlinearities.
    ADD_BLOCK_SUMS = "add_block_sums"(BlockSums), 1024 threads;
    /// With V = f32.
    ACTIVATION_F32 = "activation_f32"(Activation), 256 threads;
    /// With V = bfloat16.
    ACTIVATION_BF16 = "activation_bf16"(Activation), 256 threads;
    /// With V = f32.
    ACTIVATION_GRADIENT_F32 = "activation_gradient_f32"(ActivationGradient), 256 threads;
    /// With V = bfloat16.
    ACTIVATION_GRADIENT_BF16 = "activation_gradient_bf16"(ActivationGradient), 256 threads;
    /// One update.
    ADAMW = "adamw"(AdamW), 256 threads;
    /// Before it, where gradients are clipped.
    SUM_SQUARES = "sum_squares"(SquareSums), 256 threads;
    /// After that, in one block.
    CLIP = "clip"(Clip), 256 threads;
    /// Heads of 32.
    ATTENTION_32 = "attention_32"(Attention), 128 threads;
    /// Heads of 64.
    ATTENTION_64 = "attention_64"(Attention), 128 threads;
    /// Of the queries, heads of 32.
    QUERY_GRADIENT_32 = "query_gradient_32"(AttentionGradient), 128 threads;
    /// Of the queries, heads of 64.
    QUERY_GRADIENT_64 = "query_gradient_64"(AttentionGradient), 128 threads;
    /// Of keys and values, heads of 32.
    KEY_VALUE_GRADIENT_32 = "key_value_gradient_32"(AttentionGradient), 128 threads;
    /// Of keys and values, heads of 64.
    KEY_VALUE_GRADIENT_64 = "key_value_gradient_64"(AttentionGradient), 128 threads;
    /// Before both.
    ATTENTION_PROJECTIONS = "attention_projections"(Projections), 128 threads;
    /// With V = f32.
    ATTENTION_ROWS_F32 = "attention_rows_f32"(AttentionRows), 128 threads;
    /// With V = bfloat16.
    ATTENTION_ROWS_BF16 = "attention_rows_bf16"(AttentionRows), 128 threads;
    /// Of the queries, with V = f32.
    QUERY_GRADIENT_ROWS_F32 = "query_gradient_rows_f32"(AttentionRowsGradient), 128 threads;
    /// Of the queries, with V = bfloat16.
    QUERY_GRADIENT_ROWS_BF16 = "query_gradient_rows_bf16"(AttentionRowsGradient), 128 threads;
    /// Of keys and values, with V = f32.
    KEY_VALUE_GRADIENT_ROWS_F32 = "key_value_gradient_rows_f32"(AttentionRowsGradient), 128 threads;
    /// Of keys and values, with V = bfloat16.
    KEY_VALUE_GRADIENT_ROWS_BF16 = "key_value_gradient_rows_bf16"(AttentionRowsGradient), 128 threads;
    /// With V = f32.
    LOOK_UP_F32 = "look_up_f32"(LookUp), 128 threads;
    /// With V = bfloat16.
    LOOK_UP_BF16 = "look_up_bf16"(LookUp), 128 threads;
    /// With V = f32.
    SCATTER_ADD_F32 = "scatter_add_f32"(ScatterAdd), 128 threads;
    /// With V = bfloat16.
    SCATTER_ADD_BF16 = "scatter_add_bf16"(ScatterAdd), 128 threads;
    /// With V = f32.
    DROPOUT_F32 = "dropout_f32"(DropoutStep), 256 threads;
    /// With V = bfloat16.
    DROPOUT_BF16 = "dropout_bf16"(DropoutStep), 256 threads;
    /// With V = f32.
    GATHER_ROWS_F32 = "gather_rows_f32"(PickedRows), 256 threads;
    /// With V = bfloat16.
    GATHER_ROWS_BF16 = "gather_rows_bf16"(PickedRows), 256 threads;
    /// With V = f32.
    ADD_TO_ROWS_F32 = "add_to_rows_f32"(PickedRows), 256 threads;
    /// With V = bfloat16.
    ADD_TO_ROWS_BF16 = "add_to_rows_bf16"(PickedRows), 256 threads;
    /// To bfloat16.
    ROUND_VALUES = "round_values"(Conversion), 256 threads;
    /// To f32.
    WIDEN_VALUES = "widen_values"(Conversion), 256 threads;
    /// After the pooler's product.
    POOL = "pool"(Pool), 256 threads;
    /// Before it, on the way back.
    POOL_GRADIENT = "pool_gradient"(PoolGradient), 256 threads;
    /// Of one batch.
    BINARY_CROSS_ENTROPY = "binary_cross_entropy"(Loss), 256 threads;
}
