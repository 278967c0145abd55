//! The fuzzers of the host's parsers (`fuzz/`), each for some seconds.
//!
//! Invariant: they run with the fuzzer's instruments and with assertions on, on the toolchain that builds everything else; what they find
//! fails the task and stays in the target directory as a file to run again. The committed seeds are read and never written.

use crate::Outcome;
use crate::places::{Places, capture, must};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Seconds for each fuzzer, unless `INCAMERA_FUZZ_SECONDS` says otherwise.
const SECONDS: u32 = 10;

/// Marks edges and comparisons for libFuzzer. All of it is stable; only the address sanitizer, which finds nothing in a crate that
/// denies `unsafe`, would need a nightly compiler.
const INSTRUMENTS: &str = "--cfg=fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// True when libFuzzer can be compiled here.
pub(crate) fn can_be_built() -> bool {
    let compiler = std::env::var_os("CXX").unwrap_or_else(|| "c++".into());
    Command::new(compiler).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

/// The names of the fuzzers: the folders with their seeds.
pub(crate) fn names(root: &Path) -> Outcome<Vec<String>> {
    let folders = std::fs::read_dir(root.join("fuzz/seeds"))?.collect::<Result<Vec<_>, _>>()?;
    let mut names: Vec<String> = folders.iter().map(|folder| folder.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

/// Builds all of them and returns the folder with the programs.
pub(crate) fn build(places: &Places) -> Outcome<PathBuf> {
    let version = capture(Command::new("rustc").arg("-vV"))?;
    let target = version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc names no host")?;
    let folder = places.target.join("fuzz");
    let mut cargo = places.cargo();
    cargo.args(["build", "--quiet", "--release", "--manifest-path", "fuzz/Cargo.toml", "--target", target]);
    // With a target named, build scripts and macros are spared the instruments.
    must(cargo.arg("--target-dir").arg(&folder).env("RUSTFLAGS", INSTRUMENTS).env_remove("CARGO_ENCODED_RUSTFLAGS"))?;
    Ok(folder.join(target).join("release"))
}

/// Runs two at a time. An error names those that found something.
pub(crate) fn run(places: &Places, programs: &Path) -> Outcome {
    let names = names(&places.root)?;
    let mut found = Vec::new();
    for pair in names.chunks(2) {
        let started = pair.iter().map(|name| Ok((name, start(places, programs, name)?)));
        for (name, mut child) in started.collect::<Outcome<Vec<_>>>()? {
            let status = child.wait()?;
            let said = std::fs::read_to_string(log(places, name))?;
            let figure = |key: &str| said.lines().rev().find_map(|line| line.strip_prefix(key)).map_or("?", str::trim);
            println!(
                "{name}: {} runs, {} a second",
                figure("stat::number_of_executed_units:"),
                figure("stat::average_exec_per_sec:")
            );
            if !status.success() {
                println!("{said}");
                found.push(name.as_str());
            }
        }
    }
    if found.is_empty() { Ok(()) } else { Err(format!("found something: {}", found.join(", ")).into()) }
}

fn start(places: &Places, programs: &Path, name: &str) -> Outcome<Child> {
    let (corpus, finds) = (places.target.join("fuzz/corpus").join(name), places.target.join("fuzz/finds").join(name));
    std::fs::create_dir_all(&corpus)?;
    std::fs::create_dir_all(&finds)?;
    let seconds = std::env::var("INCAMERA_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SECONDS);
    let mut command = Command::new(programs.join(name));
    command.arg(corpus).arg(places.root.join("fuzz/seeds").join(name));
    command.args([format!("-max_total_time={seconds}"), format!("-artifact_prefix={}/", finds.display())]);
    command.args(["-timeout=10", "-rss_limit_mb=1024", "-max_len=4096", "-print_final_stats=1"]);
    Ok(command.stdout(Stdio::null()).stderr(std::fs::File::create(log(places, name))?).spawn()?)
}

/// What a fuzzer said last.
fn log(places: &Places, name: &str) -> PathBuf {
    places.target.join("fuzz").join(format!("{name}.log"))
}
