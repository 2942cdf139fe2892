//! Tests of the library of base models. The Hub is a server of the tests on this machine.

pub(crate) mod fixture;
mod hub;
mod keeping;
mod opening;
pub(crate) mod server;
