//! The operations of BERT on a card: kernels behind shapes that are checked. Each is begun and not waited for; what goes
//! wrong on the card is told to who reads its results.
//!
//! # Panics
//! All of them, when shapes do not fit together: that is a mistake in the caller, and must never become a wild write.

mod activation;
mod attention;
mod dense;
mod ends;
mod norm;
mod sums;
mod update;

pub use activation::{activate, activate_backward};
pub use attention::{Attended, Heads, SequencesOnCard, WIDEST_HEAD, attend, attend_backward};
pub use dense::{
    Write, dense, dense_bias_gradient, dense_input_gradient, dense_weight_gradient,
    weight_gradient_room,
};
pub use ends::{
    Tables, TokensOnCard, add_to_first, binary_cross_entropy, convert_from_single,
    convert_to_single, dropout, gather_first, look_up, look_up_backward, pool, pool_gradient,
};
pub use norm::{
    Norm, NormGradients, NormRead, NormSaved, WIDEST_NORM, layer_norm, layer_norm_backward,
    norm_room, residual_layer_norm, residual_layer_norm_backward,
};
pub use sums::{sum_columns, sum_columns_room};
pub use update::{UpdatePlan, Updated, adamw, clip};

use crate::memory::View;

/// The address of what may be there, or none.
fn address_of<T>(view: Option<View<'_, T>>) -> u64 {
    view.map_or(0, |view| view.address())
}

/// A size as kernels take it.
///
/// # Panics
/// Beyond two thousand millions, which no batch of texts reaches.
fn size(count: usize) -> i32 {
    assert!(
        count <= i32::MAX as usize,
        "sizes of kernels are 32-bit numbers"
    );
    count as i32
}
