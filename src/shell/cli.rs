//! The command line.
//!
//! **Invariant:** `--help` is enough to run a host; an error says what to do about it.

use super::logs;
use super::server::{Server, Settings, StartError};
use clap::{Args, Parser, Subcommand};
use std::future::Future;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;
use tracing::warn;

/// Private video meetings on a host that nobody has to trust.
///
/// The host sees no picture, no sound, no name and no message: browsers encrypt everything under keys that it does not have.
#[derive(Parser)]
#[command(name = "incamera", version, about, long_about)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Serve(Serve),
}

/// Starts the host: page, signalling and media in one process.
///
/// Prints the page's address on stdout when it is ready. Ends with Ctrl-C or SIGTERM; meetings go on when it is started again.
/// Writes nothing to disk and needs no file.
///
/// Browsers give camera and microphone only to pages on `localhost` or over HTTPS. This version speaks plain HTTP: for others than
/// yourself put a proxy with TLS in front (nginx, Caddy, …) that passes on `/`, `/ws` (a WebSocket) and the `Host` header unchanged.
/// Media does not go through the proxy: open the port of --media in your firewall, for UDP and for TCP.
///
/// Exit codes: 0 ended as asked, 1 could not start, 2 wrong arguments, 70 a mistake in the program (start it again).
#[derive(Args)]
#[command(verbatim_doc_comment)]
struct Serve {
    /// Address and port of the page (TCP). Others than 127.0.0.1 can be reached from other machines.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8443")]
    listen: SocketAddr,

    /// Address and port for picture and sound (UDP, and TCP for networks without), e.g. 0.0.0.0:8443 or [::]:8443 [default: every address,
    /// IPv4 and IPv6, at the port of --listen]
    #[arg(long, value_name = "ADDRESS:PORT")]
    media: Option<SocketAddr>,

    /// The address under which browsers reach the media port, if this machine does not know it (behind NAT, in a cloud).
    /// May be given several times.
    #[arg(long, value_name = "IP")]
    advertise: Vec<IpAddr>,

    /// Threads that carry rooms [default: one for each core of the machine]. A room stays on one of them.
    #[arg(long, value_name = "NUMBER")]
    threads: Option<usize>,

    /// More log lines (-vv for most). None ever names a room, a person or an address.
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
}

/// Reads the arguments and does what they say.
pub fn main() -> ExitCode {
    let Arguments { what: What::Serve(serve) } = Arguments::parse();
    logs::begin(serve.verbose);
    match run(&serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "incamera: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(serve: &Serve) -> Result<(), StartError> {
    let workers = std::thread::available_parallelism().map_or(2, usize::from).min(4);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build();
    let settings =
        Settings { listen: serve.listen, media: serve.media, advertise: serve.advertise.clone(), threads: serve.threads };
    runtime.map_err(StartError::Thread)?.block_on(async {
        let server = Server::start(&settings).await?;
        let stop = asked_to_stop();
        // Whoever started this may have closed its stdout; the host serves all the same.
        let _ = writeln!(std::io::stdout(), "{}", server.url());
        if !server.page().ip().is_loopback() {
            warn!("plain HTTP: browsers give camera and microphone to this page only through a proxy with TLS (see --help)");
        }
        server.run_until(stop).await;
        Ok(())
    })
}

#[cfg(unix)]
fn asked_to_stop() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    // Registered now, so that a signal that comes early is not lost.
    let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async move {
        let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) else { return std::future::pending().await };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
fn asked_to_stop() -> impl Future<Output = ()> {
    async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }
}
