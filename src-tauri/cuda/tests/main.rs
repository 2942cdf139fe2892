//! The kernels for cards, tested without one: their arithmetic by a build of the same sources for the
//! host, and their PTX by its checksum and by ptxas.

#![expect(
    unsafe_code,
    reason = "kernels are called through a C interface, with pointers"
)]

mod attention;
mod element_wise;
mod ends;
mod host;
mod matrix;
mod numbers;
mod ptx;
