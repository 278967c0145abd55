//! What goes into the host and what comes out of it.
//!
//! **Invariant:** this is all: whatever the host learns is an [`Input`], whatever it causes is an [`Output`].

use super::ConnectionId;
use crate::core::errand::Errand;
use crate::core::media::Transmit;
use crate::core::path::Path;
use crate::core::time::Time;
use std::sync::Arc;
use wire::{DecodeError, FromHost, Refusal, ToHost};

/// What came in.
#[derive(Debug)]
pub enum Input<'a> {
    /// A WebSocket opened. It gets a challenge and must enter within [`Caps::enter_within`](crate::core::caps::Caps::enter_within).
    Connected(ConnectionId),
    /// A WebSocket message that could be read.
    Message(ConnectionId, ToHost),
    /// A WebSocket message that could not be read, and why. The connection is closed.
    Unreadable(ConnectionId, DecodeError),
    /// A WebSocket asked for more than the shell lets come from there. It is told, and closed.
    TurnedAway(ConnectionId, Refusal),
    /// A WebSocket closed, or was cut off because its reader was too slow.
    Disconnected(ConnectionId),
    /// A datagram came in on the media port. `bytes` is overwritten.
    Datagram {
        /// How it came.
        from: Path,
        /// What it holds.
        bytes: &'a mut [u8],
    },
    /// A TCP connection to the media port closed.
    PathClosed(Path),
    /// Another core's host asks or answers something.
    Errand {
        /// Which core.
        from: u8,
        /// What.
        errand: Errand,
    },
    /// The moment named by [`Output::Wait`] has come, or any other moment.
    Timeout,
}

/// What shall happen.
#[derive(Debug)]
pub enum Output {
    /// Send datagrams from the media port. Give the buffer back with [`Host::recycle`](super::Host::recycle).
    Transmit(Transmit),
    /// Send a message over a WebSocket. One message to many is one allocation.
    Send(ConnectionId, Arc<FromHost>),
    /// Bring this to the host of another core, after everything that was brought there before.
    Errand(u8, Errand),
    /// Close a WebSocket after what was sent to it so far. The host has forgotten it already.
    Close(ConnectionId),
    /// Nothing more to do until this moment (`None`: until something comes in).
    Wait(Option<Time>),
}
