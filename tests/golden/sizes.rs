//! A card beside the processor, on models whose matrices, heads and texts are larger than those of the tiny one: several
//! tiles of every product, the fused attention on tensor cores, sums in parts.

use engine::model::backend::{Backend, DropoutStream, TrainingBatch};
use engine::model::bert::ExplicitBackend;
use engine::model::config::BertConfig;
use engine::model::parameters::{ParameterKind, ParameterLayout, Part};
use engine::text::batch::PackedBatch;
use kernels::matrix::Precision;

use crate::backends::card_backend;
use crate::tensors::{distance, norm};
use crate::tiny_fixture::Tiny;

const LABELS: usize = 5;
/// The largest relative error of the gradient of a parameter in f32: sums in another order.
const SINGLE: f64 = 1e-4;
/// And in bfloat16, of all gradients and of a parameter's.
const BFLOAT16: (f64, f64) = (4e-2, 0.15);
/// Gradients that are smaller than this share of all are what is left over of larger numbers.
const FAINT: f64 = 1e-3;

/// A model that has learned nothing, and texts.
struct Case {
    config: BertConfig,
    layout: ParameterLayout,
    parameters: Vec<f32>,
    batch: PackedBatch,
    targets: Vec<f32>,
}

impl Case {
    fn new(layers: usize, (heads, head): (usize, usize), lengths: &[usize]) -> Self {
        let hidden = heads * head;
        let config = BertConfig {
            hidden_size: hidden,
            intermediate_size: 4 * hidden,
            heads,
            layers,
            vocabulary_size: 1_000,
            max_positions: 512,
            hidden_dropout: 0.1,
            attention_dropout: 0.1,
            ..Tiny::load("gelu").config
        };
        let layout = ParameterLayout::new(&config, LABELS);
        let mut parameters = layout.noise();
        // A deviation of 0.02, as new models have.
        for one in &layout.parameters {
            if one.kind != ParameterKind::NormScale {
                for value in &mut parameters[one.range.clone()] {
                    *value *= 0.35;
                }
            }
        }
        let texts: Vec<Vec<u32>> = lengths
            .iter()
            .enumerate()
            .map(|(text, &length)| {
                let id = |at: usize| ((at * 7_919 + text * 104_729) % 1_000) as u32;
                (0..length).map(id).collect()
            })
            .collect();
        let cells = 0..texts.len() * LABELS;
        Self {
            batch: PackedBatch::new(texts.iter().map(Vec::as_slice)),
            targets: cells
                .map(|cell| f32::from(u8::from(cell % 3 == 0)))
                .collect(),
            config,
            layout,
            parameters,
        }
    }

    /// The loss and the gradients of an update with dropout.
    fn learn(&self, backend: &mut dyn Backend) -> (f64, Vec<f32>) {
        let batch = TrainingBatch {
            batch: &self.batch,
            targets: &self.targets,
            positive_weights: &[1.0; LABELS],
            cell_weight: 1.0 / self.targets.len() as f32,
            accumulate: false,
            dropout: Some(DropoutStream { seed: 7, step: 3 }),
            lowest_trained: Part::Embeddings,
        };
        let mut gradients = vec![0.0; self.layout.len()];
        let loss = backend
            .train(&self.parameters, batch, &mut gradients)
            .unwrap();
        (loss, gradients)
    }

    /// A card learns what the processor does, and answers as it does.
    fn compare(&self, precision: Precision) {
        let Some(mut card) = card_backend(&self.config, LABELS, precision) else {
            return;
        };
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let mut processor =
            ExplicitBackend::new(self.config.clone(), LABELS, threads, Precision::Single).unwrap();
        let (loss, expected) = self.learn(&mut processor);
        let learned = self.learn(&mut *card);
        let (found_loss, found) = &learned;
        let (of_all, of_one) = match precision {
            Precision::Single => (SINGLE, SINGLE),
            Precision::BFloat16 => BFLOAT16,
        };
        assert!(
            (found_loss - loss).abs() <= of_all * loss,
            "a loss of {found_loss} instead of {loss}"
        );
        let all = norm(&expected);
        let off = distance(found, &expected) / all;
        assert!(off <= of_all, "the gradients differ by {off}");
        for one in &self.layout.parameters {
            let (found, expected) = (&found[one.range.clone()], &expected[one.range.clone()]);
            let off = distance(found, expected) / norm(expected).max(FAINT * all);
            assert!(off <= of_one, "{} differs by {off}", one.name);
        }
        assert!(self.learn(&mut *card) == learned, "another time other bits");

        let expected = processor.logits(&self.parameters, &self.batch).unwrap();
        let found = card.logits(&self.parameters, &self.batch).unwrap();
        let off = distance(&found, &expected) / norm(&expected);
        assert!(off <= of_all, "the logits differ by {off}");
    }
}

#[test]
fn a_card_learns_with_heads_and_texts_of_several_tiles_as_the_processor_does() {
    for (heads, lengths) in [((2, 64), [70, 1, 130]), ((3, 32), [64, 65, 9])] {
        let case = Case::new(2, heads, &lengths);
        case.compare(Precision::Single);
        case.compare(Precision::BFloat16);
    }
}

/// 16 texts, some of them of 512 word pieces; emulating it would take hours.
#[test]
fn a_card_learns_at_the_sizes_of_bert_base_as_the_processor_does() {
    if std::env::var_os("ETIQUETA_TEST_CARD").is_none() {
        println!("skipped: no card to test at the sizes of bert-base");
        return;
    }
    let lengths = [
        512, 128, 301, 77, 64, 128, 511, 200, 5, 128, 33, 90, 128, 127, 257, 19,
    ];
    let case = Case::new(12, (12, 64), &lengths);
    case.compare(Precision::Single);
    case.compare(Precision::BFloat16);
}
