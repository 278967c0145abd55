//! Which layers of a picture a receiver gets: one of a simulcast, or the lower ones of a scalable stream, and how many of its frames.
//!
//! **Invariant:** what is given to a receiver needs nothing that was kept from it. So a picture becomes larger only at a frame that needs no
//! earlier picture, and gets more frames only where its sender says that one may begin; with less it goes on at once. A layer that is not
//! being sent is not waited for.

use super::rewrite::Original;
use wire::PixelHeight;

/// Temporal layers told apart: a fourth and later ones count as the third.
pub(crate) const TEMPORAL: usize = 3;
/// Spatial layers told apart: browsers make three, and of further ones nothing is known.
pub(crate) const SPATIAL: usize = 4;
/// Heights of spatial layers, smallest first; 0 where not known.
pub(crate) type Heights = [u16; SPATIAL];
/// The highest temporal layer: everything.
pub(crate) const ALL_FRAMES: u8 = TEMPORAL as u8 - 1;

/// Bits per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bitrate(pub(crate) u64);

/// What is known of one layer of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LayerState {
    /// Height in pixels.
    pub(crate) height: u16,
    /// Packets of it came within the last moments.
    pub(crate) alive: bool,
    /// What it carries up to and including each temporal layer, and (SVC) the spatial layers below it. Zero: not measured yet.
    pub(crate) rate: [Bitrate; TEMPORAL],
    /// Its pictures per second. Zero: not measured yet.
    pub(crate) pictures: u16,
}

/// Pictures per second below which motion falls apart: a smaller picture serves better than fewer of them.
const FLUENT: u16 = 10;

impl LayerState {
    /// The rate up to and including a temporal layer: measured, or what such a picture usually takes.
    pub(crate) fn rate_of(&self, temporal: u8) -> Bitrate {
        let at = usize::from(temporal).min(TEMPORAL - 1);
        let is_measured = self.rate.last().is_some_and(|all| all.0 > 0);
        self.rate.get(at).copied().filter(|_| is_measured).unwrap_or_else(|| self.usual_rate(at))
    }

    /// Whether half its pictures are still motion.
    fn may_be_halved(&self) -> bool {
        self.pictures == 0 || self.pictures >= 2 * FLUENT
    }

    /// About 2 bits a second for a pixel at 30 frames: 110 kbit/s at 180 lines, 460 at 360, 1,800 at 720. Half the frames take three fifths of that, a
    /// quarter of them two fifths (how libvpx divides what it may spend).
    fn usual_rate(&self, temporal: usize) -> Bitrate {
        let lines = u64::from(self.height);
        let all = lines * lines * 16 / 9 * 2;
        Bitrate(all * [2, 3, 5].get(temporal).copied().unwrap_or(5) / 5)
    }
}

/// What one section gets of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Simulcast layer, or spatial layer of SVC: all up to this one.
    pub(crate) layer: u8,
    /// The highest temporal layer.
    pub(crate) temporal: u8,
}

/// The best for a place `wanted` pixels high: the smallest layer that fills it (a tenth less passes for filled), else the largest, with all its
/// frames. Under a `ceiling` that this does not fit: half its frames where that is still motion, then the next smaller layer, and so on; fewer
/// in any case only of the lowest layer, which is given whatever it takes. `None` when nothing is being sent, or nothing is wanted.
pub(crate) fn choose(layers: &[LayerState], wanted: PixelHeight, ceiling: Option<Bitrate>) -> Option<Choice> {
    let (mut index, mut found) = best(layers, wanted, |layer| layer.alive)?;
    let fits = |layer: &LayerState, temporal: u8| ceiling.is_none_or(|ceiling| layer.rate_of(temporal) <= ceiling);
    loop {
        let smaller = next_smaller(layers, found);
        let least = match smaller {
            None => 0,
            Some(_) if found.may_be_halved() => 1,
            Some(_) => ALL_FRAMES,
        };
        let temporal = (least..=ALL_FRAMES).rev().find(|&temporal| fits(found, temporal));
        match (temporal, smaller) {
            (None, Some(next)) => (index, found) = next,
            (temporal, _) => return Some(Choice { layer: u8::try_from(index).ok()?, temporal: temporal.unwrap_or(0) }),
        }
    }
}

/// The layer for a place of this height among those that are `eligible`, whatever it costs.
pub(crate) fn best(
    layers: &[LayerState],
    wanted: PixelHeight,
    eligible: impl Fn(&LayerState) -> bool,
) -> Option<(usize, &LayerState)> {
    if wanted.0 == 0 {
        return None;
    }
    let alive = || layers.iter().enumerate().filter(|(_, layer)| eligible(layer));
    let fills = |layer: &LayerState| u32::from(layer.height) * 10 >= u32::from(wanted.0) * 9;
    let smallest_filling = alive().filter(|(_, layer)| fills(layer)).min_by_key(|(_, layer)| layer.height);
    smallest_filling.or_else(|| alive().max_by_key(|(_, layer)| layer.height))
}

fn next_smaller<'a>(layers: &'a [LayerState], than: &LayerState) -> Option<(usize, &'a LayerState)> {
    let smaller = layers.iter().enumerate().filter(|(_, layer)| layer.alive && layer.height < than.height);
    smaller.max_by_key(|(_, layer)| layer.height)
}

/// Heights until key frames tell better ones: by position, lowest first, a camera of 720 lines as the clients ask for.
pub(crate) fn assumed_height(position: usize, count: usize) -> u16 {
    720u16 >> count.saturating_sub(position + 1).min(4)
}

/// What a section does with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It belongs to what is shown.
    Forward,
    /// From here on its layer is shown.
    Switch,
    /// It belongs to the stream that is shown, and is not for this receiver.
    Skip,
    /// Not for this receiver.
    Drop,
}

/// The highest layers of a stream that are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Limit {
    spatial: u8,
    temporal: u8,
}

impl Limit {
    const ALL: u8 = u8::MAX;

    fn least(self, other: Self) -> Self {
        Self { spatial: self.spatial.min(other.spatial), temporal: self.temporal.min(other.temporal) }
    }

    fn admits(self, packet: &Original) -> bool {
        packet.descriptor.spatial <= self.spatial && packet.descriptor.temporal <= self.temporal
    }
}

/// A limit, and the sender's number from which it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Era {
    since: u64,
    limit: Limit,
}

/// One section's position among the layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// The stream shown: a simulcast layer, or the only stream there is.
    pub(crate) current: Option<u8>,
    /// What is wanted.
    pub(crate) target: Option<Choice>,
    /// The stream whose spatial layers the target's layer counts; `None`: it counts streams.
    spatial_of: Option<u8>,
    /// The stream shown is larger than the one wanted, and only waits for the other's key frame.
    too_large: bool,
    /// The highest number of the stream shown.
    newest: u64,
    /// The timestamp of its picture.
    picture: u32,
    /// The present limit and the one before.
    eras: [Era; 2],
}

impl Position {
    /// Wants something else. `layers`, of the stream `spatial_of` or else of a simulcast: what there is.
    pub(crate) fn aim(&mut self, target: Option<Choice>, spatial_of: Option<u8>, layers: &[LayerState]) {
        self.target = target;
        self.spatial_of = spatial_of;
        if target.is_none() {
            self.current = None;
        }
        let height = |layer: Option<u8>| layer.and_then(|layer| layers.get(usize::from(layer))).map(|layer| layer.height);
        let heights = height(self.current).zip(height(self.target_layer()));
        self.too_large = spatial_of.is_none() && heights.is_some_and(|(current, wanted)| current > wanted);
    }

    /// True when a key frame of the target is awaited.
    pub(crate) fn waits(&self) -> bool {
        let lacks_layers = || self.spatial_of.is_some() && self.limit().spatial < self.goal().spatial;
        self.target.is_some() && (self.target_layer() != self.current || lacks_layers())
    }

    /// The stream wanted.
    pub(crate) fn target_layer(&self) -> Option<u8> {
        self.target.map(|target| self.spatial_of.unwrap_or(target.layer))
    }

    /// What to do with a packet of the stream `layer`.
    pub(crate) fn admit(&mut self, layer: u8, packet: &Original) -> Admission {
        if self.target.is_none() {
            return Admission::Drop;
        }
        if packet.descriptor.starts_key_frame && self.target_layer() == Some(layer) && self.current != Some(layer) {
            self.current = Some(layer);
            self.too_large = false;
            (self.newest, self.picture) = (packet.number, packet.timestamp);
            self.eras = [Era { since: packet.number, limit: self.goal() }; 2];
            return Admission::Switch;
        }
        if self.current != Some(layer) {
            return Admission::Drop;
        }
        if packet.number > self.newest {
            self.newest = packet.number;
            self.advance(packet);
        }
        if self.admits_late(packet) { Admission::Forward } else { Admission::Skip }
    }

    /// Whether a packet of the stream shown, which may be late or repeated, belongs to what the receiver was given at that time. Where that is
    /// no longer known, only what everybody needs does.
    pub(crate) fn admits_late(&self, packet: &Original) -> bool {
        let [now, before] = self.eras;
        let limit = if packet.number >= now.since {
            now.limit
        } else if packet.number >= before.since {
            before.limit.least(now.limit)
        } else {
            Limit::default()
        };
        limit.admits(packet)
    }

    /// True when a packet is the last of its picture that the receiver gets.
    pub(crate) fn ends_picture(&self, packet: &Original) -> bool {
        packet.marker || packet.descriptor.ends_frame && packet.descriptor.spatial == self.limit().spatial
    }

    fn limit(&self) -> Limit {
        let [now, _] = self.eras;
        now.limit
    }

    /// The highest layers of the stream shown that are wanted.
    fn goal(&self) -> Limit {
        let Some(target) = self.target else { return Limit::default() };
        let spatial = if self.spatial_of.is_some() { target.layer } else { Limit::ALL };
        let temporal = match target.temporal {
            // Every second that passes before the smaller layer's key frame costs less.
            _ if self.too_large => 0,
            // Another layer is awaited, and this one costs less: all of it.
            _ if self.target_layer() != self.current => Limit::ALL,
            ALL_FRAMES.. => Limit::ALL,
            fewer => fewer,
        };
        Limit { spatial, temporal }
    }

    /// A packet came that is newer than all before: less from a new picture on, more where that is possible.
    fn advance(&mut self, packet: &Original) {
        let (goal, mut limit, descriptor) = (self.goal(), self.limit(), &packet.descriptor);
        if packet.timestamp != self.picture {
            self.picture = packet.timestamp;
            limit = limit.least(goal);
        }
        if descriptor.starts_key_frame {
            limit = goal;
        } else if descriptor.starts_frame {
            let larger = limit.spatial.saturating_add(1);
            if !descriptor.predicted && descriptor.spatial == larger && larger <= goal.spatial {
                limit.spatial = larger;
            }
            let faster = limit.temporal.saturating_add(1);
            if descriptor.switches_up && descriptor.temporal <= limit.temporal && descriptor.spatial == 0 {
                limit.temporal = limit.temporal.max(goal.temporal);
            } else if descriptor.sync && descriptor.temporal == faster && faster <= goal.temporal {
                limit.temporal = faster;
            }
        }
        if limit != self.limit() {
            let [before, _] = self.eras;
            self.eras = [Era { since: packet.number, limit }, before];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::transport::codec::Descriptor;
    use proptest::prelude::*;

    fn layers(alive: [bool; 3]) -> Vec<LayerState> {
        let rates = [(180, 100u64), (360, 400), (720, 1_500)];
        let layer = |((height, kilobits), alive)| {
            let rate = [4, 6, 10].map(|tenths| Bitrate(kilobits * 100 * tenths));
            LayerState { height, alive, rate, pictures: 30 }
        };
        rates.into_iter().zip(alive).map(layer).collect()
    }

    fn full(layer: u8) -> Option<Choice> {
        Some(Choice { layer, temporal: 2 })
    }

    #[test]
    fn the_smallest_layer_that_fills_the_place_is_chosen() {
        let all = layers([true; 3]);
        let chosen = |height| choose(&all, PixelHeight(height), None);
        assert_eq!([1, 180, 199, 201, 400, 401, 2_000].map(chosen), [0, 0, 0, 1, 1, 2, 2].map(full));
        assert_eq!(chosen(0), None);
    }

    #[test]
    fn a_layer_that_is_not_sent_is_not_chosen() {
        assert_eq!(choose(&layers([true, true, false]), PixelHeight(720), None), full(1));
        assert_eq!(choose(&layers([false, false, true]), PixelHeight(180), None), full(2));
        assert_eq!(choose(&layers([false; 3]), PixelHeight(180), None), None);
    }

    #[test]
    fn a_poor_path_gets_fewer_frames_then_smaller_pictures() {
        let all = layers([true; 3]);
        let chosen = |kilobits: u64| {
            let choice = choose(&all, PixelHeight(720), Some(Bitrate(kilobits * 1_000))).unwrap();
            (choice.layer, choice.temporal)
        };
        assert_eq!(
            [1_500, 900, 899, 240, 239, 60, 59, 0].map(chosen),
            [(2, 2), (2, 1), (1, 2), (1, 1), (0, 2), (0, 1), (0, 0), (0, 0)]
        );
    }

    #[test]
    fn a_slow_picture_becomes_smaller_and_not_slower() {
        let mut all = layers([true; 3]);
        all.iter_mut().for_each(|layer| layer.pictures = 15);
        let chosen = |kilobits: u64| {
            let choice = choose(&all, PixelHeight(720), Some(Bitrate(kilobits * 1_000))).unwrap();
            (choice.layer, choice.temporal)
        };
        assert_eq!([1_500, 1_499, 400, 399, 99, 59].map(chosen), [(2, 2), (1, 2), (1, 2), (0, 2), (0, 1), (0, 0)]);
    }

    #[test]
    fn what_is_not_measured_yet_counts_as_usual() {
        let mut all = layers([true; 3]);
        all[2].rate = Default::default();
        let chosen = |ceiling| choose(&all, PixelHeight(720), Some(Bitrate(ceiling)));
        assert_eq!([400_000, 2_000_000].map(chosen), [1, 2].map(full));
    }

    #[test]
    fn heights_are_assumed_from_the_top() {
        assert_eq!([0, 1, 2].map(|at| assumed_height(at, 3)), [180, 360, 720]);
        assert_eq!([0, 1].map(|at| assumed_height(at, 2)), [360, 720]);
        assert_eq!(assumed_height(0, 1), 720);
    }

    proptest! {
        #[test]
        fn the_choice_fits_unless_it_is_the_lowest(
            rates in proptest::collection::vec((any::<bool>(), 1u16..2_000, [0u64..1_000_000, 0..1_000_000, 0..1_000_000]), 0..4),
            wanted: u16,
            ceiling in 0u64..4_000_000,
        ) {
            let layers: Vec<LayerState> = rates.into_iter().map(|(alive, height, [a, b, c])| {
                LayerState { height, alive, rate: [a, a + b, a + b + c].map(Bitrate), pictures: 0 }
            }).collect();
            let chosen = choose(&layers, PixelHeight(wanted), Some(Bitrate(ceiling)));
            prop_assert_eq!(chosen.is_some(), wanted > 0 && layers.iter().any(|layer| layer.alive));
            if let Some(chosen) = chosen {
                let layer = layers[usize::from(chosen.layer)];
                let lowest = layers.iter().filter(|other| other.alive).all(|other| other.height >= layer.height);
                prop_assert!(layer.alive);
                prop_assert!(layer.rate_of(chosen.temporal).0 <= ceiling || lowest && chosen.temporal == 0);
            }
        }

        #[test]
        fn the_picture_changes_only_at_key_frames(events in proptest::collection::vec((0u8..3, any::<bool>(), proptest::option::of(0u8..3)), 1..100)) {
            let mut position = Position::default();
            for (number, (layer, key, target)) in (70_000..).zip(events) {
                position.aim(target.and_then(full), None, &layers([true; 3]));
                let before = position.current;
                let descriptor = Descriptor { starts_frame: true, starts_key_frame: key, ..Descriptor::default() };
                match position.admit(layer, &Original { number, timestamp: number as u32, descriptor, marker: true }) {
                    Admission::Switch => prop_assert!(key && target == Some(layer) && before != Some(layer)),
                    Admission::Forward => prop_assert!(before == Some(layer) && target.is_some()),
                    Admission::Drop => prop_assert_eq!(position.current, before),
                    Admission::Skip => prop_assert!(false, "there is one frame of each"),
                }
            }
        }
    }
}
