//! The flat parameters as named tensors, and candle's gradients as a flat buffer again.

use std::collections::BTreeMap;

use candle_core::backprop::GradStore;
use candle_core::{Device, Result, Tensor, Var};

use super::ReferenceError;
use crate::model::parameters::{Parameter, ParameterLayout, Part};

/// The parameters of a model on a device.
pub(super) struct Weights<'a> {
    tensors: BTreeMap<&'a str, Tensor>,
    variables: Vec<(&'a Parameter, Var)>,
}

impl<'a> Weights<'a> {
    /// Copies the flat buffer to the device. The parameters of `lowest_trained` and above become
    /// variables; whatever depends on none of them is computed without a graph, so that the
    /// backward pass ends there. Without `lowest_trained` nothing is a variable.
    pub(super) fn new(
        layout: &'a ParameterLayout,
        values: &[f32],
        lowest_trained: Option<Part>,
        device: &Device,
    ) -> Result<Self> {
        let (mut tensors, mut variables) = (BTreeMap::new(), Vec::new());
        for parameter in &layout.parameters {
            let (slice, shape) = (&values[parameter.range.clone()], parameter.shape.as_slice());
            let tensor = if lowest_trained.is_some_and(|lowest| parameter.part >= lowest) {
                let variable = Var::from_slice(slice, shape, device)?;
                let tensor = variable.as_tensor().clone();
                variables.push((parameter, variable));
                tensor
            } else {
                Tensor::from_slice(slice, shape, device)?
            };
            tensors.insert(parameter.name.as_str(), tensor);
        }
        Ok(Self { tensors, variables })
    }

    /// The parameter with this Hugging Face name.
    pub(super) fn get(&self, name: &str) -> Result<&Tensor> {
        self.tensors
            .get(name)
            .ok_or_else(|| ReferenceError::UnknownParameter { name: name.into() }.into())
    }

    /// The `weight` and the `bias` of this dense layer or normalisation.
    pub(super) fn pair(&self, name: &str) -> Result<(&Tensor, &Tensor)> {
        Ok((
            self.get(&format!("{name}.weight"))?,
            self.get(&format!("{name}.bias"))?,
        ))
    }

    /// Writes or adds the gradient of every variable to its range of the flat buffer; the rest
    /// of the buffer is left as it is. Nothing is written unless every variable has a gradient.
    pub(super) fn store_gradients(
        &self,
        gradients: &GradStore,
        accumulate: bool,
        flat: &mut [f32],
    ) -> Result<()> {
        let mut found = Vec::with_capacity(self.variables.len());
        for (parameter, variable) in &self.variables {
            let gradient =
                gradients
                    .get(variable)
                    .ok_or_else(|| ReferenceError::MissingGradient {
                        name: parameter.name.clone(),
                    })?;
            found.push((parameter.range.clone(), gradient));
        }
        for (range, gradient) in found {
            let values = gradient.flatten_all()?.to_vec1::<f32>()?;
            for (stored, value) in flat[range].iter_mut().zip(values) {
                *stored = if accumulate { *stored + value } else { value };
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::parameters::tests::tiny_config;

    #[test]
    fn a_parameter_without_a_gradient_is_an_error_that_names_it() {
        let layout = ParameterLayout::new(&tiny_config(), 3);
        let values = vec![0.5; layout.len()];
        let part = Some(Part::Classifier);
        let weights = Weights::new(&layout, &values, part, &Device::Cpu).unwrap();
        // A loss that looks at the head's bias alone: its weight gets no gradient.
        let loss = weights.get("classifier.bias").unwrap().sum_all().unwrap();
        let mut flat = vec![7.0; layout.len()];
        let error = weights
            .store_gradients(&loss.backward().unwrap(), false, &mut flat)
            .unwrap_err();
        assert!(error.to_string().contains("classifier.weight"), "{error}");
        assert!(flat.iter().all(|&value| value == 7.0));
    }
}
