//! A member who was left behind comes back, without the password, as who it was (PROTOCOL.md §9).
//!
//! **Invariant:** it takes both: the secret that only members of an epoch shared, and the key of the leaf it had. The exchange is
//! the one of the front door, run on that secret in place of link and password; what the returning one says of itself is sealed, so that the
//! host does not learn which of the members it is.

use super::messages::RunId;
use crate::group::Former;
use crate::password::{LinkSecret, Secrets, expand};
use aes_gcm::{Aes256Gcm, KeyInit, aead::Aead};
use wire::RoomId;
use zeroize::Zeroizing;

/// What members of one epoch shared, for as long as somebody who was in it may come back.
pub struct ReturnSecret {
    epoch: u64,
    door: Secrets,
}

impl ReturnSecret {
    /// From what the group exported in this epoch.
    pub fn new(epoch: u64, room: RoomId, exported: &[u8; 32]) -> Self {
        let link = LinkSecret::from_bytes(*exported);
        let prs = Some(link.prs(None).into());
        Self { epoch, door: Secrets { room, link, prs, has_password: false, pw_gen: 0 } }
    }

    /// Which epoch.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// What knocks, runs and tags are made with, on both sides.
    pub fn door(&self) -> &Secrets {
        &self.door
    }
}

/// What somebody who was left behind comes back with.
pub struct Returning {
    /// Who it was.
    pub former: Former,
    /// Of the last epoch it was in.
    pub secret: ReturnSecret,
}

/// The key under which the returning one says who it was: for one run.
pub(super) fn evidence_key(link: &LinkSecret, run: &RunId) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    expand(None, &*link.knock_key(), &[b"incamera/1 who returns", &run.joiner, &run.doorkeeper], &mut *key);
    key
}

/// Seals it.
pub(super) fn seal(link: &LinkSecret, run: &RunId, said: &[u8]) -> Option<Vec<u8>> {
    Aes256Gcm::new((&*evidence_key(link, run)).into()).encrypt(&[0; 12].into(), said).ok()
}

/// Opens it.
pub(super) fn open(key: &[u8; 32], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    Aes256Gcm::new(key.into()).decrypt(&[0; 12].into(), sealed).ok().map(Zeroizing::new)
}
