//! `cargo xtask bench`: the figures.
//!
//! Invariant: with `--json` standard output carries result lines only, each a JSON object; everything else goes to
//! standard error. Figures come from optimised builds.

use crate::Outcome;
use crate::client::{self, Kind};
use crate::places::{Places, must};
use crate::test::browser_tests;

/// Figures that need no browser, measured by `incamera-bench`.
const NATIVE: [&str; 3] = ["sfu", "frames", "group"];
/// Figures that need browsers, measured by the test crate's `figures`.
const IN_BROWSERS: [&str; 1] = ["join"];

/// The task.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let json = arguments.iter().any(|argument| argument == "--json");
    let named: Vec<&str> = arguments.iter().map(String::as_str).filter(|argument| *argument != "--json").collect();
    let known = [&NATIVE[..], &IN_BROWSERS, &["client"]].concat();
    if let Some(unknown) = named.iter().find(|name| !known.contains(name)) {
        return Err(format!("bench: there is no figure `{unknown}`; there are {}", known.join(", ")).into());
    }
    let wanted = |name: &str| named.is_empty() || named.contains(&name);
    let places = Places::find()?;
    for name in known.iter().filter(|name| wanted(name)) {
        match *name {
            "client" => weigh(&places, json)?,
            name if NATIVE.contains(&name) => native(&places, name, json)?,
            name => in_browsers(&places, name, json)?,
        }
    }
    Ok(())
}

fn weigh(places: &Places, json: bool) -> Outcome {
    let weight = client::build(places, Kind::default())?;
    if json {
        println!("{}", serde_json::json!({"bench": "client", "brotli_bytes": weight.brotli, "wasm_bytes": weight.wasm}));
    } else {
        println!("client: {} bytes brotli in all, module {} bytes unpacked", weight.brotli, weight.wasm);
    }
    Ok(())
}

fn native(places: &Places, name: &str, json: bool) -> Outcome {
    let mut cargo = places.cargo();
    cargo.args(["run", "--quiet", "--release", "--package", "incamera-bench", "--", name]);
    must(if json { cargo.arg("--json") } else { &mut cargo })
}

fn in_browsers(places: &Places, name: &str, json: bool) -> Outcome {
    let mut command = browser_tests(places, "figures")?;
    command.args(["--nocapture", name]);
    let said = crate::places::capture(&mut command)?;
    for line in said.lines().filter_map(|line| line.find("{\"bench\"").map(|at| &line[at..])) {
        println!("{}", if json { line.to_owned() } else { line.replace(['{', '}', '"'], "").replace(',', ", ") });
    }
    Ok(())
}
