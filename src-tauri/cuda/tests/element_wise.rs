//! Normalisation, nonlinearities, sums over columns and AdamW, against the processor's kernels.

use cuda::BFloat16;
use cuda::operations::{self, UpdatePlan, Updated, adamw, clip};
use kernels::activation::{self, Nonlinearity};
use kernels::layer_norm::{Norm, NormGradients, NormRead, NormSaved};
use kernels::matrix::Write;
use proptest::prelude::*;

use crate::host::device;
use crate::numbers::{Memory, Value, pseudo_random};

fn check_norm<V: Value>(rows: usize, width: usize, rate: f32, seed: u64) {
    let Some(device) = device() else { return };
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
    operations::residual_layer_norm(
        &device,
        output.view_mut(),
        input.view(),
        (bias.view(), residual.view()),
        dropout,
        operations::Norm {
            scale: scale.view(),
            shift: shift.view(),
            epsilon: 1e-12,
        },
        operations::NormSaved {
            normalized: normalized.view_mut(),
            inverse_deviation: inverse.view_mut(),
        },
    )
    .unwrap();
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

    let mut gradient = Memory::<V>::random(rows * width, seed ^ 6);
    let before = gradient.numbers();
    let mut input_gradient = Memory::<V>::of(&nothing);
    let there = vec![1.0; width];
    let [mut scale_sums, mut shift_sums, mut bias_sums] = [(); 3].map(|()| Memory::of(&there));
    operations::residual_layer_norm_backward(
        &device,
        gradient.view_mut(),
        input_gradient.view_mut(),
        operations::NormRead {
            normalized: normalized.view(),
            inverse_deviation: inverse.view(),
        },
        scale.view(),
        dropout,
        operations::NormGradients {
            scale: scale_sums.view_mut(),
            shift: shift_sums.view_mut(),
            write: operations::Write::Accumulate,
        },
        bias_sums.view_mut(),
        &mut device.memory(0).unwrap(),
    )
    .unwrap();
    let (mut slope, mut of_input) = (before, nothing);
    let [mut of_scale, mut of_shift, mut of_bias] = [(); 3].map(|()| there.clone());
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
            write: Write::Accumulate,
        },
        &mut of_bias,
    );
    gradient.assert_close(&slope, V::TOLERANCE);
    input_gradient.assert_close(&of_input, V::TOLERANCE);
    shift_sums.assert_close(&of_shift, 1e-4);
    scale_sums.assert_close(&of_scale, 1e-4);
    bias_sums.assert_close(&of_bias, 1e-4);
}

fn check_activation<V: Value>(rows: usize, width: usize, nonlinearity: Nonlinearity, seed: u64) {
    let Some(device) = device() else { return };
    let count = rows * width;
    let wide: Vec<f32> = pseudo_random(count, seed).iter().map(|x| 4.0 * x).collect();
    let (values, mut gradient) = (Memory::<V>::of(&wide), Memory::<V>::random(count, seed ^ 1));
    let (mut slope, mut expected) = (gradient.numbers(), vec![0.0; count]);
    activation::apply(nonlinearity, &mut expected, &values.numbers());
    let mut activated = Memory::<V>::of(&vec![9.0; count]);
    operations::activate(&device, nonlinearity, activated.view_mut(), values.view()).unwrap();
    activated.assert_close(&expected, V::TOLERANCE);

    let mut activated = Memory::<V>::of(&vec![9.0; count]);
    let there = vec![1.0; width];
    let mut bias_sums = Memory::<f32>::of(&there);
    operations::activate_backward(
        &device,
        nonlinearity,
        activated.view_mut(),
        gradient.view_mut(),
        values.view(),
        bias_sums.view_mut(),
        operations::Write::Accumulate,
        &mut device.memory(0).unwrap(),
    )
    .unwrap();
    let mut of_bias = there;
    activation::apply_backward(
        nonlinearity,
        &mut expected,
        &mut slope,
        &values.numbers(),
        &mut of_bias,
        Write::Accumulate,
    );
    activated.assert_close(&expected, V::TOLERANCE);
    gradient.assert_close(&slope, V::TOLERANCE);
    bias_sums.assert_close(&of_bias, 1e-4);
}

fn check_sums<V: Value>(rows: usize, width: usize, seed: u64) {
    let Some(device) = device() else { return };
    let values = Memory::<V>::random(rows * width, seed);
    let mut sums = Memory::<f32>::of(&vec![1.0; width]);
    let partial = &mut device.memory(0).unwrap();
    for (write, there) in [
        (operations::Write::Overwrite, 0.0),
        (operations::Write::Accumulate, 1.0),
    ] {
        operations::sum_columns(&device, sums.view_mut(), values.view(), write, partial).unwrap();
        let mut expected = vec![0.0; width];
        for row in values.numbers().chunks_exact(width) {
            expected
                .iter_mut()
                .zip(row)
                .for_each(|(sum, value)| *sum += f64::from(*value));
        }
        let expected: Vec<f64> = expected.iter().map(|sum| sum * (1.0 + there)).collect();
        sums.assert_close(&expected, 1e-4);
    }
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
        rows in 1usize..150, fours in 1usize..80, which in 0usize..3, seed: u64,
    ) {
        let nonlinearity = [Nonlinearity::Gelu, Nonlinearity::GeluTanh, Nonlinearity::Relu][which];
        check_activation::<f32>(rows, 4 * fours, nonlinearity, seed);
        check_activation::<BFloat16>(rows, 4 * fours, nonlinearity, seed);
    }

    #[test]
    fn sums_over_rows_are_those_of_their_definition(rows in 1usize..300, fours in 1usize..80, seed: u64) {
        check_sums::<f32>(rows, 4 * fours, seed);
        check_sums::<BFloat16>(rows, 4 * fours, seed);
    }
}

#[test]
fn normalisation_of_so_many_rows_that_blocks_take_more_of_them_is_that_of_the_processor() {
    check_norm::<f32>(8_200, 16, 0.1, 5);
    check_norm::<BFloat16>(8_200, 16, 0.1, 5);
}

/// Two groups that lie apart, with a frozen stretch between them and a length that is no multiple of four.
const GROUPS: [std::ops::Range<usize>; 3] = [0..1_100, 2_000..2_300, 2_300..4_007];
const PARAMETERS: usize = 4_007;

#[test]
fn ten_updates_of_adamw_with_clipping_and_averaging_are_those_of_the_processor() {
    let Some(device) = device() else { return };
    let mut expected = pseudo_random(PARAMETERS, 1);
    let mut parameters = device.upload(&expected).unwrap();
    let mut average = device.upload(&expected).unwrap();
    let mut first = device.upload(&[0.0; PARAMETERS]).unwrap();
    let mut second = device.upload(&[0.0; PARAMETERS]).unwrap();
    let mut rounded = device.memory::<BFloat16>(PARAMETERS).unwrap();
    let mut of_average = expected.clone();
    let (mut of_first, mut of_second) = (vec![0.0; PARAMETERS], vec![0.0; PARAMETERS]);
    let ranges = GROUPS.map(|range| (range.clone(), usize::from(range.start == 2_000)));
    let mut plan = UpdatePlan::new(&device, &ranges).unwrap();
    let mut results = device.upload(&[0.0f32, 0.0]).unwrap();
    for step in 1..=10u64 {
        let gradients = pseudo_random(PARAMETERS, 100 + step);
        // The first updates are clipped, the others are not.
        let limit = if step <= 5 { 0.5 } else { 1e4 };
        let squares = GROUPS.map(|range| kernels::adamw::sum_of_squares(&gradients[range]));
        let norm = squares.iter().sum::<f64>().sqrt();
        let settings = |group: usize| kernels::adamw::AdamW {
            learning_rate: [1e-2, 3e-3][group],
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: [0.01, 0.0][group],
            step,
            gradient_scale: (limit / (norm + 1e-6)).min(1.0) as f32,
        };
        for (range, group) in ranges.clone() {
            kernels::adamw::update(
                settings(group),
                &mut expected[range.clone()],
                &gradients[range.clone()],
                &mut of_first[range.clone()],
                &mut of_second[range],
            );
        }
        for (average, value) in of_average.iter_mut().zip(&expected) {
            *average += 0.25 * (value - *average);
        }
        let on_card = device.upload(&gradients).unwrap();
        let view = on_card.view(PARAMETERS);
        clip(
            &device,
            &mut plan,
            view,
            results.part_mut(1..2),
            limit as f32,
        )
        .unwrap();
        let updated = Updated {
            parameters: parameters.view_mut(PARAMETERS),
            first_moments: first.view_mut(PARAMETERS),
            second_moments: second.view_mut(PARAMETERS),
            gradients: view,
            rounded: Some(rounded.view_mut(PARAMETERS)),
            average: Some((average.view_mut(PARAMETERS), 0.25)),
        };
        adamw(&device, &plan, updated, &[settings(0), settings(1)]).unwrap();
        let found = results.read_later(2).unwrap().values().unwrap()[1];
        assert!(
            (f64::from(found) - norm).abs() < 1e-5 * norm,
            "{found} {norm}"
        );
    }
    let mut found = [0.0; PARAMETERS];
    let mut assert_close = |memory: &cuda::Memory<f32>, expected: &[f32]| {
        memory.read(&mut found).unwrap();
        let pairs = found.iter().zip(expected);
        let worst = pairs.map(|(found, expected)| (found - expected).abs());
        assert!(worst.fold(0.0, f32::max) < 1e-6);
    };
    assert_close(&average, &of_average);
    assert_close(&first, &of_first);
    assert_close(&second, &of_second);
    assert_close(&parameters, &expected);
    // Frozen parameters are not touched, nor rounded anew.
    let mut bits = vec![BFloat16(7); PARAMETERS];
    rounded.read(&mut bits).unwrap();
    for range in GROUPS {
        let nearest = found[range.clone()]
            .iter()
            .map(|&value| BFloat16::nearest(value));
        assert_eq!(bits[range], nearest.collect::<Vec<_>>());
    }
}
