//! Tests of the library of base models. The Hub is a server of the tests on this machine.

mod fixture;
mod hub;
mod keeping;
mod opening;
mod server;
