//! What a model can be computed on.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::devices::{DeviceList, DeviceSummary, ListedCard};
use crate::failure::Failure;

/// What this machine has to compute on, each card opened and tested.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DevicesSummary {
    /// The processor.
    pub processor: DeviceSummary,
    /// The version of CUDA that the driver of cards knows; nothing where there is no driver.
    pub driver: Option<String>,
    /// The cards.
    pub cards: Vec<CardSummary>,
    /// Why no card can be used, where that is not a matter of a single one.
    pub problem: Option<Failure>,
}

/// A card of this machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CardSummary {
    /// The card.
    pub summary: DeviceSummary,
    /// What it can do, as NVIDIA counts it ("compute capability").
    pub compute: String,
    /// Bytes of its memory that are free; nothing where it cannot be opened.
    pub memory_available_bytes: Option<u64>,
    /// Why it cannot be used; nothing where it can.
    pub problem: Option<Failure>,
}

impl From<DeviceList> for DevicesSummary {
    fn from(list: DeviceList) -> Self {
        Self {
            processor: list.processor,
            driver: list.driver,
            cards: list.cards.into_iter().map(CardSummary::from).collect(),
            problem: list.problem.as_ref().map(Failure::of),
        }
    }
}

impl From<ListedCard> for CardSummary {
    fn from(card: ListedCard) -> Self {
        Self {
            summary: card.summary,
            compute: card.compute,
            memory_available_bytes: card.memory_available_bytes,
            problem: card.problem.as_ref().map(Failure::of),
        }
    }
}
