//! What members sign with their leaf keys outside of MLS messages, to be carried as evidence inside a commit.
//!
//! **Invariant:** a statement is bound to the group, to the member it speaks of and (silence) to an epoch. It begins with a
//! label; everything MLS signs begins with a length byte and "MLS 1.0 " (RFC 9420 §5.1.2), so neither passes for the other.

use super::{CredentialId, MemberId, state::RoomState};
use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};

/// How many epochs a silence statement stays good for, its own included. More survive a lost race for the slot; fewer leave less time to
/// use one against somebody who has come back.
pub const SILENCE_EPOCHS: u64 = 3;

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

/// Why a member may be removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grounds {
    /// A moderator decided; nobody but a moderator may say so, and never about the owner.
    Moderator,
    /// It has signed that it leaves.
    Leave(Leave),
    /// More than half of the other members have signed that they do not hear it.
    Silence(Vec<Silence>),
    /// It sent a commit that leaves this very epoch and that members refused: SHA-256 of that commit's bytes. Members who
    /// process the log in order have refused it themselves; who has not refuses this one.
    RefusedCommit([u8; 32]),
    /// A moderator does not hear it and does not wait for the others to say so; never about the owner. It keeps its roles, as in
    /// silence, for when it is back.
    Unheard,
    /// It comes back with another leaf in this very commit.
    Rejoins,
}

/// "I was this member, and this is my new leaf", signed with the old leaf's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// Who it was.
    pub member: MemberId,
    /// Ed25519 under the old leaf's key, 64 bytes.
    pub signature: Vec<u8>,
}

/// Names the new leaf by what no other ever has had: a second use of the statement would add a credential and a key that were used.
pub(super) fn return_statement(group_id: &[u8], member: MemberId, credential: &CredentialId, key: &[u8; 32]) -> Vec<u8> {
    [b"incamera/1 rejoin".as_slice(), &member.0, credential, key, group_id].concat()
}

/// True if this is signed with the key that the member had.
pub(super) fn return_holds(key: &[u8; 32], statement: &[u8], said: &Return) -> bool {
    signature_holds(key, statement, &said.signature)
}

pub(super) fn leave_statement(group_id: &[u8], member: MemberId) -> Vec<u8> {
    [b"incamera/1 leave".as_slice(), &member.0, group_id].concat()
}

pub(super) fn silence_statement(group_id: &[u8], member: MemberId, by: MemberId, epoch: u64) -> Vec<u8> {
    [b"incamera/1 silence".as_slice(), &member.0, &by.0, &epoch.to_be_bytes(), group_id].concat()
}

/// True if the leaf of `leave.member` signed it for this group.
pub(super) fn leave_holds(state: &RoomState, group_id: &[u8], leave: &Leave) -> bool {
    signed_by(state, leave.member, &leave_statement(group_id, leave.member), &leave.signature)
}

/// True if the speaker is in the tree, is not the one it speaks of, signed it, and did so in one of the last epochs.
pub(super) fn silence_holds(state: &RoomState, group_id: &[u8], epoch: u64, silence: &Silence) -> bool {
    let said = silence_statement(group_id, silence.member, silence.by, silence.epoch);
    silence.by != silence.member
        && silence.epoch <= epoch
        && epoch - silence.epoch < SILENCE_EPOCHS
        && state.line(silence.member).is_some()
        && signed_by(state, silence.by, &said, &silence.signature)
}

/// How many different speakers it takes: more than half of the members beside the one spoken of.
pub(super) fn silences_needed(state: &RoomState) -> usize {
    state.roster.len().saturating_sub(1) / 2 + 1
}

fn signed_by(state: &RoomState, by: MemberId, statement: &[u8], signature: &[u8]) -> bool {
    let Some(line) = state.line(by) else { return false };
    signature_holds(&line.key, statement, signature)
}

fn signature_holds(key: &[u8; 32], statement: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (VerifyingKey::from_bytes(key), Signature::from_slice(signature)) else { return false };
    key.verify_strict(statement, &signature).is_ok()
}
