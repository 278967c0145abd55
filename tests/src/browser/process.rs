//! Programs that a test starts: drivers, browsers, hosts.
//!
//! Invariant: what a test started is gone when the test is, however it ends.

use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A running program, with everything it started in its process group. Killed when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
}

impl Running {
    /// Starts `command` in a process group of its own; what it says goes to `log`.
    ///
    /// # Panics
    /// When the program cannot be started.
    pub fn start(command: &mut Command, log: &Path) -> Self {
        use std::os::unix::process::CommandExt;
        let log = std::fs::File::options().create(true).append(true).open(log).expect("a test can write its logs");
        let errors = log.try_clone().expect("a log file can be shared");
        command.stdin(Stdio::null()).stdout(log).stderr(errors).process_group(0);
        let child = command.spawn().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        Self { child }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// True while it has not ended by itself.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it as a power cut would: no farewell.
    pub fn kill(&mut self) {
        signal("KILL", &format!("-{}", self.child.id()));
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Sends a signal to a process, or to a process group by its negative id. That it is gone already is no error.
fn signal(name: &str, target: &str) {
    let _ = Command::new("kill").args([&format!("-{name}"), "--", target]).stderr(Stdio::null()).status();
}

/// Kills every process whose command line contains `mark`: a browser and its children, by their profile directory.
pub fn kill_by_mark(mark: &Path) {
    signal_by_mark("KILL", mark);
}

/// The same, but they only stop where they are, or go on from there.
pub fn freeze_by_mark(mark: &Path, frozen: bool) {
    signal_by_mark(if frozen { "STOP" } else { "CONT" }, mark);
}

fn signal_by_mark(what: &str, mark: &Path) {
    let mark = mark.to_string_lossy().into_owned();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_process = name.bytes().all(|byte| byte.is_ascii_digit()) && name != std::process::id().to_string();
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if is_process && String::from_utf8_lossy(&line).contains(&mark) {
            signal(what, &name);
        }
    }
}

/// A TCP port nobody listens on now.
///
/// # Panics
/// When the machine has none left.
pub fn free_tcp_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("there is a free TCP port").port()
}

/// A UDP port nobody listens on now.
///
/// # Panics
/// When the machine has none left.
pub fn free_udp_port() -> u16 {
    UdpSocket::bind("0.0.0.0:0").and_then(|socket| socket.local_addr()).expect("there is a free UDP port").port()
}

/// A directory of this test's own, removed when dropped.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes one. `name` only helps those who look at it.
    ///
    /// # Panics
    /// When the temporary directory cannot be written.
    pub fn new(name: &str) -> Self {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let next = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("incamera-{name}-{}-{next}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a test can make its directory");
        Self(path)
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
