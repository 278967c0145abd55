//! (sender, track) → receivers.
//!
//! **Invariant:** a source is there while somebody publishes it or somebody wants it, and its list of receivers is the only way a packet takes.

use super::demand::Demand;
use super::ends::Ends;
use super::layers::{Bitrate, Heights, LayerState, SPATIAL, TEMPORAL, assumed_height};
use super::media::Seat;
use super::time::Time;
use super::transport::codec::{Codec, Descriptor};
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
    /// Where its pictures end.
    pub(crate) ends: Ends,
    /// The sender's clocks as last reported.
    pub(crate) clock: Option<SenderInfo>,
    height: u16,
    last: Option<Time>,
    alive: bool,
    asked: Option<Time>,
    /// The spatial layers of a scalable stream; every stream has the lowest.
    spatial: [Spatial; SPATIAL],
    pictures: Pictures,
    metered: Option<Time>,
}

/// One spatial layer of a stream.
#[derive(Clone, Copy, Default)]
struct Spatial {
    height: u16,
    last: Option<Time>,
    alive: bool,
    meter: Meter,
}

/// How long bytes are counted for one measurement. Shorter follows single key frames, longer is late when an encoder slows down.
const MEASURED: Duration = Duration::from_millis(500);

/// How many pictures come in a second.
#[derive(Clone, Copy, Default)]
struct Pictures {
    counted: u64,
    per_second: u16,
}

impl Pictures {
    /// So many microseconds of counting are over.
    fn turn(&mut self, elapsed: u64) {
        let measured = (core::mem::take(&mut self.counted) * 1_000_000).div_ceil(elapsed).min(u16::MAX.into()) as u16;
        self.per_second = if self.per_second == 0 { measured } else { (self.per_second + measured).div_ceil(2) };
    }
}

/// What a spatial layer alone carries, up to each temporal layer.
#[derive(Clone, Copy, Default)]
struct Meter {
    bytes: [u64; TEMPORAL],
    rate: [Bitrate; TEMPORAL],
}

impl Meter {
    fn count(&mut self, temporal: u8, bytes: usize) {
        if let Some(place) = self.bytes.get_mut(usize::from(temporal).min(TEMPORAL - 1)) {
            *place += bytes as u64;
        }
    }

    /// So many microseconds of counting are over.
    fn turn(&mut self, elapsed: u64) {
        let mut sum = 0;
        for (rate, bytes) in self.rate.iter_mut().zip(&mut self.bytes) {
            sum += core::mem::take(bytes);
            let measured = sum * 8_000_000 / elapsed;
            // Half the old: a key frame in one window in eight counts for what it is, and no more.
            rate.0 = if rate.0 == 0 { measured } else { (rate.0 + measured) / 2 };
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
            ends: Ends::default(),
            clock: None,
            height,
            last: None,
            alive: false,
            asked: None,
            spatial: Default::default(),
            pictures: Pictures::default(),
            metered: None,
        }
    }

    /// A packet of `bytes` came, and perhaps the heights of all spatial layers with it. True when that changes what layers there are.
    pub(crate) fn heard(&mut self, now: Time, descriptor: &Descriptor, heights: Option<Heights>, bytes: usize) -> bool {
        self.meter(now);
        let mut changed = !self.alive;
        (self.last, self.alive) = (Some(now), true);
        self.pictures.counted += u64::from(descriptor.starts_frame && descriptor.spatial == 0);
        if let Some(spatial) = self.spatial.get_mut(usize::from(descriptor.spatial).min(SPATIAL - 1)) {
            spatial.meter.count(descriptor.temporal, bytes);
            changed |= !spatial.alive;
            (spatial.last, spatial.alive) = (Some(now), true);
        }
        if let Some(heights) = heights {
            let whole = heights.into_iter().max().filter(|&height| height > 0).unwrap_or(self.height);
            // Larger layers that are left out now may come back when somebody wants them.
            let next = heights.iter().position(|&height| height == 0).and_then(|next| self.spatial.get(next));
            let may_return = next.is_some_and(|next| next.height > whole);
            for (spatial, height) in self.spatial.iter_mut().zip(heights) {
                let height = if height == 0 && may_return { spatial.height } else { height };
                changed |= spatial.height != height;
                spatial.height = height;
            }
            changed |= self.height != whole;
            self.height = whole;
        }
        changed
    }

    fn meter(&mut self, now: Time) {
        let elapsed = now.since(*self.metered.get_or_insert(now));
        if elapsed >= MEASURED {
            self.metered = Some(now);
            self.pictures.turn(elapsed.as_micros() as u64);
            self.spatial.iter_mut().for_each(|spatial| spatial.meter.turn(elapsed.as_micros() as u64));
        }
    }

    /// How many spatial layers come, or could come: such as have come before and are larger than what comes now.
    fn spatial_layers(&self) -> usize {
        self.spatial.iter().rposition(|spatial| spatial.alive || spatial.height > 0).map_or(0, |highest| highest + 1)
    }

    /// What the stream carries up to and including a spatial layer.
    fn rate_up_to(&self, highest: usize) -> [Bitrate; TEMPORAL] {
        let mut sum = [Bitrate(0); TEMPORAL];
        for spatial in self.spatial.iter().take(highest + 1) {
            sum.iter_mut().zip(spatial.meter.rate).for_each(|(sum, rate)| sum.0 += rate.0);
        }
        sum
    }

    /// The state of one of `count` spatial layers. Each is assumed to be half as high as the next.
    fn spatial_state(&self, at: usize, count: usize) -> LayerState {
        let spatial = self.spatial.get(at).copied().unwrap_or_default();
        let assumed = self.height >> count.saturating_sub(at + 1).min(SPATIAL);
        let height = if spatial.height > 0 { spatial.height } else { assumed };
        LayerState { height, alive: spatial.alive, rate: self.rate_up_to(at), pictures: self.pictures.per_second }
    }

    /// Takes spatial layers, or the whole, off the list when silent. True when there was something to take.
    fn notice_silence(&mut self, now: Time) -> bool {
        let silent = |last: Option<Time>| last.is_none_or(|last| now.since(last) >= ALIVE);
        let mut changed = false;
        for spatial in self.spatial.iter_mut().filter(|spatial| spatial.alive && silent(spatial.last)) {
            (spatial.alive, spatial.meter) = (false, Meter::default());
            changed = true;
        }
        if self.alive && silent(self.last) {
            (self.alive, self.metered, self.pictures, changed) = (false, None, Pictures::default(), true);
        }
        changed
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
                    *state = LayerState {
                        height: layer.height,
                        alive: layer.alive,
                        rate: layer.rate_up_to(SPATIAL),
                        pictures: layer.pictures.per_second,
                    };
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
        sources.get_mut(key).unwrap().layers[0].heard(Time::ZERO, &Descriptor::default(), Some([90, 0, 0, 0]), 100);
        assert!(!sources.publish(key, peer(), Codec::Vp8, &rids));
        assert_eq!(
            sources.get(key).unwrap().states().as_slice()[0],
            LayerState { height: 90, alive: true, ..LayerState::default() }
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
    fn rates_are_measured_up_to_each_layer() {
        let mut layer = Layer::new(None, 180);
        // Ten seconds of 100 pictures a second, T0, T2, T1, T2; two spatial layers of 125 and 250 bytes each.
        for picture in 0..1_000u64 {
            for spatial in 0..2 {
                let temporal = [0, 2, 1, 2][picture as usize % 4];
                let descriptor = Descriptor { temporal, spatial, starts_frame: true, ..Descriptor::default() };
                layer.heard(Time::from_millis(picture * 10), &descriptor, None, 125 << spatial);
            }
        }
        let near = |rates: [Bitrate; 3], kilobits: [u64; 3]| {
            rates.iter().zip(kilobits).all(|(rate, kilobits)| rate.0.abs_diff(kilobits * 1_000) < kilobits * 50)
        };
        assert!(near(layer.rate_up_to(0), [25, 50, 100]), "{:?}", layer.rate_up_to(0));
        assert!(near(layer.rate_up_to(1), [75, 150, 300]), "{:?}", layer.rate_up_to(1));
        assert!((98..=102).contains(&layer.spatial_state(0, 1).pictures), "{}", layer.pictures.per_second);
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
