//! One client: whatever comes from one address and port, or over one connection (RFC 8656 §3.2, a 5-tuple).
//!
//! **Invariant:** nobody has an allocation who has not signed a request under credentials of this host, over a nonce that was made for its own
//! address; and nothing comes out of here but answers to the client itself and datagrams for a [`Door`].

use super::access::{Known, REALM};
use super::allocation::Allocation;
use super::message::{self, Answer, Asked, Refused};
use super::{Door, LIFETIME, Service, relayed};
use crate::core::Time;
use rtc_stun::attributes::{
    ATTR_EVEN_PORT, ATTR_LIFETIME, ATTR_NONCE, ATTR_REALM, ATTR_REQUESTED_ADDRESS_FAMILY, ATTR_RESERVATION_TOKEN, ATTR_USERNAME,
    ATTR_XOR_RELAYED_ADDRESS, ATTR_XORMAPPED_ADDRESS,
};
use rtc_stun::message::{
    METHOD_ALLOCATE, METHOD_BINDING, METHOD_CHANNEL_BIND, METHOD_CREATE_PERMISSION, METHOD_REFRESH, METHOD_SEND,
};
use std::net::SocketAddr;
use std::ops::Range;

/// The number of UDP among the protocols of IP.
const UDP: u8 = 17;

/// Between client and host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Datagrams.
    Udp,
    /// A stream: TCP, or TLS over it.
    Stream,
}

/// Whether another allocation may be made from where the client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// It may.
    Enough,
    /// There are too many from its place.
    PlaceFull,
    /// There are too many in all.
    Full,
}

/// What is to be done with what a client sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Nothing,
    /// Send this back to it.
    Answer(Vec<u8>),
    /// Hand these bytes of what it sent to the core, as a datagram that came to this door.
    Inward(Door, Range<usize>),
}

/// One client.
pub struct Client {
    number: u64,
    from: SocketAddr,
    over: Over,
    allocation: Option<Allocation>,
}

impl Client {
    /// Somebody who has said nothing yet. `from`: where it is; `number`: from [`Service::number`].
    pub fn new(number: u64, from: SocketAddr, over: Over) -> Self {
        Self { number, from, over, allocation: None }
    }

    /// Its relayed transport address, while it has one.
    pub fn relayed(&self, now: Time) -> Option<SocketAddr> {
        self.allocation.as_ref().filter(|allocation| allocation.until > now).map(|allocation| allocation.relayed)
    }

    /// When its allocation ends unless it is refreshed.
    pub fn until(&self) -> Option<Time> {
        self.allocation.as_ref().map(|allocation| allocation.until)
    }

    /// Takes in one message: STUN or ChannelData, whole.
    pub fn hear(&mut self, service: &Service, now: Time, room: Room, bytes: &[u8]) -> Step {
        self.allocation.take_if(|allocation| allocation.until <= now);
        if bytes.first().is_some_and(|first| (64..80).contains(first)) {
            let sent = self.allocation.as_mut().and_then(|own| own.sends_in_channel(now, bytes, &service.doors));
            return sent.map_or(Step::Nothing, |(door, range)| Step::Inward(door, range));
        }
        let Some(mut asked) = Asked::read(bytes) else { return Step::Nothing };
        if asked.indicated() == Some(METHOD_SEND) {
            return self.sends(service, now, &asked, bytes);
        }
        match asked.requested() {
            // STUN as such (RFC 8489): where the client is. It costs no more than the answer to any other stranger, and only over a stream.
            Some(METHOD_BINDING) if self.over == Over::Stream => {
                Step::Answer(asked.done().with_address(ATTR_XORMAPPED_ADDRESS, self.from).plain())
            }
            Some(METHOD_ALLOCATE | METHOD_REFRESH | METHOD_CREATE_PERMISSION | METHOD_CHANNEL_BIND) => {
                Step::Answer(self.request(service, now, room, &mut asked))
            }
            _ => Step::Nothing,
        }
    }

    /// What the core sent to its relayed transport address through a door, written behind `out` as the client takes it; false when it may not
    /// pass. Over UDP one datagram each.
    pub fn outward(&mut self, service: &Service, now: Time, door: Door, datagram: &[u8], out: &mut Vec<u8>) -> bool {
        let padded = self.over == Over::Stream;
        self.allocation.as_mut().is_some_and(|own| own.receives(now, &service.doors, door, datagram, padded, out))
    }

    fn sends(&mut self, service: &Service, now: Time, asked: &Asked, bytes: &[u8]) -> Step {
        let (Some(own), Some(data), Ok(peer)) = (&mut self.allocation, message::data_in(bytes), asked.peer()) else {
            return Step::Nothing;
        };
        if !asked.strange().is_empty() {
            return Step::Nothing;
        }
        own.sends(now, peer, data.len(), &service.doors).map_or(Step::Nothing, |door| Step::Inward(door, data))
    }

    /// RFC 8489 §9.2.4: whoever asks is told realm and nonce, and asks again with both.
    fn request(&mut self, service: &Service, now: Time, room: Room, asked: &mut Asked) -> Vec<u8> {
        let again = |asked: &Asked, why| self.challenge(service, now, asked.refused(why));
        if !asked.is_signed() {
            return again(asked, Refused::Unauthenticated);
        }
        let (Some(username), Some(_), Some(nonce)) = (asked.text(ATTR_USERNAME), asked.text(ATTR_REALM), asked.nonce()) else {
            return asked.refused(Refused::BadRequest).plain();
        };
        let is_fresh = service.secret.is_fresh(now, self.from, nonce);
        let key = match self.allocation.as_ref().map(|own| &own.known).filter(|known| known.username == username) {
            Some(known) => Some(known.key.clone()),
            None => service.secret.known(now, username, service.crypto()).map(|known| known.key),
        };
        let Some(key) = key.filter(|key| asked.is_signed_with(key, service.crypto())) else {
            return again(asked, Refused::Unauthenticated);
        };
        if !is_fresh {
            return again(asked, Refused::StaleNonce);
        }
        let strange = asked.strange();
        let answer = if strange.is_empty() {
            let known = Known { username: asked.text(ATTR_USERNAME).unwrap_or_default().to_owned(), key: key.clone() };
            self.granted(service, now, room, asked, known).unwrap_or_else(|why| asked.refused(why))
        } else {
            asked.refused(Refused::UnknownAttribute).with_strange(&strange)
        };
        answer.signed(&key, service.crypto())
    }

    fn challenge(&self, service: &Service, now: Time, answer: Answer) -> Vec<u8> {
        let nonce = service.secret.nonce(now, self.from);
        answer.with(ATTR_REALM, REALM.as_bytes()).with(ATTR_NONCE, nonce.as_bytes()).plain()
    }

    /// A request of somebody who has credentials.
    fn granted(&mut self, service: &Service, now: Time, room: Room, asked: &Asked, known: Known) -> Result<Answer, Refused> {
        if asked.requested() == Some(METHOD_ALLOCATE) {
            return self.allocate(service, now, room, asked, known);
        }
        let own = self.allocation.as_mut().ok_or(Refused::AllocationMismatch)?;
        if own.known.username != known.username {
            return Err(Refused::WrongCredentials);
        }
        match asked.requested() {
            Some(METHOD_REFRESH) => self.refresh(now, asked),
            Some(METHOD_CREATE_PERMISSION) => own.permit(now, &asked.peers()?, &service.doors).map(|()| asked.done()),
            _ => {
                let number = asked.channel().ok_or(Refused::BadRequest)?;
                own.bind(now, number, asked.peer()?, &service.doors).map(|()| asked.done())
            }
        }
    }

    /// RFC 8656 §7.2.
    fn allocate(&mut self, service: &Service, now: Time, room: Room, asked: &Asked, known: Known) -> Result<Answer, Refused> {
        if let Some(own) = &self.allocation {
            let is_again = own.made_by == asked.transaction() && own.known.username == known.username;
            return if is_again { Ok(self.allocated(own, asked)) } else { Err(Refused::AllocationMismatch) };
        }
        match asked.transport() {
            None => return Err(Refused::BadRequest),
            Some(UDP) => {}
            Some(_) => return Err(Refused::UnsupportedTransportProtocol),
        }
        let family = asked.family()?;
        if !service.doors.has_family(family) {
            return Err(Refused::AddressFamilyNotSupported);
        }
        // There are no ports here that could be even, or kept for later.
        if asked.has(ATTR_EVEN_PORT) || asked.has(ATTR_RESERVATION_TOKEN) {
            return Err(Refused::InsufficientCapacity);
        }
        match room {
            Room::Enough => {}
            Room::PlaceFull => return Err(Refused::AllocationQuotaReached),
            Room::Full => return Err(Refused::InsufficientCapacity),
        }
        let own = Allocation::new(now, relayed(self.number, family), known, asked.transaction());
        let answer = self.allocated(&own, asked);
        self.allocation = Some(own);
        Ok(answer)
    }

    fn allocated(&self, own: &Allocation, asked: &Asked) -> Answer {
        let lifetime = LIFETIME.as_secs() as u32;
        let answer = asked.done().with_address(ATTR_XOR_RELAYED_ADDRESS, own.relayed);
        answer.with(ATTR_LIFETIME, &lifetime.to_be_bytes()).with_address(ATTR_XORMAPPED_ADDRESS, self.from)
    }

    /// RFC 8656 §8.2: for as long again, or for nothing, which ends it.
    fn refresh(&mut self, now: Time, asked: &Asked) -> Result<Answer, Refused> {
        let own = self.allocation.as_mut().ok_or(Refused::AllocationMismatch)?;
        if asked.has(ATTR_REQUESTED_ADDRESS_FAMILY) && asked.family()? != own.family() {
            return Err(Refused::PeerAddressFamilyMismatch);
        }
        let lifetime = if asked.lifetime() == Some(0) { 0 } else { LIFETIME.as_secs() as u32 };
        if lifetime == 0 {
            self.allocation = None;
        } else {
            own.until = now + LIFETIME;
        }
        Ok(asked.done().with(ATTR_LIFETIME, &lifetime.to_be_bytes()))
    }
}
