//! The operations of BERT as compositions that candle can differentiate. Its fused
//! `layer_norm` and `softmax_last_dim` stop the gradient without a word, and its
//! `binary_cross_entropy_with_logit` overflows, so none of them is used.

use candle_core::{D, Result, Tensor};

use crate::model::config::Activation;

/// `x * weight^T + bias`: shapes (rows, inputs), (outputs, inputs), (outputs) to (rows, outputs).
pub(super) fn dense(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    x.contiguous()?.matmul(&weight.t()?)?.broadcast_add(bias)
}

/// Layer normalisation (Ba, Kiros & Hinton 2016) of each row, with the variance taken from the
/// centred values.
pub(super) fn normalize(
    x: &Tensor,
    scale: &Tensor,
    shift: &Tensor,
    epsilon: f64,
) -> Result<Tensor> {
    let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
    let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
    centred
        .broadcast_div(&(variance + epsilon)?.sqrt()?)?
        .broadcast_mul(scale)?
        .broadcast_add(shift)
}

/// The softmax over the last dimension. The maximum is taken off as a constant, because the
/// result does not depend on it.
pub(super) fn softmax(scores: &Tensor) -> Result<Tensor> {
    let largest = scores.detach().max_keepdim(D::Minus1)?;
    let powers = scores.broadcast_sub(&largest)?.exp()?;
    powers.broadcast_div(&powers.sum_keepdim(D::Minus1)?)
}

/// The nonlinearity of the feed-forward block. Both forms of GELU (Hendrycks & Gimpel 2016) are
/// written out, because the derivatives of candle's own have constants of six digits.
pub(super) fn activate(x: &Tensor, activation: Activation) -> Result<Tensor> {
    match activation {
        Activation::Gelu => {
            let half_cumulative = ((x * std::f64::consts::FRAC_1_SQRT_2)?.erf()? + 1.0)?;
            (x * 0.5)? * half_cumulative
        }
        Activation::GeluTanh => {
            let root = (2.0 / std::f64::consts::PI).sqrt();
            let inner = ((x + ((x.sqr()? * x)? * 0.044_715)?)? * root)?;
            (x * 0.5)? * (inner.tanh()? + 1.0)?
        }
        // As a product, so that the derivative at 0 is 0 as in PyTorch; candle's is 1.
        Activation::Relu => x * x.gt(0.0)?.to_dtype(x.dtype())?,
    }
}

/// Binary cross-entropy with logits of every cell, shape (sequences, labels), with a weight a
/// label for the positive cells: `(1 - y) x + (1 + (w - 1) y) softplus(-x)`.
///
/// `softplus(-x) = m + log(exp(-m) + exp(-x - m))` with the constant `m = max(-x, 0)` never
/// overflows and has the right derivative everywhere, 0 included.
pub(super) fn cell_losses(
    logits: &Tensor,
    targets: &Tensor,
    positive_weights: &Tensor,
) -> Result<Tensor> {
    let negated = logits.neg()?;
    let floor = negated.detach().relu()?;
    let shifted = ((negated - &floor)?.exp()? + floor.neg()?.exp()?)?;
    let softplus = (shifted.log()? + floor)?;
    let boost = (targets.broadcast_mul(&(positive_weights - 1.0)?)? + 1.0)?;
    let negative_share = targets.affine(-1.0, 1.0)?;
    (negative_share * logits)? + (boost * softplus)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device, Var};

    /// The values of `f` at `at`, and the derivative of their sum.
    fn differentiate(at: &[f32], f: impl Fn(&Tensor) -> Result<Tensor>) -> (Vec<f32>, Vec<f32>) {
        let x = Var::from_slice(at, (1, at.len()), &Device::Cpu).unwrap();
        let y = f(x.as_tensor()).unwrap();
        let gradients = y.sum_all().unwrap().backward().unwrap();
        let slope = gradients.get(&x).unwrap();
        (
            y.flatten_all().unwrap().to_vec1().unwrap(),
            slope.flatten_all().unwrap().to_vec1().unwrap(),
        )
    }

    fn assert_near(found: &[f32], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (&a, &b) in found.iter().zip(expected) {
            assert!(
                (f64::from(a) - b).abs() <= 1e-6 * (1.0 + b.abs()),
                "{a} for {b}"
            );
        }
    }

    #[test]
    fn the_activations_and_their_slopes_have_the_values_of_their_formulas() {
        // Values and derivatives at -1, 0 and 2, computed with Python in f64.
        let at = [-1.0, 0.0, 2.0];
        let cases = [
            (
                Activation::Gelu,
                [-0.158_655_253_931_457, 0.0, 1.954_499_736_103_64],
                [-0.083_315_470_587_686_3, 0.5, 1.085_231_801_078_2],
            ),
            (
                Activation::GeluTanh,
                [-0.158_808_009_391_723, 0.0, 1.954_597_694_087_78],
                [-0.082_964_083_845_782_6, 0.5, 1.086_099_256_623_62],
            ),
            (Activation::Relu, [0.0, 0.0, 2.0], [0.0, 0.0, 1.0]),
        ];
        for (activation, values, slopes) in cases {
            let (found, slope) = differentiate(&at, |x| activate(x, activation));
            assert_near(&found, &values);
            assert_near(&slope, &slopes);
        }
    }

    #[test]
    fn the_loss_and_its_slope_are_right_at_zero_and_finite_at_100() {
        let at = [0.0, 0.0, 100.0, -100.0, 100.0, -100.0];
        let targets = Tensor::new(&[[1.0f32, 0.0, 0.0, 1.0, 1.0, 0.0]], &Device::Cpu).unwrap();
        let weights = Tensor::new(&[3.0f32, 1.0, 1.0, 1.0, 1.0, 1.0], &Device::Cpu).unwrap();
        let (losses, slopes) = differentiate(&at, |x| cell_losses(x, &targets, &weights));
        let half = std::f64::consts::LN_2;
        assert_near(&losses, &[3.0 * half, half, 100.0, 100.0, 0.0, 0.0]);
        assert_near(&slopes, &[-1.5, 0.5, 1.0, -1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_row_far_from_zero_is_normalised_without_cancellation() {
        let ones = Tensor::ones(4, DType::F32, &Device::Cpu).unwrap();
        let zeros = ones.zeros_like().unwrap();
        let at = [10_001.0, 10_002.0, 10_003.0, 10_004.0];
        let (found, slopes) = differentiate(&at, |x| normalize(x, &ones, &zeros, 1e-12));
        let step = 2.0 / 5f64.sqrt();
        assert_near(&found, &[-1.5 * step, -0.5 * step, 0.5 * step, 1.5 * step]);
        assert_near(&slopes, &[0.0; 4]);
    }

    #[test]
    fn softmax_passes_the_gradient_and_survives_large_scores() {
        let (found, _) = differentiate(&[1000.0, 1000.0, -1e30], softmax);
        assert_near(&found, &[0.5, 0.5, 0.0]);
        let picked = |x: &Tensor| softmax(x)?.narrow(1, 0, 1);
        let (_, slopes) = differentiate(&[0.0, 3f32.ln()], picked);
        assert_near(&slopes, &[0.1875, -0.1875]);
    }
}
