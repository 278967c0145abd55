//! One receiver's section seen as one unbroken stream, whatever layers and people fill it.
//!
//! **Invariant:** sequence numbers, timestamps, picture ids and TL0PICIDX that leave a [`Rewriter`] grow from one switch to the next, and
//! within one segment they keep the distances the sender gave them, less what the receiver was not given: a packet that comes late, or is
//! repeated, gets the very number it would have had, and what was skipped leaves no hole.

use super::time::Time;
use super::transport::codec::{Descriptor, DescriptorShift};
use super::transport::retransmission::Arrival;
use super::transport::rtcp::SenderInfo;
use std::collections::VecDeque;
use std::time::Duration;

/// Segments that are remembered for repetition. A switch takes a key frame, so eight are many round trips.
const SEGMENTS: usize = 8;
/// Runs of skipped packets that are remembered of one segment: two seconds, when something of every picture is skipped.
const CUTS: usize = 64;

/// What fills a section: which source, which of its layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin<K> {
    /// The source.
    pub(crate) source: K,
    /// Its layer.
    pub(crate) layer: u8,
}

/// The numbers of a packet for this receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Renumbered {
    /// Unwrapped sequence number.
    pub(crate) number: u64,
    /// Timestamp.
    pub(crate) timestamp: u32,
    /// For the payload descriptor.
    pub(crate) shift: DescriptorShift,
    /// Last packet of what this receiver gets of the picture.
    pub(crate) marker: bool,
}

/// The numbers of a packet as its sender gave them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Original {
    /// Unwrapped sequence number.
    pub(crate) number: u64,
    /// Timestamp.
    pub(crate) timestamp: u32,
    /// Payload descriptor.
    pub(crate) descriptor: Descriptor,
    /// Marker.
    pub(crate) marker: bool,
}

impl From<Arrival> for Original {
    fn from(Arrival { number, timestamp, descriptor, marker, .. }: Arrival) -> Self {
        Self { number, timestamp, descriptor, marker }
    }
}

/// A run of packets without a hole that were skipped, and how much had been skipped at its end.
#[derive(Clone, Copy)]
struct Cut {
    /// The number behind the last one.
    end: u64,
    /// How many.
    run: u64,
    /// Packets skipped since the segment began.
    packets: u64,
    /// Pictures skipped since the segment began.
    pictures: u16,
}

/// From one switch to the next: constant differences, but for what is skipped.
struct Segment<K> {
    origin: Origin<K>,
    first_in: u64,
    first_out: u64,
    timestamp_shift: u32,
    shift: DescriptorShift,
    /// The highest of the sender's numbers that were seen.
    highest_in: u64,
    /// The last picture of which something was skipped.
    skipped: Option<u16>,
    /// Where the remembered cuts begin: the segment's beginning, or the last cut that was forgotten.
    base: Cut,
    cuts: VecDeque<Cut>,
}

/// Keeps one section's numbers continuous.
pub(crate) struct Rewriter<K> {
    segments: Vec<Segment<K>>,
    /// The highest of everything that has left.
    number: u64,
    timestamp: u32,
    picture: u16,
    tl0: u8,
    last_in_timestamp: u32,
    last_at: Option<Time>,
}

impl<K: Copy + PartialEq> Rewriter<K> {
    /// Begins at random numbers, as RFC 3550 §5.1 asks.
    pub(crate) fn new(entropy: u64) -> Self {
        Self {
            segments: Vec::new(),
            // In the first turn, and not so near its end that the first packets roll over.
            number: (1 << 16) + (entropy & 0x3fff),
            timestamp: (entropy >> 16) as u32,
            picture: (entropy >> 48) as u16 & 0x3fff,
            tl0: 0,
            last_in_timestamp: 0,
            last_at: None,
        }
    }

    /// What fills the section now.
    pub(crate) fn origin(&self) -> Option<Origin<K>> {
        self.segments.last().map(|segment| segment.origin)
    }

    /// From `packet` on, which begins a key frame or is sound, the section is filled by `origin`.
    /// `clocks`: the sender reports of the old and the new stream, when both are one person's and known.
    pub(crate) fn switch(
        &mut self,
        now: Time,
        origin: Origin<K>,
        packet: &Original,
        clock_rate: u32,
        clocks: Option<(SenderInfo, SenderInfo)>,
    ) {
        let timestamp = match self.last_at {
            None => self.timestamp,
            Some(last) => self.timestamp.wrapping_add(self.elapsed(now - last, packet.timestamp, clock_rate, clocks)),
        };
        let shift = DescriptorShift {
            picture: packet.descriptor.picture.map_or(0, |picture| self.picture.wrapping_add(1).wrapping_sub(picture.id)),
            tl0: packet.descriptor.tl0.map_or(0, |(_, index)| self.tl0.wrapping_add(1).wrapping_sub(index)),
        };
        if self.segments.len() >= SEGMENTS {
            self.segments.remove(0);
        }
        self.segments.push(Segment {
            origin,
            first_in: packet.number,
            first_out: self.number + 1,
            timestamp_shift: timestamp.wrapping_sub(packet.timestamp),
            shift,
            highest_in: packet.number,
            skipped: None,
            base: Cut { end: packet.number, run: 0, packets: 0, pictures: 0 },
            cuts: VecDeque::new(),
        });
    }

    /// Timestamp units between the last packet that left and the first of a new segment: at least one.
    fn elapsed(&self, quiet: Duration, timestamp: u32, clock_rate: u32, clocks: Option<(SenderInfo, SenderInfo)>) -> u32 {
        let by_arrival = (quiet.as_micros() * u128::from(clock_rate) / 1_000_000).min(u128::from(u32::MAX / 4)) as u32;
        let by_clocks = clocks.and_then(|(old, new)| {
            let ticks = |info: SenderInfo, timestamp: u32| {
                let ahead = i128::from(timestamp.wrapping_sub(info.rtp) as i32);
                ((i128::from(info.ntp) * i128::from(clock_rate)) >> 32) + ahead
            };
            u32::try_from(ticks(new, timestamp) - ticks(old, self.last_in_timestamp)).ok()
        });
        // The capture clock is exact where arrival is not, but a report may be wrong by anything: believed within two seconds.
        let exact = by_clocks.filter(|exact| exact.abs_diff(by_arrival) < 2 * clock_rate);
        exact.unwrap_or(by_arrival).max(1)
    }

    /// The numbers of a packet of `origin`. `None` when it belongs to no remembered segment, or lies before its segment's beginning,
    /// or is newer than the end of a segment that has been switched away from, or was skipped.
    pub(crate) fn renumber(&mut self, now: Time, origin: Origin<K>, packet: &Original) -> Option<Renumbered> {
        let last = self.segments.len().checked_sub(1)?;
        let at = self.segments.iter().rposition(|segment| segment.origin == origin && packet.number >= segment.first_in)?;
        let segment = self.segments.get_mut(at)?;
        let renumbered = segment.apply(packet)?;
        segment.highest_in = segment.highest_in.max(packet.number);
        if let Some(next) = self.segments.get(at + 1)
            && renumbered.number >= next.first_out
        {
            return None;
        }
        if at == last && renumbered.number > self.number {
            self.number = renumbered.number;
            self.timestamp = renumbered.timestamp;
            self.last_in_timestamp = packet.timestamp;
            self.last_at = Some(now);
            if let Some(picture) = packet.descriptor.picture {
                self.picture = picture.id.wrapping_add(renumbered.shift.picture) & 0x7fff;
            }
            if let Some((_, index)) = packet.descriptor.tl0 {
                self.tl0 = index.wrapping_add(renumbered.shift.tl0);
            }
        }
        Some(renumbered)
    }

    /// The highest number that has been given away.
    pub(crate) fn highest(&self) -> u64 {
        self.number
    }

    /// The receiver is not given a packet of the present origin. One that comes late has its number already: that number stays unused.
    pub(crate) fn skip(&mut self, origin: Origin<K>, packet: &Original) {
        if let Some(segment) =
            self.segments.last_mut().filter(|segment| segment.origin == origin && packet.number > segment.highest_in)
        {
            segment.skip(packet);
        }
    }

    /// Where the packet that left with the number `sequence` came from: its origin and its sender's number.
    pub(crate) fn trace(&self, sequence: u16) -> Option<(Origin<K>, u64)> {
        let back = u64::from((self.number as u16).wrapping_sub(sequence));
        let number = self.number.checked_sub(back).filter(|_| back < 1 << 15)?;
        let segment = self.segments.iter().rfind(|segment| number >= segment.first_out)?;
        Some((segment.origin, segment.number_in(number)?))
    }

    /// The numbers a traced packet had. Moves nothing.
    pub(crate) fn again(&self, origin: Origin<K>, packet: &Original) -> Option<Renumbered> {
        let segment = self.segments.iter().rfind(|segment| segment.origin == origin && packet.number >= segment.first_in)?;
        segment.apply(packet)
    }

    /// A moment of the present origin's RTP clock, on the clock of this section.
    pub(crate) fn clock(&self, rtp: u32) -> Option<u32> {
        self.segments.last().map(|segment| rtp.wrapping_add(segment.timestamp_shift))
    }

    /// Forgets a source, so that nothing of it is traced any more. The numbers go on from where they are.
    pub(crate) fn forget(&mut self, source: K) {
        self.segments.retain(|segment| segment.origin.source != source);
    }
}

impl<K: Copy> Segment<K> {
    fn apply(&self, packet: &Original) -> Option<Renumbered> {
        let cut = self.cut_before(packet.number)?;
        let shift = DescriptorShift { picture: self.shift.picture.wrapping_sub(cut.pictures), ..self.shift };
        Some(Renumbered {
            number: self.first_out + (packet.number.checked_sub(self.first_in + cut.packets)?),
            timestamp: packet.timestamp.wrapping_add(self.timestamp_shift),
            shift,
            marker: packet.marker,
        })
    }

    /// The last cut before a number. `None` when the number lies in one, or before all that is remembered.
    fn cut_before(&self, number: u64) -> Option<&Cut> {
        for cut in self.cuts.iter().rev() {
            if number >= cut.end {
                return Some(cut);
            }
            if number >= cut.end - cut.run {
                return None;
            }
        }
        (number >= self.base.end).then_some(&self.base)
    }

    /// The sender's number of what left under `number`.
    fn number_in(&self, number: u64) -> Option<u64> {
        let from_first = number.checked_sub(self.first_out)?;
        let after = |cut: &Cut| Some(self.first_in + from_first + cut.packets).filter(|&number_in| number_in >= cut.end);
        self.cuts.iter().rev().find_map(after).or_else(|| after(&self.base))
    }

    fn skip(&mut self, packet: &Original) {
        let before = self.cuts.back().copied().unwrap_or(self.base);
        let picture = packet.descriptor.picture.filter(|_| packet.descriptor.gapless).map(|picture| picture.id);
        let new = picture.is_some() && self.skipped != picture;
        self.skipped = picture.or(self.skipped);
        self.highest_in = packet.number;
        let contiguous = before.end == packet.number && before.run > 0;
        let cut = Cut {
            end: packet.number + 1,
            run: if contiguous { before.run + 1 } else { 1 },
            packets: before.packets + 1,
            pictures: before.pictures.wrapping_add(new.into()),
        };
        match self.cuts.back_mut().filter(|_| contiguous) {
            Some(last) => *last = cut,
            None => {
                if self.cuts.len() >= CUTS
                    && let Some(forgotten) = self.cuts.pop_front()
                {
                    self.base = forgotten;
                }
                self.cuts.push_back(cut);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::transport::codec::Picture;
    use proptest::prelude::*;

    fn original(number: u64, timestamp: u32, picture: u16, tl0: u8) -> Original {
        let picture = Some(Picture { offset: 2, id: picture & 0x7fff, wide: true });
        let descriptor = Descriptor { picture, tl0: Some((4, tl0)), gapless: true, ..Descriptor::default() };
        Original { number, timestamp, descriptor, marker: false }
    }

    const Q: Origin<u8> = Origin { source: 1, layer: 0 };
    const H: Origin<u8> = Origin { source: 1, layer: 1 };

    #[test]
    fn a_switch_goes_on_where_the_old_layer_stopped() {
        let mut rewriter = Rewriter::new(0);
        let first = original(70_000, 1_000, 100, 7);
        rewriter.switch(Time::from_millis(0), Q, &first, 90_000, None);
        let a = rewriter.renumber(Time::from_millis(0), Q, &first).unwrap();
        let b = rewriter.renumber(Time::from_millis(33), Q, &original(70_001, 3_970, 101, 8)).unwrap();
        let other = original(90_000, 5, 20_000, 200);
        rewriter.switch(Time::from_millis(66), H, &other, 90_000, None);
        let c = rewriter.renumber(Time::from_millis(66), H, &other).unwrap();
        assert_eq!((b.number - a.number, c.number - b.number), (1, 1));
        assert_eq!((b.timestamp - a.timestamp, c.timestamp - b.timestamp), (2_970, 2_970));
        assert_eq!(
            20_000u16.wrapping_add(c.shift.picture) & 0x7fff,
            101u16.wrapping_add(b.shift.picture).wrapping_add(1) & 0x7fff
        );
        assert_eq!(200u8.wrapping_add(c.shift.tl0), 8u8.wrapping_add(b.shift.tl0).wrapping_add(1));
    }

    #[test]
    fn a_late_packet_of_the_old_layer_keeps_its_place_and_a_newer_one_has_none() {
        let mut rewriter = Rewriter::new(9);
        let first = original(70_000, 0, 1, 1);
        rewriter.switch(Time::ZERO, Q, &first, 90_000, None);
        let a = rewriter.renumber(Time::ZERO, Q, &first).unwrap();
        rewriter.renumber(Time::ZERO, Q, &original(70_002, 0, 1, 1)).unwrap();
        let other = original(80_000, 0, 1, 1);
        rewriter.switch(Time::ZERO, H, &other, 90_000, None);
        rewriter.renumber(Time::ZERO, H, &other).unwrap();
        assert_eq!(rewriter.renumber(Time::ZERO, Q, &original(70_001, 0, 1, 1)).unwrap().number, a.number + 1);
        assert_eq!(rewriter.renumber(Time::ZERO, Q, &original(70_003, 0, 1, 1)), None);
        assert_eq!(rewriter.renumber(Time::ZERO, H, &original(79_999, 0, 1, 1)), None);
    }

    #[test]
    fn the_capture_clock_is_preferred_to_arrival() {
        let mut rewriter = Rewriter::new(3);
        let first = original(70_000, 50_000, 1, 1);
        rewriter.switch(Time::ZERO, Q, &first, 90_000, None);
        let a = rewriter.renumber(Time::ZERO, Q, &first).unwrap();
        // Both layers' clocks at the same NTP moment; the new packet was captured 40 ms later and came 100 ms later.
        let clocks = (SenderInfo { ntp: 5 << 32, rtp: 50_000 }, SenderInfo { ntp: 5 << 32, rtp: 900_000 });
        let other = original(80_000, 903_600, 1, 1);
        rewriter.switch(Time::from_millis(100), H, &other, 90_000, Some(clocks));
        let b = rewriter.renumber(Time::from_millis(100), H, &other).unwrap();
        assert_eq!(b.timestamp.wrapping_sub(a.timestamp), 3_600);
        assert_eq!(rewriter.clock(900_000), Some(b.timestamp.wrapping_sub(3_600)));
    }

    #[test]
    fn a_forgotten_source_is_not_traced() {
        let mut rewriter = Rewriter::new(3);
        let first = original(70_000, 50_000, 1, 1);
        rewriter.switch(Time::ZERO, Q, &first, 90_000, None);
        let a = rewriter.renumber(Time::ZERO, Q, &first).unwrap();
        assert_eq!(rewriter.trace(a.number as u16), Some((Q, 70_000)));
        rewriter.forget(1);
        assert_eq!(rewriter.trace(a.number as u16), None);
    }

    proptest! {
        /// However layers are switched and packets lost or reordered: no number leaves twice, switches leave no hole that a lost packet did
        /// not make, timestamps and picture ids grow with the frames, and every packet can be traced back.
        #[test]
        fn continuity_holds_over_any_switches(
            entropy: u64,
            steps in proptest::collection::vec((0u8..3, 1u64..4, 0u8..10), 1..120),
        ) {
            let mut rewriter = Rewriter::new(entropy);
            let mut layers = [(70_000u64, 11u32, 5u16, 250u8), (800_000, 4_000_000_000, 32_760, 3), (90_000, 77, 9_000, 100)];
            let mut now = 0u64;
            let mut last: Option<(u64, u32, u16)> = None;
            let mut seen = std::collections::HashSet::new();
            for (layer, packets, wait) in steps {
                now += 10 + u64::from(wait);
                for state in &mut layers {
                    state.1 = state.1.wrapping_add(3_000);
                    state.2 = state.2.wrapping_add(1) & 0x7fff;
                    state.3 = state.3.wrapping_add(1);
                }
                let origin = Origin { source: 1u8, layer };
                let at = Time::from_millis(now);
                for index in 0..packets {
                    let state = &mut layers[usize::from(layer)];
                    state.0 += 1;
                    let packet = original(state.0, state.1, state.2, state.3);
                    if index == 0 && rewriter.origin() != Some(origin) {
                        rewriter.switch(at, origin, &packet, 90_000, None);
                        if let Some((number, ..)) = last {
                            prop_assert_eq!(rewriter.renumber(at, origin, &packet).unwrap().number, number + 1);
                        }
                    }
                    let out = rewriter.renumber(at, origin, &packet).unwrap();
                    prop_assert!(seen.insert(out.number));
                    let picture = packet.descriptor.picture.unwrap().id.wrapping_add(out.shift.picture) & 0x7fff;
                    if let Some((number, timestamp, before)) = last {
                        prop_assert!(out.number > number);
                        prop_assert!((out.timestamp.wrapping_sub(timestamp) as i32) >= 0);
                        prop_assert!(picture.wrapping_sub(before) & 0x7fff < 0x4000);
                    }
                    last = Some((out.number, out.timestamp, picture));
                    prop_assert_eq!(rewriter.trace(out.number as u16), Some((origin, packet.number)));
                    prop_assert_eq!(rewriter.again(origin, &packet), Some(out));
                }
            }
        }
    }
}
