//! Gradients of biases, and rows picked by their numbers.

use rayon::prelude::*;

use crate::column_sums::{ROWS_A_BLOCK, add_blocks, sum_block, with_block_sums};
use crate::matrix::Write;
use crate::profile::{Work, clock};

/// `sums` (width) = the sum of `values` (rows, width) over its rows, or added to what is there.
///
/// # Panics
/// When rows are not whole.
pub fn sum_rows(sums: &mut [f32], values: &[f32], write: Write) {
    let _clock = clock("bias gradient", Work::values(values.len()));
    let width = sums.len();
    assert!(
        width > 0 && values.len().is_multiple_of(width),
        "rows must be whole"
    );
    let block = ROWS_A_BLOCK * width;
    with_block_sums(values.len().div_ceil(block), width, |partial| {
        values
            .par_chunks(block)
            .zip(partial.par_chunks_mut(width))
            .for_each(|(rows, sums)| sum_block(sums, rows));
        add_blocks(sums, partial, 0, width, write);
    });
}

/// Copies rows `indices` of `source` (_, width) to the rows of `destination` (indices, width).
///
/// # Panics
/// When an index is out of range or the shapes do not fit.
pub fn gather_rows(destination: &mut [f32], source: &[f32], indices: &[usize], width: usize) {
    assert_eq!(destination.len(), indices.len() * width, "one row an index");
    for (row, &index) in destination.chunks_exact_mut(width).zip(indices) {
        row.copy_from_slice(&source[index * width..(index + 1) * width]);
    }
}

/// Adds each row of `source` (indices, width) to row `indices[i]` of `destination` (_, width).
/// The indices are distinct.
///
/// # Panics
/// When an index is out of range or the shapes do not fit.
pub fn scatter_add_rows(destination: &mut [f32], source: &[f32], indices: &[usize], width: usize) {
    assert_eq!(source.len(), indices.len() * width, "one row an index");
    for (row, &index) in source.chunks_exact(width).zip(indices) {
        for (sum, value) in destination[index * width..(index + 1) * width]
            .iter_mut()
            .zip(row)
        {
            *sum += value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, pseudo_random};

    #[test]
    fn rows_are_summed_column_by_column() {
        let (rows, width) = (77, 150);
        let values = pseudo_random(rows * width, 1);
        let expected: Vec<f64> = (0..width)
            .map(|c| (0..rows).map(|r| f64::from(values[r * width + c])).sum())
            .collect();
        let mut sums = vec![9.0; width];
        sum_rows(&mut sums, &values, Write::Overwrite);
        assert_close(&sums, &expected, 1e-5);
        sum_rows(&mut sums, &values, Write::Accumulate);
        assert_close(
            &sums,
            &expected.iter().map(|sum| 2.0 * sum).collect::<Vec<_>>(),
            1e-5,
        );
    }

    #[test]
    fn scattering_undoes_gathering() {
        let source = pseudo_random(10 * 4, 2);
        let mut picked = vec![0.0; 2 * 4];
        gather_rows(&mut picked, &source, &[7, 2], 4);
        let mut back = vec![0.0; 10 * 4];
        scatter_add_rows(&mut back, &picked, &[7, 2], 4);
        assert_eq!(back[28..32], source[28..32]);
        assert_eq!(back[8..12], source[8..12]);
        assert_eq!(back.iter().filter(|&&value| value != 0.0).count(), 8);
    }
}
