//! The desktop that the window is really on.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use engine::protocol::{JobSnapshot, JobState, Request};
use tauri::{AppHandle, Manager, Runtime, Theme, WebviewWindow};
use tauri_plugin_dialog::{
    DialogExt, FileDialogBuilder, FilePath, MessageDialogButtons, MessageDialogKind,
};
use tauri_plugin_notification::NotificationExt;
use tokio::sync::oneshot;

use crate::desktop::{Desktop, Later};
use crate::menu;
use crate::opened_files::PathPurpose;
use crate::settings::{Settings, WindowLanguage, WindowTheme};
use crate::texts::{self, Texts};

const TABLES: [&str; 4] = ["csv", "tsv", "tab", "xlsx"];
const TEXTS: [&str; 3] = ["txt", "text", "md"];
const MODELS: [&str; 4] = ["zip", "pth", "pt", "bin"];

/// The desktop that the window is really on.
pub(crate) struct SystemDesktop<R: Runtime> {
    app: AppHandle<R>,
}

impl<R: Runtime> SystemDesktop<R> {
    /// The desktop of a program with the plugins for dialogs and notifications.
    pub(crate) fn new(app: AppHandle<R>) -> Self {
        Self { app }
    }

    fn window(&self) -> Option<WebviewWindow<R>> {
        self.app.get_webview_window("main")
    }

    /// Gives the menu and the frame the colours of the page.
    fn show_theme(&self, theme: WindowTheme) {
        let theme = match theme {
            WindowTheme::Light => Some(Theme::Light),
            WindowTheme::Dark => Some(Theme::Dark),
            // A window that is not there yet will be like the system anyhow.
            WindowTheme::System => match self.window() {
                Some(window) => system_theme(&window),
                None => return,
            },
        };
        self.app.set_theme(theme);
    }

    fn dialog(
        &self,
        purpose: PathPurpose,
        suggestion: &str,
        texts: &Texts,
    ) -> FileDialogBuilder<R> {
        let mut dialog = self.app.dialog().file();
        if let Some(window) = self.window() {
            dialog = dialog.set_parent(&window);
        }
        if !suggestion.is_empty() {
            dialog = dialog.set_file_name(suggestion);
        }
        match purpose {
            PathPurpose::OpenTable => dialog
                .add_filter(texts.tables, &TABLES)
                .add_filter(texts.all_files, &["*"]),
            PathPurpose::OpenText => dialog
                .add_filter(texts.articles, &TEXTS)
                .add_filter(texts.all_files, &["*"]),
            PathPurpose::OpenModel => dialog.add_filter(texts.models, &MODELS),
            PathPurpose::SaveTable if suggestion.ends_with(".svg") => {
                dialog.add_filter(texts.pictures, &["svg"])
            }
            PathPurpose::SaveTable => dialog.add_filter(texts.tables, &TABLES[..2]),
            PathPurpose::SaveModelZip => dialog.add_filter(texts.zip_files, &["zip"]),
            PathPurpose::OpenModelFolder
            | PathPurpose::OpenBase
            | PathPurpose::SaveModelFolder
            | PathPurpose::SaveReport
            | PathPurpose::ChooseFolder => dialog,
        }
    }
}

impl<R: Runtime> Desktop for SystemDesktop<R> {
    fn choose<'a>(
        &'a self,
        purpose: PathPurpose,
        suggestion: Option<String>,
        language: WindowLanguage,
    ) -> Later<'a, Option<PathBuf>> {
        let suggestion = suggestion.unwrap_or_default();
        let dialog = self.dialog(purpose, &suggestion, texts::of(language));
        let (chosen, choice) = oneshot::channel::<Option<FilePath>>();
        // A window that is gone waits for no choice.
        let done = move |path| drop(chosen.send(path));
        match purpose {
            PathPurpose::OpenTable | PathPurpose::OpenText | PathPurpose::OpenModel => {
                dialog.pick_file(done);
            }
            PathPurpose::OpenModelFolder | PathPurpose::OpenBase | PathPurpose::ChooseFolder => {
                dialog.pick_folder(done);
            }
            // New folders are named like new files.
            PathPurpose::SaveTable
            | PathPurpose::SaveModelZip
            | PathPurpose::SaveModelFolder
            | PathPurpose::SaveReport => dialog.save_file(done),
        }
        Box::pin(async move {
            let path = choice.await.ok().flatten()?.into_path().ok()?;
            Some(with_extension(path, purpose, &suggestion))
        })
    }

    fn allows_command<'a>(
        &'a self,
        command: &'a [String],
        language: WindowLanguage,
    ) -> Later<'a, bool> {
        let texts = texts::of(language);
        let question = format!("{}\n\n{}", texts.command_question, command.join(" "));
        let (said, answer) = oneshot::channel();
        let buttons = MessageDialogButtons::OkCancelCustom(texts.allow.into(), texts.refuse.into());
        let mut dialog = self
            .app
            .dialog()
            .message(question)
            .title(texts.command_title)
            .kind(MessageDialogKind::Warning)
            .buttons(buttons);
        if let Some(window) = self.window() {
            dialog = dialog.parent(&window);
        }
        // A window that is gone waits for no answer.
        dialog.show(move |is_allowed| {
            let _heard = said.send(is_allowed);
        });
        Box::pin(async move { answer.await.unwrap_or(false) })
    }

    fn show(&self, path: &Path) -> std::io::Result<()> {
        tauri_plugin_opener::reveal_item_in_dir(path).map_err(std::io::Error::other)
    }

    fn keep_awake(&self) -> Box<dyn Send> {
        let (kept, released) = mpsc::channel::<()>();
        // A thread of its own: the system's answer may take a while, and Windows binds the lock to
        // the thread that asked for it.
        let hold = move || {
            let lock = keepawake::Builder::default()
                .idle(true)
                .sleep(true)
                .app_name("Etiqueta")
                .app_reverse_domain("org.etiqueta.desktop")
                .reason("Training or classifying")
                .create();
            // Without such a lock the job goes on all the same. It ends when the sender is dropped.
            let _released = released.recv();
            drop(lock);
        };
        let started = thread::Builder::new().name("keep-awake".into()).spawn(hold);
        Box::new((kept, started.is_ok()))
    }

    fn notify(&self, job: &JobSnapshot, language: WindowLanguage) {
        let window = self.window();
        let sees_it = window.is_some_and(|window| window.is_focused().unwrap_or(false));
        let Some(text) = text_of_end(job, texts::of(language)).filter(|_| !sees_it) else {
            return;
        };
        // A desktop without notifications shows none.
        let _shown = self
            .app
            .notification()
            .builder()
            .title("Etiqueta")
            .body(text)
            .show();
    }

    fn settings_changed(&self, settings: &Settings) {
        let language = settings.language.unwrap_or_else(|| self.language());
        // The old menu stays where the new one cannot be made.
        if let Ok(menu) = menu::build(&self.app, language) {
            let _replaced = self.app.set_menu(menu);
        }
        self.show_theme(settings.theme);
    }

    fn exit(&self) {
        self.app.exit(0);
    }

    fn language(&self) -> WindowLanguage {
        let variables = ["LC_ALL", "LC_MESSAGES", "LANG"];
        language_of(
            variables
                .into_iter()
                .filter_map(|name| std::env::var(name).ok()),
        )
    }
}

/// How a window is told to be like the system.
#[cfg_attr(
    not(target_os = "linux"),
    expect(
        unused_variables,
        reason = "only GTK has to be told what the system's theme is"
    )
)]
fn system_theme<R: Runtime>(window: &WebviewWindow<R>) -> Option<Theme> {
    // GTK takes none for a light one. The window itself is never given a theme, only the program
    // is, and so it tells the system's.
    #[cfg(target_os = "linux")]
    return window.theme().ok();
    #[cfg(not(target_os = "linux"))]
    return None;
}

/// The language of the first variable that says one. Spanish where none does: it is the first
/// language of most users.
fn language_of(values: impl Iterator<Item = String>) -> WindowLanguage {
    let said = values
        .filter(|value| !value.is_empty() && value != "C" && value != "POSIX")
        .find(|value| !value.starts_with("C."));
    match said {
        Some(value) if !value.starts_with("es") => WindowLanguage::English,
        _ => WindowLanguage::Spanish,
    }
}

/// A path to write to has the extension of its kind, even when the user did not write it.
fn with_extension(path: PathBuf, purpose: PathPurpose, suggestion: &str) -> PathBuf {
    let extension = match purpose {
        PathPurpose::SaveModelZip => Some("zip"),
        PathPurpose::SaveTable => match Path::new(suggestion).extension() {
            Some(extension) => extension.to_str(),
            None => Some("csv"),
        },
        _ => None,
    };
    match extension {
        Some(extension) if path.extension().is_none() => path.with_extension(extension),
        _ => path,
    }
}

/// What is told of a job's end; nothing of one that the user ended, and of an estimate.
fn text_of_end(job: &JobSnapshot, texts: &Texts) -> Option<String> {
    let what = match &job.request {
        Request::Train { .. } | Request::ResumeRun { .. } => texts.training,
        Request::ClassifyTable { .. } => texts.classification,
        Request::EvaluateTable { .. } => texts.evaluation,
        Request::GetBase { .. } => texts.download,
        _ => return None,
    };
    let how = match job.state {
        JobState::Finished => texts.is_finished,
        JobState::Failed => texts.has_failed,
        _ => return None,
    };
    Some(format!("{what} {how}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(state: JobState) -> JobSnapshot {
        let request = Request::ResumeRun {
            run: "one".into(),
            device: None,
        };
        let mut job = JobSnapshot::new(1, request, String::new());
        job.state = state;
        job
    }

    #[test]
    fn the_end_of_a_job_is_told_unless_the_user_ended_it() {
        let texts = texts::of(WindowLanguage::Spanish);
        let told = |state| text_of_end(&job(state), texts);
        assert_eq!(
            told(JobState::Finished).unwrap(),
            "El entrenamiento ha terminado."
        );
        assert!(told(JobState::Failed).unwrap().contains("ha fallado"));
        assert_eq!(told(JobState::Stopped), None);
    }

    #[test]
    fn the_language_is_that_of_the_system_and_spanish_where_it_says_none() {
        let said = |values: &[&str]| language_of(values.iter().map(ToString::to_string));
        assert_eq!(said(&["en_GB.UTF-8"]), WindowLanguage::English);
        assert_eq!(said(&["", "es_MX.UTF-8"]), WindowLanguage::Spanish);
        assert_eq!(said(&["C.UTF-8"]), WindowLanguage::Spanish);
        assert_eq!(said(&[]), WindowLanguage::Spanish);
    }

    #[test]
    fn a_file_without_an_extension_gets_the_one_of_its_kind() {
        let with =
            |path: &str, purpose, suggestion| with_extension(path.into(), purpose, suggestion);
        assert_eq!(
            with("a", PathPurpose::SaveTable, "t.tsv"),
            Path::new("a.tsv")
        );
        assert_eq!(
            with("a.csv", PathPurpose::SaveTable, "t.tsv"),
            Path::new("a.csv")
        );
        assert_eq!(with("a", PathPurpose::SaveModelZip, ""), Path::new("a.zip"));
        assert_eq!(with("a", PathPurpose::SaveModelFolder, ""), Path::new("a"));
    }
}
