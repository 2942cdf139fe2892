//! How the parts of an error are written down for the one who translates it.
//!
//! What another crate says has no form of its own on the wire: its message is all there is.

use std::fmt::Display;
use std::path::Path;

use serde::Serializer;

/// Writes an error of another crate as its message.
pub(crate) fn message<S: Serializer>(
    source: &impl Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(source)
}

/// Writes a path as it is shown: one that is not Unicode must not cost the whole error.
pub(crate) fn path<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}
