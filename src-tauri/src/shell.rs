//! Everything behind the commands: files, settings, projects, jobs and workers.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::files::write_atomically;
use engine::protocol::{Answer, JobSnapshot, Request};
use serde_json::Value;

use crate::desktop::Desktop;
use crate::error::ShellError;
use crate::history::{History, HistoryEntry};
use crate::jobs::{JobListener, Jobs, Patience};
use crate::opened_files::{Access, OpenedFiles, OpenedPath, PathPurpose};
use crate::places::Places;
use crate::project::{Project, Projects};
use crate::settings::{Settings, SettingsFile, WindowLanguage};
use crate::workers::{WarmWorkers, WorkerCommand};

/// How long jobs may take to write their checkpoints when the window is closed.
const LONGEST_SUSPENSION: Duration = Duration::from_secs(60);

/// The state of the program.
pub struct Shell {
    /// Where things are.
    pub places: Places,
    /// The files that the user opened.
    pub files: OpenedFiles,
    /// The jobs.
    pub jobs: Jobs,
    settings: Arc<SettingsFile>,
    history: History,
    projects: Projects,
    warm: WarmWorkers,
    desktop: Arc<dyn Desktop>,
}

impl Shell {
    /// The program in these places. The files that it was started with wait to be taken.
    pub fn new(places: Places, desktop: Arc<dyn Desktop>, patience: Patience) -> Self {
        let settings = Arc::new(SettingsFile::open(places.settings()));
        let places = places.with_settings(&settings.current());
        desktop.settings_changed(&settings.current());
        let listener = Arc::new(Listener {
            desktop: Arc::clone(&desktop),
            settings: Arc::clone(&settings),
        });
        Self {
            files: OpenedFiles::default(),
            jobs: Jobs::new(patience, listener),
            history: History::new(places.history()),
            projects: Projects::new(places.projects()),
            warm: WarmWorkers::default(),
            settings,
            places,
            desktop,
        }
    }

    /// The answer of the warm worker that a request is for.
    ///
    /// # Errors
    /// When it names files that were not opened, is a job, or the worker cannot do it.
    pub async fn ask(&self, request: Request) -> Result<Answer, ShellError> {
        self.check(&request, false)?;
        self.warm.ask(&self.worker(), request).await
    }

    /// Starts a job and gives its number.
    ///
    /// # Errors
    /// When it names files that were not opened, is no job, is a second training, or its worker
    /// cannot be started.
    pub async fn start_job(&self, request: Request) -> Result<u64, ShellError> {
        self.check(&request, true)?;
        if request.computes() {
            self.warm.free_card().await;
        }
        let command = WorkerCommand {
            gives_way: self.settings().low_priority,
            ..self.worker()
        };
        self.jobs.start(&command, request)
    }

    /// Has the user choose a path, which counts as opened.
    pub async fn choose_path(
        &self,
        purpose: PathPurpose,
        suggestion: Option<String>,
    ) -> Option<OpenedPath> {
        let path = self
            .desktop
            .choose(purpose, suggestion, self.language())
            .await?;
        let access = if purpose.is_writing() {
            Access::Write
        } else {
            Access::Read
        };
        Some(self.files.open(&path, access))
    }

    /// The sample table.
    ///
    /// # Errors
    /// When it is not where it belongs.
    pub fn open_example(&self, language: WindowLanguage) -> Result<OpenedPath, ShellError> {
        let path = self.places.example(language);
        if !path.is_file() {
            return Err(ShellError::ExampleMissing { path });
        }
        Ok(self.files.open(&path, Access::Read))
    }

    /// The projects, whose tables count as opened.
    pub fn list_projects(&self) -> Vec<Project> {
        let projects = self.projects.list();
        for path in projects.iter().flat_map(Project::paths) {
            self.files.open(path, Access::Read);
        }
        projects
    }

    /// Keeps a project. Its tables were opened, or were its tables before: else a page could name
    /// any file here and have it opened with the list.
    ///
    /// # Errors
    /// When they were not, or the file cannot be written.
    pub fn save_project(&self, project: &Project) -> Result<(), ShellError> {
        let before = self.projects.find(&project.id);
        for path in project.paths() {
            let was_there = before
                .as_ref()
                .is_some_and(|before| before.paths().any(|its| its == path));
            if !was_there {
                self.files.check(path, Access::Read)?;
            }
        }
        self.projects.save(project)
    }

    /// Deletes a project.
    ///
    /// # Errors
    /// When its file cannot be deleted.
    pub fn delete_project(&self, id: &str) -> Result<(), ShellError> {
        self.projects.delete(id)
    }

    /// The settings.
    pub fn settings(&self) -> Settings {
        self.settings.current()
    }

    /// Keeps settings. The user is asked about another worker's command, since it starts a
    /// program; another data folder was chosen by the user.
    ///
    /// # Errors
    /// When the folder was not chosen, or the file cannot be written.
    pub async fn save_settings(&self, mut settings: Settings) -> Result<(), ShellError> {
        let before = self.settings();
        if settings.folder != before.folder
            && let Some(folder) = &settings.folder
        {
            self.files.check(folder, Access::Read)?;
        }
        let command = &settings.worker_command;
        if !command.is_empty() && *command != before.worker_command {
            let is_allowed = self.desktop.allows_command(command, self.language()).await;
            if !is_allowed {
                settings.worker_command = before.worker_command;
            }
        }
        self.settings.save(settings.clone())?;
        self.desktop.settings_changed(&settings);
        Ok(())
    }

    /// The articles of the history, newest first.
    pub fn history(&self) -> Vec<HistoryEntry> {
        self.history.entries()
    }

    /// Adds an article to the history, if the settings keep one.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add_to_history(&self, entry: HistoryEntry) -> Result<(), ShellError> {
        if self.settings().keeps_history {
            self.history.add(entry)?;
        }
        Ok(())
    }

    /// Forgets the history.
    ///
    /// # Errors
    /// When the file cannot be deleted.
    pub fn wipe_history(&self) -> Result<(), ShellError> {
        self.history.wipe()
    }

    /// Opens the file manager at a path that was opened or is in the data folder.
    ///
    /// # Errors
    /// When it is neither, or the system cannot.
    pub fn show_in_folder(&self, path: &Path) -> Result<(), ShellError> {
        if !self.is_in_home(path) {
            self.files.check(path, Access::Read)?;
        }
        self.desktop
            .show(path)
            .map_err(|error| ShellError::NotShown {
                path: path.into(),
                reason: error.to_string(),
            })
    }

    /// Writes a text to a path that was chosen to be written.
    ///
    /// # Errors
    /// When it was not, or cannot be written.
    pub fn save_text(&self, path: &Path, text: &str) -> Result<(), ShellError> {
        self.files.check(path, Access::Write)?;
        write_atomically(path, |writer| {
            std::io::Write::write_all(writer, text.as_bytes())
        })
        .map_err(ShellError::TextUnwritable)
    }

    /// Ends the program: jobs are suspended, so that they can be resumed, and workers end.
    pub async fn leave(&self) {
        // A job that takes longer is ended with its worker's input, and suspends itself then.
        let _in_time = self.jobs.suspend(LONGEST_SUSPENSION).await;
        self.warm.end().await;
        self.desktop.exit();
    }

    /// The language of menus, dialogs and notifications.
    pub fn language(&self) -> WindowLanguage {
        language(&self.settings, self.desktop.as_ref())
    }

    fn worker(&self) -> WorkerCommand {
        self.places.worker(&self.settings())
    }

    fn check(&self, request: &Request, is_job: bool) -> Result<(), ShellError> {
        if request.is_job() != is_job {
            let kind = serde_json::to_value(request).unwrap_or_default();
            return Err(ShellError::WrongKind {
                kind: kind
                    .get("kind")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .into(),
                expected: if is_job { "job" } else { "question" },
            });
        }
        for path in request.paths() {
            self.files.check(path, Access::Read)?;
        }
        Ok(())
    }

    /// Whether a path is in the data folder, wherever links and `..` lead.
    fn is_in_home(&self, path: &Path) -> bool {
        match (path.canonicalize(), self.places.home().canonicalize()) {
            (Ok(path), Ok(home)) => path.starts_with(home),
            _ => false,
        }
    }
}

fn language(settings: &SettingsFile, desktop: &dyn Desktop) -> WindowLanguage {
    settings
        .current()
        .language
        .unwrap_or_else(|| desktop.language())
}

/// Keeps the computer awake while a job goes on, and tells of its end.
struct Listener {
    desktop: Arc<dyn Desktop>,
    settings: Arc<SettingsFile>,
}

impl JobListener for Listener {
    fn began(&self, _job: &JobSnapshot) -> Box<dyn Send> {
        self.desktop.keep_awake()
    }

    fn ended(&self, job: &JobSnapshot) {
        let language = language(&self.settings, self.desktop.as_ref());
        self.desktop.notify(job, language);
    }
}
