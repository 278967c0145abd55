//! `incamera join`: the client from here, the meeting from there.
//!
//! **Invariant:** it answers this machine's browser at its own name and port and nobody else; it serves files of this program; and all that
//! it passes on is the WebSocket, and what the host asks of who opens a room, to the one host that the person named. Nothing that the host answers
//! becomes part of the page.

use super::fingerprint::Fingerprint;
use super::host::Host;
use super::window::Window;
use super::{Trouble, say};
use crate::shell::https::{self, Unanswered, Unreachable};
use crate::shell::{files, headers, page};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use ring::digest::{SHA256, digest};
use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::time::timeout;
use wire::permission::{IDENTIFICATION_BYTES, PERMISSION_PATH};

/// Ports that are drawn from a host's name: above those of services, below those that systems give to connections.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// How many after the drawn one are tried.
const TRIES: u16 = 20;
/// What of a browser's request for a WebSocket is passed on (RFC 6455 §4.1). Not the origin: the host would refuse this machine's, and there is
/// no other page than ours that could ask here. No extension either, so that the bytes pass as they are.
const PASSED_ON: [HeaderName; 2] = [header::SEC_WEBSOCKET_KEY, header::SEC_WEBSOCKET_VERSION];
/// The lines of the page in which the invitation's beginning and the client's words are put.
const PLACES: [&str; 2] = ["<meta name=\"incamera-host\" content=\"\">", "<meta name=\"incamera-client\" content=\"\">"];

/// Where the client is to be had, and how it is shown.
pub(crate) struct Places {
    /// This port and no other.
    pub(crate) port: Option<u16>,
    /// Where it is shown.
    pub(crate) shown: Shown,
}

/// Where the client is shown.
pub(crate) enum Shown {
    /// The address is printed, and nothing else.
    Nowhere,
    /// In the person's own browser.
    Browser,
    /// In a window of its own, by this program or by one that is found.
    Window(Option<PathBuf>),
}

#[derive(Clone)]
struct Door {
    host: Host,
    /// `Host` headers of our own page.
    own: Arc<[String; 2]>,
    page: Arc<str>,
}

/// Serves until Ctrl-C, or until the window of its own is closed.
///
/// # Errors
/// [`Trouble`].
pub(crate) async fn join(host: Host, fragment: &str, places: &Places) -> Result<(), Trouble> {
    let listener = listen(&host, places.port).await?;
    let port = listener.local_addr().map_err(|error| Trouble::Port(0, error))?.port();
    let door = Door::new(host, port)?;
    // Before there is a page: a typing mistake is told here, and not as "connection lost".
    if let Err(why) = door.host.connect().await {
        let _ = io::Write::write_fmt(
            &mut io::stderr(),
            format_args!("incamera: {} cannot be reached: {why}. The page will go on trying.\n", door.host.address.authority()),
        );
    }
    let address = format!("http://127.0.0.1:{port}/{fragment}");
    say(&format!("{address}\n"));
    let mut window = match &places.shown {
        Shown::Window(named) => Some(Window::open(&address, named.as_deref())?),
        Shown::Browser => {
            open(&address);
            None
        }
        Shown::Nowhere => None,
    };
    let closed = async {
        match &mut window {
            Some(window) => window.closed().await,
            None => std::future::pending().await,
        }
    };
    let served = tokio::select! {
        served = axum::serve(listener, site(door)) => served.map_err(|error| Trouble::Port(port, error)),
        () = told_to_stop() => Ok(()),
        () = closed => Ok(()),
    };
    match window {
        Some(window) => window.end().await.and(served),
        None => served,
    }
}

/// By Ctrl-C, by whoever ends a session, or because the terminal is gone.
async fn told_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut end), Ok(mut gone)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup())) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = end.recv() => {}
                _ = gone.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// A port that is the same each time, as far as it is free.
async fn listen(host: &Host, wanted: Option<u16>) -> Result<TcpListener, Trouble> {
    let first = wanted.unwrap_or_else(|| usual_port(&host.address.origin()));
    let tries = if wanted.is_some() { 1 } else { TRIES };
    let mut last = io::ErrorKind::AddrInUse.into();
    for port in (0..tries).map(|more| first.saturating_add(more)) {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(Trouble::Port(first, last))
}

/// Each host has an origin of its own here: what a page keeps about one is not seen by another's.
fn usual_port(origin: &str) -> u16 {
    let hash = digest(&SHA256, origin.as_bytes());
    let number = hash.as_ref().iter().take(4).fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
    PORTS.start + (number % u32::from(PORTS.end - PORTS.start)) as u16
}

impl Door {
    fn new(host: Host, port: u16) -> Result<Self, Trouble> {
        let page = files::all().iter().find(|file| file.path == "/index.html").ok_or(Trouble::NoClient)?;
        let words = Fingerprint::own().ok_or(Trouble::NoClient)?.words().join(" ");
        let filled = PLACES.into_iter().zip([host.address.origin(), words]);
        let page = filled.fold(String::from_utf8_lossy(page.plain).into_owned(), |page, (place, text)| {
            page.replacen(place, &place.replace("\"\"", &format!("\"{text}\"")), 1)
        });
        let own = Arc::new([format!("127.0.0.1:{port}"), format!("localhost:{port}")]);
        Ok(Self { host, own, page: page.into() })
    }

    /// Another name for this machine would be another site's, which its owner leads here (DNS rebinding).
    fn is_own(&self, headers: &HeaderMap) -> bool {
        let asked = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let from = headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
        asked.is_some_and(|asked| self.own.iter().any(|own| own == asked))
            && from.is_none_or(|from| self.own.iter().any(|own| from.strip_prefix("http://") == Some(own)))
    }
}

fn site(door: Door) -> Router {
    let index = get(async |State(door): State<Door>| {
        let head = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
        (head, door.page.to_string())
    });
    let router = Router::new()
        .route("/", index.clone())
        .route("/doctor", index.clone())
        .route("/index.html", index)
        .route("/ws", get(pass_on))
        .route(PERMISSION_PATH, get(ask_permission).post(ask_permission));
    let own = middleware::from_fn_with_state(door.clone(), only_own);
    router.fallback(page::serve).with_state(door).layer(own).layer(map_response(headers::add))
}

async fn only_own(State(door): State<Door>, request: Request, next: Next) -> Response {
    if door.is_own(request.headers()) {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, "This is for the browser of this machine's user, at its own address.\n").into_response()
}

/// What the host asks of who opens a room, and what is answered: bytes that only client and host read.
async fn ask_permission(State(door): State<Door>, request: Request) -> Response {
    let method = request.method().clone();
    let Ok(said) = to_bytes(request.into_body(), IDENTIFICATION_BYTES).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "That is too much.\n").into_response();
    };
    match timeout(https::ANSWER_WITHIN, permission(&door.host, method, said)).await {
        Ok(Ok((status, bytes))) => (status, [(header::CACHE_CONTROL, "no-store")], bytes).into_response(),
        Ok(Err(why)) => (StatusCode::BAD_GATEWAY, format!("The host of the meeting: {why}.\n")).into_response(),
        Err(_) => (StatusCode::BAD_GATEWAY, "The host of the meeting does not answer.\n").into_response(),
    }
}

async fn permission(host: &Host, method: Method, said: Bytes) -> Result<(StatusCode, Bytes), Unanswered> {
    let stream = host.connect().await?;
    let request = hyper::Request::builder().method(method).uri(PERMISSION_PATH).header(header::HOST, host.address.authority());
    let request = request.body(Body::from(said)).map_err(|error| Unreachable(error.to_string()))?;
    let (head, body) = https::ask(stream, request, IDENTIFICATION_BYTES).await?.into_parts();
    Ok((head.status, body))
}

/// `GET /ws`: asks the host for the same, and from there on passes bytes in both directions.
async fn pass_on(State(door): State<Door>, mut request: Request) -> Response {
    let browser = hyper::upgrade::on(&mut request);
    let asked = timeout(crate::shell::https::ANSWER_WITHIN, ask_for_socket(&door.host, request.headers())).await;
    let refused = |why: &str| (StatusCode::BAD_GATEWAY, format!("The host of the meeting: {why}.\n")).into_response();
    match asked {
        Ok(Ok((host, accepted))) => {
            tokio::spawn(tunnel(browser, host));
            let mut answer = Response::new(Body::empty());
            *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            answer.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            answer.headers_mut().insert(header::SEC_WEBSOCKET_ACCEPT, accepted);
            answer
        }
        Ok(Err(why)) => refused(&why.to_string()),
        Err(_) => refused("it does not answer"),
    }
}

async fn ask_for_socket(host: &Host, browsers: &HeaderMap) -> Result<(OnUpgrade, HeaderValue), Unreachable> {
    let http = |error: hyper::Error| Unreachable(error.to_string());
    let stream = host.connect().await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(http)?;
    tokio::spawn(connection.with_upgrades());
    let mut request = hyper::Request::get("/ws").header(header::HOST, host.address.authority());
    request = request.header(header::CONNECTION, "upgrade").header(header::UPGRADE, "websocket");
    for name in PASSED_ON {
        if let Some(value) = browsers.get(&name) {
            request = request.header(name, value);
        }
    }
    let request = request.body(Body::empty()).map_err(|error| Unreachable(error.to_string()))?;
    let mut answer = sender.send_request(request).await.map_err(http)?;
    match answer.headers().get(header::SEC_WEBSOCKET_ACCEPT).cloned() {
        Some(accepted) if answer.status() == StatusCode::SWITCHING_PROTOCOLS => Ok((hyper::upgrade::on(&mut answer), accepted)),
        _ => Err(Unreachable(format!("it opens no WebSocket ({}): is that an Incamera?", answer.status()))),
    }
}

/// Until one of them goes, which is told to the other.
async fn tunnel(browser: OnUpgrade, host: OnUpgrade) {
    let (Ok(browser), Ok(host)) = (browser.await, host.await) else { return };
    let _ = tokio::io::copy_bidirectional(&mut TokioIo::new(browser), &mut TokioIo::new(host)).await;
}

/// Shows an address in the person's browser. Where there is none, the address was printed.
fn open(address: &str) {
    let (program, before): (_, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        // `start` would take what stands behind `&` for a command; this takes an address and nothing else.
        ("rundll32", &["url.dll,FileProtocolHandler"])
    } else {
        ("xdg-open", &[])
    };
    let mut command = Command::new(program);
    command.args(before).arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let _ = command.spawn();
}

#[cfg(test)]
mod tests {
    use super::super::address::Address;
    use super::super::host::Belief;
    use super::*;

    fn door() -> Door {
        let (address, _) = Address::of_link("https://meet.example.org/").unwrap();
        let own = Arc::new(["127.0.0.1:20001".to_owned(), "localhost:20001".to_owned()]);
        Door { host: Host::new(Belief::InTheClear, address), own, page: PLACES.concat().into() }
    }

    #[test]
    fn no_other_site_gets_in_by_any_name() {
        let asked = |host: &'static str, origin: Option<&'static str>| {
            let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
            origin.map(|origin| headers.insert(header::ORIGIN, HeaderValue::from_static(origin)));
            door().is_own(&headers)
        };
        assert!(asked("127.0.0.1:20001", None));
        assert!(asked("localhost:20001", Some("http://localhost:20001")));
        for (host, origin) in [
            ("127.0.0.1:20001", Some("https://meet.example.org")),
            ("127.0.0.1:20001", Some("http://127.0.0.1:20002")),
            ("127.0.0.1:20001", Some("null")),
            ("127.0.0.1:20001", Some("")),
            // Leads here, and its page asks from its own origin.
            ("evil.example:20001", Some("http://evil.example:20001")),
            ("evil.example:20001", None),
            ("127.0.0.1", None),
        ] {
            assert!(!asked(host, origin), "{host} {origin:?}");
        }
        assert!(!door().is_own(&HeaderMap::new()));
    }

    #[test]
    fn a_host_has_the_same_port_each_time() {
        let (one, other) = (usual_port("https://meet.example.org"), usual_port("https://other.example.org"));
        assert_eq!(one, usual_port("https://meet.example.org"));
        assert!(one != other && PORTS.contains(&one) && PORTS.contains(&other));
    }
}
