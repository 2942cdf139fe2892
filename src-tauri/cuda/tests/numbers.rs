//! Numbers for the kernels, and comparisons.

/// Reproducible values in [-1, 1).
pub(crate) fn pseudo_random(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) as f32) / (1u32 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// The nearest bfloat16, ties to even.
pub(crate) fn to_bfloat16(value: f32) -> u16 {
    let bits = value.to_bits();
    ((bits + 0x7fff + ((bits >> 16) & 1)) >> 16) as u16
}

pub(crate) fn from_bfloat16(bits: u16) -> f64 {
    f64::from(f32::from_bits(u32::from(bits) << 16))
}

/// Asserts that each value is within `tolerance`, relative to the larger of 1 and the expected.
#[track_caller]
pub(crate) fn assert_close(
    values: impl IntoIterator<Item = f64>,
    expected: &[f64],
    tolerance: f64,
) {
    let mut count = 0;
    for (index, (value, expected)) in values.into_iter().zip(expected).enumerate() {
        count += 1;
        assert!(
            (value - expected).abs() <= tolerance * expected.abs().max(1.0),
            "at {index}: {value} instead of {expected}"
        );
    }
    assert_eq!(count, expected.len());
}
