//! The shell: its commands through Tauri's mock runtime, the supervision of workers with workers
//! that misbehave, and what the configuration allows the page. No display is needed.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what the tests share fails the test that uses it"
)]

mod commands;
mod configuration;
mod program;
#[cfg(unix)]
mod supervision;
mod surroundings;
#[cfg(unix)]
mod warm_workers;
#[cfg(unix)]
mod worker_commands;
