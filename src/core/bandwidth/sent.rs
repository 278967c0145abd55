//! What was sent to one receiver, under transport-wide numbers, until it is known what became of it.
//!
//! **Invariant:** bounded by [`KEPT`] packets; a packet is told as arrived once at most, and numbers that were never given away find nothing.

use crate::core::time::Time;
use std::collections::VecDeque;
use std::time::Duration;

/// Packets remembered: two seconds of a fast stream. More costs memory per receiver, fewer loses slow feedback.
const KEPT: usize = 2_048;
/// How long a packet may be reported late. Longer only keeps memory.
const AGE: Duration = Duration::from_secs(3);

/// What is to be known of a packet when its arrival is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SentPacket {
    /// When it left.
    pub(crate) at: Time,
    /// Bytes on the wire, with UDP and IP.
    pub(crate) bytes: u16,
    /// The probe it belongs to; 0: none.
    pub(crate) probe: u8,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Unknown,
    Lost,
    Arrived,
}

/// Sixteen bytes: there may be two thousand for each receiver.
#[derive(Clone, Copy)]
struct Entry {
    at: Time,
    bytes: u16,
    probe: u8,
    fate: Fate,
}

/// What a status changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// It arrived; `late` when it had been told as lost.
    Arrived {
        /// The packet.
        packet: SentPacket,
        /// It had been told as lost.
        late: bool,
    },
    /// It has not arrived.
    Lost(SentPacket),
}

/// The packets whose fate is open.
#[derive(Default)]
pub(crate) struct SentLog {
    /// Number of the first entry.
    first: u64,
    entries: VecDeque<Entry>,
}

impl SentLog {
    /// Remembers a packet and gives it its number.
    pub(crate) fn record(&mut self, packet: SentPacket) -> u16 {
        while let Some(oldest) = self.entries.front()
            && (self.entries.len() >= KEPT || packet.at - oldest.at > AGE)
        {
            self.entries.pop_front();
            self.first += 1;
        }
        let number = self.first + self.entries.len() as u64;
        let SentPacket { at, bytes, probe } = packet;
        self.entries.push_back(Entry { at, bytes, probe, fate: Fate::Unknown });
        number as u16
    }

    /// The receiver says of a number that it has arrived, or not. `None`: nothing new.
    pub(crate) fn settle(&mut self, sequence: u16, arrived: bool) -> Option<News> {
        let index = usize::from(sequence.wrapping_sub(self.first as u16));
        let entry = self.entries.get_mut(index)?;
        let packet = SentPacket { at: entry.at, bytes: entry.bytes, probe: entry.probe };
        let news = match (entry.fate, arrived) {
            (Fate::Unknown, true) => News::Arrived { packet, late: false },
            (Fate::Lost, true) => News::Arrived { packet, late: true },
            (Fate::Unknown, false) => News::Lost(packet),
            _ => return None,
        };
        entry.fate = if arrived { Fate::Arrived } else { Fate::Lost };
        Some(news)
    }

    /// Forgets packets that have arrived from the old end on.
    pub(crate) fn tidy(&mut self) {
        while self.entries.front().is_some_and(|entry| entry.fate == Fate::Arrived) {
            self.entries.pop_front();
            self.first += 1;
        }
    }

    /// When the oldest packet left of which nothing is known.
    pub(crate) fn oldest_open(&self) -> Option<Time> {
        self.entries.iter().find(|entry| entry.fate == Fate::Unknown).map(|entry| entry.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packet(at: u64) -> SentPacket {
        SentPacket { at: Time::from_millis(at), bytes: 1_000, probe: 0 }
    }

    #[test]
    fn a_packet_is_lost_then_late_then_settled() {
        let mut log = SentLog::default();
        let number = log.record(packet(5));
        assert_eq!(log.oldest_open(), Some(Time::from_millis(5)));
        assert_eq!(log.settle(number, false), Some(News::Lost(packet(5))));
        assert_eq!(log.settle(number, false), None);
        assert_eq!(log.settle(number, true), Some(News::Arrived { packet: packet(5), late: true }));
        assert_eq!((log.settle(number, true), log.settle(number, false)), (None, None));
        log.tidy();
        assert!(log.entries.is_empty() && log.settle(number, true).is_none());
    }

    #[test]
    fn memory_is_bounded_by_number_and_age() {
        let mut log = SentLog::default();
        for _ in 0..100_000 {
            log.record(packet(0));
        }
        assert_eq!(log.entries.len(), KEPT);
        log.record(packet(10_000));
        assert_eq!(log.entries.len(), 1);
    }

    proptest! {
        #[test]
        fn any_numbers_are_settled_once(claims in proptest::collection::vec((any::<u16>(), any::<bool>()), 0..400), sent in 0u16..3_000) {
            let mut log = SentLog::default();
            for _ in 0..sent {
                log.record(packet(0));
            }
            let mut arrived = std::collections::HashSet::new();
            for (sequence, is_there) in claims.into_iter().chain((0..sent).map(|number| (number, true))) {
                if let Some(News::Arrived { .. }) = log.settle(sequence, is_there) {
                    prop_assert!(arrived.insert(sequence) && sequence < sent);
                }
                log.tidy();
            }
            prop_assert!(log.entries.is_empty());
        }
    }
}
