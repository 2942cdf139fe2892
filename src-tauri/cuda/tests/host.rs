//! A card for the tests: the emulation, or with `ETIQUETA_TEST_CARD` set the first card of this machine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use cuda::{Device, Driver, Kernel};

thread_local! {
    /// A device belongs to its thread.
    static DEVICE: Option<Device> = open();
}

/// The card. Nothing, and a printed line, where there is none and none can be emulated.
pub(crate) fn device() -> Option<Device> {
    DEVICE.with(Clone::clone)
}

/// Runs a kernel over a grid of (columns, rows) blocks.
///
/// # Safety
/// As [`Device::launch`].
pub(crate) unsafe fn run<A: Copy>(kernel: &Kernel<A>, grid: (usize, usize), argument: &A) {
    // SAFETY: promised by the caller.
    unsafe { device().unwrap().launch(kernel, grid, argument) }.unwrap();
}

fn open() -> Option<Device> {
    if std::env::var_os("ETIQUETA_TEST_CARD").is_none() {
        emulate()?;
    }
    let driver = Driver::load().expect("there is a driver");
    Some(Device::open(driver, 0).expect("the card is opened"))
}

/// Puts the emulated driver in the place of the real one, for this process.
fn emulate() -> Option<()> {
    static LOADED: OnceLock<Option<libloading::Library>> = OnceLock::new();
    let load = || {
        let library = emulated_driver()?;
        // SAFETY: the library was just built from our sources, and its start only fills a table.
        Some(unsafe { libloading::Library::new(library) }.expect("the emulated driver is loaded"))
    };
    // The system finds libraries by their own names once they are loaded: that of this one is the driver's.
    LOADED.get_or_init(load).as_ref().map(|_| ())
}

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
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("source/host/driver.cpp");
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
    std::fs::rename(unfinished, &library).expect("the library is put in its place");
    Some(library)
}
