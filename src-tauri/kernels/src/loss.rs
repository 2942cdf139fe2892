//! Binary cross-entropy with logits, in the form that never overflows.

/// The loss of a batch and the gradient of its logits, as one value a (row, label) cell:
/// `max(x, 0) - x*y + log(1 + exp(-|x|))`, with the gradient `sigmoid(x) - y`. With a weight w
/// for the positive cells of a label (PyTorch's `pos_weight`) the loss is
/// `(1 - y) x + (1 + (w - 1) y) (log(1 + exp(-|x|)) + max(-x, 0))`.
///
/// `logits`, `targets` and `gradient` have the shape (rows, labels), `positive_weights` the shape
/// (labels). Each cell is multiplied with `cell_weight` (1 / cells of the whole batch for the
/// mean). Returns the sum in `f64`.
///
/// # Panics
/// When the shapes do not fit together.
pub fn binary_cross_entropy(
    logits: &[f32],
    targets: &[f32],
    positive_weights: &[f32],
    cell_weight: f32,
    gradient: &mut [f32],
) -> f64 {
    let labels = positive_weights.len();
    assert!(
        labels > 0 && logits.len().is_multiple_of(labels),
        "rows must be whole"
    );
    assert!(
        targets.len() == logits.len() && gradient.len() == logits.len(),
        "one target a logit"
    );
    let mut total = 0.0;
    for (index, ((&logit, &target), slope)) in logits.iter().zip(targets).zip(gradient).enumerate()
    {
        let (x, y) = (f64::from(logit), f64::from(target));
        let weight = f64::from(positive_weights[index % labels]);
        let boost = 1.0 + (weight - 1.0) * y;
        let decay = (-x.abs()).exp();
        total += (1.0 - y) * x + boost * (decay.ln_1p() + (-x).max(0.0));
        let sigmoid = sigmoid(x);
        *slope = (((1.0 - y) - boost * (1.0 - sigmoid)) * f64::from(cell_weight)) as f32;
    }
    total * f64::from(cell_weight)
}

/// `1 / (1 + exp(-x))` without overflow.
pub fn sigmoid(x: f64) -> f64 {
    let decay = (-x.abs()).exp();
    if x >= 0.0 {
        1.0 / (1.0 + decay)
    } else {
        decay / (1.0 + decay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_gradient, pseudo_random, widen};

    #[test]
    fn the_loss_is_finite_at_a_logit_of_100_on_the_wrong_side() {
        let mut gradient = [0.0; 4];
        let logits = [100.0, -100.0, 100.0, -100.0];
        let loss =
            binary_cross_entropy(&logits, &[0.0, 1.0, 1.0, 0.0], &[1.0], 0.25, &mut gradient);
        assert!((loss - 50.0).abs() < 1e-9);
        assert_eq!(gradient, [0.25, -0.25, 0.0, 0.0].map(|g: f32| g));
    }

    #[test]
    fn the_gradient_is_that_of_the_loss_with_and_without_weights() {
        let logits: Vec<f32> = pseudo_random(60, 3).iter().map(|x| 5.0 * x).collect();
        let targets: Vec<f32> = pseudo_random(60, 4)
            .iter()
            .map(|&x| if x > 0.0 { 1.0 } else { 0.0 })
            .collect();
        for weights in [[1.0, 1.0, 1.0], [0.5, 3.0, 1.0]] {
            let mut gradient = vec![0.0; 60];
            binary_cross_entropy(&logits, &targets, &weights, 1.0, &mut gradient);
            assert_gradient(&widen(&logits), &gradient, 1e-6, |at| {
                at.iter()
                    .zip(&targets)
                    .enumerate()
                    .map(|(index, (&x, &y))| {
                        let probability = 1.0 / (1.0 + (-x).exp());
                        let positive = f64::from(weights[index % 3] * y) * probability.ln();
                        -(positive + f64::from(1.0 - y) * (1.0 - probability).ln())
                    })
                    .sum()
            });
        }
    }
}
