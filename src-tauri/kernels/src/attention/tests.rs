use super::*;
use crate::matrix::Precision;
use crate::testing::{assert_close, assert_gradient, in_pool, pseudo_random, widen};
use proptest::prelude::*;

/// Attention by its definition in `f64`; (tokens, hidden), from (tokens, 3 * hidden).
fn exact(packed: &[f64], sequences: Sequences<'_>, dropout: Dropout) -> Vec<f64> {
    let (hidden, width) = (sequences.hidden(), sequences.head_size);
    let mut context = vec![0.0; sequences.tokens() * hidden];
    for task in sequences.tasks() {
        let at = |part: usize, token: usize, column: usize| {
            packed[(task.start + token) * 3 * hidden + part * hidden + task.head * width + column]
        };
        for query in 0..task.length {
            let scores: Vec<f64> = (0..task.length)
                .map(|key| {
                    let product: f64 = (0..width).map(|c| at(0, query, c) * at(1, key, c)).sum();
                    product / (width as f64).sqrt()
                })
                .collect();
            let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = scores.iter().map(|score| (score - highest).exp()).sum();
            for (key, score) in scores.iter().enumerate() {
                let index = task.first_index + (query * task.length + key) as u32;
                let kept = f64::from(dropout.factor(index));
                let probability = (score - highest).exp() / sum * kept;
                for column in 0..width {
                    let place = (task.start + query) * hidden + task.head * width + column;
                    context[place] += probability * at(2, key, column);
                }
            }
        }
    }
    context
}

fn starts_of(lengths: &[usize]) -> Vec<usize> {
    let mut starts = vec![0];
    for length in lengths {
        starts.push(starts[starts.len() - 1] + length);
    }
    starts
}

struct Run {
    context: Vec<f32>,
    gradient: Vec<f32>,
}

fn run(packed: &[f32], slope: &[f32], sequences: Sequences<'_>, dropout: Dropout) -> Run {
    let mut context = vec![0.0; slope.len()];
    let mut log_sums = vec![0.0; sequences.tokens() * sequences.heads];
    attend(
        &mut context,
        &mut log_sums,
        packed,
        sequences,
        dropout,
        Precision::Single,
    );
    let mut gradient = vec![0.0; packed.len()];
    attend_backward(
        &mut gradient,
        slope,
        &context,
        &log_sums,
        packed,
        sequences,
        dropout,
        Precision::Single,
    );
    Run { context, gradient }
}

fn inner(values: &[f64], weights: &[f32]) -> f64 {
    values
        .iter()
        .zip(weights)
        .map(|(value, &weight)| value * f64::from(weight))
        .sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn attention_and_its_gradient_equal_their_definition(
        lengths in prop::collection::vec(1usize..20, 1..4),
        heads in 1usize..4, head_size in 1usize..12, seed: u64, rate in 0.0f32..0.5,
    ) {
        let starts = starts_of(&lengths);
        let sequences = Sequences { starts: &starts, heads, head_size };
        let count = sequences.tokens() * sequences.hidden();
        let packed = pseudo_random(3 * count, seed);
        let slope = pseudo_random(count, seed ^ 1);
        let dropout = Dropout::new(seed, 0, 0, rate);
        let run = run(&packed, &slope, sequences, dropout);
        assert_close(&run.context, &exact(&widen(&packed), sequences, dropout), 1e-5);
        assert_gradient(&widen(&packed), &run.gradient, 1e-4, |at| {
            inner(&exact(at, sequences, dropout), &slope)
        });
    }
}

#[test]
fn one_token_attends_to_itself() {
    let starts = [0, 1];
    let sequences = Sequences {
        starts: &starts,
        heads: 2,
        head_size: 4,
    };
    let packed = pseudo_random(24, 1);
    let run = run(&packed, &pseudo_random(8, 2), sequences, Dropout::none());
    assert_close(&run.context, &widen(&packed[16..24]), 1e-6);
    assert!(
        run.gradient[..16]
            .iter()
            .all(|gradient| gradient.abs() < 1e-6)
    );
}

#[test]
fn a_sequence_of_512_tokens_crosses_the_blocks_of_queries() {
    let starts = [0, 512];
    let sequences = Sequences {
        starts: &starts,
        heads: 1,
        head_size: 8,
    };
    let (packed, slope) = (pseudo_random(3 * 512 * 8, 3), pseudo_random(512 * 8, 4));
    let dropout = Dropout::new(5, 0, 0, 0.1);
    let run = run(&packed, &slope, sequences, dropout);
    assert_close(
        &run.context,
        &exact(&widen(&packed), sequences, dropout),
        1e-5,
    );
    assert_gradient(&widen(&packed), &run.gradient, 1e-4, |at| {
        inner(&exact(at, sequences, dropout), &slope)
    });
}

#[test]
fn attention_is_bitwise_the_same_for_any_number_of_threads() {
    let starts = starts_of(&[40, 3, 77, 128, 1]);
    let sequences = Sequences {
        starts: &starts,
        heads: 4,
        head_size: 32,
    };
    let count = sequences.tokens() * sequences.hidden();
    let (packed, slope) = (pseudo_random(3 * count, 3), pseudo_random(count, 4));
    let work = || {
        let run = run(&packed, &slope, sequences, Dropout::new(1, 2, 3, 0.1));
        (run.context, run.gradient)
    };
    let one = in_pool(1, work);
    assert!(one == in_pool(2, work) && one == in_pool(5, work));
}

#[test]
fn the_first_token_alone_gets_what_it_gets_among_all() {
    let starts = starts_of(&[9, 1, 30]);
    let sequences = Sequences {
        starts: &starts,
        heads: 3,
        head_size: 8,
    };
    let (tokens, hidden) = (sequences.tokens(), sequences.hidden());
    let packed = pseudo_random(3 * tokens * hidden, 6);
    let dropout = Dropout::new(8, 0, 0, 0.2);
    let first_rows = [0usize, 9, 10];
    // In the full run only the first tokens' outputs matter to the loss.
    let own_slope = pseudo_random(3 * hidden, 7);
    let mut slope = vec![0.0; tokens * hidden];
    for (sequence, row) in first_rows.iter().enumerate() {
        slope[row * hidden..(row + 1) * hidden]
            .copy_from_slice(&own_slope[sequence * hidden..(sequence + 1) * hidden]);
    }
    let full = run(&packed, &slope, sequences, dropout);

    let mut queries = vec![0.0; 3 * hidden];
    let mut key_value = vec![0.0; tokens * 2 * hidden];
    for token in 0..tokens {
        key_value[token * 2 * hidden..][..2 * hidden]
            .copy_from_slice(&packed[token * 3 * hidden + hidden..][..2 * hidden]);
    }
    for (sequence, row) in first_rows.iter().enumerate() {
        queries[sequence * hidden..][..hidden]
            .copy_from_slice(&packed[row * 3 * hidden..][..hidden]);
    }
    let (mut context, mut scores) = (vec![0.0; 3 * hidden], vec![0.0; tokens * 3]);
    let mut log_sums = vec![0.0; 9];
    attend_first(
        &mut context,
        &mut scores,
        &mut log_sums,
        &queries,
        &key_value,
        sequences,
        dropout,
    );
    let (mut query_gradient, mut key_value_gradient) =
        (vec![0.0; queries.len()], vec![0.0; key_value.len()]);
    attend_first_backward(
        &mut query_gradient,
        &mut key_value_gradient,
        &own_slope,
        &context,
        &mut scores,
        &log_sums,
        &queries,
        &key_value,
        sequences,
        dropout,
    );
    for (sequence, row) in first_rows.iter().enumerate() {
        let own = sequence * hidden..(sequence + 1) * hidden;
        let row_start = row * hidden;
        assert_close(
            &context[own.clone()],
            &widen(&full.context[row_start..][..hidden]),
            1e-5,
        );
        assert_close(
            &query_gradient[own],
            &widen(&full.gradient[3 * row_start..][..hidden]),
            1e-5,
        );
    }
    for token in 0..tokens {
        let expected = widen(&full.gradient[token * 3 * hidden + hidden..][..2 * hidden]);
        assert_close(
            &key_value_gradient[token * 2 * hidden..][..2 * hidden],
            &expected,
            1e-5,
        );
    }
}
