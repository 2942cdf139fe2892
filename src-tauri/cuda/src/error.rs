//! Why a card cannot be used.

use cudarc::driver::DriverError;
use cudarc::driver::sys::CUresult;

use crate::driver::{Compute, Version};

/// Why a card cannot be used, or stopped being usable.
#[derive(Debug, thiserror::Error)]
pub enum CudaError {
    /// The driver's library is not on this machine.
    #[error(
        "this machine has no NVIDIA driver. If it has an NVIDIA card, install the driver of version 550 or newer from NVIDIA or from the system's packages"
    )]
    NoDriver,
    /// The driver knows of no card.
    #[error(
        "the NVIDIA driver finds no card. Check that the card is plugged in and that its driver is loaded"
    )]
    NoCard,
    /// The driver is older than the kernels.
    #[error(
        "the NVIDIA driver of this machine knows CUDA {found}, and {needed} is needed. Update it to version 550 or newer"
    )]
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
    UnknownCard {
        /// The number that was asked for.
        number: usize,
        /// Cards that there are.
        count: usize,
    },
    /// The card has not as much memory left.
    #[error(
        "the card has not enough memory: {asked} bytes were asked for and {free} are free. Choose a smaller batch with more micro-batches, or end other programs that use the card"
    )]
    OutOfMemory {
        /// Bytes that were asked for.
        asked: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The kernels do not know models of this shape.
    #[error(
        "the kernels for cards do not know models with {what} of {found}: {needed}. Choose another base model, or the processor"
    )]
    UnsuitedModel {
        /// Which size.
        what: &'static str,
        /// What it is.
        found: usize,
        /// What it would have to be.
        needed: &'static str,
    },
    /// The card stopped answering.
    #[error(
        "the card stopped working during {during} ({reason}). Start the program again; if it happens again, update the driver, or choose the processor"
    )]
    Lost {
        /// What it was to do.
        during: &'static str,
        /// What the driver said.
        reason: String,
    },
    /// The card computes something else than it should.
    #[error(
        "the card gives wrong results in {kernel}: {found} instead of {expected}. Update the driver, or choose the processor"
    )]
    WrongResult {
        /// The operation.
        kernel: &'static str,
        /// What it gave.
        found: f64,
        /// What it should have given.
        expected: f64,
    },
    /// The kernels that were built into the program cannot be read.
    #[error("the kernels in this program are damaged ({0}). Install it again")]
    Damaged(#[from] std::io::Error),
    /// Anything else that the driver refuses.
    #[error("the NVIDIA driver refused {during}: {reason}. Update it, or choose the processor")]
    Refused {
        /// What it was to do.
        during: &'static str,
        /// What the driver said.
        reason: String,
    },
}

impl CudaError {
    /// What the driver's answer to `during` means.
    pub(crate) fn of(during: &'static str, error: DriverError) -> Self {
        let reason = || match error.error_string() {
            Ok(text) => text.to_string_lossy().into_owned(),
            Err(_) => format!("{:?}", error.0),
        };
        match error.0 {
            CUresult::CUDA_ERROR_NO_DEVICE => Self::NoCard,
            CUresult::CUDA_ERROR_ILLEGAL_ADDRESS
            | CUresult::CUDA_ERROR_MISALIGNED_ADDRESS
            | CUresult::CUDA_ERROR_LAUNCH_FAILED
            | CUresult::CUDA_ERROR_LAUNCH_TIMEOUT
            | CUresult::CUDA_ERROR_ECC_UNCORRECTABLE
            | CUresult::CUDA_ERROR_HARDWARE_STACK_ERROR
            | CUresult::CUDA_ERROR_DEVICE_UNAVAILABLE
            | CUresult::CUDA_ERROR_CONTEXT_IS_DESTROYED => Self::Lost {
                during,
                reason: reason(),
            },
            _ => Self::Refused {
                during,
                reason: reason(),
            },
        }
    }
}
