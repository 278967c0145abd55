//! The host without its sockets: rooms, commit logs, media.
//!
//! **Invariant:** nothing in here reads a clock, opens a socket, draws a random number, takes a lock or writes a log.
//! Time, entropy and bytes come in as arguments; what shall happen outside comes out as values.

pub mod allowance;
mod bandwidth;
pub mod caps;
pub mod charter;
pub mod commit_log;
mod connection;
pub mod counts;
mod deadlines;
mod demand;
mod dice;
mod door;
mod ends;
pub mod errand;
mod forwarding;
pub mod host;
mod layers;
pub mod media;
mod outbox;
pub mod path;
mod pipe;

mod rewrite;
mod room;
pub mod spread;
mod talk;
pub mod time;
mod transport;

pub use time::Time;
