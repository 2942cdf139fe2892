//! Base models and trained models as folders on disk.

pub mod base;
mod home;
mod importing;
pub mod model;
#[cfg(test)]
pub(crate) mod tiny;

pub(crate) use home::path_of_base;
pub use home::{
    APPLICATION, COMPACT_VARIABLE, DEVICE_VARIABLE, HISTORY_FILE, HOME_VARIABLE, Home,
    PROJECTS_FOLDER, THREADS_VARIABLE, data_folder,
};
pub use importing::{ImportError, ModelImport};
