//! What the system's accounts say of a process, and a host that is started for a load.
//!
//! **Invariant:** a figure that cannot be had is absent, never zero.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Clock ticks a second in `/proc/<pid>/stat`: Linux shows a hundredth of a second to every program, whatever the kernel counts by.
const TICKS: f64 = 100.0;

/// What a process has used so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Usage {
    /// Processor time of all its threads, seconds.
    pub(crate) cpu: f64,
    /// Resident memory, kB.
    pub(crate) memory: f64,
}

impl Usage {
    /// Of this process; nothing where the system has no such accounts.
    pub(crate) fn of_this() -> Option<Self> {
        Self::of(std::process::id())
    }

    /// Of a process; nothing when it is gone, or the system has no such accounts.
    pub(crate) fn of(process: u32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().trim_end_matches(" kB").trim();
        Some(Self { cpu: cpu_in(&stat)?, memory: memory.parse().ok()? })
    }
}

/// `utime` and `stime`, the 14th and 15th field (proc(5)); the second field, a name in brackets, may hold anything.
fn cpu_in(stat: &str) -> Option<f64> {
    let (_, after) = stat.rsplit_once(')')?;
    let mut fields = after.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS)
}

/// A host of our own. It ends with this value.
pub(crate) struct OwnHost {
    child: Child,
    /// Where it serves, as it said.
    pub(crate) url: String,
}

impl OwnHost {
    /// Starts `program` on free ports of 127.0.0.1 and waits until it says where.
    ///
    /// # Errors
    /// A sentence that says why not.
    pub(crate) fn start(program: &Path) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("cannot start {}: {error}", program.display());
        let (listen, media) = free_ports().map_err(|error| failed(&error))?;
        let mut command = Command::new(program);
        command.args(["serve", "--listen", &format!("127.0.0.1:{listen}"), "--media", &format!("127.0.0.1:{media}")]);
        // Ctrl-C is for the load, which looks at the host once more before it ends it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(|error| failed(&error))?;
        let mut said = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut said).map_err(|error| failed(&error))?;
        }
        let errors = child.stderr.take();
        if said.trim().is_empty() {
            let mut reason = String::new();
            // What it said is told where it can be read; that it did not start is told in any case.
            let _ = errors.map(|mut errors| errors.read_to_string(&mut reason));
            let _ = child.wait();
            let reason = reason.trim();
            return Err(failed(&if reason.is_empty() { "it ended without a word" } else { reason }));
        }
        // Read to its end, or a host that logs would wait for us.
        std::thread::spawn(move || errors.map(|errors| BufReader::new(errors).lines().map_while(Result::ok).for_each(drop)));
        Ok(Self { child, url: format!("http://127.0.0.1:{listen}") })
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for OwnHost {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_ports() -> std::io::Result<(u16, u16)> {
    let (listen, media) = (TcpListener::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    Ok((listen.local_addr()?.port(), media.local_addr()?.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_hides_nothing() {
        let stat = "42 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 4 0";
        assert_eq!(cpu_in(stat), Some(3.0));
        assert_eq!(cpu_in("42 (x) S 1"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_uses_something() {
        assert!(Usage::of_this().is_some_and(|usage| usage.memory > 100.0));
        assert_eq!(Usage::of(u32::MAX), None);
    }

    #[test]
    fn a_host_that_does_not_start_says_why() {
        let missing = OwnHost::start(Path::new("/no/such/program")).err().unwrap();
        assert!(missing.contains("/no/such/program"), "{missing}");
        #[cfg(target_os = "linux")]
        assert!(OwnHost::start(Path::new("/bin/false")).err().unwrap().ends_with("false: it ended without a word"));
    }
}
