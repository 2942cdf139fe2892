//! Attention, on the tensor cores and row by row.

use super::{Address, Dropout};

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
