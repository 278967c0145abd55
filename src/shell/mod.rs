//! Everything about the host that is not pure: sockets, clock, entropy, logs, signals.
//!
//! **Invariant:** nothing in here knows what a room is. It moves bytes between sockets and the core, serves the embedded page,
//! writes nothing to disk, and its log lines carry counts and causes only.
//!
//! ```text
//! browser ── GET / ──────▶ page (embedded files)
//! browser ◀─ WebSocket ──▶ socket task ◀─ mailbox / commands ─▶ core threads ◀─ UDP ─▶ browser
//! browser ◀─ TCP ────────▶ stream task ◀─ frames / parcels ────────┘ └ parcels ┘
//! ```

mod addresses;
#[cfg(feature = "bench-endpoints")]
mod bench_endpoints;
#[cfg(any(test, feature = "bench-endpoints"))]
mod bench_offer;
pub mod cli;
mod clock;
mod core_thread;
mod cores;
mod doorman;
mod errands;
mod files;
pub mod filter;
mod headers;
pub mod logs;
mod mailbox;
mod page;
mod ports;
mod relay;
pub mod server;
mod socket;
mod streams;
mod udp;
