//! The packets of one receiving section, put together to frames again.
//!
//! ```text
//!   S ─ · ─ · ─ M      S ─ · ─ M      S ─ ? ─ M
//!   └ one frame ┘      └ one  ┘       waits until the second packet comes, or [`HELD`] later ones have
//! ```
//! **Invariant:** a frame goes on as soon as its last missing packet is there, so that no delay is added; and what is held is bounded.

use bytes::{Bytes, BytesMut};
use rtc::rtp::Packet;
use rtc::rtp::codec::vp8::Vp8Packet;
use rtc::rtp::packetizer::Depacketizer as _;
use rtc::shared::marshal::MarshalSize as _;
use std::collections::BTreeMap;

/// Packets of incomplete frames that are held, counted from the newest: three seconds of a picture of 1.5 Mbit/s.
const HELD: u64 = 512;

/// Follows one section's numbers and collects its frames.
#[derive(Default)]
pub(crate) struct Assembly {
    /// Packets that came, repetitions not counted.
    pub(crate) received: u64,
    /// Their bytes, RTP headers included.
    pub(crate) bytes: u64,
    /// The first and the newest number, extended (RFC 3550 §A.1).
    span: Option<(u64, u64)>,
    /// Which of the last [`HELD`] came.
    seen: Vec<bool>,
    parts: BTreeMap<u64, Part>,
}

struct Part {
    timestamp: u32,
    first: bool,
    last: bool,
    payload: Bytes,
}

impl Assembly {
    /// Packets that should have come by now.
    pub(crate) fn expected(&self) -> u64 {
        self.span.map_or(0, |(first, newest)| newest - first + 1)
    }

    /// Takes a packet and gives the frame that it completes.
    pub(crate) fn push(&mut self, audio: bool, packet: &Packet) -> Option<Bytes> {
        let number = self.place(packet.header.sequence_number)?;
        self.received += 1;
        self.bytes += (packet.header.marshal_size() + packet.payload.len()) as u64;
        if packet.payload.is_empty() {
            // Padding alone: it was only there to be counted.
            return None;
        }
        if audio {
            return Some(packet.payload.clone());
        }
        let mut descriptor = Vp8Packet::default();
        let payload = descriptor.depacketize(&packet.payload).ok()?;
        let first = descriptor.s == 1 && descriptor.pid == 0;
        self.parts.insert(number, Part { timestamp: packet.header.timestamp, first, last: packet.header.marker, payload });
        let newest = self.span.map_or(number, |(_, newest)| newest);
        while self.parts.first_key_value().is_some_and(|(&oldest, _)| oldest + HELD <= newest) {
            self.parts.pop_first();
        }
        self.complete(number)
    }

    /// The extended number, unless the packet came before or is too old to tell.
    fn place(&mut self, sequence: u16) -> Option<u64> {
        let (first, newest) = *self.span.get_or_insert_with(|| {
            // Room below for packets that come before the first one.
            let first = (1 << 32) | u64::from(sequence);
            (first, first - 1)
        });
        let ahead = sequence.wrapping_sub(newest as u16) as i16;
        let number = newest.checked_add_signed(i64::from(ahead))?;
        if number + HELD <= newest {
            return None;
        }
        self.seen.resize(HELD as usize, false);
        // Each place once, however far the numbers jump.
        for skipped in (newest + 1..=number).rev().take(HELD as usize) {
            *self.seen.get_mut((skipped % HELD) as usize)? = false;
        }
        let seen = self.seen.get_mut((number % HELD) as usize)?;
        if std::mem::replace(seen, true) {
            return None;
        }
        self.span = Some((first.min(number), newest.max(number)));
        Some(number)
    }

    /// The frame around `number`, if nothing of it is missing.
    fn complete(&mut self, number: u64) -> Option<Bytes> {
        let timestamp = self.parts.get(&number)?.timestamp;
        let part = |at: u64| self.parts.get(&at).filter(|part| part.timestamp == timestamp);
        let mut begin = number;
        while !part(begin)?.first {
            begin -= 1;
        }
        let mut end = number;
        while !part(end)?.last {
            end += 1;
        }
        if begin == end {
            return self.parts.remove(&number).map(|part| part.payload);
        }
        let mut frame = BytesMut::new();
        for at in begin..=end {
            frame.extend_from_slice(&self.parts.remove(&at)?.payload);
        }
        Some(frame.freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Packets;
    use super::*;
    use proptest::prelude::*;

    fn frames(count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|at| vec![at as u8; 1 + at * 997 % 6_000]).collect()
    }

    fn packets(frames: &[Vec<u8>]) -> Vec<Vec<Packet>> {
        let mut stream = Packets::new(false, 7);
        let mut stamp = 0;
        let mut packets: Vec<Vec<Packet>> = frames.iter().map(|frame| stream.of(frame).unwrap()).collect();
        for frame in &mut packets {
            stamp += 3_000;
            frame.iter_mut().for_each(|packet| packet.header.timestamp = stamp);
        }
        packets
    }

    fn assembled(assembly: &mut Assembly, packets: &[Packet]) -> Vec<Vec<u8>> {
        packets.iter().filter_map(|packet| assembly.push(false, packet)).map(|frame| frame.to_vec()).collect()
    }

    #[test]
    fn frames_come_back_as_they_were_also_over_the_turn_of_numbers_and_picture_ids() {
        let frames = frames(300);
        let packets = packets(&frames).concat();
        assert!(packets.iter().all(|packet| packet.payload.len() <= 1_150 - 12));
        let mut assembly = Assembly::default();
        assert_eq!(assembled(&mut assembly, &packets), frames);
        assert_eq!((assembly.received, assembly.expected()), (packets.len() as u64, packets.len() as u64));
        assert!(assembly.parts.is_empty());
    }

    #[test]
    fn what_comes_late_completes_its_frame_and_what_comes_twice_does_not() {
        let frames = frames(8);
        let packets = packets(&frames);
        let mut mixed = packets.concat();
        mixed.reverse();
        let mut assembly = Assembly::default();
        let mut got = assembled(&mut assembly, &[mixed.clone(), mixed].concat());
        got.reverse();
        assert_eq!(got, frames);
        assert_eq!(assembly.received, assembly.expected());
    }

    #[test]
    fn a_lost_packet_costs_its_frame_and_is_counted() {
        let frames = frames(8);
        let mut packets = packets(&frames);
        assert!(packets[5].len() > 2);
        packets[5].remove(1);
        let mut assembly = Assembly::default();
        let got = assembled(&mut assembly, &packets.concat());
        assert_eq!(got, [&frames[..5], &frames[6..]].concat());
        assert_eq!(assembly.expected() - assembly.received, 1);
    }

    #[test]
    fn what_is_never_completed_is_not_kept_for_ever() {
        let mut stream = Packets::new(false, 7);
        let mut assembly = Assembly::default();
        for _ in 0..2_000 {
            for packet in stream.of(&[0; 3_000]).unwrap().iter().skip(1) {
                assembly.push(false, packet);
            }
        }
        assert!(assembly.parts.len() as u64 <= HELD);
    }

    #[test]
    fn sound_is_a_packet_a_frame() {
        let mut stream = Packets::new(true, 7);
        let mut assembly = Assembly::default();
        for _ in 0..3 {
            let packets = stream.of(&[9; 120]).unwrap();
            assert!(packets.len() == 1 && !packets[0].header.marker);
            assert_eq!(assembly.push(true, &packets[0]).as_deref(), Some([9; 120].as_slice()));
        }
    }

    proptest! {
        #[test]
        fn any_packets_are_survived_and_what_is_held_is_bounded(
            packets in proptest::collection::vec((any::<u16>(), 0u32..3, any::<bool>(), proptest::collection::vec(any::<u8>(), 0..8)), 0..1_500),
        ) {
            let mut assembly = Assembly::default();
            for (number, timestamp, marker, payload) in packets {
                let mut packet = Packet { payload: payload.into(), ..Packet::default() };
                (packet.header.sequence_number, packet.header.timestamp, packet.header.marker) = (number, timestamp, marker);
                assembly.push(false, &packet);
                prop_assert!(assembly.parts.len() as u64 <= HELD && assembly.received <= assembly.expected());
            }
        }
    }
}
