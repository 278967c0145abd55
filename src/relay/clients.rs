//! The clients that come over UDP, by where they come from.
//!
//! **Invariant:** whoever has no allocation is not in the table: a stranger's request is answered from what it says alone. There are at most
//! [`ALL`] clients, and [`FROM_ONE_PLACE`] of one network.

use super::client::{Client, Over, Room, Step};
use super::{Door, Service};
use crate::core::Time;
use crate::core::allowance::Allowance;
use crate::core::path::customer;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

/// Clients at once. Each holds about 500 bytes.
pub const ALL: usize = 16_384;
/// Clients at once from one IPv4 address or one IPv6 /56: a browser takes one for each of its networks, a university many behind one address.
pub const FROM_ONE_PLACE: usize = 1_024;
/// Requests of strangers that are answered in one second, and as many at once. The answer is larger than the request, so that whoever forges
/// addresses could have others written to: this many times 100 bytes.
const STRANGERS: u32 = 1_000;

/// Clients over UDP.
pub struct Clients {
    known: HashMap<SocketAddr, Client>,
    by_place: HashMap<IpAddr, usize>,
    strangers: Allowance,
}

impl Default for Clients {
    fn default() -> Self {
        let strangers = Allowance::new(Time::ZERO, STRANGERS, STRANGERS);
        Self { known: HashMap::new(), by_place: HashMap::new(), strangers }
    }
}

/// What a datagram changed among the clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// There is a new one.
    Came,
    /// One has gone.
    Left,
}

impl Clients {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.known.len()
    }

    /// A datagram came from there.
    pub fn hear(&mut self, service: &Service, now: Time, from: SocketAddr, bytes: &[u8]) -> (Step, Change) {
        if let Some(client) = self.known.get_mut(&from) {
            let step = client.hear(service, now, Room::Enough, bytes);
            if client.relayed(now).is_some() {
                return (step, Change::None);
            }
            self.forget(from);
            return (step, Change::Left);
        }
        // Only STUN is worth an answer.
        if bytes.first().is_none_or(|first| *first > 3) || !self.strangers.spend(now, 1) {
            return (Step::Nothing, Change::None);
        }
        let place = customer(from.ip());
        let room = match (self.known.len(), self.by_place.get(&place).copied().unwrap_or_default()) {
            (ALL.., _) => Room::Full,
            (_, FROM_ONE_PLACE..) => Room::PlaceFull,
            _ => Room::Enough,
        };
        let mut client = Client::new(service.number(), from, Over::Udp);
        let step = client.hear(service, now, room, bytes);
        if client.relayed(now).is_none() {
            return (step, Change::None);
        }
        self.known.insert(from, client);
        *self.by_place.entry(place).or_default() += 1;
        (step, Change::Came)
    }

    /// The relayed transport address of whoever is there.
    pub fn relayed(&self, now: Time, from: SocketAddr) -> Option<SocketAddr> {
        self.known.get(&from)?.relayed(now)
    }

    /// [`Client::outward`] for whoever is there.
    pub fn outward(
        &mut self,
        service: &Service,
        now: Time,
        (to, door): (SocketAddr, Door),
        datagram: &[u8],
        out: &mut Vec<u8>,
    ) -> bool {
        self.known.get_mut(&to).is_some_and(|client| client.outward(service, now, door, datagram, out))
    }

    /// Forgets those whose allocations have run out, and says who they were. To be asked now and then.
    pub fn expire(&mut self, now: Time) -> Vec<SocketAddr> {
        let gone = self.known.iter().filter(|(_, client)| client.relayed(now).is_none());
        let gone: Vec<SocketAddr> = gone.map(|(from, _)| *from).collect();
        gone.iter().for_each(|from| self.forget(*from));
        gone
    }

    fn forget(&mut self, from: SocketAddr) {
        if self.known.remove(&from).is_none() {
            return;
        }
        let place = customer(from.ip());
        if let Some(there) = self.by_place.get_mut(&place) {
            *there -= 1;
            if *there == 0 {
                self.by_place.remove(&place);
            }
        }
    }
}
