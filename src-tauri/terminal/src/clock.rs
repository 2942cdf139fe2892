//! Time, which the engine is handed.

use std::time::Instant;

use engine::training::events::Clock;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Seconds since the program began.
pub(crate) struct SinceStart(Instant);

impl SinceStart {
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SinceStart {
    fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// This moment, to the second, as in "2026-11-25T07:01:58Z".
pub(crate) fn now() -> String {
    let now = OffsetDateTime::now_utc();
    let whole = now.replace_nanosecond(0).unwrap_or(now);
    whole.format(&Rfc3339).unwrap_or_default()
}

/// This moment as part of a file name, as in "20261125-070158".
pub(crate) fn now_in_a_name() -> String {
    let digits = now().replace(['-', ':', 'Z'], "");
    digits.replace('T', "-")
}
