//! Where things are: the data folder, the worker, the samples.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use engine::library::{
    APPLICATION, COMPACT_VARIABLE, DEVICE_VARIABLE, HISTORY_FILE, HOME_VARIABLE, PROJECTS_FOLDER,
    THREADS_VARIABLE, data_folder,
};

use crate::settings::{Settings, WindowLanguage};
use crate::workers::{WORKER_VARIABLE, WorkerCommand};

/// Lets tests drop files by an event of the page, since WebDriver cannot drag any.
const DROPS_VARIABLE: &str = "ETIQUETA_TEST_DROPS";

/// What the program is told by its surroundings.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The data folder, when it is not the platform's.
    pub home: Option<PathBuf>,
    /// The platform's data folder.
    pub usual_home: PathBuf,
    /// The worker's program, when it is not the one beside this program.
    pub worker: Option<PathBuf>,
    /// The folder of this program.
    pub program_folder: Option<PathBuf>,
    /// The compact base model, when it is not the one of the installation.
    pub compact: Option<PathBuf>,
    /// Arguments, the program's name first.
    pub arguments: Vec<OsString>,
    /// The folder that arguments are relative to.
    pub current_folder: PathBuf,
    /// Whether the page may drop files by an event.
    pub has_test_drops: bool,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_this_process() -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let usual = || {
            let folders = ProjectDirs::from("", "", APPLICATION)?;
            Some(folders.data_dir().to_path_buf())
        };
        let program = std::env::current_exe().ok();
        Self {
            home: variable(HOME_VARIABLE).map(PathBuf::from),
            // A user without a home folder still gets a window that works until it is closed.
            usual_home: data_folder(None, usual)
                .unwrap_or_else(|| std::env::temp_dir().join(APPLICATION)),
            worker: variable(WORKER_VARIABLE).map(PathBuf::from),
            program_folder: program.and_then(|program| Some(program.parent()?.to_path_buf())),
            compact: variable(COMPACT_VARIABLE).map(PathBuf::from),
            arguments: std::env::args_os().collect(),
            current_folder: std::env::current_dir().unwrap_or_default(),
            has_test_drops: variable(DROPS_VARIABLE).is_some_and(|value| value == "1"),
        }
    }
}

/// Where things are.
#[derive(Debug, Clone)]
pub struct Places {
    surroundings: Surroundings,
    /// The folder of what was installed with the program.
    resources: Option<PathBuf>,
    /// The folder that the settings name.
    chosen_home: Option<PathBuf>,
}

impl Places {
    /// The places of a program in these surroundings.
    pub fn new(surroundings: Surroundings, resources: Option<PathBuf>) -> Self {
        Self {
            surroundings,
            resources,
            chosen_home: None,
        }
    }

    /// The places once the settings are read.
    #[must_use]
    pub fn with_settings(mut self, settings: &Settings) -> Self {
        self.chosen_home.clone_from(&settings.folder);
        self
    }

    /// The settings. They are where the data folder usually is, since they can move it.
    pub fn settings(&self) -> PathBuf {
        let home = self.surroundings.home.as_ref();
        home.unwrap_or(&self.surroundings.usual_home)
            .join("settings.json")
    }

    /// The data folder: what the environment says, else the settings, else the platform's.
    pub fn home(&self) -> &Path {
        let named = self
            .surroundings
            .home
            .as_ref()
            .or(self.chosen_home.as_ref());
        named.unwrap_or(&self.surroundings.usual_home)
    }

    /// The folder of projects.
    pub fn projects(&self) -> PathBuf {
        self.home().join(PROJECTS_FOLDER)
    }

    /// The history.
    pub fn history(&self) -> PathBuf {
        self.home().join(HISTORY_FILE)
    }

    /// The command that starts a worker, told where everything is.
    pub fn worker(&self, settings: &Settings) -> WorkerCommand {
        let surroundings = &self.surroundings;
        let folder = surroundings.program_folder.as_deref();
        let command = WorkerCommand::find(settings, surroundings.worker.as_deref(), folder);
        let command = command.with(HOME_VARIABLE, self.home());
        let command = command.with(DEVICE_VARIABLE, settings.device.to_string());
        let command = match settings.threads {
            Some(threads) => command.with(THREADS_VARIABLE, threads.to_string()),
            None => command,
        };
        match self.compact() {
            Some(compact) => command.with(COMPACT_VARIABLE, compact),
            None => command,
        }
    }

    /// The sample table in a language.
    pub fn example(&self, language: WindowLanguage) -> PathBuf {
        let name = match language {
            WindowLanguage::English => "samples/abstracts-en.csv",
            WindowLanguage::Spanish => "samples/resumenes-es.csv",
        };
        let installed = self.resources.as_ref().map(|folder| folder.join(name));
        match installed.filter(|path| path.is_file()) {
            Some(path) => path,
            None => in_sources(name),
        }
    }

    /// The compact base model where it is known to this program; the worker looks for it else.
    fn compact(&self) -> Option<PathBuf> {
        let installed = || {
            let folder = self.resources.as_ref()?.join("base/compact");
            folder.join("config.json").is_file().then_some(folder)
        };
        self.surroundings.compact.clone().or_else(installed)
    }

    /// What the program was started with.
    pub fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }
}

/// A file of the sources, for a program that is being developed; elsewhere only its name.
fn in_sources(name: &str) -> PathBuf {
    if cfg!(debug_assertions) {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
    } else {
        name.into()
    }
}

#[cfg(test)]
mod tests {
    use engine::devices::DeviceChoice;

    use super::*;

    fn places(home: Option<&str>) -> Places {
        let surroundings = Surroundings {
            home: home.map(PathBuf::from),
            usual_home: "/usual".into(),
            ..Surroundings::default()
        };
        Places::new(surroundings, None)
    }

    #[test]
    fn the_environment_goes_before_the_settings_and_they_before_the_usual_folder() {
        let settings = Settings {
            folder: Some("/chosen".into()),
            ..Settings::default()
        };
        assert_eq!(places(None).home(), Path::new("/usual"));
        let chosen = places(None).with_settings(&settings);
        assert_eq!(chosen.home(), Path::new("/chosen"));
        assert_eq!(chosen.settings(), Path::new("/usual/settings.json"));
        let told = places(Some("/told")).with_settings(&settings);
        assert_eq!(told.home(), Path::new("/told"));
        assert_eq!(told.settings(), Path::new("/told/settings.json"));
    }

    #[test]
    fn a_worker_is_told_the_data_folder_and_the_threads() {
        let settings = Settings {
            threads: Some(3),
            device: DeviceChoice::Card(1),
            ..Settings::default()
        };
        let environment = places(Some("/told")).worker(&settings).environment;
        assert!(environment.contains(&(HOME_VARIABLE, "/told".into())));
        assert!(environment.contains(&(THREADS_VARIABLE, "3".into())));
        assert!(environment.contains(&(DEVICE_VARIABLE, "cuda:1".into())));
    }

    #[test]
    fn the_samples_are_there_while_the_program_is_developed() {
        assert!(places(None).example(WindowLanguage::English).is_file());
        assert!(places(None).example(WindowLanguage::Spanish).is_file());
    }
}
