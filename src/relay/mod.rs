//! A relay (TURN, RFC 8656) that leads to this host's own media port and nowhere else, without its sockets.
//!
//! **Invariant:** it has no socket and opens none, so there is nothing that could be reached through it. A datagram that a client wants sent
//! comes out of here as a value with a [`Door`], and a door is minted only for an address that is exactly one of the host's own media
//! addresses ([`Doors::find`]); whoever gets that value hands it to the core of this very process. Time and bytes come in as arguments.
//!
//! ```text
//! browser ── UDP, TCP or TLS ──▶ Client ── Step::Inward(door, datagram) ──▶ core, as from the relayed transport address
//!         ◀── ChannelData, Data indication ── Client::outward ◀── what the core answers to that address
//! ```
//!
//! The relayed transport addresses are made up, of the ranges for documentation (RFC 5737, RFC 3849): nobody routes them, no socket is ever
//! bound to them, and a datagram to one of them has no way into a network. To the core they tell peers apart, to a browser they are what it
//! names its candidate by.
//!
//! What it does not do: other peers, TCP allocations (RFC 6062), reservations, mobility. Who may use it: [`access`].

pub mod access;
mod allocation;
pub mod client;
pub mod clients;
pub mod frames;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod message;
#[cfg(test)]
mod tests;

use access::Secret;
use rtc_crypto::providers::RingProvider;
use rtc_crypto::{RTCCrypto, RTCCryptoProvider as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long an allocation lasts unless it is refreshed (RFC 8656 §3.2), and the longest that is granted. Shorter forgets sooner who is gone
/// without a word, longer saves refreshes.
pub const LIFETIME: Duration = Duration::from_secs(600);
/// How long a permission lasts (RFC 8656 §9).
const PERMISSION: Duration = Duration::from_secs(300);
/// How long a channel lasts (RFC 8656 §12).
const CHANNEL: Duration = Duration::from_secs(600);
/// The largest STUN message that is read, bytes: a Send indication with a datagram as large as browsers make them.
pub const LARGEST: usize = 2_048;
/// Bytes per second that one client may send through, and as many at once: 32 Mbit/s. More than a browser sends; less keeps one client from
/// filling what waits for a core.
const BYTES_PER_SECOND: u32 = 4_000_000;
/// Doors of one host. A machine has a handful of addresses.
const MOST_DOORS: usize = 64;

/// One of the host's own media addresses. Only [`Doors::find`] makes one of what a client says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Door(u8);

impl Door {
    /// Its place among the doors, for tables.
    pub fn index(self) -> usize {
        self.0.into()
    }
}

/// The host's own media addresses: everything that can be reached.
#[derive(Clone, Debug)]
pub struct Doors(Vec<SocketAddr>);

impl Doors {
    /// These, as they go into answers. Beyond the first 64 there are none.
    pub fn new(addresses: &[SocketAddr]) -> Self {
        let plain = |address: &SocketAddr| SocketAddr::new(address.ip().to_canonical(), address.port());
        Self(addresses.iter().map(plain).take(MOST_DOORS).collect())
    }

    /// The door at exactly this address and port; `None` for every other address there is, however it is written.
    pub fn find(&self, address: SocketAddr) -> Option<Door> {
        let index = self.0.iter().position(|own| *own == address)?;
        u8::try_from(index).ok().map(Door)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    fn address(&self, door: Door) -> Option<SocketAddr> {
        self.0.get(door.index()).copied()
    }

    fn has_family(&self, family: Family) -> bool {
        self.0.iter().any(|own| Family::of(own.ip()) == family)
    }
}

/// The family of an address (RFC 8656 §18.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    V4,
    V6,
}

impl Family {
    fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }
}

/// What all clients of one host share: who may come in, and where to.
pub struct Service {
    secret: Arc<Secret>,
    doors: Doors,
    provider: RingProvider,
    numbers: AtomicU64,
}

impl Service {
    /// A relay to these doors for whoever has credentials of this secret.
    pub fn new(secret: Arc<Secret>, doors: Doors) -> Self {
        Self { secret, doors, provider: RingProvider::default(), numbers: AtomicU64::new(1) }
    }

    /// Where one can be relayed to.
    pub fn doors(&self) -> &Doors {
        &self.doors
    }

    /// A number that is never given twice: for clients, and for their ways to the cores.
    pub fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    fn crypto(&self) -> &dyn RTCCrypto {
        self.provider.crypto()
    }
}

/// Ports of relayed transport addresses begin here (RFC 8656 §7.2 advises against those below).
const FIRST_PORT: u16 = 1_024;
/// How many there are.
const PORTS: u64 = 64_000;

/// The relayed transport address of a client. Sixteen million clients pass before one comes again in IPv4.
fn relayed(number: u64, family: Family) -> SocketAddr {
    let (place, port) = (number / PORTS, FIRST_PORT + (number % PORTS) as u16);
    let address = match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::new(192, 0, 2, (1 + place % 254) as u8)),
        Family::V6 => IpAddr::V6(Ipv6Addr::from_bits((0x2001_0db8_u128 << 96) | u128::from(1 + place))),
    };
    SocketAddr::new(address, port)
}

/// True for a datagram at the media port that is for the relay: ChannelData (RFC 7983), or a STUN message whose method is TURN's.
pub fn is_for_relay(datagram: &[u8]) -> bool {
    match *datagram {
        [64..=79, ..] => true,
        [first @ 0..=3, second, _, _, 0x21, 0x12, 0xa4, 0x42, ..] => frames::is_turn(u16::from_be_bytes([first, second])),
        _ => false,
    }
}
