//! From the flat buffer to a file of weights.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::WeightsError;
use crate::files::write_atomically;
use crate::model::parameters::ParameterLayout;

/// Tensors start at multiples of this, so that other programs can map them.
const ALIGNMENT: usize = 8;

/// Writes a flat buffer as a safetensors file with the names of `BertForSequenceClassification`,
/// in f32. `{"format": "pt"}` is added to `metadata`, which transformers asks for.
///
/// # Errors
/// When the buffer does not belong to the layout or the file cannot be written.
pub fn write_parameters(
    path: &Path,
    layout: &ParameterLayout,
    parameters: &[f32],
    metadata: &BTreeMap<String, String>,
) -> Result<(), WeightsError> {
    if parameters.len() != layout.len() {
        return Err(WeightsError::WrongLength {
            expected: layout.len(),
            found: parameters.len(),
        });
    }
    let header = header(layout, metadata);
    write_atomically(path, |file| write_file(file, &header, parameters))?;
    Ok(())
}

fn write_file(file: &mut dyn Write, header: &str, parameters: &[f32]) -> io::Result<()> {
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    let mut bytes = Vec::with_capacity(1 << 16);
    for values in parameters.chunks(1 << 14) {
        bytes.clear();
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        file.write_all(&bytes)?;
    }
    Ok(())
}

/// Parameters follow each other in the flat buffer without gaps, and so do tensors in the file.
fn header(layout: &ParameterLayout, metadata: &BTreeMap<String, String>) -> String {
    let mut entries = Map::new();
    let mut notes: Map<String, Value> = metadata
        .iter()
        .map(|(key, value)| (key.clone(), json!(value)))
        .collect();
    notes.insert("format".into(), json!("pt"));
    entries.insert("__metadata__".into(), notes.into());
    for parameter in &layout.parameters {
        let bytes = size_of::<f32>();
        let entry = json!({
            "dtype": "F32",
            "shape": parameter.shape,
            "data_offsets": [parameter.range.start * bytes, parameter.range.end * bytes],
        });
        entries.insert(parameter.name.clone(), entry);
    }
    let mut header = Value::Object(entries).to_string();
    header.extend(std::iter::repeat_n(
        ' ',
        header.len().next_multiple_of(ALIGNMENT) - header.len(),
    ));
    header
}
