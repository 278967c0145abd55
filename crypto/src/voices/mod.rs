//! Very many voices: everybody hears whoever speaks, receives a bounded number of streams, and shows the host nothing of it.
//!
//! Invariant: **who receives what follows from the roster alone, and what a member sends has one size and one pace**, so that the host
//! sees the same whoever speaks. Levels are not an argument of [`Plan`]; they decide only what a [`Herald`] puts *inside* its frames.
//!
//! ```text
//! member ──▶ host ──▶ the two heralds of its group ──▶ host ──▶ everybody
//!            opaque   open, compare levels, seal again   opaque   open twice: the herald's frame, then the speaker's
//! ```
//! Up to [`DIRECT_MEMBERS`] members receive each other directly. Above, they fall into groups, and the two members with the lowest leaves of
//! each group are its *heralds*: media-switching mixers (RFC 7667 §3.6.2) that hold the keys. A herald receives the voices of its group,
//! and sends one stream more, at the pace of its own encoder: the first herald the loudest voice of the group, the second the loudest that
//! the first does not pass on, so that the group loses nobody when either fails. What is passed on stays as the speaker sealed it, is opened
//! with the speaker's key, and is accepted once, whatever ways it comes on. A herald can keep a voice back. Members hold each other's frame keys
//! (PROTOCOL.md §10), so one who forges can also invent a voice, and as a herald needs no host for it (decision 0015); where frames are
//! signed it is found out (decision 0019).
//!
//! The arithmetic: with two heralds in each of 4, 8 or 16 groups everybody receives 8, 16 or 32 streams (32, 128 or 512 people), and a
//! herald its group besides.

mod herald;
mod plan;
mod sound;
mod ways;

pub use herald::Herald;
pub use plan::{DIRECT_MEMBERS, Duty, Heard, Plan};
pub use sound::Sound;
pub use ways::{Attendee, Ways};

#[cfg(test)]
mod tests;
