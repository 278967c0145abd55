//! The group against honest and hostile members.
//!
//! Hostile ones work with openmls directly, on their own group's insides. Every mutant commit here is one that plain openmls
//! builds; where plain openmls would also *merge* it, the test shows that too ([`reckless`]), so that it is the judge who is tested.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod admission;
mod facts;
mod hostile;
mod journey;
mod large;
mod random;
mod records;
mod rejoin;
mod removal;

use super::*;
use openmls::prelude::{MlsMessageIn, ProcessedMessageContent, ProtocolMessage, tls_codec::Deserialize};

const ROOM: RoomId = RoomId([7; 16]);

fn entropy(n: u64) -> [u8; 32] {
    let mut entropy = [0x5a; 32];
    entropy[..8].copy_from_slice(&n.to_be_bytes());
    entropy
}

fn founded() -> Group {
    Group::create(ROOM, Language::English, entropy(0)).unwrap()
}

fn candidate(n: u64) -> (Candidate, ProvenKeyPackage) {
    let candidate = Candidate::new(entropy(n)).unwrap();
    let proven = CheckedKeyPackage::read(candidate.key_package_bytes()).unwrap().proven(0);
    (candidate, proven)
}

/// A room of `n` people, all admitted by the founder.
fn room_of(n: u64) -> Vec<Group> {
    let mut groups = vec![founded()];
    for i in 1..n {
        enter(&mut groups, 0, 100 + i);
    }
    groups
}

/// Somebody new enters by this doorkeeper.
fn enter(groups: &mut Vec<Group>, doorkeeper: usize, n: u64) {
    let (candidate, proven) = candidate(n);
    let promise = groups[doorkeeper].promise(How::Password).unwrap();
    let merged = commit(groups, doorkeeper, &Plan { admit: vec![proven], ..Plan::default() });
    let package = merged.welcome.unwrap();
    groups.push(Group::join(candidate, ROOM, &package.welcome, package.room_psk, &promise).unwrap());
}

/// Prepares, delivers to all, merges everywhere; whoever was removed drops out of the list.
fn commit(groups: &mut Vec<Group>, by: usize, plan: &Plan) -> Merged {
    let bytes = groups[by].prepare(plan).unwrap().commit;
    let expected = groups[by].pending.as_ref().map(|pending| pending.verdict.next.clone()).unwrap();
    let mut mine = None;
    for (i, group) in groups.iter_mut().enumerate() {
        let merged = if i == by {
            group.merge_pending().unwrap()
        } else {
            let judged = group.receive_commit(&bytes).unwrap();
            group.merge(judged).unwrap()
        };
        assert_eq!(*group.state(), expected);
        if i == by {
            mine = Some(merged);
        }
    }
    groups.retain(Group::is_active);
    assert_agreed(groups);
    mine.unwrap()
}

/// What must be equal where epochs are equal.
fn assert_agreed(groups: &[Group]) {
    let Some(first) = groups.first() else { return };
    for group in groups {
        assert_eq!(group.epoch(), first.epoch());
        assert_eq!(group.epoch_authenticator(), first.epoch_authenticator());
        assert_eq!(group.members(), first.members());
        assert_eq!(group.state(), first.state());
        assert_eq!(group.ticket_hash(), first.ticket_hash());
        assert_eq!(group.members().len(), group.state().roster.len());
        assert_eq!(join::read_state(group.mls.public_group().group_context()).as_ref(), Some(group.state()));
    }
}

fn update() -> Plan {
    Plan { update: true, ..Plan::default() }
}

fn remove(member: MemberId, grounds: Grounds) -> Plan {
    Plan { remove: vec![(member, grounds)], ..Plan::default() }
}

/// What somebody without a judge does: merges whatever openmls takes. `next` is the state the committer wants.
fn reckless(group: &mut Group, bytes: &[u8], next: &RoomState) -> Result<(), String> {
    let message: ProtocolMessage = MlsMessageIn::tls_deserialize_exact(bytes).unwrap().try_into_protocol_message().unwrap();
    let processed = group.mls.process_message(&group.provider, message).map_err(|e| format!("{e:?}"))?;
    let staged = match processed.into_content() {
        ProcessedMessageContent::StagedCommitMessage(staged) => *staged,
        ProcessedMessageContent::UnresolvedAppDataCommit(unresolved) => {
            let mut dictionary = group.mls.app_data_dictionary_updater();
            dictionary.set(ComponentData::from_parts(ROOM_COMPONENT, next.encode().into()));
            let updates = dictionary.changes();
            group.mls.stage_app_data_commit(&group.provider, *unresolved, updates).map_err(|e| format!("{e:?}"))?
        }
        other => return Err(format!("{other:?}")),
    };
    group.mls.merge_staged_commit(&group.provider, staged).map_err(|e| format!("{e:?}"))?;
    group.roster = roster(&group.mls, &group.state);
    Ok(())
}

/// A commit that plain openmls makes: without a record, so everybody refuses it.
pub(crate) fn unrecorded(group: &mut Group) -> Vec<u8> {
    let made = group.mls.self_update(&group.provider, &group.key, Default::default()).unwrap();
    group.mls.clear_pending_commit(group.provider.storage()).unwrap();
    made.into_commit().tls_serialize_detached().unwrap()
}

/// As if the path of every commit to come were spoilt for this member.
pub(crate) fn lose_path(group: &mut Group) {
    group.provider.storage().lose_epoch_keys();
}
