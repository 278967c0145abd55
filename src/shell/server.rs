//! The host with its sockets open.
//!
//! **Invariant:** when [`Server::start`] returns, page, WebSocket and media port answer; when [`Server::run_until`] returns, they
//! are closed and everybody connected has been told, or had a second to be.

use super::clock::{self, NoEntropy};
use super::cores::Cores;
use super::doorman::{Doorman, Place};
use super::streams::{Streams, is_framed};
use super::{addresses, filter, headers, page, ports, socket};
use crate::core::caps::Caps;
use crate::core::host::{Host, HostConfig};
use crate::core::media::{MediaConfig, MediaError, Stamp};
use crate::core::spread::Spread;
use axum::Router;
use axum::middleware::map_response;
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tracing::{debug, info, warn};

/// How long a browser may take to ask, or to ask again on the same connection.
const REQUEST_WITHIN: Duration = Duration::from_secs(15);

/// Request heads above this are refused, bytes. Ours are under 1 KB.
const REQUEST_HEAD: usize = 16 * 1024;

/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// Where to serve.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Page and WebSocket (TCP). Port 0 takes any.
    pub listen: SocketAddr,
    /// Media (UDP, and TCP where it can be had). `None`: every address of the machine, at the port of the page.
    pub media: Option<SocketAddr>,
    /// Addresses to name to browsers for media, in place of those found.
    pub advertise: Vec<IpAddr>,
    /// Threads that carry rooms. `None`: one for each core of the machine.
    pub threads: Option<usize>,
}

/// Why the host does not start. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The page's address cannot be had.
    #[error("cannot serve the page at {0} (TCP): {advice}. Choose another address with --listen.", advice = advice(.1))]
    Page(SocketAddr, #[source] io::Error),
    /// The media port cannot be had.
    #[error("cannot carry media at {0} (UDP): {advice}. Choose another address with --media.", advice = advice(.1))]
    Port(SocketAddr, #[source] io::Error),
    /// No media.
    #[error("cannot carry media: {0}")]
    Media(#[from] MediaError),
    /// No random numbers.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// No thread.
    #[error("the system gave no thread: {0}")]
    Thread(#[source] io::Error),
}

fn advice(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "the port is in use, perhaps by another Incamera".into(),
        io::ErrorKind::PermissionDenied => "ports below 1024 need special rights".into(),
        io::ErrorKind::AddrNotAvailable => "this machine does not have that address".into(),
        _ => error.to_string(),
    }
}

/// A host that answers.
pub struct Server {
    listener: TcpListener,
    /// For media alone.
    others: Vec<TcpListener>,
    page: SocketAddr,
    cores: Cores,
}

impl Server {
    /// Opens the sockets and starts the core.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(settings: &Settings) -> Result<Self, StartError> {
        let listener = TcpListener::bind(settings.listen).await.map_err(|error| StartError::Page(settings.listen, error))?;
        let page = listener.local_addr().map_err(|error| StartError::Page(settings.listen, error))?;
        let count = settings.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
        let sockets = media_sockets(settings, page, count.clamp(1, ports::most_cores()))?;
        let wanted = settings.media.unwrap_or(page);
        let refused = |error| StartError::Port(wanted, error);
        let media = sockets.first().map_or(Ok(wanted), UdpSocket::local_addr).map_err(refused)?;
        let candidates = addresses::candidates(media, page, &settings.advertise);
        let others = ports::tcp(media, page, &addresses::of_this_machine(media.is_ipv6(), true));
        let others: Result<Vec<TcpListener>, _> = others.into_iter().map(TcpListener::from_std).collect();
        let others = others.map_err(refused)?;
        let listening: Vec<SocketAddr> = others
            .iter()
            .filter_map(|other| other.local_addr().ok())
            .chain((page.port() == media.port()).then_some(page))
            .collect();
        let takes = |to| listening.iter().any(|&listener| ports::takes(listener, to));
        let streams = addresses::streams(&candidates, !settings.advertise.is_empty(), takes, !listening.is_empty());
        let cores = start_cores(sockets, &candidates, &streams)?;
        Ok(Self { listener, others, page, cores })
    }

    /// Where the page is.
    pub fn page(&self) -> SocketAddr {
        self.page
    }

    /// What to open in a browser on this machine.
    pub fn url(&self) -> String {
        let address = self.page.ip();
        if address.is_loopback() || address.is_unspecified() {
            format!("http://localhost:{}", self.page.port())
        } else {
            format!("http://{}", self.page)
        }
    }

    /// Serves until `stop` comes, then closes everything.
    pub async fn run_until(self, stop: impl Future<Output = ()>) {
        let Self { listener, others, cores, .. } = self;
        let (doorman, all_gone) = Doorman::new();
        let streams = Streams::new(cores.clone());
        let house = House { doorman, streams, site: Some(site(cores.clone())) };
        let media_only = House { site: None, ..house.clone() };
        let mut listening = tokio::task::JoinSet::new();
        listening.spawn(accept(listener, house));
        others.into_iter().for_each(|other| drop(listening.spawn(accept(other, media_only.clone()))));
        drop(media_only);
        stop.await;
        info!("closing");
        listening.shutdown().await;
        cores.stop().await;
        if timeout(FAREWELL, all_gone).await.is_err() {
            debug!("some connections were closed without farewell");
        }
    }
}

/// One socket for each core.
fn media_sockets(settings: &Settings, page: SocketAddr, count: usize) -> Result<Vec<UdpSocket>, StartError> {
    let sockets = match settings.media {
        Some(wanted) => ports::udp(wanted, count),
        None => ports::udp_everywhere(page.port(), count),
    };
    sockets.map_err(|error| StartError::Port(settings.media.unwrap_or(page), error))
}

/// A host on a thread for each socket. What all rooms together may hold is divided among them.
fn start_cores(sockets: Vec<UdpSocket>, candidates: &[SocketAddr], streams: &[SocketAddr]) -> Result<Cores, StartError> {
    let start = clock::now();
    let count = sockets.len().max(1);
    let all = Caps::default();
    let caps = Caps { rooms: all.rooms.div_ceil(count), all_logs_bytes: all.all_logs_bytes / count, ..all };
    let [a, b, c, d, ..] = clock::entropy()?;
    let stamp = Stamp::draw([a, b, c, d]);
    if let Err(error) = sockets.iter().try_for_each(|socket| filter::attach(socket, stamp)) {
        debug!(cause = %error.kind(), "forged checks are dropped here and not in the kernel");
    }
    let host = |(core, socket): (u8, UdpSocket)| {
        let (candidates, streams) = (candidates.to_vec(), streams.to_vec());
        let spread = Spread::new(core, count as u8);
        let media = MediaConfig { candidates, streams, spread, stamp, entropy: clock::entropy()?, start };
        let host = Host::new(HostConfig { media, entropy: clock::entropy()?, caps: caps.clone() })?;
        Ok::<_, StartError>((host, socket))
    };
    let hosts = (0u8..).zip(sockets).map(host).collect::<Result<Vec<_>, _>>()?;
    Cores::start(hosts, start).map_err(StartError::Thread)
}

/// Everything over HTTP. A later TLS listener serves the same.
fn site(cores: Cores) -> Router {
    let router = Router::new().route("/ws", get(socket::upgrade)).route("/health", get(|| async { "ok\n" }));
    #[cfg(feature = "bench-endpoints")]
    let router = router.merge(super::bench_endpoints::routes(cores.clone()));
    router.fallback(page::serve).with_state(cores).layer(map_response(headers::add))
}

/// Where connections go.
#[derive(Clone)]
struct House {
    doorman: Doorman,
    streams: Streams,
    /// `None` on ports for media alone.
    site: Option<Router>,
}

async fn accept(listener: TcpListener, house: House) {
    loop {
        match listener.accept().await {
            Ok((stream, from)) => attend(stream, from, &house),
            Err(error) => {
                // Out of file descriptors, mostly. Whoever waits is served when others have gone.
                warn!(cause = %error.kind(), "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn attend(stream: TcpStream, from: SocketAddr, house: &House) {
    let Some(place) = house.doorman.admit(from.ip()) else {
        info!("a connection was refused: too many, in all or from one place");
        return;
    };
    let House { streams, site, .. } = house.clone();
    tokio::spawn(async move {
        let Some(site) = site else { return streams.attend(stream, from, place).await };
        let mut first = [0];
        match timeout(REQUEST_WITHIN, stream.peek(&mut first)).await {
            Ok(Ok(1)) if is_framed(first[0]) => streams.attend(stream, from, place).await,
            Ok(Ok(1)) => serve(stream, site, place).await,
            _ => {}
        }
    });
}

async fn serve(stream: TcpStream, site: Router, place: Arc<Place>) {
    // Small letters leave at once.
    let _ = stream.set_nodelay(true);
    let site = site.layer(axum::Extension(place));
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(REQUEST_WITHIN).max_buf_size(REQUEST_HEAD);
    let service = TowerToHyperService::new(site);
    // An error is the browser's affair: it went away, or spoke no HTTP.
    let _ = server.serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}
