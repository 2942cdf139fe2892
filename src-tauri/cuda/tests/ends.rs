//! What begins and ends a pass: embeddings, the head's products in single precision, and the loss.

use cuda::BFloat16;
use cuda::arguments::{
    BINARY_CROSS_ENTROPY, Conversion, LOOK_UP_BF16, LOOK_UP_F32, LookUp, Loss, MULTIPLY_SINGLE,
    ProductSingle, ROUND_VALUES, SCATTER_ADD_BF16, SCATTER_ADD_F32, ScatterAdd,
};
use kernels::embedding::{Tables, order_by_row};
use proptest::prelude::*;

use crate::host::{device, run};
use crate::numbers::{Memory, Value, pseudo_random};

fn check_look_up<V: Value>(ids: &[u32], width: usize, accumulate: bool, seed: u64) {
    const ENTRIES: usize = 50;
    let Some(device) = device() else { return };
    let numbers = |numbers: &[u32]| device.upload(numbers).unwrap();
    let tokens = ids.len();
    let positions: Vec<u32> = (0..tokens as u32).map(|token| token % 7).collect();
    let tables = [ENTRIES, 7, 2]
        .map(|entries| Memory::<f32>::random(entries * width, seed ^ entries as u64));
    let [word, position, token_type] = &tables;
    let output = Memory::<V>::of(&vec![9.0; tokens * width]);
    let (of_ids, of_positions) = (numbers(ids), numbers(&positions));
    let look_up = LookUp {
        output: output.address(),
        word: word.address(),
        position: position.address(),
        token_type: token_type.address(),
        ids: of_ids.address(),
        positions: of_positions.address(),
        tokens: tokens as i32,
        width: width as i32,
    };
    let grid = (tokens.div_ceil(4), 1);
    // SAFETY: the shapes are those of the memory, and ids and positions lie in their tables.
    unsafe { run(&V::kernel(LOOK_UP_F32, LOOK_UP_BF16), grid, &look_up) };
    let mut expected = vec![0.0; tokens * width];
    let tables = Tables {
        word: &word.values(),
        position: &position.values(),
        token_type: &token_type.values(),
    };
    kernels::embedding::look_up(&mut expected, ids, &positions, tables, width);
    output.assert_close(&expected, V::TOLERANCE);

    let gradient = Memory::<V>::random(tokens * width, seed ^ 1);
    let before = pseudo_random(ENTRIES * width, seed ^ 2);
    let table = Memory::<f32>::of(&before);
    let order = order_by_row(ids);
    let runs: Vec<&[u32]> = order
        .chunk_by(|&a, &b| ids[a as usize] == ids[b as usize])
        .collect();
    let entries: Vec<u32> = runs.iter().map(|run| ids[run[0] as usize]).collect();
    let mut run_starts = vec![0];
    for run in &runs {
        run_starts.push(run_starts[run_starts.len() - 1] + run.len() as u32);
    }
    let (of_entries, of_starts, of_order) =
        (numbers(&entries), numbers(&run_starts), numbers(&order));
    let scatter = ScatterAdd {
        table: table.address(),
        gradient: gradient.address(),
        entries: of_entries.address(),
        run_starts: of_starts.address(),
        order: of_order.address(),
        runs: runs.len() as i32,
        width: width as i32,
        accumulate: i32::from(accumulate),
    };
    let kernel = V::kernel(SCATTER_ADD_F32, SCATTER_ADD_BF16);
    // SAFETY: as above.
    unsafe { run(&kernel, (runs.len(), width.div_ceil(128)), &scatter) };
    let mut expected = before;
    if !accumulate {
        for &entry in &entries {
            expected[entry as usize * width..][..width].fill(0.0);
        }
    }
    kernels::embedding::scatter_add(&mut expected, &gradient.numbers(), ids, &order, width);
    table.assert_close(&expected, 1e-5);
}

/// What the card makes of what is no number has all bits set, unlike what most processors make.
#[test]
fn what_is_no_number_stays_none_in_bfloat16() {
    let Some(device) = device() else { return };
    let bits = [
        0x7fff_ffffu32,
        0xffff_ffff,
        0x7f80_0001,
        0x7f80_0000,
        0x3f80_8000,
    ];
    let single = device.upload(&bits.map(f32::from_bits)).unwrap();
    let rounded = Memory::<BFloat16>::of(&[0.0; 5]);
    let conversion = Conversion {
        single: single.address(),
        rounded: rounded.address(),
        count: 5,
    };
    // SAFETY: both have five values.
    unsafe { run(&ROUND_VALUES, (1, 1), &conversion) };
    let numbers = rounded.numbers();
    assert!(
        numbers[..3].iter().all(|number| number.is_nan()),
        "{numbers:?}"
    );
    assert_eq!(numbers[3..], [f32::INFINITY, 1.0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn embeddings_and_their_gradient_are_those_of_the_processor(
        ids in prop::collection::vec(0u32..50, 1..120), fours in 1usize..60,
        accumulate: bool, seed: u64,
    ) {
        check_look_up::<f32>(&ids, 4 * fours, accumulate, seed);
        check_look_up::<BFloat16>(&ids, 4 * fours, accumulate, seed);
    }

    #[test]
    fn a_product_in_single_precision_equals_its_definition_however_its_operands_lie(
        rows in 1usize..100, columns in 1usize..100, depth in 1usize..60,
        left_along: bool, right_along: bool, has_bias: bool, accumulate: bool, seed: u64,
    ) {
        if device().is_none() {
            return Ok(());
        }
        let (left, right) = (
            Memory::<f32>::random(rows * depth, seed),
            Memory::<f32>::random(depth * columns, seed ^ 1),
        );
        let before = pseudo_random(rows * columns, seed ^ 2);
        let (sums, bias) = (Memory::<f32>::of(&before), Memory::<f32>::random(columns, seed ^ 3));
        // From a line to the next, from a slice to the next.
        let strides = |along: bool, lines: usize| if along { (depth, 1) } else { (1, lines) };
        let ((left_row, left_slice), (right_column, right_slice)) =
            (strides(left_along, rows), strides(right_along, columns));
        let product = ProductSingle {
            left: left.address(),
            right: right.address(),
            sums: sums.address(),
            bias: if has_bias { bias.address() } else { 0 },
            rows: rows as i32,
            columns: columns as i32,
            depth: depth as i32,
            left_row: left_row as i32,
            left_slice: left_slice as i32,
            right_column: right_column as i32,
            right_slice: right_slice as i32,
            stride: columns as i32,
            accumulate: i32::from(accumulate),
        };
        let grid = (columns.div_ceil(64), rows.div_ceil(64));
        // SAFETY: the strides reach all of the memory and no more.
        unsafe { run(&MULTIPLY_SINGLE, grid, &product) };
        let (of_left, of_right, of_bias) = (left.values(), right.values(), bias.values());
        let value = |index: usize| {
            let (row, column) = (index / columns, index % columns);
            let start = f64::from(if has_bias { of_bias[column] } else { 0.0 })
                + f64::from(if accumulate { before[index] } else { 0.0 });
            let products = (0..depth).map(|slice| {
                f64::from(of_left[row * left_row + slice * left_slice])
                    * f64::from(of_right[column * right_column + slice * right_slice])
            });
            start + products.sum::<f64>()
        };
        let expected: Vec<f64> = (0..rows * columns).map(value).collect();
        sums.assert_close(&expected, 1e-5);
    }

    #[test]
    fn the_loss_and_its_gradient_are_those_of_the_processor(
        sequences in 1usize..200, labels in 1usize..9, seed: u64,
    ) {
        if device().is_none() {
            return Ok(());
        }
        let cells = sequences * labels;
        // Some far on the wrong side.
        let wide: Vec<f32> = pseudo_random(cells, seed).iter().map(|x| 120.0 * x.powi(3)).collect();
        let logits = Memory::<f32>::of(&wide);
        let targets: Vec<f32> = pseudo_random(cells, seed ^ 1).iter().map(|x| f32::from(*x > 0.3)).collect();
        let targets = Memory::<f32>::of(&targets);
        let weights: Vec<f32> = pseudo_random(labels, seed ^ 2).iter().map(|x| 1.5 + x).collect();
        let weights = Memory::<f32>::of(&weights);
        let cell_weight = 1.0 / cells as f32;
        let (gradient, loss) = (Memory::<f32>::of(&vec![9.0; cells]), Memory::<f32>::of(&[9.0]));
        let mut expected = vec![0.0; cells];
        let once = kernels::loss::binary_cross_entropy(
            &logits.values(), &targets.values(), &weights.values(), cell_weight, &mut expected,
        );
        for accumulate in [false, true] {
            let all = Loss {
                loss: loss.address(),
                gradient: gradient.address(),
                logits: logits.address(),
                targets: targets.address(),
                positive_weights: weights.address(),
                cell_weight,
                cells: cells as i32,
                labels: labels as i32,
                accumulate: i32::from(accumulate),
            };
            // SAFETY: the shapes are those of the memory.
            unsafe { run(&BINARY_CROSS_ENTROPY, (1, 1), &all) };
            let expected = if accumulate { 2.0 * once } else { once };
            loss.assert_close(&[expected], 1e-5);
        }
        // The gradients are small: relative to the weight of a cell.
        for (value, expected) in gradient.values().iter().zip(&expected) {
            prop_assert!((value - expected).abs() <= 1e-5 * cell_weight);
        }
    }
}
