//! `incamera doctor`: what keeps a meeting from taking place, and what to do about it.
//!
//! **Invariant:** looks and changes nothing. What is called good was tried a moment ago in the way a browser would; what could not be tried is
//! called unknown, never good. It ends by itself, whoever does not answer.

mod machine;
mod media;
mod names;
mod ports;
mod relay;
mod report;
mod signalling;
mod way;

use super::config::keys::Settings;
use super::config::plan::Encryption;
use super::config::{Config, Given};
use super::elsewhere::{Address, Belief, Believe, in_runtime};
use super::open_files;
use clap::Args;
use report::Report;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::process::ExitCode;

/// Ends so when something is to be mended.
const TO_MEND: u8 = 1;
/// Ends so when it could not begin.
const WRONG: u8 = 2;

/// Finds what keeps a meeting from taking place, and says what to do about it.
///
/// On the machine that hosts, with the settings that `serve` has: looks at the machine, its ports, the DNS, the certificate, and at the way to
/// the host. With an ADDRESS, from any other machine: looks at the way to that host as a browser takes it, up to the first packet of a
/// meeting over UDP and over TCP. The second tells what the first cannot: whether firewall and router let people in.
///
/// Exit codes: 0 nothing to mend, 1 something to mend, 2 wrong arguments or settings.
#[derive(Args)]
pub(crate) struct Doctor {
    /// For example https://meet.example.org. Settings are not read then.
    #[arg(value_name = "ADDRESS")]
    address: Option<String>,

    #[command(flatten)]
    believe: Believe,

    #[command(flatten)]
    given: Given,
}

/// Looks and says.
pub(crate) fn doctor(asked: &Doctor) -> ExitCode {
    let mut report = Report::default();
    let looked = match &asked.address {
        Some(address) => from_elsewhere(asked, address, &mut report),
        None => at_the_host(asked, &mut report),
    };
    if let Err(why) = looked {
        let _ = writeln!(std::io::stderr(), "incamera: {why}");
        return ExitCode::from(WRONG);
    }
    report.end();
    if report.to_mend() == 0 { ExitCode::SUCCESS } else { ExitCode::from(TO_MEND) }
}

fn from_elsewhere(asked: &Doctor, address: &str, report: &mut Report) -> Result<(), String> {
    let (address, _) = Address::of_link(address).map_err(|error| error.to_string())?;
    let belief = asked.believe.belief(&address).map_err(|error| error.to_string())?;
    in_runtime(way::look(way::Way { address, belief, inside: false }, report)).map_err(|error| error.to_string())
}

fn at_the_host(asked: &Doctor, report: &mut Report) -> Result<(), String> {
    let config = Config::load(&asked.given, |name| std::env::var(name).ok())
        .map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\nincamera: "))?;
    let settings = &config.settings;
    report.heading("The machine");
    // As the host does.
    open_files::raise();
    machine::look(settings, report);
    report.heading("Ports");
    let runs = ports::look(settings, report);
    let ours = own_address(settings);
    let belief = belief(asked, settings, &ours)?;
    in_runtime(async {
        if !settings.domain.is_empty() {
            report.heading("Names");
            names::look(settings, report).await;
        }
        match belief {
            _ if !runs => report.unknown("way", "the host is not running: start it (`incamera serve`) and ask again"),
            None => report.unknown(
                "way",
                "the certificate is the host's own: give --certificate-fingerprint as the host's log says it, and the way is tried too",
            ),
            Some(belief) => way::look(way::Way { address: ours, belief, inside: true }, report).await,
        }
    })
    .map_err(|error| error.to_string())
}

/// Where people find this host, as far as the settings say.
fn own_address(settings: &Settings) -> Address {
    let page = settings.page();
    // With a proxy in front it is the proxy that people reach.
    let (secure, port) = match settings.encryption() {
        Encryption::None if settings.behind_proxy && !settings.domain.is_empty() => (true, 443),
        Encryption::None => (false, page.port()),
        _ => (true, page.port()),
    };
    let here = if page.ip().is_unspecified() { Ipv4Addr::LOCALHOST.into() } else { page.ip() };
    let name = settings.domain.first().map_or_else(|| here.to_string(), |domain| domain.as_str().to_owned());
    Address { secure, name, port }
}

/// Whom to believe on the way to it. `None`: nobody can be, unless a person says so.
fn belief(asked: &Doctor, settings: &Settings, ours: &Address) -> Result<Option<Belief>, String> {
    if settings.encryption() == Encryption::SelfSigned && !asked.believe.is_given() {
        return Ok(None);
    }
    asked.believe.belief(ours).map(Some).map_err(|error| error.to_string())
}
