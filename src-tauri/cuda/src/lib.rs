//! BERT's operations on NVIDIA cards: the kernels, and the driver that runs them.
//!
//! The kernels are written in CUDA C++ (`source`) and committed as packed PTX (`ptx`), which the
//! driver of any card from compute 8.0 on compiles when it is loaded: neither building nor running
//! needs a toolkit. `make ptx` writes the PTX anew. The driver itself is looked for when it is asked for
//! and never linked, so that one program starts on every machine.
//!
//! Where there is no card the same sources are built for the host, with a block's threads as fibers
//! (`source/host`), behind the interface of the driver: so everything here is tested without one.

#![expect(
    unsafe_code,
    reason = "the driver has a C interface, and kernels take addresses"
)]

pub mod arguments;
mod device;
mod driver;
mod error;
mod memory;
pub mod operations;
mod self_test;
mod stored;
mod transfer;
mod usage;

use std::io::Read;

pub use device::{Device, Kernel};
pub use driver::{Card, Compute, Driver, Version};
pub use error::{CudaError, ModelSize, SizeLimit};
pub use memory::{Memory, View, ViewMut};
pub use self_test::check;
pub use stored::{BFloat16, Stored};
pub use transfer::Reading;
pub use usage::{CardUse, card_use, driver_release};

/// All kernels, for the driver to compile.
///
/// # Errors
/// When what was built into the program cannot be unpacked.
pub fn ptx() -> std::io::Result<String> {
    const PACKED: &[u8] = include_bytes!("../ptx/kernels.ptx.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(PACKED).read_to_string(&mut text)?;
    Ok(text)
}
