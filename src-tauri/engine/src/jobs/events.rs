//! What a job tells while it goes on.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::dataset::{CorrectionEffects, TableSource};
use crate::devices::{Chosen, DeviceSummary};
use crate::failure::Failure;
use crate::library::model::Columns;
use crate::split::SplitChoice;
use crate::training::events::TrainingEvent;

/// Call order of a training job: `TableRead Prepared DeviceChosen Training* (Evaluating)* BaselineTrained?
/// Saved`, and then it returns.
pub trait JobObserver {
    /// Takes one event. Runs in the thread of the job, so it has to be quick.
    fn on(&mut self, event: JobEvent);
}

/// One thing that happened in a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(
    tag = "event",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum JobEvent {
    /// The table was read.
    TableRead {
        /// Where it is from and how it was read.
        source: TableSource,
        /// The columns that are read.
        columns: Columns,
        /// The labels that it has, corrected.
        labels: Vec<String>,
        /// What its corrections did.
        effects: Box<CorrectionEffects>,
    },
    /// The articles are ready.
    Prepared {
        /// Name of the run.
        run: String,
        /// How the rows were split.
        choice: SplitChoice,
        /// Rows learned from.
        training_rows: usize,
        /// Rows validated on.
        validation_rows: usize,
        /// Rows tested on.
        test_rows: usize,
        /// Rows of validation and test whose title stands in the training part too.
        leaks: usize,
        /// Texts that are longer than what is read of them.
        texts_cut: usize,
        /// Share of all word pieces that is not read.
        share_cut: f64,
        /// Parameters that the base model lacks and that are newly initialised.
        initialised: Vec<String>,
        /// Threads that compute.
        threads: usize,
    },
    /// A device was opened, tested, and is about to compute.
    DeviceChosen {
        /// The device.
        device: DeviceSummary,
        /// Why it is not a card that this machine has, where that was left to the program.
        passed_over: Option<Failure>,
    },
    /// The training goes on.
    Training {
        /// What happened.
        training: TrainingEvent,
    },
    /// Rows are being classified.
    Evaluating {
        /// Rows done.
        done: usize,
        /// Rows in all.
        total: usize,
    },
    /// The linear baseline was trained.
    BaselineTrained {
        /// Words and word pairs that it knows.
        features: usize,
        /// Seconds it took.
        seconds: f64,
    },
    /// The model is on disk.
    Saved {
        /// Its name.
        model: String,
    },
}

impl From<&Chosen> for JobEvent {
    fn from(chosen: &Chosen) -> Self {
        Self::DeviceChosen {
            device: chosen.device.summary(),
            passed_over: chosen.passed_over.as_ref().map(Failure::of),
        }
    }
}
