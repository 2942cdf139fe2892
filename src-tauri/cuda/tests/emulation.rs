//! The emulated driver of cards.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The emulated driver, built once by the C++ compiler of this machine. Nothing where there is none, or it
/// has not what the emulation needs.
pub(crate) fn emulated_driver() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(build).as_deref();
    if built.is_none() {
        println!("skipped: kernels for cards are not run on the host: no C++ compiler for them");
    }
    built
}

fn build() -> Option<PathBuf> {
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".into());
    let has_fibers = cfg!(all(target_os = "linux", target_arch = "x86_64"));
    if !has_fibers || Command::new(&compiler).arg("--version").output().is_err() {
        return None;
    }
    // From whichever package of the workspace the tests are.
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("src-tauri/cuda/source/host/driver.cpp"))
        .find(|source| source.exists())?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // Renamed into its place, because several test processes may build it at a time.
    let (library, unfinished) = (
        folder.join("libcuda.so"),
        folder.join(format!("libcuda-{}.so", std::process::id())),
    );
    let result = Command::new(&compiler)
        .args(["-std=c++17", "-O1", "-shared", "-fPIC", "-DETIQUETA_HOST"])
        // Sums in the order that is written, and fused only where it is written.
        .args([
            "-ffp-contract=off",
            "-Wall",
            "-Werror",
            "-Wno-unknown-pragmas",
        ])
        .args(["-Wl,-soname,libcuda.so", "-o"])
        .args([&unfinished, &source])
        .output()
        .expect("the compiler starts");
    let said = String::from_utf8_lossy(&result.stderr);
    assert!(result.status.success(), "{said}");
    std::fs::rename(&unfinished, &library).expect("the library is put in its place");
    // The same library tells how busy the card is, by the name that is looked for.
    std::fs::hard_link(&library, &unfinished).expect("the library is linked");
    std::fs::rename(unfinished, folder.join("libnvidia-ml.so.1"))
        .expect("the library is put in its place");
    Some(library)
}
