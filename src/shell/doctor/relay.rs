//! Whether the host's relay leads to the host: an allocation over each way that it offers, and a connectivity check through it.
//!
//! **Invariant:** a way is good only if the host has answered a check that went through the relay on it. The client is not of this house
//! (`rtc-turn`): what it takes for an answer a browser does too.

use super::media::Check;
use super::report::{Report, Verdict};
use super::signalling::{Offered, Room, Trouble};
use super::way::{Way, closed};
use crate::relay::frames::Frame;
use crate::shell::clock;
use crate::shell::elsewhere::{Address, Host, Stream};
use crate::shell::https;
use bytes::BytesMut;
use rtc_crypto::providers::RingProvider;
use rtc_shared::{TransportContext, TransportMessage, TransportProtocol};
use rtc_turn::client::{Client, ClientConfig, Event};
use sansio::Protocol as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UdpSocket;
use tokio::time::{timeout, timeout_at};
use wire::{RelayAccess, RelayOver, RelayWay};

/// How long one way may take to one address, from the first packet to the answer.
const WITHIN: Duration = Duration::from_secs(10);
/// Ways that are looked at. A host names three.
const MOST_WAYS: usize = 4;
/// The longest datagram of the relay's, bytes.
const LONGEST: usize = 2_048;

/// Tries every way that the host offers.
pub(super) async fn look(way: &Way, room: &mut Room, offered: &Offered, report: &mut Report) {
    let access = match room.seeks_relay().await {
        Ok(access) => access,
        Err(trouble) => return report.unknown("relay", unasked(&trouble)),
    };
    if access.ways.is_empty() {
        return report.unknown(
            "relay",
            "the host has none (`relay = false`): whoever's network lets nothing but HTTPS through cannot meet",
        );
    }
    let mut led = Vec::new();
    for &RelayWay { over, port } in access.ways.iter().take(MOST_WAYS) {
        let what = format!("relay over {} {}", called(over), Address { port, ..way.address.clone() }.authority());
        let tried = Trying { way, access: &access, offered, over, port };
        let verdict = match tried.all().await {
            Ok(took) => {
                led.push(over);
                Verdict::Good(format!("leads to the host, there and back in {} ms", took.as_millis()))
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                Verdict::Unknown(closed("nothing comes back", port, way.inside))
            }
            Err(error) => Verdict::Unknown(error.to_string()),
        };
        report.add(&what, verdict);
    }
    report.add("relay", sum(&led, &access));
}

/// Why nothing is known of a relay.
fn unasked(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Refused(wire::Refusal::Malformed) | Trouble::Strange(_) => {
            "the host does not know of one: it is older than this program. With its next version it has one".into()
        }
        other => other.to_string(),
    }
}

fn called(over: RelayOver) -> &'static str {
    match over {
        RelayOver::Udp => "UDP",
        RelayOver::Tcp => "TCP",
        RelayOver::Tls => "TLS",
    }
}

fn sum(led: &[RelayOver], access: &RelayAccess) -> Verdict {
    let has_tls = access.ways.iter().any(|way| way.over == RelayOver::Tls);
    let ports: Vec<String> = access.ways.iter().map(|way| format!("{} {}", called(way.over), way.port)).collect();
    if led.is_empty() {
        return Verdict::Mend(format!(
            "leads nowhere: whoever's network lets nothing but HTTPS through cannot meet. Open {} in firewall and router",
            ports.join(", ")
        ));
    }
    if led.contains(&RelayOver::Tls) {
        return Verdict::Good("leads to the host where a network lets nothing but HTTPS through".into());
    }
    if has_tls {
        return Verdict::Mend(
            "does not lead to the host over TLS, which the strictest networks alone let through. See whether something in front of the host \
             opens TLS itself, and set `behind-proxy` if so"
                .into(),
        );
    }
    Verdict::Good(
        "leads to the host; not over TLS, which a host offers only where it has a certificate of its own that browsers believe"
            .into(),
    )
}

/// One way.
struct Trying<'a> {
    way: &'a Way,
    access: &'a RelayAccess,
    offered: &'a Offered,
    over: RelayOver,
    port: u16,
}

impl Trying<'_> {
    /// How long a check took there and back, once there was a way.
    async fn all(&self) -> io::Result<Duration> {
        let address = Address { port: self.port, ..self.way.address.clone() };
        let found: Vec<SocketAddr> = tokio::net::lookup_host((address.name.as_str(), address.port)).await?.collect();
        let first = found.first().copied().ok_or(io::ErrorKind::AddrNotAvailable)?;
        let stream: Box<dyn Stream> = match self.over {
            RelayOver::Udp => return self.over_udp(found).await,
            RelayOver::Tcp => Box::new(https::connect(&address.name, address.port).await.map_err(io::Error::other)?),
            RelayOver::Tls => Host::new(self.way.belief.clone(), address).connect().await.map_err(io::Error::other)?,
        };
        within(self.through(Line::Stream(stream, BytesMut::new()), first)).await
    }

    /// Nothing says of an address that nobody is there; so each has its time.
    async fn over_udp(&self, found: Vec<SocketAddr>) -> io::Result<Duration> {
        let mut last = io::Error::from(io::ErrorKind::TimedOut);
        for host in found {
            let tried = async { self.through(Line::Datagrams(connected(host).await?), host).await };
            match within(tried).await {
                Ok(took) => return Ok(took),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn through(&self, line: Line, host: SocketAddr) -> io::Result<Duration> {
        let mut talk = Talk::new(line, host, self.access)?;
        let relayed = talk.allocates().await?;
        let of_a_kind = self.offered.udp.iter().find(|peer| peer.is_ipv4() == relayed.is_ipv4());
        let peer =
            of_a_kind.ok_or_else(|| io::Error::other("the host names no address for media that the relay could lead to"))?;
        talk.is_permitted(relayed, *peer).await?;
        talk.checks(relayed, *peer, &Check::new(self.offered)?).await
    }
}

async fn within(tried: impl Future<Output = io::Result<Duration>>) -> io::Result<Duration> {
    timeout(WITHIN, tried).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn connected(host: SocketAddr) -> io::Result<UdpSocket> {
    let any: SocketAddr = if host.is_ipv6() { ([0_u16; 8], 0).into() } else { ([0_u8; 4], 0).into() };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(host).await?;
    Ok(socket)
}

/// What is spoken over.
enum Line {
    Datagrams(UdpSocket),
    Stream(Box<dyn Stream>, BytesMut),
}

impl Line {
    async fn write(&mut self, message: &[u8]) -> io::Result<()> {
        match self {
            Self::Datagrams(socket) => socket.send(message).await.map(drop),
            Self::Stream(stream, _) => {
                stream.write_all(message).await?;
                stream.flush().await
            }
        }
    }

    /// One message. Losing a call of this halfway loses nothing.
    async fn read(&mut self) -> io::Result<BytesMut> {
        match self {
            Self::Datagrams(socket) => {
                let mut bytes = BytesMut::zeroed(LONGEST);
                let length = socket.recv(&mut bytes).await?;
                bytes.truncate(length);
                Ok(bytes)
            }
            Self::Stream(stream, read) => loop {
                if let Some(&first) = read.first_chunk() {
                    let frame = Frame::of(first).ok_or_else(strange)?;
                    if read.len() >= frame.length + frame.padding {
                        let message = read.split_to(frame.length);
                        let _ = read.split_to(frame.padding);
                        return Ok(message);
                    }
                }
                if stream.read_buf(read).await? == 0 {
                    return Err(io::Error::other(
                        "the host closed the connection: is there a proxy in front that takes it for HTTP?",
                    ));
                }
            },
        }
    }
}

fn strange() -> io::Error {
    io::Error::other("the answer is not a relay's: is there a proxy in front?")
}

/// A client with its line.
struct Talk {
    client: Client,
    line: Line,
    host: SocketAddr,
}

impl Talk {
    fn new(line: Line, host: SocketAddr, access: &RelayAccess) -> io::Result<Self> {
        let datagrams = matches!(line, Line::Datagrams(_));
        let config = ClientConfig {
            turn_serv_addr: host.to_string(),
            local_addr: SocketAddr::new(host.ip(), 0),
            transport_protocol: if datagrams { TransportProtocol::UDP } else { TransportProtocol::TCP },
            username: access.username.clone(),
            password: access.password.clone(),
            ..ClientConfig::default()
        };
        let client = Client::new(config, Arc::new(RingProvider::default())).map_err(io::Error::other)?;
        Ok(Self { client, line, host })
    }

    /// The relayed transport address.
    async fn allocates(&mut self) -> io::Result<SocketAddr> {
        self.client.allocate(clock::now()).map_err(io::Error::other)?;
        loop {
            match self.event().await? {
                Event::AllocateResponse(_, relayed) => return Ok(relayed),
                Event::AllocateError(..) => {
                    return Err(io::Error::other(
                        "the relay does not take the host's own credentials: is another program's relay there?",
                    ));
                }
                Event::TransactionTimeout(_) => return Err(io::ErrorKind::TimedOut.into()),
                _ => {}
            }
        }
    }

    async fn is_permitted(&mut self, relayed: SocketAddr, peer: SocketAddr) -> io::Result<()> {
        let mut relay = self.client.relay(relayed).map_err(io::Error::other)?;
        relay.create_permission(clock::now(), peer).map_err(io::Error::other)?;
        loop {
            match self.event().await? {
                Event::CreatePermissionResponse(..) => return Ok(()),
                Event::CreatePermissionError(..) => {
                    return Err(io::Error::other(format!(
                        "the relay does not lead to {peer}, although the host takes media there"
                    )));
                }
                Event::TransactionTimeout(_) => return Err(io::ErrorKind::TimedOut.into()),
                _ => {}
            }
        }
    }

    /// Sends a check on, and waits for the host's answer to it.
    async fn checks(&mut self, relayed: SocketAddr, peer: SocketAddr, check: &Check) -> io::Result<Duration> {
        let begun = clock::now();
        let mut relay = self.client.relay(relayed).map_err(io::Error::other)?;
        relay.send_to(begun, &check.bytes, peer).map_err(io::Error::other)?;
        loop {
            if let Event::DataIndicationOrChannelData(_, from, data) = self.event().await?
                && from == peer
                && check.is_answered_by(&data)
            {
                return Ok(clock::now().saturating_duration_since(begun));
            }
        }
    }

    async fn event(&mut self) -> io::Result<Event> {
        loop {
            while let Some(sent) = self.client.poll_write() {
                self.line.write(&sent.message).await?;
            }
            if let Some(event) = self.client.poll_event() {
                return Ok(event);
            }
            // The client says when it wants to repeat itself.
            let message = match self.client.poll_timeout() {
                Some(until) => timeout_at(until.into(), self.line.read()).await,
                None => Ok(self.line.read().await),
            };
            let now = clock::now();
            let Ok(message) = message else {
                self.client.handle_timeout(now).map_err(io::Error::other)?;
                continue;
            };
            let transport = TransportContext {
                local_addr: SocketAddr::new(self.host.ip(), 0),
                peer_addr: self.host,
                ..TransportContext::default()
            };
            self.client.handle_read(TransportMessage { now, transport, message: message? }).map_err(|_| strange())?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(ways: &[RelayOver]) -> RelayAccess {
        let ways = ways.iter().map(|&over| RelayWay { over, port: 443 }).collect();
        RelayAccess { username: String::new(), password: String::new(), seconds: 600, ways }
    }

    #[test]
    fn a_relay_is_good_only_by_the_way_that_strict_networks_let_through() {
        let (udp, tcp, tls) = (RelayOver::Udp, RelayOver::Tcp, RelayOver::Tls);
        assert!(matches!(sum(&[udp, tcp, tls], &access(&[tls, tcp, udp])), Verdict::Good(_)));
        assert!(matches!(sum(&[udp, tcp], &access(&[tcp, udp])), Verdict::Good(words) if words.contains("not over TLS")));
        assert!(matches!(sum(&[udp, tcp], &access(&[tls, tcp, udp])), Verdict::Mend(words) if words.contains("TLS")));
        assert!(matches!(sum(&[], &access(&[tls, udp])), Verdict::Mend(words) if words.contains("Open TLS 443, UDP 443")));
    }

    #[test]
    fn an_older_host_is_not_called_broken() {
        assert!(unasked(&Trouble::Strange("it hung up")).contains("older"));
        assert!(unasked(&Trouble::Refused(wire::Refusal::Malformed)).contains("older"));
        for other in [Trouble::Silent, Trouble::Refused(wire::Refusal::TooFast)] {
            assert!(!unasked(&other).contains("older"));
        }
    }
}
