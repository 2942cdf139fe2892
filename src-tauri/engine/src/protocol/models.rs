//! Models as the window shows them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Article, RunSummary, UnreadableRun};
use crate::charts::ChartTable;
use crate::evaluation::{EvaluatedPart, Evaluation, Intervals, Metrics, Rates};
use crate::library::model::Manifest;
use crate::training::events::TrainingHistory;

/// Everything that is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Library {
    /// The data folder.
    pub folder: PathBuf,
    /// The models, the newest first.
    pub models: Vec<ModelSummary>,
    /// The runs that did not finish.
    pub runs: Vec<RunSummary>,
    /// The runs whose description cannot be read. They can be discarded.
    pub unreadable_runs: Vec<UnreadableRun>,
    /// The base models.
    pub bases: Vec<BaseSummary>,
    /// Bytes of all models.
    pub model_bytes: u64,
    /// Bytes of everything that is kept in the data folder: models, runs, base models, projects
    /// and the history.
    pub total_bytes: u64,
    /// Bytes that are free on the disk; nothing where the system does not say.
    pub disk_available_bytes: Option<u64>,
}

/// A model in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ModelSummary {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Its size on disk.
    pub bytes: u64,
    /// Its manifest; none where another program wrote it or it is damaged.
    pub manifest: Option<Manifest>,
    /// What is wrong with it, if it is damaged.
    pub damage: Option<String>,
}

/// A base model in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BaseSummary {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Its size on disk.
    pub bytes: u64,
    /// Its parameters.
    pub parameters: u64,
    /// Word pieces that it can read.
    pub max_positions: usize,
    /// Whether it came with the program.
    pub is_built_in: bool,
    /// What is wrong with it, if it is damaged.
    pub damage: Option<String>,
}

/// Everything about a model but its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ModelOverview {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Its size on disk.
    pub bytes: u64,
    /// The labels, in the order of its outputs.
    pub labels: Vec<String>,
    /// The threshold of each label.
    pub thresholds: Vec<f64>,
    /// Word pieces of a text that are read.
    pub max_length: usize,
    /// Its manifest; none where another program wrote it.
    pub manifest: Option<Manifest>,
    /// Losses and evaluations of its run.
    pub history: Option<TrainingHistory>,
    /// The evaluation to show: on the test part, or else on the validation part.
    pub evaluation: Option<EvaluationOverview>,
    /// Whether the table that it was evaluated on is still where it was, unchanged.
    pub table_is_there: bool,
}

/// An evaluation without its scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EvaluationOverview {
    /// On which rows.
    pub part: EvaluatedPart,
    /// How many.
    pub rows: usize,
    /// The labels.
    pub labels: Vec<String>,
    /// The threshold of each label.
    pub thresholds: Vec<f64>,
    /// The metrics at these thresholds.
    pub metrics: Metrics,
    /// Bootstrap intervals of the headline numbers.
    pub intervals: Intervals,
    /// The linear baseline on the same rows.
    pub baseline: Option<Metrics>,
    /// The same as a sentence says it.
    pub of_hundred: OfHundred,
}

/// Precision and recall as a sentence says them: "of 100 labels it gives, 94 are right; of 100
/// that it should give, it finds 92".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OfHundred {
    /// Right ones among 100 that are given; nothing when none is given.
    pub right: Option<u32>,
    /// Found ones among 100 that should be given; nothing when there are none.
    pub found: Option<u32>,
}

impl From<&Evaluation> for EvaluationOverview {
    fn from(evaluation: &Evaluation) -> Self {
        let baseline = evaluation.baseline.as_ref();
        Self {
            part: evaluation.part,
            rows: evaluation.rows.len(),
            labels: evaluation.labels.clone(),
            thresholds: evaluation.thresholds.clone(),
            metrics: evaluation.metrics.clone(),
            intervals: evaluation.intervals.clone(),
            baseline: baseline.map(|baseline| baseline.metrics.clone()),
            of_hundred: evaluation.metrics.micro.into(),
        }
    }
}

impl From<Rates> for OfHundred {
    /// Precision and recall over all cells, rounded.
    fn from(micro: Rates) -> Self {
        let of_hundred = |rate: f64| (rate * 100.0).round() as u32;
        Self {
            right: micro.precision.map(of_hundred),
            found: micro.recall.map(of_hundred),
        }
    }
}

/// As what a model is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ExportFormat {
    /// A Hugging Face folder that opens in transformers.
    Folder,
    /// The same folder in one zip file.
    Zip,
}

/// What thresholds do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ThresholdTrial {
    /// The threshold of each label.
    pub thresholds: Vec<f64>,
    /// Whether each label reaches what the goal asks on the validation rows; nothing where it asks
    /// for no rate, or the rate is not defined.
    pub goal_met: Vec<Option<bool>>,
    /// On the validation rows, which they are chosen on.
    pub validation: Metrics,
    /// On the test rows, where there are any.
    pub test: Option<Metrics>,
}

/// Articles behind a count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct JudgedArticles {
    /// How many there are.
    pub total: usize,
    /// Those asked for, the most confidently wrong (or the surest right) first.
    pub articles: Vec<JudgedArticle>,
    /// Whether the table is still where it was, unchanged; without it the texts are empty.
    pub table_is_there: bool,
}

/// An article with what is true and what the model says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct JudgedArticle {
    /// The article, with its true labels.
    pub article: Article,
    /// The labels that the model gives it.
    pub given: Vec<String>,
    /// The probability of each label.
    pub scores: Vec<f64>,
}

/// What a chart is drawn from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum ChartSource {
    /// The open table, as it was profiled last.
    Table,
    /// A model's record.
    Model {
        /// The model.
        model: String,
    },
}

/// A chart, and the same as a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DrawnChart {
    /// Its title.
    pub title: String,
    /// The picture as SVG.
    pub svg: String,
    /// Its numbers.
    pub table: ChartTable,
}

/// What this machine has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MachineSummary {
    /// Operating system and processor architecture.
    pub system: String,
    /// The processor's name; nothing where the system does not say.
    pub processor: Option<String>,
    /// The name of the card that would compute where the choice is left to the program; nothing where there is none.
    pub card: Option<String>,
    /// Threads that compute when nothing else is asked for.
    pub threads: usize,
    /// Threads that the processor has.
    pub processors: usize,
    /// The widest vector instructions in use.
    pub vectors: String,
    /// Bytes of memory; nothing where the system does not say.
    pub memory_bytes: Option<u64>,
    /// Bytes of memory that are free.
    pub memory_available_bytes: Option<u64>,
    /// Bytes that are free on the disk of the data folder.
    pub disk_available_bytes: Option<u64>,
    /// The data folder.
    pub folder: PathBuf,
    /// The program's version.
    pub version: String,
}
