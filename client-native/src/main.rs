//! `incamera-native`: members without a browser, from the command line.
//!
//! **Invariant:** standard output carries the table (and the JSON, if it is asked for there); progress and what went wrong go to standard
//! error. The exit code is 0 only when there is a result and it was not cut short.

use clap::{Args, Parser, Subcommand, ValueEnum};
use incamera_native::load::{self, Plan, Profile, Progress, Report, Target};
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::sync::watch;

/// Members of Incamera meetings without a browser.
#[derive(Parser)]
#[command(name = "incamera-native", version, about)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Load(Load),
}

/// Fills rooms with real members and measures what becomes of what they send.
///
/// Every member joins as a browser does: by the WebSocket, with the room's password, into the group, and with media over ICE, DTLS and SRTP
/// (by the `webrtc` crate, not by the host's own code). Publishers seal frames in the number and size of a real
/// camera and microphone; every subscriber receives every publisher of its room and opens every frame with its own keys. Frames carry, inside
/// the seal, who sent them and when.
///
/// It goes in four steps: everybody joins; frames flow until every subscriber opens every stream; then a fixed number of frames counts; then
/// the last ones are waited for. Latency is from the stamp in the publisher, before sealing, to the opened frame in the receiver, so this
/// program's own work is in it: look at its CPU too. Publishers and subscribers share this machine's clock by being one process.
///
/// Ctrl-C ends it early and prints what was measured until then.
///
/// Exit codes: 0 measured, 1 a member could not join, nothing was delivered or the host is not there, 2 wrong arguments, 130 interrupted.
#[derive(Args)]
#[command(verbatim_doc_comment)]
struct Load {
    /// The host: the address that it prints when it starts
    #[arg(long, value_name = "URL", required_unless_present = "start")]
    host: Option<String>,

    /// Starts this host program for the load, on free ports of 127.0.0.1, and measures it
    #[arg(long, value_name = "PROGRAM", conflicts_with_all = ["host", "host_pid"])]
    start: Option<PathBuf>,

    /// Process id of the host, if it runs on this machine: for its CPU and memory
    #[arg(long, value_name = "PID")]
    host_pid: Option<u32>,

    /// Rooms at the same time
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    rooms: u32,

    /// Members in each room who send, and receive nothing (with voices: everybody)
    #[arg(long, value_name = "NUMBER", default_value_t = 2)]
    publishers: u32,

    /// Members in each room who receive everybody who sends, and send nothing [default: 2; with voices none]
    #[arg(long, value_name = "NUMBER")]
    subscribers: Option<u32>,

    /// What each publisher sends
    #[arg(long, value_enum, default_value_t = Sends::Hd)]
    profile: Sends,

    /// Seconds' worth of frames that are measured
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    seconds: u32,

    /// The password of the rooms [default: none]
    #[arg(long, value_name = "TEXT")]
    password: Option<String>,

    /// The name of the room, for a load of one room; whoever is in it already stays [default: drawn]
    #[arg(long, value_name = "NAME")]
    room: Option<String>,

    /// Writes the figures to this file as one line of JSON too; - is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Sends {
    /// A camera of 1.5 Mbit/s, 30 pictures a second, and a microphone
    #[value(name = "720p")]
    Hd,
    /// A camera of 150 kbit/s, 30 pictures a second, and a microphone
    #[value(name = "180p")]
    Small,
    /// A microphone: 50 frames a second of 32 kbit/s
    Audio,
    /// The same from everybody to everybody, over heralds in a room of more than 13. One after the other speaks, two at a time, the last to
    /// come first: what is spoken counts, and how soon each of the others hears each
    Voices,
}

fn main() -> ExitCode {
    let Arguments { what: What::Load(load) } = Arguments::parse();
    match measure(&load) {
        Ok(report) if report.interrupted => ExitCode::from(130),
        Ok(_) => ExitCode::SUCCESS,
        Err(reason) => {
            let _ = writeln!(std::io::stderr(), "incamera-native: {reason}");
            ExitCode::FAILURE
        }
    }
}

type Failure = Box<dyn std::error::Error>;

fn measure(load: &Load) -> Result<Report, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(async {
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                stop.send_replace(true);
            }
            // Without a way to be told there is nothing to be told; the load then goes to its end.
            stop.closed().await;
        });
        load::run(load.plan(), stopped, show).await
    });
    if std::io::stderr().is_terminal() {
        let _ = writeln!(std::io::stderr());
    }
    let report = report?;
    write!(std::io::stdout(), "{report}")?;
    if let Some(file) = &load.json {
        write_json(file, &report)?;
    }
    Ok(report)
}

/// One line that is written over on a terminal, a line each elsewhere.
fn show(progress: Progress) {
    let mut errors = std::io::stderr();
    // Nobody has to watch.
    let _ = if errors.is_terminal() { write!(errors, "\r\x1b[K{progress}") } else { writeln!(errors, "{progress}") };
}

fn write_json(file: &Path, report: &Report) -> Result<(), Failure> {
    let line = format!("{}\n", report.to_json());
    if file == Path::new("-") {
        std::io::stdout().write_all(line.as_bytes())?;
    } else {
        std::fs::write(file, line).map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    }
    Ok(())
}

impl Load {
    fn plan(&self) -> Plan {
        let target = match &self.start {
            Some(program) => Target::Started(program.clone()),
            None => Target::Running { address: self.host.clone().unwrap_or_default(), process: self.host_pid },
        };
        let profile = match self.profile {
            Sends::Hd => Profile::Hd,
            Sends::Small => Profile::Small,
            Sends::Audio => Profile::Audio,
            Sends::Voices => Profile::Voices,
        };
        Plan {
            target,
            rooms: self.rooms,
            publishers: self.publishers,
            subscribers: self.subscribers.unwrap_or(if profile == Profile::Voices { 0 } else { 2 }),
            profile,
            seconds: self.seconds,
            password: self.password.clone(),
            room: self.room.clone(),
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

    #[test]
    fn a_load_needs_a_host_and_has_one() {
        let parsed = |words: &[&str]| Arguments::try_parse_from([&["incamera-native", "load"], words].concat()).is_ok();
        assert!(parsed(&["--host", "http://127.0.0.1:8443", "--host-pid", "7", "--profile", "180p"]));
        assert!(parsed(&["--start", "target/release/incamera", "--rooms", "10"]));
        assert!(!parsed(&["--rooms", "10"]) && !parsed(&["--host", "a", "--start", "b"]));
    }
}
