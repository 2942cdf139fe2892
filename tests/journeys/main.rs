//! What people do with Etiqueta, in the real window, with the real worker and the compact base
//! model: nothing is replaced. The window stands on a display of its own (Xvfb) and is driven by
//! WebKit's own WebDriver; a picture of a failed journey lies in `target/journeys`.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "clippy allows them in tests, but not in the functions that tests share"
)]

mod accessibility;
mod cards;
mod classify;
mod crash;
mod display;
mod drag;
mod driver;
#[path = "../../src-tauri/cuda/tests/emulation.rs"]
mod emulation;
mod figures;
mod first_use;
mod models;
mod network;
mod processes;
mod screenshots;
mod starting;
mod tables;
mod trained;
mod window;
