//! One stream of a source: what comes in it, how much, and since when not.
//!
//! **Invariant:** what it says of a layer was measured on packets that came.

use crate::core::ends::Ends;
use crate::core::layers::{Bitrate, Heights, LayerState, SPATIAL, TEMPORAL};
use crate::core::time::Time;
use crate::core::transport::codec::Descriptor;
use crate::core::transport::retransmission::PacketRing;
use crate::core::transport::rtcp::SenderInfo;
use crate::core::transport::sdp::Rid;
use std::time::Duration;

/// A layer from which nothing came for this long counts as not being sent.
const ALIVE: Duration = Duration::from_millis(1_000);
/// Between two key-frame requests for one layer. A key frame costs as much as a second of picture; browsers ask in bursts.
const KEY_FRAME_INTERVAL: Duration = Duration::from_millis(500);

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
    pub(super) alive: bool,
    asked: Option<Time>,
    /// A key frame is on its way to the receivers.
    pub(crate) passing: bool,
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

impl Layer {
    pub(super) fn new(rid: Option<Rid>, height: u16) -> Self {
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
            passing: false,
            spatial: Default::default(),
            pictures: Pictures::default(),
            metered: None,
        }
    }

    /// All that is known of it, without its packets: for a mirror.
    pub(crate) fn mirrored(&self) -> Self {
        Self { rid: self.rid.clone(), ring: PacketRing::default(), ends: Ends::default(), asked: None, passing: false, ..*self }
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
    pub(super) fn spatial_layers(&self) -> usize {
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

    /// The state of the whole stream.
    pub(super) fn state(&self) -> LayerState {
        let rate = self.rate_up_to(SPATIAL);
        LayerState { height: self.height, alive: self.alive, rate, pictures: self.pictures.per_second }
    }

    /// The state of one of `count` spatial layers. Each is assumed to be half as high as the next.
    pub(super) fn spatial_state(&self, at: usize, count: usize) -> LayerState {
        let spatial = self.spatial.get(at).copied().unwrap_or_default();
        let assumed = self.height >> count.saturating_sub(at + 1).min(SPATIAL);
        let height = if spatial.height > 0 { spatial.height } else { assumed };
        LayerState { height, alive: spatial.alive, rate: self.rate_up_to(at), pictures: self.pictures.per_second }
    }

    /// Takes spatial layers, or the whole, off the list when silent. True when there was something to take.
    pub(super) fn notice_silence(&mut self, now: Time) -> bool {
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
        (self.asked, self.passing) = (passing, passing.is_some());
    }

    /// True when a request may go out now; it then counts as sent. Otherwise [`Layer::may_ask_at`] says when.
    pub(crate) fn ask(&mut self, now: Time) -> bool {
        let may = self.asked.is_none_or(|asked| now.since(asked) >= KEY_FRAME_INTERVAL);
        if may {
            self.asked = Some(now);
        }
        may
    }

    /// When a request may go out.
    pub(crate) fn may_ask_at(&self, now: Time) -> Time {
        self.asked.map_or(now, |asked| asked + KEY_FRAME_INTERVAL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
