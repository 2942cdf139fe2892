//! The kernels of BERT for NVIDIA cards. They are written in CUDA C++ (`source`) and committed as
//! PTX (`ptx`), which the driver of any card from compute 8.0 on compiles when it is loaded: neither
//! building nor running needs a toolkit. `make ptx` writes the PTX anew.
//!
//! Where there is no card the same sources are built for the host, with a block's threads as fibers
//! (`source/host`), and tested against the definition of each operation.

/// All kernels, for the driver to compile.
pub const PTX: &str = include_str!("../ptx/kernels.ptx");
