//! A room of its own, and the host's answer to an offer: what tells where media is to go.
//!
//! **Invariant:** the room is drawn at random and gone with the connection; nobody else can be in it.

use super::way::Way;
use crate::shell::clock;
use crate::shell::elsewhere::Host;
use crate::shell::https::Unreachable;
use futures_util::{SinkExt as _, StreamExt as _};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite};
use tungstenite::Message;
use wire::{
    Creation, Entry, Epoch, FromHost, Identity, Mid, Offer, Publication, RelayAccess, ResumeKey, RoomId, TicketHash, ToHost,
    Track,
};

/// How long the host may take for one word.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// Addresses that are looked at. A host names a handful.
const MOST_CANDIDATES: usize = 16;

/// An offer of sound as browsers make it, never sent to anybody but the host. Its fragment is [`USER_FRAGMENT`].
const OFFER: &str = include_str!("offer.sdp");
/// `a=ice-ufrag` of [`OFFER`].
pub(super) const USER_FRAGMENT: &str = "dctr";

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("the host cannot be reached for it: {0}")]
    Unreachable(#[from] Unreachable),
    #[error(
        "the WebSocket at /ws is refused ({0}). A proxy in front must pass on `Upgrade` and `Connection` at /ws over HTTP/1.1, and the `Host` \
         header unchanged"
    )]
    Upgrade(String),
    #[error("the host says {0:?}: it lets nobody make rooms now, or not from here")]
    Refused(wire::Refusal),
    #[error(
        "the host asks who may open rooms (`rooms-for`), so that no room can be made here to look at the way of picture and sound with. Look \
         before it is set, or with `rooms-for = \"anyone\"` for a moment"
    )]
    PermissionNeeded,
    #[error("the host does not answer as this version does ({0}). Compare the versions")]
    Strange(&'static str),
    #[error("the host does not answer within {} s over the WebSocket: a proxy in front may hold it back", ANSWERS_WITHIN.as_secs())]
    Silent,
    #[error(transparent)]
    NoEntropy(#[from] clock::NoEntropy),
}

/// What the host answered.
pub(super) struct Offered {
    /// `a=ice-ufrag` (RFC 8839 §5.4).
    pub(super) user_fragment: String,
    /// `a=ice-pwd`.
    pub(super) password: String,
    /// Where it takes media, over UDP and over TCP.
    pub(super) udp: Vec<SocketAddr>,
    pub(super) tcp: Vec<SocketAddr>,
}

/// A room of one's own, which lasts as long as this.
pub(super) struct Room(Socket);

type Socket = WebSocketStream<Box<dyn crate::shell::elsewhere::Stream>>;

/// Makes a room and offers sound.
///
/// # Errors
/// [`Trouble`].
pub(super) async fn offer(way: &Way) -> Result<(Room, Offered), Trouble> {
    let host = Host::new(way.belief.clone(), way.address.clone());
    let stream = timeout(ANSWERS_WITHIN, host.connect()).await.map_err(|_| Trouble::Silent)??;
    let scheme = if way.address.secure { "wss" } else { "ws" };
    let url = format!("{scheme}://{}/ws", way.address.authority());
    let opened = timeout(ANSWERS_WITHIN, client_async(url, stream)).await.map_err(|_| Trouble::Silent)?;
    let (mut socket, _) = opened.map_err(|error| Trouble::Upgrade(error.to_string()))?;
    let (room, key) = (clock::entropy()?, clock::entropy()?);
    let mut id = [0; 16];
    id.iter_mut().zip(room).for_each(|(to, from)| *to = from);
    let entry = Entry { room: RoomId(id), identity: Identity::New, resume_key: ResumeKey(key) };
    says(&mut socket, &ToHost::Enter(entry)).await?;
    hears(&mut socket, |heard| matches!(heard, FromHost::Entered(_)).then_some(())).await?;
    says(&mut socket, &ToHost::Create(Creation { epoch: Epoch(0), ticket: TicketHash([0; 32]) })).await?;
    hears(&mut socket, |heard| matches!(heard, FromHost::Created).then_some(())).await?;
    let publications = vec![Publication { mid: Mid("0".into()), track: Track::Audio }];
    says(&mut socket, &ToHost::Offer(Offer { sdp: OFFER.replace('\n', "\r\n"), publications })).await?;
    let answer = hears(&mut socket, |heard| if let FromHost::Answer { sdp } = heard { Some(sdp) } else { None }).await?;
    let offered = Offered::read(&answer).ok_or(Trouble::Strange("no media in its answer"))?;
    Ok((Room(socket), offered))
}

impl Room {
    /// How the host's relay is used. A host that has none says so, and one that knows of none hangs up.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(super) async fn seeks_relay(&mut self) -> Result<RelayAccess, Trouble> {
        says(&mut self.0, &ToHost::SeekRelay).await?;
        hears(&mut self.0, |heard| if let FromHost::Relay(access) = heard { Some(access) } else { None }).await
    }
}

async fn says(socket: &mut Socket, message: &ToHost) -> Result<(), Trouble> {
    let sent = socket.send(Message::Binary(wire::encode(message).into())).await;
    sent.map_err(|error| Trouble::Upgrade(error.to_string()))
}

/// Waits for a message of which `wanted` makes something.
async fn hears<T>(socket: &mut Socket, mut wanted: impl FnMut(FromHost) -> Option<T>) -> Result<T, Trouble> {
    let listening = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Binary(bytes))) => match wire::decode(&bytes) {
                    Ok(FromHost::Refused(wire::Refusal::PermissionNeeded)) => return Err(Trouble::PermissionNeeded),
                    Ok(FromHost::Refused(refusal)) => return Err(Trouble::Refused(refusal)),
                    Ok(heard) => {
                        if let Some(found) = wanted(heard) {
                            return Ok(found);
                        }
                    }
                    Err(_) => return Err(Trouble::Strange("a message that cannot be read")),
                },
                Some(Ok(Message::Close(_))) | None => return Err(Trouble::Strange("it hung up")),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(Trouble::Upgrade(error.to_string())),
            }
        }
    };
    timeout(ANSWERS_WITHIN, listening).await.map_err(|_| Trouble::Silent)?
}

impl Offered {
    fn read(answer: &str) -> Option<Self> {
        let line = |name: &str| Some(answer.lines().find_map(|line| line.strip_prefix(name))?.trim().to_owned());
        let (user_fragment, password) = (line("a=ice-ufrag:")?, line("a=ice-pwd:")?);
        let mut offered = Self { user_fragment, password, udp: Vec::new(), tcp: Vec::new() };
        for candidate in answer.lines().filter_map(|line| line.strip_prefix("a=candidate:")) {
            // RFC 8839 §5.1: foundation, component, transport, priority, address, port, …
            let mut words = candidate.split_whitespace().skip(2);
            let (transport, address, port) = (words.next()?, words.nth(1)?, words.next()?);
            let at = SocketAddr::new(address.parse().ok()?, port.parse().ok()?);
            let of = if transport.eq_ignore_ascii_case("udp") { &mut offered.udp } else { &mut offered.tcp };
            if of.len() < MOST_CANDIDATES && !of.contains(&at) {
                of.push(at);
            }
        }
        (!offered.udp.is_empty()).then_some(offered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_answer_tells_where_media_goes() {
        let answer = "v=0\r\na=ice-ufrag:host\r\na=ice-pwd:secret\r\na=candidate:1 1 udp 1 192.0.2.1 443 typ host\r\n\
                      a=candidate:2 1 tcp 2 2001:db8::1 443 typ host tcptype passive\r\na=candidate:1 1 udp 1 192.0.2.1 443 typ host\r\n";
        let offered = Offered::read(answer).unwrap();
        assert_eq!((offered.user_fragment.as_str(), offered.password.as_str()), ("host", "secret"));
        assert_eq!(offered.udp, ["192.0.2.1:443".parse::<SocketAddr>().unwrap()]);
        assert_eq!(offered.tcp, ["[2001:db8::1]:443".parse::<SocketAddr>().unwrap()]);
        assert!(OFFER.contains(&format!("a=ice-ufrag:{USER_FRAGMENT}\n")));
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_fail(answer in "(a=(ice-ufrag:|ice-pwd:|candidate:)?[ -~]{0,40}\r\n){0,8}") {
            if let Some(offered) = Offered::read(&answer) {
                prop_assert!(offered.udp.len() <= MOST_CANDIDATES);
            }
        }
    }
}
