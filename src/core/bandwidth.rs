//! How much a receiver's path carries: for now a cautious rule on reported loss.
//!
//! **Invariant:** a receiver that goes on losing more than a tenth gets less within a few reports, and gets more again only after a time without
//! loss that doubles each time it proves too short.
//!
//! This is the place for the estimator: transport-wide arrival reports of receivers → delay-based estimate → budget → layer targets,
//! with probing and pacing. What is decided leaves through [`LossRule::steps_down`] in either case.

use super::time::Time;
use std::time::Duration;

/// Reported loss above which a layer is given up, in 256ths: a tenth. Lower flickers on bad Wi-Fi, higher leaves pictures frozen.
const TOO_MUCH: u8 = 26;
/// Weight of a new report in the average, as a shift: a quarter. A report covers a dozen packets at times, of which two lost are chance;
/// heavier follows chance, lighter lets a choked path choke longer.
const WEIGHT: u16 = 2;
/// Reported loss below which a path counts as good, in 256ths: two hundredths.
const GOOD: u8 = 5;
/// Between two steps down: what the first one changed must show in a report first.
const SETTLE: Duration = Duration::from_millis(1_500);
/// How long a path must be good before a layer is tried again.
const FIRST_TRIAL: Duration = Duration::from_secs(5);
/// The longest such wait.
const LAST_TRIAL: Duration = Duration::from_secs(60);
/// Layers that can be given up: more than there are.
const STEPS: u8 = 3;

/// One receiving section's loss rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LossRule {
    steps_down: u8,
    /// Average loss in 256ths of 256ths; forgotten with each step down.
    average: u16,
    changed: Option<Time>,
    good_since: Option<Time>,
    trial: Duration,
}

impl Default for LossRule {
    fn default() -> Self {
        Self { steps_down: 0, average: 0, changed: None, good_since: None, trial: FIRST_TRIAL }
    }
}

impl LossRule {
    /// How many layers below the wanted one the path carries.
    pub(crate) fn steps_down(&self) -> u8 {
        self.steps_down
    }

    /// A receiver reported this loss (256ths). True when [`LossRule::steps_down`] changed.
    pub(crate) fn report(&mut self, now: Time, fraction_lost: u8) -> bool {
        self.average = self.average - (self.average >> WEIGHT) + (u16::from(fraction_lost) << (8 - WEIGHT));
        let lost = (self.average >> 8) as u8;
        if lost > TOO_MUCH {
            self.good_since = None;
            if self.steps_down == STEPS || self.changed.is_some_and(|changed| now.since(changed) < SETTLE) {
                return false;
            }
            // A trial that failed soon: wait longer before the next.
            if self.changed.is_some_and(|changed| now.since(changed) < self.trial) {
                self.trial = (self.trial * 2).min(LAST_TRIAL);
            }
            self.steps_down += 1;
            self.average = 0;
            self.changed = Some(now);
            return true;
        }
        if lost > GOOD {
            self.good_since = None;
            return false;
        }
        let since = *self.good_since.get_or_insert(now);
        if self.steps_down == 0 || now.since(since) < self.trial {
            return false;
        }
        self.steps_down -= 1;
        self.changed = Some(now);
        self.good_since = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn going_on_losing_steps_down_and_peace_steps_up_later() {
        let mut rule = LossRule::default();
        let at = |rule: &mut LossRule, seconds: u64, lost| rule.report(Time::from_millis(1_000 * seconds), lost);
        assert!(!at(&mut rule, 1, 80) && at(&mut rule, 2, 80), "a third lost, twice");
        assert_eq!(rule.steps_down(), 1);
        assert!(!at(&mut rule, 3, 80) && !at(&mut rule, 4, 0), "the step must show first");
        assert!((5..=9).all(|seconds| !at(&mut rule, seconds, 0)));
        assert!((10..=16).any(|seconds| at(&mut rule, seconds, 0)));
        assert_eq!(rule.steps_down(), 0);
    }

    #[test]
    fn a_twentieth_lost_by_chance_is_borne() {
        let mut rule = LossRule::default();
        for second in 0..300u64 {
            // Two of seventeen, then none for a while.
            let lost = if second % 3 == 0 { 30 } else { 4 };
            assert!(!rule.report(Time::from_millis(second * 1_000), lost));
        }
    }

    #[test]
    fn a_failed_trial_makes_the_next_one_later() {
        let mut rule = LossRule::default();
        rule.report(Time::from_millis(0), 255);
        let mut trials = Vec::new();
        for at in (500..200_000).step_by(500) {
            let now = Time::from_millis(at);
            let lost = if rule.steps_down() == 0 { 255 } else { 0 };
            if rule.report(now, lost) && rule.steps_down() == 0 {
                trials.push(at);
            }
        }
        let waits: Vec<_> = trials.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]) && waits.last() > waits.first(), "{waits:?}");
    }

    proptest! {
        #[test]
        fn steps_stay_within_bounds(reports in proptest::collection::vec((0u64..3_000, any::<u8>()), 1..200)) {
            let mut rule = LossRule::default();
            let mut at = 0;
            for (wait, lost) in reports {
                at += wait;
                let before = rule.steps_down();
                let changed = rule.report(Time::from_millis(at), lost);
                prop_assert!(rule.steps_down() <= STEPS);
                prop_assert_eq!(changed, rule.steps_down() != before);
            }
        }
    }
}
