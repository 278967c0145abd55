//! Where a picture of several spatial layers ends.
//!
//! **Invariant:** of a stream at most one packet waits, and only until the next one comes; where a picture ends, a marker stands, even if its
//! sender left out the layers that should have followed.
//!
//! Chromium drops the higher layers of a picture that would cost too much (L3T3_KEY) and marks nothing then. libwebrtc decodes no picture before
//! it has seen its marker, nor any that builds on it: it would show nothing before the next key frame.

use super::rewrite::Original;
use super::transport::retransmission::PacketRing;

/// A packet, and where its bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrived {
    /// The packet.
    pub(crate) packet: Original,
    /// Its position in the ring.
    pub(crate) position: u64,
}

/// Watches one stream.
#[derive(Default)]
pub(crate) struct Ends {
    newest: u64,
    /// The last packet of a layer above which its picture may have another.
    waiting: Option<Arrived>,
}

impl Ends {
    /// What goes on now that a packet has come, in this order.
    pub(crate) fn pass(&mut self, mut arrived: Arrived, ring: &mut PacketRing) -> [Option<Arrived>; 2] {
        let Original { number, timestamp, marker, descriptor } = arrived.packet;
        let may_end = descriptor.ends_frame && !marker;
        if number <= self.newest {
            let next = if may_end { ring.find(number + 1).and_then(|position| ring.at(position)) } else { None };
            if next.is_some_and(|next| next.timestamp != timestamp) {
                arrived.mark(ring);
            }
            return [None, Some(arrived)];
        }
        self.newest = number;
        let mut before = self.waiting.take();
        if let Some(before) = before.as_mut().filter(|before| before.packet.timestamp != timestamp) {
            before.mark(ring);
        }
        if may_end {
            self.waiting = Some(arrived);
            return [before, None];
        }
        [before, Some(arrived)]
    }
}

impl Arrived {
    fn mark(&mut self, ring: &mut PacketRing) {
        self.packet.marker = true;
        ring.mark(self.position);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::time::Time;
    use crate::core::transport::codec::Codec;
    use crate::core::transport::retransmission::Arrival;
    use proptest::prelude::*;

    #[derive(Default)]
    struct Bench {
        ring: PacketRing,
        ends: Ends,
        gone: Vec<(u64, bool)>,
    }

    impl Bench {
        /// A packet comes: `last` of its layer, and with the sender's marker or not.
        fn comes(&mut self, number: u64, picture: u32, last: bool, marker: bool) {
            let payload = [0xa8 | u8::from(last) << 2, 0x81, 0, 0x10, 5, 0xaa];
            let descriptor = Codec::Vp9.describe(&payload).unwrap();
            let packet = Original { number, timestamp: picture, descriptor, marker };
            let arrival = Arrival { number, timestamp: picture, marker, descriptor, at: Time::ZERO };
            let position = self.ring.push(arrival, &payload);
            for arrived in self.ends.pass(Arrived { packet, position }, &mut self.ring).into_iter().flatten() {
                self.gone.push((arrived.packet.number, arrived.packet.marker));
            }
        }

        fn kept(&self, number: u64) -> bool {
            self.ring.find(number).and_then(|position| self.ring.at(position)).unwrap().marker
        }
    }

    #[test]
    fn a_picture_without_its_higher_layers_ends_all_the_same() {
        let mut bench = Bench::default();
        // Three layers; then the highest is left out, and nothing says so.
        for (number, picture, last, marker) in
            [(1, 9, true, false), (2, 9, true, false), (3, 9, true, true), (4, 10, true, false), (5, 10, true, false)]
        {
            bench.comes(number, picture, last, marker);
        }
        assert_eq!(bench.gone, [(1, false), (2, false), (3, true), (4, false)], "the fifth may be the last");
        bench.comes(6, 11, false, false);
        assert_eq!(bench.gone[4..], [(5, true), (6, false)]);
        assert!(bench.kept(5) && !bench.kept(4), "a repetition says the same");
    }

    #[test]
    fn what_comes_late_is_marked_where_the_next_picture_is_known() {
        let mut bench = Bench::default();
        for (number, picture) in [(1, 9), (4, 10), (3, 9), (2, 9)] {
            bench.comes(number, picture, true, false);
        }
        assert_eq!(bench.gone, [(1, true), (3, true), (2, false)]);
        assert!(bench.kept(3) && !bench.kept(2));
    }

    proptest! {
        /// Whatever comes in whatever order: each packet goes on once, all but one at once, and what is new in its order.
        #[test]
        fn nothing_is_lost_or_held_for_long(packets in proptest::collection::vec((1u64..60, any::<bool>(), any::<bool>()), 1..80)) {
            let mut bench = Bench::default();
            let mut seen = std::collections::HashSet::new();
            let mut came = 0;
            for (number, last, marker) in packets.into_iter().filter(|(number, ..)| seen.insert(*number)) {
                bench.comes(number, number as u32 / 3, last, marker);
                came += 1;
                prop_assert!(bench.gone.len() + 1 >= came);
            }
            bench.comes(1_000, 1_000, false, false);
            prop_assert_eq!(bench.gone.len(), came + 1);
            let gone: std::collections::HashSet<u64> = bench.gone.iter().map(|(number, _)| *number).collect();
            prop_assert_eq!(gone.len(), came + 1);
        }
    }
}
