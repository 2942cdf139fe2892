//! Numbers for the kernels, memory that lies as theirs does, and comparisons.

use std::marker::PhantomData;

use bytemuck::Pod;

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
pub(crate) trait Value: Pod {
    /// The end of the names of kernels for it.
    const NAME: &'static str;
    /// The largest relative error of keeping a number, with some room for the arithmetic before.
    const TOLERANCE: f64;

    fn nearest(value: f32) -> Self;
    fn number(self) -> f32;
}

impl Value for f32 {
    const NAME: &'static str = "f32";
    const TOLERANCE: f64 = 1e-5;

    fn nearest(value: f32) -> Self {
        value
    }

    fn number(self) -> f32 {
        self
    }
}

/// The bits of a bfloat16.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(transparent)]
pub(crate) struct BFloat16(u16);

impl Value for BFloat16 {
    const NAME: &'static str = "bf16";
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

/// Memory that begins at a multiple of 16 bytes, as that of the device does.
#[derive(Debug, Clone)]
pub(crate) struct Memory<V> {
    // Its alignment is what counts.
    words: Vec<u128>,
    count: usize,
    kind: PhantomData<V>,
}

impl<V: Value> Memory<V> {
    /// The nearest that can be kept of these numbers.
    pub(crate) fn of(numbers: &[f32]) -> Self {
        let bytes = size_of_val(numbers) / size_of::<f32>() * size_of::<V>();
        let mut memory = Self {
            words: vec![0; bytes.div_ceil(size_of::<u128>())],
            count: numbers.len(),
            kind: PhantomData,
        };
        for (place, &number) in memory.values_mut().iter_mut().zip(numbers) {
            *place = V::nearest(number);
        }
        memory
    }

    pub(crate) fn random(count: usize, seed: u64) -> Self {
        Self::of(&pseudo_random(count, seed))
    }

    pub(crate) fn values(&self) -> &[V] {
        &bytemuck::cast_slice(&self.words)[..self.count]
    }

    pub(crate) fn values_mut(&mut self) -> &mut [V] {
        &mut bytemuck::cast_slice_mut(&mut self.words)[..self.count]
    }

    /// As they are kept.
    pub(crate) fn numbers(&self) -> Vec<f32> {
        self.values().iter().map(|value| value.number()).collect()
    }

    pub(crate) fn pointer(&self) -> *const V {
        self.words.as_ptr().cast()
    }

    pub(crate) fn pointer_mut(&mut self) -> *mut V {
        self.words.as_mut_ptr().cast()
    }

    /// Asserts that each number is within `tolerance`, relative to the larger of 1 and the expected.
    #[track_caller]
    pub(crate) fn assert_close<N: Copy + Into<f64>>(&self, expected: &[N], tolerance: f64) {
        assert_eq!(self.count, expected.len());
        for (index, (value, &expected)) in self.numbers().iter().zip(expected).enumerate() {
            let (value, expected) = (f64::from(*value), expected.into());
            assert!(
                (value - expected).abs() <= tolerance * expected.abs().max(1.0),
                "at {index}: {value} instead of {expected}"
            );
        }
    }
}
