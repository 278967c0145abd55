//! The delay-based estimate: up while the queue is quiet, down to what arrives when it grows (draft-ietf-rmcat-gcc-02 §5.5).
//!
//! **Invariant:** the estimate stays within [`LEAST`] and [`MOST`], falls only while a queue grows or does not drain, and never rises far above what has
//! been seen to arrive.

use super::delay::Usage;
use crate::core::time::Time;
use std::time::Duration;

/// The lowest estimate, bit/s: one voice.
pub(crate) const LEAST: f64 = 50_000.0;
/// The highest, bit/s: more pictures than a screen has room for.
pub(crate) const MOST: f64 = 50_000_000.0;
/// What is left of the arriving rate after a cut: below it, so that the queue drains.
const CUT: f64 = 0.85;
/// What a cut leaves at least where delay comes in waves, or nothing is known but that a queue stays.
const GENTLE: f64 = 0.7;
/// Below this delay says nothing where it comes in waves, bit/s: some voices and a small picture or two. A path that carries less shows it by loss.
const LEAST_IN_WAVES: f64 = 200_000.0;
/// Growth per second far from the last known limit.
const GROWTH: f64 = 1.08;
/// How far the estimate may stand above what arrives: what was never tried is not known to fit.
const HEADROOM: f64 = 1.5;
/// The same for very little, bit/s.
const HEADROOM_FLAT: f64 = 10_000.0;
/// Weight of a new limit in the average of limits.
const WEIGHT: f64 = 0.05;
/// Bits of one packet: what is added per round trip near the limit.
const PACKET_BITS: f64 = 1_200.0 * 8.0;

/// How far around the average of limits a rate counts as near it.
const BAND: f64 = 0.15;

/// The rates at which the queue began to grow, averaged.
#[derive(Default)]
struct Limit {
    mean: Option<f64>,
}

impl Limit {
    fn seen(&mut self, rate: f64) {
        self.mean = Some(self.mean.map_or(rate, |mean| mean + WEIGHT * (rate - mean)));
    }

    fn band(&self) -> Option<(f64, f64)> {
        self.mean.map(|mean| (mean * (1.0 - BAND), mean * (1.0 + BAND)))
    }
}

/// The delay-based estimate of one receiver's path.
pub(crate) struct DelayRate {
    rate: f64,
    limit: Limit,
    updated: Option<Time>,
    cut: Option<Time>,
}

impl DelayRate {
    /// Begins at this rate, bit/s.
    pub(crate) fn new(rate: f64) -> Self {
        Self { rate, limit: Limit::default(), updated: None, cut: None }
    }

    /// The estimate, bit/s.
    pub(crate) fn rate(&self) -> f64 {
        self.rate
    }

    /// When it was last cut.
    pub(crate) fn last_cut(&self) -> Option<Time> {
        self.cut
    }

    /// A probe arrived at this rate: the path carries it.
    pub(crate) fn proved(&mut self, rate: f64) {
        self.rate = self.rate.max(rate).clamp(LEAST, MOST);
        if self.limit.band().is_some_and(|(_, high)| rate > high) {
            self.limit = Limit::default();
        }
    }

    /// Nothing is reported any more: only a part of the estimate is left.
    pub(crate) fn silenced(&mut self, left: f64) {
        self.rate = (self.rate * left).clamp(LEAST, MOST);
    }

    /// A queue stands and does not drain: less than arrives, to see whether it then does. Where little is sent anyway, that little says nothing of what
    /// fits, so no more is taken than [`GENTLE`] leaves.
    pub(crate) fn try_less(&mut self, now: Time, arriving: f64) {
        let less = self.rate.min((CUT * arriving).max(GENTLE * self.rate));
        (self.rate, self.cut) = (less.clamp(LEAST, MOST), Some(now));
    }

    /// The queue's state with a report: `arriving` bit/s arrive, `round_trip` is what a report is behind.
    pub(crate) fn update(&mut self, now: Time, usage: Usage, arriving: Option<f64>, round_trip: Duration) {
        let elapsed = self.updated.replace(now).map_or(0.0, |updated| (now - updated).as_secs_f64()).min(1.0);
        match usage {
            Usage::Over => self.over(now, arriving, round_trip),
            // The queue drains: more now would fill it again.
            Usage::Under => {}
            Usage::Normal => self.grow(elapsed, arriving, round_trip),
        }
        self.rate = self.rate.clamp(LEAST, MOST);
    }

    /// The same on a path whose own delay comes and goes in waves: false alarms are to be had there, and while little is sent, what arrives says
    /// little of what fits. So no cut takes more than [`GENTLE`] leaves, and those from before this was known are made good as far as they
    /// went too deep.
    pub(crate) fn update_in_waves(&mut self, now: Time, usage: Usage, arriving: Option<f64>, round_trip: Duration) {
        let is_settling = self.cut.is_some_and(|cut| now - cut < settling(round_trip));
        let least = if is_settling { self.rate } else { self.rate * GENTLE };
        self.update(now, usage, arriving, round_trip);
        self.rate = self.rate.max(least).max(LEAST_IN_WAVES);
    }

    fn over(&mut self, now: Time, arriving: Option<f64>, round_trip: Duration) {
        let settle = settling(round_trip);
        let Some(arriving) = arriving else {
            // Nothing is known but that it is too much.
            if self.cut.is_none_or(|cut| now - cut >= settle) {
                (self.rate, self.cut) = (self.rate * CUT, Some(now));
            }
            return;
        };
        // One cut must show before the next, except when the estimate is out of all proportion.
        if self.cut.is_some_and(|cut| now - cut < settle) && arriving > self.rate / 2.0 {
            return;
        }
        if self.limit.band().is_some_and(|(low, _)| arriving < low) {
            self.limit = Limit::default();
        }
        let lower = CUT * arriving;
        if lower < self.rate {
            self.rate = lower;
        } else if let Some(mean) = self.limit.mean.filter(|mean| CUT * mean < self.rate) {
            self.rate = CUT * mean;
        }
        self.limit.seen(arriving);
        self.cut = Some(now);
    }

    fn grow(&mut self, elapsed: f64, arriving: Option<f64>, round_trip: Duration) {
        if let (Some(arriving), Some((_, high))) = (arriving, self.limit.band())
            && arriving > high
        {
            self.limit = Limit::default();
        }
        let near = self.limit.mean.is_some();
        let grown = if near {
            let response = round_trip.as_secs_f64() + 0.1;
            self.rate + (PACKET_BITS / response).max(4_000.0) * elapsed
        } else {
            self.rate * GROWTH.powf(elapsed) + 1_000.0 * elapsed
        };
        // Without a measurement nothing has been seen to arrive, and nothing grows.
        let most = arriving.map_or(0.0, |arriving| HEADROOM * arriving + HEADROOM_FLAT);
        self.rate = grown.min(most.max(self.rate));
    }
}

/// How long a cut takes to show.
fn settling(round_trip: Duration) -> Duration {
    round_trip.clamp(Duration::from_millis(50), Duration::from_millis(200))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TRIP: Duration = Duration::from_millis(50);

    #[test]
    fn growth_stops_at_half_above_what_arrives() {
        let mut rate = DelayRate::new(1e6);
        for at in 0..1_000 {
            rate.update(Time::from_millis(at * 100), Usage::Normal, Some(1e6), TRIP);
        }
        assert!((rate.rate() - 1.51e6).abs() < 1e3, "{}", rate.rate());
    }

    #[test]
    fn a_growing_queue_cuts_below_what_arrives_once_per_round_trip() {
        let mut rate = DelayRate::new(4e6);
        rate.update(Time::from_millis(1_000), Usage::Over, Some(1e6), TRIP);
        assert_eq!(rate.rate(), 0.85e6);
        rate.update(Time::from_millis(1_010), Usage::Over, Some(0.9e6), TRIP);
        assert_eq!(rate.rate(), 0.85e6);
        rate.update(Time::from_millis(1_060), Usage::Over, Some(0.9e6), TRIP);
        assert_eq!(rate.rate(), 0.85 * 0.9e6);
    }

    #[test]
    fn a_try_takes_what_arrives_less_a_little_and_never_much() {
        let mut rate = DelayRate::new(1e6);
        rate.try_less(Time::from_millis(1_000), 1e6);
        assert_eq!((rate.rate(), rate.last_cut()), (0.85e6, Some(Time::from_millis(1_000))));
        rate.try_less(Time::from_millis(2_000), 0.1e6);
        assert_eq!(rate.rate(), 0.7 * 0.85e6);
    }

    #[test]
    fn near_the_limit_growth_is_by_packets() {
        let mut rate = DelayRate::new(1e6);
        rate.update(Time::from_millis(0), Usage::Over, Some(1e6), TRIP);
        let before = rate.rate();
        for at in 1..=10 {
            rate.update(Time::from_millis(at * 100), Usage::Normal, Some(before), TRIP);
        }
        let grown = rate.rate() - before;
        assert!((40_000.0..80_000.0).contains(&grown), "{grown}");
    }

    #[test]
    fn a_proof_lifts_and_never_lowers() {
        let mut rate = DelayRate::new(1e6);
        rate.proved(3e6);
        assert_eq!(rate.rate(), 3e6);
        rate.proved(2e6);
        assert_eq!(rate.rate(), 3e6);
    }

    proptest! {
        #[test]
        fn it_stays_within_bounds(steps in proptest::collection::vec((0u64..5_000, 0u8..3, proptest::option::of(0.0f64..1e9)), 1..300)) {
            let mut rate = DelayRate::new(1e6);
            let mut now = 0;
            for (wait, usage, arriving) in steps {
                now += wait;
                let usage = [Usage::Normal, Usage::Over, Usage::Under][usize::from(usage)];
                let before = rate.rate();
                rate.update(Time::from_millis(now), usage, arriving, TRIP);
                prop_assert!((LEAST..=MOST).contains(&rate.rate()));
                prop_assert!(usage == Usage::Over || rate.rate() >= before);
            }
        }
    }
}
