//! The program, and people who are connected to it.
//!
//! Invariant: a program ends with its test.

use futures_util::{SinkExt as _, StreamExt as _};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite};
use tungstenite::Message;
use tungstenite::client::IntoClientRequest as _;
use wire::{Entered, Entry, FromHost, Identity, ResumeKey, RoomId, ToHost};

/// Nothing here takes a second; a test that waits this long has failed.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// The program, running.
pub(crate) struct Program {
    child: Child,
    pub(crate) page: SocketAddr,
    pub(crate) media: SocketAddr,
}

impl Program {
    pub(crate) fn start() -> Self {
        Self::start_at("127.0.0.1", &[])
    }

    /// Media at an address of this machine.
    pub(crate) fn start_at(address: &str, arguments: &[&str]) -> Self {
        // A port that was free a moment ago.
        let media = UdpSocket::bind((address, 0)).unwrap().local_addr().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_incamera"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--media", &media.to_string()])
            .args(arguments)
            .env("RUST_LOG", "trace");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let port = url.trim().strip_prefix("http://localhost:").unwrap().parse().unwrap();
        Self { child, page: SocketAddr::from(([127, 0, 0, 1], port)), media }
    }

    /// Ends it as a supervisor does; what it logged, and whether it ended well.
    pub(crate) fn end(mut self) -> (String, bool) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (log, self.child.wait().unwrap().success())
    }

    pub(crate) async fn request(&self, head: &str) -> String {
        ask(self.page, head).await
    }

    pub(crate) async fn connect(&self, origin: Option<&str>) -> Result<Person, tungstenite::Error> {
        let mut request = format!("ws://{}/ws", self.page).into_client_request().unwrap();
        origin.map(|origin| request.headers_mut().insert("origin", origin.parse().unwrap()));
        let stream = TcpStream::connect(self.page).await.unwrap();
        let address = stream.local_addr().unwrap();
        let (socket, _) = client_async(request, stream).await?;
        Ok(Person { socket, address })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request, and the whole answer.
pub(crate) async fn ask(at: SocketAddr, head: &str) -> String {
    let mut stream = TcpStream::connect(at).await.unwrap();
    let host = if head.contains("Host:") { String::new() } else { format!("Host: {at}\r\n") };
    let request = format!("{head}\r\n{host}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(LONG, stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Somebody connected.
pub(crate) struct Person {
    pub(crate) socket: WebSocketStream<TcpStream>,
    pub(crate) address: SocketAddr,
}

impl Person {
    pub(crate) async fn says(&mut self, message: &ToHost) {
        self.socket.send(Message::Binary(wire::encode(message).into())).await.unwrap();
    }

    /// The next message of the host; `None` when it closes.
    pub(crate) async fn hears(&mut self) -> Option<FromHost> {
        match timeout(LONG, self.socket.next()).await.unwrap() {
            Some(Ok(Message::Binary(bytes))) => Some(wire::decode(&bytes).unwrap()),
            _ => None,
        }
    }

    /// Waits for the first message that is like this.
    pub(crate) async fn waits<T>(&mut self, like: impl Fn(FromHost) -> Option<T>) -> T {
        loop {
            if let Some(found) = like(self.hears().await.expect("the host closed")) {
                return found;
            }
        }
    }

    /// Asks to enter.
    pub(crate) async fn tries(&mut self, room: RoomId, resume_key: ResumeKey) {
        self.says(&ToHost::Enter(Entry { room, identity: Identity::New, resume_key })).await;
    }

    pub(crate) async fn enters(&mut self, room: RoomId, resume_key: ResumeKey) -> Entered {
        self.tries(room, resume_key).await;
        let entered = |message| if let FromHost::Entered(entered) = message { Some(entered) } else { None };
        self.waits(entered).await
    }
}
