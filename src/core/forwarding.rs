//! (sender, track) → receivers.
//!
//! **Invariant:** a source is there while somebody publishes it or somebody wants it, and its list of receivers is the only way a packet takes.

mod layer;

use super::demand::Demand;
use super::layers::{LayerState, assumed_height};
use super::media::Seat;
use super::pipe::{Pipes, Wishes, Word};
use super::spread::Spread;
use super::time::Time;
use super::transport::codec::Codec;
use super::transport::sdp::{LAYERS, Rid};
use super::transport::slab::{Key, Slab};
pub(crate) use layer::Layer;
use std::collections::HashMap;
use wire::Track;

/// A section that shows a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Receiver {
    /// Whose.
    pub(crate) peer: Key,
    /// Which of its outlets.
    pub(crate) outlet: usize,
}

/// A mirror of a source on another core.
pub(crate) struct Branch {
    /// Where.
    pub(crate) core: u8,
    /// What it is called there.
    pub(crate) name: Key,
    /// What its receivers wish.
    pub(crate) wishes: Wishes,
}

/// One person's one track: the source itself where its owner's media is, a mirror of it elsewhere.
pub(crate) struct Source {
    /// Whose what.
    pub(crate) owner: (Seat, Track),
    /// The peer that publishes it now. A mirror has none.
    pub(crate) publisher: Option<Key>,
    /// In a mirror: the core of the source itself.
    pub(crate) mirrors: Option<u8>,
    /// In a mirror: what the source was told of the wishes of its receivers.
    pub(crate) told: Option<Wishes>,
    /// How its payload is described.
    pub(crate) codec: Codec,
    /// Its layers.
    pub(crate) layers: Vec<Layer>,
    /// Who shows it on this core.
    pub(crate) receivers: Vec<Receiver>,
    /// Its mirrors.
    pub(crate) branches: Vec<Branch>,
    /// What its sender was told of them.
    pub(crate) demand: Demand,
}

/// What is known of all layers of a source, without allocation.
pub(crate) struct LayerStates([LayerState; LAYERS], usize);

impl LayerStates {
    /// In the order of the layers.
    pub(crate) fn as_slice(&self) -> &[LayerState] {
        self.0.get(..self.1).unwrap_or(&[])
    }
}

impl Source {
    /// The state of all layers: of the spatial ones of [`Source::scalable`], or else of the streams.
    pub(crate) fn states(&self) -> LayerStates {
        let scalable = self.scalable().and_then(|at| self.layers.get(usize::from(at)));
        let count = scalable.map_or(self.layers.len().min(LAYERS), Layer::spatial_layers);
        let mut states = LayerStates([LayerState::default(); LAYERS], count);
        match scalable {
            Some(layer) => {
                for (at, state) in states.0.iter_mut().enumerate().take(count) {
                    *state = layer.spatial_state(at, count);
                }
            }
            None => {
                for (state, layer) in states.0.iter_mut().zip(&self.layers) {
                    *state = layer.state();
                }
            }
        }
        states
    }

    /// The stream among whose spatial layers receivers choose: the only one that comes, if it has several. (Chromium sends VP9 so even where
    /// the offer speaks of simulcast.)
    pub(crate) fn scalable(&self) -> Option<u8> {
        let mut alive = self.layers.iter().enumerate().filter(|(_, layer)| layer.alive);
        let (at, layer) = alive.next().filter(|_| alive.next().is_none())?;
        if layer.spatial_layers() > 1 { u8::try_from(at).ok() } else { None }
    }

    /// Takes layers that have fallen silent off the list. True when there were some.
    pub(crate) fn notice_silence(&mut self, now: Time) -> bool {
        let mut changed = false;
        for layer in &mut self.layers {
            changed |= layer.notice_silence(now);
        }
        changed
    }
}

/// All sources.
#[derive(Default)]
pub(crate) struct Sources {
    slab: Slab<Source>,
    by_owner: HashMap<(Seat, Track), Key>,
    /// The ways between mirrors and their sources.
    pub(crate) pipes: Pipes,
}

impl Sources {
    /// None yet.
    pub(crate) fn new(spread: Spread) -> Self {
        Self { pipes: Pipes::new(spread), ..Self::default() }
    }

    /// A source.
    pub(crate) fn get(&self, key: Key) -> Option<&Source> {
        self.slab.get(key)
    }

    /// A source.
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut Source> {
        self.slab.get_mut(key)
    }

    /// The source of a person's track, if anybody publishes or wants it.
    pub(crate) fn find(&self, seat: Seat, track: Track) -> Option<Key> {
        self.by_owner.get(&(seat, track)).copied()
    }

    /// The source of a person's track, made if need be.
    pub(crate) fn ensure(&mut self, seat: Seat, track: Track) -> Key {
        let spread = self.pipes.spread();
        let at = spread.of_media(seat.participant);
        *self.by_owner.entry((seat, track)).or_insert_with(|| {
            let codec = if track.is_audio() { Codec::Opus } else { Codec::Vp8 };
            let owner = (seat, track);
            self.slab.insert(Source {
                owner,
                publisher: None,
                mirrors: Some(at).filter(|&at| at != spread.own()),
                told: None,
                codec,
                layers: Vec::new(),
                receivers: Vec::new(),
                branches: Vec::new(),
                demand: Demand::default(),
            })
        })
    }

    /// `peer` publishes this source in these layers. Layers that stay the same keep what is known of them.
    /// True when the layers are others than before.
    pub(crate) fn publish(&mut self, key: Key, peer: Key, codec: Codec, rids: &[Rid]) -> bool {
        let Some(source) = self.slab.get_mut(key) else { return false };
        let wanted: Vec<Option<Rid>> = if rids.is_empty() { vec![None] } else { rids.iter().cloned().map(Some).collect() };
        let same = source.publisher == Some(peer)
            && source.codec == codec
            && source.layers.iter().map(|layer| &layer.rid).eq(wanted.iter());
        source.publisher = Some(peer);
        source.codec = codec;
        if !same {
            let count = wanted.len();
            let layer = |(at, rid)| Layer::new(rid, assumed_height(at, count));
            source.layers = wanted.into_iter().enumerate().map(layer).collect();
            source.demand = Demand::default();
        }
        !same
    }

    /// Nobody publishes this source any more. Those who want it wait.
    pub(crate) fn unpublish(&mut self, key: Key) {
        if let Some(source) = self.slab.get_mut(key) {
            source.publisher = None;
            source.layers.clear();
        }
        self.tidy(key);
    }

    /// A section shows this source from now on.
    pub(crate) fn attach(&mut self, key: Key, receiver: Receiver) {
        if let Some(source) = self.slab.get_mut(key)
            && !source.receivers.contains(&receiver)
        {
            source.receivers.push(receiver);
        }
    }

    /// A section shows this source no longer.
    pub(crate) fn detach(&mut self, key: Key, receiver: Receiver) {
        if let Some(source) = self.slab.get_mut(key) {
            source.receivers.retain(|other| *other != receiver);
        }
        self.tidy(key);
    }

    /// A mirror of a source is there, or has other wishes; what it wished before.
    pub(crate) fn branch(&mut self, key: Key, (at, name): (u8, Key), wishes: Wishes) -> Option<Wishes> {
        let source = self.slab.get_mut(key)?;
        if let Some(branch) = source.branches.iter_mut().find(|branch| (branch.core, branch.name) == (at, name)) {
            return Some(core::mem::replace(&mut branch.wishes, wishes));
        }
        source.branches.push(Branch { core: at, name, wishes });
        None
    }

    /// The core of a source's mirror, and what it is called there; `None` behind the last.
    pub(crate) fn branch_at(&self, key: Key, at: usize) -> Option<(u8, Key)> {
        self.slab.get(key)?.branches.get(at).map(|branch| (branch.core, branch.name))
    }

    /// A mirror of a source is no longer there.
    pub(crate) fn unbranch(&mut self, key: Key, (core, name): (u8, Key)) {
        if let Some(source) = self.slab.get_mut(key) {
            source.branches.retain(|branch| (branch.core, branch.name) != (core, name));
        }
        self.tidy(key);
    }

    /// Takes a source away, whoever wants it. Its mirrors are told.
    pub(crate) fn remove(&mut self, owner: (Seat, Track)) -> Option<(Key, Source)> {
        let key = self.by_owner.remove(&owner)?;
        let source = self.slab.remove(key)?;
        for branch in &source.branches {
            self.pipes.say(branch.core, Word::Gone { name: branch.name });
        }
        Some((key, source))
    }

    fn tidy(&mut self, key: Key) {
        if let Some(source) = self.slab.get(key)
            && source.publisher.is_none()
            && source.receivers.is_empty()
            && source.branches.is_empty()
        {
            let owner = source.owner;
            if let (Some(core), Some(_)) = (source.mirrors, source.told) {
                self.pipes.say(core, Word::Unshown { owner, name: key });
            }
            self.by_owner.remove(&owner);
            self.slab.remove(key);
        }
    }

    /// How many sources there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.slab.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::transport::codec::Descriptor;
    use wire::{ParticipantId, RoomId};

    const SEAT: Seat = Seat { room: RoomId([1; 16]), participant: ParticipantId([2; 16]) };

    fn peer() -> Key {
        Slab::default().insert(())
    }

    #[test]
    fn a_source_lives_while_it_is_published_or_wanted() {
        let mut sources = Sources::default();
        let receiver = Receiver { peer: peer(), outlet: 0 };
        let key = sources.ensure(SEAT, Track::Camera);
        sources.attach(key, receiver);
        sources.publish(key, peer(), Codec::Vp8, &[]);
        sources.unpublish(key);
        assert_eq!(sources.find(SEAT, Track::Camera), Some(key));
        sources.detach(key, receiver);
        assert_eq!((sources.find(SEAT, Track::Camera), sources.len()), (None, 0));
    }

    #[test]
    fn renegotiation_without_change_keeps_the_layers() {
        let mut sources = Sources::default();
        let key = sources.ensure(SEAT, Track::Camera);
        let rids = [Rid("q".into()), Rid("h".into())];
        assert!(sources.publish(key, peer(), Codec::Vp8, &rids));
        sources.get_mut(key).unwrap().layers[0].heard(Time::ZERO, &Descriptor::default(), Some([90, 0, 0, 0]), 100);
        assert!(!sources.publish(key, peer(), Codec::Vp8, &rids));
        assert_eq!(
            sources.get(key).unwrap().states().as_slice()[0],
            LayerState { height: 90, alive: true, ..LayerState::default() }
        );
        assert!(sources.publish(key, peer(), Codec::Vp8, &rids[..1]));
    }

    #[test]
    fn one_stream_of_several_spatial_layers_is_a_choice_of_them() {
        let mut sources = Sources::default();
        let key = sources.ensure(SEAT, Track::Camera);
        let rids = ["q", "h", "f"].map(|rid| Rid(rid.into()));
        sources.publish(key, peer(), Codec::Vp9, &rids);
        let source = sources.get_mut(key).unwrap();
        for spatial in 0..3 {
            assert!(source.layers[0].heard(Time::ZERO, &Descriptor { spatial, ..Descriptor::default() }, None, 100));
        }
        assert_eq!(source.scalable(), Some(0));
        let known = Some([90, 180, 360, 0]);
        assert!(source.layers[0].heard(Time::ZERO, &Descriptor::default(), known, 100));
        assert_eq!(source.states().as_slice().iter().map(|state| state.height).collect::<Vec<_>>(), [90, 180, 360]);
        // Its sender leaves out the larger layers: they are silent, and could come back.
        source.notice_silence(Time::from_millis(2_000));
        source.layers[0].heard(Time::from_millis(2_000), &Descriptor::default(), Some([90, 0, 0, 0]), 100);
        let states = source.states();
        let left = states.as_slice().iter().map(|state| (state.height, state.alive));
        assert_eq!(left.collect::<Vec<_>>(), [(90, true), (180, false), (360, false)]);
        // A smaller camera: what is no larger than the whole of it is no layer any more.
        source.layers[0].heard(Time::from_millis(2_000), &Descriptor::default(), Some([180, 0, 0, 0]), 100);
        assert_eq!(source.scalable(), None);
        // Simulcast after all.
        source.layers[0].heard(Time::from_millis(2_000), &Descriptor::default(), known, 100);
        source.layers[1].heard(Time::ZERO, &Descriptor::default(), None, 100);
        assert_eq!((source.scalable(), source.states().as_slice().len()), (None, 3));
    }

    #[test]
    fn silence_takes_a_layer_off_the_list_once() {
        let mut sources = Sources::default();
        let key = sources.ensure(SEAT, Track::Camera);
        sources.publish(key, peer(), Codec::Vp8, &[]);
        let source = sources.get_mut(key).unwrap();
        assert!(source.layers[0].heard(Time::ZERO, &Descriptor::default(), None, 100));
        assert!(!source.notice_silence(Time::from_millis(900)));
        assert!(source.notice_silence(Time::from_millis(1_000)));
        assert!(!source.notice_silence(Time::from_millis(2_000)));
    }
}
