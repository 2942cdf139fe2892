//! The settings of a recipe by name, and what each may be.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;
use ts_rs::TS;

/// A setting of a recipe that has a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Setting {
    /// Word pieces of a text.
    MaxLength,
    /// Articles an update.
    BatchSize,
    /// Pieces of a batch.
    MicroBatches,
    /// Times that all articles are read.
    Epochs,
    /// Threads that compute.
    Threads,
    /// Evaluations without a better one.
    Patience,
    /// Updates between evaluations.
    EvaluationInterval,
    /// The highest learning rate.
    LearningRate,
    /// How much faster the head learns.
    HeadRateFactor,
    /// Share of updates that warm up.
    WarmUp,
    /// How much weights shrink.
    WeightDecay,
    /// Share of values dropped.
    Dropout,
    /// How long averaged weights remember.
    WeightAveraging,
    /// How much slower lower layers learn.
    LayerDecay,
    /// Largest norm of the gradients.
    ClippingNorm,
    /// Layers that do not learn.
    FrozenLayers,
}

impl Display for Setting {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::MaxLength => "the maximum length",
            Self::BatchSize => "the batch size",
            Self::MicroBatches => "the number of micro-batches",
            Self::Epochs => "the number of epochs",
            Self::Threads => "the number of threads",
            Self::Patience => "the patience",
            Self::EvaluationInterval => "the evaluation interval",
            Self::LearningRate => "the learning rate",
            Self::HeadRateFactor => "the head's learning rate factor",
            Self::WarmUp => "the warm-up",
            Self::WeightDecay => "the weight decay",
            Self::Dropout => "dropout",
            Self::WeightAveraging => "weight averaging",
            Self::LayerDecay => "layer decay",
            Self::ClippingNorm => "the clipping norm",
            Self::FrozenLayers => "the number of frozen layers",
        })
    }
}

/// A range of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, TS)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Bounds {
    /// No less than this.
    AtLeast {
        /// The lowest.
        least: f64,
    },
    /// No more than this.
    AtMost {
        /// The highest.
        most: f64,
    },
    /// More than 0.
    Positive,
    /// More than 0, and no more than this.
    PositiveUpTo {
        /// The highest.
        most: f64,
    },
    /// 0 or more, and less than 1.
    Share,
}

impl Bounds {
    /// Whether a number is in the range.
    pub fn contains(self, value: f64) -> bool {
        match self {
            Self::AtLeast { least } => value >= least,
            Self::AtMost { most } => value <= most,
            Self::Positive => value > 0.0,
            Self::PositiveUpTo { most } => value > 0.0 && value <= most,
            Self::Share => (0.0..1.0).contains(&value),
        }
    }
}

impl Display for Bounds {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast { least } => write!(formatter, "at least {least}"),
            Self::AtMost { most } => write!(formatter, "at most {most}"),
            Self::Positive => formatter.write_str("above 0"),
            Self::PositiveUpTo { most } => write!(formatter, "above 0 and at most {most}"),
            Self::Share => formatter.write_str("at least 0 and below 1"),
        }
    }
}
