//! What the relay's fuzzer calls, compiled for `--cfg fuzzing` and for tests.
//!
//! **Invariant:** whatever the bytes, nothing panics, and what comes out for a [`Door`] lies within what came in. Requests are signed for the
//! fuzzer: whoever is a member has credentials.

use super::access::{REALM, Secret};
use super::client::{Client, Over, Room, Step};
use super::frames::{Frame, opens_turn};
use super::{Door, Doors, Service, is_for_relay};
use crate::core::Time;
use rtc_stun::attributes::{ATTR_NONCE, ATTR_REALM, ATTR_REQUESTED_TRANSPORT, ATTR_USERNAME};
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{CLASS_REQUEST, METHOD_ALLOCATE, Message, MessageType, Setter as _};
use std::net::SocketAddr;
use std::sync::Arc;

const SECRET: [u8; 32] = [7; 32];

/// A client with an allocation is sent these messages, one after the other, each behind its length in one byte; those that are requests are
/// sent once more with a signature.
pub fn relay(bytes: &[u8]) {
    let own = [SocketAddr::from(([127, 0, 0, 1], 9)), SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 9))];
    let service = Service::new(Arc::new(Secret::new(SECRET)), Doors::new(&own));
    let mut signer = Signer::new(&service);
    let over = if bytes.first().is_some_and(|first| first % 2 == 1) { Over::Stream } else { Over::Udp };
    let mut client = Client::new(service.number(), signer.from, over);
    let mut allocate = Message::new();
    allocate.typ = MessageType::new(METHOD_ALLOCATE, CLASS_REQUEST);
    allocate.write_header();
    allocate.add(ATTR_REQUESTED_TRANSPORT, &[17, 0, 0, 0]);
    hear(&service, &mut client, &signer.sign(allocate));
    assert!(client.relayed(Time::ZERO).is_some());
    let mut rest = bytes.get(1..).unwrap_or_default();
    while let Some((length, behind)) = rest.split_first() {
        let (sent, behind) = behind.split_at(behind.len().min(usize::from(*length)));
        rest = behind;
        let _ = is_for_relay(sent);
        if let Some(&[a, b, c, d]) = sent.first_chunk() {
            let _ = (Frame::of([a, b, c, d]), opens_turn([a, b]));
        }
        hear(&service, &mut client, sent);
        let mut message = Message::new();
        if message.unmarshal_binary(sent).is_ok() {
            hear(&service, &mut client, &signer.sign(message));
        }
    }
}

fn hear(service: &Service, client: &mut Client, sent: &[u8]) {
    match client.hear(service, Time::ZERO, Room::Enough, sent) {
        Step::Nothing => {}
        Step::Answer(answer) => assert!(Message::new().unmarshal_binary(&answer).is_ok()),
        Step::Inward(door, range) => assert!(door.index() < 2 && range.end <= sent.len() && range.start >= 4),
    }
    for door in [Door(0), Door(1), Door(2)] {
        let mut out = Vec::new();
        let passed = client.outward(service, Time::ZERO, door, sent, &mut out);
        assert!(passed != out.is_empty() && (!passed || door.index() < 2));
    }
}

struct Signer<'a> {
    service: &'a Service,
    from: SocketAddr,
    username: String,
    nonce: String,
    key: Vec<u8>,
}

impl<'a> Signer<'a> {
    fn new(service: &'a Service) -> Self {
        let (username, password) = service.secret.issue(Time::ZERO, [1; 8]);
        let from = SocketAddr::from(([192, 0, 2, 9], 9));
        let crypto = service.crypto();
        let key = MessageIntegrity::long_term_integrity_key(username.clone(), REALM.into(), password, crypto);
        let nonce = service.secret.nonce(Time::ZERO, from);
        Self { service, from, username, nonce, key: key.expect("a key") }
    }

    /// The message's attributes again, and credentials behind them.
    fn sign(&mut self, message: Message) -> Vec<u8> {
        let mut signed = Message::new();
        (signed.typ, signed.transaction_id) = (message.typ, message.transaction_id);
        signed.write_header();
        message
            .attributes
            .0
            .iter()
            .filter(|attribute| attribute.value.len() < 400)
            .for_each(|one| signed.add(one.typ, &one.value));
        signed.add(ATTR_USERNAME, self.username.as_bytes());
        signed.add(ATTR_REALM, REALM.as_bytes());
        signed.add(ATTR_NONCE, self.nonce.as_bytes());
        // Refused for a message that has a FINGERPRINT already; that one goes as it is.
        let _ = MessageIntegrity::new_raw_integrity_with_provider(self.key.clone(), self.service.crypto()).add_to(&mut signed);
        signed.raw
    }
}
