//! What travels inside a confirmed run.
//!
//! **Invariant:** the two directions have different keys, no number is used twice under one key, and what arrives is taken once and in
//! order.

use super::super::messages::{RunId, attempt_bytes, read, write};
use super::messages::SealedMessage;
use crate::password::cpace::{Confirmed, Direction};
use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

/// One side of it.
pub(super) struct Channel {
    run: RunId,
    seals: Zeroizing<[u8; 32]>,
    opens: Zeroizing<[u8; 32]>,
    next: u64,
    expects: u64,
    hash: [u8; 64],
}

impl Channel {
    /// The side that speaks in this direction.
    pub(super) fn new(run: RunId, confirmed: &Confirmed, speaks: Direction) -> Self {
        let hears = match speaks {
            Direction::FromInitiator => Direction::FromResponder,
            Direction::FromResponder => Direction::FromInitiator,
        };
        let (seals, opens) = (confirmed.join_key(speaks), confirmed.join_key(hears));
        Self { run, seals, opens, next: 0, expects: 0, hash: confirmed.transcript_hash() }
    }

    /// Of the CPace run.
    pub(super) fn hash(&self) -> &[u8; 64] {
        &self.hash
    }

    /// The number of the message that is sealed next, as AAD for what is sealed within it.
    pub(super) fn next(&self) -> [u8; 12] {
        attempt_bytes(self.next)
    }

    /// Seals a message and gives its plaintext back, for the transcript.
    pub(super) fn seal(&mut self, says: &impl Serialize) -> Option<(SealedMessage, Zeroizing<Vec<u8>>)> {
        let (number, nonce) = (self.next, attempt_bytes(self.next));
        self.next = self.next.checked_add(1)?;
        let plain = write(says);
        let cipher = Aes256Gcm::new((&*self.seals).into());
        let sealed = cipher.encrypt((&nonce).into(), Payload { msg: &plain, aad: &nonce }).ok()?;
        Some((SealedMessage { run: self.run, number, sealed }, plain))
    }

    /// Opens what comes, once. Numbers may be skipped: what was lost is lost.
    pub(super) fn open<T: DeserializeOwned>(&mut self, message: &SealedMessage) -> Option<(T, Zeroizing<Vec<u8>>)> {
        if message.run != self.run || message.number < self.expects {
            return None;
        }
        let nonce = attempt_bytes(message.number);
        let cipher = Aes256Gcm::new((&*self.opens).into());
        let payload = Payload { msg: &message.sealed, aad: &nonce };
        let plain = Zeroizing::new(cipher.decrypt((&nonce).into(), payload).ok()?);
        self.expects = message.number.checked_add(1)?;
        Some((read(&plain)?, plain))
    }
}
