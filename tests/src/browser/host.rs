//! The host under test: the real program, as a person starts it.
//!
//! Invariant: a host that was stopped and started again has its addresses and nothing else of its former life.

use super::process::{Running, free_tcp_port, free_udp_port};
use super::wait::{LONG, eventually};
use std::path::{Path, PathBuf};
use std::process::Command;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Every address of the machine.
const ANYWHERE: &str = "0.0.0.0";

/// A running host on ports of its own.
#[derive(Debug)]
pub struct Host {
    program: PathBuf,
    tcp: u16,
    udp: u16,
    log: PathBuf,
    media: &'static str,
    arguments: Vec<String>,
    running: Option<Running>,
}

impl Host {
    /// Starts the host that `cargo xtask test` built, and waits until it serves its page. Media comes in at every address of
    /// the machine: Firefox does not offer 127.0.0.1 where there is another one, and pairs it with nothing else.
    pub async fn start(log: &Path) -> Self {
        Self::start_with(program(), log, ANYWHERE, &[]).await
    }

    /// Starts another build, or with more arguments; media comes in at 127.0.0.1 only.
    pub async fn start_program(program: PathBuf, log: &Path, arguments: &[&str]) -> Self {
        Self::start_with(program, log, "127.0.0.1", arguments).await
    }

    async fn start_with(program: PathBuf, log: &Path, media: &'static str, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let (tcp, udp) = (free_tcp_port(), free_udp_port());
        let mut host = Self { program, tcp, udp, log: log.to_owned(), media, arguments, running: None };
        host.begin().await;
        host
    }

    /// Kills it without a farewell, as a crash does.
    pub fn crash(&mut self) {
        self.running = None;
    }

    /// Starts it (again), at the same addresses.
    pub async fn begin(&mut self) {
        let mut command = Command::new(&self.program);
        command.args(["serve", "--listen", &format!("127.0.0.1:{}", self.tcp)]);
        command.args(["--media", &format!("{}:{}", self.media, self.udp)]);
        command.args(&self.arguments);
        self.running = Some(Running::start(&mut command, &self.log));
        eventually(LONG, "the host to serve its page", || async {
            match request(self.tcp, "/").await {
                // With TLS, whoever comes without is sent on.
                Ok(answer) if ["HTTP/1.1 200", "HTTP/1.1 308"].iter().any(|good| answer.starts_with(good)) => Ok(()),
                Ok(answer) => Err(answer.lines().next().unwrap_or_default().to_owned()),
                Err(error) => Err(error.to_string()),
            }
        })
        .await;
    }

    /// Where people go: on `localhost`, a secure context without a certificate.
    pub fn url(&self) -> String {
        format!("http://localhost:{}/", self.tcp)
    }

    /// The TCP port of page and WebSocket.
    pub fn tcp_port(&self) -> u16 {
        self.tcp
    }

    /// The UDP port of picture and sound.
    pub fn udp_port(&self) -> u16 {
        self.udp
    }

    /// The process id.
    ///
    /// # Panics
    /// When it does not run.
    pub fn process(&self) -> u32 {
        self.running.as_ref().expect("the host runs").id()
    }

    /// Everything it has logged so far.
    pub fn logged(&self) -> Vec<u8> {
        std::fs::read(&self.log).unwrap_or_default()
    }
}

/// The host's program: named by `INCAMERA_HOST`, or beside the test's own program, where cargo puts it.
///
/// # Panics
/// When it is in neither place.
pub fn program() -> PathBuf {
    if let Some(named) = std::env::var_os("INCAMERA_HOST") {
        return named.into();
    }
    let own = std::env::current_exe().expect("a test knows its own program");
    let beside = own.ancestors().nth(2).map(|folder| folder.join("incamera")).filter(|path| path.is_file());
    beside.expect("no host to test: run `cargo xtask test browsers`, which builds it, or name one in INCAMERA_HOST")
}

/// One HTTP request, its answer as text.
///
/// # Errors
/// Those of the connection.
pub async fn request(port: u16, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
