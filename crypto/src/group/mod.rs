//! The MLS group of a room (PROTOCOL.md §6).
//!
//! **Invariant:** the group's state changes only by a commit that was judged. Nothing but the judge mints a [`Judged`], nothing
//! but a [`Judged`], or our own pending commit, which went through the same judge, is merged. The verdict is a function of the
//! parent state and of what the log holds: no clock, no connection, no local list.
//!
//! ```text
//! log entry ─receive_commit()─▶ signature ─▶ record judged ─▶ staged ─▶ proposals judged ─▶ Judged ─merge()─▶ next epoch
//!                                   └──────────────┴────────────┴──────────┴─▶ Refused: evidence; the log goes on at attempt+1
//! Plan ─prepare()─▶ pending ─ the log took it ─▶ merge_pending()
//!                           └ somebody was faster ─▶ clear_pending(), receive_commit(), merge(), prepare() again
//! ```
//!
//! Every commit carries one *record* (an AppDataUpdate proposal of draft-ietf-mls-extensions): whom it admits and how, whom it removes and
//! on what grounds, which settings it changes, on what generations of password and room_psk it was built. The record is applied to
//! the room state by rules every member computes alike, so that who admitted whom, and who owns the room, is in the group context,
//! signed for newcomers, and no path is needed to admit somebody.

mod candidate;
mod change;
mod commit;
mod envelope;
mod error;
mod join;
mod judge;
mod keyring;
mod member;
mod primitives;
mod provider;
mod receive;
mod secrets;
mod state;
mod statement;
#[cfg(test)]
pub(crate) mod tests;

pub use candidate::{Candidate, CheckedKeyPackage, Former, ProvenKeyPackage};
pub use change::How;
pub use commit::{Plan, Prepared, WelcomePackage};
pub use envelope::{Envelope, aside_info, handing_info, seal_to};
pub use error::{JoinError, KeyPackageError, LibraryFault, MergeError, PrepareError, ReceiveError, Refusal, SealError};
pub use join::ExpectedGroup;
pub use member::{Admission, CREDENTIAL_BYTES, CredentialId, Member, MemberId};
pub use provider::PAST_EPOCHS;
pub use receive::{Judged, Message};
pub use secrets::RoomPsk;
pub use state::{
    POLICY_ENDED, POLICY_HAS_PASSWORD, POLICY_LOCKED, POLICY_MODERATORS_CHAT, POLICY_MODERATORS_SHARE, POLICY_MODERATORS_SPEAK,
    POLICY_PASSWORD_JOIN, POLICY_SIGNED_FRAMES, POLICY_WAITING_ROOM, RoomState, Settings,
};
pub use statement::{Grounds, Leave, Return, SILENCE_EPOCHS, Silence};

use crate::{frames::EpochKeys, name::Language};
use candidate::credential_with_key;
use change::Parent;
use commit::Pending;
use judge::Verdict;
use openmls::{
    component::ComponentData,
    extensions::{AppDataDictionary, AppDataDictionaryExtension, RequiredCapabilitiesExtension},
    group::MlsGroup,
    prelude::{
        CredentialType, Extension, ExtensionType, Extensions, GroupContext, GroupId, OpenMlsProvider, ProposalType,
        tls_codec::Serialize,
    },
};
use provider::{LeafKey, Provider, SUITE, capabilities, group_config, lifetime};
use secrets::{FRAMES_COMPONENT, RETURN_COMPONENT, ROOM_PSK_COMPONENT, forget_room_psk, narrow, store_room_psk};
use state::ROOM_COMPONENT;
use statement::{leave_holds, leave_statement, silence_holds, silence_statement, silences_needed};
use wire::{RoomId, Ticket, TicketHash};
use zeroize::Zeroizing;

/// What a merge changed.
pub struct Merged {
    /// The epoch we are in now.
    pub epoch: u64,
    /// Who committed.
    pub by: MemberId,
    /// Who came.
    pub added: Vec<Member>,
    /// Who went, as they were in the epoch before.
    pub removed: Vec<Member>,
    /// Those of them whom a moderator wanted out.
    pub put_out: Vec<MemberId>,
    /// True when we are among the removed: the group is over for us.
    pub self_removed: bool,
    /// For the committer of an Add: what to seal to the newcomers.
    pub welcome: Option<WelcomePackage>,
}

/// One member's view of the room's group.
pub struct Group {
    provider: Provider,
    key: LeafKey,
    mls: MlsGroup,
    state: RoomState,
    /// The members of this epoch: asked for with every message, and the tree tells them only one by one.
    roster: Vec<Member>,
    me: MemberId,
    room_psk: RoomPsk,
    pending: Option<Pending>,
    /// Commits that leave this epoch and were refused: hash, committer.
    refused: Vec<([u8; 32], MemberId)>,
    /// Hashes of the commits we sealed in this epoch.
    sent: Vec<[u8; 32]>,
    /// Leaves that the commit which began this epoch removed.
    removed_leaves: Vec<u32>,
}

impl Group {
    /// Founds a group with its creator as only member and owner. `entropy` is 32 bytes that nothing else uses.
    pub fn create(room: RoomId, language: Language, entropy: [u8; 32]) -> Result<Self, LibraryFault> {
        let provider = Provider::new(entropy);
        let key = LeafKey::draw(&provider);
        let credential: CredentialId = provider.draw();
        let room_psk = RoomPsk::exported(0, Zeroizing::new(provider.draw()));
        let state = RoomState::found(room, language, credential, key.public());
        let mls = MlsGroup::builder()
            .with_group_id(GroupId::from_slice(&provider.draw::<16>()))
            .ciphersuite(SUITE)
            .with_capabilities(capabilities())
            .lifetime(lifetime())
            .max_past_epochs(PAST_EPOCHS)
            .with_group_context_extensions(context_extensions(&state).ok_or(LibraryFault)?)
            .build(&provider, &key, credential_with_key(credential, &key))
            .map_err(|_| LibraryFault)?;
        Self::assemble(provider, key, mls, state, room_psk)
    }

    /// A group that is ours, with the room_psk it was entered with.
    fn assemble(
        provider: Provider,
        key: LeafKey,
        mls: MlsGroup,
        state: RoomState,
        room_psk: RoomPsk,
    ) -> Result<Self, LibraryFault> {
        let mut group = Self {
            roster: roster(&mls, &state),
            me: state.line_with_key(&key.public()).map_or_else(|| MemberId::of_first_key(&key.public()), |line| line.id),
            provider,
            key,
            mls,
            state,
            room_psk,
            pending: None,
            refused: Vec::new(),
            sent: Vec::new(),
            removed_leaves: Vec::new(),
        };
        group.mls.set_configuration(group.provider.storage(), &group_config()).map_err(|_| LibraryFault)?;
        store_room_psk(&group.provider, &group.room_psk).ok_or(LibraryFault)?;
        if group.state.psk_born == group.epoch() && group.epoch() > 0 {
            let exported = group.safe_export(ROOM_PSK_COMPONENT).ok_or(LibraryFault)?;
            let next = RoomPsk::exported(group.state.psk_gen, narrow(exported, b"incamera/1 room_psk"));
            group.replace_psk(next)?;
        }
        Ok(group)
    }

    /// The log took our commit.
    pub fn merge_pending(&mut self) -> Result<Merged, MergeError> {
        let pending = self.pending.take().ok_or(MergeError::Stale)?;
        self.mls.merge_pending_commit(&self.provider).map_err(|_| LibraryFault)?;
        let mut merged = self.advance(pending.verdict, pending.next_psk)?;
        merged.welcome = pending.welcome;
        Ok(merged)
    }

    /// Moves to the next epoch with somebody else's commit. A pending one of our own is dropped.
    pub fn merge(&mut self, judged: Judged) -> Result<Merged, MergeError> {
        let (group_id, epoch) = &judged.leaves;
        if group_id != self.group_id() || *epoch != self.epoch() || !self.mls.is_active() {
            return Err(MergeError::Stale);
        }
        self.clear_pending();
        self.mls.merge_staged_commit(&self.provider, *judged.staged).map_err(|_| LibraryFault)?;
        Ok(self.advance(judged.verdict, judged.next_psk)?)
    }

    fn advance(&mut self, verdict: Verdict, next_psk: Option<RoomPsk>) -> Result<Merged, LibraryFault> {
        self.state = verdict.next;
        let before = core::mem::replace(&mut self.roster, roster(&self.mls, &self.state));
        self.refused.clear();
        self.sent.clear();
        if let Some(next) = next_psk {
            self.replace_psk(next)?;
        }
        let missing_in = |list: &[Member], member: &Member| list.iter().all(|other| other.credential != member.credential);
        let removed: Vec<Member> = before.iter().filter(|member| missing_in(&self.roster, member)).copied().collect();
        self.removed_leaves = removed.iter().map(|member| member.leaf).collect();
        Ok(Merged {
            epoch: self.epoch(),
            by: verdict.by,
            put_out: verdict.put_out,
            added: self.roster.iter().filter(|member| missing_in(&before, member)).copied().collect(),
            removed,
            self_removed: !self.mls.is_active(),
            welcome: None,
        })
    }

    fn replace_psk(&mut self, next: RoomPsk) -> Result<(), LibraryFault> {
        store_room_psk(&self.provider, &next).ok_or(LibraryFault)?;
        forget_room_psk(&self.provider, self.room_psk.generation());
        self.room_psk = next;
        Ok(())
    }

    fn safe_export(&mut self, component: u16) -> Option<Vec<u8>> {
        self.mls.safe_export_secret(self.provider.crypto(), self.provider.storage(), component).ok()
    }

    /// Seals to the current epoch as a PrivateMessage, padded.
    pub fn seal_application(&mut self, payload: &[u8]) -> Result<Vec<u8>, SealError> {
        let message = self.mls.create_message(&self.provider, &self.key, payload).map_err(|_| SealError::NotAMember)?;
        message.tls_serialize_detached().map_err(|_| SealError::NotAMember)
    }

    /// What the frame worker seals and opens with in this epoch: the first time it is asked for, `None` afterwards and once we were
    /// removed. A frame worker that lost them waits for the next epoch (PROTOCOL.md §8).
    pub fn frame_keys(&mut self) -> Option<EpochKeys> {
        let me = self.me()?;
        let secret = narrow(self.safe_export(FRAMES_COMPONENT)?, b"incamera/1 frames");
        let leaves = self.members().iter().map(|member| member.leaf).collect();
        let mut keys = EpochKeys::new(self.epoch(), me.leaf, secret, leaves);
        keys.removed.clone_from(&self.removed_leaves);
        keys.signed = self.state.settings.policy & POLICY_SIGNED_FRAMES != 0;
        Some(keys)
    }

    /// What members of this epoch share and nobody else: by it one of them is known who comes back. The first time it is asked for,
    /// `None` afterwards and once we were removed.
    pub fn return_secret(&mut self) -> Option<Zeroizing<[u8; 32]>> {
        self.me()?;
        Some(narrow(self.safe_export(RETURN_COMPONENT)?, b"incamera/1 rejoin"))
    }

    /// What is kept of a group that goes on without us.
    pub fn former(self) -> Former {
        Former { group_id: self.group_id().to_vec(), member: self.me, key: self.key }
    }

    /// The roster: the leaves of the MLS tree and nobody else, in the order of the leaves.
    pub fn members(&self) -> &[Member] {
        &self.roster
    }

    /// One member, if present.
    pub fn member(&self, id: MemberId) -> Option<Member> {
        self.roster.iter().find(|member| member.id == id).copied()
    }

    /// What we are called.
    pub fn my_id(&self) -> MemberId {
        self.me
    }

    /// Ourselves, unless we were removed.
    pub fn me(&self) -> Option<Member> {
        self.member(self.my_id())
    }

    /// False once we were removed.
    pub fn is_active(&self) -> bool {
        self.mls.is_active()
    }

    /// The room state of this epoch.
    pub fn state(&self) -> &RoomState {
        &self.state
    }

    /// Who owns the room now.
    pub fn owner(&self) -> Option<MemberId> {
        self.state.owner()
    }

    /// RFC 9420 §8.7.
    pub fn epoch(&self) -> u64 {
        self.mls.epoch().as_u64()
    }

    /// MLS group id, 16 random bytes of the creator.
    pub fn group_id(&self) -> &[u8] {
        self.mls.group_id().as_slice()
    }

    /// RFC 9420 §8.7: 48 bytes that all members of the epoch share and nobody else knows.
    pub fn epoch_authenticator(&self) -> &[u8] {
        self.mls.epoch_authenticator().as_slice()
    }

    /// What this member promises to a newcomer whom it lets in this way. `None` once we were removed.
    pub fn promise(&self, how: How) -> Option<ExpectedGroup> {
        Some(ExpectedGroup {
            group_id: self.group_id().to_vec(),
            epoch: self.epoch(),
            signature_key: self.key.public(),
            credential: self.me()?.credential,
            anchor: self.state.anchor(),
            pw_gen: self.state.settings.pw_gen,
            how,
        })
    }

    /// Our leave, to be broadcast; any other member commits it.
    pub fn sign_leave(&self) -> Leave {
        let member = self.my_id();
        Leave { member, signature: self.key.sign_bytes(&leave_statement(self.group_id(), member)).to_vec() }
    }

    /// True if this is a leave of somebody in the tree, by its own key.
    pub fn verify_leave(&self, leave: &Leave) -> bool {
        leave_holds(&self.state, self.group_id(), leave)
    }

    /// Says in this epoch that `member` is silent. `None` if it is not in the tree, or is ourselves.
    pub fn sign_silence(&self, member: MemberId) -> Option<Silence> {
        let (by, epoch) = (self.my_id(), self.epoch());
        self.state.line(member).filter(|line| line.id != by)?;
        let said = silence_statement(self.group_id(), member, by, epoch);
        Some(Silence { member, by, epoch, signature: self.key.sign_bytes(&said).to_vec() })
    }

    /// True if this can count towards a removal now.
    pub fn verify_silence(&self, silence: &Silence) -> bool {
        silence_holds(&self.state, self.group_id(), self.epoch(), silence)
    }

    /// How many different members' silence statements a removal takes, our own included.
    pub fn silences_needed(&self) -> usize {
        silences_needed(&self.state)
    }

    /// The room_psk of the current generation.
    pub fn room_psk(&self) -> &RoomPsk {
        &self.room_psk
    }

    /// Shows a restarted host that we belong to this meeting. Moves with room_psk.
    pub fn ticket(&self) -> Ticket {
        secrets::ticket(&self.room_psk)
    }

    /// What the host keeps of it.
    pub fn ticket_hash(&self) -> TicketHash {
        secrets::ticket_hash(&self.room_psk)
    }

    fn parent(&self) -> Parent<'_> {
        Parent { state: &self.state, group_id: self.group_id(), epoch: self.epoch(), refused: &self.refused }
    }

    fn leaf_of(&self, id: MemberId) -> Option<u32> {
        self.member(id).map(|member| member.leaf)
    }

    fn member_of(&self, credential: &[u8]) -> Option<Member> {
        self.roster.iter().find(|member| member.credential == credential).copied()
    }
}

/// The room state, and the demand that every leaf can follow our records.
fn roster(mls: &MlsGroup, state: &RoomState) -> Vec<Member> {
    let seat = |leaf: openmls::group::Member| {
        let line = state.line_of(leaf.credential.serialized_content())?;
        Some(Member { leaf: leaf.index.u32(), id: line.id, credential: line.credential, admitted: line.admitted })
    };
    mls.members().filter_map(seat).collect()
}

fn context_extensions(state: &RoomState) -> Option<Extensions<GroupContext>> {
    let mut dictionary = AppDataDictionary::new();
    let (id, bytes) = ComponentData::from_parts(ROOM_COMPONENT, state.encode().into()).into_parts();
    dictionary.insert(id, bytes.into());
    let required = RequiredCapabilitiesExtension::new(
        &[ExtensionType::AppDataDictionary],
        &[ProposalType::AppDataUpdate],
        &[CredentialType::Basic],
    );
    Extensions::from_vec(vec![
        Extension::RequiredCapabilities(required),
        Extension::AppDataDictionary(AppDataDictionaryExtension::new(dictionary)),
    ])
    .ok()
}
