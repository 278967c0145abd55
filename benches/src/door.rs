//! What strangers cost: thousands who only sit there, thousands who never finish a sentence, and a million who come and vanish.
//!
//! Invariant: the host is the released program in a process of its own; its memory is what the kernel says of that process (`VmRSS`).

#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use incamera_bench_peer::Failure;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tungstenite::{Message, WebSocket};
use wire::{Entry, FromHost, Identity, ResumeKey, RoomId, ToHost};

/// Who sits there.
const IDLE: u32 = 10_000;
/// People of a room of those who sit there.
const PER_ROOM: u32 = 5;
/// Joins that are measured among them.
const JOINS: u32 = 200;
/// Joins that are abandoned.
const ABANDONED: u64 = 1_000_000;
/// Who abandons them, at once.
const STRANGERS: u64 = 4;
/// Who writes a request letter by letter.
const SLOW: u32 = 5_000;
/// Between two letters.
const LETTER: Duration = Duration::from_secs(1);
/// Nothing takes so long.
const LONG: Duration = Duration::from_secs(20);

/// Idle people without and with TLS, slow ones, and joins that nobody finishes.
pub(crate) fn figures() -> Vec<Value> {
    incamera::shell::open_files::raise();
    let figures: [fn() -> Result<Value, Failure>; 4] = [|| idle(false), || idle(true), slow, abandoned];
    figures
        .into_iter()
        .map(|figure| figure().unwrap_or_else(|error| json!({"bench": "door", "error": error.to_string()})))
        .collect()
}

fn idle(tls: bool) -> Result<Value, Failure> {
    let host = Host::start(tls)?;
    // One came and went: what is made once is made.
    drop(host.enter(0)?);
    let before = host.memory()?;
    let people: Vec<Person> = (0..IDLE).map(|number| host.enter(1 + number / PER_ROOM)).collect::<Result<_, _>>()?;
    let each = (host.memory()? - before) as f64 / f64::from(IDLE);
    let [p50, p99, most] = joins(&host)?;
    Ok(json!({"bench": "door", "scenario": "idle", "tls": tls, "people": people.len(), "kib_each": each / 1024.0,
        "join_p50_ms": p50, "join_p99_ms": p99, "join_most_ms": most}))
}

/// How long a join takes now, milliseconds: half of them, all but a hundredth, all.
fn joins(host: &Host) -> Result<[Option<f64>; 3], Failure> {
    let mut joins = Vec::new();
    for _ in 0..JOINS {
        let begun = Instant::now();
        drop(host.enter(0)?);
        joins.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    joins.sort_by(f64::total_cmp);
    let at = |share: usize| joins.get(joins.len() * share / 100).copied();
    Ok([at(50), at(99), joins.last().copied()])
}

/// Whoever writes a request letter by letter keeps a connection, and others from theirs, for as long as the host lets it.
fn slow() -> Result<Value, Failure> {
    let host = Host::start(false)?;
    drop(host.enter(0)?);
    let before = host.memory()?;
    let mut writers = Vec::new();
    for _ in 0..SLOW {
        let mut stream = TcpStream::connect(host.page)?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")?;
        stream.set_nonblocking(true)?;
        writers.push(stream);
    }
    let begun = Instant::now();
    let (mut among, mut each) = (None, 0.0);
    while !writers.is_empty() && begun.elapsed() < LONG * 3 {
        writers.retain_mut(|stream| stream.write(b"x").is_ok() && is_open(stream));
        if among.is_none() {
            each = (host.memory()? - before) as f64 / f64::from(SLOW);
            among = Some(joins(&host)?);
        }
        std::thread::sleep(LETTER);
    }
    let [p50, p99, most] = among.unwrap_or_default();
    Ok(json!({"bench": "door", "scenario": "slow", "writers": SLOW, "left": writers.len(), "kib_each": each / 1024.0,
        "all_cut_after_s": begun.elapsed().as_secs_f64(), "join_p50_ms": p50, "join_p99_ms": p99, "join_most_ms": most}))
}

/// Nothing was answered, and nobody hung up.
fn is_open(stream: &mut TcpStream) -> bool {
    matches!(stream.read(&mut [0; 512]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
}

fn abandoned() -> Result<Value, Failure> {
    let host = Host::start(false)?;
    let (done, entered) = (AtomicU64::new(0), AtomicU64::new(0));
    let come_and_vanish = |until: u64| {
        std::thread::scope(|scope| {
            let strangers: Vec<_> = (0..STRANGERS)
                .map(|_| {
                    scope.spawn(|| -> Result<(), Failure> {
                        loop {
                            let number = done.fetch_add(1, Relaxed);
                            if number >= until {
                                return Ok(());
                            }
                            let is_in = host.connect()?.asks((number % 5_000) as u32)?;
                            entered.fetch_add(u64::from(is_in), Relaxed);
                        }
                    })
                })
                .collect();
            strangers.into_iter().try_for_each(|stranger| stranger.join().map_err(|_| "a stranger panicked")?)
        })
    };
    let begun = Instant::now();
    let mut memory = Vec::new();
    for tenth in 0..10 {
        done.store(ABANDONED / 10 * tenth, Relaxed);
        come_and_vanish(ABANDONED / 10 * (tenth + 1))?;
        memory.push(host.memory()?);
    }
    // What the allocator keeps has been asked for by then.
    let settled = memory.get(2..).unwrap_or_default();
    let middle = settled.iter().sum::<u64>() as f64 / settled.len() as f64;
    let to_middle = |bytes: Option<&u64>| bytes.map(|&bytes| bytes as f64 / middle);
    let mib: Vec<f64> = memory.iter().map(|&bytes| (bytes as f64 / f64::from(1 << 20) * 10.0).round() / 10.0).collect();
    Ok(json!({"bench": "door", "scenario": "abandoned", "joins": ABANDONED, "entered": entered.load(Relaxed),
        "seconds": begun.elapsed().as_secs_f64(), "mib_after_each_tenth": mib,
        "least_to_middle": to_middle(settled.iter().min()), "most_to_middle": to_middle(settled.iter().max())}))
}

/// The program, running.
struct Host {
    child: Child,
    page: SocketAddr,
    tls: Option<Arc<ClientConfig>>,
    state: PathBuf,
}

impl Host {
    fn start(tls: bool) -> Result<Self, Failure> {
        let program = std::env::var_os("INCAMERA_HOST").ok_or("INCAMERA_HOST names no host: use `cargo xtask bench door`")?;
        let state = std::env::temp_dir().join(format!("incamera-bench-door-{}", std::process::id()));
        let mut command = Command::new(program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--media", "127.0.0.1:0", "--log", "error"]);
        command.args([
            "--connections-per-address",
            "20000",
            "--joins-per-address",
            "4000000000",
            "--rooms-per-address",
            "4000000000",
            // Room for who joins among those who sit there.
            "--people",
            "20000",
        ]);
        if tls {
            command.arg("--self-signed").arg("--state").arg(&state);
        }
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut url = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut url)?;
        let port = url.trim().rsplit(':').next().and_then(|port| port.parse().ok()).ok_or("the host told no port")?;
        let tls = tls.then(|| believing(&state)).transpose()?;
        Ok(Self { child, page: SocketAddr::from(([127, 0, 0, 1], port)), tls, state })
    }

    /// Resident, bytes.
    fn memory(&self) -> Result<u64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("the kernel tells no memory")?;
        let kilobytes: u64 = line.split_whitespace().next().ok_or("no number")?.parse()?;
        Ok(kilobytes * 1024)
    }

    fn connect(&self) -> Result<Person, Failure> {
        let stream = TcpStream::connect(self.page)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(LONG))?;
        // Whoever goes is gone without a word, as whoever loses the network, and this machine's ports do not run out.
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
        let stream: Box<dyn Stream> = match &self.tls {
            None => Box::new(stream),
            Some(config) => {
                let name = ServerName::try_from("localhost")?;
                Box::new(StreamOwned::new(ClientConnection::new(Arc::clone(config), name)?, stream))
            }
        };
        let scheme = if self.tls.is_some() { "wss" } else { "ws" };
        // Small buffers: the other end of thousands is this process.
        let config = tungstenite::protocol::WebSocketConfig::default().read_buffer_size(2_048);
        let url = format!("{scheme}://localhost:{}/ws", self.page.port());
        let (socket, _) =
            tungstenite::client::client_with_config(url, stream, Some(config)).map_err(|error| error.to_string())?;
        Ok(Person { socket })
    }

    /// Somebody with a seat in a room.
    fn enter(&self, room: u32) -> Result<Person, Failure> {
        let mut person = self.connect()?;
        if person.asks(room)? { Ok(person) } else { Err("the host refused somebody".into()) }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.state);
    }
}

fn believing(state: &std::path::Path) -> Result<Arc<ClientConfig>, Failure> {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(state.join("self-signed.pem"))? {
        roots.add(root?)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// Connected.
struct Person {
    socket: WebSocket<Box<dyn Stream>>,
}

impl Person {
    /// Asks for a seat. False: it was refused.
    fn asks(&mut self, room: u32) -> Result<bool, Failure> {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&room.to_be_bytes());
        let entry = Entry { room: RoomId(id), identity: Identity::New, resume_key: ResumeKey([1; 32]) };
        self.socket.send(Message::Binary(wire::encode(&ToHost::Enter(entry)).into()))?;
        loop {
            if let Message::Binary(bytes) = self.socket.read()? {
                match wire::decode(&bytes).map_err(|error| error.to_string())? {
                    FromHost::Entered(_) => return Ok(true),
                    FromHost::Refused(_) => return Ok(false),
                    _ => {}
                }
            }
        }
    }
}
