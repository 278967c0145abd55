//! The host without its sockets: rooms, commit logs, media.
//!
//! **Invariant:** nothing in here reads a clock, opens a socket, draws a random number, takes a lock or writes a log.
//! Time, entropy and bytes come in as arguments; what shall happen outside comes out as values.

pub mod allowance;
pub mod caps;
pub mod commit_log;
mod deadlines;
mod dice;
mod door;
pub mod host;
pub mod media;
mod bandwidth;
mod forwarding;
mod layers;
mod rewrite;
mod transport;
mod outbox;
mod room;
mod talk;
pub mod time;

pub use time::Time;
