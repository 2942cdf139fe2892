//! How long each operation takes on the first card, for the shapes of a training step: `cargo bench -p cuda`, or packed by
//! `make gpu-bench`. One JSON line an operation; products give their shape, so that another library can be asked
//! the same, and the others the bytes that they read and write at least.
//!
//! usage: operations [--rounds N] [--small]    (small shapes only show that it runs, on an emulated card)

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a measurement that cannot be made is of no use"
)]

use std::time::Instant;

use cuda::operations::{
    Attended, Heads, Norm, NormGradients, NormRead, NormSaved, SequencesOnCard, UpdatePlan,
    Updated, Write, activate, activate_backward, adamw, attend, attend_backward,
    convert_from_single, dense, dense_input_gradient, dense_weight_gradient, residual_layer_norm,
    residual_layer_norm_backward, sum_columns,
};
use cuda::{BFloat16, CudaError, Device, Driver, Memory};
use kernels::activation::Nonlinearity;
use kernels::dropout::Dropout;

/// A model's sizes and a batch of it.
#[derive(Clone, Copy)]
struct Shape {
    name: &'static str,
    hidden: usize,
    inner: usize,
    heads: Heads,
    sequences: usize,
    /// Of the longest texts; the others are as much shorter as abstracts are.
    longest: usize,
}

const BERT_BASE: Heads = Heads {
    count: 12,
    size: 64,
};
const COMPACT: Heads = Heads {
    count: 12,
    size: 32,
};

const SHAPES: [Shape; 5] = [
    shape("bert-base, 16 x 128", BERT_BASE, 16, 128),
    shape("bert-base, 128 x 128", BERT_BASE, 128, 128),
    shape("bert-base, 128 x 512", BERT_BASE, 128, 512),
    shape("compact, 16 x 128", COMPACT, 16, 128),
    shape("compact, 128 x 512", COMPACT, 128, 512),
];

const fn shape(name: &'static str, heads: Heads, sequences: usize, longest: usize) -> Shape {
    let hidden = heads.count * heads.size;
    Shape {
        name,
        hidden,
        inner: 4 * hidden,
        heads,
        sequences,
        longest,
    }
}

impl Shape {
    /// Where the texts begin among the tokens, and where the last one ends.
    fn starts(&self) -> Vec<usize> {
        let lengths =
            (0..self.sequences).map(|at| (self.longest * FILL[at % FILL.len()] / 100).max(1));
        let ends = lengths.scan(0, |end, length| {
            *end += length;
            Some(*end)
        });
        std::iter::once(0).chain(ends).collect()
    }
}

/// Shares of the longest length that abstracts have, in turn.
const FILL: [usize; 8] = [100, 45, 60, 25, 80, 35, 100, 55];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let rounds = arguments
        .windows(2)
        .find(|pair| pair[0] == "--rounds")
        .and_then(|pair| pair[1].parse().ok())
        .unwrap_or(20);
    let device = Device::open(Driver::load().expect("there is a driver"), 0).expect("it opens");
    let small = arguments.iter().any(|argument| argument == "--small");
    let tiny = [shape("small", Heads { count: 2, size: 32 }, 2, 70)];
    for &shape in if small { &tiny[..] } else { &SHAPES[..] } {
        let bench = Bench {
            device: &device,
            shape,
            rounds,
        };
        bench.measure().expect("the card computes");
    }
}

/// What is known of an operation besides its time.
enum Work {
    /// Rows, columns and inner size of a product, and which operands lie along the inner dimension.
    Product([usize; 3], &'static str),
    /// Bytes that are read and written at least.
    Bytes(usize),
    /// Multiplications and additions.
    Operations(usize),
}

const BYTES: usize = size_of::<BFloat16>();

/// That of training.
fn dropout() -> Dropout {
    Dropout::new(1, 2, 3, 0.1)
}

/// Values that are not all the same: equal ones would let a card run faster than it does.
fn singles(device: &Device, count: usize) -> Result<Memory<f32>, CudaError> {
    let noise = |at: usize| ((at * 7_919 % 2_003) as f32 / 2_003.0 - 0.5) * 0.1;
    device.upload(&(0..count).map(noise).collect::<Vec<_>>())
}

fn values(device: &Device, count: usize) -> Result<Memory<BFloat16>, CudaError> {
    let (single, mut rounded) = (singles(device, count)?, device.memory(count)?);
    convert_from_single(device, rounded.view_mut(count), single.view(count))?;
    Ok(rounded)
}

/// A shape on a card, and how often each operation is asked for.
struct Bench<'a> {
    device: &'a Device,
    shape: Shape,
    rounds: usize,
}

impl Bench<'_> {
    fn measure(&self) -> Result<(), CudaError> {
        let Shape { hidden, inner, .. } = self.shape;
        let starts = self.shape.starts();
        let tokens = starts[self.shape.sequences];
        for (columns, depth) in [
            (3 * hidden, hidden),
            (hidden, hidden),
            (inner, hidden),
            (hidden, inner),
        ] {
            self.products([tokens, columns, depth])?;
        }
        self.attention(&starts)?;
        self.normalisation(tokens)?;
        self.nonlinearity(tokens)?;
        self.update()
    }

    /// Prints the median of some rounds.
    fn time(
        &self,
        name: &str,
        work: &Work,
        mut once: impl FnMut(&Device) -> Result<(), CudaError>,
    ) -> Result<(), CudaError> {
        const AT_A_TIME: usize = 10;
        let Self {
            device,
            shape,
            rounds,
        } = *self;
        once(device)?;
        device.wait()?;
        let at_a_time = AT_A_TIME.min(rounds);
        let mut seconds = Vec::new();
        for _ in 0..rounds.div_ceil(AT_A_TIME).max(3) {
            let began = Instant::now();
            for _ in 0..at_a_time {
                once(device)?;
            }
            device.wait()?;
            seconds.push(began.elapsed().as_secs_f64() / at_a_time as f64);
        }
        seconds.sort_by(f64::total_cmp);
        let seconds = seconds[seconds.len() / 2];
        let about = match work {
            Work::Product([rows, columns, depth], lies) => format!(
                "\"product\":[{rows},{columns},{depth}],\"lies\":\"{lies}\",\"operations\":{}",
                2 * rows * columns * depth
            ),
            Work::Bytes(bytes) => format!("\"bytes\":{bytes}"),
            Work::Operations(operations) => format!("\"operations\":{operations}"),
        };
        println!(
            "{{\"shape\":\"{}\",\"operation\":\"{name}\",\"seconds\":{seconds:e},{about}}}",
            shape.name
        );
        Ok(())
    }

    /// A dense layer and its gradients.
    fn products(&self, [rows, outputs, inputs]: [usize; 3]) -> Result<(), CudaError> {
        let device = self.device;
        let (mut input, mut output) = (
            values(device, rows * inputs)?,
            values(device, rows * outputs)?,
        );
        let (weight, bias) = (values(device, outputs * inputs)?, singles(device, outputs)?);
        let mut gradient = singles(device, outputs * inputs)?;
        let mut partial = device.memory(0)?;
        let work = Work::Product([rows, outputs, inputs], "along, along");
        self.time("dense", &work, |device| {
            dense(
                device,
                output.view_mut(rows * outputs),
                input.view(rows * inputs),
                weight.view(outputs * inputs),
                Some(bias.view(outputs)),
                inputs,
            )
        })?;
        let work = Work::Product([rows, inputs, outputs], "along, across");
        for (name, write) in [
            ("gradient of an input", Write::Overwrite),
            ("gradient of an input, added", Write::Accumulate),
        ] {
            self.time(name, &work, |device| {
                dense_input_gradient(
                    device,
                    input.view_mut(rows * inputs),
                    output.view(rows * outputs),
                    weight.view(outputs * inputs),
                    inputs,
                    write,
                )
            })?;
        }
        let work = Work::Product([outputs, inputs, rows], "across, across");
        self.time("gradient of a matrix", &work, |device| {
            dense_weight_gradient(
                device,
                gradient.view_mut(outputs * inputs),
                output.view(rows * outputs),
                input.view(rows * inputs),
                inputs,
                Write::Overwrite,
                &mut partial,
            )
        })?;
        let work = Work::Bytes(BYTES * rows * outputs);
        let mut sums = singles(device, outputs)?;
        self.time("gradient of a bias", &work, |device| {
            let (sums, slope) = (sums.view_mut(outputs), output.view(rows * outputs));
            sum_columns(device, sums, slope, Write::Overwrite, &mut partial)
        })
    }

    fn attention(&self, starts: &[usize]) -> Result<(), CudaError> {
        let Self { device, shape, .. } = *self;
        let Shape { hidden, heads, .. } = shape;
        let tokens = starts[starts.len() - 1];
        let sequences = SequencesOnCard::new::<BFloat16>(device, starts, heads)?;
        let packed = values(device, tokens * 3 * hidden)?;
        let slope = values(device, tokens * hidden)?;
        let mut context = values(device, tokens * hidden)?;
        let mut gradient = values(device, tokens * 3 * hidden)?;
        let mut log_sums = singles(device, tokens * heads.count)?;
        let mut projections = device.memory(0)?;
        let squares: usize = starts
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).pow(2))
            .sum();
        let once = 4 * squares * hidden;
        for (name, dropout) in [
            ("attention", Dropout::none()),
            ("attention with dropout", dropout()),
        ] {
            self.time(name, &Work::Operations(once), |device| {
                attend(
                    device,
                    context.view_mut(tokens * hidden),
                    log_sums.view_mut(tokens * heads.count),
                    (packed.view(tokens * 3 * hidden), None),
                    (&sequences, heads),
                    dropout,
                )
            })?;
        }
        // Five products, and two of them again because keys and values have a pass of their own.
        let work = Work::Operations(7 * once / 2);
        self.time("gradient of attention", &work, |device| {
            attend_backward(
                device,
                (gradient.view_mut(tokens * 3 * hidden), None),
                Attended {
                    context: context.view(tokens * hidden),
                    log_sums: log_sums.view(tokens * heads.count),
                },
                slope.view(tokens * hidden),
                (packed.view(tokens * 3 * hidden), None),
                (&sequences, heads),
                dropout(),
                &mut projections,
            )
        })
    }

    fn normalisation(&self, tokens: usize) -> Result<(), CudaError> {
        let Self { device, shape, .. } = *self;
        let (hidden, count) = (shape.hidden, tokens * shape.hidden);
        let (input, residual) = (values(device, count)?, values(device, count)?);
        let [mut output, mut normalized, mut gradient] = [
            values(device, count)?,
            values(device, count)?,
            values(device, count)?,
        ];
        let mut inverse = singles(device, tokens)?;
        let [bias, scale, shift] = [
            singles(device, hidden)?,
            singles(device, hidden)?,
            singles(device, hidden)?,
        ];
        let norm = Norm {
            scale: scale.view(hidden),
            shift: shift.view(hidden),
            epsilon: 1e-12,
        };
        let work = Work::Bytes(4 * BYTES * count);
        self.time("residual and norm", &work, |device| {
            residual_layer_norm(
                device,
                output.view_mut(count),
                input.view(count),
                (bias.view(hidden), residual.view(count)),
                dropout(),
                norm,
                NormSaved {
                    normalized: normalized.view_mut(count),
                    inverse_deviation: inverse.view_mut(tokens),
                },
            )
        })?;
        let [mut of_scale, mut of_shift, mut of_bias] = [
            singles(device, hidden)?,
            singles(device, hidden)?,
            singles(device, hidden)?,
        ];
        let mut partial = device.memory(0)?;
        let work = Work::Bytes(4 * BYTES * count);
        self.time("gradient of residual, norm and bias", &work, |device| {
            residual_layer_norm_backward(
                device,
                gradient.view_mut(count),
                output.view_mut(count),
                NormRead {
                    normalized: normalized.view(count),
                    inverse_deviation: inverse.view(tokens),
                },
                scale.view(hidden),
                dropout(),
                NormGradients {
                    scale: of_scale.view_mut(hidden),
                    shift: of_shift.view_mut(hidden),
                    write: Write::Overwrite,
                },
                of_bias.view_mut(hidden),
                &mut partial,
            )
        })
    }

    fn nonlinearity(&self, tokens: usize) -> Result<(), CudaError> {
        let Self { device, shape, .. } = *self;
        let (inner, count) = (shape.inner, tokens * shape.inner);
        let before = values(device, count)?;
        let [mut activated, mut slope] = [values(device, count)?, values(device, count)?];
        let mut sums = singles(device, inner)?;
        let mut partial = device.memory(0)?;
        self.time("GELU", &Work::Bytes(2 * BYTES * count), |device| {
            let (activated, before) = (activated.view_mut(count), before.view(count));
            activate(device, Nonlinearity::Gelu, activated, before)
        })?;
        let work = Work::Bytes(4 * BYTES * count);
        self.time("gradient of GELU and bias", &work, |device| {
            activate_backward(
                device,
                Nonlinearity::Gelu,
                activated.view_mut(count),
                slope.view_mut(count),
                before.view(count),
                sums.view_mut(inner),
                Write::Overwrite,
                &mut partial,
            )
        })
    }

    /// All parameters of twelve layers (six of the compact model's width) and a vocabulary at once.
    fn update(&self) -> Result<(), CudaError> {
        let Self { device, shape, .. } = *self;
        let Shape { hidden, inner, .. } = shape;
        let layers = if hidden < 768 { 6 } else { 12 };
        let vocabulary = if hidden < 100 { 50 } else { 30_522 };
        let count = layers * (4 * hidden * hidden + 2 * hidden * inner) + vocabulary * hidden;
        let [mut parameters, mut first, mut second] = [
            singles(device, count)?,
            singles(device, count)?,
            singles(device, count)?,
        ];
        second.clear()?;
        let gradients = singles(device, count)?;
        let mut rounded = values(device, count)?;
        let plan = UpdatePlan::new(device, &[(0..count, 0)])?;
        let settings = kernels::adamw::AdamW {
            learning_rate: 1e-5,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.01,
            step: 1,
            gradient_scale: 1.0,
        };
        let bytes = count * (7 * size_of::<f32>() + size_of::<BFloat16>());
        self.time("AdamW", &Work::Bytes(bytes), |device| {
            let updated = Updated {
                parameters: parameters.view_mut(count),
                first_moments: first.view_mut(count),
                second_moments: second.view_mut(count),
                gradients: gradients.view(count),
                rounded: Some(rounded.view_mut(count)),
                average: None,
            };
            adamw(device, &plan, updated, &[settings])
        })
    }
}
