//! Attention on the tensor cores and its gradient, against the processor's kernels.

use cuda::arguments::{
    ATTENTION_32, ATTENTION_64, ATTENTION_PROJECTIONS, Attention, AttentionBlock,
    AttentionGradient, KEY_VALUE_GRADIENT_32, KEY_VALUE_GRADIENT_64, Projections,
    QUERY_GRADIENT_32, QUERY_GRADIENT_64,
};
use cuda::{BFloat16, Kernel};
use kernels::attention::{Sequences, attend, attend_backward};
use kernels::matrix::Precision;
use proptest::prelude::*;

use crate::host::{device, run};
use crate::numbers::{Memory, pseudo_random};

/// 64 queries or keys each, in the order of the tokens.
fn blocks(starts: &[usize], heads: usize) -> Vec<AttentionBlock> {
    let mut blocks = Vec::new();
    let mut first_index = 0u32;
    for bounds in starts.windows(2) {
        let length = bounds[1] - bounds[0];
        blocks.extend((0..length).step_by(64).map(|first| AttentionBlock {
            start: bounds[0] as i32,
            length: length as i32,
            first: first as i32,
            first_index,
        }));
        first_index = first_index.wrapping_add((heads * length * length) as u32);
    }
    blocks
}

/// Asserts that the difference is small beside what is expected, as a whole and at its worst place.
#[track_caller]
fn assert_near(what: &str, values: &Memory<BFloat16>, expected: &[f32]) {
    let norm = |values: &[f64]| values.iter().map(|x| x * x).sum::<f64>().sqrt();
    let expected: Vec<f64> = expected.iter().map(|&x| f64::from(x)).collect();
    let numbers = values.numbers();
    let differences: Vec<f64> = numbers
        .iter()
        .zip(&expected)
        .map(|(&value, expected)| f64::from(value) - expected)
        .collect();
    assert!(differences.iter().all(|difference| difference.is_finite()));
    // One rounding of an operand and one of the result, of 2^-9 each at most.
    let off = norm(&differences) / norm(&expected).max(1e-3);
    assert!(off < 0.008, "{what} is off by {off}");
    let root_mean_square = norm(&expected) / (expected.len() as f64).sqrt();
    for (index, (difference, expected)) in differences.iter().zip(&expected).enumerate() {
        let allowed = 0.02 * expected.abs() + 0.06 * root_mean_square.max(1e-3);
        assert!(
            difference.abs() <= allowed,
            "{what} at {index}: {difference} beside {expected}"
        );
    }
}

fn check(lengths: &[usize], heads: usize, head_size: usize, rate: f32, seed: u64) {
    let Some(device) = device() else { return };
    let starts: Vec<usize> = std::iter::once(0)
        .chain(lengths.iter().scan(0, |sum, length| {
            *sum += length;
            Some(*sum)
        }))
        .collect();
    let (tokens, hidden) = (lengths.iter().sum::<usize>(), heads * head_size);
    let dropout = kernels::dropout::Dropout::new(seed, 3, 5, rate);
    let wide: Vec<f32> = pseudo_random(3 * tokens * hidden, seed)
        .iter()
        .map(|x| 1.5 * x)
        .collect();
    let query_key_value = Memory::<BFloat16>::of(&wide);
    let blocks = device.upload(&blocks(&starts, heads)).unwrap();
    let context = Memory::<BFloat16>::of(&vec![9.0; tokens * hidden]);
    let log_sums = Memory::<f32>::of(&vec![9.0; heads * tokens]);
    let attention = Attention {
        context: context.address(),
        log_sums: log_sums.address(),
        query_key_value: query_key_value.address(),
        blocks: blocks.address(),
        dropout: dropout.into(),
        tokens: tokens as i32,
        heads: heads as i32,
    };
    fn chosen<A>(head_size: usize, narrow: Kernel<A>, wide: Kernel<A>) -> Kernel<A> {
        if head_size == 32 { narrow } else { wide }
    }
    let grid = (blocks.len(), heads);
    // SAFETY: the shapes are those of the memory.
    unsafe {
        run(
            &chosen(head_size, ATTENTION_32, ATTENTION_64),
            grid,
            &attention,
        );
    };
    let sequences = Sequences {
        starts: &starts,
        heads,
        head_size,
    };
    let (mut of_context, mut of_log_sums) = (vec![0.0; tokens * hidden], vec![0.0; heads * tokens]);
    let single = Precision::Single;
    let packed = query_key_value.numbers();
    attend(
        &mut of_context,
        &mut of_log_sums,
        &packed,
        sequences,
        dropout,
        single,
    );
    assert_near("the context", &context, &of_context);
    log_sums.assert_close(&of_log_sums, 1e-5);

    let context_gradient = Memory::<BFloat16>::random(tokens * hidden, seed ^ 1);
    let projections = Memory::<f32>::of(&vec![9.0; heads * tokens]);
    let all = Projections {
        projections: projections.address(),
        context: context.address(),
        context_gradient: context_gradient.address(),
        tokens: tokens as i32,
        heads: heads as i32,
        head_size: head_size as i32,
    };
    // SAFETY: as above.
    unsafe { run(&ATTENTION_PROJECTIONS, (tokens.div_ceil(128), heads), &all) };
    let gradient = Memory::<BFloat16>::of(&vec![9.0; 3 * tokens * hidden]);
    let all = AttentionGradient {
        gradient: gradient.address(),
        context_gradient: context_gradient.address(),
        log_sums: log_sums.address(),
        projections: projections.address(),
        query_key_value: query_key_value.address(),
        blocks: blocks.address(),
        dropout: dropout.into(),
        tokens: tokens as i32,
        heads: heads as i32,
    };
    let parts = [
        chosen(head_size, QUERY_GRADIENT_32, QUERY_GRADIENT_64),
        chosen(head_size, KEY_VALUE_GRADIENT_32, KEY_VALUE_GRADIENT_64),
    ];
    for kernel in parts {
        // SAFETY: as above.
        unsafe { run(&kernel, grid, &all) };
    }
    let mut expected = vec![0.0; 3 * tokens * hidden];
    attend_backward(
        &mut expected,
        &context_gradient.numbers(),
        &context.numbers(),
        &log_sums.values(),
        &packed,
        sequences,
        dropout,
        single,
    );
    // Part by part: those of queries and keys are much smaller than those of values.
    for (part, name) in ["queries", "keys", "values"].into_iter().enumerate() {
        let of_part = |numbers: &[f32]| -> Vec<f32> {
            let rows = numbers.chunks_exact(3 * hidden);
            rows.flat_map(|row| row[part * hidden..][..hidden].to_vec())
                .collect()
        };
        let found = Memory::<BFloat16>::of(&of_part(&gradient.numbers()));
        assert_near(
            &format!("the gradient of {name}"),
            &found,
            &of_part(&expected),
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn attention_and_its_gradient_are_those_of_the_processor(
        lengths in prop::collection::vec(2usize..150, 1..4), heads in 1usize..4,
        is_wide: bool, drops: bool, seed: u64,
    ) {
        let head_size = if is_wide { 64 } else { 32 };
        check(&lengths, heads, head_size, if drops { 0.1 } else { 0.0 }, seed);
    }
}

#[test]
fn a_sequence_of_one_token_and_one_of_whole_blocks_attend_to_themselves() {
    check(&[64, 1, 128], 2, 32, 0.0, 3);
    check(&[1, 64], 1, 64, 0.1, 4);
}
