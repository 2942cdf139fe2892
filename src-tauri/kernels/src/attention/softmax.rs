//! The element-wise part of attention on one row of scores.

use super::RowDropout;
use crate::math::exp;
use crate::simd::{LANES, highest_lane, multiply_add, simd, sum_lanes};

/// What a row of scores adds up to.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowSum {
    /// Of `exp(scale * scores - highest)`, before dropout.
    sum: f32,
    /// The highest scaled score.
    highest: f32,
}

impl RowSum {
    /// What the exponentials are multiplied by to become probabilities.
    pub(super) fn inverse(self) -> f32 {
        1.0 / self.sum
    }

    /// The log-sum-exp of the scaled scores.
    pub(super) fn log_sum(self) -> f32 {
        self.highest + self.sum.ln()
    }
}

simd! {
    /// Replaces a row of scores by `exp(scale * scores - highest)` after dropout. Divided by the
    /// sum before dropout these are the dropped probabilities; that is left to what is made of
    /// them, which is shorter.
    pub(super) fn softmax_row(row: &mut [f32], scale: f32, dropout: RowDropout) -> RowSum {
        // Whole chunks are arrays, so that all lanes stay in registers.
        let (chunks, rest) = row.as_chunks_mut::<LANES>();
        let mut highest = [f32::NEG_INFINITY; LANES];
        for chunk in &*chunks {
            for lane in 0..LANES {
                highest[lane] = if chunk[lane] > highest[lane] { chunk[lane] } else { highest[lane] };
            }
        }
        for (lane, value) in highest.iter_mut().zip(&*rest) {
            *lane = if *value > *lane { *value } else { *lane };
        }
        let highest = highest_lane(highest) * scale;
        let mut lanes = [0.0; LANES];
        let mut first = dropout.first;
        let drops = !dropout.dropout.is_none();
        for chunk in &mut *chunks {
            for lane in 0..LANES {
                chunk[lane] = exp::<FUSED>(multiply_add::<FUSED>(chunk[lane], scale, -highest));
                lanes[lane] += chunk[lane];
            }
            if drops {
                for (lane, value) in chunk.iter_mut().enumerate() {
                    *value *= dropout.dropout.factor(first.wrapping_add(lane as u32));
                }
                first = first.wrapping_add(LANES as u32);
            }
        }
        for (lane, (sum, value)) in lanes.iter_mut().zip(&mut *rest).enumerate() {
            *value = exp::<FUSED>(multiply_add::<FUSED>(*value, scale, -highest));
            *sum += *value;
            if drops {
                *value *= dropout.dropout.factor(first.wrapping_add(lane as u32));
            }
        }
        RowSum { sum: sum_lanes(lanes), highest }
    }

    /// On entry `scores` are raw and `gradient` is that of the dropped probabilities. On return
    /// `scores` holds the dropped probabilities and `gradient` that of the raw scores.
    /// `projection` is the sum of output times its gradient over the row.
    pub(super) fn softmax_row_backward(
        scores: &mut [f32],
        gradient: &mut [f32],
        scale: f32,
        log_sum: f32,
        projection: f32,
        dropout: RowDropout,
    ) {
        if dropout.dropout.is_none() {
            for (score, gradient) in scores.iter_mut().zip(gradient) {
                let probability = exp::<FUSED>(multiply_add::<FUSED>(*score, scale, -log_sum));
                *gradient = probability * (*gradient - projection) * scale;
                *score = probability;
            }
            return;
        }
        let mut first = dropout.first;
        let (chunks, rest) = scores.as_chunks_mut::<LANES>();
        let (slopes, slopes_rest) = gradient.as_chunks_mut::<LANES>();
        for (score, gradient) in chunks.iter_mut().zip(slopes) {
            for lane in 0..LANES {
                let scaled = multiply_add::<FUSED>(score[lane], scale, -log_sum);
                let probability = exp::<FUSED>(scaled);
                let kept = dropout.dropout.factor(first.wrapping_add(lane as u32));
                let slope = multiply_add::<FUSED>(gradient[lane], kept, -projection);
                gradient[lane] = probability * slope * scale;
                score[lane] = probability * kept;
            }
            first = first.wrapping_add(LANES as u32);
        }
        for (lane, (score, gradient)) in rest.iter_mut().zip(slopes_rest).enumerate() {
            let probability = exp::<FUSED>(multiply_add::<FUSED>(*score, scale, -log_sum));
            let kept = dropout.dropout.factor(first.wrapping_add(lane as u32));
            *gradient = probability * multiply_add::<FUSED>(*gradient, kept, -projection) * scale;
            *score = probability * kept;
        }
    }

    /// The inner product of two rows.
    pub(super) fn dot(left: &[f32], right: &[f32]) -> f32 {
        inner_product::<FUSED>(left, right)
    }

    /// The inner product of each row of two matrices, whose rows are `width` wide and `stride`
    /// apart.
    pub(super) fn dot_rows(
        products: &mut [f32],
        left: &[f32],
        right: &[f32],
        width: usize,
        stride: usize,
    ) {
        let rows = left.chunks(stride).zip(right.chunks(stride));
        for (product, (left, right)) in products.iter_mut().zip(rows) {
            *product = inner_product::<FUSED>(&left[..width], &right[..width]);
        }
    }

    /// `values *= factor`.
    pub(super) fn scale_values(values: &mut [f32], factor: f32) {
        for value in values {
            *value *= factor;
        }
    }

    /// `sum += factor * addend`.
    pub(super) fn add_scaled(sum: &mut [f32], factor: f32, addend: &[f32]) {
        for (sum, addend) in sum.iter_mut().zip(addend) {
            *sum = multiply_add::<FUSED>(factor, *addend, *sum);
        }
    }
}

#[inline(always)]
fn inner_product<const FUSED: bool>(left: &[f32], right: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    let (left, left_rest) = left.as_chunks::<LANES>();
    let (right, right_rest) = right.as_chunks::<LANES>();
    for (left, right) in left.iter().zip(right) {
        for lane in 0..LANES {
            lanes[lane] = multiply_add::<FUSED>(left[lane], right[lane], lanes[lane]);
        }
    }
    for (lane, (left, right)) in lanes.iter_mut().zip(left_rest.iter().zip(right_rest)) {
        *lane = multiply_add::<FUSED>(*left, *right, *lane);
    }
    sum_lanes(lanes)
}
