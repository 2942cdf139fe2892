//! Everything Etiqueta can do, with no window, no async runtime in its interface and no printing:
//! reading tables, fine-tuning BERT, evaluating, drawing charts, classifying, keeping models.
//!
//! Data flows one way: `dataset` and `text` feed `training`, which drives a `model` and calls
//! `evaluation`; `library` keeps what comes out; `charts` and `classify` read it.

pub mod charts;
mod checksum;
pub mod classify;
pub mod dataset;
pub mod desk;
pub mod devices;
pub mod evaluation;
pub mod failure;
mod failure_details;
pub mod files;
mod format_version;
pub mod jobs;
pub mod labels;
pub mod library;
pub mod machine;
pub mod model;
pub mod protocol;
pub mod report;
pub mod split;
pub mod text;
pub mod training;
