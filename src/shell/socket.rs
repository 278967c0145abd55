//! One WebSocket: bytes in, bytes out.
//!
//! **Invariant:** messages are decoded here and looked at nowhere in the shell; a page of another origin gets no socket.

use super::cores::{Cores, Link};
use super::doorman::Place;
use super::gate::{Gate, Visitor};
use super::mailbox::{Letters, mailbox};
use axum::Extension;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use wire::{DecodeError, Refusal, ToHost, limits};

/// How long one letter may take to leave. Longer keeps dead connections, shorter cuts off slow networks.
const LETTER_LEAVES_WITHIN: Duration = Duration::from_secs(20);

/// Bytes read at once. Each connection keeps so many; the library's own choice is 128 KB, most of what an idle connection costs. Less takes more
/// reads for an offer (10 KB), and each of those is a microsecond.
const READ_AT_ONCE: usize = 4 * 1024;

/// `GET /ws`.
pub(crate) async fn upgrade(
    State(cores): State<Cores>,
    Extension(gate): Extension<Gate>,
    Extension(place): Extension<Arc<Place>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !is_own_origin(&headers) {
        return (StatusCode::FORBIDDEN, "A page of another site may not connect.\n").into_response();
    }
    // One byte more than allowed: what is a little too large is told so, what is far too large is cut off at its header.
    let largest = limits::MESSAGE_BYTES + 1;
    upgrade
        .max_message_size(largest)
        .max_frame_size(largest)
        .read_buffer_size(READ_AT_ONCE)
        .write_buffer_size(0)
        .max_write_buffer_size(limits::MESSAGE_BYTES * 2)
        .on_upgrade(move |socket| attend(cores, socket, gate.visitor(place)))
}

/// Browsers say whose page it is; other programs say nothing, and no page can make them connect.
pub(crate) fn is_own_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let origin_host = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    matches!((origin_host, host), (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host))
}

/// Why the host hangs up.
enum Unwelcome {
    Unreadable(DecodeError),
    TurnedAway(Refusal),
}

/// The visitor's place, and with it its part of the limits, is given back at the end.
async fn attend(cores: Cores, socket: WebSocket, mut visitor: Visitor) {
    let (sink, stream) = socket.split();
    let (mailbox, letters) = mailbox();
    let mut link = cores.open(mailbox).await;
    let reading = async {
        if let Some(why) = read(&mut link, stream, &mut visitor).await {
            match why {
                Unwelcome::Unreadable(error) => link.received(Err(error)).await,
                Unwelcome::TurnedAway(why) => link.turned_away(why).await,
            }
            // The core answers and closes the mailbox, which ends the writing.
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = reading => {}
        () = write(sink, letters) => {}
    }
    link.closed().await;
    drop(visitor);
}

/// Until the other side closes (`None`), sends what cannot be read, or wants more than it may.
async fn read(link: &mut Link, mut stream: SplitStream<WebSocket>, visitor: &mut Visitor) -> Option<Unwelcome> {
    loop {
        let message = match stream.next().await? {
            Ok(Message::Binary(bytes)) => wire::decode(&bytes),
            Ok(Message::Text(_)) => Err(DecodeError::Malformed),
            // Answered by the library. Counted as a sign of life, so that a flood of them is noticed as one.
            Ok(Message::Ping(_) | Message::Pong(_)) => Ok(ToHost::Alive),
            Ok(Message::Close(_)) => return None,
            Err(error) if is_too_large(&error) => Err(DecodeError::TooLarge(limits::MESSAGE_BYTES + 1)),
            Err(_) => return None,
        };
        match message {
            Ok(message) => match visitor.wants(&message) {
                Ok(()) => link.received(Ok(message)).await,
                Err(why) => return Some(Unwelcome::TurnedAway(why)),
            },
            Err(error) => return Some(Unwelcome::Unreadable(error)),
        }
    }
}

fn is_too_large(error: &axum::Error) -> bool {
    let cause = std::error::Error::source(error);
    matches!(cause.and_then(|cause| cause.downcast_ref()), Some(tungstenite::Error::Capacity(_)))
}

/// Until the core closes the mailbox, or the other side does not take a letter.
async fn write(mut sink: SplitSink<WebSocket, Message>, mut letters: Letters) {
    while let Some(letter) = letters.next().await {
        let bytes = letter.len();
        let sent = timeout(LETTER_LEAVES_WITHIN, sink.send(Message::Binary(letter))).await;
        letters.delivered(bytes);
        if !matches!(sent, Ok(Ok(()))) {
            return;
        }
    }
    let farewell = Message::Close(Some(CloseFrame { code: close_code::NORMAL, reason: "".into() }));
    let _ = timeout(Duration::from_secs(1), sink.send(farewell)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_page_may_connect() {
        let asked = |origin: Option<&'static str>, host: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            origin.map(|origin| headers.insert(header::ORIGIN, origin.parse().unwrap()));
            is_own_origin(&headers)
        };
        assert!(asked(Some("http://localhost:8443"), "localhost:8443"));
        assert!(asked(Some("https://Meet.example"), "meet.example"));
        assert!(asked(None, "localhost:8443"));
        assert!(!asked(Some("http://localhost:8444"), "localhost:8443"));
        assert!(!asked(Some("https://evil.example"), "meet.example"));
        assert!(!asked(Some("null"), "meet.example"));
    }
}
