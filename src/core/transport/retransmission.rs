//! What is needed to repeat packets: the last second of a stream for its receivers, and the list of gaps towards its sender.
//!
//! **Invariant:** both are bounded in bytes and entries, and in the steady state neither allocates.

use super::codec::{Descriptor, Sealed};
use crate::core::time::Time;
use std::collections::VecDeque;
use std::time::Duration;

/// Bytes one stream's ring may grow to: one second at 2 Mbit/s.
const RING_BYTES: usize = 256 * 1024;
/// Bytes it begins with.
const RING_START: usize = 4 * 1024;
/// Packets kept, whatever their size.
const RING_PACKETS: usize = 1_024;
/// Packets older than this may be overwritten before the ring grows: a receiver asks within a round trip or three.
const RING_AGE: Duration = Duration::from_millis(800);

/// How far lost and late packets may shift a packet from its place in the ring for it to be found.
const NEAR: usize = 96;

/// One packet as it came in, without the sender's header: every receiver gets one of its own.
#[derive(Clone, Copy)]
struct Entry {
    number: u64,
    timestamp: u32,
    marker: bool,
    descriptor: Descriptor,
    start: u32,
    length: u32,
    at: Time,
}

/// A packet found in the ring.
#[derive(Clone, Copy)]
pub(crate) struct Stored<'a> {
    /// Unwrapped sequence number of the sender.
    pub(crate) number: u64,
    /// The sender's timestamp.
    pub(crate) timestamp: u32,
    /// The sender's marker, or ours where it left it out.
    pub(crate) marker: bool,
    /// What the descriptor says.
    pub(crate) descriptor: Descriptor,
    /// The descriptor's bytes.
    pub(crate) clear: &'a [u8],
    /// Everything behind it.
    pub(crate) sealed: Sealed<'a>,
}

/// What [`PacketRing::push`] needs beside the payload.
#[derive(Clone, Copy)]
pub(crate) struct Arrival {
    /// Unwrapped sequence number.
    pub(crate) number: u64,
    /// Timestamp.
    pub(crate) timestamp: u32,
    /// Marker.
    pub(crate) marker: bool,
    /// The payload's descriptor.
    pub(crate) descriptor: Descriptor,
    /// When.
    pub(crate) at: Time,
}

/// The last packets of one stream, their bytes in one ring buffer.
#[derive(Default)]
pub(crate) struct PacketRing {
    bytes: Vec<u8>,
    write: usize,
    entries: VecDeque<Entry>,
    first: u64,
}

impl PacketRing {
    /// Keeps a packet and returns its position, by which [`PacketRing::at`] finds it while it is there.
    pub(crate) fn push(&mut self, arrival: Arrival, payload: &[u8]) -> u64 {
        let start = self.make_room(payload.len(), arrival.at);
        if let Some(place) = self.bytes.get_mut(start..start + payload.len()) {
            place.copy_from_slice(payload);
        }
        self.write = start + payload.len();
        let Arrival { number, timestamp, marker, descriptor, at } = arrival;
        let entry = Entry { number, timestamp, marker, descriptor, start: start as u32, length: payload.len() as u32, at };
        self.entries.push_back(entry);
        self.first + self.entries.len() as u64 - 1
    }

    /// Where `length` bytes fit, after as much forgetting or growing as that takes.
    fn make_room(&mut self, length: usize, now: Time) -> usize {
        loop {
            let Some(oldest) = self.entries.front() else {
                let wanted = length.max(RING_START);
                if self.bytes.len() < wanted {
                    self.bytes.resize(wanted, 0);
                }
                return 0;
            };
            let read = oldest.start as usize;
            let wrapped = self.write < read || self.write == read && oldest.length > 0;
            if self.entries.len() < RING_PACKETS {
                if !wrapped && self.bytes.len() - self.write >= length {
                    return self.write;
                }
                if !wrapped && length < read {
                    return 0;
                }
                if wrapped && length < read.saturating_sub(self.write) {
                    return self.write;
                }
            }
            let aged = now.since(oldest.at) >= RING_AGE;
            if aged || self.bytes.len() >= RING_BYTES || self.entries.len() >= RING_PACKETS {
                self.entries.pop_front();
                self.first += 1;
            } else {
                self.grow();
            }
        }
    }

    fn grow(&mut self) {
        let mut larger = Vec::with_capacity((self.bytes.len() * 2).min(RING_BYTES));
        for entry in &mut self.entries {
            let (start, length) = (entry.start as usize, entry.length as usize);
            entry.start = larger.len() as u32;
            larger.extend_from_slice(self.bytes.get(start..start + length).unwrap_or_default());
        }
        self.write = larger.len();
        larger.resize(larger.capacity().max(self.write), 0);
        self.bytes = larger;
    }

    /// The packet at a position, while it is still there.
    pub(crate) fn at(&self, position: u64) -> Option<Stored<'_>> {
        let entry = self.entries.get(usize::try_from(position.checked_sub(self.first)?).ok()?)?;
        let payload = self.bytes.get(entry.start as usize..(entry.start + entry.length) as usize)?;
        let (clear, sealed) = payload.split_at_checked(entry.descriptor.length.into())?;
        let Entry { number, timestamp, marker, descriptor, .. } = *entry;
        Some(Stored { number, timestamp, marker, descriptor, clear, sealed: Sealed::new(sealed) })
    }

    /// The packet at a position turned out to be the last of its picture.
    pub(crate) fn mark(&mut self, position: u64) {
        let at = position.checked_sub(self.first).and_then(|at| usize::try_from(at).ok());
        if let Some(entry) = at.and_then(|at| self.entries.get_mut(at)) {
            entry.marker = true;
        }
    }

    /// The position of a packet by its number, while it is still there. Looks near where it would be if nothing was lost or late.
    pub(crate) fn find(&self, number: u64) -> Option<u64> {
        let last = self.entries.back()?;
        let back = usize::try_from(last.number.saturating_sub(number)).ok()?;
        let guess = (self.entries.len() - 1).saturating_sub(back);
        let (low, high) = (guess.saturating_sub(NEAR), (guess + NEAR).min(self.entries.len()));
        let found = self.entries.range(low..high).position(|entry| entry.number == number)?;
        Some(self.first + (low + found) as u64)
    }
}

/// Gaps kept per stream. More at once is an outage: a key frame mends that, not repetition.
const GAPS: usize = 256;
/// A gap younger than this may be mere reordering.
const PATIENCE: Duration = Duration::from_millis(15);
/// Time between two requests for one packet.
const AGAIN: Duration = Duration::from_millis(60);
/// Requests for one packet.
const TRIES: u8 = 6;

#[derive(Clone, Copy)]
struct Gap {
    number: u64,
    next: Time,
    tries: u8,
}

/// Which packets of one stream are missing.
#[derive(Default)]
pub(crate) struct Gaps {
    gaps: Vec<Gap>,
}

impl Gaps {
    /// Packet `number` arrived when `highest` was the highest before it.
    pub(crate) fn arrived(&mut self, now: Time, number: u64, highest: Option<u64>) {
        let Some(highest) = highest else { return };
        if number <= highest {
            if !self.gaps.is_empty() {
                self.gaps.retain(|gap| gap.number != number);
            }
            return;
        }
        if number - highest > GAPS as u64 {
            self.gaps.clear();
            return;
        }
        for missing in highest + 1..number {
            if self.gaps.len() >= GAPS {
                self.gaps.remove(0);
            }
            self.gaps.push(Gap { number: missing, next: now + PATIENCE, tries: 0 });
        }
    }

    /// When [`Gaps::ask`] has something to say.
    pub(crate) fn due(&self) -> Option<Time> {
        self.gaps.iter().map(|gap| gap.next).min()
    }

    /// Numbers to ask for now, ascending, into `to`.
    pub(crate) fn ask(&mut self, now: Time, to: &mut Vec<u16>) {
        for gap in self.gaps.iter_mut().filter(|gap| gap.next <= now) {
            gap.tries += 1;
            gap.next = now + AGAIN;
            if gap.tries <= TRIES {
                to.push(gap.number as u16);
            }
        }
        self.gaps.retain(|gap| gap.tries <= TRIES);
    }
}

/// How many bytes may be repeated to one receiver: a quarter of what it was sent, and a burst to begin with.
pub(crate) struct RepeatBudget(u32);

/// Bytes of the burst, and the most that is saved up.
const BURST: u32 = 48 * 1024;

impl Default for RepeatBudget {
    fn default() -> Self {
        Self(BURST)
    }
}

impl RepeatBudget {
    /// So many bytes were sent for the first time.
    pub(crate) fn earn(&mut self, bytes: usize) {
        self.0 = (self.0 + (bytes / 4) as u32).min(BURST);
    }

    /// True when so many bytes may be repeated; they are then spent.
    pub(crate) fn spend(&mut self, bytes: usize) -> bool {
        let rest = self.0.checked_sub(bytes as u32);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn arrival(number: u64, at: u64) -> Arrival {
        Arrival { number, timestamp: number as u32, marker: false, descriptor: Descriptor::default(), at: Time::from_millis(at) }
    }

    #[test]
    fn gaps_are_asked_for_again_and_given_up() {
        let mut gaps = Gaps::default();
        gaps.arrived(Time::ZERO, 105, Some(102));
        assert_eq!(gaps.due(), Some(Time::ZERO + PATIENCE));
        gaps.arrived(Time::from_millis(5), 103, Some(105));
        let mut asked = 0;
        for at in 0..100u64 {
            let mut numbers = Vec::new();
            gaps.ask(Time::from_millis(at * 20), &mut numbers);
            assert!(numbers.iter().all(|&number| number == 104));
            asked += numbers.len();
        }
        assert_eq!(asked, usize::from(TRIES));
        assert_eq!(gaps.due(), None);
    }

    #[test]
    fn repetition_is_a_quarter_of_what_is_sent() {
        let mut budget = RepeatBudget::default();
        assert!(budget.spend(BURST as usize));
        assert!(!budget.spend(1));
        budget.earn(4_000);
        assert!(budget.spend(1_000) && !budget.spend(1));
    }

    proptest! {
        #[test]
        fn the_ring_gives_back_what_it_was_given(sizes in proptest::collection::vec((0usize..1_500, 0u64..30), 1..600)) {
            let mut ring = PacketRing::default();
            let mut now = 0;
            for (number, (size, wait)) in (70_000u64..).zip(sizes) {
                now += wait;
                let payload: Vec<u8> = (0..size).map(|i| (i as u64 ^ number) as u8).collect();
                let position = ring.push(arrival(number, now), &payload);
                prop_assert_eq!(ring.find(number), Some(position));
                prop_assert!(ring.bytes.len() <= RING_BYTES && ring.entries.len() <= RING_PACKETS);
            }
            for entry in &ring.entries {
                let at = ring.at(ring.find(entry.number).unwrap()).unwrap();
                let mut copy = Vec::new();
                at.sealed.append_to(&mut copy);
                prop_assert!(copy.iter().enumerate().all(|(i, &byte)| byte == (i as u64 ^ entry.number) as u8));
            }
        }
    }
}
