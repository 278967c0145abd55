//! One receiver's estimate, divided among its sections.
//!
//! **Invariant:** sound is paid first, then every picture's lowest layer, then screens, then cameras by the height wanted; what is granted fits
//! the budget, except that the first picture always gets its lowest layer; and nothing is raised without a margin, nor soon after a fall.

use crate::core::layers::{Bitrate, LayerState, choose};
use crate::core::time::Time;
use std::time::Duration;
use wire::PixelHeight;

/// Steps of one picture that are told apart.
const RUNGS: usize = 12;
/// What headers, tags and repetitions add to a picture's payload, in hundredths.
const OVERHEAD: u64 = 108;
/// A step up must fit with this margin, in hundredths: a layer's rate swings, and a fall costs a key frame.
const MARGIN: u64 = 115;
/// A ceiling stands this much above the rate it was made for, in hundredths: rates swing.
const SLACK: u64 = 112;
/// How long nothing is raised after a fall; doubled, up to the longest, each time a rise was followed by a fall.
const HOLD: Duration = Duration::from_millis(1_000);
/// See [`HOLD`].
const LONGEST_HOLD: Duration = Duration::from_secs(16);
/// A fall so soon after a rise is the rise's fault.
const BLAME: Duration = Duration::from_secs(6);

/// One section that shows a picture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim {
    /// Which section.
    pub(crate) outlet: usize,
    /// A shared screen, and no camera.
    pub(crate) is_screen: bool,
    /// Height of its place in pixels.
    pub(crate) wanted: PixelHeight,
    rungs: [u64; RUNGS],
    count: usize,
    /// What it takes now, bit/s; 0: nothing.
    current: u64,
    /// Index of the rung granted.
    granted: Option<usize>,
}

impl Claim {
    /// The steps from nothing less than the lowest layer to the best for the place. `None` when there is nothing to show. `current`: the rate of
    /// what it gets now.
    pub(crate) fn new(
        outlet: usize,
        is_screen: bool,
        wanted: PixelHeight,
        layers: &[LayerState],
        current: Bitrate,
    ) -> Option<Self> {
        let mut claim =
            Self { outlet, is_screen, wanted, rungs: [0; RUNGS], count: 0, current: with_overhead(current.0), granted: None };
        let mut ceiling = None;
        for rung in &mut claim.rungs {
            let choice = choose(layers, wanted, ceiling)?;
            let rate = layers.get(usize::from(choice.layer))?.rate_of(choice.temporal);
            if ceiling.is_some_and(|ceiling| rate > ceiling) {
                break;
            }
            *rung = with_overhead(rate.0);
            claim.count += 1;
            if rate.0 == 0 {
                break;
            }
            ceiling = Some(Bitrate(rate.0 - 1));
        }
        claim.rungs.get_mut(..claim.count)?.reverse();
        Some(claim)
    }

    fn rung(&self, at: usize) -> Option<u64> {
        self.rungs.get(..self.count)?.get(at).copied()
    }

    fn best(&self) -> u64 {
        self.count.checked_sub(1).and_then(|at| self.rung(at)).unwrap_or_default()
    }

    fn spent(&self) -> u64 {
        self.granted.and_then(|at| self.rung(at)).unwrap_or_default()
    }

    /// What the section may take of its picture: `None`: all; zero: nothing at all. `unspent` is what the division left over.
    pub(crate) fn ceiling(&self, unspent: Option<Bitrate>) -> Option<Bitrate> {
        let Bitrate(unspent) = unspent?;
        let Some(rate) = self.granted.and_then(|at| self.rung(at)) else { return Some(Bitrate(0)) };
        let slack = rate * SLACK / 100;
        let most = match self.granted.and_then(|at| self.rung(at + 1)) {
            Some(above) => slack.min(above.saturating_sub(above / 50 + 1)),
            None => slack.max(rate + unspent),
        };
        Some(Bitrate(without_overhead(most).max(1)))
    }
}

fn with_overhead(rate: u64) -> u64 {
    rate.saturating_mul(OVERHEAD) / 100
}

fn without_overhead(rate: u64) -> u64 {
    rate.saturating_mul(100) / OVERHEAD
}

/// What keeps layers from flapping.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Steadiness {
    until: Time,
    hold: Duration,
    raised: Option<Time>,
}

impl Steadiness {
    fn settle(&mut self, now: Time, before: u64, after: u64) {
        if after > before {
            self.raised = Some(now);
        } else if after < before {
            let blamed = self.raised.take().is_some_and(|raised| now - raised < BLAME);
            self.hold = if blamed { (self.hold * 2).clamp(HOLD, LONGEST_HOLD) } else { HOLD };
            self.until = now + self.hold;
        }
    }
}

/// What a division came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Divided {
    /// What all could use together, with sound.
    pub(crate) need: Bitrate,
    /// What was left over; `None` when there is no limit.
    pub(crate) unspent: Option<Bitrate>,
}

/// What there is to divide.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// What the path carries; `None`: no limit is known.
    pub(crate) estimate: Option<Bitrate>,
    /// What sound takes of it.
    pub(crate) sound: Bitrate,
}

/// Divides a budget among `claims`.
pub(crate) fn divide(now: Time, budget: Budget, claims: &mut [Claim], steady: &mut Steadiness) -> Divided {
    let sound = budget.sound;
    let need = Bitrate(claims.iter().map(Claim::best).sum::<u64>() + sound.0);
    let Some(estimate) = budget.estimate else {
        claims.iter_mut().for_each(|claim| claim.granted = claim.count.checked_sub(1));
        return Divided { need, unspent: None };
    };
    claims.sort_unstable_by_key(|claim| (!claim.is_screen, core::cmp::Reverse(claim.wanted), claim.outlet));
    let mut division = Division { budget: estimate.0.saturating_sub(sound.0), spent: 0, may_raise: now >= steady.until };
    for (place, claim) in claims.iter_mut().enumerate() {
        division.step(claim, 0, place == 0);
    }
    for claim in claims.iter_mut().filter(|claim| claim.is_screen) {
        while division.climb(claim) {}
    }
    // One step each in turn: equal places get equal pictures.
    let mut goes_on = true;
    while goes_on {
        goes_on = false;
        for claim in claims.iter_mut().filter(|claim| !claim.is_screen) {
            goes_on |= division.climb(claim);
        }
    }
    // Compared as what there is now would be granted: a rate that swings by itself is neither rise nor fall.
    let before: u64 = claims.iter().map(|claim| claim.current).sum();
    let risen = claims.iter().any(|claim| claim.current > 0 && claim.spent() > claim.current * 105 / 100);
    let fallen = claims.iter().any(|claim| claim.spent() < claim.current * 95 / 100);
    steady.settle(now, before, if fallen { 0 } else { before + u64::from(risen) });
    Divided { need, unspent: Some(Bitrate(division.budget.saturating_sub(division.spent))) }
}

struct Division {
    budget: u64,
    spent: u64,
    may_raise: bool,
}

impl Division {
    /// Grants a rung when it fits, or when it must be.
    fn step(&mut self, claim: &mut Claim, at: usize, must: bool) -> bool {
        let Some(rate) = claim.rung(at) else { return false };
        let others = self.spent - claim.spent();
        let keeps = rate <= claim.current;
        // The very first picture of a section is no rise: there is nothing yet that could flap.
        let may = keeps || self.may_raise || claim.current == 0;
        let price = if keeps { rate } else { rate.saturating_mul(MARGIN) / 100 };
        if !must && (!may || others + price > self.budget) {
            return false;
        }
        claim.granted = Some(at);
        self.spent = others + rate;
        true
    }

    fn climb(&mut self, claim: &mut Claim) -> bool {
        claim.granted.is_some_and(|at| self.step(claim, at + 1, false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Time = Time::from_millis(100_000);

    fn layers() -> [LayerState; 3] {
        [(180, 100), (360, 400), (720, 1_600)].map(|(height, kilobits)| {
            let rate = [4, 6, 10].map(|tenths| Bitrate(kilobits * 100 * tenths));
            LayerState { height, alive: true, rate, pictures: 30 }
        })
    }

    fn claim(outlet: usize, is_screen: bool, height: u16, current: u64) -> Claim {
        Claim::new(outlet, is_screen, PixelHeight(height), &layers(), Bitrate(current)).unwrap()
    }

    fn budget(estimate: u64, sound: u64) -> Budget {
        Budget { estimate: Some(Bitrate(estimate)), sound: Bitrate(sound) }
    }

    /// The layer and temporal layer that each section gets under its ceiling, by section.
    fn choices(kilobits: u64, mut claims: Vec<Claim>) -> Vec<Option<(u8, u8)>> {
        let divided = divide(NOW, budget(kilobits * 1_000, 100_000), &mut claims, &mut Steadiness::default());
        claims.sort_by_key(|claim| claim.outlet);
        let choice = |claim: &Claim| {
            let ceiling = claim.ceiling(divided.unspent);
            choose(&layers(), claim.wanted, ceiling).filter(|_| ceiling != Some(Bitrate(0)))
        };
        claims.iter().map(|claim| choice(claim).map(|choice| (choice.layer, choice.temporal))).collect()
    }

    #[test]
    fn with_enough_everybody_gets_the_best_for_the_place() {
        let all = choices(20_000, vec![claim(0, false, 720, 0), claim(1, false, 360, 0), claim(2, true, 720, 0)]);
        assert_eq!(all, [Some((2, 2)), Some((1, 2)), Some((2, 2))]);
    }

    #[test]
    fn every_picture_gets_its_lowest_before_anything_grows() {
        let found = choices(320, vec![claim(0, false, 720, 0), claim(1, false, 720, 0), claim(2, true, 720, 0)]);
        assert!(found.iter().all(|choice| choice.is_some_and(|(layer, _)| layer == 0)), "{found:?}");
    }

    #[test]
    fn the_screen_comes_before_the_cameras() {
        let found = choices(2_150, vec![claim(0, false, 720, 0), claim(1, true, 720, 0)]);
        assert_eq!(found[1], Some((2, 2)));
        assert!(found[0] < Some((2, 0)), "{found:?}");
    }

    #[test]
    fn equal_cameras_are_treated_alike_and_larger_places_first() {
        let found = choices(1_100, vec![claim(0, false, 360, 0), claim(1, false, 360, 0)]);
        assert_eq!(found[0], found[1]);
        let found = choices(800, vec![claim(0, false, 360, 0), claim(1, false, 720, 0)]);
        assert!(found[1] >= found[0], "{found:?}");
    }

    #[test]
    fn what_does_not_fit_at_all_is_paused_but_the_first_picture_never() {
        let found = choices(190, vec![claim(0, false, 180, 0), claim(1, false, 180, 0), claim(2, false, 180, 0)]);
        assert_eq!(found.iter().filter(|choice| choice.is_some()).count(), 1);
        assert!(choices(1, vec![claim(0, false, 180, 0)])[0].is_some());
    }

    #[test]
    fn a_rise_needs_a_margin_and_keeping_does_not() {
        let price = with_overhead(1_600_000) + 100_000;
        let gets_best = |estimate, current| {
            let mut claims = [claim(0, false, 720, current)];
            divide(NOW, budget(estimate, 100_000), &mut claims, &mut Steadiness::default());
            claims[0].spent() == claims[0].best()
        };
        assert!(gets_best(price, 1_600_000) && !gets_best(price, 400_000) && gets_best(price * 116 / 100, 400_000));
    }

    #[test]
    fn rises_that_fail_make_the_next_one_later() {
        let mut steady = Steadiness::default();
        let (mut current, mut rises): (u64, Vec<Time>) = (400_000, Vec::new());
        for step in 0..600u64 {
            let now = Time::from_millis(step * 200);
            // The path seems to carry the best, and half a second after each rise it turns out not to.
            let failed = rises.last().is_some_and(|rise| now.since(*rise) == Duration::from_millis(600));
            let mut claims = [claim(0, false, 720, current)];
            divide(now, budget(if failed { 700_000 } else { 3_000_000 }, 0), &mut claims, &mut steady);
            let granted = without_overhead(claims[0].spent());
            if granted > current {
                rises.push(now);
            }
            current = granted;
        }
        let pauses: Vec<_> = rises.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1]) && pauses.last() > Some(&Duration::from_secs(10)), "{pauses:?}");
    }

    proptest! {
        #[test]
        fn what_is_granted_fits(
            kilobits in 0u64..20_000,
            wishes in proptest::collection::vec((any::<bool>(), 1u16..2_000, 0u64..2_000_000), 0..30),
        ) {
            let mut claims: Vec<Claim> =
                wishes.into_iter().enumerate().map(|(at, (is_screen, height, current))| claim(at, is_screen, height, current)).collect();
            let sound = Bitrate(100_000);
            let Divided { need, unspent } = divide(NOW, budget(kilobits * 1_000, sound.0), &mut claims, &mut Steadiness::default());
            prop_assert!(unspent.is_some());
            let spent: u64 = claims.iter().map(Claim::spent).sum();
            let first = claims.first().map_or(0, |claim| claim.rungs[0]);
            prop_assert!(spent + sound.0 <= (kilobits * 1_000).max(first + sound.0));
            prop_assert!(spent + sound.0 <= need.0);
        }
    }
}
