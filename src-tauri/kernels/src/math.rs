//! Elementary functions as straight-line arithmetic, so that loops over them vectorise.

use crate::simd::multiply_add;

const LOG2_E: f32 = std::f32::consts::LOG2_E;
// ln 2 in two parts (Cody & Waite), so that n * LN_2_HIGH is exact for every exponent n.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
// 1.5 * 2^23: adding it rounds a small float to the nearest integer, in its low bits.
const ROUND: f32 = 12_582_912.0;

/// `e^x` with a relative error below 3e-7 for x in [-87, 88]; clamped outside, so that the
/// result is never zero, subnormal or infinite. Polynomial of degree 6 after argument reduction.
#[inline(always)]
pub(crate) fn exp<const FUSED: bool>(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    let shifted = multiply_add::<FUSED>(x, LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = multiply_add::<FUSED>(n, -LN_2_HIGH, x);
    let r = multiply_add::<FUSED>(n, -LN_2_LOW, r);
    let mut p = 1.0 / 720.0;
    p = multiply_add::<FUSED>(p, r, 1.0 / 120.0);
    p = multiply_add::<FUSED>(p, r, 1.0 / 24.0);
    p = multiply_add::<FUSED>(p, r, 1.0 / 6.0);
    p = multiply_add::<FUSED>(p, r, 0.5);
    p = multiply_add::<FUSED>(p, r, 1.0);
    p = multiply_add::<FUSED>(p, r, 1.0);
    // The integer n sits in the low bits of `shifted`; moved into the exponent it is 2^n.
    let scale = f32::from_bits((shifted.to_bits().wrapping_add(127)) << 23);
    p * scale
}

/// The error function with an absolute error below 6e-7, as a rational function on [-4, 4],
/// beyond which it is 1 in `f32`.
#[inline(always)]
pub(crate) fn erf<const FUSED: bool>(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let square = x * x;
    let mut p = -2.726_142_3e-10;
    for coefficient in [
        2.770_681_5e-8,
        -2.101_024e-6,
        -5.692_506_4e-5,
        -7.349_906_4e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ] {
        p = multiply_add::<FUSED>(p, square, coefficient);
    }
    let mut q = -1.456_607_2e-5;
    for coefficient in [
        -2.133_740_6e-4,
        -1.682_827e-3,
        -7.373_329e-3,
        -1.426_473_9e-2,
    ] {
        q = multiply_add::<FUSED>(q, square, coefficient);
    }
    (x * p / q).clamp(-1.0, 1.0)
}

/// `tanh(x)` through [`exp`], with an absolute error below 3e-7.
#[inline(always)]
pub(crate) fn tanh<const FUSED: bool>(x: f32) -> f32 {
    let decay = exp::<FUSED>(-2.0 * x.abs());
    ((1.0 - decay) / (1.0 + decay)).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::erf_f64;

    fn grid(low: f64, high: f64) -> impl Iterator<Item = f32> {
        (0..200_000).map(move |i| (low + (high - low) * f64::from(i) / 200_000.0) as f32)
    }

    #[test]
    fn exp_keeps_its_stated_relative_error() {
        for x in grid(-87.0, 88.0) {
            let exact = f64::from(x).exp();
            let close = |value: f32| (f64::from(value) - exact).abs() <= 3e-7 * exact;
            assert!(close(exp::<true>(x)), "fused at {x}");
            assert!(close(exp::<false>(x)), "unfused at {x}");
        }
        assert!(exp::<true>(f32::NEG_INFINITY) < 1e-37);
    }

    #[test]
    fn erf_keeps_its_stated_absolute_error() {
        for x in grid(-6.0, 6.0) {
            let exact = erf_f64(f64::from(x));
            assert!(
                (f64::from(erf::<true>(x)) - exact).abs() <= 6e-7,
                "fused at {x}"
            );
            assert!(
                (f64::from(erf::<false>(x)) - exact).abs() <= 6e-7,
                "unfused at {x}"
            );
        }
    }

    #[test]
    fn tanh_keeps_its_stated_absolute_error() {
        for x in grid(-20.0, 20.0) {
            let exact = f64::from(x).tanh();
            assert!((f64::from(tanh::<true>(x)) - exact).abs() <= 3e-7, "at {x}");
        }
    }
}
