//! The backends under test.

use candle_core::Device;
use engine::model::backend::Backend;
use engine::model::bert::ExplicitBackend;
use engine::model::config::BertConfig;
use engine::model::reference::ReferenceBackend;
use kernels::matrix::Precision;

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

/// The oracle.
pub(crate) fn reference(config: &BertConfig, labels: usize) -> Box<dyn Backend> {
    Box::new(ReferenceBackend::new(config.clone(), labels, Device::Cpu).unwrap())
}
