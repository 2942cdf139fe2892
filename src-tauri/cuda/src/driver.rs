//! The driver, and the cards that it knows.

use std::fmt::{self, Display, Formatter};

use cudarc::driver::result::device;
use cudarc::driver::{result, sys};
use serde::{Serialize, Serializer};
use ts_rs::TS;

use crate::error::CudaError;

/// A version of CUDA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, TS)]
#[ts(type = "string")]
pub struct Version {
    /// Before the point.
    pub major: u32,
    /// After it.
    pub minor: u32,
}

impl Version {
    /// What the committed PTX needs.
    pub const NEEDED: Self = Self {
        major: 12,
        minor: 4,
    };
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Display for Version {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

/// What a card can do, as NVIDIA counts it ("compute capability").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, TS)]
#[ts(type = "string")]
pub struct Compute {
    /// Before the point.
    pub major: u32,
    /// After it.
    pub minor: u32,
}

impl Compute {
    /// What the kernels need: products of bfloat16 on the tensor cores, and asynchronous copies.
    pub const NEEDED: Self = Self { major: 8, minor: 0 };
}

impl Serialize for Compute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Display for Compute {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

/// A card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Its number, from 0.
    pub number: usize,
    /// As its maker calls it.
    pub name: String,
    /// Bytes of its memory.
    pub memory: u64,
    /// What it can do.
    pub compute: Compute,
}

impl Card {
    /// Whether the kernels run on it.
    ///
    /// # Errors
    /// When it is too old.
    pub fn check(&self) -> Result<(), CudaError> {
        if self.compute >= Compute::NEEDED {
            return Ok(());
        }
        Err(CudaError::CardTooOld {
            name: self.name.clone(),
            found: self.compute,
            needed: Compute::NEEDED,
        })
    }
}

/// The driver of this machine.
#[derive(Debug, Clone, Copy)]
pub struct Driver {
    version: Version,
}

impl Driver {
    /// Looks for the driver and starts it.
    ///
    /// # Errors
    /// When there is none, it knows of no card, or it is too old for the kernels.
    pub fn load() -> Result<Self, CudaError> {
        // The bindings panic where the library is not there, so it is looked for first.
        // SAFETY: loading NVIDIA's library, or another one of its name, runs what it does at its start.
        if !unsafe { sys::is_culib_present() } {
            return Err(CudaError::NoDriver);
        }
        let mut number = 0;
        // SAFETY: the address is that of a number, and the call needs nothing to be started before.
        unsafe { sys::cuDriverGetVersion(&raw mut number) }
            .result()
            .map_err(|error| CudaError::of("the question for its version", error))?;
        let number = number.unsigned_abs();
        let version = Version {
            major: number / 1000,
            minor: number % 1000 / 10,
        };
        if version < Version::NEEDED {
            return Err(CudaError::DriverTooOld {
                found: version,
                needed: Version::NEEDED,
            });
        }
        result::init().map_err(|error| CudaError::of("its start", error))?;
        Ok(Self { version })
    }

    /// The version of CUDA that it knows.
    pub fn version(self) -> Version {
        self.version
    }

    /// All cards, in the driver's order.
    ///
    /// # Errors
    /// When the driver does not answer, or there is none.
    pub fn cards(self) -> Result<Vec<Card>, CudaError> {
        let failed = |error| CudaError::of("the question for its cards", error);
        let count = device::get_count().map_err(failed)?.unsigned_abs() as usize;
        if count == 0 {
            return Err(CudaError::NoCard);
        }
        (0..count)
            .map(|number| card(number).map_err(failed))
            .collect()
    }
}

fn card(number: usize) -> Result<Card, result::DriverError> {
    use sys::CUdevice_attribute::{
        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR as MAJOR,
        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR as MINOR,
    };
    let handle = device::get(number as i32)?;
    // SAFETY: the handle was just given by the driver.
    let (memory, major, minor) = unsafe {
        (
            device::total_mem(handle)?,
            device::get_attribute(handle, MAJOR)?,
            device::get_attribute(handle, MINOR)?,
        )
    };
    Ok(Card {
        number,
        name: device::get_name(handle)?,
        memory: memory as u64,
        compute: Compute {
            major: major.unsigned_abs(),
            minor: minor.unsigned_abs(),
        },
    })
}
