//! `incamera-bench NAME [--json]`: the native figures behind `cargo xtask bench`.
//!
//! Invariant: each figure stands beside its limit, measured in turn in the same process, because these machines are
//! shared and an absolute time is worth little. A figure is a function that gives one JSON object per result, keys with
//! their units in their names; its first key is `bench`.
#![expect(clippy::print_stdout, reason = "figures are printed")]

mod crowd;
mod door;
mod flood;
mod frames;
mod group;
mod host;
mod lists;
mod pair;
mod sfu;

use serde_json::Value;
use std::process::ExitCode;

/// One figure: all results of one run.
type Figure = fn() -> Vec<Value>;

/// The figures by name.
const FIGURES: &[(&str, Figure)] = &[
    ("sfu", sfu::figures),
    ("door", door::figures),
    ("flood", flood::figures),
    ("frames", frames::run),
    ("lists", frames::lists),
    ("group", group::run),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let names = arguments.iter().filter(|argument| *argument != "--json");
    for name in names {
        let Some((_, figure)) = FIGURES.iter().find(|(known, _)| known == name) else {
            eprintln!("there is no figure `{name}`");
            return ExitCode::FAILURE;
        };
        for result in figure() {
            println!("{}", if json { result.to_string() } else { readable(&result) });
        }
    }
    ExitCode::SUCCESS
}

/// One line for people: `frames  runtime native  bytes 120  seal_open_us 1.2`.
fn readable(result: &Value) -> String {
    let pairs = result.as_object().into_iter().flatten();
    let words = pairs.map(|(key, value)| match value.as_f64() {
        Some(number) if value.is_f64() => format!("{key} {number:.3}"),
        _ => format!("{key} {}", value.to_string().trim_matches('"')),
    });
    words.collect::<Vec<_>>().join("  ")
}
