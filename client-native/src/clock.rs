//! The clock of this process.
//!
//! **Invariant:** everything here that says when, says it by this clock, so that times of two members of one process can be compared.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

static BEGAN: LazyLock<Instant> = LazyLock::new(now);

/// The monotonic clock.
#[expect(clippy::disallowed_methods, reason = "a member outside a browser reads the clock here, and only here")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Since this process first asked.
pub(crate) fn elapsed() -> Duration {
    let began = *BEGAN;
    now().duration_since(began)
}

/// The same in whole milliseconds, as sessions want it: rounded up, so that a timer is never early.
pub(crate) fn millis() -> u64 {
    u64::try_from(elapsed().as_micros().div_ceil(1_000)).unwrap_or(u64::MAX)
}
