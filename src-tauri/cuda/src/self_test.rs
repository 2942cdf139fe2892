//! Whether a card computes what it should: products, an attention and an update, with known results. A
//! driver that compiles the kernels wrongly, or a card with damaged memory, is found before it spoils a model.

use crate::arguments::{
    ADAMW, ADD_PARTS, ATTENTION_32, Attention, AttentionBlock, Dropout, MULTIPLY_FORWARD,
    MULTIPLY_INPUT_GRADIENT, Product,
};
use crate::device::Device;
use crate::error::CudaError;
use crate::memory::{Memory, copy};
use crate::operations::{
    NormGradients, NormRead, UpdatePlan, Updated, Write, adamw, clip, dense_weight_gradient,
    residual_layer_norm_backward,
};
use crate::stored::{BFloat16, Stored};

/// Computes on the card and compares.
///
/// # Errors
/// When a result is wrong, or the card cannot be used.
pub fn check(device: &Device) -> Result<(), CudaError> {
    check_products(device)?;
    check_attention(device)?;
    // The widths for which there are kernels that a small model does not use.
    for width in [768, 1_024] {
        check_norm::<f32>(device, width, 1e-4)?;
        check_norm::<BFloat16>(device, width, 1.0 / 128.0)?;
    }
    check_update(device)
}

/// Small whole numbers, so that products and sums of them are exact in every order.
fn whole(index: usize) -> f32 {
    (index * 7 % 11) as f32 - 5.0
}

/// A whole number below 256 has no digits in the lower half of its bits.
fn to_bfloat16(value: f32) -> BFloat16 {
    BFloat16((value.to_bits() >> 16) as u16)
}

fn to_single(value: BFloat16) -> f32 {
    f32::from_bits(u32::from(value.0) << 16)
}

/// So many [`whole`] numbers on the card.
fn whole_numbers(device: &Device, count: usize) -> Result<Memory<BFloat16>, CudaError> {
    let numbers: Vec<_> = (0..count).map(|at| to_bfloat16(whole(at))).collect();
    device.upload(&numbers)
}

fn compare(operation: &str, found: f32, expected: f64, tolerance: f64) -> Result<(), CudaError> {
    let found = f64::from(found);
    // Not `>`: what is no number is wrong.
    if (found - expected).abs() <= tolerance * expected.abs().max(1.0) {
        return Ok(());
    }
    Err(CudaError::WrongResult {
        operation: operation.into(),
        found,
        expected,
    })
}

/// The products of large batches, forward and on the way back.
fn check_products(device: &Device) -> Result<(), CudaError> {
    const ROWS: usize = 150;
    const COLUMNS: usize = 136;
    const DEPTH: usize = 88;
    let left = whole_numbers(device, ROWS * DEPTH)?;
    let right = whole_numbers(device, COLUMNS * DEPTH)?;
    let sums = device.memory::<f32>(ROWS * COLUMNS)?;
    // Where the right operand's value for a column and a slice lies.
    type Place = fn(usize, usize) -> usize;
    let along: Place = |column, slice| column * DEPTH + slice;
    let across: Place = |column, slice| slice * COLUMNS + column;
    for (kernel, right_stride, place) in [
        (MULTIPLY_FORWARD, DEPTH, along),
        (MULTIPLY_INPUT_GRADIENT, COLUMNS, across),
    ] {
        let product = Product {
            left: left.address(),
            right: right.address(),
            sums: sums.address(),
            rounded: 0,
            bias: 0,
            rows: ROWS as i32,
            columns: COLUMNS as i32,
            depth: DEPTH as i32,
            left_stride: DEPTH as i32,
            right_stride: right_stride as i32,
            stride: COLUMNS as i32,
            accumulate: 0,
            part_depth: DEPTH as i32,
            parts: 0,
        };
        let grid = (COLUMNS.div_ceil(128), ROWS.div_ceil(128));
        // SAFETY: the memory has these shapes and lives until the results are read.
        unsafe { device.launch(&kernel, grid, &product)? };
        let mut found = vec![0.0; ROWS * COLUMNS];
        sums.read(&mut found)?;
        for (index, &found) in found.iter().enumerate() {
            let (row, column) = (index / COLUMNS, index % COLUMNS);
            let products = (0..DEPTH).map(|at| whole(row * DEPTH + at) * whole(place(column, at)));
            compare(kernel.name(), found, products.sum::<f32>().into(), 0.0)?;
        }
    }
    check_parts(device)
}

/// The gradient of a matrix from so many rows that they are cut into parts.
fn check_parts(device: &Device) -> Result<(), CudaError> {
    const ROWS: usize = 600;
    const OUTPUTS: usize = 16;
    const INPUTS: usize = 24;
    let slope = whole_numbers(device, ROWS * OUTPUTS)?;
    let input = whole_numbers(device, ROWS * INPUTS)?;
    let mut gradient = device.memory::<f32>(OUTPUTS * INPUTS)?;
    let mut partial = device.memory(0)?;
    dense_weight_gradient(
        device,
        gradient.view_mut(OUTPUTS * INPUTS),
        slope.view(ROWS * OUTPUTS),
        input.view(ROWS * INPUTS),
        INPUTS,
        Write::Overwrite,
        &mut partial,
    )?;
    let mut found = vec![0.0; OUTPUTS * INPUTS];
    gradient.read(&mut found)?;
    for (index, &found) in found.iter().enumerate() {
        let (output, column) = (index / INPUTS, index % INPUTS);
        let products =
            (0..ROWS).map(|row| whole(row * OUTPUTS + output) * whole(row * INPUTS + column));
        compare(ADD_PARTS.name(), found, products.sum::<f32>().into(), 0.0)?;
    }
    Ok(())
}

/// Every query is zero, so that every key counts as much, and the context is the mean of the values.
fn check_attention(device: &Device) -> Result<(), CudaError> {
    const TOKENS: usize = 100;
    const HIDDEN: usize = 32;
    let value = |token: usize, column: usize| whole(token + 3 * column);
    let packed: Vec<BFloat16> = (0..TOKENS * 3 * HIDDEN)
        .map(|index| match index % (3 * HIDDEN) {
            column if column < HIDDEN => BFloat16(0),
            column if column < 2 * HIDDEN => to_bfloat16(whole(index)),
            column => to_bfloat16(value(index / (3 * HIDDEN), column - 2 * HIDDEN)),
        })
        .collect();
    let query_key_value = device.upload(&packed)?;
    let blocks: Vec<AttentionBlock> = [0, 64]
        .map(|first| AttentionBlock {
            start: 0,
            length: TOKENS as i32,
            first,
            first_index: 0,
        })
        .into();
    let blocks = device.upload(&blocks)?;
    let context = device.memory::<BFloat16>(TOKENS * HIDDEN)?;
    let log_sums = device.memory::<f32>(TOKENS)?;
    let attention = Attention {
        context: context.address(),
        log_sums: log_sums.address(),
        query_key_value: query_key_value.address(),
        blocks: blocks.address(),
        dropout: Dropout {
            keys: [0, 0],
            threshold: 0,
            scale: 1.0,
        },
        tokens: TOKENS as i32,
        heads: 1,
    };
    // SAFETY: as above.
    unsafe { device.launch(&ATTENTION_32, (blocks.len(), 1), &attention)? };
    let (mut found, mut of_rows) = (vec![BFloat16(0); TOKENS * HIDDEN], vec![0.0; TOKENS]);
    context.read(&mut found)?;
    log_sums.read(&mut of_rows)?;
    for (index, &bits) in found.iter().enumerate() {
        let values = (0..TOKENS).map(|token| f64::from(value(token, index % HIDDEN)));
        let mean = values.sum::<f64>() / TOKENS as f64;
        compare(ATTENTION_32.name(), to_single(bits), mean, 1.0 / 256.0)?;
    }
    for &found in &of_rows {
        compare(ATTENTION_32.name(), found, (TOKENS as f64).ln(), 1e-5)?;
    }
    Ok(())
}

/// The gradient of a normalisation is the processor's. All numbers are small multiples of an eighth, which bfloat16 keeps
/// as they are.
fn check_norm<V: Stored>(device: &Device, width: usize, tolerance: f64) -> Result<(), CudaError> {
    const ROWS: usize = 20;
    const OPERATION: &str = "the gradient of a normalisation";
    let count = ROWS * width;
    let numbers =
        |number: fn(usize) -> f32, count| -> Vec<f32> { (0..count).map(number).collect() };
    let normalized = numbers(|at| whole(at) / 8.0, count);
    let scale = numbers(|at| 1.0 + whole(at) / 8.0, width);
    let inverse = [0.5; ROWS];
    let mut expected = numbers(|at| whole(3 * at + 1), count);
    let mut slope = stored::<V>(device, &expected)?;
    let mut of_input = device.memory::<V>(count)?;
    let mut sums = device.memory::<f32>(3 * width)?;
    let (of_scale, others) = sums.view_mut(3 * width).split_at(width);
    let (of_shift, of_bias) = others.split_at(width);
    residual_layer_norm_backward(
        device,
        slope.view_mut(count),
        of_input.view_mut(count),
        NormRead {
            normalized: stored::<V>(device, &normalized)?.view(count),
            inverse_deviation: device.upload(&inverse)?.view(ROWS),
        },
        device.upload(&scale)?.view(width),
        kernels::dropout::Dropout::none(),
        NormGradients {
            scale: of_scale,
            shift: of_shift,
            write: Write::Overwrite,
        },
        of_bias,
        &mut device.memory(0)?,
    )?;
    let (mut here, mut expected_sums) = (vec![0.0; count], vec![0.0; 3 * width]);
    let (of_scale, others) = expected_sums.split_at_mut(width);
    let (of_shift, of_bias) = others.split_at_mut(width);
    kernels::layer_norm::residual_layer_norm_backward(
        &mut expected,
        &mut here,
        kernels::layer_norm::NormRead {
            normalized: &normalized,
            inverse_deviation: &inverse,
        },
        &scale,
        kernels::dropout::Dropout::none(),
        kernels::layer_norm::NormGradients {
            scale: of_scale,
            shift: of_shift,
            write: kernels::matrix::Write::Overwrite,
        },
        of_bias,
    );
    for (found, expected, tolerance) in [
        (numbers_of(device, &slope)?, &expected, tolerance),
        (numbers_of(device, &of_input)?, &here, tolerance),
        (numbers_of(device, &sums)?, &expected_sums, 1e-4),
    ] {
        for (&found, &expected) in found.iter().zip(expected) {
            compare(OPERATION, found, expected.into(), tolerance)?;
        }
    }
    Ok(())
}

/// Numbers on the card, kept as `V`.
fn stored<V: Stored>(device: &Device, numbers: &[f32]) -> Result<Memory<V>, CudaError> {
    let mut kept = device.memory(numbers.len())?;
    let single = device.upload(numbers)?;
    V::store(
        device,
        kept.view_mut(numbers.len()),
        single.view(numbers.len()),
    )?;
    Ok(kept)
}

/// What [`stored`] keeps, read.
fn numbers_of<V: Stored>(device: &Device, kept: &Memory<V>) -> Result<Vec<f32>, CudaError> {
    let count = kept.len();
    let (mut room, mut single) = (device.memory(0)?, device.memory::<f32>(count)?);
    let values = V::to_single(device, kept.view(count), &mut room)?;
    copy(device, single.view_mut(count), values)?;
    let mut numbers = vec![0.0; count];
    single.read(&mut numbers)?;
    Ok(numbers)
}

/// With moments of zero and a rate of a tenth, each parameter moves by a tenth against the sign of its gradient,
/// however far that was clipped; those of the second group decay by a tenth of themselves first, and those between the
/// groups stay.
fn check_update(device: &Device) -> Result<(), CudaError> {
    const COUNT: usize = 2_003;
    const GROUPS: [std::ops::Range<usize>; 2] = [0..900, 1_100..COUNT];
    let gradients: Vec<f32> = (0..COUNT).map(|index| whole(index) + 0.5).collect();
    let of_gradients = device.upload(&gradients)?;
    let mut parameters = device.upload(&vec![1.0f32; COUNT])?;
    let (mut first, mut second) = (device.memory::<f32>(COUNT)?, device.memory::<f32>(COUNT)?);
    first.clear()?;
    second.clear()?;
    let mut average = device.upload(&vec![1.0f32; COUNT])?;
    let mut rounded = device.upload(&vec![BFloat16(0); COUNT])?;
    let mut norm = device.upload(&[0.0f32])?;
    let ranges = [(GROUPS[0].clone(), 0), (GROUPS[1].clone(), 1)];
    let mut plan = UpdatePlan::new(device, &ranges)?;
    let settings = |weight_decay| kernels::adamw::AdamW {
        learning_rate: 0.1,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        weight_decay,
        step: 1,
        gradient_scale: 1.0,
    };
    clip(
        device,
        &mut plan,
        of_gradients.view(COUNT),
        norm.view_mut(1),
        1.0,
    )?;
    adamw(
        device,
        &plan,
        Updated {
            parameters: parameters.view_mut(COUNT),
            first_moments: first.view_mut(COUNT),
            second_moments: second.view_mut(COUNT),
            gradients: of_gradients.view(COUNT),
            rounded: Some(rounded.view_mut(COUNT)),
            average: Some((average.view_mut(COUNT), 0.5)),
        },
        &[settings(0.0), settings(1.0)],
    )?;
    let (mut found, mut of_average) = (vec![0.0; COUNT], vec![0.0; COUNT]);
    let (mut bits, mut of_norm) = (vec![BFloat16(0); COUNT], [0.0]);
    parameters.read(&mut found)?;
    average.read(&mut of_average)?;
    rounded.read(&mut bits)?;
    norm.read(&mut of_norm)?;
    let squares = |range: &std::ops::Range<usize>| -> f64 {
        let values = gradients[range.clone()].iter();
        values.map(|&value| f64::from(value).powi(2)).sum()
    };
    let expected = GROUPS.iter().map(squares).sum::<f64>().sqrt();
    compare("the norm of gradients", of_norm[0], expected, 1e-5)?;
    for (index, gradient) in gradients.iter().enumerate() {
        let moved = 0.1 * f64::from(gradient.signum());
        let expected = if GROUPS[0].contains(&index) {
            1.0 - moved
        } else if GROUPS[1].contains(&index) {
            0.9 - moved
        } else {
            1.0
        };
        // The gradients were clipped to some thousandths, beside which epsilon shows.
        compare(ADAMW.name(), found[index], expected, 1e-3)?;
        let halfway = f64::midpoint(1.0, expected);
        compare("the average of weights", of_average[index], halfway, 1e-3)?;
        if GROUPS.iter().any(|range| range.contains(&index)) {
            compare(
                "rounding to bfloat16",
                to_single(bits[index]),
                f64::from(found[index]),
                1.0 / 256.0,
            )?;
        }
    }
    Ok(())
}
