//! The command line.
//!
//! **Invariant:** `--help` is enough to run a host; an error says what to do about it.

use super::config::keys::Settings;
use super::config::{self, Config, Given, Mistake};
use super::doctor::{self, Doctor};
use super::elsewhere::{self, Join, Known, Verify};
use super::handed::{self, Handed};
use super::logs;
use super::manual::{self, Completions, Manual};
use super::open_files;
use super::server::{Server, StartError};
use super::sight::status::status;
use clap::{Args, CommandFactory as _, Parser, Subcommand};
use std::future::Future;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use tokio::sync::mpsc;
use tracing::{Level, error, info, warn};

/// What the program ends with when it was called wrongly, as every program that reads its arguments with clap.
const WRONG_ARGUMENTS: u8 = 2;

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
    Status(Status),
    Doctor(Doctor),
    Join(Join),
    Verify(Verify),
    Fingerprint(Known),
    /// Says what is wrong with the settings, or shows them.
    #[command(subcommand)]
    Config(AboutConfig),
    Manual(Manual),
    Completions(Completions),
}

#[derive(Subcommand)]
enum AboutConfig {
    /// Reads the settings as `serve` would, and says what is wrong with them: file, line and what is allowed.
    ///
    /// Exit codes: 0 nothing is, 2 something is.
    Check(Given),
    /// Prints the whole commented file, with the values in force and where each comes from.
    Show(Given),
}

/// Starts the host: page, signalling and media in one process.
///
/// Prints the page's address on stdout when it is ready. Ends with Ctrl-C or SIGTERM; meetings go on when it is started again. Needs no file:
/// every setting can be a flag, a variable of the environment, or a line in a file, and flags go before variables before the file.
/// On SIGHUP settings and certificates are read anew, and nobody is cut off.
///
/// Browsers give camera and microphone only to pages on `localhost` or over HTTPS. Ways to get there:
///   incamera serve                                this machine alone: http://localhost:8443
///   incamera serve --domain meet.example.org      a server of your own: certificate, ports 443 and 80, everything
///   … --certificate FILE --certificate-key FILE   with a certificate that you take care of
///   … --self-signed                               without anybody who vouches: browsers ask first
///   … --behind-proxy                              nginx, Caddy, … in front have the certificate
/// Open the page's and the media port (443 for a domain) in your firewall, for UDP and for TCP. Media does not go through a proxy.
///
/// Exit codes: 0 ended as asked, 1 could not start, 2 wrong arguments or settings, 70 a mistake in the program (start it again).
#[derive(Args)]
#[command(verbatim_doc_comment)]
struct Serve {
    #[command(flatten)]
    given: Given,

    /// More log lines (-vv for most) than `log` says.
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
}

/// Shows how a running host is: rooms, people, traffic, losses.
///
/// Reads the figures that it serves with --metrics, twice, one second apart. Exit codes: 0 shown, 1 not to be had.
#[derive(Args)]
struct Status {
    /// Where the host serves its figures.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9464")]
    metrics: SocketAddr,

    /// As JSON, for programs.
    #[arg(long)]
    json: bool,
}

/// Reads the arguments and does what they say.
pub fn main() -> ExitCode {
    match Arguments::parse().what {
        What::Serve(serve) => with_settings(&serve.given, |config| start(&serve, &config)),
        What::Status(Status { metrics, json }) => match status(metrics, json) {
            Ok(text) => print(&text),
            Err(error) => fail(&error),
        },
        What::Doctor(asked) => doctor::doctor(&asked),
        What::Join(asked) => elsewhere::join(&asked),
        What::Verify(asked) => elsewhere::verify(&asked),
        What::Fingerprint(asked) => elsewhere::fingerprint(&asked),
        What::Config(AboutConfig::Check(given)) => with_settings(&given, |_| check()),
        What::Config(AboutConfig::Show(given)) => with_settings(&given, |config| print(&config::show(&config))),
        What::Manual(asked) => match manual::answer(&asked, &Arguments::command()) {
            Ok(text) => print(&text),
            Err(error) => fail(&error),
        },
        What::Completions(asked) => print(&asked.script(Arguments::command())),
    }
}

fn with_settings(given: &Given, act: impl FnOnce(Config) -> ExitCode) -> ExitCode {
    match Config::load(given, |name| std::env::var(name).ok()) {
        Ok(config) => act(config),
        Err(mistakes) => {
            mistakes.iter().for_each(complain);
            ExitCode::from(WRONG_ARGUMENTS)
        }
    }
}

fn check() -> ExitCode {
    config::strangers(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok())).for_each(|mistake| complain(&mistake));
    print("The settings are in order.\n")
}

fn complain(mistake: &Mistake) {
    let _ = writeln!(std::io::stderr(), "incamera: {mistake}");
}

fn fail(error: &dyn std::error::Error) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "incamera: {error}");
    ExitCode::FAILURE
}

/// Whoever reads may have stopped reading.
fn print(text: &str) -> ExitCode {
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

fn start(serve: &Serve, config: &Config) -> ExitCode {
    logs::begin(match serve.verbose {
        0 => config.settings.log,
        1 => config.settings.log.max(Level::DEBUG),
        _ => Level::TRACE,
    });
    match run(&serve.given, config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn run(given: &Given, config: &Config) -> Result<(), StartError> {
    // Before there are threads: it changes the environment.
    let handed = Handed::take();
    open_files::raise();
    let workers = std::thread::available_parallelism().map_or(2, usize::from).min(4);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build();
    runtime.map_err(StartError::Thread)?.block_on(async {
        let server = Server::start(&config.settings, handed).await?;
        let (stop, reloads) = (asked_to_stop(), reloads(given.clone(), config.clone()));
        // Whoever started this may have closed its stdout; the host serves all the same.
        let _ = writeln!(std::io::stdout(), "{}", server.url());
        if server.is_in_the_clear() && !server.page().ip().is_loopback() {
            warn!("plain HTTP: browsers give camera and microphone to this page only over HTTPS (see --help)");
        }
        handed::tell("READY=1");
        server.run_until(stop, reloads).await;
        Ok(())
    })
}

/// The settings, each time that somebody asks to have them read anew (SIGHUP). With a mistake in them they stay as they were.
fn reloads(given: Given, config: Config) -> mpsc::Receiver<Settings> {
    let (sender, reloads) = mpsc::channel(1);
    let mut asked = asked_to_reload();
    tokio::spawn(async move {
        while asked.recv().await.is_some() {
            match Config::load(&given, |name| std::env::var(name).ok()) {
                Ok(new) => {
                    for key in new.changed(&config).filter(|key| !key.live) {
                        warn!("`{}` is not what it was at the start: that takes a restart", key.name);
                    }
                    if sender.send(new.settings).await.is_err() {
                        return;
                    }
                    info!("the settings were read anew");
                }
                Err(mistakes) => {
                    mistakes.iter().for_each(|mistake| error!("{mistake}"));
                    error!("the settings in force stay");
                }
            }
        }
    });
    reloads
}

#[cfg(unix)]
fn asked_to_reload() -> mpsc::Receiver<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (sender, asked) = mpsc::channel(1);
    let hangup = signal(SignalKind::hangup());
    tokio::spawn(async move {
        let Ok(mut hangup) = hangup else { return };
        while hangup.recv().await.is_some() && sender.send(()).await.is_ok() {}
    });
    asked
}

#[cfg(not(unix))]
fn asked_to_reload() -> mpsc::Receiver<()> {
    mpsc::channel(1).1
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

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_has_a_page_of_the_manual_and_is_completed() {
        manual::tests::are_whole(&Arguments::command());
    }
}
