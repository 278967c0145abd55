//! How a datagram came, and how one goes back.
//!
//! **Invariant:** two datagrams have equal paths exactly when they share both ends: both addresses for UDP, the connection for TCP, the allocation and
//! the address of ours it leads to for a relay. A number is never used twice, so a path that closed is never mistaken for a new one.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// One way between a peer and the media port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Path {
    /// Datagrams between these addresses.
    Udp(Pair),
    /// Datagrams framed in one TCP connection (RFC 6544, RFC 4571).
    Tcp(Stream),
    /// Datagrams that the host's own relay takes out of TURN's messages ([`crate::relay`]). They never were on a network as such.
    Relayed(Stream),
}

/// The two ends of datagrams, without our port, which is the media port (RFC 8445 §4: a candidate pair).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    /// The other one.
    pub from: SocketAddr,
    /// The address of this machine that they are sent to, as the system writes it. `None` where it has one only, or does not say. Where there
    /// are several, what leaves from another is not taken for an answer (RFC 8445 §7.2.5.2.1).
    pub at: Option<IpAddr>,
}

/// A TCP connection to the media port, or a way out of the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stream {
    /// Numbered by the shell.
    pub number: u64,
    /// The other end; of a way out of the relay, the relayed transport address.
    pub from: SocketAddr,
}

impl Path {
    /// The other end, as a check's answer names it (XOR-MAPPED-ADDRESS).
    pub fn address(&self) -> SocketAddr {
        match *self {
            Self::Udp(Pair { from: address, .. })
            | Self::Tcp(Stream { from: address, .. })
            | Self::Relayed(Stream { from: address, .. }) => address,
        }
    }
}

impl From<SocketAddr> for Path {
    fn from(from: SocketAddr) -> Self {
        Self::Udp(Pair { from, at: None })
    }
}

/// The network that one customer of a provider is given, as far as an address tells: one IPv4 address, one IPv6 /56. Limits count by it.
pub fn customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 72)).into(),
        v4 => v4,
    }
}
