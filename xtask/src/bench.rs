//! `cargo xtask bench`: the figures.
//!
//! Invariant: with `--json` standard output carries result lines only, each a JSON object; everything else goes to
//! standard error. Figures come from optimised builds.

use crate::client::{self, Kind};
use crate::host;
use crate::places::{Places, capture};
use crate::test::{browser_tests, page_tests};
use crate::{Outcome, instructions};
use serde_json::{Value, json};
use std::process::{Command, Stdio};

/// Figures that need no browser, measured by `incamera-bench`.
const NATIVE: [&str; 6] = ["sfu", "door", "flood", "frames", "lists", "group"];
/// Figures that need browsers, measured by the test crate's `figures`.
const IN_BROWSERS: [&str; 2] = ["join", "page"];

/// The task.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let json = arguments.iter().any(|argument| argument == "--json");
    let named: Vec<&str> = arguments.iter().map(String::as_str).filter(|argument| *argument != "--json").collect();
    if named.contains(&"--peer") {
        return beside(&named, json);
    }
    if named.first() == Some(&"host") && named.get(1) == Some(&"--split") {
        return from_outside(&Places::find()?, named.get(1..).unwrap_or_default(), json);
    }
    let known = [&NATIVE[..], &IN_BROWSERS, &["client", "instructions", "host"]].concat();
    if let Some(unknown) = named.iter().find(|name| !known.contains(name)) {
        return Err(format!("bench: there is no figure `{unknown}`; there are {}", known.join(", ")).into());
    }
    let wanted = |name: &str| named.is_empty() || named.contains(&name);
    let places = Places::find()?;
    for name in known.iter().filter(|name| wanted(name)) {
        match *name {
            "host" => from_outside(&places, &[], json)?,
            "client" => weigh(&places, json)?,
            "instructions" => instructions(&places, json)?,
            name if NATIVE.contains(&name) => native(&places, name, json)?,
            name => in_browsers(&places, name, json)?,
        }
    }
    Ok(())
}

fn instructions(places: &Places, json: bool) -> Outcome {
    let per_packet = instructions::count(places)?;
    show(&json!({"bench": "instructions", "scenario": "1x50", "per_packet": per_packet}), json);
    Ok(())
}

/// The whole host as load clients find it, in a build with the bench endpoints.
fn from_outside(places: &Places, words: &[&str], json: bool) -> Outcome {
    let mut cargo = places.cargo();
    cargo.args(["run", "--quiet", "--release", "--package", "incamera-bench-peer", "--"]).args(words);
    let said = capture(cargo.env("INCAMERA_BENCH_HOST", host::build_measurable(places)?))?;
    let results = lines_of(&said);
    results.iter().for_each(|result| show(result, json));
    results.iter().find_map(|result| result["error"].as_str()).map_or(Ok(()), |error| Err(format!("bench: {error}").into()))
}

/// The same beside another server.
fn beside(named: &[&str], json: bool) -> Outcome {
    if named != ["sfu", "--peer", "janus"] {
        return Err("bench: another server is measured by `cargo xtask bench sfu --peer janus`; there is no other".into());
    }
    let janus = Command::new("janus").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if janus.is_err() {
        return Err("bench: Janus is missing: `apt install janus`".into());
    }
    from_outside(&Places::find()?, &["--peer=janus"], json)
}

fn weigh(places: &Places, json: bool) -> Outcome {
    let weight = client::build(places, Kind::default())?;
    show(
        &json!({"bench": "client", "brotli_bytes": weight.brotli, "filter_bytes": weight.filter, "wasm_bytes": weight.wasm}),
        json,
    );
    Ok(())
}

/// Measured natively; frames and groups in a browser too, frames against the same bare AEAD.
fn native(places: &Places, name: &str, json: bool) -> Outcome {
    let mut cargo = places.cargo();
    cargo.args(["run", "--quiet", "--release", "--package", "incamera-bench", "--", name, "--json"]);
    if name == "door" {
        // As people run it, in a process of its own. It needs no page.
        cargo.env("INCAMERA_HOST", host::build(places, &places.client(), true)?);
    }
    let results = lines_of(&capture(&mut cargo)?);
    results.iter().for_each(|result| show(result, json));
    match name {
        "frames" => frames_in_wasm(places, &results, json),
        "group" => in_wasm(places, name)?.iter().try_for_each(|result| {
            show(result, json);
            Ok(())
        }),
        _ => Ok(()),
    }
}

fn frames_in_wasm(places: &Places, native: &[Value], json: bool) -> Outcome {
    for mut result in in_wasm(places, "frames")? {
        let bare = native.iter().find(|other| other["bytes"] == result["bytes"]).and_then(|other| other["bare_aead_us"].as_f64());
        if let (Some(bare), Some(ours)) = (bare, result["seal_open_us"].as_f64()) {
            result["bare_aead_us"] = bare.into();
            result["ratio_to_bare_aead"] = (ours / bare).into();
        }
        show(&result, json);
    }
    Ok(())
}

/// What the part of the module for browsers that has this name finds.
fn in_wasm(places: &Places, name: &str) -> Outcome<Vec<Value>> {
    let module = places.target.join("bench-wasm");
    client::build_bench(places, &module)?;
    let mut command = page_tests(places, "figures")?;
    let said = capture(command.args(["--nocapture", "--exact", name]).env("INCAMERA_BENCH_MODULE", &module))?;
    Ok(lines_of(&said))
}

fn in_browsers(places: &Places, name: &str, json: bool) -> Outcome {
    let mut command = browser_tests(places, "figures")?;
    let said = capture(command.args(["--nocapture", name]))?;
    lines_of(&said).iter().for_each(|result| show(result, json));
    Ok(())
}

/// The results among other output: a test runner says more than its tests do, sometimes on the same line.
fn lines_of(said: &str) -> Vec<Value> {
    let objects = said.lines().filter_map(|line| serde_json::from_str::<Value>(&line[line.find('{')?..]).ok());
    objects.filter(|object| object.get("bench").is_some()).collect()
}

fn show(result: &Value, as_json: bool) {
    if as_json {
        return println!("{result}");
    }
    let pairs = result.as_object().into_iter().flatten();
    let words = pairs.map(|(key, value)| match value.as_f64() {
        Some(number) if value.is_f64() => format!("{key} {number:.3}"),
        _ => format!("{key} {}", value.to_string().trim_matches('"')),
    });
    println!("{}", words.collect::<Vec<_>>().join("  "));
}
