//! The kernels as functions of the host.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use libloading::Library;

/// The kernels, built once by the C++ compiler of this machine. Nothing, and a printed line, where there is
/// none or it has not what the emulation needs (`ucontext.h`).
pub(crate) fn kernels() -> Option<&'static Library> {
    static KERNELS: OnceLock<Option<Library>> = OnceLock::new();
    let kernels = KERNELS.get_or_init(build).as_ref();
    if kernels.is_none() {
        println!(
            "skipped: the kernels for cards are not tested on the host: no C++ compiler for them"
        );
    }
    kernels
}

fn build() -> Option<Library> {
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".into());
    let has_fibers = cfg!(all(target_os = "linux", target_arch = "x86_64"));
    if !has_fibers || Command::new(&compiler).arg("--version").output().is_err() {
        return None;
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("source/host/entrances.cpp");
    let folder = tempfile::tempdir().expect("a folder for the library");
    let library = folder.path().join("kernels.so");
    let result = Command::new(&compiler)
        .args(["-std=c++17", "-O1", "-shared", "-fPIC", "-DETIQUETA_HOST"])
        // Sums in the order that is written, and fused only where it is written.
        .args([
            "-ffp-contract=off",
            "-Wall",
            "-Werror",
            "-Wno-unknown-pragmas",
        ])
        .arg(source)
        .arg("-o")
        .arg(&library)
        .output()
        .expect("the compiler starts");
    let said = String::from_utf8_lossy(&result.stderr);
    assert!(result.status.success(), "{said}");
    // SAFETY: the library was just built from our sources, and loading it runs nothing.
    Some(unsafe { Library::new(library) }.expect("the library is loaded"))
}

/// Runs a kernel over a grid of (`columns`, `rows`) blocks. Only one at a time: the emulation has one
/// block.
///
/// # Safety
/// The kernel takes such an argument, whose pointers are good for what it reads and writes.
pub(crate) unsafe fn launch<Argument>(
    kernels: &Library,
    name: &str,
    (columns, rows): (usize, usize),
    threads: u32,
    argument: &Argument,
) {
    type Entrance<Argument> = unsafe extern "C" fn(u32, u32, u32, *const Argument);
    static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _alone = ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let symbol = format!("emulate_{name}");
    // SAFETY: promised by the caller; `entrances.cpp` gives every kernel this interface.
    unsafe {
        let entrance: libloading::Symbol<'_, Entrance<Argument>> = kernels
            .get(symbol.as_bytes())
            .unwrap_or_else(|error| panic!("{error}"));
        entrance(columns as u32, rows as u32, threads, argument);
    }
}
