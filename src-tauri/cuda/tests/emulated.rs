//! The emulated driver in the place of the real one, for a whole process.

use std::sync::OnceLock;

use crate::emulation::emulated_driver;

/// Puts the emulated driver in the place of the real one, for this process.
pub(crate) fn emulate() -> Option<()> {
    static LOADED: OnceLock<Option<libloading::Library>> = OnceLock::new();
    let load = || {
        let library = emulated_driver()?;
        // SAFETY: the library was just built from our sources, and its start only fills a table.
        Some(unsafe { libloading::Library::new(library) }.expect("the emulated driver is loaded"))
    };
    // The system finds libraries by their own names once they are loaded: that of this one is the driver's.
    LOADED.get_or_init(load).as_ref().map(|_| ())
}
