//! The verdict on a commit (PROTOCOL.md §6). openmls checks that a commit is well formed MLS and authorises nobody; this does.
//!
//! **Invariant:** [`Verdict`] is minted here only, and what is merged carries one. The verdict is a function of the parent
//! state, the tree and the commit alone, so that honest members never differ.

use super::{
    CREDENTIAL_BYTES, CredentialId, Grounds, MemberId, Refusal,
    change::{Admitted, Change, Parent},
    provider::{SUITE, capabilities, lifetime},
    secrets::is_room_psk,
    state::{ROOM_COMPONENT, RoomState},
};
use openmls::{
    group::{QueuedProposal, StagedCommit},
    prelude::{
        AppDataUpdateOperation, AppDataUpdateProposal, CredentialType, KeyPackage, LeafNode, LeafNodeIndex, Proposal,
        ProposalOrRefType, PublicGroup, Sender,
        tls_codec::{Deserialize, Serialize},
    },
    schedule::PreSharedKeyId,
};

/// Proof that a staged commit was judged, with the state it leads to.
pub(super) struct Verdict {
    pub(super) by: MemberId,
    pub(super) next: RoomState,
    /// Who is removed because a moderator wills it.
    pub(super) put_out: Vec<MemberId>,
}

/// The one record of a commit, from its AppDataUpdate proposals.
pub(super) fn read_record<'a>(proposals: impl Iterator<Item = &'a AppDataUpdateProposal>) -> Result<Change, Refusal> {
    let mut proposals = proposals;
    let (Some(only), None) = (proposals.next(), proposals.next()) else { return Err(Refusal::Kind) };
    let AppDataUpdateOperation::Update(bytes) = only.operation() else { return Err(Refusal::Kind) };
    if only.component_id() != ROOM_COMPONENT {
        return Err(Refusal::Kind);
    }
    match postcard::take_from_bytes(bytes.as_slice()) {
        Ok((change, [])) => Ok(change),
        _ => Err(Refusal::Malformed),
    }
}

/// First half, before anything is staged: the record against the parent state.
pub(super) fn judge_record(parent: Parent<'_>, by: MemberId, change: &Change) -> Result<RoomState, Refusal> {
    change.apply(parent, by)
}

/// Second half: the staged commit does what its record says and nothing else.
pub(super) fn judge_staged(
    tree: &PublicGroup,
    parent: &RoomState,
    committer: (LeafNodeIndex, MemberId),
    record: (&Change, RoomState),
    staged: &StagedCommit,
) -> Result<Verdict, Refusal> {
    let (leaf, by) = committer;
    let (change, next) = record;
    let mut adds = 0;
    let mut removes = 0;
    let mut psks = 0;
    let mut records = 0;
    for queued in staged.queued_proposals() {
        if queued.proposal_or_ref_type() != ProposalOrRefType::Proposal || *queued.sender() != Sender::Member(leaf) {
            return Err(Refusal::ByReference);
        }
        if !is_allowed(queued.proposal()) {
            return Err(Refusal::Kind);
        }
        match queued.proposal() {
            Proposal::Add(add) => {
                check_add(add.key_package(), &change.admitted)?;
                adds += 1;
            }
            Proposal::Remove(remove) => {
                check_remove(tree, parent, remove.removed(), change)?;
                removes += 1;
            }
            Proposal::PreSharedKey(_) => {
                check_psk(queued, parent.psk_gen)?;
                psks += 1;
            }
            _ => records += 1,
        }
    }
    // openmls refuses two Adds with one key and two Removes of one leaf, so equal numbers make the lists equal.
    if adds != change.admitted.len() || removes != change.removed.len() || records != 1 {
        return Err(Refusal::RecordDiffers);
    }
    if psks != 1 {
        return Err(Refusal::RoomPsk);
    }
    check_path(tree, leaf, staged.update_path_leaf_node())?;
    let willed = |(member, grounds): &(MemberId, Grounds)| matches!(grounds, Grounds::Moderator).then_some(*member);
    Ok(Verdict { by, next, put_out: change.removed.iter().filter_map(willed).collect() })
}

/// The four kinds a commit is made of. All others are refused, also those that openmls ignores or does not know yet.
pub(super) fn is_allowed(proposal: &Proposal) -> bool {
    matches!(proposal, Proposal::Add(_) | Proposal::Remove(_) | Proposal::PreSharedKey(_) | Proposal::AppDataUpdate(_))
}

/// A KeyPackage of our kind and nothing more in it.
pub(super) fn check_key_package(key_package: &KeyPackage) -> Result<(CredentialId, [u8; 32]), Refusal> {
    let leaf = key_package.leaf_node();
    let plain = key_package.ciphersuite() == SUITE
        && *leaf.capabilities() == capabilities()
        && leaf.extensions().iter().next().is_none()
        && key_package.extensions().iter().next().is_none()
        && *key_package.life_time() == lifetime();
    if plain { leaf_identity(leaf).ok_or(Refusal::KeyPackage) } else { Err(Refusal::KeyPackage) }
}

/// Credential and signature key of a leaf, if they have our sizes.
pub(super) fn leaf_identity(leaf: &LeafNode) -> Option<(CredentialId, [u8; 32])> {
    let basic = leaf.credential().credential_type() == CredentialType::Basic;
    let credential: [u8; CREDENTIAL_BYTES] = leaf.credential().serialized_content().try_into().ok()?;
    let key = leaf.signature_key().as_slice().try_into().ok()?;
    basic.then_some((credential, key))
}

fn check_add(key_package: &KeyPackage, admitted: &[Admitted]) -> Result<(), Refusal> {
    let (credential, key) = check_key_package(key_package)?;
    let named = admitted.iter().any(|newcomer| newcomer.credential == credential && newcomer.key == key);
    named.then_some(()).ok_or(Refusal::RecordDiffers)
}

fn check_remove(tree: &PublicGroup, parent: &RoomState, removed: LeafNodeIndex, change: &Change) -> Result<(), Refusal> {
    let line = tree.leaf(removed).and_then(|leaf| parent.line_of(leaf.credential().serialized_content()));
    let named = line.is_some_and(|line| change.removed.iter().any(|(member, _)| *member == line.id));
    named.then_some(()).ok_or(Refusal::RecordDiffers)
}

fn check_psk(queued: &QueuedProposal, psk_gen: u32) -> Result<(), Refusal> {
    let Proposal::PreSharedKey(psk) = queued.proposal() else { return Err(Refusal::Kind) };
    // The proposal is nothing but the id (RFC 9420 §12.1.4); openmls shows it only in this form.
    let id = psk.tls_serialize_detached().ok().and_then(|bytes| PreSharedKeyId::tls_deserialize_exact(bytes).ok());
    if id.is_some_and(|id| is_room_psk(id.psk(), psk_gen)) { Ok(()) } else { Err(Refusal::RoomPsk) }
}

/// The committer's leaf stays who it is; only its encryption key moves.
fn check_path(tree: &PublicGroup, committer: LeafNodeIndex, path_leaf: Option<&LeafNode>) -> Result<(), Refusal> {
    let Some(after) = path_leaf else { return Ok(()) };
    let before = tree.leaf(committer).ok_or(Refusal::Stranger)?;
    let same = before.credential() == after.credential()
        && before.signature_key() == after.signature_key()
        && before.capabilities() == after.capabilities()
        && before.extensions() == after.extensions();
    same.then_some(()).ok_or(Refusal::Identity)
}
