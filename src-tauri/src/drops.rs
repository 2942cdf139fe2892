//! Files that are dropped on the window, and files that the program is opened with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tauri::ipc::CapabilityBuilder;
use tauri::{AppHandle, DragDropEvent, Emitter, Listener, Manager, Runtime};

use crate::opened_files::{Access, OpenedPath};
use crate::shell::Shell;

const HOVERED: &str = "files-hovered";
const LEFT: &str = "files-left";
const DROPPED: &str = "files-dropped";
const OPENED: &str = "files-opened";
/// An event of the page that takes the place of a drop, in tests alone.
const TEST_DROP: &str = "test-drop";

/// Files with what they look like.
#[derive(Serialize, Clone)]
struct Files {
    paths: Vec<OpenedPath>,
}

#[derive(Deserialize)]
struct TestDrop {
    paths: Vec<PathBuf>,
}

/// Tells the page of files that are held over the window or dropped on it. Dropped ones count as
/// opened.
pub(crate) fn dragged<R: Runtime>(app: &AppHandle<R>, event: &DragDropEvent) {
    match event {
        DragDropEvent::Enter { paths, .. } => {
            let paths = paths.iter().map(|path| OpenedPath::new(path)).collect();
            tell(app, HOVERED, Files { paths });
        }
        DragDropEvent::Drop { paths, .. } => dropped(app, paths),
        DragDropEvent::Leave => tell(app, LEFT, ()),
        _ => {}
    }
}

fn dropped<R: Runtime>(app: &AppHandle<R>, paths: &[PathBuf]) {
    let shell = app.state::<Arc<Shell>>();
    let open = |path: &PathBuf| shell.files.open(path, Access::Read);
    let paths = paths.iter().map(open).collect();
    tell(app, DROPPED, Files { paths });
}

/// Keeps files that the program was opened with for the page, and tells it.
pub(crate) fn opened<R: Runtime>(app: &AppHandle<R>, paths: &[PathBuf]) {
    if paths.is_empty() {
        return;
    }
    let shell = app.state::<Arc<Shell>>();
    for path in paths {
        shell.files.open_later(path);
    }
    tell(app, OPENED, ());
}

/// The paths of `file:` addresses, as macOS gives them.
#[cfg(any(target_os = "macos", test))]
pub(crate) fn of_addresses(addresses: &[tauri::Url]) -> Vec<PathBuf> {
    let path = |address: &tauri::Url| address.to_file_path().ok();
    addresses.iter().filter_map(path).collect()
}

/// Lets the page drop files by an event.
///
/// # Errors
/// When the capability is refused.
pub(crate) fn allow_test_drops<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    let capability = CapabilityBuilder::new("test-drops")
        .window("main")
        .permission("core:event:allow-emit");
    app.add_capability(capability)?;
    let handle = app.clone();
    app.listen_any(TEST_DROP, move |event| {
        if let Ok(TestDrop { paths }) = serde_json::from_str(event.payload()) {
            dropped(&handle, &paths);
        }
    });
    Ok(())
}

/// The files of a second start, relative to the folder that it was made in.
pub(crate) fn of_second_start(arguments: Vec<String>, folder: &str) -> Vec<PathBuf> {
    let arguments = arguments.into_iter().map(Into::into);
    crate::opened_files::from_arguments(arguments, Path::new(folder))
}

fn tell<R: Runtime>(app: &AppHandle<R>, event: &str, what: impl Serialize + Clone) {
    // A page that is not there yet asks when it is.
    let _told = app.emit(event, what);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn addresses_of_files_become_paths_and_others_are_left_out() {
        let addresses = ["file:///datos/mi%20tabla.csv", "https://example.org/a.csv"]
            .map(|address| address.parse().unwrap());
        assert_eq!(
            of_addresses(&addresses),
            [PathBuf::from("/datos/mi tabla.csv")]
        );
    }
}
