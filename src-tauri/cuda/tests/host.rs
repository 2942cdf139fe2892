//! A card for the tests: the emulation, or with `ETIQUETA_TEST_CARD` set the first card of this machine.

use cuda::{Device, Driver, Kernel};

use crate::emulated::emulate;

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
