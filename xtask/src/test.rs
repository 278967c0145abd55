//! `cargo xtask test`: everything CI runs, in the order in which it says most for least.
//!
//! Invariant: a part that fails does not hide the next one, and the last line printed is the sum of all.

use crate::client::{self, Kind};
use crate::places::{Places, capture, must};
use crate::tally::Tally;
use crate::{Outcome, checks, fuzz, host, instructions, invariants, reproducible, tools, units};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// One part: runs what it names and enters it in the tally.
type Part = fn(&Places, &mut Tally);

/// The parts, in order. Each can be named to run it alone.
const PARTS: [(&str, Part); 15] = [
    ("checks", all_checks),
    ("dependencies", dependencies),
    ("units", units),
    ("reproducible", reproducible),
    ("models", models),
    ("fuzz", fuzzers),
    ("instructions", instructions),
    ("simulation", simulation),
    ("members", members),
    ("instruments", instruments),
    ("browsers", browsers),
    ("lighthouse", lighthouse),
    ("networks", networks),
    ("voices", voices),
    ("audit", audit),
];

/// The files of the part `browsers`, in order. Each can be named to run it alone.
const BROWSERS: [&str; 20] = [
    "browsers",
    "accessible",
    "views",
    "origins",
    "elsewhere",
    "keeper",
    "firefox",
    "doctor",
    "door",
    "opening",
    "authority",
    "together",
    "visit",
    "app",
    "chat",
    "pictures",
    "devices",
    "filters",
    "films",
    "scalable",
];

/// The task.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let known: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
    let is_known = |name: &str| known.contains(&name) || BROWSERS.contains(&name);
    if let Some(unknown) = arguments.iter().find(|argument| !is_known(argument)) {
        let (parts, files) = (known.join(", "), BROWSERS.get(1..).unwrap_or_default().join(", "));
        return Err(format!("test: there is no part `{unknown}`; the parts are {parts}, and of browsers {files}").into());
    }
    let places = Places::find()?;
    let mut tally = Tally::default();
    let is_asked = |name: &str| arguments.iter().any(|argument| argument == name);
    for (name, part) in PARTS {
        if arguments.is_empty() || is_asked(name) {
            part(&places, &mut tally);
        } else if name == "browsers" {
            BROWSERS.iter().filter(|file| is_asked(file)).for_each(|file| in_browsers(&places, &mut tally, file));
        }
    }
    tally.close()
}

/// The pictures of the documentation, taken by the journeys' own hand.
pub(crate) fn screenshots() -> Outcome {
    let places = Places::find()?;
    let mut command = browser_tests(&places, "screenshots")?;
    must(command.env("INCAMERA_DOCS", places.root.join("docs")))
}

fn all_checks(places: &Places, tally: &mut Tally) {
    tally.check("form", || checks::form(places));
    tally.check("guide", || client::guide_is_whole(places));
    tally.check("invariants", || invariants::check(&places.root));
    tally.check("blind by construction", || checks::blind_by_construction(places));
    tally.check("no bench endpoints", || checks::no_bench_endpoints(places));
    if units::can_be_analysed() {
        tally.check("exposure under systemd", || units::exposure(places));
    } else {
        tally.skip(
            "exposure: there is no systemd-analyze here that reads files (systemd 250), so nobody counted what the unit may do",
        );
    }
    tally.check("lints", || checks::lints(places));
    tally.check("lints of the client", || checks::client_lints(places));
}

/// What is built from elsewhere: licences, sources, duplicates, known holes.
fn dependencies(places: &Places, tally: &mut Tally) {
    tally.check("dependencies", || checks::dependencies(places));
    if checks::advisories_can_be_had() {
        tally.check("advisories", || checks::advisories(places));
    } else {
        tally.skip("advisories: the database (https://github.com/RustSec/advisory-db) cannot be reached from here, so nobody looked for known holes");
    }
}

/// Unit tests, the crates' own tests and the examples in the documentation.
fn units(places: &Places, tally: &mut Tally) {
    tally.check("what the front is tested with", tools::front);
    match tests_of_their_own(places) {
        Ok(names) => {
            let mut cargo = places.everything("test");
            cargo.args(["--no-fail-fast", "--lib", "--bins", "--examples"]);
            for name in &names {
                cargo.args(["--test", name]);
            }
            tally.tests("units", &mut cargo);
        }
        Err(reason) => tally.check("units", || Err(reason)),
    }
    tally.check("examples in the documentation", || must(places.everything("test").arg("--doc")));
    let mut cargo = places.everything("test");
    cargo.args(["--features", "incamera/bench-endpoints", "--test", "bench_endpoints"]);
    tally.tests("bench endpoints", &mut cargo);
}

/// The integration tests that need neither browsers nor features: all but those of `tests/`.
fn tests_of_their_own(places: &Places) -> Outcome<Vec<String>> {
    let metadata = capture(places.cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().into_iter().flatten().filter(|package| package["name"] != "incamera-tests");
    let targets = packages.flat_map(|package| package["targets"].as_array().into_iter().flatten());
    let plain = targets.filter(|target| target["kind"][0] == "test" && target["required-features"].is_null());
    Ok(plain.filter_map(|target| Some(target["name"].as_str()?.to_owned())).collect())
}

/// The same tree gives the same client, wherever and whenever it is built.
fn reproducible(places: &Places, tally: &mut Tally) {
    tally.check("weight of the client", || client::keeps_its_weight(places));
    if cfg!(target_os = "linux") {
        tally.check("reproducible", || reproducible::same_client(places));
    } else {
        tally.skip("reproducible: programs are told another date as Linux does it, so the client was not built twice");
    }
}

/// The models of the protocol. Each says how many states it took, which the test harness does not keep to itself.
fn models(places: &Places, tally: &mut Tally) {
    tally.tests("models", places.cargo().args(["test", "--package", "incamera-models"]));
    let (verifpal, proverif) = (tools::verifpal(places), tools::proverif());
    if let Err(reason) = &verifpal {
        tally.skip(&format!("Verifpal cannot be built here ({reason}), so it read no model"));
    }
    if proverif.is_none() {
        tally.skip("there is no ProVerif here (PROVERIF=…, or on the path), so it read no model; its last answers are in audits/reports/proverif.md");
    }
    let mut models = Command::new("sh");
    models.arg(places.root.join("audits/models/run.sh"));
    models.env("VERIFPAL", verifpal.unwrap_or_default()).env("PROVERIF", proverif.unwrap_or_default());
    tally.check("models of messages", || must(&mut models));
}

/// The hot path costs what it did.
fn instructions(places: &Places, tally: &mut Tally) {
    if instructions::can_be_counted() {
        tally.check("instructions", || instructions::check(places));
    } else {
        tally.skip("instructions: there is no valgrind here (apt-get install valgrind), so nobody counted what a packet costs");
    }
}

/// Every parser of bytes from outside, for some seconds each.
fn fuzzers(places: &Places, tally: &mut Tally) {
    if fuzz::can_be_built() {
        tally.check("fuzz", || fuzz::run(places, &fuzz::build(places)?));
    } else {
        tally.skip("fuzz: there is no C++ compiler here (apt-get install g++), so no parser was fuzzed");
    }
}

fn simulation(places: &Places, tally: &mut Tally) {
    tally.tests("simulation", places.everything("test").args(["--test", "simulation"]));
}

/// Members without a browser at the real host, which has the page that browsers will get later on.
fn members(places: &Places, tally: &mut Tally) {
    let kind = Kind::default();
    match client::build(places, kind).and_then(|_| kept(places, &client::directory(places, kind), "incamera")) {
        Ok(host) => {
            let mut cargo = places.everything("test");
            cargo.args(["--test", "members"]).env("INCAMERA_CLIENT_DIR", client::directory(places, kind));
            tally.tests("members", cargo.env("INCAMERA_HOST", host).env("INCAMERA_TEST_OUTPUT", &places.target));
        }
        Err(reason) => tally.check("members", || Err(reason)),
    }
}

fn instruments(places: &Places, tally: &mut Tally) {
    in_browsers(places, tally, "instruments");
}

fn browsers(places: &Places, tally: &mut Tally) {
    for name in BROWSERS {
        in_browsers(places, tally, name);
    }
}

/// Lighthouse's score of accessibility, where npm can bring it. The tests of `accessible` need neither.
fn lighthouse(places: &Places, tally: &mut Tally) {
    match tools::lighthouse(places) {
        Ok(folder) => match browser_tests(places, "lighthouse") {
            Ok(mut command) => tally.tests("lighthouse", command.arg("--nocapture").env("INCAMERA_LIGHTHOUSE", folder)),
            Err(reason) => tally.check("lighthouse", || Err(reason)),
        },
        Err(reason) => tally.skip(&format!("lighthouse: {reason}, so it scored no screen")),
    }
}

/// Heralds, in browsers: with a client that has them from four people on.
fn voices(places: &Places, tally: &mut Tally) {
    let kind = Kind { few_voices: true, ..Kind::default() };
    let host = client::build(places, kind).and_then(|_| kept(places, &client::directory(places, kind), "incamera-few-voices"));
    match host.and_then(|host| Ok((host, browser_tests(places, "voices")?))) {
        Ok((host, mut command)) => tally.tests("voices", command.env("INCAMERA_FEW_VOICES_HOST", host)),
        Err(reason) => tally.check("voices", || Err(reason)),
    }
}

/// Meetings over networks that filter, forget, lose, delay and throttle.
fn networks(places: &Places, tally: &mut Tally) {
    in_browsers(places, tally, "networks");
    in_browsers(places, tally, "impaired");
}

fn audit(places: &Places, tally: &mut Tally) {
    let hosts = blind_and_leaking(places);
    let command = hosts.and_then(|leaking| Ok((leaking, browser_tests(places, "blind_host")?)));
    match command {
        Ok((leaking, mut command)) => tally.tests("audit", command.env("INCAMERA_LEAKING_HOST", leaking)),
        Err(reason) => tally.check("audit", || Err(reason)),
    }
}

fn in_browsers(places: &Places, tally: &mut Tally, name: &str) {
    // One of its hosts asks a directory.
    if name == "opening"
        && let Err(reason) = tools::front()
    {
        return tally.check(name, || Err(reason));
    }
    match browser_tests(places, name) {
        Ok(mut command) => tally.tests(name, &mut command),
        Err(reason) => tally.check(name, || Err(reason)),
    }
}

/// A host around the leaking client, kept apart from the one that is under test.
fn blind_and_leaking(places: &Places) -> Outcome<PathBuf> {
    let kind = Kind { leaking: true, ..Kind::default() };
    client::build(places, kind)?;
    kept(places, &client::directory(places, kind), "incamera-leaking")
}

/// Builds a host around a client and keeps a copy of it, which the next build does not overwrite.
fn kept(places: &Places, client: &Path, name: &str) -> Outcome<PathBuf> {
    let built = host::build_for_tests(places, client)?;
    let folder = places.target.join("hosts");
    std::fs::create_dir_all(&folder)?;
    let kept = folder.join(name);
    // A host that a killed run left behind may still be running from there.
    if kept.exists() {
        std::fs::remove_file(&kept)?;
    }
    std::fs::copy(built, &kept)?;
    Ok(kept)
}

/// One file of browser tests, one test after the other, with client, host, browsers and drivers at hand.
pub(crate) fn browser_tests(places: &Places, name: &str) -> Outcome<Command> {
    // In each run of this program once: nobody changes them while it runs.
    static HOST: OnceLock<PathBuf> = OnceLock::new();
    let client = client::directory(places, Kind::default());
    if HOST.get().is_none() {
        client::build(places, Kind::default())?;
        let _ = HOST.set(kept(places, &client, "incamera")?);
    }
    let mut cargo = page_tests(places, name)?;
    // The same as at the host's build, or cargo would build the host's library twice for each test.
    cargo.envs(HOST.get().map(|host| ("INCAMERA_HOST", host))).env("INCAMERA_CLIENT_DIR", client);
    Ok(cargo)
}

/// The same for tests that bring their own pages and need no host.
pub(crate) fn page_tests(places: &Places, name: &str) -> Outcome<Command> {
    let found = tools::browsers(places)?;
    let mut cargo = places.everything("test");
    cargo.args(["--test", name, "--no-fail-fast", "--", "--test-threads=1"]);
    cargo.env("INCAMERA_TEST_OUTPUT", &places.target);
    cargo.env("INCAMERA_CHROMEDRIVER", found.chromedriver).env("INCAMERA_GECKODRIVER", found.geckodriver);
    Ok(cargo)
}
