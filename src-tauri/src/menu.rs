//! The native menu. Its items are told to the page, which does what they say.

use tauri::menu::{Menu, MenuBuilder, MenuEvent, MenuItem, SubmenuBuilder};
use tauri::{AppHandle, Emitter, Runtime};

use crate::settings::WindowLanguage;
use crate::texts;
#[cfg(target_os = "macos")]
use crate::texts::Texts;

/// The event of the page, and the item that the shell answers itself.
const CHOSEN: &str = "menu";
const QUIT: &str = "quit";

/// The menu in a language.
///
/// # Errors
/// When the system makes none.
pub(crate) fn build<R: Runtime>(
    app: &AppHandle<R>,
    language: WindowLanguage,
) -> tauri::Result<Menu<R>> {
    let texts = texts::of(language);
    let menu = MenuBuilder::new(app);
    #[cfg(target_os = "macos")]
    let menu = menu.item(&application(app, texts)?);
    let file = SubmenuBuilder::new(app, texts.file)
        .item(&item(app, "new", texts.new_project, Some("CmdOrCtrl+N"))?)
        .item(&item(app, "open", texts.open, Some("CmdOrCtrl+O"))?);
    #[cfg(not(target_os = "macos"))]
    let file = file
        .separator()
        .item(&item(app, "settings", texts.settings, Some("CmdOrCtrl+,"))?)
        .separator()
        .item(&item(app, QUIT, texts.quit, Some("CmdOrCtrl+Q"))?);
    let edit = SubmenuBuilder::new(app, texts.edit)
        .cut_with_text(texts.cut)
        .copy_with_text(texts.copy)
        .paste_with_text(texts.paste)
        .select_all_with_text(texts.select_all);
    let mut view = SubmenuBuilder::new(app, texts.view);
    for (number, screen) in (1..).zip(texts.screens) {
        let id = format!("screen-{number}");
        let accelerator = format!("CmdOrCtrl+{number}");
        view = view.item(&item(app, &id, screen, Some(&accelerator))?);
    }
    let help = SubmenuBuilder::new(app, texts.help)
        .item(&item(app, "shortcuts", texts.shortcuts, Some("F1"))?)
        .item(&item(app, "about", texts.about, None)?);
    menu.item(&file.build()?)
        .item(&edit.build()?)
        .item(&view.build()?)
        .item(&help.build()?)
        .build()
}

/// The menu with the program's name, which macOS wants first.
#[cfg(target_os = "macos")]
fn application<R: Runtime>(
    app: &AppHandle<R>,
    texts: &Texts,
) -> tauri::Result<tauri::menu::Submenu<R>> {
    SubmenuBuilder::new(app, "Etiqueta")
        .item(&item(app, "settings", texts.settings, Some("CmdOrCtrl+,"))?)
        .separator()
        .hide()
        .separator()
        .item(&item(app, QUIT, texts.quit, Some("CmdOrCtrl+Q"))?)
        .build()
}

fn item<R: Runtime>(
    app: &AppHandle<R>,
    id: &str,
    text: &str,
    accelerator: Option<&str>,
) -> tauri::Result<MenuItem<R>> {
    MenuItem::with_id(app, id, text, true, accelerator)
}

/// Tells the page what was chosen. To quit is to close the window, with the same question.
pub(crate) fn chosen<R: Runtime>(app: &AppHandle<R>, event: &MenuEvent) {
    let item = event.id().as_ref();
    if item == QUIT {
        crate::close::window(app);
        return;
    }
    // A page that is not there yet misses nothing that it could do.
    let _told = app.emit(CHOSEN, serde_json::json!({ "item": item }));
}
