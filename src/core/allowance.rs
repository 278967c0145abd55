//! How much one connection may say in how much time.
//!
//! **Invariant:** over any stretch of `t` seconds no more is let through than burst + rate × t.

use super::time::Time;

/// A token bucket. Full at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    burst: u64,
    per_second: u64,
    /// Millionths of a token, so that microseconds divide evenly.
    left: u64,
    seen: Time,
}

const MILLION: u64 = 1_000_000;

impl Allowance {
    /// A full bucket of `burst` tokens that refills by `per_second`.
    pub fn new(now: Time, burst: u32, per_second: u32) -> Self {
        let burst = u64::from(burst) * MILLION;
        Self { burst, per_second: per_second.into(), left: burst, seen: now }
    }

    /// Takes `tokens` out; false when there are not so many.
    pub fn spend(&mut self, now: Time, tokens: usize) -> bool {
        let passed = now.as_micros().saturating_sub(self.seen.as_micros());
        self.seen = self.seen.max(now);
        self.left = self.burst.min(self.left.saturating_add(passed.saturating_mul(self.per_second)));
        let price = u64::try_from(tokens).unwrap_or(u64::MAX).saturating_mul(MILLION);
        let enough = price <= self.left;
        if enough {
            self.left -= price;
        }
        enough
    }

    /// Puts `tokens` back that were taken out for nothing.
    pub fn give_back(&mut self, now: Time, tokens: usize) {
        // What has come meanwhile is counted first.
        self.spend(now, 0);
        let price = u64::try_from(tokens).unwrap_or(u64::MAX).saturating_mul(MILLION);
        self.left = self.burst.min(self.left.saturating_add(price));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_burst_then_the_rate() {
        let mut allowance = Allowance::new(Time::ZERO, 3, 2);
        assert!(allowance.spend(Time::ZERO, 3));
        assert!(!allowance.spend(Time::from_millis(499), 1));
        assert!(allowance.spend(Time::from_millis(500), 1));
        assert!(!allowance.spend(Time::from_millis(500), 1));
    }

    #[test]
    fn more_than_the_burst_never_passes_and_costs_nothing() {
        let mut allowance = Allowance::new(Time::ZERO, 3, 2);
        assert!(!allowance.spend(Time::from_millis(60_000), 4));
        assert!(allowance.spend(Time::from_millis(60_000), 3));
    }

    proptest! {
        #[test]
        fn never_more_than_burst_and_rate(asks in proptest::collection::vec((0..2000u64, 0..5usize), 0..100)) {
            let mut allowance = Allowance::new(Time::ZERO, 10, 3);
            let (mut now, mut passed) = (0, 0);
            for (wait, tokens) in asks {
                now += wait;
                if allowance.spend(Time::from_millis(now), tokens) {
                    passed += tokens as u64;
                }
                prop_assert!(passed <= 10 + 3 * now / 1000 + 1);
            }
        }
    }
}
