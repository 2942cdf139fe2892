//! One source for every instruction set: a body written as plain loops is compiled once for
//! AVX-512, once for AVX2 with FMA and once for the baseline, and the widest that the processor
//! has is called.

use std::sync::atomic::{AtomicU8, Ordering};

/// What [`InstructionSet::detect`] keeps.
const UNKNOWN: u8 = 0;
const PORTABLE: u8 = 1;
#[cfg(target_arch = "x86_64")]
const AVX2: u8 = 2;
#[cfg(target_arch = "x86_64")]
const AVX512: u8 = 3;

/// The instruction sets that bodies are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InstructionSet {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl InstructionSet {
    /// The widest set of this processor. Asked before each operation, so it is kept as one number:
    /// the standard library would look at each feature again.
    #[inline]
    pub(crate) fn detect() -> Self {
        static DETECTED: AtomicU8 = AtomicU8::new(UNKNOWN);
        match DETECTED.load(Ordering::Relaxed) {
            #[cfg(target_arch = "x86_64")]
            AVX512 => Self::Avx512,
            #[cfg(target_arch = "x86_64")]
            AVX2 => Self::Avx2,
            PORTABLE => Self::Portable,
            _ => {
                let (set, number) = Self::look();
                DETECTED.store(number, Ordering::Relaxed);
                set
            }
        }
    }

    #[cold]
    fn look() -> (Self, u8) {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("fma")
            {
                return (Self::Avx512, AVX512);
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return (Self::Avx2, AVX2);
            }
        }
        (Self::Portable, PORTABLE)
    }

    /// The name by which people know it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => "AVX-512",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "AVX2",
            // What every processor of the architecture has, and compilers use.
            Self::Portable if cfg!(target_arch = "x86_64") => "SSE2",
            Self::Portable if cfg!(target_arch = "aarch64") => "NEON",
            Self::Portable => "none",
        }
    }
}

/// `a * b + c`, fused where the instruction set has it. Without it, `mul_add` would be a slow
/// library call.
#[inline(always)]
pub(crate) fn multiply_add<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// Defines a function whose body is compiled for each [`InstructionSet`]. Inside the body the
/// constant `FUSED` says whether fused multiply-add is there, for [`multiply_add`].
macro_rules! simd {
    ($($(#[$attribute:meta])* $visibility:vis fn $name:ident(
        $($argument:ident: $type:ty),* $(,)?
    ) $(-> $result:ty)? $body:block)*) => {$(
        $(#[$attribute])*
        $visibility fn $name($($argument: $type),*) $(-> $result)? {
            #[inline(always)]
            fn body<const FUSED: bool>($($argument: $type),*) $(-> $result)? {
                // Not every body multiplies.
                let _ = FUSED;
                $body
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")]
            fn avx512($($argument: $type),*) $(-> $result)? {
                body::<true>($($argument),*)
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($argument: $type),*) $(-> $result)? {
                body::<true>($($argument),*)
            }

            match $crate::simd::InstructionSet::detect() {
                $crate::simd::InstructionSet::Portable => body::<false>($($argument),*),
                // SAFETY: the processor was just seen to have the features.
                #[cfg(target_arch = "x86_64")]
                $crate::simd::InstructionSet::Avx2 => unsafe { avx2($($argument),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::simd::InstructionSet::Avx512 => unsafe { avx512($($argument),*) },
            }
        }
    )*};
}
pub(crate) use simd;

/// Accumulators a reduction is spread over, so that it fills the widest registers. Part of the
/// definition of every sum: changing it changes the rounding.
pub(crate) const LANES: usize = 32;

/// Adds up the lanes pairwise.
#[inline(always)]
pub(crate) fn sum_lanes(mut lanes: [f32; LANES]) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0]
}

/// The highest of the lanes, pairwise.
#[inline(always)]
pub(crate) fn highest_lane(mut lanes: [f32; LANES]) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            let other = lanes[lane + width];
            lanes[lane] = if other > lanes[lane] {
                other
            } else {
                lanes[lane]
            };
        }
        width /= 2;
    }
    lanes[0]
}
