//! Why the password is no pre-shared key, shown by doing it (PROTOCOL.md §2).
//!
//! The first half runs both attacks against the naive construction, with unmodified openmls: the host finds the password offline.
//! The second half gives a host that lies in every message everything it can see of the real join, and the link as well, and lets it try the
//! same dictionary. Argon2id is left out on both sides: it makes each guess dearer, and must not be what saves us.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod naive;
mod real;

/// What people choose, the right one in the middle.
const DICTIONARY: [&str; 7] = ["123456", "letmein", "sunshine", PASSWORD, "dragon", "hunter2", "trustno1"];
const PASSWORD: &str = "three plain words";
