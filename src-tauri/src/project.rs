//! Projects: a table, how it is read and split, and the models that learned from it, kept as one
//! JSON file each in `projects` in the data folder.

use engine::dataset::{Corrections, ReadingChoices, RoleChoices};
use engine::files::remove_if_there;
use engine::split::SplitChoice;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use ts_rs::TS;

use crate::error::ShellError;
use crate::storage;

/// A table with everything that was chosen about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// Its identity: the name of its file.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was made (RFC 3339).
    pub created: String,
    /// When it was opened last (RFC 3339).
    pub opened: String,
    /// The table.
    pub table: PathBuf,
    /// SHA-256 of the table when it was opened last, in hexadecimal digits.
    pub sha256: String,
    /// Its rows.
    pub rows: usize,
    /// Its labels.
    pub labels: Vec<String>,
    /// How the table is read.
    pub reading: ReadingChoices,
    /// Which column is what.
    pub roles: RoleChoices,
    /// What is put right in the table before anything else; the file is never changed. Projects
    /// from before there were corrections have none.
    #[serde(default)]
    pub corrections: Corrections,
    /// How the rows are split: the same for all models of the project.
    pub split: SplitChoice,
    /// A test table of its own.
    pub test_table: Option<PathBuf>,
    /// The models that learned from it, and its runs, by their names.
    pub models: Vec<String>,
}

impl Project {
    /// The files that the project names.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let test_table = self.test_table.as_deref();
        std::iter::once(self.table.as_path()).chain(test_table)
    }
}

/// The folder of projects.
pub struct Projects {
    folder: PathBuf,
}

impl Projects {
    /// The projects in this folder, which need not exist yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// All projects, those opened last first. Files that are no projects are passed over.
    pub fn list(&self) -> Vec<Project> {
        let Ok(files) = fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let mut projects: Vec<Project> = files
            .flatten()
            .map(|file| file.path())
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "json")
            })
            .filter_map(|path| serde_json::from_slice(&fs::read(path).ok()?).ok())
            .collect();
        // Moments of RFC 3339 in one time zone are in the order of their texts.
        projects.sort_by(|one, other| (&other.opened, &one.id).cmp(&(&one.opened, &other.id)));
        projects
    }

    /// The project of this identity.
    pub fn find(&self, id: &str) -> Option<Project> {
        let text = fs::read(self.file(id).ok()?).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Keeps a project in the place of the one with its identity.
    ///
    /// # Errors
    /// When its identity is no name of a file, or the file cannot be written.
    pub fn save(&self, project: &Project) -> Result<(), ShellError> {
        storage::write(&self.file(&project.id)?, project).map_err(ShellError::ProjectUnwritable)
    }

    /// Deletes a project. Its table and its models stay.
    ///
    /// # Errors
    /// When its identity is no name of a file, or the file cannot be deleted.
    pub fn delete(&self, id: &str) -> Result<(), ShellError> {
        remove_if_there(&self.file(id)?).map_err(ShellError::ProjectUnwritable)
    }

    /// The file of a project. The identity comes from the page and must not lead out of the
    /// folder.
    fn file(&self, id: &str) -> Result<PathBuf, ShellError> {
        let is_plain =
            |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
        if id.is_empty() || id.len() > 64 || !id.chars().all(is_plain) {
            return Err(ShellError::ProjectIdentity { id: id.into() });
        }
        Ok(self.folder.join(format!("{id}.json")))
    }
}
