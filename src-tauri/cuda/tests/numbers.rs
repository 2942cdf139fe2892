//! Numbers for the kernels, memory that lies as theirs does, and comparisons.

use cuda::{BFloat16, Stored, View, ViewMut};

use crate::host::device;

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

/// What activations are kept as.
pub(crate) trait Value: Stored {
    /// The largest relative error of keeping a number, with some room for the arithmetic before.
    const TOLERANCE: f64;

    fn nearest(value: f32) -> Self;
    fn number(self) -> f32;
}

impl Value for f32 {
    const TOLERANCE: f64 = 1e-5;

    fn nearest(value: f32) -> Self {
        value
    }

    fn number(self) -> f32 {
        self
    }
}

impl Value for BFloat16 {
    const TOLERANCE: f64 = 1.0 / 256.0 + 1e-5;

    /// Ties to even.
    fn nearest(value: f32) -> Self {
        let bits = value.to_bits();
        Self(((bits + 0x7fff + ((bits >> 16) & 1)) >> 16) as u16)
    }

    fn number(self) -> f32 {
        f32::from_bits(u32::from(self.0) << 16)
    }
}

/// Memory of the card that the tests use.
#[derive(Debug)]
pub(crate) struct Memory<V>(cuda::Memory<V>);

impl<V: Value> Memory<V> {
    /// The nearest that can be kept of these numbers.
    ///
    /// # Panics
    /// Where there is no card.
    pub(crate) fn of(numbers: &[f32]) -> Self {
        let values: Vec<V> = numbers.iter().map(|&number| V::nearest(number)).collect();
        Self(device().unwrap().upload(&values).unwrap())
    }

    pub(crate) fn random(count: usize, seed: u64) -> Self {
        Self::of(&pseudo_random(count, seed))
    }

    /// What is there once all is done.
    pub(crate) fn values(&self) -> Vec<V> {
        let mut values = vec![V::nearest(0.0); self.0.len()];
        self.0.read(&mut values).unwrap();
        values
    }

    /// As they are kept.
    pub(crate) fn numbers(&self) -> Vec<f32> {
        self.values().into_iter().map(Value::number).collect()
    }

    pub(crate) fn address(&self) -> u64 {
        self.0.address()
    }

    /// All of it.
    pub(crate) fn view(&self) -> View<'_, V> {
        self.0.view(self.0.len())
    }

    pub(crate) fn view_mut(&mut self) -> ViewMut<'_, V> {
        let count = self.0.len();
        self.0.view_mut(count)
    }

    /// Asserts that each number is within `tolerance`, relative to the larger of 1 and the expected.
    #[track_caller]
    pub(crate) fn assert_close<N: Copy + Into<f64>>(&self, expected: &[N], tolerance: f64) {
        assert_eq!(self.0.len(), expected.len());
        for (index, (value, &expected)) in self.numbers().iter().zip(expected).enumerate() {
            let (value, expected) = (f64::from(*value), expected.into());
            assert!(
                (value - expected).abs() <= tolerance * expected.abs().max(1.0),
                "at {index}: {value} instead of {expected}"
            );
        }
    }
}
