//! What the tasks need besides cargo, and how they come by it.
//!
//! Invariant: a tool that is there is used as it is; one that is missing is installed in its pinned version, or the
//! task ends with the command that a person must type.

use crate::Outcome;
use crate::places::{Places, capture, must};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Speaks WebDriver to Firefox. Debian has no package of it.
const GECKODRIVER: &str = "0.37.1";
/// Looks through the dependencies for licences, sources, doubles and known holes.
const CARGO_DENY: &str = "0.20.2";

/// Puts a Debian package together.
const CARGO_DEB: &str = "3.8.0";
/// Writes down what a program is made of.
const CARGO_CYCLONEDX: &str = "0.5.9";

/// Reads models of messages. It says that it needs Rust 1.98; this version was built with 1.95, and so it is not asked.
const VERIFPAL: &str = "1.6.7";

/// Scores pages. Not on crates.io, but on npm; the last version that runs on the node of Debian 13.
const LIGHTHOUSE: &str = "12.8.2";

/// The programs the browser tests drive.
pub(crate) struct Browsers {
    /// Speaks WebDriver to Chromium.
    pub(crate) chromedriver: PathBuf,
    /// Speaks WebDriver to Firefox.
    pub(crate) geckodriver: PathBuf,
}

/// Adds the WebAssembly target to the toolchain.
pub(crate) fn wasm_target() -> Outcome {
    target("wasm32-unknown-unknown")
}

/// Adds a target of programs that need no library beside them, and the compiler for what of them is C.
pub(crate) fn static_target(name: &str) -> Outcome {
    if on_path("musl-gcc").is_none() {
        install_packages(&["musl-tools"])?;
    }
    target(name)
}

fn target(name: &str) -> Outcome {
    let root = capture(Command::new("rustc").args(["--print", "sysroot"]))?;
    if PathBuf::from(root.trim()).join("lib/rustlib").join(name).join("lib").is_dir() {
        return Ok(());
    }
    must(Command::new("rustup").args(["target", "add", name]))
}

/// Chromium, Firefox and their drivers, and a screen without glass.
pub(crate) fn browsers(places: &Places) -> Outcome<Browsers> {
    let missing: Vec<&str> =
        [("chromium", "chromium"), ("chromedriver", "chromium-driver"), ("firefox-esr", "firefox-esr"), ("Xvfb", "xvfb")]
            .into_iter()
            .filter(|(program, _)| on_path(program).is_none())
            .map(|(_, package)| package)
            .collect();
    if !missing.is_empty() {
        install_packages(&missing)?;
    }
    Ok(Browsers {
        chromedriver: on_path("chromedriver").ok_or("chromedriver was installed and is still not on the path")?,
        geckodriver: cargo_tool(places, "geckodriver", GECKODRIVER, &[])?,
    })
}

/// A CA, a reverse proxy and a directory, real ones, for the front of the host to be tested with.
pub(crate) fn front() -> Outcome {
    // Debian keeps nginx where not everybody's path leads.
    let there = |program: &str| on_path(program).is_some() || PathBuf::from("/usr/sbin").join(program).is_file();
    let missing: Vec<&str> = [
        ("pebble", "pebble"),
        ("pebble-challtestsrv", "pebble"),
        ("nginx", "nginx"),
        ("nft", "nftables"),
        ("ip", "iproute2"),
        ("slapd", "slapd"),
        ("ldapadd", "ldap-utils"),
        ("caddy", "caddy"),
    ]
    .into_iter()
    .filter(|(program, _)| !there(program))
    .map(|(_, package)| package)
    .collect();
    if missing.is_empty() { Ok(()) } else { install_packages(&missing) }
}

/// `debootstrap`, which fetches the least that Debian calls a system.
pub(crate) fn debootstrap() -> Outcome<&'static str> {
    if on_path("debootstrap").is_none() && !PathBuf::from("/usr/sbin/debootstrap").is_file() {
        install_packages(&["debootstrap"])?;
    }
    Ok("/usr/sbin/debootstrap")
}

/// A container engine that answers, podman rather than docker: it needs no service.
pub(crate) fn container_engine() -> Outcome<&'static str> {
    let answers = |engine: &&str| {
        let asked = Command::new(engine).arg("info").stdout(Stdio::null()).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    let none = "no container engine answers here: install podman (apt-get install podman), or start docker";
    Ok(["podman", "docker"].into_iter().find(answers).ok_or(none)?)
}

/// `cargo-deny`.
pub(crate) fn cargo_deny(places: &Places) -> Outcome<PathBuf> {
    cargo_tool(places, "cargo-deny", CARGO_DENY, &[])
}

/// `cargo-deb`.
pub(crate) fn cargo_deb(places: &Places) -> Outcome<PathBuf> {
    cargo_tool(places, "cargo-deb", CARGO_DEB, &[])
}

/// `cargo-cyclonedx`.
pub(crate) fn cargo_cyclonedx(places: &Places) -> Outcome<PathBuf> {
    cargo_tool(places, "cargo-cyclonedx", CARGO_CYCLONEDX, &[])
}

/// The folder with Lighthouse in it, or why there is none: it is npm's to bring.
pub(crate) fn lighthouse(places: &Places) -> Result<PathBuf, String> {
    let folder = places.tools().join("lighthouse");
    let package = folder.join("node_modules/lighthouse/package.json");
    let there = || std::fs::read_to_string(&package).is_ok_and(|text| text.contains(&format!("\"version\": \"{LIGHTHOUSE}\"")));
    if there() {
        return Ok(folder);
    }
    let npm = on_path("npm").filter(|_| on_path("node").is_some()).ok_or("there is no npm here (apt-get install npm)")?;
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    eprintln!("installing lighthouse {LIGHTHOUSE} into {}", folder.display());
    let mut install = Command::new(npm);
    install.arg("install").arg(format!("lighthouse@{LIGHTHOUSE}")).arg("--prefix").arg(&folder);
    // No package runs a program of its own here.
    install.args(["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]);
    must(&mut install).map_err(|error| format!("npm could not bring it: {error}"))?;
    if there() { Ok(folder) } else { Err(format!("npm brought something else than {LIGHTHOUSE}")) }
}

/// Verifpal.
pub(crate) fn verifpal(places: &Places) -> Outcome<PathBuf> {
    cargo_tool(places, "verifpal", VERIFPAL, &["--ignore-rust-version"])
}

/// ProVerif, if this machine has it (`PROVERIF` or the path): it is OCaml's, and nothing here could install it.
pub(crate) fn proverif() -> Option<PathBuf> {
    std::env::var_os("PROVERIF").map(PathBuf::from).filter(|named| named.is_file()).or_else(|| on_path("proverif"))
}

/// Debian and its children, as root. Elsewhere the person must do it.
fn install_packages(packages: &[&str]) -> Outcome {
    let by_hand = format!("this needs {0}: apt-get install {0}", packages.join(" "));
    let root = capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !root || on_path("apt-get").is_none() {
        return Err(by_hand.into());
    }
    let apt = |arguments: &[&str]| {
        must(Command::new("apt-get").args(["-q", "-y"]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["update"])?;
    apt(&[&["install", "--no-install-recommends"], packages].concat()).map_err(|error| format!("{error}\n{by_hand}").into())
}

/// A tool from crates.io, built lightly: it runs for seconds, so minutes of optimising would not come back.
fn cargo_tool(places: &Places, name: &str, version: &str, asked: &[&str]) -> Outcome<PathBuf> {
    if let Some(there) = on_path(name) {
        return Ok(there);
    }
    let program = places.tools().join("bin").join(name);
    if version_of(&program, name).is_some_and(|said| said.contains(version)) {
        return Ok(program);
    }
    eprintln!("installing {name} {version} into {}", places.tools().display());
    let mut cargo = places.cargo();
    cargo
        .args(["install", name, "--version", version, "--locked", "--force", "--quiet"])
        .args(asked)
        .arg("--root")
        .arg(places.tools());
    cargo.env("CARGO_TARGET_DIR", places.target.join("tools-build"));
    for (setting, value) in [("OPT_LEVEL", "1"), ("LTO", "off"), ("CODEGEN_UNITS", "16"), ("DEBUG", "0")] {
        cargo.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
    }
    must(&mut cargo)?;
    Ok(program)
}

/// What a tool answers to `--version`, if it is there. Some of cargo's answer only when they are called as cargo calls them.
fn version_of(program: &PathBuf, name: &str) -> Option<String> {
    let asked = |before: Option<&str>| {
        let output = Command::new(program).args(before).arg("--version").stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    asked(None).or_else(|| asked(Some(name.strip_prefix("cargo-")?)))
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
