//! How a model is fine-tuned, as data: every setting, the two recipes, and their checks.

use kernels::matrix::Precision;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::setting::{Bounds, Setting};
use crate::devices::{DeviceChoice, OpenedDevice};
use crate::model::config::BertConfig;
use crate::model::parameters::Part;

/// Every setting of a run. Two runs with the same recipe, data, base model and kind of processor
/// give the same weights, bit for bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Recipe {
    /// The recipe this one started from.
    pub name: String,
    /// Word pieces of a text that are read, `[CLS]` and `[SEP]` included.
    pub max_length: usize,
    /// Articles a weight update.
    pub batch_size: usize,
    /// Micro-batches that a batch is computed in; more need less memory and give the same update.
    pub micro_batches: usize,
    /// Passes over the training rows.
    pub epochs: usize,
    /// Highest learning rate of the run.
    pub learning_rate: f64,
    /// How the learning rate falls after the warm-up.
    pub schedule: Schedule,
    /// Share of all updates in which the learning rate rises from 0, in [0, 1).
    pub warm_up: f64,
    /// Decoupled weight decay of AdamW.
    pub weight_decay: f64,
    /// Which parameters decay.
    pub decayed: Decayed,
    /// Each layer learns at this factor of the rate of the layer above, in (0, 1].
    pub layer_decay: f64,
    /// Factor on the learning rate of the pooler and the classification head.
    pub head_rate_factor: f64,
    /// Largest norm of all gradients together; larger ones are scaled down to it.
    pub clipping_norm: Option<f64>,
    /// Dropout everywhere, in [0, 1); the base model's own rates when absent.
    pub dropout: Option<f32>,
    /// Seed of the head, the order of the articles and dropout.
    pub seed: u64,
    /// Freezes the embeddings and this many encoder layers from below; nothing when absent.
    pub frozen_layers: Option<usize>,
    /// What decides which evaluation was the best.
    pub metric: Metric,
    /// Stops after this many evaluations in a row without a better one; never when absent.
    pub patience: Option<usize>,
    /// Updates between two evaluations on the validation rows; once an epoch when absent.
    pub evaluation_interval: Option<u64>,
    /// Weights of the labels' positive cells in the loss.
    pub label_weights: LabelWeights,
    /// Share of each weight that an average over the past updates keeps a step, in (0, 1); the
    /// average is what is evaluated and saved. No average when absent.
    pub weight_averaging: Option<f64>,
    /// How the threshold of each label is chosen.
    pub thresholds: ThresholdChoice,
    /// Which implementation computes.
    pub backend: BackendChoice,
    /// What computes. A run notes what it began with; the program's choice when absent.
    #[serde(default)]
    pub device: Option<DeviceChoice>,
    /// What products between layers multiply; `f32` in what earlier versions wrote.
    #[serde(default)]
    pub precision: PrecisionChoice,
    /// Threads; as many as the processor has cores when absent. The result does not depend on it.
    pub threads: Option<usize>,
}

/// How the learning rate falls after the warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Schedule {
    /// In a straight line to 0 at the last update.
    Linear,
    /// Along half a cosine to 0 at the last update.
    Cosine,
    /// Not at all.
    Constant,
}

/// Which parameters decay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Decayed {
    /// All of them.
    All,
    /// Matrices and embeddings, but neither biases nor layer normalisations.
    Matrices,
}

/// What decides which evaluation was the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Metric {
    /// Micro-averaged F1 at threshold 0.5; higher is better.
    MicroF1,
    /// Macro-averaged F1 at threshold 0.5; higher is better.
    MacroF1,
    /// Mean validation loss; lower is better.
    Loss,
}

/// Weights of the labels' positive cells in the loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum LabelWeights {
    /// 1 for every label.
    Equal,
    /// The root of negatives over positives in the training rows, at most 10: rare labels count
    /// more, without drowning the common ones.
    Balanced,
}

/// How the threshold of each label is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ThresholdChoice {
    /// 0.5 for every label.
    Half,
    /// The best F1 of each label on the validation rows.
    Validation,
}

/// Which implementation computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum BackendChoice {
    /// Explicit passes over flat buffers, on the processor.
    Explicit,
    /// Differentiable candle: slower, and runs wherever candle does.
    Candle,
}

/// What products between layers multiply. Sums, normalisations, softmax, the loss, the weights and
/// their moments are `f32` in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum PrecisionChoice {
    /// bfloat16 where what computes multiplies it, `f32` elsewhere.
    Auto,
    /// `f32`
    #[default]
    F32,
    /// bfloat16, which not every processor has.
    Bf16,
}

impl PrecisionChoice {
    /// What it is on this device; every card that can be used multiplies bfloat16.
    pub fn on(self, device: &OpenedDevice) -> Precision {
        let is_available = match device {
            OpenedDevice::Processor => Precision::BFloat16.is_available(),
            OpenedDevice::Card(_) => true,
        };
        match self {
            Self::Auto if is_available => Precision::BFloat16,
            Self::Auto | Self::F32 => Precision::Single,
            Self::Bf16 => Precision::BFloat16,
        }
    }
}

/// A setting that makes no sense, alone or with this base model.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum RecipeError {
    /// There is no recipe of this name.
    #[error("there is no recipe named \"{name}\". Choose \"notebook\" or \"recommended\"")]
    #[serde(rename = "unknownRecipe")]
    Unknown {
        /// The name.
        name: String,
    },
    /// A setting is out of its range.
    #[error("{setting} = {value} is not possible: it has to be {expected}")]
    #[serde(rename = "settingOutOfRange")]
    OutOfRange {
        /// Name of the setting.
        setting: Setting,
        /// Its value.
        #[ts(type = "number | null")]
        value: f64,
        /// What would be possible.
        expected: Bounds,
    },
    /// candle was asked for on a card.
    #[error(
        "the implementation candle computes on the processor alone. Choose the device cpu, or the implementation explicit"
    )]
    CandleOnCard,
    /// The texts would be longer than the base model can read.
    #[error(
        "the maximum length of {asked} word pieces is more than this base model reads ({positions}). Choose at most {positions}"
    )]
    #[serde(rename = "lengthBeyondBase")]
    TooLong {
        /// Word pieces asked for.
        asked: usize,
        /// Positions of the base model.
        positions: usize,
    },
}

impl Recipe {
    /// The protocol of the PyTorch notebook that this program grew from, exactly.
    pub fn notebook() -> Self {
        Self {
            name: "notebook".into(),
            max_length: 128,
            batch_size: 16,
            micro_batches: 1,
            epochs: 3,
            learning_rate: 2e-5,
            schedule: Schedule::Linear,
            warm_up: 0.0,
            weight_decay: 0.01,
            decayed: Decayed::All,
            layer_decay: 1.0,
            head_rate_factor: 1.0,
            clipping_norm: None,
            dropout: Some(0.1),
            seed: 42,
            frozen_layers: None,
            metric: Metric::MicroF1,
            patience: None,
            evaluation_interval: None,
            label_weights: LabelWeights::Equal,
            weight_averaging: None,
            thresholds: ThresholdChoice::Half,
            backend: BackendChoice::Explicit,
            device: None,
            precision: PrecisionChoice::F32,
            threads: None,
        }
    }

    /// Ours: whole abstracts, more epochs with warm-up, no decay on biases and normalisations,
    /// gradients clipped, thresholds from the validation rows, and bfloat16 where it is faster.
    pub fn recommended() -> Self {
        Self {
            name: "recommended".into(),
            max_length: 512,
            epochs: 5,
            learning_rate: 1.5e-4,
            warm_up: 0.1,
            decayed: Decayed::Matrices,
            clipping_norm: Some(1.0),
            dropout: None,
            patience: Some(3),
            thresholds: ThresholdChoice::Validation,
            precision: PrecisionChoice::Auto,
            ..Self::notebook()
        }
    }

    /// The recipe of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(name: &str) -> Result<Self, RecipeError> {
        match name {
            "notebook" => Ok(Self::notebook()),
            "recommended" => Ok(Self::recommended()),
            other => Err(RecipeError::Unknown { name: other.into() }),
        }
    }

    /// Checks every setting, also against the base model.
    ///
    /// # Errors
    /// Names the first setting that is not possible.
    pub fn check(&self, config: &BertConfig) -> Result<(), RecipeError> {
        if self.max_length > config.max_positions {
            return Err(RecipeError::TooLong {
                asked: self.max_length,
                positions: config.max_positions,
            });
        }
        let one = Bounds::AtLeast { least: 1.0 };
        let up_to = |most| Bounds::PositiveUpTo { most };
        let layers = Bounds::AtMost {
            most: config.layers as f64,
        };
        let interval = self.evaluation_interval.unwrap_or(1) as f64;
        let dropout = f64::from(self.dropout.unwrap_or(0.0));
        for (setting, value, expected) in [
            (
                Setting::MaxLength,
                self.max_length as f64,
                Bounds::AtLeast { least: 3.0 },
            ),
            (Setting::BatchSize, self.batch_size as f64, one),
            (Setting::MicroBatches, self.micro_batches as f64, one),
            (Setting::Epochs, self.epochs as f64, one),
            (Setting::Threads, self.threads.unwrap_or(1) as f64, one),
            (Setting::Patience, self.patience.unwrap_or(1) as f64, one),
            (Setting::EvaluationInterval, interval, one),
            (Setting::LearningRate, self.learning_rate, up_to(1.0)),
            (
                Setting::HeadRateFactor,
                self.head_rate_factor,
                up_to(1000.0),
            ),
            (Setting::WarmUp, self.warm_up, Bounds::Share),
            (Setting::WeightDecay, self.weight_decay, Bounds::Share),
            (Setting::Dropout, dropout, Bounds::Share),
            (
                Setting::WeightAveraging,
                self.weight_averaging.unwrap_or(0.0),
                Bounds::Share,
            ),
            (Setting::LayerDecay, self.layer_decay, up_to(1.0)),
            (
                Setting::ClippingNorm,
                self.clipping_norm.unwrap_or(1.0),
                Bounds::Positive,
            ),
            (
                Setting::FrozenLayers,
                self.frozen_layers.unwrap_or(0) as f64,
                layers,
            ),
        ] {
            if !expected.contains(value) {
                return Err(RecipeError::OutOfRange {
                    setting,
                    value,
                    expected,
                });
            }
        }
        Ok(())
    }

    /// The lowest part of the model that learns.
    pub fn lowest_trained(&self, config: &BertConfig) -> Part {
        match self.frozen_layers {
            None => Part::Embeddings,
            Some(frozen) if frozen >= config.layers => Part::Pooler,
            Some(frozen) => Part::Layer(frozen),
        }
    }

    /// The next larger number of micro-batches that makes them smaller; nothing where each article is one already.
    pub fn smaller_micro_batches(&self) -> Option<usize> {
        let rows = |micro_batches: usize| self.batch_size.div_ceil(micro_batches.max(1));
        (self.micro_batches + 1..=self.batch_size)
            .find(|&more| rows(more) < rows(self.micro_batches))
    }

    /// The base model's configuration with this recipe's dropout.
    pub fn with_dropout(&self, mut config: BertConfig) -> BertConfig {
        if let Some(dropout) = self.dropout {
            config.hidden_dropout = dropout;
            config.attention_dropout = dropout;
        }
        config
    }
}

impl Metric {
    /// Whether an evaluation with this value and this loss is better than the best one. Of equal
    /// values the one with the lower loss is better: early on a small table may give no label at
    /// all, and learn all the same.
    pub fn improves(self, (value, loss): (f64, f64), (best, best_loss): (f64, f64)) -> bool {
        match self {
            Self::MicroF1 | Self::MacroF1 => value > best || (value == best && loss < best_loss),
            Self::Loss => value < best,
        }
    }
}
