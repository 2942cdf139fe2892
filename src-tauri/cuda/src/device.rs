//! A card that was opened: its memory, and kernels that run on it one after the other.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::CString;
use std::marker::PhantomData;
use std::rc::Rc;

use bytemuck::Pod;
use cudarc::driver::result::{self, DriverError, ctx, module, primary_ctx, stream};
use cudarc::driver::sys;

use crate::arguments::KERNELS;
use crate::driver::{Card, Driver};
use crate::error::CudaError;
use crate::memory::Memory;
use crate::transfer::{Mailbox, Moment, PIECE, Staging};
use crate::usage::{self, OpenCard};

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
    /// Where memory is taken from and given back in the order of the work; none where the driver knows no such thing.
    pool: Option<sys::CUmemoryPool>,
    staging: RefCell<Staging>,
    /// Those that no reading uses.
    mailboxes: RefCell<Vec<Mailbox>>,
    used: Cell<u64>,
    most_used: Cell<u64>,
    _counted: OpenCard,
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
                drop((self.staging.take(), self.mailboxes.take()));
                // Its memory is the card's and not the context's: it would outlast it.
                if let Some(pool) = self.pool {
                    let _ = sys::cuMemPoolDestroy(pool);
                }
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
        let text =
            CString::new(crate::ptx().map_err(CudaError::damaged)?).map_err(CudaError::damaged)?;
        let during = "opening the card";
        let failed = |error: DriverError| CudaError::of(during, error);
        let handle = result::device::get(number as i32).map_err(failed)?;
        // Whatever fails on the way, what was opened so far is closed again when this goes.
        let mut opened = Opened {
            card,
            handle,
            context: std::ptr::null_mut(),
            stream: std::ptr::null_mut(),
            module: std::ptr::null_mut(),
            functions: BTreeMap::new(),
            pool: None,
            staging: RefCell::default(),
            mailboxes: RefCell::default(),
            used: Cell::new(0),
            most_used: Cell::new(0),
            _counted: OpenCard::new(result::device::get_uuid(handle).ok()),
        };
        // SAFETY: every handle was just given by the driver, and the text of the kernels ends with zero.
        unsafe {
            opened.context = primary_ctx::retain(opened.handle).map_err(failed)?;
            opened.bind();
            opened.stream = stream::create(stream::StreamKind::NonBlocking).map_err(failed)?;
            opened.pool = pool(opened.handle).map_err(failed)?;
            opened.module = load_module(&text)?;
            for &name in KERNELS {
                let symbol = CString::new(name).map_err(CudaError::damaged)?;
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
        self.trim()?;
        let (free, _) = result::mem_get_info()
            .map_err(|error| CudaError::of("the question for its memory", error))?;
        Ok(free as u64)
    }

    /// The most bytes of memory that this program held on it since [`Self::forget_most_used`].
    pub fn most_used_memory(&self) -> u64 {
        self.0.most_used.get()
    }

    /// Begins to count anew what is held at most.
    pub fn forget_most_used(&self) {
        self.0.most_used.set(self.0.used.get());
    }

    /// Memory for `count` values, which hold anything.
    ///
    /// # Errors
    /// When the card has not so much left.
    pub fn memory<T: Pod>(&self, count: usize) -> Result<Memory<T>, CudaError> {
        Memory::new(self, count)
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
                during: kernel.name.into(),
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
        let wait = || {
            // As with the runtime's "blocking" waits: the processor is left to others meanwhile.
            let mut now = Moment::new()?;
            now.set(self.0.stream)?;
            now.wait()
        };
        wait().map_err(|error| CudaError::of("its work", error))
    }

    pub(crate) fn bind(&self) {
        self.0.bind();
    }

    pub(crate) fn stream(&self) -> sys::CUstream {
        self.0.stream
    }

    /// A mailbox that nothing is on its way to.
    pub(crate) fn mailbox(&self) -> Result<Mailbox, DriverError> {
        self.0.bind();
        let spare = self.0.mailboxes.borrow_mut().pop();
        spare.map_or_else(Mailbox::new, Ok)
    }

    pub(crate) fn keep_mailbox(&self, mailbox: Mailbox) {
        self.0.mailboxes.borrow_mut().push(mailbox);
    }

    /// Has the pool part with what was given back to it, once that is no longer used.
    fn trim(&self) -> Result<(), CudaError> {
        if let Some(pool) = self.0.pool {
            self.wait()?;
            // SAFETY: the pool is this card's, and nothing that is in use is given away.
            let _ = unsafe { sys::cuMemPoolTrimTo(pool, 0) };
        }
        Ok(())
    }

    /// So many bytes of memory, at an address that is a multiple of 256.
    pub(crate) fn take(&self, bytes: usize) -> Result<u64, CudaError> {
        let opened = &*self.0;
        opened.bind();
        let take = || {
            // SAFETY: nothing is asked of the memory but its size.
            unsafe {
                match opened.pool {
                    Some(pool) => {
                        let mut address = 0;
                        sys::cuMemAllocFromPoolAsync(&raw mut address, bytes, pool, opened.stream)
                            .result()
                            .map(|()| address)
                    }
                    None => result::malloc_sync(bytes),
                }
            }
        };
        let is_full = |error: &DriverError| error.0 == sys::CUresult::CUDA_ERROR_OUT_OF_MEMORY;
        let mut taken = take();
        if opened.pool.is_some() && taken.as_ref().is_err_and(is_full) {
            // What was given back may still be kept in pieces that are too small.
            self.trim()?;
            taken = take();
        }
        let address = taken.map_err(|error| {
            if is_full(&error) {
                CudaError::OutOfMemory {
                    asked: bytes as u64,
                    free: self.free_memory().unwrap_or(0),
                }
            } else {
                CudaError::of("memory", error)
            }
        })?;
        let used = opened.used.get() + bytes as u64;
        opened.used.set(used);
        usage::took(bytes as u64);
        opened.most_used.set(opened.most_used.get().max(used));
        Ok(address)
    }

    /// Gives memory back once what was asked for before has used it.
    pub(crate) fn give_back(&self, address: u64, bytes: usize) {
        let opened = &*self.0;
        opened.bind();
        opened.used.set(opened.used.get() - bytes as u64);
        usage::gave_back(bytes as u64);
        // SAFETY: the memory was taken by `take`, and kernels that still use it are before this in the stream, or
        // are waited for. A card that was lost has none.
        unsafe {
            if opened.pool.is_some() {
                let _ = result::free_async(address, opened.stream);
            } else {
                let _ = stream::synchronize(opened.stream);
                let _ = result::free_sync(address);
            }
        }
    }

    /// Copies bytes to an address, after all that was asked for before. Waits where they are too many for the staging
    /// area.
    pub(crate) fn copy_to(&self, address: u64, bytes: &[u8]) -> Result<(), CudaError> {
        let failed = |error| CudaError::of("a copy to it", error);
        if bytes.is_empty() {
            return Ok(());
        }
        let (opened, stream) = (&*self.0, self.0.stream);
        opened.bind();
        if bytes.len() > PIECE {
            // SAFETY: the caller's memory holds so many bytes, and the copy is waited for while they are borrowed.
            unsafe { result::memcpy_htod_async(address, bytes, stream) }.map_err(failed)?;
            return self.wait();
        }
        let kept = opened
            .staging
            .borrow_mut()
            .keep(bytes, stream)
            .map_err(failed)?;
        // SAFETY: so many bytes lie there, until the card has fetched them.
        unsafe {
            let kept = std::slice::from_raw_parts(kept, bytes.len());
            result::memcpy_htod_async(address, kept, stream)
        }
        .map_err(failed)
    }
}

/// A pool to take memory of this card from, which keeps what is given back to it; none where the driver knows no pools
/// for it.
///
/// # Safety
/// The driver gave the handle.
unsafe fn pool(card: sys::CUdevice) -> Result<Option<sys::CUmemoryPool>, DriverError> {
    use sys::CUdevice_attribute::CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED as SUPPORTED;
    use sys::CUmemAllocationType::CU_MEM_ALLOCATION_TYPE_PINNED as PINNED;
    use sys::CUmemLocationType::CU_MEM_LOCATION_TYPE_DEVICE as DEVICE;
    use sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD as THRESHOLD;
    // SAFETY: promised by the caller; the addresses are those of what is asked for, and zeros are no handle, no
    // limit and no attributes.
    unsafe {
        if result::device::get_attribute(card, SUPPORTED)? == 0 {
            return Ok(None);
        }
        let mut wanted: sys::CUmemPoolProps = std::mem::zeroed();
        wanted.allocType = PINNED;
        wanted.location.type_ = DEVICE;
        wanted.location.id = card;
        let mut pool = std::ptr::null_mut();
        sys::cuMemPoolCreate(&raw mut pool, &raw const wanted).result()?;
        let mut most = u64::MAX;
        sys::cuMemPoolSetAttribute(pool, THRESHOLD, (&raw mut most).cast()).result()?;
        Ok(Some(pool))
    }
}

/// Has the driver compile the kernels; where it refuses, with what its compiler said.
///
/// # Safety
/// A context is bound.
unsafe fn load_module(text: &CString) -> Result<sys::CUmodule, CudaError> {
    use sys::CUjit_option::{CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
    const LOG: usize = 4_096;
    let mut log = [0_u8; LOG];
    let mut options = [CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES];
    // A size is handed over in the place of an address.
    let mut values = [
        log.as_mut_ptr().cast(),
        std::ptr::without_provenance_mut(LOG),
    ];
    let mut module = std::ptr::null_mut();
    // SAFETY: promised by the caller; text and log are there until the call returns, and the text ends with zero.
    let loaded = unsafe {
        sys::cuModuleLoadDataEx(
            &raw mut module,
            text.as_ptr().cast(),
            options.len() as u32,
            options.as_mut_ptr(),
            values.as_mut_ptr(),
        )
    };
    loaded.result().map(|()| module).map_err(|error| {
        let said = log.split(|&byte| byte == 0).next().unwrap_or_default();
        let said = String::from_utf8_lossy(said);
        match CudaError::of("the kernels", error) {
            CudaError::Refused { during, reason } => CudaError::Refused {
                during,
                reason: format!("{reason} {}", said.trim()).trim().to_owned(),
            },
            other => other,
        }
    })
}
