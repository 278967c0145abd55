//! The wires between members and host: late, cut, never out of order within one connection.
//!
//! **Invariant:** a connection behaves as a WebSocket does. What arrives, arrives in the order it was sent and once;
//! when the wire is cut, everything still under way is lost in both directions. Between connections there is no order.

use rand_chacha::ChaCha8Rng;
use rand_core::RngCore;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use wire::{FromHost, ToHost};

/// Milliseconds of the simulated world.
pub type Millis = u64;

/// One life of one socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wire(pub u64);

/// Something that arrives.
#[derive(Debug)]
pub enum Parcel {
    /// The socket is open: both ends learn of it.
    Opened,
    /// A member's message reaches the host.
    ToHost(ToHost),
    /// A host's message reaches the member.
    FromHost(FromHost),
    /// The member's end notices that the socket is dead.
    MemberLostIt,
    /// The host's end notices that the socket is dead.
    HostLostIt,
}

#[derive(Default)]
struct Line {
    cut: bool,
    last_up: Millis,
    last_down: Millis,
}

/// All wires.
pub struct Network {
    rng: ChaCha8Rng,
    next_wire: u64,
    next_parcel: u64,
    lines: HashMap<Wire, Line>,
    queue: BinaryHeap<Reverse<(Millis, u64)>>,
    parcels: HashMap<u64, (Wire, Parcel)>,
    slowest: Millis,
}

impl Network {
    /// A network whose delays are drawn from `rng`, up to `slowest` milliseconds one way.
    pub fn new(rng: ChaCha8Rng, slowest: Millis) -> Self {
        Self {
            rng,
            next_wire: 1,
            next_parcel: 0,
            lines: HashMap::new(),
            queue: BinaryHeap::new(),
            parcels: HashMap::new(),
            slowest: slowest.max(1),
        }
    }

    /// Opens a socket; `Opened` arrives after a round trip.
    pub fn open(&mut self, now: Millis) -> Wire {
        let wire = Wire(self.next_wire);
        self.next_wire += 1;
        self.lines.insert(wire, Line::default());
        let due = now + self.delay() + self.delay();
        if let Some(line) = self.lines.get_mut(&wire) {
            (line.last_up, line.last_down) = (due, due);
        }
        self.push(due, wire, Parcel::Opened);
        wire
    }

    /// Puts a parcel on the wire. On a cut wire it vanishes.
    pub fn send(&mut self, now: Millis, wire: Wire, parcel: Parcel) {
        let due = now + self.delay();
        let Some(line) = self.lines.get_mut(&wire).filter(|line| !line.cut) else { return };
        let last = if matches!(parcel, Parcel::ToHost(_) | Parcel::HostLostIt) { &mut line.last_up } else { &mut line.last_down };
        *last = due.max(*last);
        let due = *last;
        self.push(due, wire, parcel);
    }

    /// Cuts a wire: what is under way is lost, and each end notices after a while of its own.
    pub fn cut(&mut self, now: Millis, wire: Wire) {
        let Some(line) = self.lines.get_mut(&wire).filter(|line| !line.cut) else { return };
        line.cut = true;
        self.parcels.retain(|_, (at, _)| *at != wire);
        let (member, host) = (now + self.delay(), now + self.delay());
        self.push(member, wire, Parcel::MemberLostIt);
        self.push(host, wire, Parcel::HostLostIt);
    }

    /// Cuts everything, as a host does that falls over. Members notice; the host is not there to.
    pub fn cut_all(&mut self, now: Millis) {
        self.parcels.retain(|_, (_, parcel)| matches!(parcel, Parcel::MemberLostIt));
        let mut wires: Vec<_> = self.lines.iter().filter(|(_, line)| !line.cut).map(|(wire, _)| *wire).collect();
        wires.sort_unstable();
        for wire in wires {
            if let Some(line) = self.lines.get_mut(&wire) {
                line.cut = true;
            }
            let due = now + self.delay();
            self.push(due, wire, Parcel::MemberLostIt);
        }
    }

    /// When the next parcel arrives.
    pub fn next_due(&mut self) -> Option<Millis> {
        while let Some(Reverse((due, id))) = self.queue.peek() {
            if self.parcels.contains_key(id) {
                return Some(*due);
            }
            self.queue.pop();
        }
        None
    }

    /// Takes the parcel that arrives at or before `now`.
    pub fn arrive(&mut self, now: Millis) -> Option<(Wire, Parcel)> {
        if self.next_due()? > now {
            return None;
        }
        let Reverse((_, id)) = self.queue.pop()?;
        self.parcels.remove(&id)
    }

    fn push(&mut self, due: Millis, wire: Wire, parcel: Parcel) {
        let id = self.next_parcel;
        self.next_parcel += 1;
        self.parcels.insert(id, (wire, parcel));
        self.queue.push(Reverse((due, id)));
    }

    /// Mostly quick, now and then slow: one in sixteen takes up to the slowest time.
    fn delay(&mut self) -> Millis {
        let draw = u64::from(self.rng.next_u32());
        let reach = if draw & 0xf == 0 { self.slowest } else { self.slowest / 10 };
        1 + (draw >> 4) % reach.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::SeedableRng;

    fn network() -> Network {
        Network::new(ChaCha8Rng::seed_from_u64(7), 400)
    }

    #[test]
    fn one_wire_keeps_its_order() {
        let mut network = network();
        let wire = network.open(0);
        for n in 0..200 {
            network.send(n, wire, Parcel::FromHost(FromHost::LogBeginsAt(wire::Epoch(n))));
        }
        let mut seen = Vec::new();
        while let Some((_, parcel)) = network.arrive(u64::MAX) {
            if let Parcel::FromHost(FromHost::LogBeginsAt(epoch)) = parcel {
                seen.push(epoch.0);
            }
        }
        assert_eq!(seen, (0..200).collect::<Vec<_>>());
    }

    #[test]
    fn a_cut_wire_delivers_nothing_more() {
        let mut network = network();
        let wire = network.open(0);
        network.send(1, wire, Parcel::ToHost(ToHost::Alive));
        network.cut(2, wire);
        network.send(3, wire, Parcel::ToHost(ToHost::Alive));
        let mut lost = 0;
        while let Some((_, parcel)) = network.arrive(u64::MAX) {
            assert!(matches!(parcel, Parcel::MemberLostIt | Parcel::HostLostIt), "{parcel:?}");
            lost += 1;
        }
        assert_eq!(lost, 2);
    }
}
