//! Errors as data: a code that a front can translate by, and what it needs for the sentence.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// What kind of failure it is: see [`crate::desk::DeskError`].
    pub code: String,
    /// What happened, where and what to do, in English.
    pub message: String,
    /// What the sentence is made of.
    pub details: serde_json::Value,
}
