//! The host with its sockets open.
//!
//! **Invariant:** when [`Server::start`] returns, page, WebSocket and media port answer; when [`Server::run_until`] returns, they
//! are closed and everybody connected has been told, or had a second to be.

use super::clock::{self, NoEntropy};
use super::core_thread::Core;
use super::doorman::Doorman;
use super::{addresses, headers, page, socket};
use crate::core::caps::Caps;
use crate::core::host::{Host, HostConfig};
use crate::core::media::{MediaConfig, MediaError};
use axum::Router;
use axum::middleware::map_response;
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
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
    /// Media (UDP). `None`: every address of the machine, at the port of the page.
    pub media: Option<SocketAddr>,
    /// Addresses to name to browsers for media, in place of those found.
    pub advertise: Vec<IpAddr>,
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
    page: SocketAddr,
    core: Core,
}

impl Server {
    /// Opens the sockets and starts the core.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(settings: &Settings) -> Result<Self, StartError> {
        let listener = TcpListener::bind(settings.listen).await.map_err(|error| StartError::Page(settings.listen, error))?;
        let page = listener.local_addr().map_err(|error| StartError::Page(settings.listen, error))?;
        let wanted = settings.media.unwrap_or_else(|| everywhere(page));
        let refused = |error| StartError::Port(wanted, error);
        let port = UdpSocket::bind(wanted).map_err(refused)?;
        let media = port.local_addr().map_err(refused)?;
        let start = clock::now();
        let candidates = addresses::candidates(media, page, &settings.advertise);
        let media = MediaConfig { candidates, streams: vec![], entropy: clock::entropy()?, start };
        let host = Host::new(HostConfig { media, entropy: clock::entropy()?, caps: Caps::default() })?;
        let core = Core::start(host, port, start).map_err(StartError::Thread)?;
        Ok(Self { listener, page, core })
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
        let Self { listener, core, .. } = self;
        let (doorman, all_gone) = Doorman::new();
        let site = site(core.clone());
        tokio::select! {
            () = accept(&listener, &doorman, &site) => {}
            () = stop => info!("closing"),
        }
        drop((listener, site, doorman));
        core.stop().await;
        if timeout(FAREWELL, all_gone).await.is_err() {
            debug!("some connections were closed without farewell");
        }
    }
}

/// Every address of the machine, at the page's port.
fn everywhere(page: SocketAddr) -> SocketAddr {
    let all: IpAddr = if page.is_ipv6() { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
    SocketAddr::new(all, page.port())
}

/// Everything over HTTP. A later TLS listener serves the same.
fn site(core: Core) -> Router {
    let router = Router::new().route("/ws", get(socket::upgrade)).route("/health", get(|| async { "ok\n" }));
    router.fallback(page::serve).with_state(core).layer(map_response(headers::add))
}

async fn accept(listener: &TcpListener, doorman: &Doorman, site: &Router) {
    loop {
        match listener.accept().await {
            Ok((stream, from)) => attend(stream, from, doorman, site),
            Err(error) => {
                // Out of file descriptors, mostly. Whoever waits is served when others have gone.
                warn!(cause = %error.kind(), "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn attend(stream: TcpStream, from: SocketAddr, doorman: &Doorman, site: &Router) {
    let Some(place) = doorman.admit(from.ip()) else {
        info!("a connection was refused: too many, in all or from one place");
        return;
    };
    // Small letters leave at once.
    let _ = stream.set_nodelay(true);
    let site = site.clone().layer(axum::Extension(place.clone()));
    tokio::spawn(async move {
        let mut server = http1::Builder::new();
        server.timer(TokioTimer::new()).header_read_timeout(REQUEST_WITHIN).max_buf_size(REQUEST_HEAD);
        let service = TowerToHyperService::new(site);
        // An error is the browser's affair: it went away, or spoke no HTTP.
        let _ = server.serve_connection(TokioIo::new(stream), service).with_upgrades().await;
        drop(place);
    });
}
