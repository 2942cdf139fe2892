//! From a file of weights to the flat buffer.

use std::collections::BTreeMap;
use std::path::Path;

use super::file::{TensorFile, widening};
use super::initialisation::{can_be_new, initialise};
use super::names::canonical_name;
use super::{LoadReport, WeightsError};
use crate::model::parameters::{Parameter, ParameterLayout, Part};

/// For each parameter in the order of the layout, its name in the file; none if it must be new.
struct Plan {
    names: Vec<Option<String>>,
    report: LoadReport,
}

pub(super) fn check(path: &Path, layout: &ParameterLayout) -> Result<LoadReport, WeightsError> {
    Ok(plan(&TensorFile::open(path)?, layout, true)?.report)
}

pub(super) fn head_outputs(path: &Path) -> Result<Option<usize>, WeightsError> {
    let file = TensorFile::open(path)?;
    let head = file
        .names()
        .into_iter()
        .find(|name| canonical_name(name) == "classifier.bias");
    let shape = head.and_then(|name| file.info(&name).map(|info| info.shape.clone()));
    Ok(shape.and_then(|shape| shape.first().copied()))
}

/// `seed` is that of new parameters; without one, none may be new.
pub(super) fn read(
    path: &Path,
    layout: &ParameterLayout,
    seed: Option<u64>,
) -> Result<(Vec<f32>, LoadReport), WeightsError> {
    let mut file = TensorFile::open(path)?;
    let plan = plan(&file, layout, seed.is_some())?;
    let hidden = layout.pooler.bias.len();
    let mut flat = vec![0.0; layout.len()];
    for (parameter, name) in layout.parameters.iter().zip(&plan.names) {
        let values = &mut flat[parameter.range.clone()];
        match name {
            Some(name) => file.read(name, values)?,
            None => initialise(parameter, hidden, seed.unwrap_or_default(), values),
        }
    }
    Ok((flat, plan.report))
}

fn plan(
    file: &TensorFile,
    layout: &ParameterLayout,
    may_be_new: bool,
) -> Result<Plan, WeightsError> {
    let mut in_file: BTreeMap<String, String> = BTreeMap::new();
    let mut unused = Vec::new();
    for name in file.names() {
        let canonical = canonical_name(&name);
        if layout.find(&canonical).is_none() {
            unused.push(name);
        } else if let Some(second) = in_file.insert(canonical, name) {
            unused.push(second);
        }
    }
    let mut new_parts: Vec<Part> = Vec::new();
    let mut missing: Vec<&Parameter> = Vec::new();
    for parameter in &layout.parameters {
        let fits = match in_file.get(&parameter.name) {
            Some(name) => check_tensor(file, name, parameter, may_be_new)?,
            None => false,
        };
        if !fits && may_be_new && can_be_new(parameter.part) {
            new_parts.push(parameter.part);
        } else if !fits {
            missing.push(parameter);
        }
    }
    if let Some(first) = missing.first() {
        return Err(WeightsError::MissingTensor {
            path: file.path().into(),
            name: first.name.clone(),
            others: missing.len() - 1,
        });
    }
    // A layer is new as a whole: a head with an old bias and a new matrix would be neither.
    let mut names = Vec::new();
    let mut initialised = Vec::new();
    for parameter in &layout.parameters {
        let name = in_file.remove(&parameter.name);
        if new_parts.contains(&parameter.part) {
            unused.extend(name);
            initialised.push(parameter.name.clone());
            names.push(None);
        } else {
            names.push(name);
        }
    }
    unused.sort();
    let report = LoadReport {
        read: names.iter().flatten().count(),
        initialised,
        unused,
    };
    Ok(Plan { names, report })
}

/// Whether a tensor has the shape of its parameter; a head may have another one, if it may be
/// new.
fn check_tensor(
    file: &TensorFile,
    name: &str,
    parameter: &Parameter,
    may_be_new: bool,
) -> Result<bool, WeightsError> {
    let Some(info) = file.info(name) else {
        return Ok(false);
    };
    if info.shape != parameter.shape {
        if may_be_new && parameter.part == Part::Classifier {
            return Ok(false);
        }
        return Err(WeightsError::WrongShape {
            path: file.path().into(),
            name: name.into(),
            expected: parameter.shape.clone(),
            found: info.shape.clone(),
        });
    }
    if widening(info.dtype).is_none() {
        return Err(WeightsError::WrongType {
            path: file.path().into(),
            name: name.into(),
            found: info.dtype.to_string(),
        });
    }
    Ok(true)
}
