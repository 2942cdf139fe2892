//! The articles that were classified one by one, kept in `history.json` in the data folder as
//! long as the user wants it.

use engine::classify::Answer;
use engine::dataset::Document;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// An article that was classified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// When (RFC 3339).
    pub at: String,
    /// By which model.
    pub model: String,
    /// The article.
    pub document: Document,
    /// What the model said.
    pub answer: Answer,
}
