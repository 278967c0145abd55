//! What one core's thread counts besides its core: what went through its sockets, and how long it took.
//!
//! **Invariant:** counting is an addition where the thing happens; nobody else looks at these numbers, they are handed out as a copy.

use crate::core::counts::{Counts, Histogram};
use crate::core::path::Path;

/// Datagrams, and what they held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    /// How many.
    pub(crate) datagrams: u64,
    /// Their bytes, without IP and UDP or TCP around them.
    pub(crate) bytes: u64,
}

impl Traffic {
    /// So many bytes in datagrams of `segment` bytes each.
    pub(crate) fn count(&mut self, bytes: usize, segment: Option<usize>) {
        self.datagrams += bytes.div_ceil(segment.unwrap_or(bytes).max(1)) as u64;
        self.bytes += bytes as u64;
    }

    /// Adds what another core counted.
    pub(crate) fn add(&mut self, other: Self) {
        self.datagrams += other.datagrams;
        self.bytes += other.bytes;
    }
}

/// Traffic over each of the ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ways {
    /// Datagrams as such.
    pub(crate) udp: Traffic,
    /// Datagrams framed in TCP connections.
    pub(crate) tcp: Traffic,
    /// Datagrams that the relay took out of what it was sent, or puts into it.
    pub(crate) relay: Traffic,
}

impl Ways {
    /// What goes or came this way.
    pub(crate) fn of(&mut self, path: &Path) -> &mut Traffic {
        match path {
            Path::Udp(_) => &mut self.udp,
            Path::Tcp(_) => &mut self.tcp,
            Path::Relayed(_) => &mut self.relay,
        }
    }

    /// All together.
    pub(crate) fn bytes(&self) -> u64 {
        self.udp.bytes + self.tcp.bytes + self.relay.bytes
    }

    fn add(&mut self, other: &Self) {
        self.udp.add(other.udp);
        self.tcp.add(other.tcp);
        self.relay.add(other.relay);
    }
}

/// What one core's thread has counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeskCounts {
    /// On the media port, inwards.
    pub(crate) inwards: Ways,
    /// The same outwards.
    pub(crate) outwards: Ways,
    /// Media that the system, a choked connection or another core did not take.
    pub(crate) refused: u64,
    /// WebSocket messages that came.
    pub(crate) words_in: u64,
    /// WebSocket messages that left for one reader each.
    pub(crate) words_out: u64,
    /// Bytes of the latter.
    pub(crate) word_bytes_out: u64,
    /// Readers who were too slow and were cut off.
    pub(crate) cut_off: u64,
    /// TCP connections for media that are open, and ways out of the relay.
    pub(crate) streams: usize,
    /// From being woken to having nothing left to do: how long what came in last waited at most.
    pub(crate) turns: Histogram,
    /// How long WebSocket messages waited for the core.
    pub(crate) waits: Histogram,
}

impl DeskCounts {
    /// Adds what another core counted. Turns are each core's own.
    pub(crate) fn add(&mut self, other: &Self) {
        self.inwards.add(&other.inwards);
        self.outwards.add(&other.outwards);
        self.waits.add(&other.waits);
        let pairs = [
            (&mut self.refused, other.refused),
            (&mut self.words_in, other.words_in),
            (&mut self.words_out, other.words_out),
            (&mut self.word_bytes_out, other.word_bytes_out),
            (&mut self.cut_off, other.cut_off),
        ];
        pairs.into_iter().for_each(|(own, theirs)| *own += theirs);
        self.streams += other.streams;
    }
}

/// One core at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    /// Its rooms, people and media.
    pub(crate) core: Counts,
    /// Its thread.
    pub(crate) desk: DeskCounts,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_as_many_datagrams_as_it_holds() {
        let mut traffic = Traffic::default();
        traffic.count(0, None);
        traffic.count(100, None);
        traffic.count(1_000, Some(300));
        assert_eq!(traffic, Traffic { datagrams: 5, bytes: 1_100 });
    }
}
