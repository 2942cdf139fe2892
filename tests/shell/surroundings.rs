//! A data folder, a desktop and workers for the tests.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use engine::protocol::JobSnapshot;
use etiqueta_desktop::desktop::{Desktop, Later};
use etiqueta_desktop::opened_files::PathPurpose;
use etiqueta_desktop::settings::{Settings, WindowLanguage};
use etiqueta_desktop::workers::WorkerCommand;

/// The command of a worker from `tests/fixtures/workers`.
pub(crate) fn fake_worker(name: &str) -> Vec<String> {
    let (script, arguments) = name.split_once(' ').unwrap_or((name, ""));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/workers");
    let script = folder.join(format!("{script}.py"));
    let mut command = vec!["python3".to_owned(), script.display().to_string()];
    command.extend(arguments.split_whitespace().map(str::to_owned));
    command
}

/// The same as a command that keeps things in a folder.
pub(crate) fn fake_command(name: &str, home: &Path) -> WorkerCommand {
    let settings = Settings {
        worker_command: fake_worker(name),
        ..Settings::default()
    };
    WorkerCommand::find(&settings, None, None).with("ETIQUETA_HOME", home)
}

/// A desktop with a user who always chooses the same.
#[derive(Default)]
pub(crate) struct FakeDesktop {
    /// What the user chooses.
    pub(crate) choice: Mutex<Option<PathBuf>>,
    /// Whether the user allows commands.
    pub(crate) allows: bool,
    /// Locks against sleep.
    pub(crate) awake: Arc<()>,
    /// Jobs whose end was told.
    pub(crate) notified: Mutex<Vec<JobSnapshot>>,
    /// How often the program was ended.
    pub(crate) exits: Mutex<usize>,
    /// What was shown in the file manager.
    pub(crate) shown: Mutex<Vec<PathBuf>>,
}

impl Desktop for FakeDesktop {
    fn choose<'a>(
        &'a self,
        _purpose: PathPurpose,
        _suggestion: Option<String>,
        _language: WindowLanguage,
    ) -> Later<'a, Option<PathBuf>> {
        Box::pin(async { self.choice.lock().unwrap().clone() })
    }

    fn allows_command<'a>(
        &'a self,
        _command: &'a [String],
        _language: WindowLanguage,
    ) -> Later<'a, bool> {
        Box::pin(async { self.allows })
    }

    fn show(&self, path: &Path) -> std::io::Result<()> {
        self.shown.lock().unwrap().push(path.into());
        Ok(())
    }

    fn keep_awake(&self) -> Box<dyn Send> {
        Box::new(Arc::clone(&self.awake))
    }

    fn notify(&self, job: &JobSnapshot, _language: WindowLanguage) {
        self.notified.lock().unwrap().push(job.clone());
    }

    fn settings_changed(&self, _settings: &Settings) {}

    fn exit(&self) {
        *self.exits.lock().unwrap() += 1;
    }

    fn language(&self) -> WindowLanguage {
        WindowLanguage::Spanish
    }
}
