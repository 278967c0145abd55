//! Datagrams that came to one core's socket and belong to another core's peer.
//!
//! **Invariant:** what is handed over waits in channels with an end, and an address is remembered only when the core it belongs to has said
//! that a valid check came from it; what is not used for two minutes is forgotten.
//!
//! The kernel spreads senders over the cores' sockets by a hash of their addresses. A connectivity check names its core; every other datagram
//! is known by its address: here, at another core, or nowhere. Replies leave from the owning core's own socket, which has the same port.

use super::streams::Outbound;
use crate::core::Time;
use crate::core::allowance::Allowance;
use crate::core::host::{Host, Input};
use crate::core::media::addressed_core;
use crate::core::path::{Pair, Path};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::mpsc::Sender;

/// Parcels that may wait for one core.
pub(crate) const PARCELS: usize = 4096;
/// How long an address is remembered at least. Peers check every few seconds, and each check is told anew.
const GENERATION: Duration = Duration::from_secs(60);
/// Addresses remembered in one generation.
const ADDRESSES: usize = 65_536;
/// Datagrams from unknown addresses per second that every core is asked about. They are media of peers whom a NAT has moved, if they are not
/// junk; one of them is enough.
const STRAYS: u32 = 200;

/// From one core to another.
pub(crate) enum Parcel {
    /// This came to the socket of core `by`, or otherwise (`by` is the receiver itself).
    Datagram { from: Path, bytes: Vec<u8>, by: usize },
    /// A valid check came from this address; it is mine.
    Mine { address: SocketAddr, core: usize },
    /// A path that is no UDP opened, and its datagrams go there. Before its first datagram, on the same way.
    PathOpened(Path, Outbound),
    /// It closed.
    PathClosed(Path),
}

/// One core's view of the others.
pub(crate) struct Relay {
    own: usize,
    cores: Vec<Sender<Parcel>>,
    young: HashMap<SocketAddr, usize>,
    old: HashMap<SocketAddr, usize>,
    turned: Time,
    strays: Allowance,
}

impl Relay {
    /// `cores`: where each core takes parcels, this one (`own`) included.
    pub(crate) fn new(own: usize, cores: Vec<Sender<Parcel>>) -> Self {
        let strays = Allowance::new(Time::ZERO, STRAYS, STRAYS);
        Self { own, cores, young: HashMap::new(), old: HashMap::new(), turned: Time::ZERO, strays }
    }

    /// Gives a datagram that came to this core's socket to whom it belongs.
    pub(crate) fn deliver(&mut self, host: &mut Host, now: Time, pair: Pair, bytes: &mut [u8]) {
        let from = Path::Udp(pair);
        if self.cores.len() > 1 && !self.is_own(host, now, from, bytes) {
            return;
        }
        host.handle(now, Input::Datagram { from, bytes });
    }

    /// Takes in a datagram that came to core `by`, and tells that one when it was a valid check.
    pub(crate) fn open(&mut self, host: &mut Host, now: Time, (from, by): (Path, usize), mut bytes: Vec<u8>) {
        let is_check = bytes.first().is_some_and(|&first| first < 4);
        host.handle(now, Input::Datagram { from, bytes: &mut bytes });
        if is_check
            && by != self.own
            && let Path::Udp(Pair { from: address, .. }) = from
            && host.knows(from)
        {
            self.send(by, Parcel::Mine { address, core: self.own });
        }
    }

    /// False when the datagram was handed on.
    fn is_own(&mut self, host: &Host, now: Time, from: Path, bytes: &[u8]) -> bool {
        let first = bytes.first().copied().unwrap_or_default();
        if first < 4 {
            let core = addressed_core(bytes).map_or(self.own, usize::from);
            return core == self.own || !self.hand(core, from, bytes);
        }
        if host.knows(from) {
            return true;
        }
        if let Some(core) = self.owner(now, from.address()) {
            return !self.hand(core, from, bytes);
        }
        if (128..192).contains(&first) && self.strays.spend(now, 1) {
            for core in (0..self.cores.len()).filter(|&core| core != self.own) {
                self.hand(core, from, bytes);
            }
        }
        true
    }

    /// The core to which an address belongs, as far as is known here.
    fn owner(&mut self, now: Time, address: SocketAddr) -> Option<usize> {
        self.turn(now);
        if let Some(&core) = self.young.get(&address) {
            return Some(core);
        }
        let core = *self.old.get(&address)?;
        self.remember(now, address, core);
        Some(core)
    }

    /// An address belongs to a core.
    pub(crate) fn remember(&mut self, now: Time, address: SocketAddr, core: usize) {
        self.turn(now);
        if self.young.len() < ADDRESSES {
            self.young.insert(address, core);
        }
    }

    fn turn(&mut self, now: Time) {
        if now.since(self.turned) >= GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.turned = now;
        }
    }

    /// False when there is no such core.
    fn hand(&self, core: usize, from: Path, bytes: &[u8]) -> bool {
        core < self.cores.len() && {
            self.send(core, Parcel::Datagram { from, bytes: bytes.to_vec(), by: self.own });
            true
        }
    }

    fn send(&self, core: usize, parcel: Parcel) {
        // A core that cannot follow loses datagrams, as a socket would.
        let _ = self.cores.get(core).map(|core| core.try_send(parcel));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc;

    fn at(n: u32) -> SocketAddr {
        SocketAddr::from((std::net::Ipv4Addr::from_bits(n), 1))
    }

    #[test]
    fn what_is_remembered_has_an_end_and_is_forgotten_when_unused() {
        let (sender, _receiver) = mpsc::channel(1);
        let mut relay = Relay::new(0, vec![sender.clone(), sender]);
        for n in 0..200_000 {
            relay.remember(Time::ZERO, at(n), 1);
        }
        assert_eq!(relay.young.len(), ADDRESSES);
        let minutes = |n: u64| Time::from_millis(60_000 * n);
        assert_eq!(relay.owner(minutes(1), at(5)), Some(1), "used within two minutes");
        assert_eq!(relay.owner(minutes(2), at(5)), Some(1));
        assert_eq!(relay.owner(minutes(2), at(6)), None);
        assert_eq!(relay.young.len() + relay.old.len(), 2);
    }

    #[test]
    fn a_core_that_cannot_follow_makes_nobody_wait() {
        let (sender, mut receiver) = mpsc::channel(2);
        let relay = Relay::new(0, vec![sender.clone(), sender]);
        assert!((0..10).all(|_| relay.hand(1, at(1).into(), b"datagram")));
        assert!(!relay.hand(7, at(1).into(), b"of no core"));
        let waiting = std::iter::from_fn(|| receiver.try_recv().ok()).count();
        assert_eq!(waiting, 2);
    }
}
