//! What the tasks share that try a release as its owner would, step by step.
//!
//! Invariant: a step that does not show what it says ends the task, and each says after how many seconds it did.

use crate::Outcome;
use std::process::Command;
use std::time::{Duration, Instant};

/// How long a machine may take to start, and a service to come back.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Says what is so, and how long after `begun`; an error when it is not.
pub(crate) fn tell(begun: Instant, what: &str, is_so: bool) -> Outcome {
    if !is_so {
        return Err(format!("not so: {what}").into());
    }
    println!("{:5.1} s  {what}", begun.elapsed().as_secs_f32());
    Ok(())
}

/// Waits for what another process's state shows, of which nobody tells when it changes; after [`PATIENCE`] an error in these words.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) -> Outcome {
    let begun = now();
    while !is_so() {
        if begun.elapsed() > PATIENCE {
            return Err(what.into());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// `incamera doctor` for a host, by a program or by what starts it elsewhere: nothing to mend there.
pub(crate) fn doctor(mut program: Command, host: &str, fingerprint: &str) -> Outcome {
    let output = program.args(["doctor", host, "--certificate-fingerprint", fingerprint]).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("the doctor found something to mend:\n{}", String::from_utf8_lossy(&output.stdout)).into())
}

/// The certificate's fingerprint (SHA-256, 32 bytes in hexadecimal with colons) that a host's log named last.
pub(crate) fn fingerprint(log: &str) -> Option<&str> {
    let is_one = |word: &&str| word.len() == 95 && word.split(':').all(|byte| u8::from_str_radix(byte, 16).is_ok());
    log.split(|sign: char| sign.is_whitespace() || "\"=,".contains(sign)).rfind(is_one)
}

/// What `/proc/PID/status` says under a name: its first word.
pub(crate) fn status<'a>(of: &'a str, name: &str) -> Option<&'a str> {
    of.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.split_whitespace().next().unwrap_or(""))
}

/// Such a task measures: the one place where it looks at a clock.
#[expect(clippy::disallowed_methods, reason = "says how long a step took")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_found_in_a_log() {
        let own = vec!["AB"; 32].join(":");
        let log = format!("12:00:01 listening address=\"0.0.0.0:443\" fingerprint=\"{own}\", ready\n12:00:02 more");
        assert_eq!(fingerprint(&log), Some(own.as_str()));
        assert_eq!(fingerprint("12:00:01 listening"), None);
    }

    #[test]
    fn a_status_is_read() {
        assert_eq!(status("Name:\tincamera\nUid:\t65532\t65532\n", "Uid:"), Some("65532"));
        assert_eq!(status("Name:\tincamera\n", "Uid:"), None);
    }
}
