//! The folder in which Etiqueta keeps everything.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::base::{BaseLibrary, BaseLibraryError, BaseModel};
use super::model::ModelLibrary;
use crate::files::folder_bytes;

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
/// The variable that says what computes where nothing else is asked for; the window sets it for its workers.
pub const DEVICE_VARIABLE: &str = "ETIQUETA_DEVICE";

/// The folder of projects in the data folder, which the window keeps.
pub const PROJECTS_FOLDER: &str = "projects";
/// The history in the data folder, which the window keeps.
pub const HISTORY_FILE: &str = "history.json";

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
        if let Some(folder) = path_of_base(name).filter(|path| path.is_dir()) {
            return Ok(BaseModel::open(folder)?);
        }
        self.base_models().find(name)
    }

    /// Bytes of everything that is kept. What else is in the folder does not count: it may be one
    /// that its owner uses for other things too.
    pub fn bytes(&self) -> u64 {
        let (models, bases) = (self.models(), self.base_models());
        let (runs, projects) = (self.runs(), self.folder.join(PROJECTS_FOLDER));
        let folders = [models.folder(), bases.folder(), &runs, &projects];
        let history = std::fs::metadata(self.folder.join(HISTORY_FILE));
        let history = history.map_or(0, |data| data.len());
        folders.into_iter().map(folder_bytes).sum::<u64>() + history
    }

    /// The base models.
    pub fn base_models(&self) -> BaseLibrary {
        BaseLibrary::new(self.folder.join("bases"), self.compact.clone())
    }
}

/// The folder that a base model's name means, when it is a path and no plain name. Names on the
/// Hub, such as `google-bert/bert-base-uncased`, can be read as paths too.
pub(crate) fn path_of_base(name: &str) -> Option<&Path> {
    let path = Path::new(name);
    (path.components().count() > 1).then_some(path)
}
