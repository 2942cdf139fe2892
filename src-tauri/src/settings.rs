//! What the user chose about the program itself, kept in `settings.json` in the data folder.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use engine::devices::DeviceChoice;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::ShellError;
use crate::storage;

/// What the user chose about the program itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// The language of the window; the system's when absent.
    pub language: Option<WindowLanguage>,
    /// Colours.
    pub theme: WindowTheme,
    /// Size of the text in percent, 80 to 150.
    pub font_size: u16,
    /// What computes.
    pub device: DeviceChoice,
    /// Threads that compute; the worker's own choice when absent.
    pub threads: Option<u16>,
    /// Whether long work lets other programs go first.
    pub low_priority: bool,
    /// The command that starts a worker, with its arguments; the program's own when empty. With
    /// it the work can be done on another machine, by `ssh` or `srun`.
    pub worker_command: Vec<String>,
    /// The data folder; the system's usual one when absent. Changes at the next start.
    pub folder: Option<PathBuf>,
    /// Whether classified articles are kept in a history.
    pub keeps_history: bool,
    /// Whether the note on the intended use was read.
    pub has_read_intended_use: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: None,
            theme: WindowTheme::System,
            font_size: 100,
            device: DeviceChoice::Auto,
            threads: None,
            low_priority: false,
            worker_command: Vec::new(),
            folder: None,
            keeps_history: true,
            has_read_intended_use: false,
        }
    }
}

/// The language of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub enum WindowLanguage {
    /// English.
    #[serde(rename = "en")]
    English,
    /// Spanish.
    #[serde(rename = "es")]
    Spanish,
}

/// The colours of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum WindowTheme {
    /// As the system has it.
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// The settings and the file that keeps them.
pub struct SettingsFile {
    path: PathBuf,
    current: Mutex<Settings>,
}

impl SettingsFile {
    /// The settings of a file; the usual ones when it is missing or damaged.
    pub fn open(path: PathBuf) -> Self {
        let current = Mutex::new(storage::read(&path).unwrap_or_default());
        Self { path, current }
    }

    /// The settings.
    pub fn current(&self) -> Settings {
        let current = self.current.lock();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps other settings.
    ///
    /// # Errors
    /// When the file cannot be written; then the settings are as they were.
    pub fn save(&self, settings: Settings) -> Result<(), ShellError> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        storage::write(&self.path, &settings).map_err(ShellError::SettingsUnwritable)?;
        *current = settings;
        Ok(())
    }
}
