//! When a receiver's pictures may leave: a bucket that fills at a multiple of the estimate.
//!
//! **Invariant:** the bucket never holds more than its depth; a path whose estimate is not the bottleneck has room for whole frames at once, so
//! that nothing is delayed and batches stay whole; a path that is full gets a tick's worth at a time.

use crate::core::time::Time;
use std::time::Duration;

/// Between two looks while packets wait. Shorter wakes the thread more often, longer makes bursts.
pub(crate) const TICK: Duration = Duration::from_millis(5);
/// How fast the bucket of a path fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    /// More fits than could be used.
    Free,
    /// More could be used than the estimate.
    Full,
    /// The same, and a queue stands that is to go: what waits is otherwise sent so much above the estimate that it never does.
    Draining,
}

impl Fill {
    /// How much faster than the estimate a path is sent to, and for how long at once. To a free one a frame, at times a key frame, leaves at once. On
    /// a full one a key frame takes about as long as it takes on the line itself, and sound overtakes it here instead of waiting behind it
    /// there.
    fn pace(self) -> (f64, Duration) {
        match self {
            Self::Free => (2.5, Duration::from_millis(60)),
            Self::Full => (1.1, TICK),
            Self::Draining => (0.9, TICK),
        }
    }
}

/// One receiver's bucket.
#[derive(Default)]
pub(crate) struct Pacer {
    /// Bytes that may leave; below zero: so much has left too early.
    level: f64,
    at: Option<Time>,
    per_second: f64,
}

impl Pacer {
    /// Fills the bucket up to now. `estimate` in bit/s.
    pub(crate) fn fill(&mut self, now: Time, estimate: f64, fill: Fill) {
        let (factor, depth) = fill.pace();
        self.per_second = estimate * factor / 8.0;
        let most = self.per_second * depth.as_secs_f64();
        let elapsed = self.at.replace(now).map_or(depth, |at| now - at);
        // Sound is never held back, so its debt is bounded too: pictures wait for a tenth of a second of it at most.
        let least = -self.per_second * 0.1;
        self.level = (self.level + self.per_second * elapsed.as_secs_f64()).clamp(least, most);
    }

    /// Bytes that may leave now.
    pub(crate) fn room(&self) -> f64 {
        self.level
    }

    /// So many bytes leave.
    pub(crate) fn spend(&mut self, bytes: usize) {
        self.level -= bytes as f64;
    }

    /// When there is room again: a tick from now, or later.
    pub(crate) fn next(&self, now: Time) -> Time {
        let short = if self.per_second > 0.0 { (-self.level / self.per_second).clamp(0.0, 0.1) } else { 0.0 };
        now + TICK.max(Duration::from_secs_f64(short))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that leave in a second when there is always something to send.
    fn sent(estimate: f64, fill: Fill) -> usize {
        let mut pacer = Pacer::default();
        let (mut now, mut sent) = (Time::from_millis(1), 0);
        while now < Time::from_millis(1_001) {
            pacer.fill(now, estimate, fill);
            while pacer.room() > 0.0 {
                pacer.spend(1_000);
                sent += 1_000;
            }
            now = pacer.next(now);
        }
        sent
    }

    #[test]
    fn what_leaves_is_the_factor_times_the_estimate() {
        let full = sent(1e6, Fill::Full);
        assert!((130_000..145_000).contains(&full), "{full}");
        let free = sent(1e6, Fill::Free);
        assert!((300_000..340_000).contains(&free), "{free}");
        let draining = sent(1e6, Fill::Draining);
        assert!((110_000..115_000).contains(&draining), "{draining}");
    }

    #[test]
    fn a_free_path_takes_a_frame_at_once_and_a_full_one_a_tick() {
        let at_once = |fill| {
            let mut pacer = Pacer::default();
            pacer.fill(Time::from_millis(1), 2e6, fill);
            pacer.room()
        };
        assert!(at_once(Fill::Free) > 30_000.0 && at_once(Fill::Full) < 3_000.0);
    }

    #[test]
    fn debt_is_bounded() {
        let mut pacer = Pacer::default();
        pacer.fill(Time::ZERO, 1e5, Fill::Full);
        pacer.spend(1_000_000);
        pacer.fill(Time::from_millis(1), 1e5, Fill::Full);
        assert!(pacer.next(Time::from_millis(1)) <= Time::from_millis(102));
    }
}
