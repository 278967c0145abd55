//! The room state: what all members agree on beside the tree (PROTOCOL.md §6).
//!
//! **Invariant:** it is part of the group context, so it is the same for all members of an epoch, and it changes only by
//! rules every member computes alike from the parent state and the commit.

use super::MemberId;
use serde::{Deserialize, Serialize};
use wire::RoomId;

/// What all members agree on beside the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomState {
    /// Layout of this structure: 1.
    pub version: u8,
    /// The room.
    pub room: RoomId,
    /// Language of the safety code's words.
    pub language: u8,
    /// Who may do what; bits not known are kept.
    pub policy: u32,
    /// Generation of the password.
    pub pw_gen: u32,
    /// Generation of room_psk.
    pub psk_gen: u32,
    /// Moderators beside the owner.
    pub moderators: Vec<MemberId>,
    /// Who shall own the room, in order; after these the roster in order of admission.
    pub succession: Vec<MemberId>,
}

impl RoomState {
    /// SHA-256 over what does not move by itself while somebody joins: version, room, language, policy, pw_gen, founder.
    pub fn anchor(&self) -> [u8; 32] {
        todo!()
    }
}
