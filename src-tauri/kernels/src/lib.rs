//! The numeric operations of BERT, forward and backward, over plain `f32` slices.
//!
//! Every operation splits its work by data and never by thread: a result is bitwise the same
//! for any number of threads on one model of processor. Operations run in the current rayon
//! pool. This crate is the only home of `unsafe`; each use says why it is sound.
//!
//! Shapes are checked with `assert!` at the entrance of each operation: a wrong shape is a
//! mistake in the caller and must never become a wild write.

#![expect(
    unsafe_code,
    reason = "this crate is where unsafe code lives: SIMD, GEMM, disjoint writes"
)]

pub mod activation;
pub mod adamw;
pub mod attention;
pub mod bias;
mod column_sums;
pub mod dropout;
pub mod embedding;
pub mod layer_norm;
pub mod loss;
mod math;
pub mod matrix;
pub mod profile;
pub mod random;
pub mod row_wise;
mod simd;
mod split;
#[cfg(test)]
mod testing;

/// The vector instructions in which this processor computes, by the name that its maker gives them.
pub fn vector_instructions() -> &'static str {
    simd::InstructionSet::detect().name()
}
