//! Instructions of the host's hot path, counted by callgrind: repeatable where seconds are not.
//!
//! Invariant: the count is compared with the one that is checked in, and a change for the better is told as well as one for the worse, so that
//! the expectation does not go stale.

use crate::Outcome;
use crate::places::{Places, must};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// How far a count may be from the expected one: compilers and processors (AES and AVX variants) differ by some hundredths.
const TOLERANCE: f64 = 0.10;
/// Where the expectation is, from the root.
const EXPECTED: &str = "benches/instructions/expected";
/// The host as it is shipped, as far as costs no second build of everything below it.
const BUILD: [&str; 3] = ["opt-level=3", "debug-assertions=false", "overflow-checks=false"];

/// True when valgrind is installed.
pub(crate) fn can_be_counted() -> bool {
    Command::new("valgrind").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

/// Instructions per forwarded packet.
pub(crate) fn count(places: &Places) -> Outcome<f64> {
    let program = build(places)?;
    let out = places.target.join("callgrind.out");
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--quiet", "--collect-atstart=no", "--toggle-collect=*forward_all*"]);
    let output = valgrind.arg(format!("--callgrind-out-file={}", out.display())).arg(program).output()?;
    if !output.status.success() {
        return Err(format!("valgrind: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let packets: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
    let counted = std::fs::read_to_string(out)?;
    let summary = counted.lines().find_map(|line| line.strip_prefix("totals: ").or_else(|| line.strip_prefix("summary: ")));
    let instructions: f64 = summary.ok_or("callgrind says no sum")?.trim().parse()?;
    if packets < 1.0 || instructions < 1.0 {
        return Err("nothing was forwarded, or nothing counted".into());
    }
    Ok(instructions / packets)
}

/// Compares with the expectation.
pub(crate) fn check(places: &Places) -> Outcome {
    let counted = count(places)?;
    let expected: f64 = std::fs::read_to_string(places.root.join(EXPECTED))?.trim().parse()?;
    println!("{counted:.0} instructions per forwarded packet, expected {expected:.0}");
    if (counted / expected - 1.0).abs() <= TOLERANCE {
        return Ok(());
    }
    Err(format!(
        "{counted:.0} is more than {:.0} % from {expected:.0}; if that is meant, write it into {EXPECTED}",
        TOLERANCE * 100.0
    )
    .into())
}

fn build(places: &Places) -> Outcome<PathBuf> {
    let mut cargo = places.everything("build");
    cargo.args(["--quiet", "--bin", "incamera-instructions"]);
    for setting in BUILD {
        cargo.args(["--config", &format!("profile.dev.package.incamera.{setting}")]);
    }
    must(&mut cargo)?;
    Ok(places.target.join("debug/incamera-instructions"))
}
