//! The MLS group of a room (PROTOCOL.md §6).
//!
//! **Invariant:** the group's state changes only by a commit that was *judged*: nothing but [`judge`] mints a [`Judged`], and
//! nothing but a [`Judged`] (or our own pending commit, which went through the same judge) is merged. The verdict is a
//! function of the parent state and the commit's bytes alone: no clock, no connection, no local list.
//!
//! ```text
//! bytes ─receive()─▶ signature checked ─judge─▶ Judged ─merge()─▶ next epoch
//!                        │                  └─▶ ReceiveError::Refused  evidence against its sender
//!                        └─▶ Received::Application
//! Plan ─prepare()─▶ Prepared (pending) ─ the log accepted it ─▶ merge_pending()
//!                                      └ somebody was faster ─▶ clear_pending(), receive(), merge(), prepare() again
//! ```

mod error;
mod member;
mod state;
mod statement;

pub use error::{JoinError, KeyPackageError, PrepareError, ReceiveError, Refusal, SealError};
pub use member::{Admission, CREDENTIAL_BYTES, CredentialId, Member, MemberId};
pub use state::RoomState;
pub use statement::{Grounds, Leave, Silence};

use serde::{Deserialize, Serialize};
use wire::{RoomId, Ticket, TicketHash};
use zeroize::Zeroizing;

/// The 32 bytes of one generation of the room's pre-shared key.
pub type RoomPsk = Zeroizing<[u8; 32]>;

/// Epochs behind the current one whose application messages are still taken: chat sent just before a commit is not lost.
/// Larger keeps old keys longer.
pub const PAST_EPOCHS: usize = 3;

/// Languages in which the safety code and words of a room can be shown; an index into the word lists.
pub type LanguageTag = u8;

/// What a doorkeeper promised in ADa and a joiner holds it to (PROTOCOL.md §4.2, §4.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedGroup {
    /// MLS group id.
    pub group_id: Vec<u8>,
    /// The doorkeeper's epoch when it spoke; the Welcome must be of a later one.
    pub epoch: u64,
    /// The doorkeeper's leaf signature key; it must have signed the GroupInfo.
    pub signature_key: Vec<u8>,
    /// The doorkeeper's credential.
    pub credential: CredentialId,
    /// [`RoomState::anchor`] of the doorkeeper's state.
    pub anchor: [u8; 32],
    /// Generation of the password the run was made with.
    pub pw_gen: u32,
}

/// A joiner's fresh identity and one-use KeyPackage, before there is a group.
pub struct Candidate {}

impl Candidate {
    /// Draws credential, signature key and KeyPackage.
    pub fn new(entropy: [u8; 32]) -> Self {
        todo!()
    }
    /// The KeyPackage as an MLSMessage, for the knock.
    pub fn key_package_bytes(&self) -> &[u8] {
        todo!()
    }
    /// RFC 9420 §5.2, for ADb.
    pub fn key_package_ref(&self) -> &[u8] {
        todo!()
    }
    /// The 16 random bytes.
    pub fn credential(&self) -> CredentialId {
        todo!()
    }
    /// What this candidate will be called once it is in.
    pub fn member_id(&self) -> MemberId {
        todo!()
    }
}

/// A KeyPackage that came with a knock and is well formed: right suite, our capabilities, a basic credential of 16 bytes.
#[derive(Clone, Debug)]
pub struct CheckedKeyPackage {}
impl CheckedKeyPackage {
    /// Parses and checks. Anything wrong with it is the newcomer's fault.
    pub fn read(bytes: &[u8]) -> Result<Self, KeyPackageError> {
        todo!()
    }
    /// RFC 9420 §5.2.
    pub fn reference(&self) -> &[u8] {
        todo!()
    }
    /// The 16 random bytes.
    pub fn credential(&self) -> CredentialId {
        todo!()
    }
    /// What the newcomer will be called.
    pub fn member_id(&self) -> MemberId {
        todo!()
    }
    /// HPKE to the KeyPackage's init key (§4.4), with the X-Wing suite; openable by [`Candidate::open`].
    pub fn seal(&self, info: &[u8], aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, KeyPackageError> {
        todo!()
    }
    /// Called by `crypto::admission` once Tag_B has verified: the only way to a [`ProvenKeyPackage`].
    pub(crate) fn proven(self, pw_gen: u32) -> ProvenKeyPackage {
        todo!()
    }
}

/// A KeyPackage whose owner proved the password. Only `crypto::admission` makes one.
#[derive(Clone, Debug)]
pub struct ProvenKeyPackage {}

/// What one commit shall do. Keep it until it merged, to rebase.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Newcomers.
    pub admit: Vec<ProvenKeyPackage>,
    /// Members to remove, and on what grounds.
    pub remove: Vec<(MemberId, Grounds)>,
    /// Replace the own leaf's keys.
    pub update: bool,
}

/// A commit that waits for its slot.
pub struct Prepared {
    /// PrivateMessage.
    pub commit: Vec<u8>,
    /// The epoch it leaves.
    pub epoch: u64,
    /// What a member's ticket hashes to after it.
    pub ticket: TicketHash,
    /// Members that the plan wanted removed and who are not in the tree: show as *not done*.
    pub not_found: Vec<MemberId>,
    /// Newcomers dropped because they had proved another generation of the password.
    pub stale: Vec<CredentialId>,
}

/// What a merge changed.
pub struct Merged {
    /// The epoch we are in now.
    pub epoch: u64,
    /// Who committed.
    pub by: MemberId,
    /// Who came.
    pub added: Vec<Member>,
    /// Who went (as they were in the epoch before).
    pub removed: Vec<Member>,
    /// True when we are among the removed: the group is over for us.
    pub self_removed: bool,
    /// For the committer of an Add: what to seal to the newcomers.
    pub welcome: Option<WelcomePackage>,
}

/// What newcomers need, to be sealed to each under its own join key.
pub struct WelcomePackage {
    /// MLSMessage holding the Welcome, the same for all newcomers of the commit.
    pub welcome: Vec<u8>,
    /// The room_psk the commit was made with.
    pub room_psk: RoomPsk,
}

/// What came in.
pub enum Received {
    /// An application message of a member of the current epoch.
    Application {
        /// Its author.
        from: MemberId,
        /// Its author's leaf now.
        leaf: u32,
        /// The epoch it was sealed in; up to [`PAST_EPOCHS`] behind.
        epoch: u64,
        /// The plaintext.
        payload: Vec<u8>,
    },
    /// A commit that may be merged.
    Commit(Judged),
}

/// A commit of somebody else that passed the judge. Merge it or drop it.
pub struct Judged {}
impl Judged {
    /// Who committed.
    pub fn by(&self) -> MemberId {
        todo!()
    }
    /// What a member's ticket hashes to after it.
    pub fn ticket_hash(&self) -> TicketHash {
        todo!()
    }
}

/// One member's view of the room's group.
pub struct Group {}

impl Group {
    /// Founds a group with its creator as only member and owner.
    pub fn create(room: RoomId, language: LanguageTag, entropy: [u8; 32]) -> Self {
        todo!()
    }
    /// Every check of §4.5; `room_psk` is the one of [`WelcomePackage`].
    pub fn join(candidate: Candidate, welcome: &[u8], room_psk: RoomPsk, expected: &ExpectedGroup) -> Result<Self, JoinError> {
        todo!()
    }
    /// Builds the commit and holds it as pending. Fails if one is pending.
    pub fn prepare(&mut self, plan: &Plan) -> Result<Prepared, PrepareError> {
        todo!()
    }
    /// The bytes of the pending commit: compare with what the log says.
    pub fn pending_commit(&self) -> Option<&[u8]> {
        todo!()
    }
    /// The log took our commit. `None` if nothing is pending.
    pub fn merge_pending(&mut self) -> Option<Merged> {
        todo!()
    }
    /// Somebody else's commit won the slot.
    pub fn clear_pending(&mut self) {
        todo!()
    }
    /// Opens and judges. Feed the log in order.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<Received, ReceiveError> {
        todo!()
    }
    /// Moves to the next epoch. A pending commit of our own is dropped. `judged` must be of this group's current epoch.
    pub fn merge(&mut self, judged: Judged) -> Merged {
        todo!()
    }
    /// Seals to the current epoch as a padded PrivateMessage.
    pub fn seal_application(&mut self, payload: &[u8]) -> Result<Vec<u8>, SealError> {
        todo!()
    }
    /// The roster: the MLS tree and nothing else.
    pub fn members(&self) -> Vec<Member> {
        todo!()
    }
    /// Ourselves.
    pub fn me(&self) -> Member {
        todo!()
    }
    /// One member.
    pub fn member(&self, id: MemberId) -> Option<Member> {
        todo!()
    }
    /// The room state.
    pub fn state(&self) -> &RoomState {
        todo!()
    }
    /// Who owns the room now.
    pub fn owner(&self) -> MemberId {
        todo!()
    }
    /// RFC 9420 §8.7.
    pub fn epoch(&self) -> u64 {
        todo!()
    }
    /// MLS group id, 16 random bytes of the creator.
    pub fn group_id(&self) -> &[u8] {
        todo!()
    }
    /// RFC 9420 §8.7.
    pub fn epoch_authenticator(&self) -> Vec<u8> {
        todo!()
    }
    /// What this member, as doorkeeper, says in ADa.
    pub fn expected(&self) -> ExpectedGroup {
        todo!()
    }
    /// A signature with the leaf key over label and bytes.
    pub fn sign_leave(&self) -> Leave {
        todo!()
    }
    /// True if this is a leave of somebody in the tree, by its own key.
    pub fn verify_leave(&self, leave: &Leave) -> bool {
        todo!()
    }
    /// Says in this epoch that `member` is silent. `None` if it is not in the tree.
    pub fn sign_silence(&self, member: MemberId) -> Option<Silence> {
        todo!()
    }
    /// True if this can count towards a removal now.
    pub fn verify_silence(&self, silence: &Silence) -> bool {
        todo!()
    }
    /// How many different members' silence statements a removal of `member` takes (our own included).
    pub fn silences_needed(&self) -> usize {
        todo!()
    }
    /// The room_psk of the current generation.
    pub fn room_psk(&self) -> RoomPsk {
        todo!()
    }
    /// Shows a restarted host that we belong to this meeting.
    pub fn ticket(&self) -> Ticket {
        todo!()
    }
    /// What the host keeps of it.
    pub fn ticket_hash(&self) -> TicketHash {
        todo!()
    }
}
