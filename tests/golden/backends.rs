//! The backends under test.

use candle_core::Device;
use engine::model::backend::Backend;
use engine::model::bert::ExplicitBackend;
use engine::model::card;
use engine::model::config::BertConfig;
use engine::model::reference::ReferenceBackend;
use kernels::matrix::Precision;

use crate::emulated::emulate;

/// A backend and what it is called in failures.
pub(crate) type NamedBackend = (&'static str, Box<dyn Backend>);

/// Every backend, the oracle first.
pub(crate) fn backends(config: &BertConfig, labels: usize) -> Vec<NamedBackend> {
    let explicit = ExplicitBackend::new(config.clone(), labels, 2, Precision::Single).unwrap();
    vec![
        ("reference", reference(config, labels)),
        ("explicit", Box::new(explicit)),
    ]
}

/// Those, and one for a card, real or emulated: where that is slow, it is for tiny models alone.
pub(crate) fn backends_and_card(config: &BertConfig, labels: usize) -> Vec<NamedBackend> {
    let mut all = backends(config, labels);
    if let Some(single) = card_backend(config, labels, Precision::Single) {
        all.push(("card", single));
    }
    all
}

/// A backend for a card, where there is one or one can be emulated.
pub(crate) fn card_backend(
    config: &BertConfig,
    labels: usize,
    precision: Precision,
) -> Option<Box<dyn Backend>> {
    Some(card::backend(config.clone(), labels, &open_card()?, precision).unwrap())
}

/// The emulation, or with `ETIQUETA_TEST_CARD` set the first card of this machine.
fn open_card() -> Option<cuda::Device> {
    if std::env::var_os("ETIQUETA_TEST_CARD").is_none() {
        emulate()?;
    }
    Some(cuda::Device::open(cuda::Driver::load().unwrap(), 0).unwrap())
}

/// The oracle.
pub(crate) fn reference(config: &BertConfig, labels: usize) -> Box<dyn Backend> {
    Box::new(ReferenceBackend::new(config.clone(), labels, Device::Cpu).unwrap())
}
