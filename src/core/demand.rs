//! Which layers of a picture anybody wants, and when its sender is told.
//!
//! **Invariant:** what is wanted goes by the size of the places alone, so that nobody's bad network stops a layer for the others; a layer that
//! becomes wanted is asked for at once, and one is let go only after nothing has changed for [`GRACE`].

use super::layers::{LayerState, best};
use super::time::Time;
use std::time::Duration;
use wire::PixelHeight;

/// How long a layer may go unwanted before its sender is told. Longer costs the sender's processor and uplink, shorter makes whoever looks
/// back wait for a key frame.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// Layers of one picture, one bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LayerSet(u8);

impl LayerSet {
    /// Adds what a place of this height needs: the layer that fills it, and all smaller ones for when the path is poor.
    pub(crate) fn add_place(&mut self, layers: &[LayerState], wanted: PixelHeight) {
        let Some((_, largest)) = best(layers, wanted, |_| true) else { return };
        for (index, _) in layers.iter().enumerate().take(8).filter(|(_, layer)| layer.height <= largest.height) {
            self.0 |= 1 << index;
        }
    }

    /// The first `count` layers: whether each is in the set.
    pub(crate) fn to_flags(self, count: usize) -> Vec<bool> {
        (0..count.min(8)).map(|index| self.0 >> index & 1 == 1).collect()
    }

    fn all(count: usize) -> Self {
        Self(if count < 8 { (1 << count) - 1 } else { u8::MAX })
    }
}

/// What the sender of one picture was told.
#[derive(Debug)]
pub(crate) struct Demand {
    told: LayerSet,
    /// What is wanted, and since when just that.
    latest: (LayerSet, Option<Time>),
}

impl Default for Demand {
    fn default() -> Self {
        Self { told: LayerSet(u8::MAX), latest: (LayerSet(u8::MAX), None) }
    }
}

impl Demand {
    /// `wanted` of `count` layers are wanted now. What the sender has to be told, if anything.
    pub(crate) fn review(&mut self, now: Time, wanted: LayerSet, count: usize) -> Option<LayerSet> {
        let [told, wanted] = [self.told, wanted].map(|set| LayerSet(set.0 & LayerSet::all(count).0));
        if self.latest.0 != wanted {
            self.latest = (wanted, Some(now));
        }
        let more = wanted.0 & !told.0 != 0;
        let settled = self.latest.1.is_some_and(|since| now.since(since) >= GRACE);
        let next = if more { LayerSet(wanted.0 | told.0) } else { wanted };
        if next == told || !(more || settled) {
            return None;
        }
        self.told = next;
        Some(next)
    }

    /// What the sender was told, unless that is to send everything: to be said again to one who may have missed it.
    pub(crate) fn again(&self, count: usize) -> Option<LayerSet> {
        let told = LayerSet(self.told.0 & LayerSet::all(count).0);
        (told != LayerSet::all(count)).then_some(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn layers() -> Vec<LayerState> {
        [180, 360, 720].map(|height| LayerState { height, ..LayerState::default() }).to_vec()
    }

    fn wanted(heights: &[u16]) -> LayerSet {
        let mut set = LayerSet::default();
        heights.iter().for_each(|&height| set.add_place(&layers(), PixelHeight(height)));
        set
    }

    #[test]
    fn the_largest_place_decides_and_smaller_layers_stay_for_poor_paths() {
        assert_eq!(wanted(&[]).to_flags(3), [false; 3]);
        assert_eq!(wanted(&[0]).to_flags(3), [false; 3]);
        assert_eq!(wanted(&[180, 90]).to_flags(3), [true, false, false]);
        assert_eq!(wanted(&[100, 300]).to_flags(3), [true, true, false]);
        assert_eq!(wanted(&[2_000]).to_flags(3), [true; 3]);
    }

    #[test]
    fn more_is_said_at_once_and_less_after_a_while() {
        let mut demand = Demand::default();
        let mut review =
            |at, heights: &[u16]| demand.review(Time::from_millis(at), wanted(heights), 3).map(|set| set.to_flags(3));
        assert_eq!(review(0, &[720]), None, "all are sent anyway");
        assert_eq!(review(1_000, &[180]), None);
        assert_eq!(review(4_000, &[360]), None, "another wish: the wait begins anew");
        assert_eq!(review(8_900, &[360]), None);
        assert_eq!(review(9_000, &[360]), Some(vec![true, true, false]));
        assert_eq!(review(20_000, &[360]), None);
        assert_eq!(review(20_001, &[720]), Some(vec![true; 3]));
        assert_eq!(review(20_002, &[360]), None);
        assert_eq!(review(20_003, &[720]), None, "back within the grace: nothing was stopped");
    }

    proptest! {
        #[test]
        fn whatever_is_wanted_has_been_asked_for(steps in proptest::collection::vec((0u64..9_000, 0u8..8), 1..60)) {
            let (mut demand, mut told, mut now) = (Demand::default(), 7, 0);
            for (wait, wanted) in steps {
                now += wait;
                if let Some(set) = demand.review(Time::from_millis(now), LayerSet(wanted), 3) {
                    prop_assert_ne!(set.0, told);
                    told = set.0;
                }
                prop_assert_eq!(wanted & !told, 0);
            }
        }
    }
}
