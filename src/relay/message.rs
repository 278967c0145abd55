//! TURN's messages, read and written with the library that also reads ICE's.
//!
//! **Invariant:** of a request that has a MESSAGE-INTEGRITY nothing is looked at that stands behind it (RFC 8489 §14.5).

use super::{Family, LARGEST};
use rtc_crypto::RTCCrypto;
use rtc_stun::attributes::{
    ATTR_CHANNEL_NUMBER, ATTR_DATA, ATTR_DONT_FRAGMENT, ATTR_ERROR_CODE, ATTR_EVEN_PORT, ATTR_LIFETIME, ATTR_MESSAGE_INTEGRITY,
    ATTR_NONCE, ATTR_REALM, ATTR_REQUESTED_ADDRESS_FAMILY, ATTR_REQUESTED_TRANSPORT, ATTR_RESERVATION_TOKEN,
    ATTR_UNKNOWN_ATTRIBUTES, ATTR_USERNAME, ATTR_XOR_PEER_ADDRESS, AttrType, RawAttribute,
};
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{
    CLASS_ERROR_RESPONSE, CLASS_INDICATION, CLASS_REQUEST, CLASS_SUCCESS_RESPONSE, METHOD_DATA, Message, MessageClass,
    MessageType, Method, Setter as _, TransactionId,
};
use rtc_stun::xoraddr::XorMappedAddress;
use std::net::SocketAddr;
use std::ops::Range;

/// Attributes that must be understood (below 0x8000) and are.
const UNDERSTOOD: [AttrType; 13] = [
    ATTR_USERNAME,
    ATTR_MESSAGE_INTEGRITY,
    ATTR_REALM,
    ATTR_NONCE,
    ATTR_CHANNEL_NUMBER,
    ATTR_LIFETIME,
    ATTR_XOR_PEER_ADDRESS,
    ATTR_DATA,
    ATTR_EVEN_PORT,
    ATTR_REQUESTED_TRANSPORT,
    // Nothing is ever fragmented: there is no packet.
    ATTR_DONT_FRAGMENT,
    ATTR_RESERVATION_TOKEN,
    ATTR_REQUESTED_ADDRESS_FAMILY,
];

/// Peers that one request may name. A browser names one.
const PEERS: usize = 8;

/// Why a request is not done (RFC 8489 §14.8, RFC 8656 §19).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    BadRequest = 400,
    Unauthenticated = 401,
    Forbidden = 403,
    UnknownAttribute = 420,
    AllocationMismatch = 437,
    StaleNonce = 438,
    AddressFamilyNotSupported = 440,
    WrongCredentials = 441,
    UnsupportedTransportProtocol = 442,
    PeerAddressFamilyMismatch = 443,
    AllocationQuotaReached = 486,
    InsufficientCapacity = 508,
}

/// A request or an indication that came.
pub(super) struct Asked(Message);

impl Asked {
    /// One whole STUN message and nothing behind it.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut message = Message::new();
        message.unmarshal_binary(bytes).ok().filter(|()| bytes.len() <= LARGEST)?;
        (message.length as usize + 20 == bytes.len()).then_some(Self(message))
    }

    /// Its method, if it is a request.
    pub(super) fn requested(&self) -> Option<Method> {
        (self.0.typ.class == CLASS_REQUEST).then_some(self.0.typ.method)
    }

    /// Its method, if it is an indication.
    pub(super) fn indicated(&self) -> Option<Method> {
        (self.0.typ.class == CLASS_INDICATION).then_some(self.0.typ.method)
    }

    pub(super) fn transaction(&self) -> TransactionId {
        self.0.transaction_id
    }

    pub(super) fn is_signed(&self) -> bool {
        self.0.contains(ATTR_MESSAGE_INTEGRITY)
    }

    pub(super) fn is_signed_with(&mut self, key: &[u8], crypto: &dyn RTCCrypto) -> bool {
        MessageIntegrity::check(&mut self.0, key, crypto).is_ok()
    }

    /// The attributes that count.
    fn covered(&self) -> impl Iterator<Item = &RawAttribute> {
        self.0.attributes.0.iter().take_while(|attribute| attribute.typ != ATTR_MESSAGE_INTEGRITY)
    }

    fn value(&self, kind: AttrType) -> Option<&[u8]> {
        self.covered().find(|attribute| attribute.typ == kind).map(|attribute| attribute.value.as_slice())
    }

    pub(super) fn has(&self, kind: AttrType) -> bool {
        self.value(kind).is_some()
    }

    /// Those that would have to be understood and are not.
    pub(super) fn strange(&self) -> Vec<AttrType> {
        let strange = |attribute: &&RawAttribute| attribute.typ.required() && !UNDERSTOOD.contains(&attribute.typ);
        self.covered().filter(strange).map(|attribute| attribute.typ).take(PEERS).collect()
    }

    pub(super) fn text(&self, kind: AttrType) -> Option<&str> {
        std::str::from_utf8(self.value(kind)?).ok()
    }

    pub(super) fn nonce(&self) -> Option<&[u8]> {
        self.value(ATTR_NONCE)
    }

    /// LIFETIME, seconds.
    pub(super) fn lifetime(&self) -> Option<u32> {
        self.value(ATTR_LIFETIME)?.try_into().ok().map(u32::from_be_bytes)
    }

    /// REQUESTED-TRANSPORT: the number of a protocol.
    pub(super) fn transport(&self) -> Option<u8> {
        self.value(ATTR_REQUESTED_TRANSPORT)?.first().copied()
    }

    /// REQUESTED-ADDRESS-FAMILY; IPv4 when there is none (RFC 8656 §7.2).
    pub(super) fn family(&self) -> Result<Family, Refused> {
        match self.value(ATTR_REQUESTED_ADDRESS_FAMILY).map(|value| value.first().copied()) {
            None | Some(Some(1)) => Ok(Family::V4),
            Some(Some(2)) => Ok(Family::V6),
            Some(_) => Err(Refused::AddressFamilyNotSupported),
        }
    }

    /// CHANNEL-NUMBER.
    pub(super) fn channel(&self) -> Option<u16> {
        self.value(ATTR_CHANNEL_NUMBER)?.first_chunk().map(|number| u16::from_be_bytes(*number))
    }

    /// Every XOR-PEER-ADDRESS, as it is written: an IPv4 address in the clothes of an IPv6 one is an IPv6 address.
    pub(super) fn peers(&self) -> Result<Vec<SocketAddr>, Refused> {
        let named = self.covered().filter(|attribute| attribute.typ == ATTR_XOR_PEER_ADDRESS);
        let read = |attribute: &RawAttribute| {
            let mut alone = Message::new();
            alone.transaction_id = self.0.transaction_id;
            alone.attributes.0.push(attribute.clone());
            let mut address = XorMappedAddress::default();
            let is_whole = matches!(attribute.value.len(), 8 | 20);
            let read = is_whole && address.get_from_as(&alone, ATTR_XOR_PEER_ADDRESS).is_ok();
            let whole = read && address.ip.is_ipv4() == (attribute.value.len() == 8);
            if whole { Ok(SocketAddr::new(address.ip, address.port)) } else { Err(Refused::BadRequest) }
        };
        let peers: Vec<SocketAddr> = named.take(PEERS + 1).map(read).collect::<Result<_, _>>()?;
        if (1..=PEERS).contains(&peers.len()) { Ok(peers) } else { Err(Refused::BadRequest) }
    }

    /// The one peer of a request that names one.
    pub(super) fn peer(&self) -> Result<SocketAddr, Refused> {
        self.peers()?.first().copied().ok_or(Refused::BadRequest)
    }

    /// An answer that says that it was done.
    pub(super) fn done(&self) -> Answer {
        Answer::new(MessageType::new(self.0.typ.method, CLASS_SUCCESS_RESPONSE), self.0.transaction_id)
    }

    /// An answer that says why not. The reason's words are left out: programs read the number.
    pub(super) fn refused(&self, why: Refused) -> Answer {
        let mut answer = Answer::new(MessageType::new(self.0.typ.method, CLASS_ERROR_RESPONSE), self.0.transaction_id);
        let code = why as u16;
        answer.0.add(ATTR_ERROR_CODE, &[0, 0, (code / 100) as u8, (code % 100) as u8]);
        answer
    }
}

/// A message on its way out.
pub(super) struct Answer(Message);

impl Answer {
    fn new(kind: MessageType, transaction: TransactionId) -> Self {
        let mut message = Message::new();
        (message.typ, message.transaction_id) = (kind, transaction);
        message.write_header();
        Self(message)
    }

    pub(super) fn with(mut self, kind: AttrType, value: &[u8]) -> Self {
        self.0.add(kind, value);
        self
    }

    pub(super) fn with_address(mut self, kind: AttrType, address: SocketAddr) -> Self {
        // Fails for no address there is.
        let _ = XorMappedAddress { ip: address.ip(), port: address.port() }.add_to_as(&mut self.0, kind);
        self
    }

    pub(super) fn with_strange(self, strange: &[AttrType]) -> Self {
        let kinds: Vec<u8> = strange.iter().flat_map(|kind| kind.value().to_be_bytes()).collect();
        self.with(ATTR_UNKNOWN_ATTRIBUTES, &kinds)
    }

    /// The bytes, signed.
    pub(super) fn signed(mut self, key: &[u8], crypto: &dyn RTCCrypto) -> Vec<u8> {
        match MessageIntegrity::new_raw_integrity_with_provider(key, crypto).add_to(&mut self.0) {
            Ok(()) => self.0.raw,
            // Who asked does not believe an answer that is not signed; it asks again.
            Err(_) => Vec::new(),
        }
    }

    /// The bytes.
    pub(super) fn plain(self) -> Vec<u8> {
        self.0.raw
    }
}

/// Where in a message its first DATA lies: the library reads a copy, and a datagram shall not be copied again.
pub(super) fn data_in(bytes: &[u8]) -> Option<Range<usize>> {
    let half = |at: usize| Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    let mut at = 20;
    loop {
        let (kind, length) = (half(at)?, usize::from(half(at + 2)?));
        let value = at + 4..at + 4 + length;
        bytes.get(value.clone())?;
        if kind == ATTR_DATA.value() {
            return Some(value);
        }
        at += 4 + length.next_multiple_of(4);
    }
}

/// A Data indication (RFC 8656 §11.4): what a peer sent, for a client without a channel. Nobody answers it, so its transaction is a mere number.
pub(super) fn data(number: u64, peer: SocketAddr, datagram: &[u8]) -> Vec<u8> {
    let mut transaction = TransactionId::default();
    transaction.0.iter_mut().zip(number.to_be_bytes()).for_each(|(to, byte)| *to = byte);
    let answer = Answer::new(MessageType::new(METHOD_DATA, CLASS_INDICATION), transaction);
    answer.with_address(ATTR_XOR_PEER_ADDRESS, peer).with(ATTR_DATA, datagram).plain()
}

/// The class of a type of message, as it stands in its first two bytes.
pub(super) fn class_and_method(kind: u16) -> (MessageClass, Method) {
    let mut read = MessageType::default();
    read.read_value(kind);
    (read.class, read.method)
}
