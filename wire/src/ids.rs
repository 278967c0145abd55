//! Random ids. None of them says anything about a person, and none of them can be printed:
//! a log line that carried one would tie two events of a meeting together.

use core::fmt;
use serde::{Deserialize, Serialize};

macro_rules! unprintable {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}

/// Which room: 16 bytes derived from the room's name by its members (PROTOCOL.md §3). The host never sees the name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RoomId(pub [u8; 16]);

/// One connection's seat in a room, 16 random bytes drawn by the host. It outlives a dropped socket (resume), not a meeting.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ParticipantId(pub [u8; 16]);

/// One life of a room on a host, drawn when the room is first created there. A restarted host draws another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Incarnation(pub [u8; 8]);

/// 32 random bytes of the host that a resuming participant signs.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nonce(pub [u8; 32]);

/// Ed25519 public key of one participant, made for one meeting and used for nothing but [`resume_statement`](crate::resume_statement).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ResumeKey(pub [u8; 32]);

/// Ed25519 signature under a [`ResumeKey`], 64 bytes in two halves (serde stops at 32).
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResumeSignature(pub [u8; 32], pub [u8; 32]);

/// SHA-256 of a [`Ticket`]; the host keeps it beside the log and compares.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TicketHash(pub [u8; 32]);

/// Shows a *restarted* host, which has forgotten who was inside, that a participant belongs to the meeting
/// that is being rebuilt. Derived by members from the room secret; changes whenever somebody is removed.
/// It opens no frame and admits nobody to the group: it only decides whose bytes the host relays.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ticket(pub [u8; 32]);

unprintable!(RoomId, ParticipantId, Incarnation, Nonce, ResumeKey, ResumeSignature, TicketHash, Ticket);

/// MLS epoch (RFC 9420 §8.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Epoch(pub u64);

/// Which try at one epoch's commit; above 0 only after the members refused a commit that the log had accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Attempt(pub u16);

/// A place in the commit log that takes one commit: the one that *leaves* `epoch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot {
    /// The life of the room this slot belongs to.
    pub incarnation: Incarnation,
    /// The epoch that the commit leaves.
    pub epoch: Epoch,
    /// 0 unless earlier commits for this epoch were refused by the members.
    pub attempt: Attempt,
}

/// Bytes that the host carries and has no way to read: it has a length and no parsing methods.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opaque(pub Vec<u8>);

impl Opaque {
    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there is not one byte.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opaque({} bytes)", self.0.len())
    }
}
