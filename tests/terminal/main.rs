//! The terminal program as its users meet it: the real binary, the real compact base model.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in tests, but not in the functions that tests share"
)]

mod bad_input;
mod corrections;
mod interruption;
mod main_job;
mod program;
mod samples;
mod worker;
