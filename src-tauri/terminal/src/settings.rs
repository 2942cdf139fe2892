//! Settings of a run as options, and what they change in a recipe.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use engine::dataset::{ReadingChoices, RoleChoices, TextEncoding};
use engine::split::{Shares, SplitChoice};
use engine::training::recipe::{
    BackendChoice, Decayed, LabelWeights, Metric, PrecisionChoice, Recipe, RecipeError, Schedule,
    ThresholdChoice,
};

use crate::arguments::{Encoding, TableChoices};

/// A setting that can be switched off with "none".
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct OrNone<T>(Option<T>);

impl<T: FromStr> FromStr for OrNone<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        match text {
            "none" => Ok(Self(None)),
            _ => text.parse().map(|value| Self(Some(value))),
        }
    }
}

/// The options that change a recipe.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Recipe (what is not given is as the recipe has it)")]
pub(crate) struct RecipeSettings {
    /// Where the settings start: "recommended", or "notebook", the exact protocol of the PyTorch
    /// notebook.
    #[arg(long, default_value = "recommended")]
    pub(crate) recipe: String,
    /// Word pieces of a text that are read.
    #[arg(long, value_name = "WORD_PIECES")]
    max_length: Option<usize>,
    /// Articles a weight update.
    #[arg(long, value_name = "ARTICLES")]
    batch_size: Option<usize>,
    /// Parts that a batch is computed in; more need less memory.
    #[arg(long, value_name = "PARTS")]
    micro_batches: Option<usize>,
    /// Passes over the training rows.
    #[arg(long)]
    epochs: Option<usize>,
    /// Highest learning rate.
    #[arg(long, value_name = "RATE")]
    learning_rate: Option<f64>,
    /// How the learning rate falls.
    #[arg(long)]
    schedule: Option<ScheduleName>,
    /// Share of the updates in which the learning rate rises.
    #[arg(long, value_name = "SHARE")]
    warm_up: Option<f64>,
    /// Decoupled weight decay.
    #[arg(long, value_name = "DECAY")]
    weight_decay: Option<f64>,
    /// What decays.
    #[arg(long)]
    decayed: Option<DecayedName>,
    /// Factor on the learning rate from each layer to the one below.
    #[arg(long, value_name = "FACTOR")]
    layer_decay: Option<f64>,
    /// Factor on the learning rate of pooler and head.
    #[arg(long, value_name = "FACTOR")]
    head_rate_factor: Option<f64>,
    /// Largest norm of the gradients, or "none".
    #[arg(long, value_name = "NORM")]
    clipping_norm: Option<OrNone<f64>>,
    /// Dropout, or "none" for the base model's own.
    #[arg(long, value_name = "SHARE")]
    dropout: Option<OrNone<f32>>,
    /// Seed of the head, the order of the articles and dropout.
    #[arg(long)]
    seed: Option<u64>,
    /// Encoder layers that stay as they are, with the embeddings, or "none".
    #[arg(long, value_name = "LAYERS")]
    frozen_layers: Option<OrNone<usize>>,
    /// What decides which evaluation was the best.
    #[arg(long)]
    metric: Option<MetricName>,
    /// Evaluations without a better one before the run stops, or "none".
    #[arg(long, value_name = "EVALUATIONS")]
    patience: Option<OrNone<usize>>,
    /// Updates between two evaluations, or "none" for one an epoch.
    #[arg(long, value_name = "UPDATES")]
    evaluation_interval: Option<OrNone<u64>>,
    /// Whether rare labels weigh more.
    #[arg(long)]
    label_weights: Option<LabelWeightsName>,
    /// Share that the average of the weights keeps an update, or "none".
    #[arg(long, value_name = "SHARE")]
    weight_averaging: Option<OrNone<f64>>,
    /// How the thresholds are chosen.
    #[arg(long)]
    thresholds: Option<ThresholdsName>,
    /// What computes.
    #[arg(long)]
    backend: Option<BackendName>,
    /// What products between layers multiply.
    #[arg(long)]
    precision: Option<PrecisionName>,
}

macro_rules! names {
    ($name:ident for $target:ty { $($(#[$doc:meta])* $variant:ident),* $(,)? }) => {
        #[derive(Debug, Clone, Copy, ValueEnum)]
        enum $name {
            $($(#[$doc])* $variant),*
        }

        impl From<$name> for $target {
            fn from(name: $name) -> Self {
                match name {
                    $($name::$variant => Self::$variant),*
                }
            }
        }
    };
}

names!(ScheduleName for Schedule {
    /// In a straight line.
    Linear,
    /// Along half a cosine.
    Cosine,
    /// Not at all.
    Constant,
});
names!(DecayedName for Decayed {
    /// Everything.
    All,
    /// Matrices and embeddings.
    Matrices,
});
names!(MetricName for Metric {
    /// Micro-averaged F1.
    MicroF1,
    /// Macro-averaged F1.
    MacroF1,
    /// Validation loss.
    Loss,
});
names!(LabelWeightsName for LabelWeights {
    /// All labels alike.
    Equal,
    /// Rare labels more.
    Balanced,
});
names!(ThresholdsName for ThresholdChoice {
    /// 0.5 for every label.
    Half,
    /// The best F1 of each label on the validation rows.
    Validation,
});
names!(BackendName for BackendChoice {
    /// Explicit passes on the processor: fast.
    Explicit,
    /// Differentiable candle: the reference.
    Candle,
});

names!(PrecisionName for PrecisionChoice {
    /// bfloat16 where the processor multiplies it.
    Auto,
    /// Single precision.
    F32,
    /// bfloat16: needs AVX512-BF16.
    Bf16,
});

impl RecipeSettings {
    /// The recipe with these settings.
    pub(crate) fn recipe(&self) -> Result<Recipe, RecipeError> {
        let mut recipe = Recipe::named(&self.recipe)?;
        macro_rules! set {
            ($($field:ident),*) => {
                $(if let Some(value) = self.$field { recipe.$field = value.into(); })*
            };
        }
        macro_rules! set_or_none {
            ($($field:ident),*) => {
                $(if let Some(OrNone(value)) = self.$field { recipe.$field = value; })*
            };
        }
        set!(
            max_length,
            batch_size,
            micro_batches,
            epochs,
            learning_rate,
            schedule,
            warm_up,
            weight_decay,
            decayed,
            layer_decay,
            head_rate_factor,
            seed,
            metric,
            label_weights,
            thresholds,
            backend,
            precision
        );
        set_or_none!(
            clipping_norm,
            dropout,
            frozen_layers,
            patience,
            evaluation_interval,
            weight_averaging
        );
        Ok(recipe)
    }
}

/// How the rows are split.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Split")]
pub(crate) struct SplitSettings {
    /// How the rows are split; "notebook" for the notebook's recipe and "stratified" else.
    #[arg(long)]
    split: Option<SplitName>,
    /// Shares of training, validation and test.
    #[arg(long, value_name = "SHARES", default_value = "0.7/0.1/0.2", value_parser = parse_shares)]
    shares: [f64; 3],
    /// Seed of the split.
    #[arg(long, default_value_t = 42)]
    split_seed: u64,
    /// Column that says the part of each row: train, validation or test.
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["split", "test_table"])]
    split_column: Option<String>,
    /// A table of its own to test on.
    #[arg(long, value_name = "FILE", conflicts_with = "split")]
    pub(crate) test_table: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SplitName {
    /// Every label in the same share in each part; equal titles stay together.
    Stratified,
    /// By chance alone.
    Random,
    /// The notebook's rows exactly, without a test part. Rows are counted after corrections.
    Notebook,
    /// The notebook's validation rows to test on; a share of the others validates.
    NotebookHeldOut,
}

impl SplitSettings {
    /// The split that is asked for with this recipe.
    pub(crate) fn choice(&self, recipe: &Recipe) -> SplitChoice {
        let [training, validation, test] = self.shares;
        let seed = self.split_seed;
        let shares = Shares {
            training,
            validation,
            test,
            seed,
        };
        // Of the rows that are not for testing.
        let validation = validation / (training + validation);
        if let Some(name) = &self.split_column {
            return SplitChoice::Column { name: name.clone() };
        }
        if self.test_table.is_some() {
            return SplitChoice::OwnTest { validation, seed };
        }
        match self.split {
            None if recipe.name == "notebook" => SplitChoice::Notebook,
            None | Some(SplitName::Stratified) => SplitChoice::Stratified(shares),
            Some(SplitName::Random) => SplitChoice::Random(shares),
            Some(SplitName::Notebook) => SplitChoice::Notebook,
            Some(SplitName::NotebookHeldOut) => SplitChoice::NotebookHeldOut {
                validation: 0.1,
                seed,
            },
        }
    }
}

/// Why an option's value cannot be understood.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingError {
    #[error("three shares are needed, as in 0.7/0.1/0.2")]
    Shares,
    #[error("a separator is one character, or \"tab\"")]
    Separator,
    #[error("a label and its new name are needed, as in \"Onco=oncological\"")]
    Merge,
}

fn parse_shares(text: &str) -> Result<[f64; 3], SettingError> {
    let parts: Result<Vec<f64>, _> = text.split('/').map(|part| part.trim().parse()).collect();
    let mut parts = parts.map_err(|_| SettingError::Shares)?;
    // 70/10/20 means the same as 0.7/0.1/0.2.
    if parts.iter().sum::<f64>() > 99.0 {
        parts.iter_mut().for_each(|part| *part /= 100.0);
    }
    parts.try_into().map_err(|_| SettingError::Shares)
}

/// One character, or its name.
pub(crate) fn parse_separator(text: &str) -> Result<char, SettingError> {
    let mut characters = text.chars();
    match (text, characters.next(), characters.next()) {
        ("tab" | "\\t", ..) => Ok('\t'),
        (_, Some(character), None) if character.is_ascii() => Ok(character),
        _ => Err(SettingError::Separator),
    }
}

impl TableChoices {
    /// How the file is read.
    pub(crate) fn reading(&self) -> ReadingChoices {
        ReadingChoices {
            encoding: self.encoding.map(|encoding| match encoding {
                Encoding::Utf8 => TextEncoding::Utf8,
                Encoding::Utf16LittleEndian => TextEncoding::Utf16LittleEndian,
                Encoding::Utf16BigEndian => TextEncoding::Utf16BigEndian,
                Encoding::Windows1252 => TextEncoding::Windows1252,
            }),
            separator: self.separator,
            sheet: self.sheet.clone(),
        }
    }

    /// Which column is what.
    pub(crate) fn roles(&self) -> RoleChoices {
        RoleChoices {
            title: self.title_column.clone(),
            abstract_text: self.abstract_column.clone(),
            labels: self.label_column.clone(),
            id: self.id_column.clone(),
            label_separator: self.label_separator.clone(),
            label_order: self.label_order.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_switches_a_setting_off() {
        let off: OrNone<f64> = "none".parse().unwrap();
        let on: OrNone<f64> = "1.5".parse().unwrap();
        assert_eq!((off, on), (OrNone(None), OrNone(Some(1.5))));
    }

    #[test]
    fn shares_are_three_numbers() {
        assert_eq!(parse_shares("0.8/0.1/0.1").unwrap(), [0.8, 0.1, 0.1]);
        assert_eq!(parse_shares("80/10/10").unwrap(), [0.8, 0.1, 0.1]);
        assert!(parse_shares("0.8/0.2").is_err());
    }
}
