//! Closing the window: a job that goes on is not ended without a question.

use std::sync::Arc;

use tauri::{AppHandle, CloseRequestApi, Emitter, Manager, Runtime, Window};

use crate::shell::Shell;

/// The page asks the user, and calls `close_window`.
const CLOSE_REQUESTED: &str = "close-requested";

/// The user wants to close the window.
pub(crate) fn requested<R: Runtime>(window: &Window<R>, api: &CloseRequestApi) {
    let shell = Arc::clone(&window.state::<Arc<Shell>>());
    api.prevent_close();
    if shell.jobs.are_running() {
        ask_page(window);
        return;
    }
    tauri::async_runtime::spawn(async move { shell.leave().await });
}

/// Closes the window as its own button does.
pub(crate) fn window<R: Runtime>(app: &AppHandle<R>) {
    for window in app.webview_windows().into_values() {
        // A window that is gone is closed.
        let _closed = window.close();
    }
}

/// Has the page ask the user.
pub(crate) fn ask_page<R: Runtime>(window: &Window<R>) {
    // A page that is gone asks nobody; the user can close the window again.
    let _asked = window.emit(CLOSE_REQUESTED, ());
}
