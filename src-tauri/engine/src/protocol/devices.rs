//! What a model can be computed on.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::devices::{Chosen, DeviceList, DeviceSummary, DriverSummary, ListedCard};
use crate::failure::Failure;

/// What this machine has to compute on, each card opened and tested.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DevicesSummary {
    /// The processor.
    pub processor: DeviceSummary,
    /// The driver of cards; nothing where there is none.
    pub driver: Option<DriverSummary>,
    /// The cards.
    pub cards: Vec<CardSummary>,
    /// Why no card can be used, where that is not a matter of a single one.
    pub problem: Option<Failure>,
}

/// What computes, in a job or for an article.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChosenDevice {
    /// The device.
    pub device: DeviceSummary,
    /// Why it is not a card that this machine has, where that was left to the program.
    pub passed_over: Option<Failure>,
}

impl From<&Chosen> for ChosenDevice {
    fn from(chosen: &Chosen) -> Self {
        Self {
            device: chosen.device.summary(),
            passed_over: chosen.passed_over.as_ref().map(Failure::of),
        }
    }
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

impl DevicesSummary {
    /// Whether a card stopped working while it was tested, after which this process cannot use it any more.
    pub fn has_lost_card(&self) -> bool {
        let mut problems = self.cards.iter().filter_map(|card| card.problem.as_ref());
        problems.any(|problem| problem.code == "cardLost")
    }
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
