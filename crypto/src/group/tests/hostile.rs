//! Commits that hostile members make with openmls directly. Each rule of the judge has one that only it stops.

mod leaves;
mod newcomers;

use super::*;
use crate::group::{
    change::{Admitted, Change, How},
    secrets::room_psk_proposal,
};
use openmls::{
    credentials::{BasicCredential, CredentialWithKey, NewSignerBundle},
    group::{CommitBuilder, Initial, LoadedPsks},
    prelude::{
        AppDataUpdateProposal, AppEphemeralProposal, Capabilities, Ciphersuite, CustomProposal, ExternalInitProposal, KeyPackage,
        LeafNodeIndex, LeafNodeParameters, Lifetime, MlsMessageOut, PreSharedKeyProposal, Proposal, ReInitProposal,
    },
    schedule::{ExternalPsk, PreSharedKeyId, Psk},
};

type Build<'a> = CommitBuilder<'a, Initial>;

/// An empty record on the current generations.
fn empty(group: &Group) -> Change {
    let state = group.state();
    Change {
        pw_gen: state.settings().pw_gen,
        psk_gen: state.psk_gen(),
        admitted: Vec::new(),
        removed: Vec::new(),
        settings: None,
        forgets: false,
    }
}

fn record(change: &Change) -> Proposal {
    record_in(ROOM_COMPONENT, postcard::to_allocvec(change).unwrap())
}

fn record_in(component: u16, bytes: Vec<u8>) -> Proposal {
    Proposal::AppDataUpdate(Box::new(AppDataUpdateProposal::update(component, bytes)))
}

fn room_psk(group: &Group) -> Proposal {
    room_psk_proposal(&group.provider, group.state.psk_gen).unwrap()
}

fn with_state<'a>(builder: Build<'a>, group_storage: &'a Provider, next: &RoomState) -> CommitBuilder<'a, LoadedPsks> {
    let mut builder = builder.load_psks(group_storage.storage()).unwrap();
    let mut dictionary = builder.app_data_dictionary_updater();
    dictionary.set(ComponentData::from_parts(ROOM_COMPONENT, next.encode().into()));
    let updates = dictionary.changes();
    builder.with_app_data_dictionary_updates(updates);
    builder
}

/// What openmls builds from these proposals, leading to `next`. The hostile member's own group is left as it was.
fn mutant(group: &mut Group, proposals: Vec<Proposal>, next: &RoomState) -> Vec<u8> {
    mutant_with(group, next, |builder| builder.add_proposals(proposals))
}

fn mutant_with(group: &mut Group, next: &RoomState, f: impl for<'a> FnOnce(Build<'a>) -> Build<'a>) -> Vec<u8> {
    let builder = f(group.mls.commit_builder().consume_proposal_store(true));
    let built =
        with_state(builder, &group.provider, next).build(group.provider.rand(), group.provider.crypto(), &group.key, |_| true);
    let bundle = built.unwrap().stage_commit(&group.provider).unwrap();
    let bytes = bundle.into_commit().tls_serialize_detached().unwrap();
    group.mls.clear_pending_commit(group.provider.storage()).unwrap();
    bytes
}

/// A mutant that holds a record and the room_psk as it should, and more.
fn with_more(group: &mut Group, change: &Change, next: &RoomState, more: Vec<Proposal>) -> Vec<u8> {
    let mut proposals = more;
    proposals.push(room_psk(group));
    proposals.push(record(change));
    mutant(group, proposals, next)
}

fn refusal(group: &mut Group, bytes: &[u8]) -> Option<Refusal> {
    match group.receive_commit(bytes) {
        Err(ReceiveError::Refused { reason, .. }) => Some(reason),
        Err(other) => panic!("{other:?}"),
        Ok(_) => None,
    }
}

/// An honest member refuses it for this reason; and openmls alone would have merged it.
fn only_the_judge_stops(groups: &mut [Group], bytes: &[u8], next: &RoomState, reason: Refusal) {
    let before = (groups[0].epoch(), groups[0].members().to_vec());
    assert_eq!(refusal(&mut groups[0], bytes), Some(reason));
    assert_eq!((groups[0].epoch(), groups[0].members().to_vec()), before, "a refused commit changes nothing");
    reckless(&mut groups[1], bytes, next).unwrap();
}

/// Three people; the founder at 0 is honest, 1 is reckless, 2 is hostile.
fn scene() -> (Vec<Group>, RoomState, Change) {
    let groups = room_of(3);
    let (state, change) = (groups[2].state().clone(), empty(&groups[2]));
    (groups, state, change)
}

#[test]
fn an_honest_raw_commit_passes_so_that_the_mutants_differ_in_one_thing() {
    let (mut groups, state, change) = scene();
    let bytes = with_more(&mut groups[2], &change, &state, vec![]);
    assert_eq!(refusal(&mut groups[0], &bytes), None);
}

#[test]
fn a_remove_that_the_record_does_not_name_is_refused() {
    let (mut groups, state, change) = scene();
    let remove = openmls::prelude::RemoveProposal::tls_deserialize_exact(0u32.to_be_bytes()).unwrap();
    let bytes = with_more(&mut groups[2], &change, &state, vec![Proposal::Remove(Box::new(remove))]);
    assert_eq!(refusal(&mut groups[0], &bytes), Some(Refusal::RecordDiffers));
    reckless(&mut groups[1], &bytes, &state).unwrap();
    assert_eq!(groups[1].members().len(), 2, "openmls threw the founder out");
}

#[test]
fn a_record_that_names_a_removal_the_commit_does_not_make_is_refused() {
    let mut groups = room_of(3);
    let leave = groups[1].sign_leave();
    let change = Change { removed: vec![(leave.member, Grounds::Leave(leave))], ..empty(&groups[2]) };
    let next = change.apply(groups[2].parent(), groups[2].my_id()).unwrap();
    let bytes = with_more(&mut groups[2], &change, &next, vec![]);
    only_the_judge_stops(&mut groups, &bytes, &next, Refusal::RecordDiffers);
}

#[test]
fn who_is_no_moderator_removes_nobody_on_its_own_say() {
    let (mut groups, state, change) = scene();
    let change = Change { removed: vec![(groups[1].my_id(), Grounds::Moderator)], ..change };
    let bytes = mutant_with(&mut groups[2], &state, |builder| {
        builder.propose_removals([LeafNodeIndex::new(1)]).add_proposal(record(&change))
    });
    assert_eq!(refusal(&mut groups[0], &bytes), Some(Refusal::Grounds));
}

#[test]
fn group_context_extensions_are_nobodys_to_change() {
    let (mut groups, state, change) = scene();
    for committer in [0, 2] {
        let extensions = groups[committer].mls.extensions().clone();
        let proposals = vec![room_psk(&groups[committer]), record(&change)];
        let bytes = mutant_with(&mut groups[committer], &state, |builder| {
            builder.propose_group_context_extensions(extensions).unwrap().add_proposals(proposals)
        });
        let victim = 2 - committer;
        assert_eq!(refusal(&mut groups[victim], &bytes), Some(Refusal::Kind));
        if committer == 2 {
            reckless(&mut groups[1], &bytes, &state).unwrap();
        }
    }
}

#[test]
fn settings_are_a_moderators() {
    let (mut groups, state, change) = scene();
    let mine = Settings { moderators: vec![groups[2].my_id()], ..state.settings().clone() };
    let mut next = state;
    next.settings = mine.clone();
    let change = Change { settings: Some(mine), ..change };
    let bytes = with_more(&mut groups[2], &change, &next, vec![]);
    only_the_judge_stops(&mut groups, &bytes, &next, Refusal::NotModerator);
}

#[test]
fn no_other_kind_of_proposal_is_allowed() {
    // openmls builds no commit with these, but takes a ReInit in one that somebody else built.
    // group_id<V>, version, suite, extensions<V> (RFC 9420 §12.1.5)
    let reinit = ReInitProposal::tls_deserialize_exact([4, 1, 2, 3, 4, 0, 1, 0, 0x4e, 0]).unwrap();
    let external = ExternalInitProposal::tls_deserialize_exact([2, 1, 2]).unwrap();
    let custom = CustomProposal::new(0xf123, Vec::new());
    let ephemeral = AppEphemeralProposal::new(ROOM_COMPONENT, Vec::new());
    for proposal in [
        Proposal::ReInit(Box::new(reinit)),
        Proposal::ExternalInit(Box::new(external)),
        Proposal::Custom(Box::new(custom)),
        Proposal::AppEphemeral(Box::new(ephemeral)),
        Proposal::SelfRemove,
    ] {
        assert!(!judge::is_allowed(&proposal), "{proposal:?}");
    }
}

#[test]
fn a_commit_without_exactly_one_record_is_refused() {
    let (mut groups, state, change) = scene();
    let second = record(&Change { psk_gen: 7, ..change.clone() });
    let bytes = with_more(&mut groups[2], &change, &state, vec![second]);
    assert_eq!(refusal(&mut groups[0], &bytes), Some(Refusal::Kind));
    let psk = room_psk(&groups[2]);
    let elsewhere = record_in(0x9999, postcard::to_allocvec(&change).unwrap());
    let bytes = mutant(&mut groups[2], vec![psk, elsewhere], &state);
    only_the_judge_stops(&mut groups, &bytes, &state, Refusal::Kind);
}

#[test]
fn a_plain_openmls_commit_is_refused() {
    let (mut groups, state, _) = scene();
    let bytes = unrecorded(&mut groups[2]);
    only_the_judge_stops(&mut groups, &bytes, &state, Refusal::Kind);
}

#[test]
fn a_record_with_bytes_left_over_is_refused() {
    let (mut groups, state, change) = scene();
    let mut bytes = postcard::to_allocvec(&change).unwrap();
    bytes.push(0);
    let proposals = vec![room_psk(&groups[2]), record_in(ROOM_COMPONENT, bytes)];
    let bytes = mutant(&mut groups[2], proposals, &state);
    only_the_judge_stops(&mut groups, &bytes, &state, Refusal::Malformed);
}

#[test]
fn every_commit_carries_room_psk_once() {
    let (mut groups, state, change) = scene();
    let bytes = mutant(&mut groups[2], vec![record(&change)], &state);
    assert_eq!(refusal(&mut groups[0], &bytes), Some(Refusal::RoomPsk));
    let again = room_psk(&groups[2]);
    let bytes = with_more(&mut groups[2], &change, &state, vec![again]);
    only_the_judge_stops(&mut groups, &bytes, &state, Refusal::RoomPsk);
}

#[test]
fn a_psk_that_is_not_room_psk_is_refused() {
    let (mut groups, state, change) = scene();
    // Even one that the others happen to hold.
    let other =
        PreSharedKeyId::new(SUITE, groups[2].provider.rand(), Psk::External(ExternalPsk::new(b"password".to_vec()))).unwrap();
    for group in &groups {
        other.store(&group.provider, &[9; 32]).unwrap();
    }
    let psk = Proposal::PreSharedKey(Box::new(PreSharedKeyProposal::new(other)));
    let bytes = mutant(&mut groups[2], vec![psk, record(&change)], &state);
    only_the_judge_stops(&mut groups, &bytes, &state, Refusal::RoomPsk);
}

#[test]
fn a_commit_built_on_another_generation_is_refused() {
    let (mut groups, state, change) = scene();
    for wrong in [Change { pw_gen: 1, ..change.clone() }, Change { psk_gen: 1, ..change }] {
        let bytes = with_more(&mut groups[2], &wrong, &state, vec![]);
        assert_eq!(refusal(&mut groups[0], &bytes), Some(Refusal::Generation));
    }
}

#[test]
fn somebody_else_than_the_record_names_is_not_removed() {
    let mut groups = room_of(4);
    let leave = groups[3].sign_leave();
    let change = Change { removed: vec![(leave.member, Grounds::Leave(leave))], ..empty(&groups[2]) };
    let next = change.apply(groups[2].parent(), groups[2].my_id()).unwrap();
    let proposals = vec![room_psk(&groups[2]), record(&change)];
    let bytes =
        mutant_with(&mut groups[2], &next, |builder| builder.propose_removals([LeafNodeIndex::new(0)]).add_proposals(proposals));
    assert_eq!(refusal(&mut groups[1], &bytes), Some(Refusal::RecordDiffers));
}

#[test]
fn authenticated_data_is_refused() {
    let (mut groups, state, change) = scene();
    groups[2].mls.set_aad(b"names in the clear".to_vec());
    let bytes = with_more(&mut groups[2], &change, &state, vec![]);
    only_the_judge_stops(&mut groups, &bytes, &state, Refusal::AuthenticatedData);
    groups[2].mls.set_aad(b"names in the clear".to_vec());
    let sealed = groups[2].seal_application(b"hello").unwrap();
    assert_eq!(groups[0].receive_message(&sealed), Err(ReceiveError::Unreadable));
}

#[test]
fn proposals_by_reference_are_refused() {
    let (mut groups, state, change) = scene();
    let group = &mut groups[2];
    let (proposal, _) = group.mls.propose_remove_member(&group.provider, &group.key, LeafNodeIndex::new(1)).unwrap();
    let proposal = proposal.tls_serialize_detached().unwrap();
    let bytes = with_more(group, &change, &state, vec![]);
    // A standalone proposal is not taken as anything.
    assert_eq!(groups[1].receive_message(&proposal), Err(ReceiveError::Unreadable));
    assert!(matches!(groups[1].receive_commit(&proposal), Err(ReceiveError::Unreadable)));
    assert_eq!(refusal(&mut groups[1], &bytes), Some(Refusal::Malformed), "it refers to what we do not have");
    // Even somebody who has stored it refuses.
    let message: ProtocolMessage = MlsMessageIn::tls_deserialize_exact(&proposal).unwrap().try_into_protocol_message().unwrap();
    let victim = &mut groups[0];
    let processed = victim.mls.process_message(&victim.provider, message).unwrap();
    let ProcessedMessageContent::ProposalMessage(queued) = processed.into_content() else { panic!() };
    victim.mls.store_pending_proposal(victim.provider.storage(), *queued).unwrap();
    assert_eq!(refusal(victim, &bytes), Some(Refusal::ByReference));
}

#[test]
fn nobody_enters_by_an_external_commit() {
    let mut groups = room_of(2);
    let insider = &groups[1];
    let info = insider.mls.export_group_info(insider.provider.crypto(), &insider.key, true).unwrap();
    let info = MlsMessageIn::tls_deserialize_exact(info.tls_serialize_detached().unwrap()).unwrap();
    let openmls::prelude::MlsMessageBodyIn::GroupInfo(info) = info.extract() else { panic!() };
    let provider = Provider::new(entropy(66));
    let key = LeafKey::draw(&provider);
    let leaf = LeafNodeParameters::builder().with_capabilities(capabilities()).build();
    let (_, bundle) = MlsGroup::external_commit_builder()
        .with_config(group_config())
        .build_group(&provider, info, credential_with_key([6; 16], &key))
        .unwrap()
        .leaf_node_parameters(leaf)
        .load_psks(provider.storage())
        .unwrap()
        .build(provider.rand(), provider.crypto(), &key, |_| true)
        .unwrap()
        .finalize(&provider)
        .unwrap();
    let bytes = bundle.into_commit().tls_serialize_detached().unwrap();
    assert!(matches!(groups[0].receive_commit(&bytes), Err(ReceiveError::Unreadable)));
    let state = groups[1].state().clone();
    reckless(&mut groups[1], &bytes, &state).unwrap();
    assert_eq!(groups[1].mls.members().count(), 3, "openmls let the stranger in");
}

#[test]
fn a_commit_that_claims_our_leaf_is_ours_only_if_we_sealed_it() {
    let mut groups = room_of(2);
    let bytes = groups[0].prepare(&update()).unwrap().commit;
    groups[0].clear_pending();
    assert_eq!(groups[0].receive_commit(&bytes).err(), Some(ReceiveError::Own), "too late");
    groups[0].sent.clear();
    assert!(matches!(groups[0].receive_commit(&bytes), Err(ReceiveError::Refused { by: None, .. })));
}

#[test]
fn noise_is_nobodys_commit() {
    let mut groups = room_of(2);
    let mut bytes = groups[0].prepare(&update()).unwrap().commit;
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    assert!(matches!(groups[1].receive_commit(&bytes), Err(ReceiveError::Refused { by: None, .. })));
    bytes[last] ^= 1;
    assert!(groups[1].receive_commit(&bytes).is_ok(), "noise costs nothing");
    for junk in [&b""[..], &[0; 64], &[0xff; 500]] {
        assert!(matches!(groups[1].receive_commit(junk), Err(ReceiveError::Unreadable)));
        assert_eq!(groups[1].receive_message(junk), Err(ReceiveError::Unreadable));
    }
}

#[test]
fn a_commit_that_spoils_the_path_for_one_breaks_that_one_and_is_named() {
    let mut groups = room_of(3);
    let bytes = groups[2].prepare(&update()).unwrap().commit;
    // For whom the path is spoilt it is as if the private keys were others: take them away.
    groups[0].provider.storage().lose_epoch_keys();
    let outcome = groups[0].receive_commit(&bytes).err();
    assert!(matches!(outcome, Some(ReceiveError::Broken { by, .. }) if by == groups[2].my_id()), "{outcome:?}");
    assert!(groups[1].receive_commit(&bytes).is_ok());
}
