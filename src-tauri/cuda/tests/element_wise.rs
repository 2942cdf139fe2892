//! Normalisation, nonlinearities, sums over columns and AdamW, against the processor's kernels.

use cuda::BFloat16;
use cuda::arguments::{
    ACTIVATION_BF16, ACTIVATION_F32, ADAMW, ADD_BLOCK_SUMS, Activation, AdamW, BlockSums,
    COLUMN_SUMS_BF16, COLUMN_SUMS_F32, ColumnSums, RESIDUAL_NORM_BF16, RESIDUAL_NORM_F32,
    RESIDUAL_NORM_GRADIENT_BF16, RESIDUAL_NORM_GRADIENT_F32, ResidualNorm, ResidualNormGradient,
};
use kernels::activation::{self, Nonlinearity};
use kernels::layer_norm::{Norm, NormGradients, NormRead, NormSaved};
use kernels::matrix::Write;
use proptest::prelude::*;

use crate::host::{device, run};
use crate::numbers::{Memory, Value, pseudo_random};

/// The sums over the columns of `values`, or of `values * factors`, (rows, width).
fn column_sums<V: Value>(
    values: &Memory<V>,
    factors: Option<&Memory<V>>,
    width: usize,
) -> Memory<f32> {
    let rows = values.values().len() / width;
    let blocks = rows.div_ceil(64);
    let partial = Memory::<f32>::of(&vec![7.0; blocks * width]);
    let sums = ColumnSums {
        partial: partial.address(),
        values: values.address(),
        factors: factors.map_or(0, Memory::address),
        rows: rows as i32,
        width: width as i32,
    };
    let kernel = V::kernel(COLUMN_SUMS_F32, COLUMN_SUMS_BF16);
    let result = Memory::<f32>::of(&vec![1.0; width]);
    // SAFETY: the shapes are those of the memory.
    unsafe { run(&kernel, (width.div_ceil(128), blocks), &sums) };
    for accumulate in [0, 1] {
        let sums = BlockSums {
            sums: result.address(),
            partial: partial.address(),
            blocks: blocks as i32,
            width: width as i32,
            accumulate,
        };
        // SAFETY: as above.
        unsafe { run(&ADD_BLOCK_SUMS, (width.div_ceil(256), 1), &sums) };
    }
    // Written once and added once.
    let halves: Vec<f32> = result.numbers().iter().map(|sum| sum / 2.0).collect();
    Memory::of(&halves)
}

fn check_norm<V: Value>(rows: usize, width: usize, rate: f32, seed: u64) {
    if device().is_none() {
        return;
    }
    let dropout = kernels::dropout::Dropout::new(seed, 3, 5, rate);
    let (input, residual) = (
        Memory::<V>::random(rows * width, seed),
        Memory::<V>::random(rows * width, seed ^ 1),
    );
    let vectors = [2, 3, 4].map(|salt| Memory::<f32>::random(width, seed ^ salt));
    let [bias, scale, shift] = &vectors;
    let nothing = vec![0.0; rows * width];
    let (output, normalized) = (Memory::<V>::of(&nothing), Memory::<V>::of(&nothing));
    let inverse = Memory::<f32>::of(&vec![0.0; rows]);
    let norm = ResidualNorm {
        output: output.address(),
        normalized: normalized.address(),
        inverse_deviation: inverse.address(),
        input: input.address(),
        residual: residual.address(),
        bias: bias.address(),
        scale: scale.address(),
        shift: shift.address(),
        dropout: dropout.into(),
        epsilon: 1e-12,
        rows: rows as i32,
        width: width as i32,
    };
    let grid = (rows.div_ceil(4), 1);
    // SAFETY: the shapes are those of the memory.
    unsafe {
        run(
            &V::kernel(RESIDUAL_NORM_F32, RESIDUAL_NORM_BF16),
            grid,
            &norm,
        );
    };
    let (mut expected, mut of_normalized) = (nothing.clone(), nothing.clone());
    let mut of_inverse = vec![0.0; rows];
    kernels::layer_norm::residual_layer_norm(
        &mut expected,
        &input.numbers(),
        &bias.values(),
        &residual.numbers(),
        dropout,
        Norm {
            scale: &scale.values(),
            shift: &shift.values(),
            epsilon: 1e-12,
        },
        NormSaved {
            normalized: &mut of_normalized,
            inverse_deviation: &mut of_inverse,
        },
    );
    output.assert_close(&expected, 2.0 * V::TOLERANCE);
    normalized.assert_close(&of_normalized, V::TOLERANCE);
    inverse.assert_close(&of_inverse, 1e-5);

    let gradient = Memory::<V>::random(rows * width, seed ^ 6);
    let before = gradient.numbers();
    let input_gradient = Memory::<V>::of(&nothing);
    let shift_sums = column_sums(&gradient, None, width);
    let scale_sums = column_sums(&gradient, Some(&normalized), width);
    let norm = ResidualNormGradient {
        gradient: gradient.address(),
        input_gradient: input_gradient.address(),
        normalized: normalized.address(),
        inverse_deviation: inverse.address(),
        scale: scale.address(),
        dropout: dropout.into(),
        rows: rows as i32,
        width: width as i32,
    };
    let kernel = V::kernel(RESIDUAL_NORM_GRADIENT_F32, RESIDUAL_NORM_GRADIENT_BF16);
    // SAFETY: as above.
    unsafe { run(&kernel, grid, &norm) };
    let (mut slope, mut of_input) = (before, nothing);
    let [mut of_scale, mut of_shift, mut of_bias] = [(); 3].map(|()| vec![0.0; width]);
    kernels::layer_norm::residual_layer_norm_backward(
        &mut slope,
        &mut of_input,
        NormRead {
            normalized: &normalized.numbers(),
            inverse_deviation: &inverse.values(),
        },
        &scale.values(),
        dropout,
        NormGradients {
            scale: &mut of_scale,
            shift: &mut of_shift,
            write: Write::Overwrite,
        },
        &mut of_bias,
    );
    gradient.assert_close(&slope, V::TOLERANCE);
    input_gradient.assert_close(&of_input, V::TOLERANCE);
    shift_sums.assert_close(&of_shift, 1e-4);
    scale_sums.assert_close(&of_scale, 1e-4);
    // What was rounded is added up, so the error grows as a random walk does.
    let bias_sums = column_sums(&input_gradient, None, width);
    bias_sums.assert_close(&of_bias, V::TOLERANCE * (rows as f64).sqrt() + 1e-4);
}

fn check_activation<V: Value>(fours: usize, nonlinearity: Nonlinearity, seed: u64) {
    if device().is_none() {
        return;
    }
    let count = 4 * fours;
    let wide: Vec<f32> = pseudo_random(count, seed).iter().map(|x| 4.0 * x).collect();
    let (values, gradient) = (Memory::<V>::of(&wide), Memory::<V>::random(count, seed ^ 1));
    let (mut slope, mut expected) = (gradient.numbers(), vec![0.0; count]);
    let number = match nonlinearity {
        Nonlinearity::Gelu => 0,
        Nonlinearity::GeluTanh => 1,
        Nonlinearity::Relu => 2,
    };
    for forward in [true, false] {
        let activated = Memory::<V>::of(&vec![0.0; count]);
        let argument = Activation {
            activated: activated.address(),
            gradient: if forward { 0 } else { gradient.address() },
            values: values.address(),
            count: count as u64,
            nonlinearity: number,
        };
        let kernel = V::kernel(ACTIVATION_F32, ACTIVATION_BF16);
        // SAFETY: the counts are those of the memory.
        unsafe { run(&kernel, (count.div_ceil(1024), 1), &argument) };
        activation::apply(nonlinearity, &mut expected, &values.numbers());
        activated.assert_close(&expected, V::TOLERANCE);
    }
    let mut bias = vec![0.0; count];
    activation::apply_backward(
        nonlinearity,
        &mut expected,
        &mut slope,
        &values.numbers(),
        &mut bias,
        Write::Overwrite,
    );
    gradient.assert_close(&slope, V::TOLERANCE);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn normalisation_and_its_gradients_are_those_of_the_processor(
        rows in 1usize..150, fours in 1usize..257, drops: bool, seed: u64,
    ) {
        let rate = if drops { 0.1 } else { 0.0 };
        // A row of four values may have next to no deviation, which magnifies what is rounded.
        let width = 4 * fours.max(4);
        check_norm::<f32>(rows, width, rate, seed);
        check_norm::<BFloat16>(rows, width, rate, seed);
    }

    #[test]
    fn nonlinearities_and_their_gradients_are_those_of_the_processor(
        fours in 1usize..600, which in 0usize..3, seed: u64,
    ) {
        let nonlinearity = [Nonlinearity::Gelu, Nonlinearity::GeluTanh, Nonlinearity::Relu][which];
        check_activation::<f32>(fours, nonlinearity, seed);
        check_activation::<BFloat16>(fours, nonlinearity, seed);
    }
}

#[test]
fn ten_updates_of_adamw_are_those_of_the_processor() {
    if device().is_none() {
        return;
    }
    const COUNT: usize = 1_000;
    let parameters = Memory::<f32>::random(COUNT, 1);
    let [first, second] = [(); 2].map(|()| Memory::<f32>::of(&[0.0; COUNT]));
    let rounded = Memory::<BFloat16>::of(&[0.0; COUNT]);
    let mut expected = parameters.numbers();
    let (mut of_first, mut of_second) = (vec![0.0; COUNT], vec![0.0; COUNT]);
    let gradient_scale = Memory::<f32>::of(&[0.5]);
    for step in 1..=10 {
        let gradients = Memory::<f32>::random(COUNT, 100 + step);
        let settings = kernels::adamw::AdamW {
            learning_rate: 1e-2,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.01,
            step,
            gradient_scale: 0.5,
        };
        kernels::adamw::update(
            settings,
            &mut expected,
            &gradients.values(),
            &mut of_first,
            &mut of_second,
        );
        let corrections = [0.9f64, 0.999].map(|beta| 1.0 - beta.powf(step as f64));
        let update = AdamW {
            parameters: parameters.address(),
            first_moments: first.address(),
            second_moments: second.address(),
            gradients: gradients.address(),
            rounded: rounded.address(),
            gradient_scale: gradient_scale.address(),
            count: COUNT as u64,
            step_size: (f64::from(1e-2f32) / corrections[0]) as f32,
            root_correction: (1.0 / corrections[1].sqrt()) as f32,
            kept: (1.0 - f64::from(1e-2f32) * f64::from(0.01f32)) as f32,
            first_share: 0.1,
            second_kept: 0.999,
            second_share: (1.0 - 0.999f64) as f32,
            epsilon: 1e-8,
        };
        // SAFETY: all buffers have this many values.
        unsafe { run(&ADAMW, (COUNT.div_ceil(256), 1), &update) };
    }
    parameters.assert_close(&expected, 1e-6);
    first.assert_close(&of_first, 1e-6);
    second.assert_close(&of_second, 1e-6);
    let nearest = Memory::<BFloat16>::of(&parameters.numbers());
    assert_eq!(rounded.values(), nearest.values());
}
