//! How far a request is.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// What is done.
    pub done: u64,
    /// What there is to do in all; 0 when it is not known.
    pub total: u64,
    /// Of what.
    pub unit: ProgressUnit,
    /// How much of it is done a second; nothing as long as that cannot be told.
    pub rate: Option<f64>,
    /// Seconds that the rest is expected to take.
    pub remaining_seconds: Option<f64>,
}

/// What progress counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ProgressUnit {
    /// Rows of a table.
    Rows,
    /// Weight updates.
    Updates,
    /// Bytes of a download.
    Bytes,
}

impl Progress {
    /// With `done` of `total` after `seconds` of work, of which `before` were done at its
    /// beginning.
    pub fn measured(done: u64, total: u64, unit: ProgressUnit, before: u64, seconds: f64) -> Self {
        let here = done.saturating_sub(before);
        let rate = (here > 0 && seconds > 0.0).then(|| here as f64 / seconds);
        let remaining = rate.map(|rate| total.saturating_sub(done) as f64 / rate);
        Self {
            done,
            total,
            unit,
            rate,
            remaining_seconds: remaining.filter(|_| total > 0),
        }
    }
}
