//! The desktop program: a Tauri shell around the engine (`engine`). The shell holds the window,
//! drag and drop and the supervision of worker processes; it does no numerics and reads no
//! tables.
//!
//! `commands` is what the page can ask; [`shell`] is behind it and knows nothing of Tauri, nor do
//! [`jobs`], [`workers`] and the files. [`desktop`] is what they want from the system around.

mod close;
mod commands;
pub mod desktop;
mod drops;
pub mod error;
pub mod history;
pub mod jobs;
mod menu;
pub mod opened_files;
pub mod places;
pub mod project;
pub mod settings;
pub mod shell;
mod storage;
mod system_desktop;
#[cfg(test)]
mod tests;
mod texts;
pub mod workers;

use std::sync::Arc;

use tauri::{
    AppHandle, Builder, Context, Manager, RunEvent, Runtime, WebviewWindowBuilder, WindowEvent,
};

use desktop::Desktop;
use jobs::Patience;
use places::{Places, Surroundings};
use shell::Shell;
use system_desktop::SystemDesktop;
use tauri_plugin_window_state::StateFlags;

include!("command_list.rs");

macro_rules! handler {
    ($($command:ident),*) => { tauri::generate_handler![$(commands::$command),*] };
}
macro_rules! names {
    ($($command:ident),*) => { &[$(stringify!($command)),*] };
}

/// The commands of the page.
pub const COMMANDS: &[&str] = with_commands!(names);

/// The configuration, the permissions and the page, as they are in `tauri.conf.json` and `ui/dist`.
pub fn context<R: Runtime>() -> Context<R> {
    tauri::generate_context!()
}

/// The program without what only a real desktop has: commands, their state, drops and closing.
pub fn configure<R: Runtime>(
    builder: Builder<R>,
    surroundings: Surroundings,
    patience: Patience,
    desktop: impl FnOnce(&AppHandle<R>) -> Arc<dyn Desktop> + Send + 'static,
) -> Builder<R> {
    builder
        .invoke_handler(with_commands!(handler))
        .setup(move |app| {
            let has_test_drops = surroundings.has_test_drops;
            let files = opened_files::from_arguments(
                surroundings.arguments.clone(),
                &surroundings.current_folder,
            );
            let places = Places::new(surroundings, app.path().resource_dir().ok());
            let desktop = desktop(app.handle());
            app.manage(Arc::new(Shell::new(places, desktop, patience)));
            drops::opened(app.handle(), &files);
            if has_test_drops {
                drops::allow_test_drops(app.handle())?;
            }
            // Not before the state is there: a page may ask as soon as it has a window.
            for window in &app.config().app.windows {
                WebviewWindowBuilder::from_config(app.handle(), window)?.build()?;
            }
            Ok(())
        })
        .on_window_event(|window, event| match event {
            WindowEvent::DragDrop(event) => drops::dragged(window.app_handle(), event),
            WindowEvent::CloseRequested { api, .. } => close::requested(window, api),
            _ => {}
        })
}

/// Shows the window and returns when the program ends.
///
/// # Errors
/// When there is no display, or the system's web view is missing.
pub fn run(surroundings: Surroundings) -> tauri::Result<()> {
    let desktop =
        |app: &AppHandle| -> Arc<dyn Desktop> { Arc::new(SystemDesktop::new(app.clone())) };
    // The second start of the program must end before it does anything else.
    let builder = Builder::default()
        .plugin(tauri_plugin_single_instance::init(
            |app, arguments, folder| {
                drops::opened(app, &drops::of_second_start(arguments, &folder));
                show_window(app);
            },
        ))
        .plugin(
            tauri_plugin_window_state::Builder::default()
                .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
                .build(),
        )
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_notification::init())
        .on_menu_event(|app, event| menu::chosen(app, &event));
    let app = configure(builder, surroundings, Patience::default(), desktop).build(context())?;
    app.run(happened);
    Ok(())
}

/// Brings the window before the user, who started the program a second time.
fn show_window<R: Runtime>(app: &AppHandle<R>) {
    for window in app.webview_windows().into_values() {
        // Some desktops refuse to raise a window, which they then mark instead.
        let _raised = window.unminimize().and_then(|()| window.set_focus());
    }
}

#[cfg_attr(
    not(target_os = "macos"),
    expect(unused_variables, reason = "only macOS tells of files in this way")
)]
fn happened<R: Runtime>(app: &AppHandle<R>, event: RunEvent) {
    #[cfg(target_os = "macos")]
    if let RunEvent::Opened { urls } = event {
        drops::opened(app, &drops::of_addresses(&urls));
    }
}
