//! A card that was opened: its memory, and kernels that run on it one after the other.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::marker::PhantomData;
use std::ops::Range;
use std::rc::Rc;

use bytemuck::Pod;
use cudarc::driver::result::{self, DriverError, ctx, module, primary_ctx, stream};
use cudarc::driver::sys;

use crate::arguments::KERNELS;
use crate::driver::{Card, Driver};
use crate::error::CudaError;

/// A kernel, and the threads of its blocks. `Argument` is what it is told.
#[derive(Debug, Clone, Copy)]
pub struct Kernel<Argument> {
    name: &'static str,
    threads: u32,
    argument: PhantomData<Argument>,
}

impl<Argument> Kernel<Argument> {
    pub(crate) const fn new(name: &'static str, threads: u32) -> Self {
        Self {
            name,
            threads,
            argument: PhantomData,
        }
    }

    /// Its name in the sources.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

/// A card that was opened. It belongs to the thread that opened it; what it is told to do is done in that
/// order, and nobody waits for it but who reads.
#[derive(Debug, Clone)]
pub struct Device(Rc<Opened>);

#[derive(Debug)]
struct Opened {
    card: Card,
    handle: sys::CUdevice,
    context: sys::CUcontext,
    stream: sys::CUstream,
    module: sys::CUmodule,
    functions: BTreeMap<&'static str, sys::CUfunction>,
}

impl Opened {
    /// Makes this card the one that calls of this thread are for: there may be several.
    fn bind(&self) {
        // SAFETY: the context was given by the driver and is held. A refusal shows in the next call.
        let _ = unsafe { ctx::set_current(self.context) };
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        if self.context.is_null() {
            return;
        }
        self.bind();
        // SAFETY: what is there was made by `open`, and nothing uses it any more: memory holds the device. A
        // card that was lost refuses, and there is nothing left to be done about it.
        unsafe {
            if !self.stream.is_null() {
                let _ = stream::synchronize(self.stream);
                let _ = stream::destroy(self.stream);
            }
            if !self.module.is_null() {
                let _ = module::unload(self.module);
            }
            let _ = primary_ctx::release(self.handle);
        }
    }
}

impl Device {
    /// Opens the card of this number, which compiles the kernels for it (the driver keeps them for the next
    /// time).
    ///
    /// # Errors
    /// When there is no such card, it is too old, or the driver refuses.
    pub fn open(driver: Driver, number: usize) -> Result<Self, CudaError> {
        let mut cards = driver.cards()?;
        if number >= cards.len() {
            let count = cards.len();
            return Err(CudaError::UnknownCard { number, count });
        }
        let card = cards.swap_remove(number);
        card.check()?;
        let text = CString::new(crate::ptx()?)
            .map_err(|error| CudaError::Damaged(std::io::Error::other(error)))?;
        let during = "opening the card";
        let failed = |error: DriverError| CudaError::of(during, error);
        // Whatever fails on the way, what was opened so far is closed again when this goes.
        let mut opened = Opened {
            card,
            handle: result::device::get(number as i32).map_err(failed)?,
            context: std::ptr::null_mut(),
            stream: std::ptr::null_mut(),
            module: std::ptr::null_mut(),
            functions: BTreeMap::new(),
        };
        // SAFETY: every handle was just given by the driver, and the text of the kernels ends with zero.
        unsafe {
            opened.context = primary_ctx::retain(opened.handle).map_err(failed)?;
            opened.bind();
            opened.stream = stream::create(stream::StreamKind::NonBlocking).map_err(failed)?;
            opened.module = module::load_data(text.as_ptr().cast())
                .map_err(|error| CudaError::of("the kernels", error))?;
            for &name in KERNELS {
                let symbol = CString::new(name)
                    .map_err(|error| CudaError::Damaged(std::io::Error::other(error)))?;
                let function = module::get_function(opened.module, symbol)
                    .map_err(|error| CudaError::of("a kernel", error))?;
                opened.functions.insert(name, function);
            }
        }
        Ok(Self(Rc::new(opened)))
    }

    /// The card.
    pub fn card(&self) -> &Card {
        &self.0.card
    }

    /// Bytes of memory that are free now.
    ///
    /// # Errors
    /// When the card does not answer.
    pub fn free_memory(&self) -> Result<u64, CudaError> {
        self.0.bind();
        let (free, _) = result::mem_get_info()
            .map_err(|error| CudaError::of("the question for its memory", error))?;
        Ok(free as u64)
    }

    /// Memory for `count` values, which hold anything.
    ///
    /// # Errors
    /// When the card has not so much left.
    pub fn memory<T: Pod>(&self, count: usize) -> Result<Memory<T>, CudaError> {
        // At least something, so that every memory has an address of its own.
        let bytes = (count * size_of::<T>()).max(1);
        self.0.bind();
        // SAFETY: nothing is asked of the memory but its size.
        let address = unsafe { result::malloc_sync(bytes) }.map_err(|error| {
            if error.0 == sys::CUresult::CUDA_ERROR_OUT_OF_MEMORY {
                CudaError::OutOfMemory {
                    asked: bytes as u64,
                    free: self.free_memory().unwrap_or(0),
                }
            } else {
                CudaError::of("memory", error)
            }
        })?;
        Ok(Memory {
            device: self.clone(),
            address,
            count,
            kind: PhantomData,
        })
    }

    /// Memory that holds these values.
    ///
    /// # Errors
    /// As [`Self::memory`].
    pub fn upload<T: Pod>(&self, values: &[T]) -> Result<Memory<T>, CudaError> {
        let mut memory = self.memory(values.len())?;
        memory.write(values)?;
        Ok(memory)
    }

    /// Runs a kernel over a grid of (columns, rows) blocks, after all that was asked for before.
    ///
    /// # Safety
    /// All addresses in the argument are good for what the kernel reads and writes with it, and stay so until
    /// it has run.
    ///
    /// # Errors
    /// When the driver refuses; what goes wrong later is told to who reads.
    pub unsafe fn launch<Argument: Copy>(
        &self,
        kernel: &Kernel<Argument>,
        (columns, rows): (usize, usize),
        argument: &Argument,
    ) -> Result<(), CudaError> {
        if columns == 0 || rows == 0 {
            return Ok(());
        }
        let Some(&function) = self.0.functions.get(kernel.name) else {
            return Err(CudaError::Refused {
                during: kernel.name,
                reason: "it is not among the kernels".into(),
            });
        };
        self.0.bind();
        let argument = std::ptr::from_ref(argument).cast_mut().cast();
        let grid = (columns as u32, rows as u32, 1);
        // SAFETY: the function is one of this module's; the driver copies the argument before it returns.
        unsafe {
            result::launch_kernel(
                function,
                grid,
                (kernel.threads, 1, 1),
                0,
                self.0.stream,
                &mut [argument],
            )
        }
        .map_err(|error| CudaError::of(kernel.name, error))
    }

    /// Waits until all that was asked for is done.
    ///
    /// # Errors
    /// When something of it went wrong.
    pub fn wait(&self) -> Result<(), CudaError> {
        self.0.bind();
        // SAFETY: the stream is this device's own.
        unsafe { stream::synchronize(self.0.stream) }
            .map_err(|error| CudaError::of("its work", error))
    }
}

/// Memory on a card, for values of one kind.
#[derive(Debug)]
pub struct Memory<T> {
    device: Device,
    address: u64,
    count: usize,
    kind: PhantomData<T>,
}

impl<T: Pod> Memory<T> {
    /// Values that it holds.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Where it begins, for kernels: a multiple of 256.
    pub fn address(&self) -> u64 {
        self.address
    }

    /// Waits for all that was asked for before, and writes its first values.
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
        self.device.0.bind();
        // SAFETY: the memory holds so many values, and the copy is waited for while they are borrowed.
        unsafe { result::memcpy_htod_async(self.address, values, self.device.0.stream) }
            .map_err(|error| CudaError::of("a copy to it", error))?;
        self.device.wait()
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
        let bytes = count * size_of::<T>();
        self.device.0.bind();
        // SAFETY: these bytes are this memory's.
        unsafe { result::memset_d8_async(address, 0, bytes, self.device.0.stream) }
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
        self.device.0.bind();
        // SAFETY: the memory holds so many values, and the copy is waited for while they are borrowed.
        unsafe { result::memcpy_dtoh_async(values, self.address, self.device.0.stream) }
            .map_err(|error| CudaError::of("a copy from it", error))?;
        self.device.wait()
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

/// Copies values from one place of the card to another.
pub(crate) fn copy<T: Pod>(
    device: &Device,
    to: ViewMut<'_, T>,
    from: View<'_, T>,
) -> Result<(), CudaError> {
    assert_eq!(to.count, from.count, "one value a value");
    let bytes = to.count * size_of::<T>();
    device.0.bind();
    // SAFETY: both places have so many bytes, and what is borrowed to be written is not read meanwhile.
    unsafe { result::memcpy_dtod_async(to.address, from.address, bytes, device.0.stream) }
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
        self.device.0.bind();
        // SAFETY: the memory is this value's own, and kernels that still use it are waited for. A card that
        // was lost has none.
        unsafe {
            let _ = stream::synchronize(self.device.0.stream);
            let _ = result::free_sync(self.address);
        }
    }
}
