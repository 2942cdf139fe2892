//! Base models and trained models as folders on disk.
