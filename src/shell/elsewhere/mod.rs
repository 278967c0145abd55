//! The client from elsewhere: `incamera join`, `incamera verify`, `incamera fingerprint`.
//!
//! **Invariant:** the client that runs, or that a host's is compared with, is the one inside this program; nothing of it ever comes from
//! the host that carries the meeting.
//!
//! Whoever serves the page decides what runs in it, so a page from the host is believed as far as the host is. Here it comes from a program
//! that the person has chosen, and the host is left with what it may be: a carrier of sealed bytes (decision 0036).

mod address;
mod fingerprint;
mod host;
mod join;
mod verify;
mod window;

pub(crate) use address::Address;
use address::BadAddress;
use clap::Args;
use fingerprint::Fingerprint;
pub(crate) use host::{Belief, Host, Stream};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Says that something is not as it should be, as `cmp` and `diff` do.
const DIFFERS: u8 = 1;
/// Says that it could not be found out.
const UNKNOWN: u8 = 2;

/// Which certificate of a host is believed.
#[derive(Args)]
pub(crate) struct Believe {
    /// Believe the authorities in this PEM file, in place of those that this machine knows.
    #[arg(long, value_name = "FILE", conflicts_with = "certificate_fingerprint")]
    certificate_authority: Option<PathBuf>,

    /// Believe this certificate alone: its SHA-256, as a host with --self-signed writes it into its log.
    #[arg(long, value_name = "AA:BB:…")]
    certificate_fingerprint: Option<String>,
}

/// Goes to a meeting with the client of this program, in place of the one that the host serves.
///
/// Serves the client to this machine's browser and to nobody else, and passes on what it says to the host: which is then left with what it may
/// be, a carrier of sealed bytes, and can no longer slip another page to anybody. Opens the browser; ends with Ctrl-C.
///
/// The link is the one that was sent to you, whole, in quotation marks.
///
/// Exit codes: 0 ended as asked, 1 could not start, 2 wrong arguments.
#[derive(Args)]
pub(crate) struct Join {
    /// As in the invitation: 'https://meet.example.org/#…'. Or `-`: it is read from the standard input, where other people on this machine
    /// cannot see it.
    #[arg(value_name = "LINK")]
    link: String,

    #[command(flatten)]
    believe: Believe,

    /// The port of this machine at which the browser finds the client. Unless told otherwise, one that is always the same for the same
    /// host, so that the browser remembers what it may (camera, microphone, language).
    #[arg(long)]
    port: Option<u16>,

    /// Open no browser; the address is printed all the same.
    #[arg(long, conflicts_with = "window")]
    no_browser: bool,

    /// Show it in a window of its own: an installed Chromium, Chrome, Edge, Brave, Vivaldi or Firefox with a profile that is thrown away
    /// afterwards, without extensions. This program ends with the window.
    #[arg(long)]
    window: bool,

    /// The browser of that window, in place of the first that is found.
    #[arg(long, value_name = "PROGRAM", requires = "window")]
    browser: Option<PathBuf>,
}

/// Compares the client that a host serves with the one in this program, file by file.
///
/// What a host serves to this machine now says nothing about what it serves to somebody else, or later: `incamera join` makes that question
/// void.
///
/// Exit codes: 0 all the same, 1 something differs, 2 could not be found out.
#[derive(Args)]
pub(crate) struct Verify {
    /// For example https://meet.example.org. What follows the host is not looked at.
    #[arg(value_name = "ADDRESS")]
    address: String,

    #[command(flatten)]
    believe: Believe,
}

/// Says which client is in this program: twelve words and a number that change if any of its files does.
///
/// Builds are compared by it: the same source gives the same words.
#[derive(Args)]
pub(crate) struct Known {
    /// The files too, each with its SHA-256.
    #[arg(long)]
    files: bool,
}

/// What went wrong. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error(transparent)]
    Address(#[from] BadAddress),
    #[error("{0}")]
    Belief(String),
    #[error("this program was built without a client. Build it with `cargo xtask run`, or take a package.")]
    NoClient,
    #[error("the standard input could not be read: {0}")]
    Input(std::io::Error),
    #[error("the port {0} of this machine cannot be had: {1}. Choose another one with --port.")]
    Port(u16, std::io::Error),
    #[error(
        "there is no browser here that can show a window of its own: Chromium, Chrome, Edge, Brave, Vivaldi or Firefox. Install one, or say \
        where it is: --browser PROGRAM."
    )]
    NoBrowser,
    #[error("{} cannot be started: {}", .0.display(), .1)]
    Window(PathBuf, std::io::Error),
    #[error("the window is closed, but what its browser wrote could not be taken away: delete {}", .0.display())]
    Profile(PathBuf),
    #[error("the system gave no thread: {0}")]
    Thread(std::io::Error),
}

impl Believe {
    /// True when somebody said whom.
    pub(crate) fn is_given(&self) -> bool {
        self.certificate_authority.is_some() || self.certificate_fingerprint.is_some()
    }

    /// Who is believed to be at an address.
    ///
    /// # Errors
    /// What is wrong with what was given.
    pub(crate) fn belief(&self, address: &Address) -> Result<Belief, Trouble> {
        let named = self.certificate_authority.as_deref();
        match &self.certificate_fingerprint {
            Some(_) | None if !address.secure => Ok(Belief::InTheClear),
            Some(text) => Belief::pinned(text).map_err(Trouble::Belief),
            None => Belief::vouched_for(named).map_err(Trouble::Belief),
        }
    }
}

/// `incamera join`.
pub(crate) fn join(asked: &Join) -> ExitCode {
    let outcome = asked.link().and_then(|link| {
        let (address, fragment) = Address::of_link(&link)?;
        let host = Host::new(asked.believe.belief(&address)?, address);
        let shown = match asked {
            Join { window: true, browser, .. } => join::Shown::Window(browser.clone()),
            Join { no_browser: true, .. } => join::Shown::Nowhere,
            Join { .. } => join::Shown::Browser,
        };
        let places = join::Places { port: asked.port, shown };
        in_runtime(join::join(host, fragment, &places))?
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => ended(&trouble, DIFFERS),
    }
}

impl Join {
    fn link(&self) -> Result<String, Trouble> {
        if self.link != "-" {
            return Ok(self.link.clone());
        }
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map_err(Trouble::Input)?;
        Ok(line.trim().to_owned())
    }
}

/// `incamera verify`.
pub(crate) fn verify(asked: &Verify) -> ExitCode {
    let outcome = Address::of_link(&asked.address).map_err(Trouble::from).and_then(|(address, _)| {
        let host = Host::new(asked.believe.belief(&address)?, address);
        in_runtime(verify::verify(&host))?
    });
    match outcome {
        Ok(verdict) => {
            say(&verdict.to_string());
            ExitCode::from(match verdict {
                verify::Verdict { unread: 0, differing: 0, .. } => 0,
                verify::Verdict { differing: 0, .. } => UNKNOWN,
                verify::Verdict { .. } => DIFFERS,
            })
        }
        Err(trouble) => ended(&trouble, UNKNOWN),
    }
}

/// `incamera fingerprint`.
pub(crate) fn fingerprint(asked: &Known) -> ExitCode {
    match Fingerprint::own() {
        Some(own) => {
            say(&if asked.files { format!("{own}\n{}", own.files()) } else { own.to_string() });
            ExitCode::SUCCESS
        }
        None => ended(&Trouble::NoClient, DIFFERS),
    }
}

/// Does asynchronous work to its end.
///
/// # Errors
/// [`Trouble::Thread`].
pub(crate) fn in_runtime<T>(work: impl Future<Output = T>) -> Result<T, Trouble> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    Ok(runtime.map_err(Trouble::Thread)?.block_on(work))
}

fn ended(trouble: &Trouble, code: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "incamera: {trouble}");
    ExitCode::from(code)
}

/// Whoever reads may have stopped reading.
fn say(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}
