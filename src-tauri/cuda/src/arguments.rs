//! The kernels, and what each is told: the structures of `source`, field by field. Addresses are those of
//! memory of the device; 0 stands for none. `V` is what activations are kept as.

use crate::device::Kernel;

/// The address of values of some kind on the device, a multiple of 16 bytes.
pub type Address = u64;

/// A product in `matrix.cu`: (rows, columns) from operands in bfloat16. Strides are multiples of 8, columns of
/// 4.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Product {
    /// bfloat16
    pub left: Address,
    /// bfloat16
    pub right: Address,
    /// Takes the sums in f32, or none.
    pub sums: Address,
    /// Takes them in bfloat16 where `sums` is none.
    pub rounded: Address,
    /// f32 (columns), added to each row, or none.
    pub bias: Address,
    /// Of the destination.
    pub rows: i32,
    /// Of the destination.
    pub columns: i32,
    /// The inner size.
    pub depth: i32,
    /// Values from a line of the left operand to the next.
    pub left_stride: i32,
    /// Values from a line of the right operand to the next.
    pub right_stride: i32,
    /// Values from a row of the destination to the next.
    pub stride: i32,
    /// 1 where the sums are added to what is there.
    pub accumulate: i32,
}

/// A product in `matrix_single.cu`, in f32 throughout.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ProductSingle {
    /// f32
    pub left: Address,
    /// f32
    pub right: Address,
    /// f32
    pub sums: Address,
    /// f32 (columns), added to each row, or none.
    pub bias: Address,
    /// Of the destination.
    pub rows: i32,
    /// Of the destination.
    pub columns: i32,
    /// The inner size.
    pub depth: i32,
    /// Values from a row of the left operand to the next.
    pub left_row: i32,
    /// Values from a slice of the left operand to the next.
    pub left_slice: i32,
    /// Values from a column of the right operand to the next.
    pub right_column: i32,
    /// Values from a slice of the right operand to the next.
    pub right_slice: i32,
    /// Values from a row of the destination to the next.
    pub stride: i32,
    /// 1 where the sums are added to what is there.
    pub accumulate: i32,
}

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

/// Sums over 64 rows each in `column_sums.cu`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ColumnSums {
    /// f32 (rows / 64 rounded up, width)
    pub partial: Address,
    /// V (rows, width)
    pub values: Address,
    /// V (rows, width), what each is multiplied with, or none.
    pub factors: Address,
    /// Rows.
    pub rows: i32,
    /// Width.
    pub width: i32,
}

/// Adds up what [`ColumnSums`] gave.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct BlockSums {
    /// f32 (width)
    pub sums: Address,
    /// f32 (blocks, width)
    pub partial: Address,
    /// Blocks.
    pub blocks: i32,
    /// Width.
    pub width: i32,
    /// 1 where the sums are added to what is there.
    pub accumulate: i32,
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

/// What a block of attention is for: 64 queries or keys of a sequence.
#[repr(C)]
#[derive(Debug, Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub struct AttentionBlock {
    /// First token of the sequence in the packed matrix.
    pub start: i32,
    /// Tokens of the sequence.
    pub length: i32,
    /// First of the 64 within the sequence.
    pub first: i32,
    /// Dropout index of query 0 and key 0 of head 0.
    pub first_index: u32,
}

/// Attention over packed sequences in `attention.cu`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Attention {
    /// bfloat16 (tokens, hidden)
    pub context: Address,
    /// f32 (heads, tokens)
    pub log_sums: Address,
    /// bfloat16 (tokens, 3 * hidden)
    pub query_key_value: Address,
    /// [`AttentionBlock`] (blocks)
    pub blocks: Address,
    /// On the probabilities.
    pub dropout: Dropout,
    /// Tokens.
    pub tokens: i32,
    /// Heads.
    pub heads: i32,
}

/// The gradient of [`Attention`].
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct AttentionGradient {
    /// bfloat16 (tokens, 3 * hidden)
    pub gradient: Address,
    /// bfloat16 (tokens, hidden)
    pub context_gradient: Address,
    /// f32 (heads, tokens)
    pub log_sums: Address,
    /// f32 (heads, tokens)
    pub projections: Address,
    /// bfloat16 (tokens, 3 * hidden)
    pub query_key_value: Address,
    /// [`AttentionBlock`] (blocks)
    pub blocks: Address,
    /// As in the forward pass.
    pub dropout: Dropout,
    /// Tokens.
    pub tokens: i32,
    /// Heads.
    pub heads: i32,
}

/// The inner products of rows of the context with their gradients, which [`AttentionGradient`] reads.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Projections {
    /// f32 (heads, tokens)
    pub projections: Address,
    /// bfloat16 (tokens, hidden)
    pub context: Address,
    /// bfloat16 (tokens, hidden)
    pub context_gradient: Address,
    /// Tokens.
    pub tokens: i32,
    /// Heads.
    pub heads: i32,
    /// Width of a head.
    pub head_size: i32,
}

/// A row of queries or of keys in `attention_rows.cu`.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct AttentionRow {
    /// First key of the sequence, in rows of the keys.
    pub start: i32,
    /// Keys of the sequence.
    pub length: i32,
    /// Place of this row in the sequence.
    pub position: i32,
    /// First query of the sequence, in rows of the queries.
    pub first_query: i32,
    /// Queries of the sequence.
    pub queries: i32,
    /// Dropout index of query 0 and key 0 of head 0.
    pub first_index: u32,
}

/// Attention row by row in `attention_rows.cu`, for heads of at most 128.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct AttentionRows {
    /// V (queries, hidden)
    pub context: Address,
    /// f32 (heads, queries)
    pub log_sums: Address,
    /// V, head 0 of the first query.
    pub queries: Address,
    /// V, head 0 of the first key.
    pub keys: Address,
    /// V, head 0 of the first value.
    pub values: Address,
    /// [`AttentionRow`] (queries)
    pub rows: Address,
    /// On the probabilities.
    pub dropout: Dropout,
    /// Values from a query to the next.
    pub query_stride: i32,
    /// Values from a key to the next, and from a value.
    pub key_stride: i32,
    /// Queries.
    pub query_count: i32,
    /// Heads.
    pub heads: i32,
    /// Width of a head.
    pub head_size: i32,
}

/// The gradient of [`AttentionRows`]: of the queries, or of keys and values.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct AttentionRowsGradient {
    /// V, in rows as far apart as queries.
    pub query_gradient: Address,
    /// V, in rows as far apart as keys.
    pub key_gradient: Address,
    /// V, in rows as far apart as keys.
    pub value_gradient: Address,
    /// V (queries, hidden)
    pub context: Address,
    /// V (queries, hidden)
    pub context_gradient: Address,
    /// f32 (heads, queries)
    pub log_sums: Address,
    /// V, head 0 of the first query.
    pub queries: Address,
    /// V, head 0 of the first key.
    pub keys: Address,
    /// V, head 0 of the first value.
    pub values: Address,
    /// [`AttentionRow`]: one a query for their gradient, one a key for the others.
    pub rows: Address,
    /// As in the forward pass.
    pub dropout: Dropout,
    /// Values from a query to the next.
    pub query_stride: i32,
    /// Values from a key to the next, and from a value.
    pub key_stride: i32,
    /// Queries.
    pub query_count: i32,
    /// Rows of what the gradient is of.
    pub row_count: i32,
    /// Heads.
    pub heads: i32,
    /// Width of a head.
    pub head_size: i32,
}

/// The sum of three embeddings in `embedding.cu`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct LookUp {
    /// V (tokens, width)
    pub output: Address,
    /// f32 (word pieces, width)
    pub word: Address,
    /// f32 (positions, width)
    pub position: Address,
    /// f32 (1, width)
    pub token_type: Address,
    /// u32 (tokens)
    pub ids: Address,
    /// u32 (tokens)
    pub positions: Address,
    /// Tokens.
    pub tokens: i32,
    /// Width.
    pub width: i32,
}

/// The gradient of a table of embeddings in `embedding.cu`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ScatterAdd {
    /// f32 (entries, width)
    pub table: Address,
    /// V (tokens, width)
    pub gradient: Address,
    /// u32 (runs): the entry of each run of tokens.
    pub entries: Address,
    /// u32 (runs + 1): where it begins in `order`, and the number of tokens last.
    pub run_starts: Address,
    /// u32 (tokens), run by run.
    pub order: Address,
    /// Runs.
    pub runs: i32,
    /// Width.
    pub width: i32,
    /// 1 where the sums are added to what is there.
    pub accumulate: i32,
}

/// Binary cross-entropy with logits in `loss.cu`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Loss {
    /// f32 (1)
    pub loss: Address,
    /// f32 (sequences, labels)
    pub gradient: Address,
    /// f32 (sequences, labels)
    pub logits: Address,
    /// f32 (sequences, labels)
    pub targets: Address,
    /// f32 (labels)
    pub positive_weights: Address,
    /// What each cell is multiplied with.
    pub cell_weight: f32,
    /// sequences * labels
    pub cells: i32,
    /// Labels.
    pub labels: i32,
    /// 1 where the loss is added to what is there.
    pub accumulate: i32,
}

/// Dropout of values in `head.cu`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct DropoutStep {
    /// V
    pub values: Address,
    /// Element i has the index i.
    pub dropout: Dropout,
    /// Values.
    pub count: u64,
}

/// Rows picked by their numbers in `head.cu`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PickedRows {
    /// V: (rows, width) where they are gathered, (_, width) where they are added to.
    pub to: Address,
    /// V: the other.
    pub from: Address,
    /// u32 (rows)
    pub rows: Address,
    /// rows * width
    pub count: u64,
    /// Width.
    pub width: i32,
}

/// Between f32 and bfloat16 in `head.cu`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Conversion {
    /// f32
    pub single: Address,
    /// bfloat16
    pub rounded: Address,
    /// Values.
    pub count: u64,
}

/// The pooler's tanh and the dropout after it in `head.cu`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Pool {
    /// f32 (sequences, width): what tanh is taken of on entry, its values on return.
    pub pooled: Address,
    /// f32 (sequences, width)
    pub dropped: Address,
    /// f32 (width)
    pub bias: Address,
    /// After tanh.
    pub dropout: Dropout,
    /// sequences * width
    pub count: u64,
    /// Width.
    pub width: i32,
}

/// The gradient of [`Pool`].
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PoolGradient {
    /// f32: of what was dropped on entry, of what tanh was taken of on return.
    pub gradient: Address,
    /// f32
    pub pooled: Address,
    /// As in the forward pass.
    pub dropout: Dropout,
    /// Values.
    pub count: u64,
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
    MULTIPLY_FORWARD = "multiply_forward"(Product), 256 threads;
    /// left * right: the gradient of its input.
    MULTIPLY_INPUT_GRADIENT = "multiply_input_gradient"(Product), 256 threads;
    /// leftᵀ * right: the gradient of its matrix.
    MULTIPLY_WEIGHT_GRADIENT = "multiply_weight_gradient"(Product), 256 threads;
    /// In f32, however the operands lie.
    MULTIPLY_SINGLE = "multiply_single"(ProductSingle), 256 threads;
    /// With V = f32.
    RESIDUAL_NORM_F32 = "residual_norm_f32"(ResidualNorm), 128 threads;
    /// With V = bfloat16.
    RESIDUAL_NORM_BF16 = "residual_norm_bf16"(ResidualNorm), 128 threads;
    /// With V = f32.
    RESIDUAL_NORM_GRADIENT_F32 = "residual_norm_gradient_f32"(ResidualNormGradient), 128 threads;
    /// With V = bfloat16.
    RESIDUAL_NORM_GRADIENT_BF16 = "residual_norm_gradient_bf16"(ResidualNormGradient), 128 threads;
    /// With V = f32.
    COLUMN_SUMS_F32 = "column_sums_f32"(ColumnSums), 256 threads;
    /// With V = bfloat16.
    COLUMN_SUMS_BF16 = "column_sums_bf16"(ColumnSums), 256 threads;
    /// The second half of both.
    ADD_BLOCK_SUMS = "add_block_sums"(BlockSums), 256 threads;
    /// With V = f32.
    ACTIVATION_F32 = "activation_f32"(Activation), 256 threads;
    /// With V = bfloat16.
    ACTIVATION_BF16 = "activation_bf16"(Activation), 256 threads;
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
