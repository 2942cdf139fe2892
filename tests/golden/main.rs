//! The model against PyTorch: a tiny random BERT and the compact base model, on every backend.
//! The scripts that made the expected values stand beside them in `tests/fixtures`.

#![expect(
    unsafe_code,
    reason = "the emulated driver of cards is a library that is loaded"
)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "clippy allows these in tests, but not in the functions that tests share"
)]

mod backends;
mod candle_transformers_model;
mod compact;
#[path = "../../src-tauri/cuda/tests/emulated.rs"]
mod emulated;
#[path = "../../src-tauri/cuda/tests/emulation.rs"]
mod emulation;
mod learners;
mod model_folder;
mod optimizer;
mod precision;
mod properties;
mod saved_model;
mod sizes;
mod tensors;
mod tiny;
mod tiny_fixture;
