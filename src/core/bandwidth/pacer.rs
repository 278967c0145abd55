//! When a receiver's pictures may leave: a bucket that fills at a multiple of the estimate.
//!
//! **Invariant:** the bucket never holds more than its depth; a path whose estimate is not the bottleneck has room for whole frames at once, so
//! that nothing is delayed and batches stay whole; a path that is full gets a tick's worth at a time.

use crate::core::time::Time;
use std::time::Duration;

/// Between two looks while packets wait. Shorter wakes the thread more often, longer makes bursts.
pub(crate) const TICK: Duration = Duration::from_millis(5);
/// How much faster than the estimate a path with room is sent to, and for how long at once: a frame, at times a key frame.
const FREE: (f64, Duration) = (2.5, Duration::from_millis(60));
/// The same for a path that is full. A key frame then takes about as long as it takes on the line itself, and sound
/// overtakes it here instead of waiting behind it there.
const FULL: (f64, Duration) = (1.1, TICK);

/// One receiver's bucket.
#[derive(Default)]
pub(crate) struct Pacer {
    /// Bytes that may leave; below zero: so much has left too early.
    level: f64,
    at: Option<Time>,
    per_second: f64,
}

impl Pacer {
    /// Fills the bucket up to now. `estimate` in bit/s; `is_full`: more could be used than the estimate.
    pub(crate) fn fill(&mut self, now: Time, estimate: f64, is_full: bool) {
        let (factor, depth) = if is_full { FULL } else { FREE };
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
    fn sent(estimate: f64, is_full: bool) -> usize {
        let mut pacer = Pacer::default();
        let (mut now, mut sent) = (Time::from_millis(1), 0);
        while now < Time::from_millis(1_001) {
            pacer.fill(now, estimate, is_full);
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
        let full = sent(1e6, true);
        assert!((130_000..145_000).contains(&full), "{full}");
        let free = sent(1e6, false);
        assert!((300_000..340_000).contains(&free), "{free}");
    }

    #[test]
    fn a_free_path_takes_a_frame_at_once_and_a_full_one_a_tick() {
        let at_once = |is_full| {
            let mut pacer = Pacer::default();
            pacer.fill(Time::from_millis(1), 2e6, is_full);
            pacer.room()
        };
        assert!(at_once(false) > 30_000.0 && at_once(true) < 3_000.0);
    }

    #[test]
    fn debt_is_bounded() {
        let mut pacer = Pacer::default();
        pacer.fill(Time::ZERO, 1e5, true);
        pacer.spend(1_000_000);
        pacer.fill(Time::from_millis(1), 1e5, true);
        assert!(pacer.next(Time::from_millis(1)) <= Time::from_millis(102));
    }
}
