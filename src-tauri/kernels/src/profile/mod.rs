//! Where the time of a step goes: a clock around each operation, and what the machine could do at
//! most. Compiled in with the feature `profile`; without it an operation is called and nothing
//! else.

#[cfg(feature = "profile")]
mod ceiling;
#[cfg(feature = "profile")]
mod clock;

#[cfg(feature = "profile")]
pub use ceiling::{copied_bytes_a_second, multiplications_a_second};
#[cfg(feature = "profile")]
pub use clock::{Measured, take};

/// What one call of an operation has to do.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(
    not(feature = "profile"),
    expect(dead_code, reason = "only a clock asks how much there was to do")
)]
pub(crate) struct Work {
    /// Floating-point operations of a product; none of an operation that memory bounds.
    pub(crate) operations: usize,
    /// Bytes that are read or written at least once.
    pub(crate) bytes: usize,
}

impl Work {
    /// A product of shapes (m, k) and (k, n).
    pub(crate) fn product(m: usize, n: usize, k: usize) -> Self {
        Self {
            operations: 2 * m * n * k,
            bytes: size_of::<f32>() * (m * n + m * k + n * k),
        }
    }

    /// An operation that reads or writes this many values in all.
    pub(crate) fn values(count: usize) -> Self {
        Self {
            operations: 0,
            bytes: size_of::<f32>() * count,
        }
    }
}

/// Measures until it goes out of scope.
#[cfg(not(feature = "profile"))]
#[must_use]
pub(crate) struct Clock;

/// Begins to measure an operation, where there is a clock.
#[cfg(not(feature = "profile"))]
#[inline(always)]
pub(crate) fn clock(_: &'static str, _: Work) -> Clock {
    Clock
}

#[cfg(feature = "profile")]
pub(crate) use clock::clock;
