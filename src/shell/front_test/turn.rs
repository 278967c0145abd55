//! A TURN client that is not ours (`rtc-turn`), over UDP, TCP and TLS.
//!
//! Invariant: it is told nothing but the host's address and the credentials.

use super::program::LONG;
use super::web::Browser;
use bytes::BytesMut;
use rtc_crypto::providers::RingProvider;
use rtc_shared::{TransportContext, TransportMessage, TransportProtocol};
use rtc_stun::message::{Getter as _, Message};
use rtc_stun::xoraddr::XorMappedAddress;
use rtc_turn::client::{Client, ClientConfig, Event};
use sansio::Protocol as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;
use wire::RelayOver;

pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

/// What is spoken over.
pub(crate) enum Line {
    Datagrams(UdpSocket),
    Stream(Box<dyn Stream>, BytesMut),
}

impl Line {
    pub(crate) async fn open(over: RelayOver, host: SocketAddr, browser: &Browser) -> Self {
        let stream: Box<dyn Stream> = match over {
            RelayOver::Udp => {
                let socket = UdpSocket::bind((host.ip(), 0)).await.unwrap();
                socket.connect(host).await.unwrap();
                return Self::Datagrams(socket);
            }
            RelayOver::Tcp => Box::new(TcpStream::connect(host).await.unwrap()),
            RelayOver::Tls => Box::new(browser.connect(host.port(), "localhost").await.unwrap()),
        };
        Self::Stream(stream, BytesMut::new())
    }

    /// Over a stream in two pieces, as a network may deliver it.
    async fn write(&mut self, message: &[u8]) {
        match self {
            Self::Datagrams(socket) => drop(socket.send(message).await.unwrap()),
            Self::Stream(stream, _) => {
                let (first, rest) = message.split_at(7);
                stream.write_all(first).await.unwrap();
                stream.flush().await.unwrap();
                stream.write_all(rest).await.unwrap();
                stream.flush().await.unwrap();
            }
        }
    }

    /// One message: RFC 8656 §3.1 says how long it is in a stream.
    async fn read(&mut self) -> BytesMut {
        match self {
            Self::Datagrams(socket) => {
                let mut bytes = vec![0; 2_048];
                let length = timeout(LONG, socket.recv(&mut bytes)).await.unwrap().unwrap();
                BytesMut::from(&bytes[..length])
            }
            Self::Stream(stream, read) => loop {
                if let Some([kind, _, high, low]) = read.first_chunk().copied() {
                    let length = usize::from(u16::from_be_bytes([high, low]));
                    let whole = if kind < 4 { 20 + length } else { (4 + length).next_multiple_of(4) };
                    if read.len() >= whole {
                        return read.split_to(whole);
                    }
                }
                assert_ne!(timeout(LONG, stream.read_buf(read)).await.unwrap().unwrap(), 0, "the host closed");
            },
        }
    }
}

/// The client.
pub(crate) struct Turn {
    client: Client,
    line: Line,
    host: SocketAddr,
    relayed: Option<SocketAddr>,
}

#[expect(clippy::disallowed_methods, reason = "the library wants instants")]
fn now() -> Instant {
    Instant::now()
}

impl Turn {
    pub(crate) fn new(line: Line, host: SocketAddr, (username, password): (&str, &str)) -> Self {
        let config = ClientConfig {
            turn_serv_addr: host.to_string(),
            local_addr: SocketAddr::new(host.ip(), 0),
            transport_protocol: if matches!(line, Line::Datagrams(_)) { TransportProtocol::UDP } else { TransportProtocol::TCP },
            username: username.to_owned(),
            password: password.to_owned(),
            ..ClientConfig::default()
        };
        let client = Client::new(config, Arc::new(RingProvider::default())).unwrap();
        Self { client, line, host, relayed: None }
    }

    /// The relayed transport address.
    pub(crate) async fn allocates(&mut self) -> Result<SocketAddr, ()> {
        self.client.allocate(now()).unwrap();
        loop {
            match self.event().await {
                Event::AllocateResponse(_, relayed) => {
                    self.relayed = Some(relayed);
                    return Ok(relayed);
                }
                Event::AllocateError(..) => return Err(()),
                _ => {}
            }
        }
    }

    pub(crate) async fn is_permitted(&mut self, peer: SocketAddr) -> bool {
        self.client.relay(self.relayed.unwrap()).unwrap().create_permission(now(), peer).unwrap().unwrap();
        loop {
            match self.event().await {
                Event::CreatePermissionResponse(..) => return true,
                Event::CreatePermissionError(..) => return false,
                _ => {}
            }
        }
    }

    /// Sends a datagram, and returns what comes back from there.
    pub(crate) async fn round(&mut self, datagram: &[u8], peer: SocketAddr) -> BytesMut {
        self.client.relay(self.relayed.unwrap()).unwrap().send_to(now(), datagram, peer).unwrap();
        loop {
            if let Event::DataIndicationOrChannelData(_, from, data) = self.event().await {
                assert_eq!(from, peer);
                return data;
            }
        }
    }

    async fn event(&mut self) -> Event {
        loop {
            while let Some(sent) = self.client.poll_write() {
                self.line.write(&sent.message).await;
            }
            if let Some(event) = self.client.poll_event() {
                return event;
            }
            let message = self.line.read().await;
            let local_addr = SocketAddr::new(self.host.ip(), 0);
            let transport = TransportContext { local_addr, peer_addr: self.host, ..TransportContext::default() };
            self.client.handle_read(TransportMessage { now: now(), transport, message }).unwrap();
        }
    }
}

/// XOR-MAPPED-ADDRESS of a check's answer.
pub(crate) fn mapped(answer: &[u8]) -> SocketAddr {
    let (mut message, mut address) = (Message::new(), XorMappedAddress::default());
    message.unmarshal_binary(answer).unwrap();
    address.get_from(&message).unwrap();
    SocketAddr::new(address.ip, address.port)
}
