//! Programs that a test starts: the host, a CA, a proxy.
//!
//! Invariant: what a test started ends with it, and nothing waits for time: a test waits for a line of a log.

use std::io::{BufRead as _, BufReader, Read};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Longer than anything here takes.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// Running, with every line that it writes.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    log: Vec<String>,
    /// Those of it that a test has waited for.
    heard: Vec<usize>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let streams: [Box<dyn Read + Send>; 2] = [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for stream in streams {
            let sender = sender.clone();
            std::thread::spawn(move || {
                BufReader::new(stream).lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)));
            });
        }
        Self { child, lines, log: Vec::new(), heard: Vec::new() }
    }

    /// The first line with these words in it that no test has waited for.
    pub(crate) fn says(&mut self, words: &str) -> String {
        #[expect(clippy::disallowed_methods, reason = "a test that waits too long has failed")]
        let (now, end) = (Instant::now, Instant::now() + LONG);
        let mut looked = 0;
        loop {
            while let Some(line) = self.log.get(looked) {
                if line.contains(words) && !self.heard.contains(&looked) {
                    self.heard.push(looked);
                    return line.clone();
                }
                looked += 1;
            }
            match self.lines.recv_timeout(end.saturating_duration_since(now())) {
                Ok(line) => self.log.push(line),
                Err(_) => panic!("it did not say {words:?} but\n{}", self.log.join("\n")),
            }
        }
    }

    /// Of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([format!("-{name}"), self.id().to_string()]).status().unwrap().success());
    }

    /// Ends it as a supervisor does; everything it said.
    pub(crate) fn end(mut self) -> String {
        self.signal("TERM");
        let ended = self.child.wait().unwrap();
        self.log.extend(self.lines.iter());
        let log = self.log.join("\n");
        assert!(ended.success(), "{log}");
        log
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A host with its page and its media at one port of 127.0.0.1.
pub(crate) struct Host {
    pub(crate) running: Running,
    pub(crate) port: u16,
    pub(crate) url: String,
}

impl Host {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_at(free_port(), arguments)
    }

    pub(crate) fn start_at(port: u16, arguments: &[&str]) -> Self {
        let at = format!("127.0.0.1:{port}");
        let mut command = program();
        command.args(["serve", "--listen", &at, "--media", &at]).args(arguments);
        let mut running = Running::start(&mut command);
        let url = running.says("http").trim().to_owned();
        Self { running, port, url }
    }
}

/// The host's program, without settings that its surroundings may hold.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_incamera"));
    command.env_remove("STATE_DIRECTORY").env_remove("RUST_LOG");
    command
}

/// A port of TCP that was free a moment ago. Ports that are drawn twice in a run are left out.
pub(crate) fn free_port() -> u16 {
    static GIVEN: std::sync::Mutex<Vec<u16>> = std::sync::Mutex::new(Vec::new());
    let mut given = GIVEN.lock().unwrap();
    loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if !given.contains(&port) {
            given.push(port);
            return port;
        }
    }
}

/// A directory that is gone with its test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("incamera-front-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    /// Puts a file in place in one step, as who renews certificates should.
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let new = self.path(&format!("{name}.writing"));
        std::fs::write(&new, text).unwrap();
        std::fs::rename(&new, self.path(name)).unwrap();
        self.path(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
