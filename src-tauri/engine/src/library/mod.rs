//! Base models and trained models as folders on disk.

pub mod base;
mod home;
mod importing;
pub mod model;
#[cfg(test)]
pub(crate) mod tiny;

pub use home::{APPLICATION, COMPACT_VARIABLE, HOME_VARIABLE, Home, THREADS_VARIABLE, data_folder};
pub use importing::{ImportError, ModelImport};
