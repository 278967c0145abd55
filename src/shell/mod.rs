//! Everything about the host that is not pure: sockets, clock, entropy, logs, signals.
//!
//! **Invariant:** nothing in here knows what a room is. It moves bytes between sockets and the core, serves the embedded page,
//! writes nothing to disk, and its log lines carry counts and causes only.
//!
//! ```text
//! browser ── GET / ──────▶ page (embedded files)
//! browser ◀─ WebSocket ──▶ socket task ◀─ mailbox / commands ─▶ core thread ◀─ UDP ─▶ browser
//! ```

mod addresses;
pub mod cli;
mod clock;
mod core_thread;
mod doorman;
mod files;
mod headers;
pub mod logs;
mod mailbox;
mod page;
pub mod server;
mod socket;
mod udp;
