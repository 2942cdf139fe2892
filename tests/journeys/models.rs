//! Models are deleted, brought back, exported and imported.

use crate::trained::{MODEL, put_model};
use crate::window::Window;

#[test]
fn a_model_is_deleted_brought_back_exported_and_imported() {
    let window = Window::open_prepared("models", put_model);
    let actions = format!("More actions of “{MODEL}”");
    let folder = window.home().join("models").join(MODEL);
    window.press("EN");
    window.press("Models");

    window.press(&actions);
    window.press("Export…");
    window.press("A .zip file");
    let zip = window.path("topics.zip");
    window.display().write_into_dialog("Save File", &zip);
    window.see("Exported");
    assert!(zip.metadata().unwrap().len() > 1_000_000);

    delete(&window, &actions);
    assert!(!folder.exists());
    window.press("Undo");
    window.see(&format!("“{MODEL}” is back"));
    assert!(folder.join("model.safetensors").exists());

    delete(&window, &actions);
    window.see("There is no model yet");
    window.photograph("models-none");
    window.drop_files(&[&zip]);
    window.see(&format!("Model imported: {MODEL}"));
    window.press("Models");
    window.see("Macro F1");
    window.photograph("models-imported");
    assert!(folder.join("model.safetensors").exists());
}

fn delete(window: &Window, actions: &str) {
    window.press(actions);
    window.press("Delete…");
    window.see("This frees");
    window.press("Delete");
    window.see("freed");
}
