//! Base models: the pre-trained BERTs that fine-tuning starts from.
//!
//! A base model is a folder in the layout of Hugging Face (`config.json`, `model.safetensors`,
//! `tokenizer.json` or `vocab.txt`). [`BaseModel`] opens one, [`BaseLibrary`] keeps them under
//! one folder, imports them from the disk after a self-test against candle-transformers, and gets
//! them from the Hub. Beside them stands the compact model that comes with the program.

mod adding;
mod error;
pub mod hub;
mod keeping;
pub mod known;
mod model;
mod names;
mod record;
mod self_test;

pub use adding::{Added, folder_name};
pub use error::{BaseLibraryError, BaseModelError};
pub use keeping::{BaseDescription, BaseEntry, BaseLibrary, BaseState};
pub use model::BaseModel;
pub use record::BaseRecord;
pub use self_test::SelfTest;

#[cfg(test)]
pub(crate) mod tests;
