//! The commands of the page, named as in its contract (`ui/src/lib/ipc`). What they do is in
//! [`Shell`].

use std::path::PathBuf;
use std::sync::Arc;

use engine::protocol::{Answer, JobSnapshot, Request, Stop};
use tauri::ipc::Channel;
use tauri::{Runtime, State, Window};

use crate::close;
use crate::error::ShellError;
use crate::history::HistoryEntry;
use crate::opened_files::{OpenedPath, PathPurpose};
use crate::project::Project;
use crate::settings::{Settings, WindowLanguage};
use crate::shell::Shell;

type Shared<'a> = State<'a, Arc<Shell>>;

#[tauri::command]
pub(crate) async fn ask(shell: Shared<'_>, request: Request) -> Result<Answer, ShellError> {
    shell.ask(request).await
}

#[tauri::command]
pub(crate) async fn start_job(shell: Shared<'_>, request: Request) -> Result<u64, ShellError> {
    shell.start_job(request).await
}

#[tauri::command]
pub(crate) async fn list_jobs(shell: Shared<'_>) -> Result<Vec<JobSnapshot>, ShellError> {
    Ok(shell.jobs.list())
}

#[tauri::command]
pub(crate) async fn watch_job(
    shell: Shared<'_>,
    id: u64,
    channel: Channel<JobSnapshot>,
) -> Result<(), ShellError> {
    let send = move |snapshot| channel.send(snapshot).is_ok();
    shell.jobs.watch(id, send)
}

#[tauri::command]
pub(crate) async fn pause_job(shell: Shared<'_>, id: u64) -> Result<(), ShellError> {
    shell.jobs.pause(id)
}

#[tauri::command]
pub(crate) async fn resume_job(shell: Shared<'_>, id: u64) -> Result<(), ShellError> {
    shell.jobs.resume(id)
}

#[tauri::command]
pub(crate) async fn stop_job(shell: Shared<'_>, id: u64, how: Stop) -> Result<(), ShellError> {
    shell.jobs.stop(id, how)
}

#[tauri::command]
pub(crate) async fn forget_job(shell: Shared<'_>, id: u64) -> Result<(), ShellError> {
    shell.jobs.forget(id)
}

#[tauri::command]
pub(crate) async fn choose_path(
    shell: Shared<'_>,
    purpose: PathPurpose,
    suggestion: Option<String>,
) -> Result<Option<OpenedPath>, ShellError> {
    Ok(shell.choose_path(purpose, suggestion).await)
}

#[tauri::command]
pub(crate) async fn take_opened_files(shell: Shared<'_>) -> Result<Vec<OpenedPath>, ShellError> {
    Ok(shell.files.take_waiting())
}

#[tauri::command]
pub(crate) async fn open_example(
    shell: Shared<'_>,
    language: WindowLanguage,
) -> Result<OpenedPath, ShellError> {
    shell.open_example(language)
}

#[tauri::command]
pub(crate) async fn list_projects(shell: Shared<'_>) -> Result<Vec<Project>, ShellError> {
    Ok(shell.list_projects())
}

#[tauri::command]
pub(crate) async fn save_project(shell: Shared<'_>, project: Project) -> Result<(), ShellError> {
    shell.save_project(&project)
}

#[tauri::command]
pub(crate) async fn delete_project(shell: Shared<'_>, id: String) -> Result<(), ShellError> {
    shell.delete_project(&id)
}

#[tauri::command]
pub(crate) async fn load_settings(shell: Shared<'_>) -> Result<Settings, ShellError> {
    Ok(shell.settings())
}

#[tauri::command]
pub(crate) async fn save_settings(shell: Shared<'_>, settings: Settings) -> Result<(), ShellError> {
    shell.save_settings(settings).await
}

#[tauri::command]
pub(crate) async fn load_history(shell: Shared<'_>) -> Result<Vec<HistoryEntry>, ShellError> {
    Ok(shell.history())
}

#[tauri::command]
pub(crate) async fn add_to_history(
    shell: Shared<'_>,
    entry: HistoryEntry,
) -> Result<(), ShellError> {
    shell.add_to_history(entry)
}

#[tauri::command]
pub(crate) async fn wipe_history(shell: Shared<'_>) -> Result<(), ShellError> {
    shell.wipe_history()
}

#[tauri::command]
pub(crate) async fn show_in_folder(shell: Shared<'_>, path: PathBuf) -> Result<(), ShellError> {
    shell.show_in_folder(&path)
}

#[tauri::command]
pub(crate) async fn save_text(
    shell: Shared<'_>,
    path: PathBuf,
    text: String,
) -> Result<(), ShellError> {
    shell.save_text(&path, &text)
}

#[tauri::command]
pub(crate) async fn close_window<R: Runtime>(
    window: Window<R>,
    shell: Shared<'_>,
    confirmed: bool,
) -> Result<(), ShellError> {
    if confirmed || !shell.jobs.are_running() {
        shell.leave().await;
    } else {
        close::ask_page(&window);
    }
    Ok(())
}
