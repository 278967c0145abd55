//! (sender, track) → receivers.
//!
//! **Invariant:** a source is there while somebody publishes it or somebody wants it, and its list of receivers is the only way a packet takes.

use super::demand::Demand;
use super::layers::{Bitrate, LayerState, TEMPORAL, assumed_height};
use super::media::Seat;
use super::time::Time;
use super::transport::codec::Codec;
use super::transport::retransmission::PacketRing;
use super::transport::rtcp::SenderInfo;
use super::transport::sdp::{LAYERS, Rid};
use super::transport::slab::{Key, Slab};
use std::collections::HashMap;
use std::time::Duration;
use wire::Track;

/// A layer from which nothing came for this long counts as not being sent.
const ALIVE: Duration = Duration::from_millis(1_000);
/// Between two key-frame requests for one layer. A key frame costs as much as a second of picture; browsers ask in bursts.
pub(crate) const KEY_FRAME_INTERVAL: Duration = Duration::from_millis(500);

/// A section that shows a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Receiver {
    /// Whose.
    pub(crate) peer: Key,
    /// Which of its outlets.
    pub(crate) outlet: usize,
}

/// One layer of a source; sound has one.
pub(crate) struct Layer {
    /// Its name on the wire.
    pub(crate) rid: Option<Rid>,
    /// Its SSRC once a packet has come.
    pub(crate) ssrc: Option<u32>,
    /// Its last packets.
    pub(crate) ring: PacketRing,
    /// The sender's clocks as last reported.
    pub(crate) clock: Option<SenderInfo>,
    height: u16,
    last: Option<Time>,
    alive: bool,
    asked: Option<Time>,
    meter: Meter,
}

/// How long bytes are counted for one measurement. Shorter follows single key frames, longer is late when an encoder slows down.
const MEASURED: Duration = Duration::from_millis(500);

/// What a layer carries, by temporal layer.
#[derive(Default)]
struct Meter {
    since: Option<Time>,
    bytes: [u64; TEMPORAL],
    rate: [Bitrate; TEMPORAL],
}

impl Meter {
    fn count(&mut self, now: Time, temporal: u8, bytes: usize) {
        let since = *self.since.get_or_insert(now);
        let elapsed = now.since(since).as_micros() as u64;
        if elapsed >= MEASURED.as_micros() as u64 {
            let mut sum = 0;
            for (rate, bytes) in self.rate.iter_mut().zip(&mut self.bytes) {
                sum += core::mem::take(bytes);
                let measured = sum * 8_000_000 / elapsed;
                // Half the old: a key frame in one window in eight counts for what it is, and no more.
                rate.0 = if rate.0 == 0 { measured } else { (rate.0 + measured) / 2 };
            }
            self.since = Some(now);
        }
        if let Some(place) = self.bytes.get_mut(usize::from(temporal).min(TEMPORAL - 1)) {
            *place += bytes as u64;
        }
    }
}

/// One person's one track.
pub(crate) struct Source {
    /// Whose what.
    pub(crate) owner: (Seat, Track),
    /// The peer that publishes it now.
    pub(crate) publisher: Option<Key>,
    /// How its payload is described.
    pub(crate) codec: Codec,
    /// Its layers.
    pub(crate) layers: Vec<Layer>,
    /// Who shows it.
    pub(crate) receivers: Vec<Receiver>,
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

impl Layer {
    fn new(rid: Option<Rid>, height: u16) -> Self {
        Self {
            rid,
            ssrc: None,
            ring: PacketRing::default(),
            clock: None,
            height,
            last: None,
            alive: false,
            asked: None,
            meter: Meter::default(),
        }
    }

    /// A packet of `bytes` came in a temporal layer, and perhaps its height with it. True when that changes what layers there are.
    pub(crate) fn heard(&mut self, now: Time, height: Option<u16>, temporal: u8, bytes: usize) -> bool {
        self.meter.count(now, temporal, bytes);
        let before = (self.alive, self.height);
        self.last = Some(now);
        self.alive = true;
        self.height = height.filter(|&height| height > 0).unwrap_or(self.height);
        before != (self.alive, self.height)
    }

    /// Its key frame is on its way to the receivers (`Some(now)`: nobody need ask), or has been given to them (`None`: the next request is
    /// a new one).
    pub(crate) fn key_frame(&mut self, passing: Option<Time>) {
        self.asked = passing;
    }

    /// True when a request may go out now; it then counts as sent. Otherwise [`Layer::may_ask_at`] says when.
    pub(crate) fn ask(&mut self, now: Time) -> bool {
        let may = self.asked.is_none_or(|asked| now.since(asked) >= KEY_FRAME_INTERVAL);
        if may {
            self.asked = Some(now);
        }
        may
    }
}

impl Source {
    /// The state of all layers.
    pub(crate) fn states(&self) -> LayerStates {
        let mut states = LayerStates([LayerState::default(); LAYERS], self.layers.len().min(LAYERS));
        for (state, layer) in states.0.iter_mut().zip(&self.layers) {
            *state = LayerState { height: layer.height, alive: layer.alive, rate: layer.meter.rate };
        }
        states
    }

    /// Takes layers that have fallen silent off the list. True when there were some.
    pub(crate) fn notice_silence(&mut self, now: Time) -> bool {
        let mut changed = false;
        for layer in &mut self.layers {
            let silent = layer.alive && layer.last.is_none_or(|last| now.since(last) >= ALIVE);
            if silent {
                layer.alive = false;
                layer.meter = Meter::default();
            }
            changed |= silent;
        }
        changed
    }
}

/// All sources.
#[derive(Default)]
pub(crate) struct Sources {
    slab: Slab<Source>,
    by_owner: HashMap<(Seat, Track), Key>,
}

impl Sources {
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
        *self.by_owner.entry((seat, track)).or_insert_with(|| {
            let codec = if track.is_audio() { Codec::Opus } else { Codec::Vp8 };
            let owner = (seat, track);
            self.slab.insert(Source {
                owner,
                publisher: None,
                codec,
                layers: Vec::new(),
                receivers: Vec::new(),
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

    /// Takes a source away, whoever wants it; returns who did.
    pub(crate) fn remove(&mut self, seat: Seat, track: Track) -> Vec<(Key, Receiver)> {
        let Some(key) = self.by_owner.remove(&(seat, track)) else { return Vec::new() };
        let receivers = self.slab.remove(key).map(|source| source.receivers).unwrap_or_default();
        receivers.into_iter().map(|receiver| (key, receiver)).collect()
    }

    fn tidy(&mut self, key: Key) {
        if let Some(source) = self.slab.get(key)
            && source.publisher.is_none()
            && source.receivers.is_empty()
        {
            self.by_owner.remove(&source.owner);
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
        sources.get_mut(key).unwrap().layers[0].heard(Time::ZERO, Some(90), 0, 100);
        assert!(!sources.publish(key, peer(), Codec::Vp8, &rids));
        assert_eq!(
            sources.get(key).unwrap().states().as_slice()[0],
            LayerState { height: 90, alive: true, rate: Default::default() }
        );
        assert!(sources.publish(key, peer(), Codec::Vp8, &rids[..1]));
    }

    #[test]
    fn key_frames_are_asked_for_twice_a_second_at_most() {
        let mut layer = Layer::new(None, 180);
        let asked = (0..2_000).step_by(10).filter(|&at| layer.ask(Time::from_millis(at))).count();
        assert_eq!(asked, 4);
    }

    #[test]
    fn rates_are_measured_up_to_each_temporal_layer() {
        let mut layer = Layer::new(None, 180);
        // Ten seconds of 100 frames a second, 125 bytes each: T0, T2, T1, T2.
        for frame in 0..1_000u64 {
            let temporal = [0, 2, 1, 2][frame as usize % 4];
            layer.heard(Time::from_millis(frame * 10), None, temporal, 125);
        }
        let near = |rate: Bitrate, kilobits: u64| rate.0.abs_diff(kilobits * 1_000) < kilobits * 50;
        assert!(
            near(layer.meter.rate[0], 25) && near(layer.meter.rate[1], 50) && near(layer.meter.rate[2], 100),
            "{:?}",
            layer.meter.rate
        );
    }

    #[test]
    fn silence_takes_a_layer_off_the_list_once() {
        let mut sources = Sources::default();
        let key = sources.ensure(SEAT, Track::Camera);
        sources.publish(key, peer(), Codec::Vp8, &[]);
        let source = sources.get_mut(key).unwrap();
        assert!(source.layers[0].heard(Time::ZERO, None, 0, 100));
        assert!(!source.notice_silence(Time::from_millis(900)));
        assert!(source.notice_silence(Time::from_millis(1_000)));
        assert!(!source.notice_silence(Time::from_millis(2_000)));
    }
}
