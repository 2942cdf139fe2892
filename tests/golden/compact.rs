//! The compact base model equals PyTorch, on texts and over the first steps on real data.

use std::path::{Path, PathBuf};

use engine::model::backend::{Backend, TrainingBatch};
use engine::model::config::BertConfig;
use engine::model::learner::Update;
use engine::model::parameters::{ParameterLayout, Part};
use engine::text::batch::PackedBatch;
use serde::Deserialize;
use tokenizers::{Tokenizer, TruncationParams};

use crate::backends::backends;
use crate::optimizer::{Settings, learner};
use crate::tensors::{fixtures, flatten, largest_difference, read_json, read_tensors};

const LABELS: usize = 4;
/// Sequences computed at a time, to bound the memory of the padded reference.
const BATCH: usize = 8;

/// The compact model with the seeded head of the fixtures, without dropout.
struct Compact {
    config: BertConfig,
    parameters: Vec<f32>,
    folder: PathBuf,
}

impl Compact {
    fn load() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../base/compact");
        let path = folder.join("config.json");
        assert!(
            path.is_file(),
            "the compact base model is not in base/compact: get it first"
        );
        let config = BertConfig {
            hidden_dropout: 0.0,
            attention_dropout: 0.0,
            ..BertConfig::read(&path).unwrap()
        };
        let encoder = read_tensors(&folder.join("model.safetensors"));
        let head = read_tensors(&fixtures("compact").join("head.safetensors"));
        let layout = ParameterLayout::new(&config, LABELS);
        let parameters = flatten(&layout, |parameter| {
            match parameter.name.strip_prefix("bert.") {
                Some(name) => &encoder[name],
                None => &head[&parameter.name],
            }
        });
        Self {
            config,
            parameters,
            folder,
        }
    }

    fn tokenizer(&self, max_length: usize) -> Tokenizer {
        let mut tokenizer = Tokenizer::from_file(self.folder.join("tokenizer.json")).unwrap();
        let truncation = TruncationParams {
            max_length,
            ..Default::default()
        };
        tokenizer
            .with_truncation(Some(truncation))
            .unwrap()
            .with_padding(None);
        tokenizer
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TextsFile {
    max_length: usize,
    rows: Vec<TextRow>,
}

#[derive(Deserialize)]
struct TextRow {
    text: String,
    ids: Vec<u32>,
    logits: Vec<f32>,
}

#[test]
fn word_pieces_of_32_texts_equal_those_of_transformers() {
    let file: TextsFile = read_json(&fixtures("compact").join("texts.json"));
    let tokenizer = Compact::load().tokenizer(file.max_length);
    assert_eq!(file.rows.len(), 32);
    for row in file.rows {
        let encoding = tokenizer.encode_fast(row.text.as_str(), true).unwrap();
        assert_eq!(encoding.get_ids(), row.ids, "{}", row.text);
    }
}

#[test]
fn logits_of_32_texts_equal_those_of_transformers() {
    let compact = Compact::load();
    let file: TextsFile = read_json(&fixtures("compact").join("texts.json"));
    for (name, mut backend) in backends(&compact.config, LABELS) {
        for rows in file.rows.chunks(BATCH) {
            let batch = PackedBatch::new(rows.iter().map(|row| row.ids.as_slice()));
            let logits = backend.logits(&compact.parameters, &batch).unwrap();
            for (row, logits) in rows.iter().zip(logits.chunks_exact(LABELS)) {
                let difference = largest_difference(logits, &row.logits);
                assert!(
                    difference <= 1e-4,
                    "{name}: {difference} for {:?}",
                    row.text
                );
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LossesFile {
    batch_size: usize,
    learning_rate: f64,
    schedule_steps: usize,
    #[serde(flatten)]
    settings: Settings,
    max_length: usize,
    classes: Vec<String>,
    table_rows: usize,
    rows: Vec<usize>,
    losses: Vec<f64>,
}

#[derive(Deserialize)]
struct Abstract {
    title: String,
    #[serde(rename = "abstract")]
    text: String,
    group: String,
}

/// The word pieces and targets of each table row in `file.rows`.
fn read_rows(path: &Path, file: &LossesFile, tokenizer: &Tokenizer) -> Vec<(Vec<u32>, Vec<f32>)> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .from_path(path)
        .unwrap();
    let table: Vec<Abstract> = reader.deserialize().collect::<Result<_, _>>().unwrap();
    assert_eq!(table.len(), file.table_rows);
    let rows = file.rows.iter().map(|&row| &table[row]);
    rows.map(|row| {
        let text = format!("{} {}", row.title, row.text);
        let ids = tokenizer
            .encode_fast(text.trim(), true)
            .unwrap()
            .get_ids()
            .to_vec();
        let groups: Vec<&str> = row.group.split('|').collect();
        let targets = file
            .classes
            .iter()
            .map(|class| f32::from(groups.contains(&class.as_str())));
        (ids, targets.collect())
    })
    .collect()
}

/// The losses of the first `steps` steps of the notebook's protocol.
fn train_steps(
    backend: &mut dyn Backend,
    parameters: Vec<f32>,
    file: &LossesFile,
    rows: &[(Vec<u32>, Vec<f32>)],
    steps: usize,
) -> Vec<f64> {
    let mut learner = learner(backend, parameters, file.settings);
    let batches = rows.chunks(file.batch_size).take(steps).enumerate();
    batches
        .map(|(step, rows)| {
            let targets: Vec<f32> = rows
                .iter()
                .flat_map(|(_, targets)| targets.clone())
                .collect();
            let batch = TrainingBatch {
                batch: &PackedBatch::new(rows.iter().map(|(ids, _)| ids.as_slice())),
                targets: &targets,
                positive_weights: &[1.0; LABELS],
                cell_weight: 1.0 / targets.len() as f32,
                dropout: None,
                lowest_trained: Part::Embeddings,
                accumulate: false,
            };
            learner.learn(batch).unwrap();
            let left = (file.schedule_steps - step) as f64 / file.schedule_steps as f64;
            let update = Update {
                number: step as u64 + 1,
                learning_rate: file.learning_rate * left,
                average_kept: 0.0,
            };
            learner.update(update).unwrap();
            learner.done(true).unwrap()[0].loss
        })
        .collect()
}

#[test]
fn the_first_50_losses_on_real_data_equal_pytorch() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"))
        .join("medical-abstracts.csv");
    if !path.is_file() {
        println!("skipped: the_first_50_losses_on_real_data_equal_pytorch (no ../shared)");
        return;
    }
    let compact = Compact::load();
    let file: LossesFile = read_json(&fixtures("compact").join("losses.json"));
    let rows = read_rows(&path, &file, &compact.tokenizer(file.max_length));
    assert_eq!(file.losses.len(), 50);
    for (name, mut backend) in backends(&compact.config, LABELS) {
        // The reference takes seconds a step: there the first few stand for the rest.
        let steps = if name == "reference" {
            3
        } else {
            file.losses.len()
        };
        let parameters = compact.parameters.clone();
        let losses = train_steps(backend.as_mut(), parameters, &file, &rows, steps);
        assert_eq!(losses.len(), steps);
        for (step, (loss, expected)) in losses.iter().zip(&file.losses).enumerate() {
            let error = (loss - expected).abs();
            assert!(error <= 1e-3, "{name}, step {step}: {loss}, not {expected}");
        }
    }
}
