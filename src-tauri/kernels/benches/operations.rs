//! Each operation alone, at the shapes that a training step of the compact model gives it, on all
//! threads of the machine, so that a regression shows where it is.
//!
//! usage: cargo bench -p kernels [-- NAME]
//! Products are counted in floating-point operations ("items"), the others in bytes that have to
//! be moved at least.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use kernels::activation::{self, Nonlinearity};
use kernels::adamw::{self, AdamW};
use kernels::attention::{Sequences, attend, attend_backward};
use kernels::bias::sum_rows;
use kernels::dropout::Dropout;
use kernels::layer_norm::{
    Norm, NormGradients, NormRead, NormSaved, residual_layer_norm, residual_layer_norm_backward,
};
use kernels::matrix::{Matrix, Precision, Prepared, Right, Write, multiply};
use kernels::row_wise::{Dense, RowWise};

fn main() {
    divan::main();
}

/// Word pieces of a batch of 16 medical abstracts cut at 128.
const TOKENS: usize = 1_459;
const HIDDEN: usize = 384;
const INTERMEDIATE: usize = 1_536;
const HEADS: usize = 12;

/// (outputs, inputs) of the dense layers.
const LAYERS: [(usize, usize); 4] = [
    (3 * HIDDEN, HIDDEN),
    (HIDDEN, HIDDEN),
    (INTERMEDIATE, HIDDEN),
    (HIDDEN, INTERMEDIATE),
];

const PRECISIONS: [Precision; 2] = [Precision::Single, Precision::BFloat16];

/// Values between -0.5 and 0.5 that look like no pattern.
fn values(count: usize) -> Vec<f32> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state
    };
    (0..count)
        .map(|_| (next() >> 8) as f32 / 16_777_216.0 - 0.5)
        .collect()
}

fn tenth_dropped() -> Dropout {
    Dropout::new(1, 2, 3, 0.1)
}

mod product {
    use super::*;

    fn cases() -> impl Iterator<Item = Case> {
        PRECISIONS
            .into_iter()
            .filter(|precision| precision.is_available())
            .flat_map(|precision| LAYERS.map(|(outputs, inputs)| Case(precision, outputs, inputs)))
    }

    #[derive(Debug, Clone, Copy)]
    struct Case(Precision, usize, usize);

    impl Case {
        fn operations(self) -> ItemsCount {
            ItemsCount::new(2 * TOKENS * self.1 * self.2)
        }
    }

    #[divan::bench(args = cases())]
    fn forward(bencher: Bencher, case: Case) {
        let Case(precision, outputs, inputs) = case;
        let (input, weight) = (values(TOKENS * inputs), values(outputs * inputs));
        let mut output = vec![0.0; TOKENS * outputs];
        bencher.counter(case.operations()).bench_local(|| {
            let weight = Matrix::new(&weight, outputs, inputs).transposed();
            let input = Matrix::new(&input, TOKENS, inputs);
            multiply(&mut output, input, weight, Write::Overwrite, precision);
        });
    }

    #[divan::bench(args = cases())]
    fn forward_prepared(bencher: Bencher, case: Case) {
        let Case(precision, outputs, inputs) = case;
        let (input, weight) = (values(TOKENS * inputs), values(outputs * inputs));
        let weight = Matrix::new(&weight, outputs, inputs).transposed();
        let weight = Prepared::new(weight, precision);
        let mut output = vec![0.0; TOKENS * outputs];
        bencher.counter(case.operations()).bench_local(|| {
            let input = Matrix::new(&input, TOKENS, inputs);
            let weight = Right::Prepared(&weight);
            multiply(&mut output, input, weight, Write::Overwrite, precision);
        });
    }

    #[divan::bench(args = cases())]
    fn input_gradient(bencher: Bencher, case: Case) {
        let Case(precision, outputs, inputs) = case;
        let (slope, weight) = (values(TOKENS * outputs), values(outputs * inputs));
        let mut gradient = vec![0.0; TOKENS * inputs];
        bencher.counter(case.operations()).bench_local(|| {
            let slope = Matrix::new(&slope, TOKENS, outputs);
            let weight = Matrix::new(&weight, outputs, inputs);
            multiply(&mut gradient, slope, weight, Write::Overwrite, precision);
        });
    }

    #[divan::bench(args = cases())]
    fn weight_gradient(bencher: Bencher, case: Case) {
        let Case(precision, outputs, inputs) = case;
        let (slope, input) = (values(TOKENS * outputs), values(TOKENS * inputs));
        let mut gradient = vec![0.0; outputs * inputs];
        bencher.counter(case.operations()).bench_local(|| {
            let slope = Matrix::new(&slope, TOKENS, outputs).transposed();
            let input = Matrix::new(&input, TOKENS, inputs);
            multiply(&mut gradient, slope, input, Write::Overwrite, precision);
        });
    }
}

mod attention {
    use super::*;

    /// Sequences and their length.
    const SHAPES: [(usize, usize); 3] = [(16, 64), (11, 128), (4, 512)];

    #[derive(Debug, Clone, Copy)]
    struct Case(Precision, usize, usize);

    fn cases() -> impl Iterator<Item = Case> {
        PRECISIONS
            .into_iter()
            .filter(|precision| precision.is_available())
            .flat_map(|precision| SHAPES.map(|(count, length)| Case(precision, count, length)))
    }

    /// Operations of `products` of all tokens with those of their sequence.
    fn operations(products: usize, count: usize, length: usize) -> ItemsCount {
        ItemsCount::new(2 * products * count * length * length * HIDDEN)
    }

    fn sequences(starts: &[usize]) -> Sequences<'_> {
        Sequences {
            starts,
            heads: HEADS,
            head_size: HIDDEN / HEADS,
        }
    }

    #[divan::bench(args = cases())]
    fn forward(bencher: Bencher, Case(precision, count, length): Case) {
        let starts: Vec<usize> = (0..=count).map(|number| number * length).collect();
        let tokens = count * length;
        let packed = values(tokens * 3 * HIDDEN);
        let (mut context, mut log_sums) = (vec![0.0; tokens * HIDDEN], vec![0.0; tokens * HEADS]);
        let work = bencher.counter(operations(2, count, length));
        work.bench_local(|| {
            let sequences = sequences(&starts);
            let dropout = tenth_dropped();
            attend(
                &mut context,
                &mut log_sums,
                &packed,
                sequences,
                dropout,
                precision,
            );
        });
    }

    #[divan::bench(args = cases())]
    fn backward(bencher: Bencher, Case(precision, count, length): Case) {
        let starts: Vec<usize> = (0..=count).map(|number| number * length).collect();
        let tokens = count * length;
        let packed = values(tokens * 3 * HIDDEN);
        let slope = values(tokens * HIDDEN);
        let (mut context, mut log_sums) = (vec![0.0; tokens * HIDDEN], vec![0.0; tokens * HEADS]);
        let (shape, dropout) = (sequences(&starts), tenth_dropped());
        attend(
            &mut context,
            &mut log_sums,
            &packed,
            shape,
            dropout,
            precision,
        );
        let mut gradient = vec![0.0; tokens * 3 * HIDDEN];
        let work = bencher.counter(operations(5, count, length));
        work.bench_local(|| {
            attend_backward(
                &mut gradient,
                &slope,
                &context,
                &log_sums,
                &packed,
                shape,
                dropout,
                precision,
            );
        });
    }
}

/// Bytes of so many passes over a matrix of this width.
fn bytes(passes: usize, width: usize) -> BytesCount {
    BytesCount::of_many::<f32>(passes * TOKENS * width)
}

#[divan::bench]
fn gelu(bencher: Bencher) {
    let wide = values(TOKENS * INTERMEDIATE);
    let mut activated = vec![0.0; wide.len()];
    let work = bencher.counter(bytes(2, INTERMEDIATE));
    work.bench_local(|| activation::apply(Nonlinearity::Gelu, &mut activated, &wide));
}

#[divan::bench]
fn gelu_gradient(bencher: Bencher) {
    let (wide, mut gradient) = (values(TOKENS * INTERMEDIATE), values(TOKENS * INTERMEDIATE));
    let (mut activated, mut of_bias) = (vec![0.0; wide.len()], vec![0.0; INTERMEDIATE]);
    bencher.counter(bytes(4, INTERMEDIATE)).bench_local(|| {
        activation::apply_backward(
            Nonlinearity::Gelu,
            &mut activated,
            &mut gradient,
            &wide,
            &mut of_bias,
            Write::Overwrite,
        );
    });
}

#[divan::bench]
fn residual_and_layer_norm(bencher: Bencher) {
    let (input, residual) = (values(TOKENS * HIDDEN), values(TOKENS * HIDDEN));
    let (scale, shift, bias) = (values(HIDDEN), values(HIDDEN), values(HIDDEN));
    let (mut output, mut normalized) = (input.clone(), input.clone());
    let mut inverse_deviation = vec![0.0; TOKENS];
    bencher.counter(bytes(4, HIDDEN)).bench_local(|| {
        let norm = Norm {
            scale: &scale,
            shift: &shift,
            epsilon: 1e-12,
        };
        let saved = NormSaved {
            normalized: &mut normalized,
            inverse_deviation: &mut inverse_deviation,
        };
        residual_layer_norm(
            &mut output,
            &input,
            &bias,
            &residual,
            tenth_dropped(),
            norm,
            saved,
        );
    });
}

/// What follows attention in a layer of a model that answers.
#[divan::bench(args = PRECISIONS)]
fn after_attention(bencher: Bencher, precision: Precision) {
    if !precision.is_available() {
        return;
    }
    let weight = |inputs: usize, outputs: usize| {
        let values = values(inputs * outputs);
        Prepared::new(
            Matrix::new(&values, outputs, inputs).transposed(),
            precision,
        )
    };
    let [square, up, down] = [
        weight(HIDDEN, HIDDEN),
        weight(HIDDEN, INTERMEDIATE),
        weight(INTERMEDIATE, HIDDEN),
    ];
    let (bias, wide_bias) = (values(HIDDEN), values(INTERMEDIATE));
    let norm = Norm {
        scale: &bias,
        shift: &bias,
        epsilon: 1e-12,
    };
    let dense = |weight, bias| Dense { weight, bias };
    let layer = RowWise {
        attention_output: dense(&square, &bias),
        attention_norm: norm,
        intermediate: dense(&up, &wide_bias),
        nonlinearity: Nonlinearity::Gelu,
        output: dense(&down, &bias),
        output_norm: norm,
        precision,
    };
    let (context, residual) = (values(TOKENS * HIDDEN), values(TOKENS * HIDDEN));
    let mut output = context.clone();
    let operations = 2 * TOKENS * HIDDEN * (HIDDEN + 2 * INTERMEDIATE);
    bencher
        .counter(ItemsCount::new(operations))
        .bench_local(|| layer.apply(&mut output, &context, &residual));
}

#[divan::bench]
fn residual_and_layer_norm_gradient(bencher: Bencher) {
    let (mut gradient, normalized) = (values(TOKENS * HIDDEN), values(TOKENS * HIDDEN));
    let (inverse_deviation, scale) = (values(TOKENS), values(HIDDEN));
    let mut input_gradient = vec![0.0; gradient.len()];
    let [mut of_scale, mut of_shift, mut of_bias] = [(); 3].map(|()| vec![0.0; HIDDEN]);
    bencher.counter(bytes(4, HIDDEN)).bench_local(|| {
        let saved = NormRead {
            normalized: &normalized,
            inverse_deviation: &inverse_deviation,
        };
        let gradients = NormGradients {
            scale: &mut of_scale,
            shift: &mut of_shift,
            write: Write::Overwrite,
        };
        residual_layer_norm_backward(
            &mut gradient,
            &mut input_gradient,
            saved,
            &scale,
            tenth_dropped(),
            gradients,
            &mut of_bias,
        );
    });
}

#[divan::bench(args = [HIDDEN, INTERMEDIATE])]
fn bias_gradient(bencher: Bencher, width: usize) {
    let slope = values(TOKENS * width);
    let mut sums = vec![0.0; width];
    bencher
        .counter(bytes(1, width))
        .bench_local(|| sum_rows(&mut sums, &slope, Write::Overwrite));
}

/// As many values as the compact model has.
#[divan::bench]
fn adamw_update(bencher: Bencher) {
    const COUNT: usize = 22_713_600;
    let (mut parameters, gradients) = (values(COUNT), values(COUNT));
    let (mut first, mut second) = (vec![0.0; COUNT], vec![0.0; COUNT]);
    let settings = AdamW {
        learning_rate: 1e-5,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        weight_decay: 0.01,
        step: 1,
        gradient_scale: 1.0,
    };
    bencher
        .counter(BytesCount::of_many::<f32>(7 * COUNT))
        .bench_local(|| {
            adamw::update(
                settings,
                &mut parameters,
                &gradients,
                &mut first,
                &mut second,
            );
        });
}
