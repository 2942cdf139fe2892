//! Nonlinearities.

use kernels::activation::Nonlinearity;

use crate::arguments::{
    ACTIVATION_BF16, ACTIVATION_F32, ACTIVATION_GRADIENT_BF16, ACTIVATION_GRADIENT_F32, Activation,
    ActivationGradient,
};
use crate::device::Device;
use crate::error::CudaError;
use crate::memory::{Memory, View, ViewMut};
use crate::operations::dense::Write;
use crate::operations::size;
use crate::operations::sums::{add_blocks, grid, sum_columns_room};
use crate::stored::Stored;

fn number(nonlinearity: Nonlinearity) -> i32 {
    match nonlinearity {
        Nonlinearity::Gelu => 0,
        Nonlinearity::GeluTanh => 1,
        Nonlinearity::Relu => 2,
    }
}

/// `activated = f(values)`; the count is a multiple of 4.
///
/// # Errors
/// When the driver refuses.
pub fn activate<V: Stored>(
    device: &Device,
    nonlinearity: Nonlinearity,
    activated: ViewMut<'_, V>,
    values: View<'_, V>,
) -> Result<(), CudaError> {
    let count = values.len();
    assert!(count.is_multiple_of(4) && activated.len() == count);
    let all = Activation {
        activated: activated.address(),
        values: values.address(),
        count: count as u64,
        nonlinearity: number(nonlinearity),
    };
    let kernel = V::kernel(ACTIVATION_F32, ACTIVATION_BF16);
    // SAFETY: the counts were checked.
    unsafe { device.launch(&kernel, (count.div_ceil(2_048), 1), &all) }
}

/// `gradient *= f'(values)` and once more `activated = f(values)`, all (rows, width); `bias_gradient` (width) = the sum
/// of `gradient` over the rows. `partial` is room that grows.
///
/// # Errors
/// When the driver refuses.
pub fn activate_backward<V: Stored>(
    device: &Device,
    nonlinearity: Nonlinearity,
    activated: ViewMut<'_, V>,
    gradient: ViewMut<'_, V>,
    values: View<'_, V>,
    bias_gradient: ViewMut<'_, f32>,
    write: Write,
    partial: &mut Memory<f32>,
) -> Result<(), CudaError> {
    let (count, width) = (values.len(), bias_gradient.len());
    let rows = count / width;
    assert!(width.is_multiple_of(4) && count == rows * width);
    assert!(activated.len() == count && gradient.len() == count);
    partial.grow(sum_columns_room(rows, width))?;
    let all = ActivationGradient {
        activated: activated.address(),
        gradient: gradient.address(),
        partial: partial.address(),
        values: values.address(),
        rows: size(rows),
        width: size(width),
        nonlinearity: number(nonlinearity),
    };
    let (kernel, grid) = (
        V::kernel(ACTIVATION_GRADIENT_F32, ACTIVATION_GRADIENT_BF16),
        grid(rows, width),
    );
    // SAFETY: the shapes were checked, and there is room for the blocks.
    unsafe { device.launch(&kernel, grid, &all)? };
    let sums = [Some(bias_gradient), None, None];
    add_blocks(device, sums, partial, grid.1, write)
}
