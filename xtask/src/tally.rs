//! Counts what passed and what failed, over all runners.
//!
//! Invariant: nothing that failed is lost. A runner that ends badly without naming a failed test, or that ran no test
//! at all, counts as one failure.

use crate::places::shown;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The sum so far.
#[derive(Default)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
    failures: Vec<String>,
    skipped: Vec<String>,
}

impl Tally {
    /// Runs one check; its value is its success, its error its reason.
    pub(crate) fn check(&mut self, name: &str, check: impl FnOnce() -> crate::Outcome) {
        println!("\n== {name}");
        #[expect(clippy::disallowed_methods, reason = "says how long a part took")]
        let start = Instant::now();
        match check() {
            Ok(()) => {
                self.passed += 1;
                println!("{name}: ok ({} s)", start.elapsed().as_secs());
            }
            Err(reason) => {
                println!("{name}: FAILED\n{reason}");
                self.fail(name, 1);
            }
        }
    }

    /// Runs `cargo test …`, shows what it says, and adds what its summaries say.
    pub(crate) fn tests(&mut self, name: &str, command: &mut Command) {
        println!("\n== {name}: {}", shown(command));
        #[expect(clippy::disallowed_methods, reason = "says how long a part took")]
        let start = Instant::now();
        let (sum, success) = match run(command) {
            Ok(done) => done,
            Err(error) => {
                println!("{name}: cannot run: {error}");
                return self.fail(name, 1);
            }
        };
        self.passed += sum.passed;
        println!("{name}: {} passed, {} failed ({} s)", sum.passed, sum.failed, start.elapsed().as_secs());
        if sum.failed > 0 || !success || sum.passed == 0 {
            self.fail(name, sum.failed.max(1));
        }
    }

    /// Says what could not be looked at, now and again at the end. It counts as neither.
    pub(crate) fn skip(&mut self, what: &str) {
        println!("\nNOT CHECKED: {what}");
        self.skipped.push(what.to_owned());
    }

    fn fail(&mut self, name: &str, count: u64) {
        self.failed += count;
        self.failures.push(name.to_owned());
    }

    /// Prints the sum, last of all. An error if anything failed.
    pub(crate) fn close(self) -> crate::Outcome {
        println!();
        for skipped in &self.skipped {
            println!("NOT CHECKED: {skipped}");
        }
        for failure in &self.failures {
            println!("failed: {failure}");
        }
        println!("{} passed, {} failed", self.passed, self.failed);
        std::io::stdout().flush()?;
        if self.failed == 0 { Ok(()) } else { std::process::exit(1) }
    }
}

/// What one runner's summaries add up to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sum {
    passed: u64,
    failed: u64,
}

fn run(command: &mut Command) -> std::io::Result<(Sum, bool)> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut sum = Sum::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            println!("{line}");
            if let Some(more) = summary(&line) {
                sum = Sum { passed: sum.passed + more.passed, failed: sum.failed + more.failed };
            }
        }
    }
    Ok((sum, child.wait()?.success()))
}

/// Reads `test result: ok. 12 passed; 0 failed; 0 ignored; …`.
fn summary(line: &str) -> Option<Sum> {
    let rest = line.trim().strip_prefix("test result: ")?;
    let count = |what: &str| rest.split([';', '.']).find_map(|part| part.trim().strip_suffix(what)?.trim().parse().ok());
    Some(Sum { passed: count("passed")?, failed: count("failed")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_are_read() {
        let good = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.00s";
        assert_eq!(summary(good), Some(Sum { passed: 12, failed: 0 }));
        let bad = "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(summary(bad), Some(Sum { passed: 1, failed: 2 }));
        assert_eq!(summary("test tests::result: ok"), None);
    }

    #[test]
    fn a_runner_that_runs_nothing_fails() {
        let mut tally = Tally::default();
        tally.tests("nothing", Command::new("true").arg("nothing"));
        assert_eq!((tally.passed, tally.failed), (0, 1));
    }

    #[test]
    fn a_failed_check_is_counted() {
        let mut tally = Tally::default();
        tally.check("good", || Ok(()));
        tally.check("bad", || Err("because".into()));
        assert_eq!((tally.passed, tally.failed), (1, 1));
    }
}
