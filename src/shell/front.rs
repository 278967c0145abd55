//! What a connection is, told by its first byte.
//!
//! **Invariant:** nobody has to say beforehand what they will speak, and one port is enough: media in frames (RFC 4571), TURN (RFC 8656), TLS and
//! plain HTTP begin differently. A connection that says nothing is closed in time.
//!
//! ```text
//! TCP ── first byte ─┬─ 0…8   streams ── first two bytes ─┬─ below 20: a TURN client's request ──▶ turn
//!                    │                                    └─ other: media in frames
//!                    ├─ 22    TLS ── first decrypted byte ─┬─ a letter: HTTP ──▶ page, WebSocket
//!                    │                                     └─ 0…3: STUN ──▶ turn
//!                    └─ other plain HTTP ──▶ page where there is no TLS; else the way to HTTPS
//! ```

use super::config::keys::Settings;
use super::doorman::{Doorman, Place};
use super::headers;
use super::redirect::{self, To};
use super::streams::{Streams, is_framed};
use super::tls::Tls;
use super::turn::Turn;
use axum::Router;
use axum::middleware::map_response;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;
use tracing::{info, warn};

/// How long a browser may take to shake hands, to ask, or to ask again on the same connection.
const REQUEST_WITHIN: Duration = Duration::from_secs(15);

/// Request heads above this are refused, bytes. Ours are under 1 KB.
const REQUEST_HEAD: usize = 16 * 1024;

/// A TLS record of a handshake (RFC 8446 §5.1).
const HANDSHAKE: u8 = 22;

/// Where connections go.
#[derive(Clone)]
pub(crate) struct House {
    pub(crate) doorman: Doorman,
    pub(crate) streams: Streams,
    /// The relay, if there is one.
    pub(crate) turn: Option<Turn>,
    /// `None` on ports for media alone.
    pub(crate) site: Option<Site>,
}

/// What is answered to HTTP.
#[derive(Clone)]
pub(crate) struct Site {
    /// In the clear.
    pub(crate) plain: Router,
    /// Within TLS, if there is any.
    pub(crate) secure: Option<(Arc<Tls>, Router)>,
}

/// The pages in the clear or within TLS. `port` is the one that browsers shall be sent to.
pub(crate) fn site(settings: &Settings, pages: Router, tls: Option<Arc<Tls>>, port: u16) -> Site {
    let Some(tls) = tls else { return Site { plain: pages, secure: None } };
    let to = To { names: settings.domain.clone(), port, tls: Arc::clone(&tls) };
    let pages = if tls.is_vouched_for() { pages.layer(map_response(headers::promise_tls)) } else { pages };
    Site { plain: redirect::site(to), secure: Some((tls, pages)) }
}

/// From where a connection comes, for those who answer it.
#[derive(Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Takes connections, without end.
pub(crate) async fn accept(listener: TcpListener, house: House) {
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
    let House { streams, turn, site, .. } = house.clone();
    tokio::spawn(async move {
        let Some(site) = site else { return streams.attend(stream, from, place).await };
        let mut first = [0];
        let Ok(Ok(1)) = timeout(REQUEST_WITHIN, stream.peek(&mut first)).await else { return };
        match (first[0], site.secure) {
            (byte, _) if is_framed(byte) => streams.attend(stream, from, place).await,
            (HANDSHAKE, Some((tls, pages))) => {
                // Small letters leave at once.
                let _ = stream.set_nodelay(true);
                if let Some(stream) = tls.accept(stream, REQUEST_WITHIN).await {
                    within_tls(stream, from, (pages, turn), place).await;
                }
            }
            _ => {
                let _ = stream.set_nodelay(true);
                serve(stream, from, site.plain, place).await;
            }
        }
    });
}

/// The first decrypted byte decides what is spoken inside.
async fn within_tls(
    mut stream: TlsStream<TcpStream>,
    from: SocketAddr,
    (pages, turn): (Router, Option<Turn>),
    place: Arc<Place>,
) {
    let first = timeout(REQUEST_WITHIN, stream.fill_buf()).await;
    match (first.ok().and_then(Result::ok).and_then(|bytes| bytes.first().copied()), turn) {
        (Some(byte), _) if byte.is_ascii_uppercase() => serve(stream, from, pages, place).await,
        (Some(0..=3), Some(turn)) => turn.attend(stream, &[], from, place).await,
        // Nothing else is spoken within TLS.
        _ => {}
    }
}

/// HTTP on any stream, until the other side goes.
async fn serve<S>(stream: S, from: SocketAddr, site: Router, place: Arc<Place>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let site = site.layer(axum::Extension(place)).layer(axum::Extension(Peer(from)));
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(REQUEST_WITHIN).max_buf_size(REQUEST_HEAD);
    let service = TowerToHyperService::new(site);
    // An error is the browser's affair: it went away, or spoke no HTTP.
    let _ = server.serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}
