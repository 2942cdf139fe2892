use super::*;
use crate::testing::{assert_close, in_pool, pseudo_random};
use proptest::prelude::*;

fn exact(left: Matrix<'_>, right: Matrix<'_>) -> Vec<f64> {
    let at = |m: Matrix<'_>, r: usize, c: usize| {
        f64::from(m.data[r * m.row_stride + c * m.column_stride])
    };
    (0..left.rows * right.columns)
        .map(|index| {
            let (row, column) = (index / right.columns, index % right.columns);
            (0..left.columns)
                .map(|k| at(left, row, k) * at(right, k, column))
                .sum()
        })
        .collect()
}

proptest! {
    #[test]
    fn a_product_equals_its_definition(
        m in 1usize..40, n in 1usize..40, k in 1usize..70,
        left_transposed: bool, right_transposed: bool, accumulate: bool,
    ) {
        let (a, b) = (pseudo_random(m * k, 1), pseudo_random(k * n, 2));
        let left = if left_transposed { Matrix::new(&a, k, m).transposed() } else { Matrix::new(&a, m, k) };
        let right = if right_transposed { Matrix::new(&b, n, k).transposed() } else { Matrix::new(&b, k, n) };
        let before = pseudo_random(m * n, 3);
        let mut product = before.clone();
        let write = if accumulate { Write::Accumulate } else { Write::Overwrite };
        multiply(&mut product, left, right, write, Precision::Single);
        let mut expected = exact(left, right);
        if accumulate {
            for (value, &old) in expected.iter_mut().zip(&before) {
                *value += f64::from(old);
            }
        }
        assert_close(&product, &expected, 1e-5);
    }
}

/// What bfloat16 keeps of a value.
fn rounded(values: &[f32]) -> Vec<f32> {
    let nearest = |value: &f32| {
        let bits = value.to_bits();
        f32::from_bits((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff_0000)
    };
    values.iter().map(nearest).collect()
}

proptest! {
    #[test]
    fn a_product_in_bfloat16_is_that_of_the_rounded_operands(
        m in 1usize..40, n in 1usize..70, k in 1usize..1100,
        left_transposed: bool, right_transposed: bool, accumulate: bool, prepared: bool,
    ) {
        if !Precision::BFloat16.is_available() {
            return Ok(());
        }
        let (a, b) = (pseudo_random(m * k, 1), pseudo_random(k * n, 2));
        let view = |values, rows, columns, transposed: bool| if transposed {
            Matrix::new(values, columns, rows).transposed()
        } else {
            Matrix::new(values, rows, columns)
        };
        let (left, right) = (view(&a, m, k, left_transposed), view(&b, k, n, right_transposed));
        let (a, b) = (rounded(&a), rounded(&b));
        let mut expected = exact(view(&a, m, k, left_transposed), view(&b, k, n, right_transposed));
        let mut product = pseudo_random(m * n, 3);
        let bias = pseudo_random(n, 4);
        for (index, value) in expected.iter_mut().enumerate() {
            *value += f64::from(if accumulate { product[index] } else { bias[index % n] });
        }
        let start = if accumulate { Start::Present } else { Start::Row(&bias) };
        let prepared = prepared.then(|| Prepared::new(right, Precision::BFloat16));
        let right = prepared.as_ref().map_or(Right::Matrix(right), Right::Prepared);
        multiply(&mut product, left, right, start, Precision::BFloat16);
        // Roundings of a sum in one chain add up as the root of its length.
        let tolerance = 2e-5 * (k as f64 / 256.0).sqrt().max(1.0);
        assert_close(&product, &expected, tolerance);
    }

    #[test]
    fn a_prepared_operand_gives_the_same_bits(m in 1usize..200, n in 1usize..70, k in 1usize..600) {
        let (a, b) = (pseudo_random(m * k, 1), pseudo_random(k * n, 2));
        let (left, right) = (Matrix::new(&a, m, k), Matrix::new(&b, n, k).transposed());
        for precision in [Precision::Single, Precision::BFloat16] {
            if !precision.is_available() {
                continue;
            }
            let prepared = Prepared::new(right, precision);
            let mut products = [vec![0.0; m * n], vec![0.0; m * n]];
            multiply(&mut products[0], left, right, Start::Zero, precision);
            multiply(&mut products[1], left, Right::Prepared(&prepared), Start::Zero, precision);
            assert!(products[0] == products[1]);
        }
    }
}

#[test]
fn not_a_number_stays_one_in_bfloat16() {
    if !Precision::BFloat16.is_available() {
        return;
    }
    for bits in [0x7fff_ffff_u32, 0xffc0_0000, 0x7f80_0001] {
        let (a, b) = (vec![f32::from_bits(bits); 4], vec![1.0; 4]);
        for left in [Matrix::new(&a, 2, 2), Matrix::new(&a, 2, 2).transposed()] {
            let mut product = vec![0.0; 4];
            let right = Matrix::new(&b, 2, 2);
            multiply(&mut product, left, right, Start::Zero, Precision::BFloat16);
            assert!(product.iter().all(|value| value.is_nan()), "{bits:x}");
        }
    }
}

#[test]
fn a_product_is_bitwise_the_same_for_any_number_of_threads() {
    let (m, n, k) = (517, 384, 1536);
    let (a, b) = (pseudo_random(m * k, 1), pseudo_random(n * k, 2));
    let run = |threads| {
        in_pool(threads, || {
            let mut product = vec![0.0; m * n];
            let right = Matrix::new(&b, n, k).transposed();
            multiply(
                &mut product,
                Matrix::new(&a, m, k),
                right,
                Write::Overwrite,
                Precision::Single,
            );
            product
        })
    };
    let one = run(1);
    assert!(one == run(2) && one == run(3) && one == run(8));
}
