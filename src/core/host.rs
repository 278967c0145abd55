//! The host as one value: connections, rooms, media.
//!
//! **Invariant:** mutate, then drain. After every [`Host::handle`], call [`Host::poll`] until it says [`Output::Wait`];
//! several inputs may be handled before one drain. Two hosts with the same entropy and the same inputs say the same.
//!
//! ```text
//! Connected ─▶ Challenge ─▶ Enter ─▶ seat in a room ─▶ everything else ─▶ Leave | dropped (seat kept a while)
//! ```

use super::caps::Caps;
use super::media::{Media, MediaConfig, MediaError, Transmit};
use super::time::Time;
use std::net::SocketAddr;
use std::sync::Arc;
use wire::{DecodeError, FromHost, ToHost};

/// One WebSocket, numbered by the shell. A number is never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// What [`Host::new`] needs.
pub struct HostConfig {
    /// For the media.
    pub media: MediaConfig,
    /// 32 random bytes: seats, incarnations and nonces are drawn from them.
    pub entropy: [u8; 32],
    /// What the host may be made to hold.
    pub caps: Caps,
}

/// What came in.
#[derive(Debug)]
pub enum Input<'a> {
    /// A WebSocket opened. It gets a challenge and must enter within [`Caps::enter_within`].
    Connected(ConnectionId),
    /// A WebSocket message that could be read.
    Message(ConnectionId, ToHost),
    /// A WebSocket message that could not be read, and why. The connection is closed.
    Unreadable(ConnectionId, DecodeError),
    /// A WebSocket closed, or was cut off because its reader was too slow.
    Disconnected(ConnectionId),
    /// A datagram came in on the media port. `bytes` is overwritten.
    Datagram {
        /// Where it came from.
        from: SocketAddr,
        /// What it holds.
        bytes: &'a mut [u8],
    },
    /// The moment named by [`Output::Wait`] has come, or any other moment.
    Timeout,
}

/// What shall happen.
#[derive(Debug)]
pub enum Output {
    /// Send datagrams from the media port. Give the buffer back with [`Host::recycle`].
    Transmit(Transmit),
    /// Send a message over a WebSocket. One message to many is one allocation.
    Send(ConnectionId, Arc<FromHost>),
    /// Close a WebSocket after what was sent to it so far. The host has forgotten it already.
    Close(ConnectionId),
    /// Nothing more to do until this moment (`None`: until something comes in).
    Wait(Option<Time>),
}

/// The whole host without its sockets.
pub struct Host {
    media: Media,
}

impl Host {
    /// A host without rooms.
    ///
    /// # Errors
    /// [`MediaError`] when the media cannot begin.
    pub fn new(config: HostConfig) -> Result<Self, MediaError> {
        Ok(Self { media: Media::new(config.media)? })
    }

    /// Takes one input in.
    pub fn handle(&mut self, now: Time, input: Input<'_>) {
        if let Input::Datagram { from, bytes } = input {
            self.media.datagram(now, from, bytes);
        }
    }

    /// What to do next.
    pub fn poll(&mut self) -> Output {
        Output::Wait(None)
    }

    /// Takes a sent buffer back for the next [`Transmit`].
    pub fn recycle(&mut self, buffer: Vec<u8>) {
        self.media.recycle(buffer);
    }
}
