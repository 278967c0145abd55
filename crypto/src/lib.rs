//! The Incamera room protocol: everything the host must not be able to do.
//!
//! The one invariant of this crate: **it touches nothing outside its arguments**. No sockets, no clock, no source of
//! randomness: time and entropy are handed in, results are handed out, so that the same code runs in a browser's
//! worker, in a native member and in a simulated world, and can be replayed from a seed.
//!
//! Modules, from a person's words to a frame on the wire:
//! [`name`] and [`password`] turn what people type into secrets that the host cannot guess; [`admission`] lets a newcomer
//! prove the password to a member; [`group`] is the MLS group behind the room; [`frames`] seals and opens media under the
//! group's keys, [`voices`] decides whose sound goes which way; [`vote`] counts what nobody may know of anybody; [`files`] are
//! handed from member to member; [`session`] drives all of them. [`tokens`] are for hosts that let only some open rooms. [`words`], [`strength`] and [`safety`] are what people read and
//! compare.

pub mod admission;
pub mod files;
pub mod frames;
pub mod group;
pub mod name;
pub mod password;
pub mod safety;
pub mod session;
pub mod sorted;
pub mod strength;
pub mod tokens;
mod unicode;
pub mod voices;
pub mod vote;
pub mod words;

#[cfg(test)]
mod secrecy_tests;
