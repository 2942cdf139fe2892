//! The time, for when a job began.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// This moment (RFC 3339, to the second, in UTC).
pub(super) fn now() -> String {
    let now = OffsetDateTime::now_utc();
    let now = now.replace_nanosecond(0).unwrap_or(now);
    // The format has a text for every moment of this age.
    now.format(&Rfc3339).unwrap_or_default()
}
