//! What the tests of several operations share: numbers, comparisons, and slow exact functions.

/// Reproducible values in [-1, 1).
pub(crate) fn pseudo_random(length: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678;
    (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((state >> 40) as f32) / (1u32 << 23) as f32 - 1.0
        })
        .collect()
}

/// Asserts that each value is within `tolerance`, relative to the larger of 1 and the expected.
#[track_caller]
pub(crate) fn assert_close(values: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(values.len(), expected.len());
    for (index, (&value, &expected)) in values.iter().zip(expected).enumerate() {
        let difference = (f64::from(value) - expected).abs();
        assert!(
            difference <= tolerance * expected.abs().max(1.0),
            "at {index}: {value} instead of {expected}"
        );
    }
}

/// Runs `work` in a pool of exactly `threads` threads.
pub(crate) fn in_pool<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap()
        .install(work)
}

/// The error function by its Taylor series (small x) or continued fraction (large x), in `f64`.
pub(crate) fn erf_f64(x: f64) -> f64 {
    if x.abs() > 6.0 {
        return x.signum();
    }
    if x.abs() < 3.0 {
        let (mut term, mut sum) = (x, x);
        for n in 1..200 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        return sum * 2.0 / std::f64::consts::PI.sqrt();
    }
    let square = x * x;
    let mut fraction = 0.0;
    for k in (1..=80).rev() {
        fraction = f64::from(k) / 2.0 / (x.abs() + fraction);
    }
    let complement = (-square).exp() / std::f64::consts::PI.sqrt() / (x.abs() + fraction);
    x.signum() * (1.0 - complement)
}

/// Checks an analytic gradient by central differences of a scalar function in `f64`: the
/// gradient of `loss` at `at`, at up to 24 evenly spread coordinates.
#[track_caller]
pub(crate) fn assert_gradient(
    at: &[f64],
    gradient: &[f32],
    tolerance: f64,
    loss: impl Fn(&[f64]) -> f64,
) {
    assert_eq!(at.len(), gradient.len());
    let step = 1e-5;
    let stride = (at.len() / 24).max(1);
    for index in (0..at.len()).step_by(stride) {
        let mut moved = at.to_vec();
        moved[index] += step;
        let above = loss(&moved);
        moved[index] -= 2.0 * step;
        let numeric = (above - loss(&moved)) / (2.0 * step);
        let analytic = f64::from(gradient[index]);
        assert!(
            (numeric - analytic).abs() <= tolerance * numeric.abs().max(1.0),
            "at {index}: gradient {analytic}, by differences {numeric}"
        );
    }
}

/// The same values in `f64`.
pub(crate) fn widen(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}
