//! What a job uses of its machine.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a worker uses of its machine while it does a job; nothing where the system does not say.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ResourceUse {
    /// Share in [0, 1] of the time of all the machine's processors that the worker's process took
    /// since the measurement before.
    pub processor_share: Option<f64>,
    /// Bytes of memory that the worker's process occupies.
    pub memory_bytes: Option<u64>,
    /// Bytes of memory that the machine has.
    pub machine_memory_bytes: Option<u64>,
    /// Bytes of memory that are free for programs.
    pub machine_memory_available_bytes: Option<u64>,
    /// Bytes of a card's memory that the worker's process holds; nothing where it uses no card.
    #[serde(default)]
    pub card_memory_bytes: Option<u64>,
    /// Share in [0, 1] of the last moments in which the card computed, for whatever program; nothing where its driver does
    /// not say.
    #[serde(default)]
    pub card_share: Option<f64>,
}
