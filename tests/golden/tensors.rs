//! Safetensors files as named vectors, and vectors as a model's flat buffer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use engine::model::parameters::{Parameter, ParameterLayout};
use safetensors::{Dtype, SafeTensors};

/// The float tensors of a file by name; others are left out.
pub(crate) type NamedTensors = BTreeMap<String, Vec<f32>>;

/// The folder of fixtures with this name: beside these sources, or where `ETIQUETA_FIXTURES` says on a machine that has
/// the built tests alone.
pub(crate) fn fixtures(name: &str) -> PathBuf {
    if let Some(folder) = std::env::var_os("ETIQUETA_FIXTURES") {
        return PathBuf::from(folder).join(name);
    }
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fixtures")
        .join(name)
}

/// Reads a safetensors file.
pub(crate) fn read_tensors(path: &Path) -> NamedTensors {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let floats = file
        .tensors()
        .into_iter()
        .filter(|(_, view)| view.dtype() == Dtype::F32);
    floats
        .map(|(name, view)| {
            let (values, rest) = view.data().as_chunks();
            assert!(rest.is_empty());
            (
                name,
                values
                    .iter()
                    .map(|&bytes| f32::from_le_bytes(bytes))
                    .collect(),
            )
        })
        .collect()
}

/// Reads a JSON file.
pub(crate) fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> T {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// The flat buffer with each parameter's values from `find`.
pub(crate) fn flatten<'a>(
    layout: &ParameterLayout,
    find: impl Fn(&Parameter) -> &'a [f32],
) -> Vec<f32> {
    let mut flat = vec![0.0; layout.len()];
    for parameter in &layout.parameters {
        let values = find(parameter);
        assert_eq!(values.len(), parameter.range.len(), "{}", parameter.name);
        flat[parameter.range.clone()].copy_from_slice(values);
    }
    flat
}

/// The Euclidean norm.
pub(crate) fn norm(values: &[f32]) -> f64 {
    values
        .iter()
        .map(|&x| f64::from(x) * f64::from(x))
        .sum::<f64>()
        .sqrt()
}

/// The Euclidean norm of the difference.
pub(crate) fn distance(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len());
    let squares = a
        .iter()
        .zip(b)
        .map(|(&x, &y)| (f64::from(x) - f64::from(y)).powi(2));
    squares.sum::<f64>().sqrt()
}

/// The largest absolute difference.
pub(crate) fn largest_difference(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len());
    let differences = a
        .iter()
        .zip(b)
        .map(|(&x, &y)| (f64::from(x) - f64::from(y)).abs());
    // Not `f64::max`, which would pass over NaN.
    differences.fold(0.0, |largest, x| if x <= largest { largest } else { x })
}
