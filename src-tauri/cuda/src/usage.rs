//! What the library for the management of NVIDIA's cards tells: what this program uses of them, and the driver's release.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use cudarc::driver::sys;
use nvml_wrapper::Nvml;

/// Bytes of memory that were taken and not given back, on all cards.
static MEMORY_IN_USE: AtomicU64 = AtomicU64::new(0);

/// The cards that are open, as NVIDIA's libraries know each of them; nothing where the driver does not say.
static OPEN: Mutex<Vec<Option<String>>> = Mutex::new(Vec::new());

/// What this program uses of the cards that it has opened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CardUse {
    /// Bytes of their memory that models and batches take now; what the driver keeps for itself and for the next ones is
    /// not counted.
    pub memory_bytes: u64,
    /// Share in [0, 1] of the last moments (a sixth of a second to a second, as the card counts) in which the busiest of
    /// them computed, for whatever program; nothing where the driver's library is missing or does not tell.
    pub busy: Option<f64>,
}

/// What is used of cards now; nothing while none is open. It may be asked from any thread.
pub fn card_use() -> Option<CardUse> {
    let open = open_cards().clone();
    if open.is_empty() {
        return None;
    }
    let busy = open.iter().flatten().filter_map(|card| busy(card));
    Some(CardUse {
        memory_bytes: MEMORY_IN_USE.load(Ordering::Relaxed),
        busy: busy.reduce(f64::max),
    })
}

/// The release of the driver as its maker counts, such as 550.54.14; nothing where its library does not tell.
pub fn driver_release() -> Option<String> {
    library()?.sys_driver_version().ok()
}

/// How busy a card is.
fn busy(card: &str) -> Option<f64> {
    let rates = library()?
        .device_by_uuid(card)
        .ok()?
        .utilization_rates()
        .ok()?;
    Some(f64::from(rates.gpu.min(100)) / 100.0)
}

fn library() -> Option<&'static Nvml> {
    static LIBRARY: OnceLock<Option<Nvml>> = OnceLock::new();
    LIBRARY.get_or_init(|| load().ok()).as_ref()
}

fn load() -> Result<Nvml, nvml_wrapper::error::NvmlError> {
    let mut builder = Nvml::builder();
    // The name without a version belongs to the package for developers, which users have not.
    if cfg!(target_os = "linux") {
        builder.lib_path("libnvidia-ml.so.1".as_ref());
    }
    builder.init()
}

fn open_cards() -> MutexGuard<'static, Vec<Option<String>>> {
    // Nothing between taking and giving back can leave it half done.
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A card that counts as open while this lives.
#[derive(Debug)]
pub(crate) struct OpenCard(Option<String>);

impl OpenCard {
    pub(crate) fn new(identity: Option<sys::CUuuid>) -> Self {
        let name = identity.map(|identity| uuid(identity.bytes.map(|byte| byte.cast_unsigned())));
        open_cards().push(name.clone());
        Self(name)
    }
}

impl Drop for OpenCard {
    fn drop(&mut self) {
        let mut open = open_cards();
        if let Some(at) = open.iter().position(|card| *card == self.0) {
            open.swap_remove(at);
        }
    }
}

/// As NVIDIA's tools write it: `GPU-` and five groups.
fn uuid(bytes: [u8; 16]) -> String {
    let mut text = String::from("GPU");
    for group in [0..4, 4..6, 6..8, 8..10, 10..16] {
        text.push('-');
        text.extend(bytes[group].iter().map(|byte| format!("{byte:02x}")));
    }
    text
}

/// Notes memory that was taken.
pub(crate) fn took(bytes: u64) {
    MEMORY_IN_USE.fetch_add(bytes, Ordering::Relaxed);
}

/// Notes memory that was given back.
pub(crate) fn gave_back(bytes: u64) {
    MEMORY_IN_USE.fetch_sub(bytes, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_called_as_nvidias_tools_call_it() {
        let bytes = std::array::from_fn(|at| (0x11 * at) as u8);
        assert_eq!(uuid(bytes), "GPU-00112233-4455-6677-8899-aabbccddeeff");
    }

    #[test]
    fn a_card_counts_as_open_while_it_is() {
        let same = || OpenCard::new(Some(sys::CUuuid { bytes: [7; 16] }));
        let (first, second) = (same(), same());
        drop(first);
        assert!(card_use().is_some());
        drop(second);
        let name = Some(uuid([7; 16]));
        assert!(!open_cards().contains(&name));
    }
}
