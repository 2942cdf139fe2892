//! Why a card cannot be used.

use std::fmt::{self, Display, Formatter};

use cudarc::driver::DriverError;
use cudarc::driver::sys::CUresult;
use serde::Serialize;
use ts_rs::TS;

use crate::driver::{Compute, Version};

/// Why a card cannot be used, or stopped being usable.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, TS)]
#[serde(
    tag = "code",
    content = "details",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum CudaError {
    /// The driver's library is not on this machine.
    #[error(
        "this machine has no NVIDIA driver. If it has an NVIDIA card, install the driver of version 550 or newer from NVIDIA or from the system's packages; else choose the processor"
    )]
    #[serde(rename = "cardDriverMissing")]
    NoDriver,
    /// The driver knows of no card.
    #[error(
        "the NVIDIA driver finds no card. Check that the card is plugged in and that its driver is loaded, or choose the processor"
    )]
    #[serde(rename = "cardMissing")]
    NoCard,
    /// The driver is older than the kernels.
    #[error(
        "the NVIDIA driver of this machine knows CUDA {found}, and {needed} is needed. Update it to version 550 or newer, or choose the processor"
    )]
    #[serde(rename = "cardDriverTooOld")]
    DriverTooOld {
        /// What it knows.
        found: Version,
        /// What the kernels need.
        needed: Version,
    },
    /// The card has not the instructions that the kernels use.
    #[error(
        "{name} is of compute {found}, and {needed} is needed: cards from 2020 on have it (A100, RTX 30 and newer). Choose another card, or the processor"
    )]
    #[serde(rename = "cardTooOld")]
    CardTooOld {
        /// The card.
        name: String,
        /// What it has.
        found: Compute,
        /// What the kernels need.
        needed: Compute,
    },
    /// There is no card of this number.
    #[error("there is no card number {number}: this machine has {count}, counted from 0")]
    #[serde(rename = "cardUnknown")]
    UnknownCard {
        /// The number that was asked for.
        number: usize,
        /// Cards that there are.
        count: usize,
    },
    /// The card has not as much memory left.
    #[error(
        "the card has not enough memory: {asked} bytes were asked for and {free} are free. End other programs that use the card, learn in more micro-batches, or choose the processor"
    )]
    #[serde(rename = "cardFull")]
    OutOfMemory {
        /// Bytes that were asked for.
        asked: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// Other programs have taken the card up.
    #[error(
        "the card is taken up by other programs ({during}: {reason}). End them, choose another card, or the processor"
    )]
    #[serde(rename = "cardOccupied")]
    Occupied {
        /// What it was to do.
        during: String,
        /// What the driver said.
        reason: String,
    },
    /// The kernels do not know models of this shape.
    #[error(
        "the kernels for cards do not know models with {size} of {found}: it has to be {needed}. Choose another base model, or the processor"
    )]
    #[serde(rename = "cardUnsuited")]
    UnsuitedModel {
        /// Which size.
        size: ModelSize,
        /// What it is.
        found: usize,
        /// What it would have to be.
        needed: SizeLimit,
    },
    /// The card stopped answering.
    #[error(
        "the card stopped working during {during} ({reason}). Start the program again; if it happens again, update the driver, or choose the processor"
    )]
    #[serde(rename = "cardLost")]
    Lost {
        /// What it was to do.
        during: String,
        /// What the driver said.
        reason: String,
    },
    /// The card computes something else than it should.
    #[error(
        "the card gives wrong results in {operation}: {found} instead of {expected}. Update the driver, or choose the processor"
    )]
    #[serde(rename = "cardWrong")]
    WrongResult {
        /// The operation.
        operation: String,
        /// What it gave.
        #[ts(type = "number | null")]
        found: f64,
        /// What it should have given.
        expected: f64,
    },
    /// The kernels that were built into the program cannot be read.
    #[error("the kernels in this program are damaged ({reason}). Install it again")]
    #[serde(rename = "cardKernelsDamaged")]
    Damaged {
        /// What is wrong with them.
        reason: String,
    },
    /// Anything else that the driver refuses.
    #[error("the NVIDIA driver refused {during}: {reason}. Update it, or choose the processor")]
    #[serde(rename = "cardRefused")]
    Refused {
        /// What it was to do.
        during: String,
        /// What the driver said.
        reason: String,
    },
}

/// A size of a model that kernels depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ModelSize {
    /// The width of its states.
    Hidden,
    /// The width between its dense layers.
    Intermediate,
    /// The width of an attention head.
    Head,
}

impl Display for ModelSize {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Hidden => "a hidden size",
            Self::Intermediate => "an intermediate size",
            Self::Head => "a head size",
        })
    }
}

/// What a size may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum SizeLimit {
    /// A multiple of this.
    MultipleOf {
        /// The number.
        number: usize,
    },
    /// No more than this.
    AtMost {
        /// The number.
        number: usize,
    },
}

impl SizeLimit {
    /// Whether a size is possible.
    pub fn allows(self, size: usize) -> bool {
        match self {
            Self::MultipleOf { number } => size.is_multiple_of(number),
            Self::AtMost { number } => size <= number,
        }
    }
}

impl Display for SizeLimit {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::MultipleOf { number } => write!(formatter, "a multiple of {number}"),
            Self::AtMost { number } => write!(formatter, "at most {number}"),
        }
    }
}

impl CudaError {
    /// The kernels in the program cannot be read, because of this.
    pub(crate) fn damaged(reason: impl Display) -> Self {
        Self::Damaged {
            reason: reason.to_string(),
        }
    }

    /// Whether the card has no room, or not at this moment.
    pub fn is_of_a_full_card(&self) -> bool {
        matches!(self, Self::OutOfMemory { .. } | Self::Occupied { .. })
    }

    /// What the driver's answer to `during` means.
    pub(crate) fn of(during: &'static str, error: DriverError) -> Self {
        let reason = || match error.error_string() {
            Ok(text) => text.to_string_lossy().into_owned(),
            Err(_) => format!("{:?}", error.0),
        };
        match error.0 {
            CUresult::CUDA_ERROR_NO_DEVICE => Self::NoCard,
            // Memory that a model asks for is told apart before (`Device::take`): this is what the driver itself needs.
            CUresult::CUDA_ERROR_OUT_OF_MEMORY | CUresult::CUDA_ERROR_DEVICE_UNAVAILABLE => {
                Self::Occupied {
                    during: during.into(),
                    reason: reason(),
                }
            }
            // After any of these nothing works any more in this process.
            CUresult::CUDA_ERROR_ILLEGAL_ADDRESS
            | CUresult::CUDA_ERROR_MISALIGNED_ADDRESS
            | CUresult::CUDA_ERROR_ILLEGAL_INSTRUCTION
            | CUresult::CUDA_ERROR_INVALID_ADDRESS_SPACE
            | CUresult::CUDA_ERROR_INVALID_PC
            | CUresult::CUDA_ERROR_ASSERT
            | CUresult::CUDA_ERROR_LAUNCH_FAILED
            | CUresult::CUDA_ERROR_LAUNCH_TIMEOUT
            | CUresult::CUDA_ERROR_ECC_UNCORRECTABLE
            | CUresult::CUDA_ERROR_NVLINK_UNCORRECTABLE
            | CUresult::CUDA_ERROR_HARDWARE_STACK_ERROR
            | CUresult::CUDA_ERROR_CONTEXT_IS_DESTROYED
            | CUresult::CUDA_ERROR_UNKNOWN => Self::Lost {
                during: during.into(),
                reason: reason(),
            },
            _ => Self::Refused {
                during: during.into(),
                reason: reason(),
            },
        }
    }
}
