//! Memory on a card, and parts of it that kernels read and write.

use std::marker::PhantomData;
use std::ops::Range;

use bytemuck::Pod;
use cudarc::driver::result;

use crate::device::Device;
use crate::error::CudaError;
use crate::transfer::{READING, Reading};

/// Memory on a card, for values of one kind.
#[derive(Debug)]
pub struct Memory<T> {
    device: Device,
    address: u64,
    count: usize,
    kind: PhantomData<T>,
}

impl<T: Pod> Memory<T> {
    /// Memory for `count` values, which hold anything.
    pub(crate) fn new(device: &Device, count: usize) -> Result<Self, CudaError> {
        Ok(Self {
            device: device.clone(),
            address: match bytes_of::<T>(count) {
                0 => 0,
                bytes => device.take(bytes)?,
            },
            count,
            kind: PhantomData,
        })
    }

    /// Values that it holds.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Where it begins, for kernels: a multiple of 256. What holds nothing is nowhere.
    pub fn address(&self) -> u64 {
        self.address
    }

    /// Writes its first values, after all that was asked for before. Nobody waits for that, unless there are many.
    ///
    /// # Errors
    /// When the card was lost.
    ///
    /// # Panics
    /// When there are more values than it holds.
    pub fn write(&mut self, values: &[T]) -> Result<(), CudaError> {
        assert!(
            values.len() <= self.count,
            "more values than there is room for"
        );
        self.device
            .copy_to(self.address, bytemuck::cast_slice(values))
    }

    /// Fills all of it with zero bytes, after all that was asked for before.
    ///
    /// # Errors
    /// When the card was lost.
    pub fn clear(&mut self) -> Result<(), CudaError> {
        self.clear_part(0..self.count)
    }

    /// Fills some of its values with zero bytes.
    ///
    /// # Errors
    /// When the card was lost.
    ///
    /// # Panics
    /// When it ends before them.
    pub fn clear_part(&mut self, range: Range<usize>) -> Result<(), CudaError> {
        let View { address, count, .. } = self.part(range);
        if count == 0 {
            return Ok(());
        }
        let bytes = count * size_of::<T>();
        self.device.bind();
        // SAFETY: these bytes are this memory's.
        unsafe { result::memset_d8_async(address, 0, bytes, self.device.stream()) }
            .map_err(|error| CudaError::of("clearing memory", error))
    }

    /// Waits for all that was asked for, and reads the first values.
    ///
    /// # Errors
    /// When something of what was asked for went wrong.
    ///
    /// # Panics
    /// When more values are asked for than it holds.
    pub fn read(&self, values: &mut [T]) -> Result<(), CudaError> {
        assert!(values.len() <= self.count, "more values than it holds");
        if values.is_empty() {
            return self.device.wait();
        }
        self.device.bind();
        // SAFETY: the memory holds so many values, and the copy is waited for while they are borrowed.
        unsafe { result::memcpy_dtoh_async(values, self.address, self.device.stream()) }
            .map_err(|error| CudaError::of("a copy from it", error))?;
        self.device.wait()
    }
}

impl Memory<f32> {
    /// Asks for the first values, at most 64, as they are after all that was asked for before; nobody waits.
    ///
    /// # Errors
    /// When the driver refuses.
    ///
    /// # Panics
    /// When more values are asked for than it holds, or more than 64.
    pub fn read_later(&self, count: usize) -> Result<Reading, CudaError> {
        assert!(
            count <= self.count.min(READING),
            "a few values that it holds"
        );
        Reading::begin(self.device.clone(), self.address, count)
    }
}

impl<T: Pod> Memory<T> {
    /// Its first values, to be read by kernels.
    ///
    /// # Panics
    /// When it holds fewer.
    pub fn view(&self, count: usize) -> View<'_, T> {
        self.part(0..count)
    }

    /// Some of its values.
    ///
    /// # Panics
    /// When it ends before them.
    pub fn part(&self, range: Range<usize>) -> View<'_, T> {
        assert!(range.start <= range.end && range.end <= self.count);
        View {
            address: self.address + (range.start * size_of::<T>()) as u64,
            count: range.len(),
            kind: PhantomData,
        }
    }

    /// Its first values, to be written by kernels.
    ///
    /// # Panics
    /// When it holds fewer.
    pub fn view_mut(&mut self, count: usize) -> ViewMut<'_, T> {
        self.part_mut(0..count)
    }

    /// Some of its values.
    ///
    /// # Panics
    /// When it ends before them.
    pub fn part_mut(&mut self, range: Range<usize>) -> ViewMut<'_, T> {
        let View { address, count, .. } = self.part(range);
        ViewMut {
            address,
            count,
            kind: PhantomData,
        }
    }

    /// Makes room for so many values; what it held is lost where it has to grow.
    ///
    /// # Errors
    /// As [`Device::memory`].
    pub fn grow(&mut self, count: usize) -> Result<(), CudaError> {
        if self.count < count {
            // What it held goes first: there may not be room for both.
            let device = self.device.clone();
            *self = device.memory(0)?;
            *self = device.memory(count)?;
        }
        Ok(())
    }
}

/// Where an array of [`Arrays`] lies.
#[derive(Debug)]
pub(crate) struct Array<T> {
    start: usize,
    count: usize,
    kind: PhantomData<T>,
}

// Not derived: that would ask the same of the values.
impl<T> Clone for Array<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Array<T> {}

/// Arrays of different kinds that go to a card together: one memory, one copy.
#[derive(Debug, Default)]
pub(crate) struct Arrays {
    bytes: Vec<u8>,
}

impl Arrays {
    /// Adds an array.
    pub(crate) fn add<T: Pod>(&mut self, values: &[T]) -> Array<T> {
        let start = self.bytes.len().next_multiple_of(ARRAY_ALIGNMENT);
        self.bytes.resize(start, 0);
        self.bytes.extend_from_slice(bytemuck::cast_slice(values));
        Array {
            start,
            count: values.len(),
            kind: PhantomData,
        }
    }

    /// Copies all of them to the card, after all that was asked for before.
    pub(crate) fn send(self, device: &Device) -> Result<ArraysOnCard, CudaError> {
        Ok(ArraysOnCard(device.upload(&self.bytes)?))
    }
}

/// What kernels ask of where an array begins.
const ARRAY_ALIGNMENT: usize = 16;

/// [`Arrays`] that were sent.
#[derive(Debug)]
pub(crate) struct ArraysOnCard(Memory<u8>);

impl ArraysOnCard {
    /// One of those that were added.
    ///
    /// # Panics
    /// When it is not one of them.
    pub(crate) fn view<T>(&self, array: Array<T>) -> View<'_, T> {
        let bytes = array.count * size_of::<T>();
        View {
            address: self.0.part(array.start..array.start + bytes).address,
            count: array.count,
            kind: PhantomData,
        }
    }
}

/// Copies values from one place of the card to another.
pub(crate) fn copy<T: Pod>(
    device: &Device,
    to: ViewMut<'_, T>,
    from: View<'_, T>,
) -> Result<(), CudaError> {
    assert_eq!(to.count, from.count, "one value a value");
    let bytes = bytes_of::<T>(to.count);
    if bytes == 0 {
        return Ok(());
    }
    device.bind();
    // SAFETY: both places have so many bytes, and what is borrowed to be written is not read meanwhile.
    unsafe { result::memcpy_dtod_async(to.address, from.address, bytes, device.stream()) }
        .map_err(|error| CudaError::of("a copy within it", error))
}

/// Values on a card that kernels read.
#[derive(Debug)]
pub struct View<'a, T> {
    address: u64,
    count: usize,
    kind: PhantomData<&'a T>,
}

// Not derived: that would ask the same of the values.
impl<T> Clone for View<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for View<'_, T> {}

impl<T> View<'_, T> {
    /// Values.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Some of them.
    ///
    /// # Panics
    /// When there are fewer.
    pub fn part(self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.count);
        Self {
            address: self.address + (range.start * size_of::<T>()) as u64,
            count: range.len(),
            kind: PhantomData,
        }
    }

    pub(crate) fn address(&self) -> u64 {
        self.address
    }
}

/// Values on a card that kernels write.
#[derive(Debug)]
pub struct ViewMut<'a, T> {
    address: u64,
    count: usize,
    kind: PhantomData<&'a mut T>,
}

impl<T> ViewMut<'_, T> {
    /// Values.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The same, to be read.
    pub fn read(&self) -> View<'_, T> {
        View {
            address: self.address,
            count: self.count,
            kind: PhantomData,
        }
    }

    /// The first `count` values, and the others.
    ///
    /// # Panics
    /// When there are fewer.
    pub fn split_at(self, count: usize) -> (Self, Self) {
        assert!(count <= self.count);
        let part = |from: usize, count: usize| Self {
            address: self.address + (from * size_of::<T>()) as u64,
            count,
            kind: PhantomData,
        };
        (part(0, count), part(count, self.count - count))
    }

    /// The same, for a shorter time.
    pub fn again(&mut self) -> ViewMut<'_, T> {
        ViewMut {
            address: self.address,
            count: self.count,
            kind: PhantomData,
        }
    }

    pub(crate) fn address(&self) -> u64 {
        self.address
    }
}

impl<T> Drop for Memory<T> {
    fn drop(&mut self) {
        if self.count > 0 {
            self.device
                .give_back(self.address, bytes_of::<T>(self.count));
        }
    }
}

/// Bytes of so many values.
fn bytes_of<T>(count: usize) -> usize {
    count * size_of::<T>()
}
