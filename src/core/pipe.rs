//! What the media of one core says to that of another, where a room is spread over several.
//!
//! **Invariant:** words to one core arrive in the order in which they were said; of packets some may be lost on the way, of words none.
//! In the steady state no packet allocates: batches come back to whom they are from.
//!
//! A participant's media is on one core ([`Spread`]): what it sends is opened there, once, and goes as it is to each core where somebody shows it.
//! There a *mirror* of the source feeds the receivers: it has the rings, the layers and the measurements of the source itself, so whoever shows
//! it cannot tell the two apart. What goes back concerns the sender only: how large the largest place is, and key frames.

use super::forwarding::Layer;
use super::layers::Heights;
use super::media::Seat;
use super::rewrite::Origin;
use super::spread::Spread;
use super::transport::codec::Codec;
use super::transport::retransmission::Arrival;
use super::transport::rtcp::SenderInfo;
use super::transport::slab::Key;
use std::collections::VecDeque;
use wire::{PixelHeight, Track};

/// Emptied batches that go back together, so that returning them costs next to nothing.
const RETURNED: usize = 16;
/// Emptied batches kept for the next packets.
const SPARE: usize = 64;

/// One word. `name` is what the core of the mirror calls it.
pub(crate) enum Word {
    /// From a mirror: it is there, and so its receivers wish from now on.
    Wants { owner: (Seat, Track), name: Key, wishes: Wishes },
    /// From a mirror: nobody shows it any more.
    Unshown { owner: (Seat, Track), name: Key },
    /// From a mirror: a receiver asks for a key frame of this layer.
    KeyFrame { owner: (Seat, Track), layer: u8 },
    /// To a mirror: so the track is sent from now on, and this is known of its layers; `None`: it is not.
    Sent { name: Key, how: Option<(Codec, Vec<Layer>)> },
    /// To a mirror: the owner is gone.
    Gone { name: Key },
    /// To a mirror: the sender's clocks.
    Clocks { name: Key, layer: u8, info: SenderInfo },
    /// To a mirror, every half second while the owner sends anything: time to see what no longer comes.
    Look { name: Key },
    /// To mirrors: packets in their order.
    Packets(Batch),
    /// Batches to be filled again.
    Spent(Vec<Batch>),
}

/// What the receivers of a mirror wish of its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wishes {
    /// The height of the largest place that shows it.
    pub(crate) height: PixelHeight,
    /// The layers of which somebody waits for a key frame, one bit for each: they are asked for until there is one.
    pub(crate) awaited: u8,
}

/// A packet that was opened, on its way to its receivers.
#[derive(Clone, Copy)]
pub(crate) struct Passing {
    /// Of what.
    pub(crate) origin: Origin<Key>,
    /// The sender's SSRC.
    pub(crate) ssrc: u32,
    /// The first of its stream.
    pub(crate) latched: bool,
    /// Its numbers.
    pub(crate) arrival: Arrival,
    /// What it says of the heights of the stream's spatial layers.
    pub(crate) heights: Option<Heights>,
}

/// Packets for the mirrors of one core.
#[derive(Default)]
pub(crate) struct Batch {
    packets: Vec<(Passing, usize)>,
    bytes: Vec<u8>,
}

impl Batch {
    fn push(&mut self, passing: Passing, payload: &[u8]) {
        self.packets.push((passing, payload.len()));
        self.bytes.extend_from_slice(payload);
    }

    /// Each packet with its payload.
    pub(crate) fn packets(&self) -> impl Iterator<Item = (&Passing, &[u8])> {
        let mut rest = self.bytes.as_slice();
        self.packets.iter().filter_map(move |(passing, length)| {
            let (payload, behind) = rest.split_at_checked(*length)?;
            rest = behind;
            Some((passing, payload))
        })
    }

    /// Bytes that it holds.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len() + self.packets.len() * size_of::<(Passing, usize)>()
    }

    /// One that holds so many bytes and no packet.
    #[cfg(test)]
    pub(crate) fn of(bytes: usize) -> Self {
        Self { bytes: vec![0; bytes], ..Self::default() }
    }

    fn clear(&mut self) {
        self.packets.clear();
        self.bytes.clear();
    }
}

/// The ways to the other cores, seen from one.
#[derive(Default)]
pub(crate) struct Pipes {
    spread: Spread,
    said: VecDeque<(u8, Word)>,
    /// By core: packets that nothing was said after.
    open: Vec<Batch>,
    spare: Vec<Batch>,
    /// By core: emptied batches of theirs.
    emptied: Vec<Vec<Batch>>,
}

impl Pipes {
    /// Nothing said.
    pub(crate) fn new(spread: Spread) -> Self {
        let cores = || 0..spread.cores();
        let (open, emptied) = (cores().map(|_| Batch::default()).collect(), cores().map(|_| Vec::new()).collect());
        Self { spread, open, emptied, ..Self::default() }
    }

    /// Where this is.
    pub(crate) fn spread(&self) -> Spread {
        self.spread
    }

    /// Says something to another core.
    pub(crate) fn say(&mut self, core: u8, word: Word) {
        self.close(core);
        self.said.push_back((core, word));
    }

    /// Hands a packet to a mirror on another core.
    pub(crate) fn pack(&mut self, core: u8, passing: Passing, payload: &[u8]) {
        if let Some(open) = self.open.get_mut(usize::from(core)) {
            if open.packets.is_empty()
                && let Some(spare) = self.spare.pop()
            {
                *open = spare;
            }
            open.push(passing, payload);
        }
    }

    /// What is to be said next, and to whom.
    pub(crate) fn next(&mut self) -> Option<(u8, Word)> {
        if self.said.is_empty() && self.spread.cores() > 1 {
            (0..self.spread.cores()).for_each(|core| self.close(core));
        }
        self.said.pop_front()
    }

    /// True when there is something to be said.
    pub(crate) fn has_next(&self) -> bool {
        !self.said.is_empty() || self.open.iter().any(|open| !open.packets.is_empty())
    }

    /// A batch of another core has been dealt with.
    pub(crate) fn emptied(&mut self, core: u8, mut batch: Batch) {
        batch.clear();
        let Some(emptied) = self.emptied.get_mut(usize::from(core)) else { return };
        emptied.push(batch);
        if emptied.len() >= RETURNED {
            let back = core::mem::take(emptied);
            self.said.push_back((core, Word::Spent(back)));
        }
    }

    /// Batches came back.
    pub(crate) fn refill(&mut self, spent: Vec<Batch>) {
        self.spare.extend(spent);
        self.spare.truncate(SPARE);
    }

    fn close(&mut self, core: u8) {
        if let Some(open) = self.open.get_mut(usize::from(core)).filter(|open| !open.packets.is_empty()) {
            let full = core::mem::take(open);
            self.said.push_back((core, Word::Packets(full)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::time::Time;
    use crate::core::transport::codec::Descriptor;
    use crate::core::transport::slab::Slab;

    fn passing(number: u64) -> Passing {
        let origin = Origin { source: Slab::default().insert(()), layer: 0 };
        let arrival = Arrival { number, timestamp: 0, marker: false, descriptor: Descriptor::default(), at: Time::ZERO };
        Passing { origin, ssrc: 1, latched: false, arrival, heights: None }
    }

    /// Everything said to core 1: the numbers and payloads of packets, and where something else was said.
    fn said(pipes: &mut Pipes) -> Vec<Vec<(u64, Vec<u8>)>> {
        let words = std::iter::from_fn(|| pipes.next());
        let read = |(core, word): (u8, Word)| match word {
            Word::Packets(batch) => {
                assert_eq!(core, 1);
                batch.packets().map(|(passing, payload)| (passing.arrival.number, payload.to_vec())).collect()
            }
            _ => Vec::new(),
        };
        words.map(read).collect()
    }

    #[test]
    fn words_and_packets_keep_their_order() {
        let mut pipes = Pipes::new(Spread::new(0, 2));
        pipes.pack(1, passing(1), b"one");
        pipes.pack(1, passing(2), b"");
        pipes.say(1, Word::Look { name: passing(0).origin.source });
        pipes.pack(1, passing(3), b"three");
        assert!(pipes.has_next());
        let [one, two, three] = [(1, b"one".to_vec()), (2, Vec::new()), (3, b"three".to_vec())];
        assert_eq!(said(&mut pipes), [vec![one, two], vec![], vec![three]]);
        assert!(!pipes.has_next());
    }

    #[test]
    fn batches_come_back_and_are_filled_again() {
        let (mut here, mut there) = (Pipes::new(Spread::new(0, 2)), Pipes::new(Spread::new(1, 2)));
        let mut buffers = std::collections::BTreeSet::new();
        for number in 0..500 {
            here.pack(1, passing(number), b"payload");
            while let Some((_, word)) = here.next() {
                let Word::Packets(batch) = word else { panic!("packets") };
                buffers.insert(batch.bytes.as_ptr().addr());
                there.emptied(0, batch);
            }
            while let Some((_, word)) = there.next() {
                let Word::Spent(batches) = word else { panic!("batches") };
                here.refill(batches);
            }
        }
        assert_eq!(buffers.len(), RETURNED, "as many as are on their way back at a time");
    }
}
