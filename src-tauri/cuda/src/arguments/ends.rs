//! Embeddings, the head, the loss, and small steps between.

use super::{Address, Dropout};

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
