//! The Incamera host: web page, signalling, blind delivery service and SFU in one binary.
//!
//! **Invariant:** this crate links nothing that could open a frame, a chat line or a name. It carries opaque bytes
//! between participants, keeps the order of a room's commits, and forwards media it cannot read.
//!
//! [`core`] is pure and deterministic, and so are [`relay`] and [`tokens`]; [`shell`] has the sockets and the clock.

#![forbid(unsafe_code)]

pub mod core;
pub mod relay;
pub mod shell;
pub mod tokens;
