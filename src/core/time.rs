//! The host's clock as the core sees it.
//!
//! **Invariant:** the core never asks what time it is; every `Time` comes in as an argument.

use std::ops::{Add, Sub};
use std::time::Duration;

/// Microseconds between two moments for what need not be done to the millisecond. Whatever is due for many peers at times of their own would wake
/// the thread once for each of them.
const BEAT: u64 = 20_000;

/// Microseconds since the host started. Says nothing about the wall clock, and cannot run backwards unless the caller lets it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

impl Time {
    /// The moment the host started.
    pub const ZERO: Self = Self(0);

    /// So many microseconds after the start.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// So many milliseconds after the start.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// Microseconds since the start.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Milliseconds since the start, rounded down.
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }

    /// The first [`BEAT`] from here on.
    pub const fn beat(self) -> Self {
        Self(self.0.div_ceil(BEAT).saturating_mul(BEAT))
    }

    /// How long after `earlier` this is; zero when it is not after.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl Sub for Time {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_before_is_no_time_ago() {
        let (early, late) = (Time::from_millis(3), Time::from_millis(5));
        assert_eq!(late - early, Duration::from_millis(2));
        assert_eq!(early - late, Duration::ZERO);
        assert_eq!(early + Duration::from_millis(2), late);
        assert_eq!(Time::from_micros(u64::MAX) + Duration::from_secs(1), Time::from_micros(u64::MAX));
    }

    #[test]
    fn a_beat_is_never_before_and_stays_one() {
        assert_eq!([0, 1, 19_999, 20_000, 20_001].map(|at| Time::from_micros(at).beat().as_millis()), [0, 20, 20, 20, 40]);
        assert!(Time::from_micros(u64::MAX).beat() == Time::from_micros(u64::MAX));
    }
}
