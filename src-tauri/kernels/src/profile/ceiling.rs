//! What the machine can do at most: fused multiply-adds that touch nothing but registers, and a
//! plain copy of more memory than caches hold.

use std::hint::black_box;
use std::time::Instant;

use crate::matrix::Precision;
use crate::simd::InstructionSet;

/// Rounds of the loop over registers: tens of milliseconds.
const ROUNDS: usize = 4_000_000;
/// Accumulators, enough to hide the latency of the instruction.
const ACCUMULATORS: usize = 24;
/// Values that are copied: 256 MB.
const COPIED: usize = 64 << 20;

/// Floating-point operations a second of products whose operands are all in registers, with the
/// threads of the current pool; none where this processor has no instruction of ours for it.
pub fn multiplications_a_second(precision: Precision) -> Option<f64> {
    let lanes = match (InstructionSet::detect(), precision) {
        #[cfg(target_arch = "x86_64")]
        (InstructionSet::Avx512, Precision::Single) => 16,
        #[cfg(target_arch = "x86_64")]
        (InstructionSet::Avx512, Precision::BFloat16) if precision.is_available() => 32,
        #[cfg(target_arch = "x86_64")]
        (InstructionSet::Avx2, Precision::Single) => 8,
        _ => return None,
    };
    let began = Instant::now();
    rayon::broadcast(|_| spin(precision));
    let operations = rayon::current_num_threads() * ROUNDS * ACCUMULATORS * lanes * 2;
    Some(operations as f64 / began.elapsed().as_secs_f64())
}

/// Bytes a second, read and written, of a copy that no cache holds, with all threads.
pub fn copied_bytes_a_second() -> f64 {
    use rayon::prelude::*;
    let source = vec![1.0f32; COPIED];
    // Not zero, which the system would only promise.
    let mut destination = vec![2.0f32; COPIED];
    let began = Instant::now();
    destination
        .par_chunks_mut(1 << 18)
        .zip(source.par_chunks(1 << 18))
        .for_each(|(to, from)| to.copy_from_slice(from));
    let seconds = began.elapsed().as_secs_f64();
    black_box(&destination);
    (2 * COPIED * size_of::<f32>()) as f64 / seconds
}

fn spin(precision: Precision) {
    #[cfg(target_arch = "x86_64")]
    match (InstructionSet::detect(), precision) {
        // SAFETY: the processor was just seen to have the instructions.
        (InstructionSet::Avx512, Precision::Single) => unsafe { spin_avx512() },
        // SAFETY: as above, by the guard.
        (InstructionSet::Avx512, Precision::BFloat16) if precision.is_available() => unsafe {
            spin_bfloat16();
        },
        // SAFETY: as above.
        (InstructionSet::Avx2, Precision::Single) => unsafe { spin_avx2() },
        _ => {}
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = precision;
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,fma")]
fn spin_avx512() {
    use std::arch::x86_64::{_mm512_fmadd_ps, _mm512_set1_ps};
    let factor = black_box(_mm512_set1_ps(0.5));
    let mut sums = [_mm512_set1_ps(1.0); ACCUMULATORS];
    for _ in 0..ROUNDS {
        for sum in &mut sums {
            *sum = _mm512_fmadd_ps(*sum, factor, factor);
        }
    }
    black_box(sums);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bf16")]
fn spin_bfloat16() {
    use std::arch::x86_64::{__m512bh, _mm512_dpbf16_ps, _mm512_set1_epi32, _mm512_set1_ps};
    // SAFETY: both types are 512 bits of plain values. 0x3f00 is 0.5.
    let factor: __m512bh =
        unsafe { std::mem::transmute(black_box(_mm512_set1_epi32(0x3f00_3f00))) };
    let mut sums = [_mm512_set1_ps(1.0); ACCUMULATORS];
    for _ in 0..ROUNDS {
        for sum in &mut sums {
            *sum = _mm512_dpbf16_ps(*sum, factor, factor);
        }
    }
    black_box(sums);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn spin_avx2() {
    use std::arch::x86_64::{_mm256_fmadd_ps, _mm256_set1_ps};
    // Half as many: there are sixteen registers.
    const HALF: usize = ACCUMULATORS / 2;
    let factor = black_box(_mm256_set1_ps(0.5));
    let mut sums = [_mm256_set1_ps(1.0); HALF];
    for _ in 0..2 * ROUNDS {
        for sum in &mut sums {
            *sum = _mm256_fmadd_ps(*sum, factor, factor);
        }
    }
    black_box(sums);
}
