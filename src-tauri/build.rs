//! Prepares the desktop program: its permissions, its icons, and the page that it shows.

use std::error::Error;
use std::fs;
use std::path::Path;

include!("src/command_list.rs");

macro_rules! names {
    ($($command:ident),*) => { &[$(stringify!($command)),*] };
}

/// The page when the real one was not built: tests of the shell need none.
const PLACEHOLDER: &str = r#"<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Etiqueta</title></head>
  <body>
    <h1>Etiqueta</h1>
    <p>The page of this window was not built. Run <code>npm ci</code> and <code>npm run build</code> in the folder <code>ui</code>, and build the program again.</p>
  </body>
</html>
"#;

fn main() -> Result<(), Box<dyn Error>> {
    // Tauri embeds the page while it compiles and refuses a folder that is missing.
    let page = Path::new("ui/dist/index.html");
    if !page.exists() {
        fs::create_dir_all("ui/dist")?;
        fs::write(page, PLACEHOLDER)?;
    }
    println!("cargo:rerun-if-changed=ui/dist");
    let commands: &'static [&'static str] = with_commands!(names);
    let manifest = tauri_build::AppManifest::new().commands(commands);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))?;
    Ok(())
}
