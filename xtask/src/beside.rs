//! The parts of the tests that need neither browsers nor quiet, beside those that wait for browsers most of their time.
//!
//! Invariant: they get only the time that nothing else wants (the lowest priority), and what they say is printed whole, and counted, once the
//! others are done: nothing that failed there is lost.

use crate::Outcome;
use crate::places::Places;
use crate::tally::Tally;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// This program with some parts of the tests, on its own.
pub(crate) struct Beside {
    child: Child,
    /// What it says.
    said: PathBuf,
}

impl Beside {
    /// Starts `parts`.
    pub(crate) fn start(places: &Places, parts: &[&str]) -> Outcome<Self> {
        fs::create_dir_all(&places.target)?;
        let said = places.target.join("tests-beside.txt");
        let (output, own) = (File::create(&said)?, std::env::current_exe()?);
        // As any Unix has it; elsewhere the system is trusted to share.
        let mut command = if cfg!(unix) { Command::new("nice") } else { Command::new(&own) };
        if cfg!(unix) {
            command.args(["-n", "19"]).arg(&own);
        }
        command.arg("test").args(parts).stdin(Stdio::null()).stderr(output.try_clone()?).stdout(output);
        println!("\n== beside what follows, and shown after it: {}", parts.join(", "));
        Ok(Self { child: command.spawn()?, said })
    }

    /// Waits for them, shows what they said and adds it to the tally.
    pub(crate) fn finish(mut self, tally: &mut Tally) {
        let ended = self.child.wait();
        let said = fs::read(&self.said).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        print!("{said}");
        tally.add(&said, ended.is_ok_and(|status| status.success()));
    }
}
