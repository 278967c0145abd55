//! `cargo xtask run`, and the host's builds for the tests.
//!
//! Invariant: a host that this module starts for a person embeds the client that was built just before, and never a
//! leaking one.

use crate::Outcome;
use crate::client::{self, Kind};
use crate::places::{Places, must};
use crate::reproducible::without_places;
use std::path::{Path, PathBuf};

/// The task: builds everything, starts the host and stays until it ends.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let (own, host) = match arguments.iter().position(|argument| argument == "--") {
        Some(at) => (&arguments[..at], &arguments[at + 1..]),
        None => (arguments, &[][..]),
    };
    let quick = match own {
        [] => false,
        [only] if only == "--quick" => true,
        _ => return Err("run: the only argument of its own is --quick; what follows -- goes to the host".into()),
    };
    let places = Places::find()?;
    client::build(&places, Kind { quick, ..Kind::default() })?;
    let program = build(&places, &places.client(), !quick)?;
    let mut command = std::process::Command::new(program);
    must(command.arg("serve").args(host))
}

/// `cargo xtask build`: client and host with optimisation, and where the program is.
pub(crate) fn task(arguments: &[String]) -> Outcome {
    if !arguments.is_empty() {
        return Err("build: there are no arguments".into());
    }
    let places = Places::find()?;
    client::build(&places, Kind::default())?;
    println!("{}", build(&places, &places.client(), true)?.display());
    Ok(())
}

/// `cargo xtask load`: builds the host and the members, starts the one and lets the others loose on it. Arguments after `--` are those of
/// `incamera-native load`. The host has no page: members need none.
pub(crate) fn load(arguments: &[String]) -> Outcome {
    let arguments = match arguments {
        [] => &[],
        [first, rest @ ..] if first == "--" => rest,
        _ => return Err("load: what the members are told follows -- (cargo xtask load -- --help)".into()),
    };
    let places = Places::find()?;
    let mut cargo = places.cargo();
    must(cargo.args(["build", "--release", "--package", "incamera-native", "--bin", "incamera-native"]))?;
    let members = places.target.join("release").join(format!("incamera-native{}", std::env::consts::EXE_SUFFIX));
    let mut command = std::process::Command::new(members);
    command.arg("load");
    // Who names a host, or only asks for help, needs none of ours.
    let names_host = |argument: &String| ["--host", "--start"].iter().any(|name| argument.split('=').next() == Some(name));
    let asks = |argument: &String| argument == "--help" || argument == "-h";
    if !arguments.iter().any(|argument| names_host(argument) || asks(argument)) {
        command.arg("--start").arg(build(&places, &places.client(), true)?);
    }
    must(command.args(arguments))
}

/// Builds the host around the client in `client` and gives the path of the program.
pub(crate) fn build(places: &Places, client: &Path, release: bool) -> Outcome<PathBuf> {
    let mut cargo = places.cargo();
    cargo.args(["build", "--package", "incamera", "--bin", "incamera"]).env("INCAMERA_CLIENT_DIR", client);
    if release {
        without_places(cargo.arg("--release"), places, None)?;
    }
    must(&mut cargo)?;
    without_endpoints(program(places, release))
}

/// Builds the host around the client in `client` for another target, with optimisation.
pub(crate) fn build_for(places: &Places, client: &Path, target: &str) -> Outcome<PathBuf> {
    let mut cargo = places.cargo();
    cargo.args(["build", "--release", "--package", "incamera", "--bin", "incamera", "--target", target]);
    without_places(&mut cargo, places, Some(target))?;
    must(cargo.env("INCAMERA_CLIENT_DIR", client))?;
    without_endpoints(places.target.join(target).join("release/incamera"))
}

/// Builds the host around the client in `client` from what its tests are built from.
pub(crate) fn build_for_tests(places: &Places, client: &Path) -> Outcome<PathBuf> {
    must(places.everything("build").args(["--bin", "incamera"]).env("INCAMERA_CLIENT_DIR", client))?;
    without_endpoints(program(places, false))
}

fn without_endpoints(program: PathBuf) -> Outcome<PathBuf> {
    if carries(&program, ENDPOINTS_MARK)? {
        return Err("the built host has the bench endpoints: anybody could send and receive".into());
    }
    Ok(program)
}

/// Builds the host with the bench endpoints, for measurements, and gives the path of a program that lies apart from the real one.
pub(crate) fn build_measurable(places: &Places) -> Outcome<PathBuf> {
    let mut cargo = places.cargo();
    cargo.args(["build", "--release", "--package", "incamera", "--bin", "incamera", "--features", "bench-endpoints"]);
    must(&mut cargo)?;
    let (built, folder) = (program(places, true), places.target.join("bench-endpoints"));
    if !carries(&built, ENDPOINTS_MARK)? {
        return Err("a host with the bench endpoints lacks their mark, so the search for it proves nothing".into());
    }
    std::fs::create_dir_all(&folder)?;
    let apart = folder.join(built.file_name().unwrap_or_default());
    // Moved, not copied: nobody shall find it where the real one is looked for.
    std::fs::rename(built, &apart)?;
    Ok(apart)
}

/// A program that has the bench endpoints contains this text; no other may.
const ENDPOINTS_MARK: &[u8] = b"incamera-bench-endpoints";

fn program(places: &Places, release: bool) -> PathBuf {
    let folder = if release { "release" } else { "debug" };
    places.target.join(folder).join(format!("incamera{}", std::env::consts::EXE_SUFFIX))
}

fn carries(program: &Path, mark: &[u8]) -> Outcome<bool> {
    Ok(std::fs::read(program)?.windows(mark.len()).any(|window| window == mark))
}
