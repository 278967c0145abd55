//! Checks that run no test: form, lints, what the host links, what all of it depends on.
//!
//! Invariant: each check can fail, and where that is not plain to see it is shown on the spot.

use crate::places::{Places, capture, must};
use crate::{Outcome, tools};
use std::process::Command;

/// What a host must not link, because it could decrypt with it.
const DECRYPTORS: [&str; 3] = ["openmls", "sframe", "incamera-crypto"];

/// `cargo fmt --check`.
pub(crate) fn form(places: &Places) -> Outcome {
    must(places.cargo().args(["fmt", "--all", "--check"]))
}

/// Clippy over everything that runs natively, and over what the bench endpoints add.
pub(crate) fn lints(places: &Places) -> Outcome {
    must(places.cargo().args(["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"]))?;
    let mut cargo = places.cargo();
    cargo.args([
        "clippy",
        "--package",
        "incamera",
        "--lib",
        "--test",
        "bench_endpoints",
        "--features",
        "bench-endpoints",
        "--quiet",
    ]);
    must(cargo.args(["--", "--deny", "warnings"]))
}

/// Clippy over the client as the browser gets it.
pub(crate) fn client_lints(places: &Places) -> Outcome {
    tools::wasm_target()?;
    let mut cargo = places.cargo();
    cargo.args([
        "clippy",
        "--package",
        "incamera-client",
        "--package",
        "incamera-noise",
        "--lib",
        "--target",
        "wasm32-unknown-unknown",
        "--quiet",
    ]);
    must(cargo.args(["--", "--deny", "warnings"]).env_remove("RUSTFLAGS"))
}

/// The host links no decryptor. The same question about the client must find all of them, or it finds nothing.
pub(crate) fn blind_by_construction(places: &Places) -> Outcome {
    let found = decryptors_in(places, "incamera")?;
    if !found.is_empty() {
        return Err(format!("the host links {}", found.join(", ")).into());
    }
    let control = decryptors_in(places, "incamera-client")?;
    if control.len() != DECRYPTORS.len() {
        return Err(format!("this check finds only {control:?} in the client, so it proves nothing about the host").into());
    }
    println!("the host links none of {DECRYPTORS:?}; the client links all of them");
    Ok(())
}

fn decryptors_in(places: &Places, package: &str) -> Outcome<Vec<&'static str>> {
    let mut cargo = places.cargo();
    cargo.args(["tree", "--package", package, "--edges", "normal,build", "--prefix", "none", "--format", "{p}"]);
    cargo.args(["--target", "all", "--all-features"]);
    let tree = capture(&mut cargo)?;
    let linked: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    Ok(DECRYPTORS.into_iter().filter(|name| linked.contains(name)).collect())
}

/// The cargo feature that lets anybody send and receive, for measurements.
const ENDPOINTS: &str = "bench-endpoints";

/// No host has the bench endpoints unless somebody asks for them by name: neither by default nor because another package of the
/// workspace asks for them. (That [`host::build`](crate::host::build) never does is checked there, in the program.)
pub(crate) fn no_bench_endpoints(places: &Places) -> Outcome {
    let metadata = capture(places.cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let asking = who_asks(&metadata);
    if !asking.is_empty() {
        return Err(format!("{} enables {ENDPOINTS}", asking.join(", ")).into());
    }
    let control = serde_json::json!({"packages": [
        {"name": "a", "features": {"default": [], "x": [ENDPOINTS]}, "dependencies": []},
        {"name": "b", "features": {}, "dependencies": [{"name": "incamera", "features": [ENDPOINTS]}]},
    ]});
    if who_asks(&control) != ["a", "b"] {
        return Err("this check finds nothing where there is something, so it proves nothing".into());
    }
    println!("nothing in the workspace enables {ENDPOINTS}");
    Ok(())
}

/// Packages of which a feature, or a dependency on the host, brings the endpoints in.
fn who_asks(metadata: &serde_json::Value) -> Vec<String> {
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let names =
        |value: &serde_json::Value| list(value).iter().any(|name| name.as_str().is_some_and(|name| name.ends_with(ENDPOINTS)));
    let asks = |package: &serde_json::Value| {
        package["features"].as_object().into_iter().flatten().any(|(_, implied)| names(implied))
            || list(&package["dependencies"])
                .iter()
                .any(|dependency| dependency["name"] == "incamera" && names(&dependency["features"]))
    };
    list(&metadata["packages"])
        .iter()
        .filter(|package| asks(package))
        .map(|package| package["name"].as_str().unwrap_or("?").to_owned())
        .collect()
}

/// Licences, doubles and sources, by `deny.toml`.
pub(crate) fn dependencies(places: &Places) -> Outcome {
    deny(places, &["bans", "licenses", "sources"])
}

/// Known holes. Only where [`advisories_can_be_had`].
pub(crate) fn advisories(places: &Places) -> Outcome {
    deny(places, &["advisories"])
}

/// True when the advisory database answers.
pub(crate) fn advisories_can_be_had() -> bool {
    let mut git = Command::new("git");
    git.args(["-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=15", "ls-remote", "--heads"]);
    let answer = git.arg("https://github.com/RustSec/advisory-db").env("GIT_TERMINAL_PROMPT", "0").output();
    answer.is_ok_and(|output| output.status.success())
}

fn deny(places: &Places, what: &[&str]) -> Outcome {
    let program = tools::cargo_deny(places)?;
    let mut command = Command::new(program);
    command.current_dir(&places.root).args(["--log-level", "error", "--workspace", "check", "--hide-inclusion-graph"]).args(what);
    must(&mut command)
}
