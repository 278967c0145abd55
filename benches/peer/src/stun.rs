//! Connectivity checks (RFC 8445 §7), as the controlling side.
//!
//! **Invariant:** every check nominates: there is one pair.

use crate::{Failure, Identity};
use rtc_stun::attributes::{ATTR_ICE_CONTROLLING, ATTR_PRIORITY, ATTR_USE_CANDIDATE, ATTR_USERNAME};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_REQUEST, BINDING_SUCCESS, Message, Setter, TransactionId};
use rtc_stun::textattrs::TextAttribute;
use rtc_stun::xoraddr::XorMappedAddress;
use std::net::SocketAddr;

/// What a STUN datagram is.
pub(crate) enum Kind {
    Request,
    Success,
    Other,
}

struct Role;

impl Setter for Role {
    fn add_to(&self, message: &mut Message) -> rtc_shared::error::Result<()> {
        message.add(ATTR_PRIORITY, &0x6e00_01ff_u32.to_be_bytes());
        message.add(ATTR_ICE_CONTROLLING, &1_u64.to_be_bytes());
        message.add(ATTR_USE_CANDIDATE, &[]);
        Ok(())
    }
}

pub(crate) fn read(datagram: &[u8]) -> Kind {
    match datagram {
        [0, 1, ..] => Kind::Request,
        [1, 1, ..] => Kind::Success,
        _ => Kind::Other,
    }
}

pub(crate) fn request(remote: &str, local: &str, password: &str, identity: &Identity) -> Result<Vec<u8>, Failure> {
    let mut message = Message::new();
    let integrity = MessageIntegrity::new_short_term_integrity_with_provider(password.to_owned(), identity.crypto());
    let username = TextAttribute::new(ATTR_USERNAME, format!("{remote}:{local}"));
    message.build(&[
        Box::new(BINDING_REQUEST),
        Box::new(TransactionId::new()),
        Box::new(username),
        Box::new(Role),
        Box::new(integrity),
        Box::new(FINGERPRINT),
    ])?;
    Ok(message.raw)
}

/// The answer to a check of the other side.
pub(crate) fn response(datagram: &[u8], from: SocketAddr, password: &str, identity: &Identity) -> Option<Vec<u8>> {
    let (mut request, mut message) = (Message::new(), Message::new());
    request.unmarshal_binary(datagram).ok()?;
    let integrity = MessageIntegrity::new_short_term_integrity_with_provider(password.to_owned(), identity.crypto());
    let mapped = XorMappedAddress { ip: from.ip(), port: from.port() };
    message
        .build(&[Box::new(request), Box::new(BINDING_SUCCESS), Box::new(mapped), Box::new(integrity), Box::new(FINGERPRINT)])
        .ok()?;
    Some(message.raw)
}
