//! The terminal program as its users meet it: the real binary, the real compact base model.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "clippy allows these in tests, but not in the functions that tests share"
)]

mod bad_input;
mod cards;
mod corrections;
#[path = "../../src-tauri/cuda/tests/emulation.rs"]
mod emulation;
mod interruption;
mod main_job;
mod program;
mod samples;
mod worker;
