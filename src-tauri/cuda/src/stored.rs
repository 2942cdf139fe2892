//! What activations are kept as on a card.

use bytemuck::{Pod, Zeroable};

use crate::device::{Device, Kernel};
use crate::error::CudaError;
use crate::memory::{Memory, View, ViewMut, copy};
use crate::operations::{convert_from_single, convert_to_single};

/// A number as kernels keep it.
pub trait Stored: Pod {
    /// Whether it is an `f32`.
    const IS_SINGLE: bool;

    /// The same numbers as values of this kind: themselves, or converted into `room`, which grows.
    ///
    /// # Errors
    /// When the card has no memory for them, or the driver refuses.
    fn from_single<'a>(
        device: &Device,
        numbers: View<'a, f32>,
        room: &'a mut Memory<Self>,
    ) -> Result<View<'a, Self>, CudaError>;

    /// The same numbers as `f32`: themselves, or converted into `room`, which grows.
    ///
    /// # Errors
    /// As [`Self::from_single`].
    fn to_single<'a>(
        device: &Device,
        values: View<'a, Self>,
        room: &'a mut Memory<f32>,
    ) -> Result<View<'a, f32>, CudaError>;

    /// What [`Self::from_single`] gave for these numbers, as long as nobody changed them or the room.
    fn kept<'a>(numbers: View<'a, f32>, room: &'a Memory<Self>) -> View<'a, Self>;

    /// Where an update of `count` numbers keeps what [`Self::from_single`] would give; nothing where that is the
    /// numbers themselves.
    fn rounded(room: &mut Memory<Self>, count: usize) -> Option<ViewMut<'_, BFloat16>>;

    /// Keeps numbers as values of this kind.
    ///
    /// # Errors
    /// When the driver refuses.
    fn store(
        device: &Device,
        to: ViewMut<'_, Self>,
        numbers: View<'_, f32>,
    ) -> Result<(), CudaError>;

    /// Which of a pair of kernels is for it.
    fn kernel<Argument>(single: Kernel<Argument>, half: Kernel<Argument>) -> Kernel<Argument>;
}

impl Stored for f32 {
    const IS_SINGLE: bool = true;

    fn from_single<'a>(
        _: &Device,
        numbers: View<'a, f32>,
        _: &'a mut Memory<f32>,
    ) -> Result<View<'a, f32>, CudaError> {
        Ok(numbers)
    }

    fn to_single<'a>(
        _: &Device,
        values: View<'a, f32>,
        _: &'a mut Memory<f32>,
    ) -> Result<View<'a, f32>, CudaError> {
        Ok(values)
    }

    fn kept<'a>(numbers: View<'a, f32>, _: &'a Memory<f32>) -> View<'a, f32> {
        numbers
    }

    fn rounded(_: &mut Memory<f32>, _: usize) -> Option<ViewMut<'_, BFloat16>> {
        None
    }

    fn store(
        device: &Device,
        to: ViewMut<'_, f32>,
        numbers: View<'_, f32>,
    ) -> Result<(), CudaError> {
        copy(device, to, numbers)
    }

    fn kernel<Argument>(single: Kernel<Argument>, _: Kernel<Argument>) -> Kernel<Argument> {
        single
    }
}

/// The bits of a bfloat16: the upper half of an `f32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(transparent)]
pub struct BFloat16(pub u16);

impl Stored for BFloat16 {
    const IS_SINGLE: bool = false;

    fn from_single<'a>(
        device: &Device,
        numbers: View<'a, f32>,
        room: &'a mut Memory<Self>,
    ) -> Result<View<'a, Self>, CudaError> {
        room.grow(numbers.len())?;
        convert_from_single(device, room.view_mut(numbers.len()), numbers)?;
        Ok(room.view(numbers.len()))
    }

    fn to_single<'a>(
        device: &Device,
        values: View<'a, Self>,
        room: &'a mut Memory<f32>,
    ) -> Result<View<'a, f32>, CudaError> {
        room.grow(values.len())?;
        convert_to_single(device, room.view_mut(values.len()), values)?;
        Ok(room.view(values.len()))
    }

    fn kept<'a>(numbers: View<'a, f32>, room: &'a Memory<Self>) -> View<'a, Self> {
        room.view(numbers.len())
    }

    fn rounded(room: &mut Memory<Self>, count: usize) -> Option<ViewMut<'_, Self>> {
        Some(room.view_mut(count))
    }

    fn store(
        device: &Device,
        to: ViewMut<'_, Self>,
        numbers: View<'_, f32>,
    ) -> Result<(), CudaError> {
        convert_from_single(device, to, numbers)
    }

    fn kernel<Argument>(_: Kernel<Argument>, half: Kernel<Argument>) -> Kernel<Argument> {
        half
    }
}
