//! A proxy between browsers and host that keeps all that passes, in both directions, TCP and UDP.
//!
//! Invariant: what the host receives and sends is kept as the host has it in hand: WebSocket payloads unmasked. The only
//! things changed on the way are the media port in the host's answers, so that media passes here too, and the frame
//! worker's script, which is made to tell the spy what it is about to seal.

use super::canary::Kind;
use std::collections::HashMap;
use std::io::Result;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

const TELL: &str = include_str!("spy.js");
const LOCAL: &str = "127.0.0.1";

/// A running spy.
#[derive(Debug)]
pub struct Spy {
    port: u16,
    heard: Arc<Mutex<Heard>>,
}

/// What it has heard.
#[derive(Debug, Default)]
pub struct Heard {
    /// What passed to and from the host, in pieces.
    pub wire: Vec<Vec<u8>>,
    /// Datagrams that passed.
    pub datagrams: usize,
    /// Frames before they were sealed.
    pub frames: Vec<(Kind, Vec<u8>)>,
}

/// Where the host is, and where the spy stands in for it.
#[derive(Clone, Copy, Debug)]
struct Ports {
    host_tcp: u16,
    host_udp: u16,
    udp: u16,
}

impl Spy {
    /// Stands in for the host at these ports.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn before(host_tcp: u16, host_udp: u16) -> Result<Self> {
        let heard = Arc::new(Mutex::new(Heard::default()));
        let listener = TcpListener::bind((LOCAL, 0)).await?;
        // The same number of digits, so that no length on the way changes.
        let relay = loop {
            let socket = UdpSocket::bind((LOCAL, 0)).await?;
            if socket.local_addr()?.port().to_string().len() == host_udp.to_string().len() {
                break socket;
            }
        };
        let ports = Ports { host_tcp, host_udp, udp: relay.local_addr()?.port() };
        let port = listener.local_addr()?.port();
        tokio::spawn(relay_datagrams(Arc::new(relay), ports, heard.clone()));
        let kept = heard.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, ports, kept.clone()));
            }
        });
        Ok(Self { port, heard })
    }

    /// Where people go.
    pub fn url(&self) -> String {
        format!("http://localhost:{}/", self.port)
    }

    /// What was heard so far.
    pub fn heard(&self) -> MutexGuard<'_, Heard> {
        lock(&self.heard)
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One connection of a browser: one request, or a WebSocket.
async fn serve(mut browser: TcpStream, ports: Ports, heard: Arc<Mutex<Heard>>) -> Result<()> {
    let (head, body) = read_head(&mut browser).await?;
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    if let Some(kind) = path.strip_prefix("/spy/") {
        let kind = if kind == "picture" { Kind::Picture } else { Kind::Sound };
        let frame = read_body(&mut browser, &head, body).await?;
        lock(&heard).frames.push((kind, frame));
        return browser.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await;
    }
    let mut host = TcpStream::connect((LOCAL, ports.host_tcp)).await?;
    let upgrade = field(&head, "upgrade").is_some();
    let asked = if upgrade { head } else { without(&head, &["connection", "accept-encoding", "if-none-match"]) };
    lock(&heard).wire.push(asked.clone().into_bytes());
    host.write_all(asked.as_bytes()).await?;
    if upgrade {
        let (answer, more) = read_head(&mut host).await?;
        browser.write_all(answer.as_bytes()).await?;
        return pass_frames(browser, host, more, ports, heard).await;
    }
    let mut answer = Vec::new();
    host.read_to_end(&mut answer).await?;
    lock(&heard).wire.push(answer.clone());
    let answer = if path == "/worker.js?frame-worker" { with_script(&answer) } else { answer };
    browser.write_all(&answer).await
}

/// Head (with its empty line) and what of the body came along.
async fn read_head(stream: &mut TcpStream) -> Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let body = bytes.split_off(end + 4);
            return Ok((String::from_utf8_lossy(&bytes).into_owned(), body));
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

async fn read_body(stream: &mut TcpStream, head: &str, mut body: Vec<u8>) -> Result<Vec<u8>> {
    let length = field(head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while body.len() < length && stream.read_buf(&mut body).await? > 0 {}
    Ok(body)
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

/// The head without some fields, and one request per connection.
fn without(head: &str, names: &[&str]) -> String {
    let is_kept = |line: &&str| !names.iter().any(|name| line.to_ascii_lowercase().starts_with(&format!("{name}:")));
    let kept: Vec<&str> = head.trim_end().lines().filter(is_kept).collect();
    format!("{}\r\nConnection: close\r\n\r\n", kept.join("\r\n"))
}

/// The answer with our script before its own.
fn with_script(answer: &[u8]) -> Vec<u8> {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return answer.to_vec() };
    let head = without(&String::from_utf8_lossy(&answer[..end + 4]), &["content-length", "connection"]);
    [head.as_bytes(), TELL.as_bytes(), &answer[end + 4..]].concat()
}

/// A WebSocket, both ways.
async fn pass_frames(browser: TcpStream, host: TcpStream, more: Vec<u8>, ports: Ports, heard: Arc<Mutex<Heard>>) -> Result<()> {
    let (mut from_browser, mut to_browser) = browser.into_split();
    let (mut from_host, mut to_host) = host.into_split();
    let kept = heard.clone();
    let upwards = tokio::spawn(async move {
        let mut frames = Frames::default();
        let mut piece = Vec::new();
        while from_browser.read_buf(&mut piece).await? > 0 {
            lock(&kept).wire.extend(frames.take(&piece).into_iter().map(|frame| frame.payload));
            to_host.write_all(&piece).await?;
            piece.clear();
        }
        to_host.shutdown().await
    });
    let mut frames = Frames::default();
    let mut piece = more;
    loop {
        for frame in frames.take(&piece) {
            to_browser.write_all(&frame.head).await?;
            to_browser.write_all(&with_port(&frame.payload, ports)).await?;
            lock(&heard).wire.push(frame.payload);
        }
        piece.clear();
        if from_host.read_buf(&mut piece).await? == 0 {
            upwards.abort();
            return to_browser.shutdown().await;
        }
    }
}

/// Puts the spy's media port where the host's stands in a session description.
fn with_port(payload: &[u8], ports: Ports) -> Vec<u8> {
    let (host, own) = (ports.host_udp.to_string(), ports.udp.to_string());
    let mut changed = payload.to_vec();
    if !payload.windows(12).any(|window| window == b"a=candidate:") {
        return changed;
    }
    for at in 0..payload.len().saturating_sub(host.len()) {
        if payload[at..].starts_with(host.as_bytes()) {
            changed[at..at + own.len()].copy_from_slice(own.as_bytes());
        }
    }
    changed
}

/// Cuts a stream into WebSocket frames (RFC 6455 §5.2).
#[derive(Debug, Default)]
struct Frames {
    rest: Vec<u8>,
}

/// One frame, its payload unmasked.
#[derive(Debug, PartialEq, Eq)]
struct Frame {
    head: Vec<u8>,
    payload: Vec<u8>,
}

impl Frames {
    fn take(&mut self, bytes: &[u8]) -> Vec<Frame> {
        self.rest.extend_from_slice(bytes);
        let mut frames = Vec::new();
        while let Some(frame) = self.next() {
            frames.push(frame);
        }
        frames
    }

    fn next(&mut self) -> Option<Frame> {
        let second = *self.rest.get(1)?;
        let (length, mut head) = match second & 0x7f {
            126 => (usize::from(u16::from_be_bytes(self.rest.get(2..4)?.try_into().ok()?)), 4),
            127 => (usize::try_from(u64::from_be_bytes(self.rest.get(2..10)?.try_into().ok()?)).ok()?, 10),
            short => (usize::from(short), 2),
        };
        let mask = if second & 0x80 == 0 { [0; 4] } else { self.rest.get(head..head + 4)?.try_into().ok()? };
        head += if second & 0x80 == 0 { 0 } else { 4 };
        let payload = self.rest.get(head..head + length)?;
        let payload = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        let rest = self.rest.split_off(head + length);
        let mut head_bytes = std::mem::replace(&mut self.rest, rest);
        head_bytes.truncate(head);
        Some(Frame { head: head_bytes, payload })
    }
}

/// Passes datagrams between each browser's socket and the host, from a socket of its own for each.
#[expect(clippy::map_entry, reason = "an entry cannot be held while the socket is being bound")]
async fn relay_datagrams(outside: Arc<UdpSocket>, ports: Ports, heard: Arc<Mutex<Heard>>) -> Result<()> {
    let mut inside: HashMap<SocketAddr, Arc<UdpSocket>> = HashMap::new();
    let mut datagram = vec![0; 65_536];
    loop {
        let (length, from) = outside.recv_from(&mut datagram).await?;
        keep_datagram(&heard, &datagram[..length]);
        if !inside.contains_key(&from) {
            let socket = Arc::new(UdpSocket::bind((LOCAL, 0)).await?);
            socket.connect((LOCAL, ports.host_udp)).await?;
            tokio::spawn(relay_back(socket.clone(), outside.clone(), from, heard.clone()));
            inside.insert(from, socket);
        }
        if let Some(socket) = inside.get(&from) {
            let _ = socket.send(&datagram[..length]).await;
        }
    }
}

async fn relay_back(inside: Arc<UdpSocket>, outside: Arc<UdpSocket>, to: SocketAddr, heard: Arc<Mutex<Heard>>) {
    let mut datagram = vec![0; 65_536];
    loop {
        if let Ok(length) = inside.recv(&mut datagram).await {
            keep_datagram(&heard, &datagram[..length]);
            let _ = outside.send_to(&datagram[..length], to).await;
        }
    }
}

fn keep_datagram(heard: &Mutex<Heard>, datagram: &[u8]) {
    let mut heard = lock(heard);
    heard.datagrams += 1;
    heard.wire.push(datagram.to_vec());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masked_frames_in_pieces_are_read() {
        let mut frames = Frames::default();
        let masked = [0x82, 0x83, 1, 2, 3, 4, b'a' ^ 1, b'b' ^ 2, b'c' ^ 3];
        assert!(frames.take(&masked[..5]).is_empty());
        let read = frames.take(&masked[5..]);
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].payload, b"abc");
    }

    #[test]
    fn long_frames_keep_their_head() {
        let long = [[0x82, 126, 1, 0].as_slice(), &[7; 256]].concat();
        let read = Frames::default().take(&long);
        assert_eq!((read[0].head.as_slice(), read[0].payload.len()), ([0x82, 126, 1, 0].as_slice(), 256));
    }

    #[test]
    fn only_session_descriptions_are_changed() {
        let ports = Ports { host_tcp: 1, host_udp: 40_001, udp: 50_002 };
        assert_eq!(
            with_port(b"a=candidate:1 1 udp 1 127.0.0.1 40001 typ host", ports),
            b"a=candidate:1 1 udp 1 127.0.0.1 50002 typ host"
        );
        assert_eq!(with_port(b"40001 people", ports), b"40001 people");
    }

    #[test]
    fn heads_lose_fields_and_close() {
        let head = without("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br\r\n\r\n", &["accept-encoding"]);
        assert_eq!(head, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    }
}
