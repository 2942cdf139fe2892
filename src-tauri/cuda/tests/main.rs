//! The kernels for cards, tested without one: their arithmetic by a build of the same sources for the
//! host, and their PTX by its checksum and by ptxas.

#![expect(
    unsafe_code,
    reason = "kernels take addresses, and the emulated driver is a library"
)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "clippy allows these in tests, but not in the functions that tests share"
)]

mod attention;
mod attention_rows;
mod cards;
mod element_wise;
mod emulated;
mod emulation;
mod ends;
mod host;
mod matrix;
mod numbers;
mod ptx;
