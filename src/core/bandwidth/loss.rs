//! The loss-based limit: a path that loses much gets less, unless less does not help.
//!
//! **Invariant:** the limit is cut once per time in which the cut before could show; loss that did not fall when the rate did is taken for the
//! path's own, and no longer counts.
//!
//! A radio link that loses a tenth whatever is sent is not made better by sending less. libwebrtc fits a model of inherent loss; here the cut
//! itself is the experiment.

use super::rate::{LEAST, MOST};
use crate::core::time::Time;
use std::time::Duration;

/// How long packets are counted before they are judged. Shorter judges by chance.
const WINDOW: Duration = Duration::from_millis(800);
/// Packets without which nothing is judged: of twenty, two are lost by chance.
const LEAST_PACKETS: u32 = 80;
/// Loss above the path's own that is borne without a cut.
const BORNE: f64 = 0.08;
/// Loss above the path's own below which the limit rises.
const PEACE: f64 = 0.03;
/// Between a cut and the next: the queue that caused the loss must be gone.
const SETTLE: Duration = Duration::from_millis(1_200);
/// A cut helped when less than this part of the loss is left.
const HELPED: f64 = 0.7;
/// The most loss that is believed to be the path's own. Beyond it nothing useful arrives anyway.
const OWN_MOST: f64 = 0.4;
/// Loss up to which the path's own is learnt from what is borne, without a cut to prove it.
const OWN_LEARNT: f64 = 0.1;
/// Growth of the limit per second of peace, and of bearable loss.
const GROWTH: (f64, f64) = (1.2, 1.05);
/// Sending less than this part of what the path is believed to carry says little of it, and a cut then leaves as much.
const UNTRIED: f64 = 0.5;
/// How many times what chance explains (one standard deviation) is left to chance.
const CHANCE: f64 = 2.0;

/// The loss-based limit of one receiver.
#[derive(Default)]
pub(crate) struct LossLimit {
    limit: Option<f64>,
    /// What the path loses by itself.
    own: f64,
    lost: u32,
    total: u32,
    since: Option<Time>,
    cut: Option<Cut>,
}

#[derive(Clone, Copy)]
struct Cut {
    at: Time,
    loss: f64,
    before: f64,
}

impl LossLimit {
    /// The limit, bit/s; `None` while loss sets none.
    pub(crate) fn limit(&self) -> Option<f64> {
        self.limit
    }

    /// What the path loses, as a part of one, without regard to how much is sent.
    #[cfg(test)]
    pub(crate) fn own(&self) -> f64 {
        self.own
    }

    /// So many packets were reported since the last call, of which so many are lost; `late`: they had been told as lost and came. `flow`: what
    /// leaves and what arrives, bit/s. `estimate`: what the path is believed to carry, bit/s.
    pub(crate) fn report(&mut self, now: Time, (total, lost, late): (u32, u32, u32), flow: (f64, f64), estimate: f64) {
        self.total = self.total.saturating_add(total);
        self.lost = self.lost.saturating_add(lost).saturating_sub(late).min(self.total);
        let since = *self.since.get_or_insert(now);
        let elapsed = now - since;
        if elapsed < WINDOW || self.total < LEAST_PACKETS {
            return;
        }
        let loss = f64::from(self.lost) / f64::from(self.total);
        let borne = self.own + BORNE;
        let chance = CHANCE * (borne * (1.0 - borne) / f64::from(self.total)).sqrt();
        (self.total, self.lost, self.since) = (0, 0, Some(now));
        if loss <= borne + chance {
            self.bear(loss, elapsed.as_secs_f64().min(2.0));
        } else {
            self.mind(now, loss, flow, estimate);
        }
        self.limit = self.limit.map(|limit| limit.clamp(LEAST, MOST)).filter(|limit| *limit < 2.0 * estimate);
    }

    /// Loss that may be the path's own, or chance.
    fn bear(&mut self, loss: f64, seconds: f64) {
        let peace = loss <= self.own + PEACE;
        if loss < self.own || loss < OWN_LEARNT {
            self.own += 0.1 * (loss - self.own);
        }
        if peace {
            self.cut = None;
        }
        self.limit = self.limit.map(|limit| limit * if peace { GROWTH.0 } else { GROWTH.1 }.powf(seconds));
    }

    /// Loss that is not.
    fn mind(&mut self, now: Time, loss: f64, (leaves, arrives): (f64, f64), estimate: f64) {
        match self.cut {
            Some(cut) if now - cut.at < SETTLE => {}
            Some(cut) if loss > HELPED * cut.loss => {
                // Less was sent and as much was lost: it is not for our sake.
                self.own = loss.min(OWN_MOST);
                self.limit = Some(cut.before);
                self.cut = None;
            }
            _ => {
                let before = self.limit.unwrap_or(estimate).min(estimate);
                // Where little is sent, few packets make a chance look like a cause, and what nobody used need not be taken away at once.
                let least = if leaves < UNTRIED * before { UNTRIED * before } else { 0.0 };
                self.limit = Some((arrives.min(before) * (1.0 - 0.5 * loss).min(0.85)).max(least));
                self.cut = Some(Cut { at: now, loss, before });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reports every 100 ms for some seconds from a path that loses `loss(what is sent)`. Sends as much as it may. The estimates by second.
    fn run(seconds: u64, loss: impl Fn(f64) -> f64) -> (Vec<f64>, LossLimit) {
        let mut limit = LossLimit::default();
        let mut rates = Vec::new();
        let mut owed = 0.0;
        for at in 0..seconds * 10 {
            let rate = limit.limit().unwrap_or(4e6).min(4e6);
            owed += 20.0 * loss(rate);
            let lost = owed as u32;
            owed -= f64::from(lost);
            limit.report(Time::from_millis(at * 100), (20, lost, 0), (rate, rate * (1.0 - loss(rate))), 4e6);
            rates.push(rate);
        }
        (rates, limit)
    }

    #[test]
    fn a_tenth_lost_by_the_path_itself_costs_seconds_of_rate() {
        let (rates, limit) = run(20, |_| 0.12);
        let low = rates.iter().filter(|rate| **rate < 3.5e6).count();
        assert!((1..50).contains(&low), "{low}");
        assert!((limit.own() - 0.12).abs() < 0.03 && rates.last() > Some(&3.5e6));
    }

    #[test]
    fn loss_by_too_much_is_ended_by_sending_less() {
        let (rates, limit) = run(60, |rate| (1.0 - 2e6 / rate).max(0.0));
        let late = &rates[200..];
        assert!(late.iter().all(|rate| *rate < 2.5e6), "{late:?}");
        assert!(late.iter().sum::<f64>() / late.len() as f64 > 1.5e6);
        assert!(limit.own() < 0.05);
    }

    #[test]
    fn a_twentieth_is_borne() {
        assert_eq!(run(30, |_| 0.05).1.limit(), None);
    }

    #[test]
    fn what_comes_late_is_not_lost() {
        let mut limit = LossLimit::default();
        for at in 0..100 {
            limit.report(Time::from_millis(at * 100), (20, 6, 6), (1e6, 1e6), 1e6);
        }
        assert_eq!(limit.limit(), None);
    }

    #[test]
    fn a_cut_leaves_half_of_what_nobody_used() {
        let after = |leaves: f64| {
            let mut limit = LossLimit::default();
            (0..10).for_each(|at| limit.report(Time::from_millis(at * 100), (20, 8, 0), (leaves, 0.6 * leaves), 1e6));
            limit.limit().unwrap()
        };
        assert_eq!(after(2e5), 5e5);
        assert!(after(9e5) < 5e5, "what was used is cut to less than arrives: {}", after(9e5));
    }

    proptest! {
        #[test]
        fn it_stays_within_bounds(reports in proptest::collection::vec((0u64..3_000, any::<u16>(), any::<u16>(), any::<u16>(), (0.0f64..1e9, 0.0f64..1e9)), 1..200)) {
            let mut limit = LossLimit::default();
            let mut now = 0;
            for (wait, total, lost, late, flow) in reports {
                now += wait;
                limit.report(Time::from_millis(now), (total.into(), lost.into(), late.into()), flow, 1e6);
                prop_assert!(limit.limit().is_none_or(|limit| (LEAST..=MOST).contains(&limit)));
                prop_assert!((0.0..=OWN_MOST).contains(&limit.own()));
            }
        }
    }
}
