//! Sharing out rows and columns between threads, always by data and never by thread.

/// Rows that one task of an element-wise operation takes. Fixed, so that the work is cut the
/// same way for any number of threads.
pub(crate) const ROWS_A_TASK: usize = 16;

/// A pointer that tasks write disjoint parts of a buffer through.
#[derive(Clone, Copy)]
pub(crate) struct DisjointWrites(*mut f32);

// SAFETY: the holder promises (at each use) that no two tasks touch the same element.
unsafe impl Send for DisjointWrites {}
// SAFETY: as above.
unsafe impl Sync for DisjointWrites {}

impl DisjointWrites {
    pub(crate) fn new(buffer: &mut [f32]) -> Self {
        Self(buffer.as_mut_ptr())
    }

    /// As [`Self::new`], of a buffer that others may write other parts of.
    pub(crate) fn from_pointer(buffer: *mut f32) -> Self {
        Self(buffer)
    }

    /// The address of element `offset`.
    ///
    /// # Safety
    /// `offset` lies in the buffer, and no other task touches what is written through it.
    pub(crate) unsafe fn at(self, offset: usize) -> *mut f32 {
        // SAFETY: promised by the caller.
        unsafe { self.0.add(offset) }
    }
}
