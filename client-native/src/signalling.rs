//! One WebSocket to a host.
//!
//! **Invariant:** a socket says [`Heard::Closed`] exactly once, last of all, and what was given to a socket before it was dropped is sent
//! first, if it can be: a farewell arrives.

use futures_util::stream::SplitStream;
use futures_util::{SinkExt as _, StreamExt as _};
use std::net::IpAddr;
use std::str::FromStr;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::{self, Message, protocol::WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use wire::{DecodeError, FromHost, ToHost, limits};

/// Where a host serves its page and its signalling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostAddress {
    authority: String,
}

/// The text is no host's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAHost {
    /// `https://`.
    #[error("members without a browser speak plain HTTP only: name the address that the TLS proxy in front of the host talks to")]
    Tls,
    /// Anything else.
    #[error("a host's address looks like http://127.0.0.1:8443")]
    Malformed,
}

impl FromStr for HostAddress {
    type Err = NotAHost;

    fn from_str(text: &str) -> Result<Self, NotAHost> {
        if text.starts_with("https://") {
            return Err(NotAHost::Tls);
        }
        let authority = text.strip_prefix("http://").unwrap_or(text).trim_end_matches('/');
        if authority.is_empty() || authority.contains(['/', '#', '?', '@', ' ']) {
            return Err(NotAHost::Malformed);
        }
        let has_port = authority.rsplit_once(':').is_some_and(|(name, port)| port.parse::<u16>().is_ok() && !name.is_empty());
        Ok(Self { authority: if has_port { authority.to_owned() } else { format!("{authority}:80") } })
    }
}

impl std::fmt::Display for HostAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "http://{}", self.authority)
    }
}

impl HostAddress {
    /// The address of this machine from which the host is reached, of all that its name stands for: media goes out from there too.
    ///
    /// # Errors
    /// The system's, when none of them answers.
    pub(crate) async fn local_side(&self) -> std::io::Result<IpAddr> {
        Ok(TcpStream::connect(&self.authority).await?.local_addr()?.ip())
    }
}

/// What a socket says.
#[derive(Debug)]
pub(crate) enum Heard {
    Opened,
    Message(FromHost),
    OtherVersion,
    /// With the reason, when it was never open.
    Closed(Option<String>),
}

/// An open socket, or one that is opening. Dropping it closes it after what was given to it is sent.
pub(crate) struct Socket {
    outbox: mpsc::UnboundedSender<Vec<u8>>,
}

impl Socket {
    /// Opens a socket. What it says arrives at `tell` under `number`.
    pub(crate) fn open(host: HostAddress, number: u64, tell: mpsc::Sender<(u64, Heard)>) -> Self {
        let (outbox, letters) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let reason = match connect(&host).await {
                Ok(stream) => {
                    // Whoever no longer listens has dropped the socket too.
                    let _ = tell.send((number, Heard::Opened)).await;
                    serve(stream, letters, number, &tell).await;
                    None
                }
                Err(error) => Some(error.to_string()),
            };
            let _ = tell.send((number, Heard::Closed(reason))).await;
        });
        Self { outbox }
    }

    /// Sends. What is lost here is lost with the socket, which the session hears of.
    pub(crate) fn send(&self, message: &ToHost) {
        let _ = self.outbox.send(wire::encode(message));
    }
}

type Stream = WebSocketStream<TcpStream>;

async fn connect(host: &HostAddress) -> Result<Stream, tungstenite::Error> {
    let stream = TcpStream::connect(&host.authority).await?;
    stream.set_nodelay(true)?;
    let config =
        WebSocketConfig::default().max_message_size(Some(limits::MESSAGE_BYTES)).max_frame_size(Some(limits::MESSAGE_BYTES));
    let (stream, _) = client_async_with_config(format!("ws://{}/ws", host.authority), stream, Some(config)).await?;
    Ok(stream)
}

/// Until either side closes.
async fn serve(stream: Stream, mut letters: mpsc::UnboundedReceiver<Vec<u8>>, number: u64, tell: &mpsc::Sender<(u64, Heard)>) {
    let (mut sink, stream) = stream.split();
    let write = async {
        while let Some(letter) = letters.recv().await {
            if sink.send(Message::Binary(letter.into())).await.is_err() {
                return;
            }
        }
        let _ = sink.close().await;
    };
    tokio::select! {
        () = write => {}
        () = read(stream, number, tell) => {}
    }
}

/// Until the host closes.
async fn read(mut stream: SplitStream<Stream>, number: u64, tell: &mpsc::Sender<(u64, Heard)>) {
    while let Some(Ok(message)) = stream.next().await {
        let Message::Binary(bytes) = message else { continue };
        let heard = match wire::decode(&bytes) {
            Ok(message) => Heard::Message(message),
            Err(DecodeError::OtherVersion(_)) => Heard::OtherVersion,
            // What cannot be read is passed over, as in the browser.
            Err(_) => continue,
        };
        if tell.send((number, heard)).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_people_write_them() {
        let shown = |text: &str| text.parse::<HostAddress>().map(|host| host.to_string());
        assert_eq!(shown("http://127.0.0.1:8443"), Ok("http://127.0.0.1:8443".to_owned()));
        assert_eq!(shown("localhost:8443/"), Ok("http://localhost:8443".to_owned()));
        assert_eq!(shown("http://[::1]:9"), Ok("http://[::1]:9".to_owned()));
        assert_eq!(shown("http://host"), Ok("http://host:80".to_owned()));
        assert_eq!(shown("https://host"), Err(NotAHost::Tls));
        for bad in ["", "http://", "http://host/#room", "http://a@b:1", "http://a b"] {
            assert_eq!(shown(bad), Err(NotAHost::Malformed), "{bad}");
        }
    }

    #[tokio::test]
    async fn nobody_there_is_told_once_with_the_reason() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (tell, mut told) = mpsc::channel(4);
        let socket = Socket::open(format!("http://{free}").parse().unwrap(), 7, tell);
        assert!(matches!(told.recv().await, Some((7, Heard::Closed(Some(_))))));
        assert!(told.recv().await.is_none());
        drop(socket);
    }
}
