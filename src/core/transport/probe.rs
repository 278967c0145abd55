//! Asking back (RFC 8445 §7.2, RFC 7675): is the peer whose media comes from a new address really there?
//!
//! **Invariant:** nothing but one small question goes to an address before the peer has answered from there under its own ICE password; the
//! question is no longer than the datagram that raised it.
//!
//! A NAT that forgets a mapping gives a peer another address between two packets, and the peer does not know: it goes on sending, and checks
//! only seconds later. Its media proves that it sent the packet, not that it is where the packet came from; so it is asked. Browsers
//! are full ICE agents and answer.

use super::ice::{Credentials, Ufrag};
use crate::core::path::Path;
use crate::core::time::Time;
use rtc_crypto::RTCCrypto;
use rtc_stun::attributes::{ATTR_ICE_CONTROLLED, ATTR_PRIORITY, ATTR_USERNAME};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{BINDING_REQUEST, BINDING_SUCCESS, Message, Setter, TransactionId};
use rtc_stun::textattrs::TextAttribute;
use std::time::Duration;

/// Between two questions to one peer. Shorter finds a moved peer sooner when one is lost, longer sends fewer.
const AGAIN: Duration = Duration::from_millis(100);

/// A question that may be open.
#[derive(Default)]
pub(crate) struct Probe {
    asked: Option<Asked>,
}

struct Asked {
    path: Path,
    transaction: [u8; 12],
    at: Time,
}

/// An attribute of these bytes.
struct Plain(rtc_stun::attributes::AttrType, [u8; 8], usize);

impl Setter for Plain {
    fn add_to(&self, message: &mut Message) -> rtc_shared::error::Result<()> {
        message.add(self.0, self.1.get(..self.2).unwrap_or_default());
        Ok(())
    }
}

/// Whose answer this is, by the ufrag in its transaction id; `None` when it is no answer.
pub(crate) fn answered_ufrag(datagram: &[u8]) -> Option<Ufrag> {
    if datagram.get(..2)? != [1, 1] || datagram.get(4..8)? != [0x21, 0x12, 0xa4, 0x42] {
        return None;
    }
    datagram.get(8..16)?.try_into().ok()
}

impl Probe {
    /// The question to ask on `path`, unless one was asked just now. `remote`: the peer's ufrag and password; `nonce`: four random bytes.
    pub(crate) fn ask(
        &mut self,
        (now, path): (Time, Path),
        ours: &Credentials,
        remote: &(String, String),
        nonce: [u8; 4],
        crypto: &dyn RTCCrypto,
    ) -> Option<Vec<u8>> {
        if self.asked.as_ref().is_some_and(|asked| now.since(asked.at) < AGAIN) {
            return None;
        }
        let mut transaction = [0; 12];
        transaction[..8].copy_from_slice(&ours.ufrag);
        transaction[8..].copy_from_slice(&nonce);
        let username = TextAttribute::new(ATTR_USERNAME, format!("{}:{}", remote.0, ours.ufrag()));
        let integrity = MessageIntegrity::new_short_term_integrity_with_provider(remote.1.clone(), crypto);
        let mut question = Message::new();
        let tie_breaker = transaction.first_chunk().copied().unwrap_or_default();
        let setters: [Box<dyn Setter + '_>; 7] = [
            Box::new(BINDING_REQUEST),
            Box::new(TransactionId(transaction)),
            Box::new(username),
            Box::new(Plain(ATTR_PRIORITY, [0x6e, 0, 0xff, 0xff, 0, 0, 0, 0], 4)),
            Box::new(Plain(ATTR_ICE_CONTROLLED, tie_breaker, 8)),
            Box::new(integrity),
            Box::new(FINGERPRINT),
        ];
        question.build(&setters).ok()?;
        self.asked = Some(Asked { path, transaction, at: now });
        Some(question.raw)
    }

    /// True when this is the peer's answer to the open question, from where it was asked. It is then no longer open.
    pub(crate) fn answered(&mut self, path: Path, datagram: &[u8], password: &str, crypto: &dyn RTCCrypto) -> bool {
        let expected = |asked: &Asked| asked.path == path && datagram.get(8..20) == Some(&asked.transaction);
        if !self.asked.as_ref().is_some_and(expected) {
            return false;
        }
        let mut answer = Message::new();
        let genuine = answer.unmarshal_binary(datagram).is_ok()
            && answer.typ == BINDING_SUCCESS
            && MessageIntegrity::check(&mut answer, password.as_bytes(), crypto).is_ok();
        if genuine {
            self.asked = None;
        }
        genuine
    }
}
