//! A bad network in user space, between the host's media port and everybody else.
//!
//! Invariant: a datagram that arrives is byte for byte the one that was sent, in the order of its direction; what the
//! [conditions](link::Conditions) of that direction take away is taken by seed, not by chance.

pub mod link;
mod proxy;

pub use link::Conditions;
pub use proxy::{ADDRESS, Proxy};
