//! What a model can be computed on: the processor, and the cards of this machine.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use cuda::{CudaError, Device, Driver};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::machine;
use crate::model::backend::{Backend, BackendError};
use crate::model::bert::ExplicitBackend;
use crate::model::card;
use crate::model::config::BertConfig;
use crate::training::recipe::PrecisionChoice;

/// What is asked for to compute on; in text `auto`, `cpu`, or `cuda:` and the number of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(try_from = "String", into = "String")]
#[ts(type = "\"auto\" | \"cpu\" | `cuda:${number}`")]
pub enum DeviceChoice {
    /// The first card that works, or the processor.
    #[default]
    Auto,
    /// The processor.
    Processor,
    /// The card of this number, from 0.
    Card(usize),
}

/// A text that names no device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no device \"{0}\". Choose auto, cpu, or cuda: and the number of a card, such as cuda:0"
)]
pub struct UnknownDevice(String);

impl FromStr for DeviceChoice {
    type Err = UnknownDevice;

    fn from_str(text: &str) -> Result<Self, UnknownDevice> {
        let card = |text: &str| text.strip_prefix("cuda:")?.parse().ok();
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Processor),
            "cuda" => Ok(Self::Card(0)),
            text => card(text)
                .map(Self::Card)
                .ok_or_else(|| UnknownDevice(text.into())),
        }
    }
}

impl TryFrom<String> for DeviceChoice {
    type Error = UnknownDevice;

    fn try_from(text: String) -> Result<Self, UnknownDevice> {
        text.parse()
    }
}

impl From<DeviceChoice> for String {
    fn from(choice: DeviceChoice) -> Self {
        choice.to_string()
    }
}

impl Display for DeviceChoice {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => formatter.write_str("auto"),
            Self::Processor => formatter.write_str("cpu"),
            Self::Card(number) => write!(formatter, "cuda:{number}"),
        }
    }
}

/// What work is given to compute with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Computing {
    /// The device.
    pub device: DeviceChoice,
    /// Threads of the processor, which has work to do beside a card too.
    pub threads: usize,
}

impl Computing {
    /// The processor, on so many threads.
    pub fn on_processor(threads: usize) -> Self {
        Self {
            device: DeviceChoice::Processor,
            threads,
        }
    }
}

/// A device that was opened and found to compute as it should.
#[derive(Debug, Clone)]
pub enum OpenedDevice {
    /// The processor.
    Processor,
    /// A card.
    Card(Device),
}

/// A device, and why no card was taken where that was left to the program.
#[derive(Debug)]
pub struct Chosen {
    /// What will compute.
    pub device: OpenedDevice,
    /// Why it is not a card that this machine has.
    pub passed_over: Option<BackendError>,
}

impl Chosen {
    /// The same, unless the choice was left to the program and the card does not know models of this shape: then it is
    /// the processor.
    #[must_use]
    pub fn fit_for(
        self,
        choice: DeviceChoice,
        config: &BertConfig,
        precision: PrecisionChoice,
    ) -> Self {
        if choice != DeviceChoice::Auto || matches!(self.device, OpenedDevice::Processor) {
            return self;
        }
        match card::check_shape(config, precision.on(&self.device)) {
            Ok(()) => self,
            Err(error) => Self::on_processor(error.into()),
        }
    }

    /// The processor, in the place of a card.
    pub fn on_processor(passed_over: BackendError) -> Self {
        Self {
            device: OpenedDevice::Processor,
            passed_over: Some(passed_over),
        }
    }
}

/// A device as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DeviceSummary {
    /// What names it.
    pub device: DeviceChoice,
    /// As its maker calls it; nothing where the system does not say.
    pub name: Option<String>,
    /// Bytes of its memory; nothing where the system does not say.
    pub memory_bytes: Option<u64>,
}

impl OpenedDevice {
    /// What names it.
    pub fn choice(&self) -> DeviceChoice {
        match self {
            Self::Processor => DeviceChoice::Processor,
            Self::Card(device) => DeviceChoice::Card(device.card().number),
        }
    }

    /// What computes on it with a model of this shape and a head of `labels` outputs.
    ///
    /// # Errors
    /// When the device does not know such models or such a precision, or has no room.
    pub fn backend(
        &self,
        config: BertConfig,
        labels: usize,
        precision: PrecisionChoice,
        threads: usize,
    ) -> Result<Box<dyn Backend>, BackendError> {
        let precision = precision.on(self);
        Ok(match self {
            Self::Processor => Box::new(ExplicitBackend::new(config, labels, threads, precision)?),
            Self::Card(device) => card::backend(config, labels, device, precision)?,
        })
    }

    /// As it is shown.
    pub fn summary(&self) -> DeviceSummary {
        let (name, memory_bytes) = match self {
            Self::Processor => (
                machine::processor_name(),
                machine::memory().map(|memory| memory.total),
            ),
            Self::Card(device) => {
                let card = device.card();
                (Some(card.name.clone()), Some(card.memory))
            }
        };
        DeviceSummary {
            device: self.choice(),
            name,
            memory_bytes,
        }
    }
}

/// Opens what is asked for and tests it. Where that is left to the program and there is no card, or none that works, it
/// is the processor.
///
/// # Errors
/// When a card is asked for and cannot be used. The processor never takes its place unasked.
pub fn open(choice: DeviceChoice) -> Result<Chosen, BackendError> {
    let (device, passed_over) = match choice {
        DeviceChoice::Processor => (OpenedDevice::Processor, None),
        DeviceChoice::Card(number) => (OpenedDevice::Card(open_card(number)?), None),
        DeviceChoice::Auto => match first_card() {
            Ok(card) => (OpenedDevice::Card(card), None),
            // Most machines have none, which is nothing to be told of.
            Err(BackendError::Card(CudaError::NoDriver | CudaError::NoCard)) => {
                (OpenedDevice::Processor, None)
            }
            Err(error) => (OpenedDevice::Processor, Some(error)),
        },
    };
    Ok(Chosen {
        device,
        passed_over,
    })
}

/// The first card that works; the first one's error where none does.
fn first_card() -> Result<Device, BackendError> {
    let count = Driver::load()?.cards()?.len();
    let mut first = None;
    for number in 0..count {
        match open_card(number) {
            Ok(card) => return Ok(card),
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.unwrap_or(BackendError::Card(CudaError::NoCard)))
}

fn open_card(number: usize) -> Result<Device, BackendError> {
    let device = Device::open(Driver::load()?, number)?;
    card::check(&device)?;
    Ok(device)
}

/// What this machine has, each card opened and tested.
#[derive(Debug)]
pub struct DeviceList {
    /// The processor.
    pub processor: DeviceSummary,
    /// The driver of cards; nothing where there is none.
    pub driver: Option<DriverSummary>,
    /// The cards.
    pub cards: Vec<ListedCard>,
    /// Why no card can be used, where that is not a matter of a single one.
    pub problem: Option<BackendError>,
}

/// The name of the card that is opened first where the choice is left to the program; nothing where the driver lists none
/// that is new enough. Whether it works is found out when it is opened.
pub fn likely_card() -> Option<String> {
    let cards = Driver::load().ok()?.cards().ok()?;
    let fit = cards.into_iter().find(|card| card.check().is_ok())?;
    Some(fit.name)
}

/// The driver of NVIDIA's cards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DriverSummary {
    /// Its release, such as 550.54.14; nothing where it does not say.
    pub release: Option<String>,
    /// The version of CUDA that it knows.
    pub cuda: String,
}

/// A card of this machine.
#[derive(Debug)]
pub struct ListedCard {
    /// The card.
    pub summary: DeviceSummary,
    /// What it can do, as NVIDIA counts it ("compute capability").
    pub compute: String,
    /// Bytes of its memory that are free; nothing where it cannot be opened.
    pub memory_available_bytes: Option<u64>,
    /// Why it cannot be used; nothing where it can.
    pub problem: Option<BackendError>,
}

/// Lists what this machine has. Opening a card for the first time takes seconds: its driver compiles the kernels.
pub fn list() -> DeviceList {
    let mut list = DeviceList {
        processor: OpenedDevice::Processor.summary(),
        driver: None,
        cards: Vec::new(),
        problem: None,
    };
    let driver = match Driver::load() {
        Ok(driver) => driver,
        Err(error) => {
            list.problem = Some(error.into());
            return list;
        }
    };
    list.driver = Some(DriverSummary {
        release: cuda::driver_release(),
        cuda: driver.version().to_string(),
    });
    match driver.cards() {
        Ok(cards) => list.cards = cards.into_iter().map(listed).collect(),
        Err(error) => list.problem = Some(error.into()),
    }
    list
}

fn listed(card: cuda::Card) -> ListedCard {
    let opened = open_card(card.number);
    let free = opened
        .as_ref()
        .ok()
        .and_then(|device| device.free_memory().ok());
    ListedCard {
        summary: DeviceSummary {
            device: DeviceChoice::Card(card.number),
            name: Some(card.name),
            memory_bytes: Some(card.memory),
        },
        compute: card.compute.to_string(),
        memory_available_bytes: free,
        problem: opened.err(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_named_in_text_and_back() {
        for (text, choice) in [
            ("auto", DeviceChoice::Auto),
            ("cpu", DeviceChoice::Processor),
            ("cuda:0", DeviceChoice::Card(0)),
            ("cuda:12", DeviceChoice::Card(12)),
        ] {
            assert_eq!(text.parse(), Ok(choice));
            assert_eq!(choice.to_string(), text);
            let json = serde_json::to_string(&choice).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<DeviceChoice>(&json).unwrap(), choice);
        }
        assert_eq!("cuda".parse(), Ok(DeviceChoice::Card(0)));
    }

    #[test]
    fn a_text_that_names_no_device_is_refused_with_those_that_are_known() {
        for text in ["gpu", "cuda:", "cuda:-1", "cuda:x", "CPU", ""] {
            let error = text.parse::<DeviceChoice>().unwrap_err();
            assert!(error.to_string().contains("cuda:0"), "{error}");
        }
    }

    #[test]
    fn the_processor_is_always_there() {
        let chosen = open(DeviceChoice::Processor).unwrap();
        assert_eq!(chosen.device.choice(), DeviceChoice::Processor);
        assert!(chosen.passed_over.is_none());
        assert_eq!(list().processor.device, DeviceChoice::Processor);
    }
}
