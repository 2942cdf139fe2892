//! What is kept beside a model's weights: the manifest, small and readable, and the record, with
//! everything that charts and reports are drawn from.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::dataset::{
    ColumnRoles, CorrectionEffects, Corrections, DatasetError, DatasetProfile, RoleChoices, Table,
    TableSource, TextRole,
};
use crate::evaluation::Evaluation;
use crate::split::{Split, SplitChoice};
use crate::training::End;
use crate::training::events::TrainingHistory;
use crate::training::recipe::Recipe;

/// The newest format of manifests that is known here.
pub const FORMAT_VERSION: u32 = 1;

/// `etiqueta.json`: what a model is and where it is from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Format of this file.
    pub format_version: u32,
    /// The program that wrote it, with its version.
    pub program: String,
    /// The model's name.
    pub name: String,
    /// The identity of its run, by which a run knows its own model.
    pub run: String,
    /// When it was written (RFC 3339).
    pub created: String,
    /// What its owner notes about it.
    #[serde(default)]
    pub notes: String,
    /// The labels, in the order of the head's outputs.
    pub labels: Vec<String>,
    /// The threshold of each label.
    pub thresholds: Vec<f64>,
    /// The base model that was fine-tuned.
    pub base: BaseOrigin,
    /// The table it learned from.
    pub table: TableSource,
    /// A test table of its own, where there is one.
    pub test_table: Option<TableSource>,
    /// What was put right in the tables before anything else.
    #[serde(default)]
    pub corrections: Corrections,
    /// What that did to the table.
    #[serde(default)]
    pub effects: CorrectionEffects,
    /// What that did to the test table, where there is one.
    #[serde(default)]
    pub test_effects: Option<CorrectionEffects>,
    /// Which columns were read.
    pub columns: Columns,
    /// How the rows were split.
    pub split: SplitChoice,
    /// How many rows are in each part.
    pub split_sizes: SplitSizes,
    /// How it was trained.
    pub recipe: Recipe,
    /// The evaluation in short.
    pub headline: Headline,
    /// Where it was trained and how long it took.
    pub machine: Machine,
}

/// The base model of a trained one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BaseOrigin {
    /// Its name.
    pub name: String,
    /// Its fingerprint: SHA-256 over those of its files, in hexadecimal digits.
    pub sha256: String,
    /// Parameters it lacked, which were newly initialised.
    pub initialised: Vec<String>,
}

/// The columns that were read, by name, so that other tables of the same form need no asking.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Columns {
    /// The titles.
    pub title: Option<String>,
    /// The abstracts.
    pub abstract_text: Option<String>,
    /// The identifiers.
    pub id: Option<String>,
    /// One column that names labels, or several of 0 and 1.
    pub labels: Vec<String>,
    /// What separates labels in a cell.
    pub label_separator: Option<String>,
}

impl Columns {
    /// What is `asked` for another table; where nothing is, the columns of the same names as here,
    /// if they are there. The separator of labels is taken over where cells are joined by it.
    pub fn fill_in(&self, asked: RoleChoices, table: &Table) -> RoleChoices {
        let column = |name: &str| table.headers.iter().position(|header| header == name);
        let or_same = |asked: Option<String>, known: &Option<String>| {
            asked.or_else(|| known.clone().filter(|name| column(name).is_some()))
        };
        let known: Option<Vec<usize>> = self.labels.iter().map(|name| column(name)).collect();
        let labels = match known {
            Some(_) if asked.labels.is_empty() => self.labels.clone(),
            _ => asked.labels,
        };
        let joined_by = |separator: &String| {
            let column = labels.first().and_then(|name| column(name));
            column.is_some_and(|column| {
                let mut cells = table.rows.iter().filter_map(|row| row.get(column));
                cells.any(|cell| cell.contains(separator.as_str()))
            })
        };
        let same = self.label_separator.clone().filter(joined_by);
        RoleChoices {
            title: or_same(asked.title, &self.title),
            abstract_text: or_same(asked.abstract_text, &self.abstract_text),
            id: or_same(asked.id, &self.id),
            label_separator: asked.label_separator.or(same),
            labels,
            label_order: None,
        }
    }

    /// Makes sure that another table has what was read here, unless it was said that there is
    /// none (with an empty name).
    ///
    /// # Errors
    /// When titles or abstracts were read here and no column is found to hold them.
    pub fn check_roles(
        &self,
        table: &Table,
        asked: &RoleChoices,
        roles: &ColumnRoles,
    ) -> Result<(), DatasetError> {
        for (role, known, asked, found) in [
            (TextRole::Titles, &self.title, &asked.title, roles.title),
            (
                TextRole::Abstracts,
                &self.abstract_text,
                &asked.abstract_text,
                roles.abstract_text,
            ),
        ] {
            if known.is_some() && found.is_none() && asked.as_deref() != Some("") {
                return Err(DatasetError::MissingRole {
                    path: table.source.path.clone(),
                    role,
                    columns: table.column_list(),
                });
            }
        }
        Ok(())
    }
}

/// Rows in each part of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SplitSizes {
    /// Rows learned from.
    pub training: usize,
    /// Rows validated on.
    pub validation: usize,
    /// Rows tested on.
    pub test: usize,
}

/// The numbers that a list of models shows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Headline {
    /// Whether they are of the test part; otherwise of the validation part, and optimistic.
    pub on_test: bool,
    /// Micro-averaged F1.
    pub micro_f1: Option<f64>,
    /// Macro-averaged F1.
    pub macro_f1: Option<f64>,
    /// Micro-averaged F1 of the linear baseline on the same rows.
    pub baseline_micro_f1: Option<f64>,
}

/// Where a model was trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Machine {
    /// Operating system and processor architecture.
    pub system: String,
    /// Threads that computed.
    pub threads: usize,
    /// The processor's or card's name; nothing where the system does not say, and in what earlier versions wrote.
    #[serde(default)]
    pub device: Option<String>,
    /// Seconds of training, evaluations included.
    pub seconds: f64,
    /// Updates that were made.
    pub steps: u64,
    /// How the run ended.
    pub end: End,
    /// Epochs done when the weights that were kept were the best.
    pub best_epoch: f64,
}

/// `record.json`: everything that is drawn from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ModelRecord {
    /// Losses and evaluations of the run.
    pub history: TrainingHistory,
    /// The table, counted.
    pub profile: DatasetProfile,
    /// Rows of each part, by their numbers in the file from 0; those of a test table of its own
    /// are counted on from the table's.
    pub split: Split,
    /// The evaluation on the validation part: optimistic.
    pub validation: Evaluation,
    /// The evaluation on the test part, where there is one.
    pub test: Option<Evaluation>,
}

impl ModelRecord {
    /// The evaluation to show: of the test part, or else of the validation part.
    pub fn evaluation(&self) -> &Evaluation {
        self.test.as_ref().unwrap_or(&self.validation)
    }

    /// The same as [`ModelRecord::evaluation`], without the rest.
    pub fn into_evaluation(self) -> Evaluation {
        self.test.unwrap_or(self.validation)
    }

    /// The numbers that a list of models shows.
    pub fn headline(&self) -> Headline {
        let shown = self.evaluation();
        let baseline = shown.baseline.as_ref();
        Headline {
            on_test: self.test.is_some(),
            micro_f1: shown.metrics.micro.f1,
            macro_f1: shown.metrics.macro_average.f1,
            baseline_micro_f1: baseline.and_then(|baseline| baseline.metrics.micro.f1),
        }
    }
}

impl Manifest {
    /// The table's name without its folder.
    pub fn table_name(&self) -> PathBuf {
        self.table
            .path
            .file_name()
            .map_or_else(|| self.table.path.clone(), PathBuf::from)
    }
}
