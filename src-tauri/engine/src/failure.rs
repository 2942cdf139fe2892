//! Errors as data: a code that a front can translate by, and what it needs for the sentence.

use std::fmt::Display;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// The code of an error that could not be written as data, which its message still tells.
const UNKNOWN_CODE: &str = "unknown";

/// Why something failed, for a front to tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// What kind of failure it is: see `DeskError`, in TypeScript `KnownFailure`.
    pub code: String,
    /// What happened, where and what to do, in English.
    pub message: String,
    /// What the sentence is made of; null when the code says it all.
    #[ts(type = "unknown")]
    pub details: Value,
}

impl Failure {
    /// An error that is written down as its code and details.
    pub fn of(error: &(impl Serialize + Display)) -> Self {
        let mut data = serde_json::to_value(error).unwrap_or_default();
        let part = |name| data.get_mut(name).map(Value::take).unwrap_or_default();
        let [code, details] = ["code", "details"].map(part);
        Self {
            code: code.as_str().unwrap_or(UNKNOWN_CODE).into(),
            message: error.to_string(),
            details,
        }
    }
}
