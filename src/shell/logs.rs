//! Log lines: text on stderr.
//!
//! **Invariant:** only this program's own lines are written, and they carry counts and causes: never a room, a person, an address,
//! a key or a message. Libraries log addresses and headers, so their lines go nowhere, at any level.

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Begins to log. `RUST_LOG` may name another level (`error`, `warn`, `info`, `debug`, `trace`).
pub fn begin(verbosity: u8) {
    let asked = std::env::var("RUST_LOG").ok().and_then(|level| level.parse().ok());
    let level = asked.unwrap_or(match verbosity {
        0 => Level::INFO,
        1 => Level::DEBUG,
        _ => Level::TRACE,
    });
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(false).with_target(false);
    let own = Targets::new().with_target(env!("CARGO_CRATE_NAME"), level);
    // Fails only when somebody logs already, and then that one goes on.
    let _ = tracing_subscriber::registry().with(own).with(lines).try_init();
}
