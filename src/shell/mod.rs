//! Everything about the host that is not pure: sockets, clock, entropy, logs, signals.
//!
//! **Invariant:** nothing in here knows what a room is. It moves bytes between sockets and the core, serves the embedded page,
//! writes nothing to disk but the host's own certificate ([`tls`]) and one key ([`permission`]), in its state directory ([`state`]), and its log lines carry counts and causes only.
//!
//! ```text
//! browser ── GET / ──────▶ page (embedded files)
//! browser ◀─ WebSocket ──▶ socket task ◀─ mailbox / commands ─▶ core threads ◀─ UDP ─▶ browser
//! browser ◀─ TCP ────────▶ stream task ◀─ frames / parcels ────────┘ └ parcels ┘
//! browser ◀─ TURN over UDP, TCP, TLS ─▶ turn ◀─ frames / parcels ──┘
//! ```

mod addresses;
#[cfg(feature = "bench-endpoints")]
mod bench_endpoints;
#[cfg(any(test, feature = "bench-endpoints"))]
mod bench_offer;
pub mod cli;
mod clock;
pub mod config;
mod core_thread;
mod cores;
mod doctor;
mod doorman;
mod doors;
mod elsewhere;
mod end_with_core;
mod errands;
mod files;
pub mod filter;
mod front;
mod gate;
mod handed;
mod headers;
mod https;
mod limits;
pub mod logs;
mod mailbox;
mod manual;
pub mod open_files;
mod page;
mod permission;
mod ports;
mod proxies;
mod redirect;
mod relay;
pub mod server;
mod sight;
mod socket;
mod state;
mod streams;
mod throttle;
mod tls;
mod turn;
mod turns;
mod udp;
