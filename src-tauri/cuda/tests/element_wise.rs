//! Normalisation, nonlinearities, sums over columns and AdamW, against the processor's kernels.

use std::ptr::{null, null_mut};

use kernels::activation::{self, Nonlinearity};
use kernels::layer_norm::{Norm, NormGradients, NormRead, NormSaved};
use kernels::matrix::Write;
use proptest::prelude::*;

use crate::host::{kernels, launch};
use crate::numbers::{BFloat16, Memory, Value, pseudo_random};

/// `Dropout` in `values.cuh`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dropout {
    first_key: u32,
    second_key: u32,
    threshold: u32,
    scale: f32,
}

impl From<kernels::dropout::Dropout> for Dropout {
    fn from(dropout: kernels::dropout::Dropout) -> Self {
        let kernels::dropout::Counter {
            keys: [first_key, second_key],
            threshold,
            scale,
        } = dropout.counter();
        Self {
            first_key,
            second_key,
            threshold,
            scale,
        }
    }
}

/// `ResidualNorm` in `layer_norm.cu`.
#[repr(C)]
struct ResidualNorm<V> {
    output: *mut V,
    normalized: *mut V,
    inverse_deviation: *mut f32,
    input: *const V,
    residual: *const V,
    bias: *const f32,
    scale: *const f32,
    shift: *const f32,
    dropout: Dropout,
    epsilon: f32,
    rows: i32,
    width: i32,
}

/// `ResidualNormGradient` in `layer_norm.cu`.
#[repr(C)]
struct ResidualNormGradient<V> {
    gradient: *mut V,
    input_gradient: *mut V,
    normalized: *const V,
    inverse_deviation: *const f32,
    scale: *const f32,
    dropout: Dropout,
    rows: i32,
    width: i32,
}

/// `ColumnSums` in `column_sums.cu`.
#[repr(C)]
struct ColumnSums<V> {
    partial: *mut f32,
    values: *const V,
    factors: *const V,
    rows: i32,
    width: i32,
}

/// `BlockSums` in `column_sums.cu`.
#[repr(C)]
struct BlockSums {
    sums: *mut f32,
    partial: *const f32,
    blocks: i32,
    width: i32,
    accumulate: i32,
}

/// `Activation` in `activation.cu`.
#[repr(C)]
struct Activation<V> {
    activated: *mut V,
    gradient: *mut V,
    values: *const V,
    count: u64,
    nonlinearity: i32,
}

/// `AdamW` in `adamw.cu`.
#[repr(C)]
struct AdamW {
    parameters: *mut f32,
    first_moments: *mut f32,
    second_moments: *mut f32,
    gradients: *const f32,
    rounded: *mut BFloat16,
    gradient_scale: *const f32,
    count: u64,
    step_size: f32,
    root_correction: f32,
    kept: f32,
    first_share: f32,
    second_kept: f32,
    second_share: f32,
    epsilon: f32,
}

/// The sums over the columns of `values`, or of `values * factors`, (rows, width).
fn column_sums<V: Value>(
    values: &Memory<V>,
    factors: Option<&Memory<V>>,
    width: usize,
) -> Memory<f32> {
    let kernels = kernels().unwrap();
    let rows = values.values().len() / width;
    let blocks = rows.div_ceil(64);
    let mut partial = Memory::<f32>::of(&vec![7.0; blocks * width]);
    let sums = ColumnSums {
        partial: partial.pointer_mut(),
        values: values.pointer(),
        factors: factors.map_or(null(), Memory::pointer),
        rows: rows as i32,
        width: width as i32,
    };
    let name = format!("column_sums_{}", V::NAME);
    let mut result = Memory::<f32>::of(&vec![1.0; width]);
    // SAFETY: the shapes are those of the memory.
    unsafe { launch(kernels, &name, (width.div_ceil(128), blocks), 256, &sums) };
    for accumulate in [0, 1] {
        let sums = BlockSums {
            sums: result.pointer_mut(),
            partial: partial.pointer(),
            blocks: blocks as i32,
            width: width as i32,
            accumulate,
        };
        // SAFETY: as above.
        unsafe {
            launch(
                kernels,
                "add_block_sums",
                (width.div_ceil(256), 1),
                256,
                &sums,
            )
        };
    }
    // Written once and added once.
    let halves: Vec<f32> = result.numbers().iter().map(|sum| sum / 2.0).collect();
    Memory::of(&halves)
}

fn check_norm<V: Value>(rows: usize, width: usize, rate: f32, seed: u64) {
    let Some(kernels) = kernels() else { return };
    let dropout = kernels::dropout::Dropout::new(seed, 3, 5, rate);
    let (input, residual) = (
        Memory::<V>::random(rows * width, seed),
        Memory::<V>::random(rows * width, seed ^ 1),
    );
    let vectors = [2, 3, 4].map(|salt| Memory::<f32>::random(width, seed ^ salt));
    let [bias, scale, shift] = &vectors;
    let nothing = vec![0.0; rows * width];
    let (mut output, mut normalized) = (Memory::<V>::of(&nothing), Memory::<V>::of(&nothing));
    let mut inverse = Memory::<f32>::of(&vec![0.0; rows]);
    let norm = ResidualNorm {
        output: output.pointer_mut(),
        normalized: normalized.pointer_mut(),
        inverse_deviation: inverse.pointer_mut(),
        input: input.pointer(),
        residual: residual.pointer(),
        bias: bias.pointer(),
        scale: scale.pointer(),
        shift: shift.pointer(),
        dropout: dropout.into(),
        epsilon: 1e-12,
        rows: rows as i32,
        width: width as i32,
    };
    let grid = (rows.div_ceil(4), 1);
    // SAFETY: the shapes are those of the memory.
    unsafe {
        launch(
            kernels,
            &format!("residual_norm_{}", V::NAME),
            grid,
            128,
            &norm,
        )
    };
    let (mut expected, mut of_normalized) = (nothing.clone(), nothing.clone());
    let mut of_inverse = vec![0.0; rows];
    kernels::layer_norm::residual_layer_norm(
        &mut expected,
        &input.numbers(),
        bias.values(),
        &residual.numbers(),
        dropout,
        Norm {
            scale: scale.values(),
            shift: shift.values(),
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

    let mut gradient = Memory::<V>::random(rows * width, seed ^ 6);
    let before = gradient.clone();
    let mut input_gradient = Memory::<V>::of(&nothing);
    let shift_sums = column_sums(&gradient, None, width);
    let scale_sums = column_sums(&gradient, Some(&normalized), width);
    let norm = ResidualNormGradient {
        gradient: gradient.pointer_mut(),
        input_gradient: input_gradient.pointer_mut(),
        normalized: normalized.pointer(),
        inverse_deviation: inverse.pointer(),
        scale: scale.pointer(),
        dropout: dropout.into(),
        rows: rows as i32,
        width: width as i32,
    };
    let name = format!("residual_norm_gradient_{}", V::NAME);
    // SAFETY: as above.
    unsafe { launch(kernels, &name, grid, 128, &norm) };
    let (mut slope, mut of_input) = (before.numbers(), nothing);
    let [mut of_scale, mut of_shift, mut of_bias] = [(); 3].map(|()| vec![0.0; width]);
    kernels::layer_norm::residual_layer_norm_backward(
        &mut slope,
        &mut of_input,
        NormRead {
            normalized: &normalized.numbers(),
            inverse_deviation: inverse.values(),
        },
        scale.values(),
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
    let Some(kernels) = kernels() else { return };
    let count = 4 * fours;
    let wide: Vec<f32> = pseudo_random(count, seed).iter().map(|x| 4.0 * x).collect();
    let (values, mut gradient) = (Memory::<V>::of(&wide), Memory::<V>::random(count, seed ^ 1));
    let (mut slope, mut expected) = (gradient.numbers(), vec![0.0; count]);
    let number = match nonlinearity {
        Nonlinearity::Gelu => 0,
        Nonlinearity::GeluTanh => 1,
        Nonlinearity::Relu => 2,
    };
    for forward in [true, false] {
        let mut activated = Memory::<V>::of(&vec![0.0; count]);
        let argument = Activation {
            activated: activated.pointer_mut(),
            gradient: if forward {
                null_mut()
            } else {
                gradient.pointer_mut()
            },
            values: values.pointer(),
            count: count as u64,
            nonlinearity: number,
        };
        let name = format!("activation_{}", V::NAME);
        // SAFETY: the counts are those of the memory.
        unsafe { launch(kernels, &name, (count.div_ceil(1024), 1), 256, &argument) };
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
    let Some(kernels) = kernels() else { return };
    const COUNT: usize = 1_000;
    let mut parameters = Memory::<f32>::random(COUNT, 1);
    let [mut first, mut second] = [(); 2].map(|()| Memory::<f32>::of(&[0.0; COUNT]));
    let mut rounded = Memory::<BFloat16>::of(&[0.0; COUNT]);
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
            gradients.values(),
            &mut of_first,
            &mut of_second,
        );
        let corrections = [0.9f64, 0.999].map(|beta| 1.0 - beta.powf(step as f64));
        let update = AdamW {
            parameters: parameters.pointer_mut(),
            first_moments: first.pointer_mut(),
            second_moments: second.pointer_mut(),
            gradients: gradients.pointer(),
            rounded: rounded.pointer_mut(),
            gradient_scale: gradient_scale.pointer(),
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
        unsafe { launch(kernels, "adamw", (COUNT.div_ceil(256), 1), 256, &update) };
    }
    parameters.assert_close(&expected, 1e-6);
    first.assert_close(&of_first, 1e-6);
    second.assert_close(&of_second, 1e-6);
    let nearest = Memory::<BFloat16>::of(&parameters.numbers());
    assert_eq!(rounded.values(), nearest.values());
}
