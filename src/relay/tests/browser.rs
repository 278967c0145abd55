//! Somebody who asks as a browser does, and reads what is answered.

use crate::core::Time;
use crate::relay::access::{REALM, Secret};
use crate::relay::client::{Client, Over, Room, Step};
use crate::relay::{Door, Doors, Service};
use rtc_stun::attributes::{
    ATTR_CHANNEL_NUMBER, ATTR_DATA, ATTR_ERROR_CODE, ATTR_MESSAGE_INTEGRITY, ATTR_NONCE, ATTR_REALM, ATTR_REQUESTED_TRANSPORT,
    ATTR_USERNAME, ATTR_XOR_PEER_ADDRESS, AttrType,
};
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{
    CLASS_ERROR_RESPONSE, CLASS_INDICATION, CLASS_REQUEST, CLASS_SUCCESS_RESPONSE, METHOD_ALLOCATE, METHOD_CHANNEL_BIND,
    METHOD_CREATE_PERMISSION, METHOD_SEND, Message, MessageClass, MessageType, Method, Setter as _, TransactionId,
};
use rtc_stun::xoraddr::XorMappedAddress;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;

pub(super) const SECRET: [u8; 32] = [7; 32];
/// REQUESTED-TRANSPORT: UDP.
pub(super) const UDP: (AttrType, &[u8]) = (ATTR_REQUESTED_TRANSPORT, &[17, 0, 0, 0]);

pub(super) fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// The host's own media addresses, one of each family.
pub(super) fn own() -> [SocketAddr; 2] {
    [at("198.51.100.7:443"), at("[2a0b:7::1]:443")]
}

pub(super) fn service(addresses: &[SocketAddr]) -> Service {
    Service::new(Arc::new(Secret::new(SECRET)), Doors::new(addresses))
}

/// Attributes, by kind.
pub(super) type Attributes<'a> = &'a [(AttrType, &'a [u8])];

/// A message with these attributes; `sign`: the key of its MESSAGE-INTEGRITY.
pub(super) fn message(kind: MessageType, number: u64, attributes: Attributes<'_>, sign: Option<(&[u8], &Service)>) -> Vec<u8> {
    let mut message = Message::new();
    message.typ = kind;
    message.transaction_id = transaction(number);
    message.write_header();
    attributes.iter().for_each(|(kind, value)| message.add(*kind, value));
    if let Some((key, service)) = sign {
        MessageIntegrity::new_raw_integrity_with_provider(key, service.crypto()).add_to(&mut message).unwrap();
    }
    message.raw
}

fn transaction(number: u64) -> TransactionId {
    let mut id = TransactionId::default();
    id.0[..8].copy_from_slice(&number.to_be_bytes());
    id
}

/// An address as XOR-PEER-ADDRESS of the message with this number has it.
pub(super) fn xored(number: u64, address: SocketAddr) -> Vec<u8> {
    let mut message = Message::new();
    message.transaction_id = transaction(number);
    message.write_header();
    XorMappedAddress { ip: address.ip(), port: address.port() }.add_to_as(&mut message, ATTR_XOR_PEER_ADDRESS).unwrap();
    message.raw[24..].to_vec()
}

/// What was answered.
pub(super) struct Said {
    pub(super) class: MessageClass,
    message: Message,
}

impl Said {
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut message = Message::new();
        message.unmarshal_binary(bytes).unwrap();
        Self { class: message.typ.class, message }
    }

    pub(super) fn value(&self, kind: AttrType) -> Option<Vec<u8>> {
        self.message.get(kind).ok()
    }

    pub(super) fn address(&self, kind: AttrType) -> Option<SocketAddr> {
        let mut address = XorMappedAddress::default();
        address.get_from_as(&self.message, kind).ok()?;
        Some(SocketAddr::new(address.ip, address.port))
    }

    /// 0 when it was done, else why not.
    pub(super) fn code(&self) -> u16 {
        if self.class == CLASS_SUCCESS_RESPONSE {
            return 0;
        }
        assert!(self.class == CLASS_ERROR_RESPONSE);
        let value = self.value(ATTR_ERROR_CODE).unwrap();
        u16::from(value[2]) * 100 + u16::from(value[3])
    }

    pub(super) fn is_signed(&self) -> bool {
        self.message.contains(ATTR_MESSAGE_INTEGRITY)
    }

    pub(super) fn is_signed_with(&mut self, key: &[u8], service: &Service) -> bool {
        MessageIntegrity::check(&mut self.message, key, service.crypto()).is_ok()
    }
}

/// A browser that has been given credentials, at a relay of its own.
pub(super) struct Browser {
    pub(super) service: Service,
    pub(super) client: Client,
    pub(super) now: Time,
    pub(super) username: String,
    pub(super) password: String,
    pub(super) nonce: Vec<u8>,
    /// Of the last message.
    pub(super) number: u64,
}

impl Browser {
    pub(super) fn new(over: Over) -> Self {
        Self::of(service(&own()), over)
    }

    pub(super) fn of(service: Service, over: Over) -> Self {
        let now = Time::from_millis(1_000_000);
        let (username, password) = Secret::new(SECRET).issue(now, [3; 8]);
        let client = Client::new(service.number(), at("203.0.113.9:5000"), over);
        let mut browser = Self { service, client, now, username, password, nonce: Vec::new(), number: 0 };
        browser.nonce = browser.says(METHOD_ALLOCATE, &[UDP]).value(ATTR_NONCE).unwrap();
        browser
    }

    /// With an allocation.
    pub(super) fn allocated(over: Over) -> Self {
        let mut browser = Self::new(over);
        assert_eq!(browser.asks(METHOD_ALLOCATE, &[UDP]).code(), 0);
        browser
    }

    pub(super) fn key(&self) -> Vec<u8> {
        let (username, password) = (self.username.clone(), self.password.clone());
        MessageIntegrity::long_term_integrity_key(username, REALM.into(), password, self.service.crypto()).unwrap()
    }

    /// A request without a signature.
    pub(super) fn says(&mut self, method: Method, attributes: Attributes<'_>) -> Said {
        self.number += 1;
        let request = message(MessageType::new(method, CLASS_REQUEST), self.number, attributes, None);
        Said::read(&self.answer(&request))
    }

    /// A signed request. The answer's signature is looked at, where it has one.
    pub(super) fn asks(&mut self, method: Method, attributes: Attributes<'_>) -> Said {
        self.number += 1;
        self.asks_again(method, attributes)
    }

    /// The same, under the last number.
    pub(super) fn asks_again(&mut self, method: Method, attributes: Attributes<'_>) -> Said {
        let (username, nonce, key) = (self.username.clone(), self.nonce.clone(), self.key());
        let access: Attributes<'_> =
            &[(ATTR_USERNAME, username.as_bytes()), (ATTR_REALM, REALM.as_bytes()), (ATTR_NONCE, &nonce)];
        let all = [attributes, access].concat();
        let kind = MessageType::new(method, CLASS_REQUEST);
        let request = message(kind, self.number, &all, Some((&key, &self.service)));
        let mut said = Said::read(&self.answer(&request));
        assert!(!said.is_signed() || said.is_signed_with(&key, &self.service), "signed with another key");
        said
    }

    fn answer(&mut self, request: &[u8]) -> Vec<u8> {
        match self.hears(request) {
            Step::Answer(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn hears(&mut self, bytes: &[u8]) -> Step {
        self.client.hear(&self.service, self.now, Room::Enough, bytes)
    }

    pub(super) fn permits(&mut self, peers: &[SocketAddr]) -> u16 {
        let values: Vec<_> = peers.iter().map(|peer| xored(self.number + 1, *peer)).collect();
        let attributes: Vec<_> = values.iter().map(|value| (ATTR_XOR_PEER_ADDRESS, value.as_slice())).collect();
        self.asks(METHOD_CREATE_PERMISSION, &attributes).code()
    }

    pub(super) fn binds(&mut self, channel: u16, peer: SocketAddr) -> u16 {
        let peer = xored(self.number + 1, peer);
        let [high, low] = channel.to_be_bytes();
        let channel = [high, low, 0, 0];
        self.asks(METHOD_CHANNEL_BIND, &[(ATTR_CHANNEL_NUMBER, &channel), (ATTR_XOR_PEER_ADDRESS, &peer)]).code()
    }

    /// A Send indication.
    pub(super) fn sends(&mut self, peer: SocketAddr, data: &[u8]) -> Option<(Door, Vec<u8>)> {
        self.number += 1;
        let peer = xored(self.number, peer);
        let kind = MessageType::new(METHOD_SEND, CLASS_INDICATION);
        let sent = message(kind, self.number, &[(ATTR_XOR_PEER_ADDRESS, &peer), (ATTR_DATA, data)], None);
        self.inward(&sent)
    }

    pub(super) fn sends_in(&mut self, channel: u16, data: &[u8]) -> Option<(Door, Vec<u8>)> {
        let sent = [&channel.to_be_bytes(), &(data.len() as u16).to_be_bytes(), data].concat();
        self.inward(&sent)
    }

    /// Where bytes of the browser go in; `None` when they do not.
    pub(super) fn inward(&mut self, bytes: &[u8]) -> Option<(Door, Vec<u8>)> {
        match self.hears(bytes) {
            Step::Nothing => None,
            Step::Inward(door, Range { start, end }) => Some((door, bytes[start..end].to_vec())),
            Step::Answer(_) => panic!("answered"),
        }
    }

    /// What the core sends from a door, as it reaches the browser; empty when it does not.
    pub(super) fn outward(&mut self, door: Door, datagram: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let passed = self.client.outward(&self.service, self.now, door, datagram, &mut out);
        assert_eq!(passed, !out.is_empty());
        out
    }

    pub(super) fn door(&self, address: SocketAddr) -> Door {
        self.service.doors().find(address).unwrap()
    }
}
