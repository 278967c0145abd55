//! How a datagram came, and how one goes back.
//!
//! **Invariant:** two datagrams have equal paths exactly when they share both ends: the address for UDP, the connection for TCP. A number of a
//! TCP connection is never used twice, so a path that closed is never mistaken for a new one.

use std::net::SocketAddr;

/// One way between a peer and the media port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Path {
    /// Datagrams from and to this address.
    Udp(SocketAddr),
    /// Datagrams framed in one TCP connection (RFC 6544, RFC 4571).
    Tcp(Stream),
}

/// A TCP connection to the media port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stream {
    /// Numbered by the shell.
    pub number: u64,
    /// The other end.
    pub from: SocketAddr,
}

impl Path {
    /// The other end, as a check's answer names it (XOR-MAPPED-ADDRESS).
    pub fn address(&self) -> SocketAddr {
        match *self {
            Self::Udp(address) | Self::Tcp(Stream { from: address, .. }) => address,
        }
    }
}

impl From<SocketAddr> for Path {
    fn from(address: SocketAddr) -> Self {
        Self::Udp(address)
    }
}
