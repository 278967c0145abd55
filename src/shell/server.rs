//! The host with its sockets open.
//!
//! **Invariant:** when [`Server::start`] returns, page, WebSocket and media port answer; when [`Server::run_until`] returns, they
//! are closed and everybody connected has been told, or had a second to be.

use super::clock::{self, NoEntropy};
use super::config::keys::Settings;
use super::config::kinds::RoomsFor;
use super::config::plan::Encryption;
use super::cores::Cores;
use super::doorman::{Connections, Doorman};
use super::doors::Doors;
use super::front::{House, accept};
use super::gate::Gate;
use super::handed::Handed;
use super::permission::{self, PermissionError, Permissions};
use super::proxies::Proxies;
use super::sight::health::Health;
use super::sight::{Window, say_state};
use super::streams::Streams;
use super::tls::{Tls, TlsError};
use super::turn::TurnCounts;
use super::turn::opening::Relaying;
use super::{addresses, filter, front, handed, headers, page, ports, proxies, socket, throttle};
use crate::core::host::{Host, HostConfig};
use crate::core::media::{MediaConfig, MediaError, Stamp};
use crate::core::spread::Spread;
use axum::Router;
use axum::middleware::{from_fn_with_state, map_response};
use axum::routing::get;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::{debug, info};

/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// Why the host does not start. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The page's address cannot be had.
    #[error("cannot serve the page at {0} (TCP): {advice}. Choose another address with --listen.", advice = advice(.1))]
    Page(SocketAddr, #[source] io::Error),
    /// The address from which people are sent to HTTPS cannot be had.
    #[error("cannot send people on to HTTPS from {0} (TCP): {advice}. Choose another address with --redirect, or say --redirect off.", advice = advice(.1))]
    Redirect(SocketAddr, #[source] io::Error),
    /// No TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The media port cannot be had.
    #[error("cannot carry media at {0} (UDP): {advice}. Choose another address with --media.", advice = advice(.1))]
    Port(SocketAddr, #[source] io::Error),
    /// The address for figures cannot be had.
    #[error("cannot serve figures at {0} (TCP): {advice}. Choose another address with --metrics.", advice = advice(.1))]
    Figures(SocketAddr, #[source] io::Error),
    /// Figures would be open to others.
    #[error(
        "figures at {0} could be read from other machines. Choose an address of this machine alone, such as 127.0.0.1:{port}, or say --metrics-from-anywhere.",
        port = .0.port()
    )]
    OpenFigures(SocketAddr),
    /// No media.
    #[error("cannot carry media: {0}")]
    Media(#[from] MediaError),
    /// No random numbers.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// Who may open rooms cannot be found out.
    #[error(transparent)]
    Permission(#[from] PermissionError),
    /// No thread.
    #[error("the system gave no thread: {0}")]
    Thread(#[source] io::Error),
}

fn advice(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "the port is in use, perhaps by another Incamera".into(),
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 need special rights (root, or the capability CAP_NET_BIND_SERVICE)".into()
        }
        io::ErrorKind::AddrNotAvailable => "this machine does not have that address".into(),
        _ => error.to_string(),
    }
}

/// A host that answers.
pub struct Server {
    doors: Doors,
    /// For media alone.
    others: Vec<TcpListener>,
    figures: Option<TcpListener>,
    cores: Cores,
    relay: Option<Relaying>,
    tls: Option<Arc<Tls>>,
    permissions: Option<Permissions>,
    settings: Settings,
}

impl Server {
    /// Opens the sockets, but for those that were handed over, and starts the cores.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(settings: &Settings, handed: Handed) -> Result<Self, StartError> {
        let permissions = Permissions::new(settings)?;
        let figures = figures(settings).await?;
        let doors = Doors::open(settings, handed.tcp).await?;
        let media = MediaPorts::open(settings, doors.page, handed.udp).await?;
        let addresses: Vec<_> = media.candidates.iter().map(SocketAddr::ip).chain([doors.page.ip()]).collect();
        let tls = Tls::new(settings, &addresses)?.map(Arc::new);
        let tls_at = tls.as_ref().map(|_| doors.page.port());
        let (cores, relay) = start_cores(media.sockets, settings, (&media.candidates, &media.streams), tls_at)?;
        Ok(Self { doors, others: media.others, figures, cores, relay, tls, permissions, settings: settings.clone() })
    }

    /// Where the page is.
    pub fn page(&self) -> SocketAddr {
        self.doors.page
    }

    /// True when browsers speak to this program in the clear, and no proxy in front speaks TLS for it.
    pub fn is_in_the_clear(&self) -> bool {
        self.tls.is_none() && !self.settings.behind_proxy
    }

    /// What to open in a browser.
    pub fn url(&self) -> String {
        let page = self.doors.page;
        let scheme = if self.is_in_the_clear() { "http" } else { "https" };
        let name = match self.settings.domain.first() {
            Some(domain) if self.tls.is_none() && self.settings.behind_proxy => return format!("https://{}", domain.as_str()),
            Some(domain) => domain.as_str().to_owned(),
            None if page.ip().is_loopback() || page.ip().is_unspecified() => "localhost".into(),
            None => return format!("{scheme}://{page}"),
        };
        let is_usual = page.port() == if scheme == "https" { 443 } else { 80 };
        if is_usual { format!("{scheme}://{name}") } else { format!("{scheme}://{name}:{}", page.port()) }
    }

    /// Serves until `stop` comes, then closes everything. What `reloads` brings is taken over as far as a running host can.
    pub async fn run_until(self, stop: impl Future<Output = ()>, mut reloads: mpsc::Receiver<Settings>) {
        let Self { doors, others, figures, cores, relay, tls, permissions, settings } = self;
        let (doorman, all_gone) = Doorman::new(Connections::of(&settings));
        let health = Health::new(cores.clone());
        let relayed = Arc::new(TurnCounts::default());
        let window = Window::new(cores.clone(), doorman.watch(), (health.clone(), Arc::clone(&relayed)));
        let (turn, over_udp) = relay.map(|relay| relay.open(&cores, relayed)).unzip();
        let mut throttle = tokio::spawn(throttle::hold(cores.clone(), settings.may_leave()));
        let sight = figures.map(|listener| tokio::spawn(window.serve(listener)));
        let pages = pages(&settings, (cores.clone(), permissions), health.clone(), doorman.clone());
        let site = front::site(&settings, pages, tls.clone(), doors.page.port());
        let streams = Streams::new(cores.clone(), turn.clone());
        let mut listening =
            listen(doors, others, tls.clone(), House { doorman: doorman.clone(), streams, turn, site: Some(site) });
        over_udp.map(|serving| listening.spawn(serving));
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                Some(settings) = reloads.recv() => {
                    doorman.limit(Connections::of(&settings));
                    throttle.abort();
                    throttle = tokio::spawn(throttle::hold(cores.clone(), settings.may_leave()));
                    tls.iter().for_each(|tls| tls.look_again());
                }
            }
        }
        info!("closing");
        handed::tell("STOPPING=1");
        health.drain();
        listening.shutdown().await;
        throttle.abort();
        drop(doorman);
        cores.stop().await;
        if timeout(FAREWELL, all_gone).await.is_err() {
            debug!("some connections were closed without farewell");
        }
        // To the last: who asks is told that this is the end.
        if let Some(sight) = sight {
            sight.abort();
        }
    }
}

/// Lets everybody in, and keeps the certificate current meanwhile.
fn listen(doors: Doors, others: Vec<TcpListener>, tls: Option<Arc<Tls>>, house: House) -> JoinSet<()> {
    let mut listening = JoinSet::new();
    for page in doors.pages.into_iter().chain(doors.redirect) {
        listening.spawn(accept(page, house.clone()));
    }
    let media_only = House { site: None, ..house };
    for other in others {
        listening.spawn(accept(other, media_only.clone()));
    }
    if let Some(tls) = tls {
        listening.spawn(async move { tls.keep().await });
    }
    listening
}

/// The listener for figures. Others than this machine reach it only where that is meant.
async fn figures(settings: &Settings) -> Result<Option<TcpListener>, StartError> {
    let Some(at) = settings.metrics else { return Ok(None) };
    if !at.ip().is_loopback() && !settings.metrics_from_anywhere {
        return Err(StartError::OpenFigures(at));
    }
    TcpListener::bind(at).await.map(Some).map_err(|error| StartError::Figures(at, error))
}

fn available_cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Everything that media come through, and how browsers are told of it.
struct MediaPorts {
    /// One for each core.
    sockets: Vec<UdpSocket>,
    /// TCP, where the page's own listener does not take it.
    others: Vec<TcpListener>,
    candidates: Vec<SocketAddr>,
    streams: Vec<SocketAddr>,
}

impl MediaPorts {
    async fn open(settings: &Settings, page: SocketAddr, handed: Vec<UdpSocket>) -> Result<Self, StartError> {
        let count = settings.threads.map_or_else(available_cores, |threads| usize::try_from(threads.get()).unwrap_or(usize::MAX));
        let sockets =
            if handed.is_empty() { media_sockets(settings, page, count.clamp(1, ports::most_cores()))? } else { handed };
        let wanted = settings.media.unwrap_or(page);
        let refused = |error| StartError::Port(wanted, error);
        let media = sockets.first().map_or(Ok(wanted), UdpSocket::local_addr).map_err(refused)?;
        let candidates = addresses::candidates(media, page, &known(settings, media).await);
        let others = ports::tcp(media, page, &addresses::of_this_machine(media.is_ipv6(), true));
        let others: Result<Vec<TcpListener>, _> = others.into_iter().map(TcpListener::from_std).collect();
        let others = others.map_err(refused)?;
        let listening: Vec<SocketAddr> = others
            .iter()
            .filter_map(|other| other.local_addr().ok())
            .chain((page.port() == media.port()).then_some(page))
            .collect();
        let takes = |to| listening.iter().any(|&listener| ports::takes(listener, to));
        let streams = addresses::streams(&candidates, !settings.public_address.is_empty(), takes, !listening.is_empty());
        Ok(Self { sockets, others, candidates, streams })
    }
}

/// The addresses that somebody named; for a domain that is served here, those that it leads to.
async fn known(settings: &Settings, media: SocketAddr) -> Vec<IpAddr> {
    let by_domain = settings.encryption() != Encryption::None && media.ip().is_unspecified();
    let (true, [domain, ..]) = (settings.public_address.is_empty() && by_domain, settings.domain.as_slice()) else {
        return settings.public_address.clone();
    };
    addresses::of_domain(addresses::of_this_machine(media.is_ipv6(), false), &addresses::entered(domain).await)
}

/// One socket for each core.
fn media_sockets(settings: &Settings, page: SocketAddr, count: usize) -> Result<Vec<UdpSocket>, StartError> {
    let sockets = match settings.media {
        Some(wanted) => ports::udp(wanted, count),
        None => ports::udp_everywhere(page.port(), count),
    };
    sockets.map_err(|error| StartError::Port(settings.media.unwrap_or(page), error))
}

/// A host on a thread for each socket, and the relay to them. What all rooms together may hold is divided among them.
fn start_cores(
    sockets: Vec<UdpSocket>,
    settings: &Settings,
    (candidates, streams): (&[SocketAddr], &[SocketAddr]),
    tls_at: Option<u16>,
) -> Result<(Cores, Option<Relaying>), StartError> {
    let start = clock::now();
    let relaying = Relaying::prepare(settings, &sockets, (candidates, streams), (tls_at, start))?;
    let (relay, issuer, to_relay) = match relaying {
        Some((relay, issuer, to_relay)) => (Some(relay), Some(issuer), Some(to_relay)),
        None => (None, None, None),
    };
    let count = sockets.len().max(1);
    let caps = settings.caps(count);
    let charter = (settings.rooms_for != RoomsFor::Anyone).then(|| permission::charter(settings)).transpose()?;
    let [a, b, c, d, ..] = clock::entropy()?;
    let stamp = Stamp::draw([a, b, c, d]);
    if let Err(error) = sockets.iter().try_for_each(|socket| filter::attach(socket, stamp)) {
        debug!(cause = %error.kind(), "forged checks are dropped here and not in the kernel");
    }
    let host = |(core, socket): (u8, UdpSocket)| {
        let (candidates, streams) = (candidates.to_vec(), streams.to_vec());
        let spread = Spread::new(core, count as u8);
        let media = MediaConfig { candidates, streams, spread, stamp, entropy: clock::entropy()?, start };
        let mut host = Host::new(HostConfig { media, entropy: clock::entropy()?, caps: caps.clone() })?;
        issuer.clone().into_iter().for_each(|issuer| host.offer_relay(issuer));
        charter.clone().into_iter().for_each(|charter| host.ask_permission(charter));
        Ok::<_, StartError>((host, socket))
    };
    let hosts = (0u8..).zip(sockets).map(host).collect::<Result<Vec<_>, _>>()?;
    let cores = Cores::start(hosts, to_relay.as_ref(), start).map_err(StartError::Thread)?;
    Ok((cores, relay))
}

/// Everything over HTTP, with or without TLS.
fn pages(settings: &Settings, (cores, permissions): (Cores, Option<Permissions>), health: Health, doorman: Doorman) -> Router {
    let state = get(async move || say_state(health.state().await));
    let router = Router::new().route("/ws", get(socket::upgrade)).route("/health", state);
    #[cfg(feature = "bench-endpoints")]
    let router = router.merge(super::bench_endpoints::routes(cores.clone()));
    let asked = permissions.as_ref().map(Permissions::routes).unwrap_or_default();
    let gate = axum::Extension(Gate::new(settings.gate(), permissions));
    let router = router.fallback(page::serve).with_state(cores).merge(asked).layer(map_response(headers::add)).layer(gate);
    if !settings.behind_proxy {
        return router;
    }
    let proxies = Proxies { named: settings.proxy_address.clone(), doorman };
    router.layer(from_fn_with_state(proxies, proxies::count))
}
