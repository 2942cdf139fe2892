//! A tiny random BERT and a model of it, for tests of everything that stands on folders.

use std::path::{Path, PathBuf};

use super::model::{
    BaseOrigin, Columns, FORMAT_VERSION, Headline, Machine, Manifest, ModelLibrary, ModelRecord,
    ModelToSave, SplitSizes, save_model,
};
use crate::dataset::{CorrectionEffects, Corrections, DatasetProfile, TableSource};
use crate::evaluation::{EvaluatedPart, Evaluation};
use crate::labels::{LabelMatrix, ScoreMatrix};
use crate::model::config::BertConfig;
use crate::model::parameters::tests::tiny_config;
use crate::model::parameters::{ParameterKind, ParameterLayout};
use crate::model::weights::write_parameters;
use crate::split::{Split, SplitChoice};
use crate::text::tokenizer::Tokenizer;
use crate::training::End;
use crate::training::events::TrainingHistory;
use crate::training::recipe::Recipe;

/// The labels of the tiny model.
pub(crate) const LABELS: [&str; 2] = ["heart", "brain"];

/// The words that the tiny vocabulary knows.
pub(crate) const WORDS: [&str; 12] = [
    "heart", "brain", "artery", "neuron", "study", "of", "the", "and", "patients", "stroke",
    "with", "trial",
];

pub(crate) fn config() -> BertConfig {
    BertConfig {
        vocabulary_size: 5 + WORDS.len(),
        ..tiny_config()
    }
}

/// Pseudo-random weights of usual sizes; normalisations scale by 1.
pub(crate) fn parameters() -> Vec<f32> {
    let layout = ParameterLayout::new(&config(), LABELS.len());
    let mut state = 7_u64;
    let mut values = vec![0.0; layout.len()];
    for parameter in &layout.parameters {
        for value in &mut values[parameter.range.clone()] {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let noise = ((state >> 40) as f32 / (1 << 24) as f32 - 0.5) * 0.2;
            *value = match parameter.kind {
                ParameterKind::NormScale => 1.0 + noise,
                _ => noise,
            };
        }
    }
    values
}

/// Writes a base model that can be fine-tuned, as another program would have written it.
pub(crate) fn write_base(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let config = config();
    let json = serde_json::json!({
        "model_type": "bert",
        "vocab_size": config.vocabulary_size,
        "hidden_size": config.hidden_size,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "intermediate_size": config.intermediate_size,
        "hidden_act": "gelu",
        "max_position_embeddings": config.max_positions,
    });
    std::fs::write(folder.join("config.json"), json.to_string()).unwrap();
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
    let words: Vec<&str> = special.iter().chain(&WORDS).copied().collect();
    std::fs::write(folder.join("vocab.txt"), words.join("\n")).unwrap();
    let layout = ParameterLayout::new(&config, LABELS.len());
    let path = folder.join("model.safetensors");
    write_parameters(&path, &layout, &parameters(), &[].into()).unwrap();
}

pub(crate) fn tokenizer() -> Tokenizer {
    let folder = tempfile::tempdir().unwrap();
    write_base(folder.path());
    Tokenizer::from_folder(folder.path()).unwrap()
}

fn labels() -> Vec<String> {
    LABELS.map(str::to_owned).into()
}

pub(crate) fn manifest(name: &str) -> Manifest {
    Manifest {
        format_version: FORMAT_VERSION,
        program: "etiqueta 0.0.0".into(),
        name: name.into(),
        run: "2".repeat(64),
        created: "2026-11-25T07:00:00Z".into(),
        notes: String::new(),
        labels: labels(),
        thresholds: vec![0.5, 0.25],
        base: BaseOrigin {
            name: "tiny".into(),
            sha256: "0".repeat(64),
            initialised: Vec::new(),
        },
        table: TableSource {
            path: "articles.csv".into(),
            sha256: "1".repeat(64),
            bytes: 12,
            encoding: None,
            separator: Some(';'),
            sheet: None,
            has_byte_order_mark: false,
            rows: 4,
            blank_rows: 0,
        },
        test_table: None,
        corrections: Corrections::default(),
        effects: CorrectionEffects::default(),
        test_effects: None,
        columns: Columns {
            title: Some("title".into()),
            abstract_text: Some("abstract".into()),
            id: None,
            labels: vec!["labels".into()],
            label_separator: Some("|".into()),
        },
        split: SplitChoice::Notebook,
        split_sizes: SplitSizes {
            training: 2,
            validation: 2,
            test: 0,
        },
        recipe: Recipe {
            max_length: 16,
            ..Recipe::notebook()
        },
        headline: Headline {
            on_test: false,
            micro_f1: Some(0.5),
            macro_f1: None,
            baseline_micro_f1: None,
        },
        machine: Machine {
            system: "any".into(),
            threads: 1,
            device: None,
            seconds: 1.5,
            steps: 3,
            end: End::Finished,
            best_epoch: 2.0,
        },
    }
}

pub(crate) fn record() -> ModelRecord {
    let targets = LabelMatrix::new(2, vec![true, false, true, true]);
    let scores = ScoreMatrix::new(2, vec![0.75, 0.125, 0.25, 0.625]);
    let validation = Evaluation::new(
        EvaluatedPart::Validation,
        vec![0, 2],
        labels(),
        vec![0.5, 0.25],
        targets.clone(),
        scores,
        None,
        42,
    )
    .unwrap();
    ModelRecord {
        history: TrainingHistory::default(),
        profile: DatasetProfile::new(&labels(), &targets, &[], 16),
        split: Split {
            training: vec![1, 3],
            validation: vec![0, 2],
            test: Vec::new(),
        },
        validation,
        test: None,
    }
}

/// Saves the tiny model and gives its folder.
pub(crate) fn save(library: &ModelLibrary, name: &str) -> PathBuf {
    let folder = library.place(name).unwrap();
    let model = ModelToSave {
        config: &config(),
        tokenizer: &tokenizer(),
        parameters: &parameters(),
        manifest: &manifest(name),
        record: &record(),
    };
    save_model(&folder, model).unwrap();
    folder
}
