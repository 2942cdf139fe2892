//! The desktop program.

// A console window beside the real one helps nobody but those who develop the program.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

use etiqueta_desktop::places::Surroundings;

/// Switches off a way of drawing with which WebKitGTK shows empty windows on some graphics cards.
#[cfg(target_os = "linux")]
const NO_DMABUF: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    if std::env::var_os(NO_DMABUF).is_none() {
        #[expect(
            unsafe_code,
            reason = "no other thread runs yet that could read the environment meanwhile"
        )]
        // SAFETY: as the reason says.
        unsafe {
            std::env::set_var(NO_DMABUF, "1");
        }
    }
    match etiqueta_desktop::run(Surroundings::of_this_process()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "there is no window to show it in")]
fn complain(error: &dyn std::error::Error) {
    eprintln!("Etiqueta cannot show its window: {error}.");
    eprintln!("It needs a display, and on Linux the package libwebkit2gtk-4.1-0.");
}
