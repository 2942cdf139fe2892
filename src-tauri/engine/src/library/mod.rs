//! Base models and trained models as folders on disk.

pub mod base;
