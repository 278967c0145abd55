//! One direction of a bad link, without sockets and without a clock.
//!
//! Invariant: what is told here depends on the seed, the conditions and the arguments alone. Order is kept, as it is on
//! nearly every real path: a late packet makes those behind it late as well.

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};
use std::time::Duration;

/// Between two changes of the delay. Real jitter comes in waves (queues of others fill and drain); delays drawn anew for
/// each packet would, order being kept, only add up to their maximum.
const WAVE: Duration = Duration::from_millis(80);

/// How a direction treats what passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conditions {
    /// The share of datagrams that vanish, 0 to 1.
    pub loss: f64,
    /// What every datagram takes.
    pub delay: Duration,
    /// What comes to that at most, changing in waves.
    pub jitter: Duration,
    /// Bits per second that pass; `None` for as many as come.
    pub rate: Option<u64>,
    /// How long the queue in front of that bottleneck gets before what comes is dropped.
    pub queue: Duration,
}

/// A network without faults.
pub const PERFECT: Conditions =
    Conditions { loss: 0.0, delay: Duration::ZERO, jitter: Duration::ZERO, rate: None, queue: Duration::from_millis(300) };

/// One direction.
#[derive(Debug)]
pub struct Link {
    random: ChaCha8Rng,
    conditions: Conditions,
    /// Since the link's beginning, when the bottleneck has sent all it has.
    free_at: Duration,
    /// When the last datagram arrives.
    last: Duration,
    wave: (Duration, f64),
}

impl Link {
    /// A link whose bad luck is drawn from `seed`.
    pub fn new(seed: u64, conditions: Conditions) -> Self {
        let random = ChaCha8Rng::seed_from_u64(seed);
        Self { random, conditions, free_at: Duration::ZERO, last: Duration::ZERO, wave: (Duration::ZERO, 0.0) }
    }

    /// From now on it is like this.
    pub fn set(&mut self, conditions: Conditions) {
        self.conditions = conditions;
    }

    /// A datagram of so many bytes enters at `now` (since the link's beginning): when it arrives, if it does.
    pub fn pass(&mut self, now: Duration, bytes: usize) -> Option<Duration> {
        let Conditions { loss, delay, jitter, rate, queue } = self.conditions;
        // Drawn before anything else, so that the same datagrams are lost whatever the bottleneck does.
        let lost = self.share() < loss;
        let mut leaves = now;
        if let Some(rate) = rate {
            let begins = self.free_at.max(now);
            if begins - now > queue {
                return None;
            }
            self.free_at = begins + Duration::from_secs_f64(bytes as f64 * 8.0 / rate as f64);
            leaves = self.free_at;
        }
        if lost {
            return None;
        }
        if now >= self.wave.0 + WAVE {
            self.wave = (now, self.share());
        }
        self.last = self.last.max(leaves + delay + jitter.mul_f64(self.wave.1));
        Some(self.last)
    }

    /// Uniform in 0..1.
    fn share(&mut self) -> f64 {
        f64::from(self.random.next_u32()) / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    /// Datagrams of 1,000 bytes, one each millisecond: 8 Mbit/s.
    fn arrivals(conditions: Conditions, count: u64) -> Vec<(Duration, Duration)> {
        let mut link = Link::new(7, conditions);
        (0..count).filter_map(|at| Some((MS(at), link.pass(MS(at), 1_000)?))).collect()
    }

    #[test]
    fn a_perfect_link_takes_no_time_and_loses_nothing() {
        let arrived = arrivals(PERFECT, 1_000);
        assert_eq!(arrived.len(), 1_000);
        assert!(arrived.iter().all(|(sent, came)| sent == came));
    }

    #[test]
    fn as_many_are_lost_as_was_said() {
        let arrived = arrivals(Conditions { loss: 0.3, ..PERFECT }, 10_000).len();
        assert!((6_800..7_200).contains(&arrived), "{arrived}");
    }

    #[test]
    fn a_bottleneck_lets_its_rate_through_and_its_queue_is_bounded() {
        let narrow = Conditions { rate: Some(4_000_000), queue: MS(100), ..PERFECT };
        let arrived = arrivals(narrow, 10_000);
        assert!((4_900..5_200).contains(&arrived.len()), "half of 8 Mbit/s: {}", arrived.len());
        assert!(arrived.iter().all(|(sent, came)| *came - *sent <= MS(103)));
    }

    #[test]
    fn jitter_moves_over_its_whole_width() {
        let arrived = arrivals(Conditions { delay: MS(20), jitter: MS(200), ..PERFECT }, 20_000);
        let delays: Vec<_> = arrived.iter().map(|(sent, came)| *came - *sent).collect();
        assert!(delays.iter().min().unwrap() < &MS(40) && delays.iter().max().unwrap() > &MS(190));
    }

    proptest! {
        #[test]
        fn order_is_kept_and_nothing_arrives_before_it_was_sent(
            seed: u64, gaps in proptest::collection::vec(0u64..50, 1..200), jitter in 0u64..300, rate in proptest::option::of(10_000u64..10_000_000),
        ) {
            let conditions = Conditions { loss: 0.1, delay: MS(5), jitter: MS(jitter), rate, queue: MS(200) };
            let (mut link, mut now, mut last) = (Link::new(seed, conditions), Duration::ZERO, Duration::ZERO);
            for gap in gaps {
                now += MS(gap);
                if let Some(came) = link.pass(now, 1_200) {
                    prop_assert!(came >= last && came >= now + MS(5));
                    last = came;
                }
            }
        }
    }
}
