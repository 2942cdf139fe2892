//! The desktop program: a Tauri shell around the engine (`engine`). The shell holds the window,
//! drag and drop and the supervision of worker processes; it does no numerics and reads no
//! tables.

pub mod history;
pub mod opened_files;
pub mod project;
pub mod settings;
#[cfg(test)]
mod tests;
