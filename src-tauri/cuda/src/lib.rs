//! The kernels of BERT for NVIDIA cards. They are written in CUDA C++ (`source`) and committed as
//! packed PTX (`ptx`), which the driver of any card from compute 8.0 on compiles when it is loaded: neither
//! building nor running needs a toolkit. `make ptx` writes the PTX anew.
//!
//! Where there is no card the same sources are built for the host, with a block's threads as fibers
//! (`source/host`), and tested against the definition of each operation.

use std::io::Read;

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
