//! Making commits: from a plan that survives lost races to bytes for the log.
//!
//! **Invariant:** what we would refuse from others we do not send: our own commit goes through the same judge, and is pending
//! until the log says that it won the slot.

use super::{
    CredentialId, Grounds, Group, LibraryFault, MemberId, PrepareError, ProvenKeyPackage, RoomPsk, Settings,
    change::{Admitted, Change},
    judge::{Verdict, judge_record, judge_staged},
    secrets::{ROOM_PSK_COMPONENT, narrow, room_psk_proposal, ticket_hash},
    state::{ROOM_COMPONENT, RoomState},
};
use openmls::{
    component::ComponentData,
    group::CommitMessageBundle,
    prelude::{AppDataUpdateProposal, LeafNodeIndex, OpenMlsProvider, Proposal, tls_codec::Serialize},
};
use sha2::{Digest, Sha256};
use wire::TicketHash;

/// What one commit shall do. Keep it until it has merged: after a lost race it is prepared again, and everybody in it is looked
/// up anew by name, never by place.
#[derive(Clone, Default)]
pub struct Plan {
    /// Newcomers.
    pub admit: Vec<ProvenKeyPackage>,
    /// Members to remove, and on what grounds. Whom a moderator wants out and who is lost already is forgotten, with all who are lost.
    pub remove: Vec<(MemberId, Grounds)>,
    /// New settings, by a moderator.
    pub settings: Option<Settings>,
    /// Replace the own leaf's keys.
    pub update: bool,
}

impl Plan {
    fn is_empty(&self) -> bool {
        self.admit.is_empty() && self.remove.is_empty() && self.settings.is_none() && !self.update
    }
}

/// A commit that waits for its slot.
pub struct Prepared {
    /// PrivateMessage.
    pub commit: Vec<u8>,
    /// The epoch it leaves.
    pub epoch: u64,
    /// What a member's ticket hashes to after it.
    pub ticket: TicketHash,
    /// Who will be in.
    pub admitted: Vec<MemberId>,
    /// Who will be out.
    pub removed: Vec<MemberId>,
    /// Members the plan wanted removed who are not in the tree: show as *not done*.
    pub not_found: Vec<MemberId>,
    /// Newcomers dropped because the password has changed since, or because they are in already.
    pub stale: Vec<CredentialId>,
}

/// What newcomers need, to be sealed to each under its own join key.
pub struct WelcomePackage {
    /// MLSMessage holding the Welcome, one for all newcomers of the commit.
    pub welcome: Vec<u8>,
    /// The room_psk the commit was made with.
    pub room_psk: RoomPsk,
}

/// Our own commit, built and judged.
pub(super) struct Pending {
    pub(super) commit: Vec<u8>,
    pub(super) welcome: Option<WelcomePackage>,
    pub(super) verdict: Verdict,
    pub(super) next_psk: Option<RoomPsk>,
}

impl Group {
    /// Builds the commit and holds it as pending; the epoch does not move before [`Group::merge_pending`].
    pub fn prepare(&mut self, plan: &Plan) -> Result<Prepared, PrepareError> {
        if !self.mls.is_active() {
            return Err(PrepareError::NotAMember);
        }
        if self.pending.is_some() {
            return Err(PrepareError::Pending);
        }
        let (doable, not_found, stale) = self.sort_out(plan);
        if doable.is_empty() {
            return Err(PrepareError::Nothing);
        }
        let change = self.record(&doable);
        let next = judge_record(self.parent(), self.my_id(), &change).map_err(PrepareError::NotAllowed)?;
        let pending = self.stage(&doable, &change, next)?;
        let prepared = Prepared {
            commit: pending.commit.clone(),
            epoch: self.epoch(),
            ticket: ticket_hash(pending.next_psk.as_ref().unwrap_or(&self.room_psk)),
            admitted: doable.admit.iter().map(ProvenKeyPackage::member_id).collect(),
            removed: doable.remove.iter().map(|(member, _)| *member).collect(),
            not_found,
            stale,
        };
        self.sent.push(Sha256::digest(&pending.commit).into());
        self.pending = Some(pending);
        Ok(prepared)
    }

    /// The bytes of the pending commit: compare with what the log says.
    pub fn pending_commit(&self) -> Option<&[u8]> {
        self.pending.as_ref().map(|pending| pending.commit.as_slice())
    }

    /// Somebody else's commit won the slot, or the log refused ours. Never call it while the log may still take it: a commit of our own
    /// that others merged cannot be processed.
    pub fn clear_pending(&mut self) {
        self.pending = None;
        // Fails only if storage does, and storage is memory.
        let _ = self.mls.clear_pending_commit(self.provider.storage());
    }

    /// Whether the others would take this, as far as the record goes: to find out which part of a plan is at fault.
    pub fn would_take(&self, plan: &Plan) -> bool {
        let (doable, ..) = self.sort_out(plan);
        judge_record(self.parent(), self.my_id(), &self.record(&doable)).is_ok()
    }

    /// Drops what the tree says cannot be done any more.
    fn sort_out(&self, plan: &Plan) -> (Plan, Vec<MemberId>, Vec<CredentialId>) {
        let put_out = |member: MemberId| plan.remove.iter().any(|(who, why)| *who == member && matches!(why, Grounds::Moderator));
        let in_time = |newcomer: &&ProvenKeyPackage| {
            newcomer.pw_gen() == self.state.settings.pw_gen
                && self.state.is_fresh(&newcomer.credential(), &newcomer.key())
                && !newcomer.returns().is_some_and(|said| put_out(said.member))
        };
        let present = |(member, why): &&(MemberId, Grounds)| {
            self.state.is_present(*member) || (matches!(why, Grounds::Moderator) && self.state.is_lost(*member))
        };
        // Whoever comes back takes the place of its old leaf, if that is still there.
        let rejoins = |newcomer: &ProvenKeyPackage| newcomer.returns().map(|said| (said.member, Grounds::Rejoins));
        let returning: Vec<(MemberId, Grounds)> = plan.admit.iter().filter(in_time).filter_map(rejoins).collect();
        let replaced = |member: MemberId| returning.iter().any(|(returning, _)| *returning == member);
        let remove = plan.remove.iter().filter(|(member, _)| !replaced(*member)).chain(&returning).filter(present).cloned();
        let doable = Plan {
            admit: plan.admit.iter().filter(in_time).cloned().collect(),
            remove: remove.collect(),
            settings: plan.settings.clone(),
            update: plan.update,
        };
        let not_found = plan.remove.iter().filter(|entry| !present(entry)).map(|(member, _)| *member).collect();
        let stale = plan.admit.iter().filter(|entry| !in_time(entry)).map(ProvenKeyPackage::credential).collect();
        (doable, not_found, stale)
    }

    fn record(&self, plan: &Plan) -> Change {
        let admitted = plan.admit.iter().map(|newcomer| Admitted {
            credential: newcomer.credential(),
            key: newcomer.key(),
            how: newcomer.how(),
            returns: newcomer.returns().cloned(),
        });
        Change {
            pw_gen: self.state.settings.pw_gen,
            psk_gen: self.state.psk_gen,
            admitted: admitted.collect(),
            removed: plan.remove.iter().filter(|(member, _)| self.state.is_present(*member)).cloned().collect(),
            forgets: plan.remove.iter().any(|(member, _)| !self.state.is_present(*member)),
            settings: plan.settings.clone(),
        }
    }

    fn stage(&mut self, plan: &Plan, change: &Change, next: RoomState) -> Result<Pending, PrepareError> {
        let bundle = self.build(plan, change, &next)?;
        let (commit, welcome, _) = bundle.into_messages();
        let judged = match self.mls.pending_commit() {
            Some(staged) => {
                let committer = (self.mls.own_leaf_index(), self.my_id());
                judge_staged(self.mls.public_group(), &self.state, committer, (change, next), staged)
                    .map_err(PrepareError::NotAllowed)
            }
            None => Err(LibraryFault.into()),
        };
        let finished = judged.and_then(|verdict| {
            let next_psk = self.next_psk_of_pending(&verdict.next)?;
            let commit = commit.tls_serialize_detached().map_err(|_| LibraryFault)?;
            let welcome = welcome.map(|welcome| welcome.tls_serialize_detached()).transpose().map_err(|_| LibraryFault)?;
            let welcome = welcome.map(|welcome| WelcomePackage { welcome, room_psk: self.room_psk.clone() });
            Ok(Pending { commit, welcome, verdict, next_psk })
        });
        if finished.is_err() {
            self.clear_pending();
        }
        finished
    }

    fn build(&mut self, plan: &Plan, change: &Change, next: &RoomState) -> Result<CommitMessageBundle, LibraryFault> {
        let leaves =
            plan.remove.iter().filter_map(|(member, _)| self.leaf_of(*member)).map(LeafNodeIndex::new).collect::<Vec<_>>();
        let psk = room_psk_proposal(&self.provider, self.state.psk_gen).ok_or(LibraryFault)?;
        let record = postcard::to_allocvec(change).map_err(|_| LibraryFault)?;
        let record = Proposal::AppDataUpdate(Box::new(AppDataUpdateProposal::update(ROOM_COMPONENT, record)));
        let builder = self.mls.commit_builder().consume_proposal_store(false).force_self_update(plan.update);
        let builder = builder.propose_adds(plan.admit.iter().map(|newcomer| newcomer.key_package().clone()));
        let builder = builder.propose_removals(leaves).add_proposal(psk).add_proposal(record);
        let mut builder = builder.load_psks(self.provider.storage()).map_err(|_| LibraryFault)?.create_group_info(false);
        let mut dictionary = builder.app_data_dictionary_updater();
        dictionary.set(ComponentData::from_parts(ROOM_COMPONENT, next.encode().into()));
        let updates = dictionary.changes();
        builder.with_app_data_dictionary_updates(updates);
        builder
            .build(self.provider.rand(), self.provider.crypto(), &self.key, |_| true)
            .map_err(|_| LibraryFault)?
            .stage_commit(&self.provider)
            .map_err(|_| LibraryFault)
    }

    /// The room_psk that the pending commit gives birth to, if it does.
    fn next_psk_of_pending(&mut self, next: &RoomState) -> Result<Option<RoomPsk>, LibraryFault> {
        if next.psk_gen == self.state.psk_gen {
            return Ok(None);
        }
        let (crypto, storage) = (self.provider.crypto(), self.provider.storage());
        let exported = self.mls.safe_export_secret_from_pending(crypto, storage, ROOM_PSK_COMPONENT).map_err(|_| LibraryFault)?;
        Ok(Some(RoomPsk::exported(next.psk_gen, narrow(exported, b"incamera/1 room_psk"))))
    }
}
