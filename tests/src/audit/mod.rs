//! The blind-host audit: planted secrets, and everything the host gets hold of.
//!
//! Invariant: the audit knows more than the host ever could. It plants the texts itself, and it takes picture and sound
//! from the senders' own browsers before they are sealed. What it then looks for in the host is what the host must not
//! have; and because the same audit finds all of it in a host whose client leaks, finding nothing means something.

pub mod canary;
pub mod memory;
pub mod spy;

pub use canary::{Canaries, Kind};
pub use spy::Spy;
