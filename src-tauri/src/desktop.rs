//! What the shell wants from the desktop around its window. Tests put their own in its place.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use engine::protocol::JobSnapshot;

use crate::opened_files::PathPurpose;
use crate::settings::{Settings, WindowLanguage};

/// What takes a while, as a user does who is asked something.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The desktop around the window.
pub trait Desktop: Send + Sync + 'static {
    /// Has the user choose a path; nothing when they changed their mind.
    fn choose<'a>(
        &'a self,
        purpose: PathPurpose,
        suggestion: Option<String>,
        language: WindowLanguage,
    ) -> Later<'a, Option<PathBuf>>;

    /// Has the user say whether the program may start this command for its work.
    fn allows_command<'a>(
        &'a self,
        command: &'a [String],
        language: WindowLanguage,
    ) -> Later<'a, bool>;

    /// Opens the file manager at a path.
    ///
    /// # Errors
    /// What the system says.
    fn show(&self, path: &Path) -> std::io::Result<()>;

    /// Keeps the computer from sleeping as long as what is given back is kept.
    fn keep_awake(&self) -> Box<dyn Send>;

    /// Tells a user who looks at another window that a job ended.
    fn notify(&self, job: &JobSnapshot, language: WindowLanguage);

    /// Shows the program in the way that the settings say.
    fn settings_changed(&self, settings: &Settings);

    /// Ends the program.
    fn exit(&self);

    /// The language of the system.
    fn language(&self) -> WindowLanguage;
}
