//! What a front and a worker say to each other: one JSON object a line, requests and controls one
//! way, events, answers and failures the other.
//!
//! A worker answers one request at a time; what waits is answered in turn. Every request gets
//! exactly one answer or failure, the last line with its number. Events come before it, in the
//! order in which things happened. `Stop` and `Pause` reach the request in progress at once. When
//! the input ends, the request in progress is suspended (a training writes its checkpoint), and
//! the worker ends.

mod classification;
mod devices;
mod job;
mod models;
mod progress;
mod resources;
mod tables;
#[cfg(test)]
mod tests;
mod training;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use crate::failure::Failure;
pub use classification::{
    BatchRequest, BatchSummary, ClassifiedDocument, EvaluatedTable, EvaluationRequest,
};
pub use devices::{CardSummary, ChosenDevice, DevicesSummary};
pub use job::{JobPhase, JobSnapshot, JobState, Prepared};
pub use models::{
    BaseSummary, ChartSource, DrawnChart, EvaluationOverview, ExportFormat, JudgedArticle,
    JudgedArticles, Library, MachineSummary, ModelOverview, ModelSummary, OfHundred,
    ThresholdTrial,
};
pub use progress::{Progress, ProgressUnit};
pub use resources::ResourceUse;
pub use tables::{
    Article, ArticleFilter, ArticlePage, ColumnOverview, FindingOverview, PartCounts,
    SeparatorOverview, SplitLeak, SplitOverview, TableOverview, TableProblem, TableProfile,
};
pub use training::{Estimate, Fit, RunSummary, TrainedSummary, UnreadableRun};

use crate::charts::{Chart, ChartStyle};
use crate::dataset::{Corrections, Document, ReadingChoices, RoleChoices};
use crate::devices::DeviceChoice;
pub use crate::evaluation::ArticleCell;
use crate::evaluation::ThresholdGoal;
use crate::jobs::{JobEvent, TrainingRequest};
use crate::library::path_of_base;
use crate::split::SplitChoice;
pub use crate::training::stop::Stop;

/// The version of this protocol; a worker of another one cannot be talked to.
pub const PROTOCOL_VERSION: u32 = 1;

/// A line to a worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(
    tag = "line",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum ToWorker {
    /// Asks for something.
    Ask {
        /// Number of the request, chosen by who asks.
        id: u64,
        /// What is asked for.
        request: Box<Request>,
    },
    /// Holds the request in progress at its next safe point; its clock stands still.
    Pause {
        /// Number of the request.
        id: u64,
    },
    /// Lets a paused request go on.
    Resume {
        /// Number of the request.
        id: u64,
    },
    /// Ends the request in progress at its next safe point.
    Stop {
        /// Number of the request.
        id: u64,
        /// What becomes of what it did.
        how: Stop,
    },
}

/// A line from a worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(
    tag = "line",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum FromWorker {
    /// The first line: the worker can be asked.
    Ready {
        /// [`PROTOCOL_VERSION`] of the worker.
        protocol_version: u32,
        /// The program's name and version.
        program: String,
    },
    /// Something happened in the request.
    Event {
        /// Number of the request.
        id: u64,
        /// What happened.
        event: WorkerEvent,
    },
    /// The answer: the request's last line.
    Answered {
        /// Number of the request.
        id: u64,
        /// The answer, of the request's kind.
        answer: Box<Answer>,
    },
    /// The request failed: its last line.
    Failed {
        /// Number of the request.
        id: u64,
        /// Why.
        failure: Failure,
    },
    /// A line came that is no request. Nothing was done.
    NotUnderstood {
        /// Why not.
        failure: Failure,
    },
}

/// Something that happened in a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum WorkerEvent {
    /// A training or an evaluation goes on, or a table is about to be classified.
    Job {
        /// What happened.
        event: JobEvent,
    },
    /// How far the request is.
    Progressed {
        /// How far.
        progress: Progress,
    },
    /// What the worker uses of its machine: every two seconds of a job, also while it stands still.
    Used {
        /// How much.
        resources: ResourceUse,
    },
    /// The request stands still.
    Paused,
    /// The request goes on.
    Resumed,
}

macro_rules! contract {
    ($(
        $(#[doc = $doc:literal])*
        $kind:ident $({ $($(#[doc = $field_doc:literal])* $field:ident: $type:ty,)* })? => $answer:ty,
    )*) => {
        /// What a worker can be asked. Each kind has an [`Answer`] of the same kind.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
        #[serde(
            tag = "kind",
            rename_all = "camelCase",
            rename_all_fields = "camelCase",
            deny_unknown_fields
        )]
        pub enum Request {
            $($(#[doc = $doc])* $kind $({ $($(#[doc = $field_doc])* $field: $type,)* })?,)*
        }

        /// What a worker answers, a kind for each [`Request`].
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
        #[serde(tag = "kind", content = "value", rename_all = "camelCase")]
        pub enum Answer {
            $(#[doc = concat!("To [`Request::", stringify!($kind), "`].")] $kind($answer),)*
        }
    };
}

contract! {
    /// Reads a table and keeps it open for the requests about it. What is guessed about its
    /// format and its columns is part of the answer; so is what prevents learning from it. All
    /// requests about it see the corrected table; rows keep their numbers in the file.
    OpenTable {
        /// The file.
        path: PathBuf,
        /// How it is read; the rest is detected.
        reading: ReadingChoices,
        /// Which column is what; the rest is guessed.
        roles: RoleChoices,
        /// What is put right in it; the file is not changed.
        corrections: Corrections,
    } => TableOverview,
    /// Rows of the open table.
    ListArticles {
        /// Which.
        filter: ArticleFilter,
        /// Rows of the selection to leave out at its beginning.
        offset: usize,
        /// Most rows to give.
        limit: usize,
    } => ArticlePage,
    /// Counts labels and the lengths of the open table's texts.
    ProfileTable {
        /// The base model whose word pieces are counted.
        base: String,
        /// Word pieces of a text that are read.
        max_length: usize,
    } => TableProfile,
    /// How the open table would be split.
    PreviewSplit {
        /// How the rows are split.
        split: SplitChoice,
        /// A test table of its own.
        test_table: Option<PathBuf>,
    } => SplitOverview,
    /// What a training would take on this machine, measured by a few updates. No answer when it
    /// was stopped.
    EstimateTraining {
        /// The training.
        training: TrainingRequest,
    } => Option<Estimate>,
    /// Fine-tunes a model, evaluates it and keeps it. No answer when it was stopped without a
    /// model.
    Train {
        /// The training.
        training: TrainingRequest,
        /// Whether an unfinished run of the same name, and its model, are replaced.
        replace: bool,
    } => Option<TrainedSummary>,
    /// Goes on with a run that did not finish.
    ResumeRun {
        /// The run.
        run: String,
        /// What goes on with it; what began it when absent.
        device: Option<DeviceChoice>,
    } => Option<TrainedSummary>,
    /// Deletes a run that did not finish.
    DiscardRun {
        /// The run.
        run: String,
    } => (),
    /// Models, unfinished runs, base models, and space on the disk.
    ListLibrary => Library,
    /// Everything about a model but its weights.
    OpenModel {
        /// Its name.
        model: String,
    } => ModelOverview,
    /// Gives a model another name.
    RenameModel {
        /// Its name.
        model: String,
        /// Its new name.
        name: String,
    } => (),
    /// Notes something about a model.
    NoteModel {
        /// Its name.
        model: String,
        /// The notes.
        notes: String,
    } => (),
    /// Deletes a model, and gives the bytes that became free. For a while it can be had back.
    DeleteModel {
        /// Its name.
        model: String,
    } => u64,
    /// Brings the model back that was deleted last under this name.
    RestoreModel {
        /// Its name.
        model: String,
    } => (),
    /// Copies a model out of the library.
    ExportModel {
        /// Its name.
        model: String,
        /// As what.
        format: ExportFormat,
        /// Where to: a folder or file that is not there yet.
        path: PathBuf,
    } => (),
    /// Copies a model into the library: a Hugging Face folder, a zip of one, or the notebook's
    /// PyTorch file. Gives its name there.
    ImportModel {
        /// The folder or file.
        path: PathBuf,
        /// Its name in the library; as the file's when absent.
        name: Option<String>,
        /// The base model that a PyTorch file belongs to, which alone does not say it.
        base: Option<String>,
        /// The labels of a PyTorch file in the order of its outputs.
        labels: Option<Vec<String>>,
    } => String,
    /// What thresholds would do.
    TryThresholds {
        /// The model.
        model: String,
        /// The threshold of each label.
        thresholds: Vec<f64>,
    } => ThresholdTrial,
    /// Chooses thresholds for a goal on the validation rows, and what they would do.
    ChooseThresholds {
        /// The model.
        model: String,
        /// What they are for.
        goal: ThresholdGoal,
    } => ThresholdTrial,
    /// Keeps thresholds with a model, whose numbers change with them.
    SetThresholds {
        /// The model.
        model: String,
        /// The threshold of each label.
        thresholds: Vec<f64>,
    } => ModelOverview,
    /// The articles behind a count of a model's evaluation.
    ListJudged {
        /// The model.
        model: String,
        /// The label's number in the model's order.
        label: usize,
        /// Which count.
        cell: ArticleCell,
        /// Articles to leave out at the beginning.
        offset: usize,
        /// Most articles to give.
        limit: usize,
    } => JudgedArticles,
    /// Draws a chart.
    DrawChart {
        /// From what.
        source: ChartSource,
        /// Which.
        chart: Chart,
        /// How it looks.
        style: ChartStyle,
    } => DrawnChart,
    /// Writes the report of a model with its charts into a folder.
    WriteReport {
        /// The model.
        model: String,
        /// The folder.
        path: PathBuf,
        /// How the charts look, and the report's language.
        style: ChartStyle,
    } => PathBuf,
    /// Classifies one article. The model stays in memory for the next one.
    Classify {
        /// The model.
        model: String,
        /// The article.
        document: Document,
    } => ClassifiedDocument,
    /// Reads a text file to classify.
    ReadText {
        /// The file.
        path: PathBuf,
    } => String,
    /// Classifies every row of a table into a new one. An interrupted one goes on at its row when
    /// asked again with the same output. No answer when it was stopped.
    ClassifyTable {
        /// The table and the model.
        batch: BatchRequest,
    } => Option<BatchSummary>,
    /// Evaluates a model on a table with labels. No answer when it was stopped.
    EvaluateTable {
        /// The table and the model.
        evaluation: EvaluationRequest,
    } => Option<EvaluatedTable>,
    /// Adds a base model from a folder. Gives its name.
    AddBase {
        /// The folder.
        path: PathBuf,
        /// Its name in the library; the folder's when absent.
        name: Option<String>,
    } => String,
    /// Fetches a base model from the Hub: the one request that uses the network. Gives its name;
    /// nothing when it was stopped.
    GetBase {
        /// Its name on the Hub.
        name: String,
    } => Option<String>,
    /// Deletes a base model, and gives the bytes that became free.
    DeleteBase {
        /// Its name.
        name: String,
    } => u64,
    /// What this machine has.
    DescribeMachine => MachineSummary,
    /// What a model can be computed on here. Each card is opened and tested, which takes seconds the first time.
    ListDevices => DevicesSummary,
}

impl Request {
    /// The files and folders outside the library that the request names. Who hands requests on
    /// from a web page lets only those through that the user opened.
    pub fn paths(&self) -> Vec<&Path> {
        match self {
            Self::OpenTable { path, .. }
            | Self::ExportModel { path, .. }
            | Self::WriteReport { path, .. }
            | Self::ReadText { path }
            | Self::AddBase { path, .. } => vec![path],
            Self::ImportModel { path, base, .. } => {
                let base = base.as_deref().and_then(path_of_base);
                std::iter::once(path.as_path()).chain(base).collect()
            }
            Self::ProfileTable { base, .. } => path_of_base(base).into_iter().collect(),
            Self::PreviewSplit { test_table, .. } => test_table.as_deref().into_iter().collect(),
            Self::EstimateTraining { training } | Self::Train { training, .. } => {
                let tables = std::iter::once(&training.table).chain(&training.test_table);
                let tables = tables.map(PathBuf::as_path);
                tables.chain(path_of_base(&training.base)).collect()
            }
            Self::ClassifyTable { batch } => vec![&batch.table, &batch.output],
            Self::EvaluateTable { evaluation } => vec![&evaluation.table],
            _ => Vec::new(),
        }
    }

    /// Whether it is a job that computes with a model.
    pub fn computes(&self) -> bool {
        self.is_job() && !matches!(self, Self::GetBase { .. })
    }

    /// Whether it takes long enough for a worker of its own.
    pub fn is_job(&self) -> bool {
        matches!(
            self,
            Self::EstimateTraining { .. }
                | Self::Train { .. }
                | Self::ResumeRun { .. }
                | Self::ClassifyTable { .. }
                | Self::EvaluateTable { .. }
                | Self::GetBase { .. }
        )
    }
}
