//! What the host lets its operator see: figures for Prometheus, whether it is ready, and a table for people.
//!
//! **Invariant:** counts, bytes and times, of the whole host or of a core; nothing that names a room, a person or an address can be written
//! ([`text::Label`]). The port is the operator's own: on this machine unless said otherwise, and a page in a browser cannot read it.

pub(crate) mod desk;
mod figures;
pub(crate) mod health;
pub(crate) mod machine;
pub(crate) mod status;
mod text;

use self::figures::Sight;
use self::health::{Health, State};
use self::machine::Machine;
use crate::shell::clock;
use crate::shell::cores::Cores;
use crate::shell::doorman::DoorWatch;
use axum::Router;
use axum::extract::State as Has;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Connections served at once. A Prometheus takes one, `incamera status` another.
const CONNECTIONS: usize = 16;
/// How long a connection may be silent, and how long figures may take.
const WITHIN: Duration = Duration::from_secs(15);

/// Where figures are made.
#[derive(Clone)]
pub(crate) struct Window {
    cores: Cores,
    door: DoorWatch,
    health: Health,
    start: Instant,
}

impl Window {
    /// Onto a host that started just now.
    pub(crate) fn new(cores: Cores, door: DoorWatch, health: Health) -> Self {
        Self { cores, door, health, start: clock::now() }
    }

    /// Serves `/metrics` and `/health` at this listener for as long as it is asked to.
    pub(crate) async fn serve(self, listener: TcpListener) {
        let local = listener.local_addr().is_ok_and(|address| address.ip().is_loopback());
        let router = Router::new().route("/metrics", get(metrics)).route("/health", get(health)).with_state(self);
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            // Whoever comes when all places are taken is sent away.
            if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
                let router = router.clone().layer(axum::Extension(OnlyLocal(local)));
                tokio::spawn(async move {
                    answer(stream, router).await;
                    drop(place);
                });
            }
        }
    }

    async fn look(&self) -> Option<Sight> {
        let state = self.health.state().await;
        let cores = timeout(WITHIN, self.cores.counts()).await.ok()??;
        let up = clock::now().saturating_duration_since(self.start);
        Some(Sight { cores, door: self.door.counts(), state, up, machine: Machine::look() })
    }
}

async fn answer(stream: TcpStream, router: Router) {
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(WITHIN).max_buf_size(16 * 1024);
    // An error is the other end's affair: it went away, or spoke no HTTP.
    let _ = server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)).await;
}

/// True: whoever asks must call this machine by its own name or address.
#[derive(Clone, Copy)]
struct OnlyLocal(bool);

/// A page of another site can have its name lead to this machine, and would then read what is here as its own. It cannot change the name.
fn is_called_rightly(headers: &HeaderMap, OnlyLocal(local): OnlyLocal) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else { return !local };
    let is_address = host.parse::<SocketAddr>().is_ok() || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    !local || is_address || host.split(':').next() == Some("localhost")
}

async fn metrics(Has(window): Has<Window>, axum::Extension(local): axum::Extension<OnlyLocal>, headers: HeaderMap) -> Response {
    if !is_called_rightly(&headers, local) {
        return (StatusCode::FORBIDDEN, "Ask for this by the machine's address.\n").into_response();
    }
    match window.look().await {
        Some(sight) => ([(header::CONTENT_TYPE, text::CONTENT_TYPE)], text::write(&figures::families(&sight))).into_response(),
        None => (StatusCode::SERVICE_UNAVAILABLE, "A core does not answer.\n").into_response(),
    }
}

async fn health(Has(window): Has<Window>) -> Response {
    say_state(window.health.state().await)
}

/// 200 when new people can come, 503 when not; the word says why.
pub(crate) fn say_state(state: State) -> Response {
    let status = if state == State::Ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CACHE_CONTROL, "no-store")], format!("{}\n", state.word())).into_response()
}

#[cfg(test)]
mod tests;
