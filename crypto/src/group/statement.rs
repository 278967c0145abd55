//! What members sign with their leaf keys outside of MLS messages, to be carried as evidence inside a commit.
//!
//! **Invariant:** a statement is bound to the group, to the member it speaks of and (silence) to an epoch, and begins with a
//! label no MLS structure begins with, so a signature made here means nothing anywhere else.

use super::MemberId;
use serde::{Deserialize, Serialize};

/// "I leave", signed by the leaving leaf. Cannot be taken back: whoever comes back joins anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leave {
    /// Who leaves.
    pub member: MemberId,
    /// Ed25519 under the leaf's key, 64 bytes.
    pub signature: Vec<u8>,
}

/// "I have not heard from this member", signed by another member at one epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Who is silent.
    pub member: MemberId,
    /// Who says so.
    pub by: MemberId,
    /// In which epoch it was said.
    pub epoch: u64,
    /// Ed25519 under the speaker's leaf key, 64 bytes.
    pub signature: Vec<u8>,
}

/// Why a member may be removed. A moderator needs no evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grounds {
    /// A moderator decided.
    Moderator,
    /// It has signed that it leaves.
    Leave(Leave),
    /// More than half of the other members have signed that they do not hear it.
    Silence(Vec<Silence>),
    /// It sent a commit for this epoch that members refused; the SHA-256 of that commit's bytes.
    RefusedCommit([u8; 32]),
}
