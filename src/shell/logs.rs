//! Log lines: text on stderr.
//!
//! **Invariant:** only this program's own lines are written, and they carry counts and causes: never a room, a person, an address,
//! a key or a message. (What a CA has against the host's own domain is a cause: `tls/acme/trouble.rs`.) Libraries log addresses and
//! headers, so their lines go nowhere, at any level.

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Begins to log at a level. `RUST_LOG` may name another (`error`, `warn`, `info`, `debug`, `trace`).
pub fn begin(level: Level) {
    let level = std::env::var("RUST_LOG").ok().and_then(|level| level.parse().ok()).unwrap_or(level);
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(false).with_target(false);
    let own = Targets::new().with_target(env!("CARGO_CRATE_NAME"), level);
    // Fails only when somebody logs already, and then that one goes on.
    let _ = tracing_subscriber::registry().with(own).with(lines).try_init();
}
