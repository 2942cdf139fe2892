//! Attention row by row and its gradient, of all tokens and of `[CLS]` alone, against the processor's kernels.

use cuda::BFloat16;
use cuda::arguments::{
    ATTENTION_ROWS_BF16, ATTENTION_ROWS_F32, AttentionRow, AttentionRows, AttentionRowsGradient,
    KEY_VALUE_GRADIENT_ROWS_BF16, KEY_VALUE_GRADIENT_ROWS_F32, QUERY_GRADIENT_ROWS_BF16,
    QUERY_GRADIENT_ROWS_F32,
};
use kernels::attention::{Sequences, attend, attend_backward, attend_first, attend_first_backward};
use kernels::dropout::Dropout;
use kernels::matrix::Precision;
use proptest::prelude::*;

use crate::host::{device, run};
use crate::numbers::{Memory, Value};

/// Packed sequences, and who asks in them.
struct Shape {
    starts: Vec<usize>,
    heads: usize,
    head_size: usize,
    /// Whether only the first token of each sequence asks.
    first_alone: bool,
}

impl Shape {
    fn new(lengths: &[usize], heads: usize, head_size: usize, first_alone: bool) -> Self {
        let mut starts = vec![0];
        for length in lengths {
            starts.push(starts[starts.len() - 1] + length);
        }
        Self {
            starts,
            heads,
            head_size,
            first_alone,
        }
    }

    fn tokens(&self) -> usize {
        self.starts[self.starts.len() - 1]
    }

    fn hidden(&self) -> usize {
        self.heads * self.head_size
    }

    fn queries(&self) -> usize {
        if self.first_alone {
            self.starts.len() - 1
        } else {
            self.tokens()
        }
    }

    fn sequences(&self) -> Sequences<'_> {
        Sequences {
            starts: &self.starts,
            heads: self.heads,
            head_size: self.head_size,
        }
    }

    /// One for each token, or for each first one.
    fn rows(&self, of_first: bool) -> Vec<AttentionRow> {
        let mut rows = Vec::new();
        let mut first_index = 0u32;
        for (sequence, bounds) in self.starts.windows(2).enumerate() {
            let length = bounds[1] - bounds[0];
            let (first_query, queries) = if self.first_alone {
                (sequence, 1)
            } else {
                (bounds[0], length)
            };
            let positions = 0..if of_first { 1 } else { length };
            rows.extend(positions.map(|position| AttentionRow {
                start: bounds[0] as i32,
                length: length as i32,
                position: position as i32,
                first_query: first_query as i32,
                queries: queries as i32,
                first_index,
            }));
            first_index = first_index.wrapping_add((self.heads * length * length) as u32);
        }
        rows
    }
}

/// Queries (rows, 1 or 3 * hidden), and keys and values (tokens, 2 or 3 * hidden): of all tokens they are one.
fn check<V: Value>(shape: &Shape, dropout: Dropout, seed: u64) {
    let Some(device) = device() else { return };
    let (tokens, hidden, queries) = (shape.tokens(), shape.hidden(), shape.queries());
    let bytes = |values: usize| (values * size_of::<V>()) as u64;
    let packed = Memory::<V>::random(tokens * 3 * hidden, seed);
    let apart = Memory::<V>::random(queries * hidden, seed ^ 1);
    let (query_stride, key_stride) = if shape.first_alone {
        (hidden, 2 * hidden)
    } else {
        (3 * hidden, 3 * hidden)
    };
    // The first two thirds of what is there serve as keys and values where queries stand apart.
    let (of_queries, of_keys) = if shape.first_alone {
        (apart.address(), packed.address())
    } else {
        (packed.address(), packed.address() + bytes(hidden))
    };
    let nothing = |count: usize| Memory::<V>::of(&vec![9.0; count]);
    let context = nothing(queries * hidden);
    let log_sums = Memory::<f32>::of(&vec![9.0; shape.heads * queries]);
    let query_rows = device.upload(&shape.rows(shape.first_alone)).unwrap();
    let key_rows = device.upload(&shape.rows(false)).unwrap();
    let all = AttentionRows {
        context: context.address(),
        log_sums: log_sums.address(),
        queries: of_queries,
        keys: of_keys,
        values: of_keys + bytes(hidden),
        rows: query_rows.address(),
        dropout: dropout.into(),
        query_stride: query_stride as i32,
        key_stride: key_stride as i32,
        query_count: queries as i32,
        heads: shape.heads as i32,
        head_size: shape.head_size as i32,
    };
    let grid = (queries.div_ceil(4), shape.heads);
    // SAFETY: the shapes are those of the memory.
    unsafe {
        run(
            &V::kernel(ATTENTION_ROWS_F32, ATTENTION_ROWS_BF16),
            grid,
            &all,
        );
    };
    let context_gradient = Memory::<V>::random(queries * hidden, seed ^ 2);
    let (query_gradient, key_value_gradient) = (
        nothing(queries * query_stride),
        nothing(tokens * key_stride),
    );
    // Of all tokens they go where the packed ones lie.
    let (to_queries, to_keys) = if shape.first_alone {
        (query_gradient.address(), key_value_gradient.address())
    } else {
        (
            key_value_gradient.address(),
            key_value_gradient.address() + bytes(hidden),
        )
    };
    let gradient = |rows: &cuda::Memory<AttentionRow>| AttentionRowsGradient {
        query_gradient: to_queries,
        key_gradient: to_keys,
        value_gradient: to_keys + bytes(hidden),
        context: context.address(),
        context_gradient: context_gradient.address(),
        log_sums: log_sums.address(),
        queries: of_queries,
        keys: of_keys,
        values: of_keys + bytes(hidden),
        rows: rows.address(),
        dropout: dropout.into(),
        query_stride: query_stride as i32,
        key_stride: key_stride as i32,
        query_count: queries as i32,
        row_count: rows.len() as i32,
        heads: shape.heads as i32,
        head_size: shape.head_size as i32,
    };
    let of_rows = V::kernel(QUERY_GRADIENT_ROWS_F32, QUERY_GRADIENT_ROWS_BF16);
    // SAFETY: as above.
    unsafe { run(&of_rows, grid, &gradient(&query_rows)) };
    let of_rows = V::kernel(KEY_VALUE_GRADIENT_ROWS_F32, KEY_VALUE_GRADIENT_ROWS_BF16);
    let grid = (tokens.div_ceil(4), shape.heads);
    // SAFETY: as above.
    unsafe { run(&of_rows, grid, &gradient(&key_rows)) };

    let (mut of_context, mut of_log_sums) = (
        vec![0.0; queries * hidden],
        vec![0.0; shape.heads * queries],
    );
    let mut of_queries = vec![0.0; queries * query_stride];
    let mut of_keys = vec![0.0; tokens * key_stride];
    let numbers = packed.numbers();
    let slopes = context_gradient.numbers();
    if shape.first_alone {
        let key_value = &numbers[..tokens * key_stride];
        let mut scores = vec![0.0; shape.heads * tokens];
        attend_first(
            &mut of_context,
            &mut scores,
            &mut of_log_sums,
            &apart.numbers(),
            key_value,
            shape.sequences(),
            dropout,
        );
        attend_first_backward(
            &mut of_queries,
            &mut of_keys,
            &slopes,
            &context.numbers(),
            &mut scores,
            &of_log_sums,
            &apart.numbers(),
            key_value,
            shape.sequences(),
            dropout,
        );
        query_gradient.assert_close(&of_queries, V::TOLERANCE);
        // The processor keeps them sequence by sequence.
        let heads = shape.heads;
        of_log_sums = (0..heads * queries)
            .map(|at| of_log_sums[at % queries * heads + at / queries])
            .collect();
    } else {
        let single = Precision::Single;
        attend(
            &mut of_context,
            &mut of_log_sums,
            &numbers,
            shape.sequences(),
            dropout,
            single,
        );
        attend_backward(
            &mut of_keys,
            &slopes,
            &context.numbers(),
            &of_log_sums,
            &numbers,
            shape.sequences(),
            dropout,
            single,
        );
    }
    context.assert_close(&of_context, V::TOLERANCE);
    log_sums.assert_close(&of_log_sums, 1e-5);
    key_value_gradient.assert_close(&of_keys, V::TOLERANCE);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn attention_row_by_row_and_its_gradient_are_those_of_the_processor(
        lengths in prop::collection::vec(1usize..70, 1..4), heads in 1usize..4,
        head_size in 1usize..129, first_alone: bool, drops: bool, seed: u64,
    ) {
        let shape = Shape::new(&lengths, heads, head_size, first_alone);
        let dropout = Dropout::new(seed, 3, 5, if drops { 0.1 } else { 0.0 });
        check::<f32>(&shape, dropout, seed);
        check::<BFloat16>(&shape, dropout, seed);
    }
}
