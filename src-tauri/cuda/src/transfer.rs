//! Copies between this machine and a card that nobody waits for: through memory that the system never moves, which is
//! given back to use only once the card is done with it.

use std::ffi::c_void;

use cudarc::driver::result::{self, DriverError, event};
use cudarc::driver::sys;

use crate::device::Device;
use crate::error::CudaError;

/// Bytes of a piece of the staging area, and the largest copy that goes through it.
pub(crate) const PIECE: usize = 4 << 20;
/// Pieces of the staging area: the card may be so far behind before anybody waits.
const PIECES: usize = 4;
/// Where a copy may begin within a piece.
const ALIGNMENT: usize = 256;
/// The most values of a [`Reading`].
pub(crate) const READING: usize = 64;

/// Memory of this machine that the card reads and writes by itself.
#[derive(Debug)]
struct Pinned {
    address: *mut u8,
}

impl Pinned {
    fn new(bytes: usize) -> Result<Self, DriverError> {
        // SAFETY: nothing is asked of the memory but its size.
        let address = unsafe { result::malloc_host(bytes, 0) }?;
        Ok(Self {
            address: address.cast(),
        })
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // SAFETY: the memory is this value's own, and who holds it waits for the card first.
        let _ = unsafe { result::free_host(self.address.cast::<c_void>()) };
    }
}

/// A place in the order of what a card is told to do.
#[derive(Debug)]
pub(crate) struct Moment {
    event: sys::CUevent,
    is_set: bool,
}

impl Moment {
    pub(crate) fn new() -> Result<Self, DriverError> {
        let mut event = std::ptr::null_mut();
        // Who waits sleeps, and leaves the processor to others.
        let flags = sys::CUevent_flags::CU_EVENT_DISABLE_TIMING as u32
            | sys::CUevent_flags::CU_EVENT_BLOCKING_SYNC as u32;
        // SAFETY: the address is that of a handle.
        unsafe { sys::cuEventCreate(&raw mut event, flags) }.result()?;
        Ok(Self {
            event,
            is_set: false,
        })
    }

    /// It is after all that the stream was told so far.
    pub(crate) fn set(&mut self, stream: sys::CUstream) -> Result<(), DriverError> {
        // SAFETY: both were made by the driver and are held.
        unsafe { event::record(self.event, stream) }?;
        self.is_set = true;
        Ok(())
    }

    /// Waits until the card has come so far.
    pub(crate) fn wait(&self) -> Result<(), DriverError> {
        if !self.is_set {
            return Ok(());
        }
        // SAFETY: the event was made by the driver and is held.
        unsafe { event::synchronize(self.event) }
    }

    /// Whether the card has come so far.
    fn is_past(&self) -> Result<bool, DriverError> {
        // SAFETY: as above.
        match unsafe { event::query(self.event) } {
            Ok(()) => Ok(true),
            Err(error) if error.0 == sys::CUresult::CUDA_ERROR_NOT_READY => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Moment {
    fn drop(&mut self) {
        // SAFETY: the event is this value's own.
        let _ = unsafe { event::destroy(self.event) };
    }
}

/// Where values wait for the card to fetch them: pieces that are filled in turn.
#[derive(Debug, Default)]
pub(crate) struct Staging {
    pieces: Vec<(Pinned, Moment)>,
    current: usize,
    used: usize,
}

impl Staging {
    /// Copies bytes, at most [`PIECE`], and gives the address from which the stream may fetch them when it comes so far.
    pub(crate) fn keep(
        &mut self,
        bytes: &[u8],
        stream: sys::CUstream,
    ) -> Result<*const u8, DriverError> {
        if self.pieces.is_empty() || self.used + bytes.len() > PIECE {
            self.turn(stream)?;
        }
        let (piece, _) = &self.pieces[self.current];
        // SAFETY: so many bytes are left in the piece, and the card is done with what was there.
        let place = unsafe {
            let place = piece.address.add(self.used);
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), place, bytes.len());
            place
        };
        self.used += bytes.len().next_multiple_of(ALIGNMENT);
        Ok(place)
    }

    /// Goes on to the next piece, as soon as the card has fetched all that was in it.
    fn turn(&mut self, stream: sys::CUstream) -> Result<(), DriverError> {
        let next = match self.pieces.get_mut(self.current) {
            Some((_, fetched)) => {
                fetched.set(stream)?;
                (self.current + 1) % PIECES
            }
            None => 0,
        };
        if next == self.pieces.len() {
            self.pieces.push((Pinned::new(PIECE)?, Moment::new()?));
        }
        self.pieces[next].1.wait()?;
        (self.current, self.used) = (next, 0);
        Ok(())
    }
}

/// Room for a few values from the card.
#[derive(Debug)]
pub(crate) struct Mailbox {
    room: Pinned,
    arrived: Moment,
}

impl Mailbox {
    pub(crate) fn new() -> Result<Self, DriverError> {
        Ok(Self {
            room: Pinned::new(READING * size_of::<f32>())?,
            arrived: Moment::new()?,
        })
    }
}

/// A few values on their way from a card.
#[derive(Debug)]
pub struct Reading {
    device: Device,
    /// There until it is dropped.
    mailbox: Option<Mailbox>,
    count: usize,
}

impl Reading {
    /// Begins the copy of `count` values from this address, at most [`READING`].
    pub(crate) fn begin(device: Device, address: u64, count: usize) -> Result<Self, CudaError> {
        let failed = |error| CudaError::of("a copy from it", error);
        let mut mailbox = device.mailbox().map_err(failed)?;
        let stream = device.stream();
        // SAFETY: the mailbox has room for so many values, and is not used again before they arrived.
        let values =
            unsafe { std::slice::from_raw_parts_mut(mailbox.room.address.cast::<f32>(), count) };
        // SAFETY: as above.
        unsafe { result::memcpy_dtoh_async(values, address, stream) }.map_err(failed)?;
        mailbox.arrived.set(stream).map_err(failed)?;
        Ok(Self {
            device,
            mailbox: Some(mailbox),
            count,
        })
    }

    /// Whether they are there.
    ///
    /// # Errors
    /// When something of what the card was asked for went wrong.
    pub fn has_arrived(&self) -> Result<bool, CudaError> {
        self.device.bind();
        let is_past = self
            .mailbox
            .as_ref()
            .map_or(Ok(true), |mailbox| mailbox.arrived.is_past());
        is_past.map_err(|error| CudaError::of("its work", error))
    }

    /// The values; waits for them.
    ///
    /// # Errors
    /// When something of what the card was asked for went wrong.
    pub fn values(&self) -> Result<Vec<f32>, CudaError> {
        self.device.bind();
        let Some(mailbox) = &self.mailbox else {
            return Ok(Vec::new());
        };
        mailbox
            .arrived
            .wait()
            .map_err(|error| CudaError::of("its work", error))?;
        let address = mailbox.room.address.cast::<f32>();
        // SAFETY: they arrived, and nothing writes there before this value goes.
        Ok(unsafe { std::slice::from_raw_parts(address, self.count) }.to_vec())
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if let Some(mailbox) = self.mailbox.take() {
            self.device.bind();
            // A card that was lost writes no more.
            let _ = mailbox.arrived.wait();
            self.device.keep_mailbox(mailbox);
        }
    }
}
