//! The names that checkpoints of BERT give to its parameters.

use crate::model::parameters::ParameterLayout;

/// The names of all parameters in Hugging Face's `BertForSequenceClassification`, in the order
/// of the flat buffer.
pub fn tensor_names(layout: &ParameterLayout) -> Vec<&str> {
    let parameters = layout.parameters.iter();
    parameters
        .map(|parameter| parameter.name.as_str())
        .collect()
}

/// The name in `BertForSequenceClassification` of a tensor that a checkpoint calls `name`:
/// encoders are saved without `bert.`, and the first checkpoints (converted from TensorFlow) call
/// scale and shift of a normalisation `gamma` and `beta`.
pub(super) fn canonical_name(name: &str) -> String {
    let renamed = match name.rsplit_once('.') {
        Some((layer, "gamma")) => format!("{layer}.weight"),
        Some((layer, "beta")) => format!("{layer}.bias"),
        _ => name.into(),
    };
    let in_encoder = ["embeddings.", "encoder.", "pooler."]
        .iter()
        .any(|part| renamed.starts_with(part));
    if in_encoder {
        format!("bert.{renamed}")
    } else {
        renamed
    }
}
