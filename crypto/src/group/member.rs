//! Who is who: stable names for people in a tree whose leaf indices are reused.
//!
//! **Invariant:** everything that outlives one commit names a member by [`MemberId`], never by leaf index (MLS gives the
//! leftmost blank leaf to the next newcomer) and never by a name somebody typed.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bytes of a credential: random, new for each meeting, says nothing about the person (PROTOCOL.md §3).
pub const CREDENTIAL_BYTES: usize = 16;

/// The 16 random bytes that a leaf's basic credential holds.
pub type CredentialId = [u8; CREDENTIAL_BYTES];

/// A member for as long as the meeting lasts: the first 16 bytes of SHA-256 over a label and the *first* signature key of
/// its line. A leaf that rejoins has a new key and inherits the id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MemberId(pub [u8; 16]);

impl MemberId {
    /// The id of the line that begins with this signature key (Ed25519, 32 bytes).
    pub fn of_first_key(signature_key: &[u8]) -> Self {
        let digest: [u8; 32] = Sha256::new_with_prefix(b"incamera/1 member").chain_update(signature_key).finalize().into();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Self(id)
    }
}

impl core::fmt::Debug for MemberId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("MemberId(..)")
    }
}

/// How a member came in. Every member computes it from the commits, and newcomers find it in the room state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Admission {
    /// Created the group.
    Founder,
    /// Proved to `by` that it knew the password (or the link, where there is none) of generation `pw_gen`.
    Password {
        /// The doorkeeper, who is always the committer of the Add.
        by: MemberId,
        /// Generation of the password that was proved.
        pw_gen: u32,
    },
    /// Let in from the waiting room by a moderator. It was never told the password, so it answers no knock.
    WaitingRoom {
        /// The moderator.
        by: MemberId,
    },
    /// Came back with a new leaf, by the signature of the one it had before, after having been admitted as a member who knew the password
    /// or (`guest`) from the waiting room.
    Rejoined {
        /// The doorkeeper.
        by: MemberId,
        /// It first came from the waiting room.
        guest: bool,
    },
}

impl Admission {
    /// A moderator let it in, first or only, without the password.
    pub fn is_guest(self) -> bool {
        matches!(self, Self::WaitingRoom { .. } | Self::Rejoined { guest: true, .. })
    }
}

/// One line of the roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Where it sits in the tree of *this* epoch; do not keep it.
    pub leaf: u32,
    /// Who.
    pub id: MemberId,
    /// Its credential.
    pub credential: CredentialId,
    /// How and by whom it was admitted.
    pub admitted: Admission,
}

impl Member {
    /// Whether it can have the password: who was let in from the waiting room was never told.
    pub fn is_doorkeeper(&self) -> bool {
        !self.admitted.is_guest()
    }
}
