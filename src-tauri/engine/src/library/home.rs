//! The folder in which Etiqueta keeps everything.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::base::{BaseLibrary, BaseLibraryError, BaseModel};
use super::model::ModelLibrary;

/// The data folder: models, runs that are not finished, and base models.
#[derive(Debug, Clone)]
pub struct Home {
    /// The folder; it need not exist yet.
    pub folder: PathBuf,
    /// Where the program's own compact base model is, if it was found.
    pub compact: Option<PathBuf>,
}

/// The name under which a platform keeps the program's data.
pub const APPLICATION: &str = "etiqueta";
/// The variable that takes the place of the platform's data folder.
pub const HOME_VARIABLE: &str = "ETIQUETA_HOME";
/// The variable that says where the program's own compact base model is.
pub const COMPACT_VARIABLE: &str = "ETIQUETA_COMPACT";

/// The variable that takes the place of the processor's number of threads; the window sets it for
/// its workers.
pub const THREADS_VARIABLE: &str = "ETIQUETA_THREADS";

/// The data folder: what [`HOME_VARIABLE`] says, else the platform's for [`APPLICATION`], if it
/// has one. All fronts look here, so that they see the same models.
pub fn data_folder(
    variable: Option<OsString>,
    usual: impl FnOnce() -> Option<PathBuf>,
) -> Option<PathBuf> {
    match variable {
        Some(folder) if !folder.is_empty() => Some(folder.into()),
        _ => usual(),
    }
}

impl Home {
    /// The trained models.
    pub fn models(&self) -> ModelLibrary {
        ModelLibrary::new(self.folder.join("models"))
    }

    /// Runs that began and did not finish, a folder each.
    pub fn runs(&self) -> PathBuf {
        self.folder.join("runs")
    }

    /// The base model of this name, or the one in this folder.
    ///
    /// # Errors
    /// When there is none, or it is damaged.
    pub fn base_model(&self, name: &str) -> Result<BaseModel, BaseLibraryError> {
        let given = Path::new(name);
        if given.components().count() > 1 && given.is_dir() {
            return Ok(BaseModel::open(given)?);
        }
        self.base_models().find(name)
    }

    /// The base models.
    pub fn base_models(&self) -> BaseLibrary {
        BaseLibrary::new(self.folder.join("bases"), self.compact.clone())
    }
}
