//! Looking up embeddings, and the gradient of the tables.

use rayon::prelude::*;

use crate::profile::{Work, clock};
use crate::simd::simd;
use crate::split::{DisjointWrites, ROWS_A_TASK};

/// The three tables of BERT's embeddings, each (entries, width).
#[derive(Debug, Clone, Copy)]
pub struct Tables<'a> {
    /// By word-piece id.
    pub word: &'a [f32],
    /// By position in the sequence.
    pub position: &'a [f32],
    /// By segment; only segment 0 is used.
    pub token_type: &'a [f32],
}

/// `output` (tokens, width) = word + position + type 0, for tokens whose sequences begin at
/// `starts` (sequences + 1).
///
/// # Panics
/// When an id or a position lies outside its table.
pub fn look_up(
    output: &mut [f32],
    ids: &[u32],
    positions: &[u32],
    tables: Tables<'_>,
    width: usize,
) {
    let _clock = clock("embedding", Work::values(output.len() * 2));
    assert!(
        output.len() == ids.len() * width && positions.len() == ids.len(),
        "one row a token"
    );
    let kind = &tables.token_type[..width];
    output
        .par_chunks_mut(ROWS_A_TASK * width)
        .zip(
            ids.par_chunks(ROWS_A_TASK)
                .zip(positions.par_chunks(ROWS_A_TASK)),
        )
        .for_each(|(rows, (ids, positions))| {
            for (row, (&id, &position)) in
                rows.chunks_exact_mut(width).zip(ids.iter().zip(positions))
            {
                let word = &tables.word[id as usize * width..][..width];
                let position = &tables.position[position as usize * width..][..width];
                add_three(row, word, position, kind);
            }
        });
}

/// Adds each row of `gradient` (tokens, width) to row `rows[token]` of `table_gradient`
/// (entries, width). `order` is a permutation of the tokens sorted by their row, so that each
/// task owns whole rows of the table and adds in the order of the tokens.
///
/// # Panics
/// When a row lies outside the table or `order` is not sorted by row.
pub fn scatter_add(
    table_gradient: &mut [f32],
    gradient: &[f32],
    rows: &[u32],
    order: &[u32],
    width: usize,
) {
    let _clock = clock("embedding gradient", Work::values(gradient.len() * 3));
    assert!(
        gradient.len() == rows.len() * width && order.len() == rows.len(),
        "one row a token"
    );
    let entries = table_gradient.len() / width.max(1);
    assert!(
        order
            .windows(2)
            .all(|pair| rows[pair[0] as usize] <= rows[pair[1] as usize])
    );
    assert!(
        order
            .last()
            .is_none_or(|&last| (rows[last as usize] as usize) < entries)
    );
    let writes = DisjointWrites::new(table_gradient);
    let runs: Vec<&[u32]> = order
        .chunk_by(|&a, &b| rows[a as usize] == rows[b as usize])
        .collect();
    runs.par_iter().with_min_len(16).for_each(|run| {
        let row = rows[run[0] as usize] as usize;
        // SAFETY: each run has a row of its own (the order is sorted by row), inside the table.
        let sum = unsafe { std::slice::from_raw_parts_mut(writes.at(row * width), width) };
        for &token in *run {
            add_to(sum, &gradient[token as usize * width..][..width]);
        }
    });
}

/// The tokens sorted by their row, ties in the order of the tokens, as [`scatter_add`] needs it.
pub fn order_by_row(rows: &[u32]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..rows.len() as u32).collect();
    order.sort_by_key(|&token| rows[token as usize]);
    order
}

/// Fills the given rows of `table_gradient` (entries, width) with zeros.
///
/// # Panics
/// When a row lies outside the table.
pub fn clear_rows(table_gradient: &mut [f32], rows: &[u32], width: usize) {
    let _clock = clock("embedding gradient", Work::values(rows.len() * width));
    for &row in rows {
        table_gradient[row as usize * width..][..width].fill(0.0);
    }
}

simd! {
    fn add_three(output: &mut [f32], first: &[f32], second: &[f32], third: &[f32]) {
        for (((output, first), second), third) in output.iter_mut().zip(first).zip(second).zip(third) {
            *output = first + third + second;
        }
    }

    fn add_to(sum: &mut [f32], addend: &[f32]) {
        for (sum, addend) in sum.iter_mut().zip(addend) {
            *sum += addend;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, in_pool, pseudo_random, widen};

    #[test]
    fn an_embedding_is_the_sum_of_word_position_and_type() {
        let (word, position, token_type) = (
            pseudo_random(5 * 3, 1),
            pseudo_random(4 * 3, 2),
            pseudo_random(2 * 3, 3),
        );
        let mut output = vec![0.0; 6];
        let tables = Tables {
            word: &word,
            position: &position,
            token_type: &token_type,
        };
        look_up(&mut output, &[4, 0], &[0, 3], tables, 3);
        let expected: Vec<f64> = (0..3)
            .map(|c| f64::from(word[12 + c]) + f64::from(position[c]) + f64::from(token_type[c]))
            .chain((0..3).map(|c| {
                f64::from(word[c]) + f64::from(position[9 + c]) + f64::from(token_type[c])
            }))
            .collect();
        assert_close(&output, &expected, 1e-6);
    }

    #[test]
    fn the_gradient_of_a_table_adds_up_repeated_rows_the_same_for_any_number_of_threads() {
        let (tokens, width, entries) = (500, 8, 20u32);
        let rows: Vec<u32> = (0..tokens as u32)
            .map(|t| t.wrapping_mul(2_654_435_761) % entries)
            .collect();
        let gradient = pseudo_random(tokens * width, 9);
        let run = |threads| {
            in_pool(threads, || {
                let mut table = vec![0.0; entries as usize * width];
                scatter_add(&mut table, &gradient, &rows, &order_by_row(&rows), width);
                table
            })
        };
        let table = run(1);
        assert_eq!(table, run(3));
        let mut expected = vec![0.0; table.len()];
        for (token, row) in rows.iter().enumerate() {
            for column in 0..width {
                expected[*row as usize * width + column] +=
                    widen(&gradient)[token * width + column];
            }
        }
        assert_close(&table, &expected, 1e-5);
    }
}
