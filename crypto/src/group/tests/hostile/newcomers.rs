//! Whom a commit brings in: what the judge, and whoever reads a KeyPackage, does not let pass.

use super::*;
use openmls_rust_crypto::OpenMlsRustCrypto;

fn with_add(group: &mut Group, change: &Change, next: &RoomState, key_package: KeyPackage) -> Vec<u8> {
    let proposals = vec![room_psk(group), record(change)];
    mutant_with(group, next, |builder| builder.propose_adds([key_package]).add_proposals(proposals))
}

fn key_package(group: &Group, credential: CredentialId, key: &LeafKey) -> KeyPackage {
    let builder = KeyPackage::builder().key_package_lifetime(lifetime()).leaf_node_capabilities(capabilities());
    builder.build(SUITE, &group.provider, key, credential_with_key(credential, key)).unwrap().into_key_package()
}

fn admitting(group: &Group, credential: CredentialId, key: &LeafKey) -> (Change, RoomState) {
    admitting_by(How::Password, group, credential, key)
}

fn admitting_by(how: How, group: &Group, credential: CredentialId, key: &LeafKey) -> (Change, RoomState) {
    let admitted = vec![Admitted { credential, key: key.public(), how, returns: None }];
    let mut next = group.state().clone();
    let by = how.admission(group.my_id(), 0);
    next.enter(state::Line { id: MemberId::of_first_key(&key.public()), credential, key: key.public(), admitted: by });
    (Change { admitted, ..empty(group) }, next)
}

#[test]
fn a_credential_that_is_in_the_group_is_not_added_again() {
    let (mut groups, ..) = scene();
    let (alice, key) = (groups[0].me().unwrap().credential, LeafKey::draw(&groups[2].provider));
    let (change, next) = admitting(&groups[2], alice, &key);
    let newcomer = key_package(&groups[2], alice, &key);
    let bytes = with_add(&mut groups[2], &change, &next, newcomer);
    only_the_judge_stops(&mut groups, &bytes, &next, Refusal::NotFresh);
}

#[test]
fn a_credential_or_key_that_was_in_the_group_is_not_added_again() {
    let mut groups = room_of(4);
    let leave = groups[3].sign_leave();
    let gone = groups.pop().unwrap();
    commit(&mut groups, 0, &remove(leave.member, Grounds::Leave(leave)));
    let (credential, fresh_key) = (gone_credential(&gone), LeafKey::draw(&groups[2].provider));
    for (credential, key) in [(credential, &fresh_key), ([3; 16], &gone.key)] {
        let (change, next) = admitting(&groups[2], credential, key);
        let newcomer = key_package(&groups[2], credential, key);
        let bytes = with_add(&mut groups[2], &change, &next, newcomer);
        assert_eq!(refusal(&mut groups[0], &bytes), Some(Refusal::NotFresh));
    }
}

fn gone_credential(group: &Group) -> CredentialId {
    group.state.line(group.my_id()).map(|line| line.credential).unwrap()
}

#[test]
fn an_add_that_the_record_does_not_name_is_refused() {
    let (mut groups, state, change) = scene();
    let key = LeafKey::draw(&groups[2].provider);
    let newcomer = key_package(&groups[2], [3; 16], &key);
    let bytes = with_add(&mut groups[2], &change, &state, newcomer);
    only_the_judge_stops(&mut groups, &bytes, &state, Refusal::RecordDiffers);
}

#[test]
fn somebody_else_than_the_record_names_is_not_added() {
    let (mut groups, ..) = scene();
    let (named, other) = (LeafKey::draw(&groups[2].provider), LeafKey::draw(&groups[2].provider));
    let (change, next) = admitting(&groups[2], [3; 16], &named);
    for newcomer in [key_package(&groups[2], [3; 16], &other), key_package(&groups[2], [4; 16], &named)] {
        let bytes = with_add(&mut groups[2], &change, &next, newcomer);
        assert_eq!(refusal(&mut groups[0], &bytes), Some(Refusal::RecordDiffers));
    }
}

#[test]
fn a_newcomer_that_is_only_in_the_record_is_refused() {
    let (mut groups, ..) = scene();
    let key = LeafKey::draw(&groups[2].provider);
    let (change, next) = admitting(&groups[2], [3; 16], &key);
    let bytes = with_more(&mut groups[2], &change, &next, vec![]);
    only_the_judge_stops(&mut groups, &bytes, &next, Refusal::RecordDiffers);
}

#[test]
fn a_key_package_of_another_kind_is_not_added() {
    let (mut groups, ..) = scene();
    let key = LeafKey::draw(&groups[2].provider);
    let (change, next) = admitting(&groups[2], [3; 16], &key);
    let soon = Lifetime::init(0, 4_000_000_000);
    let build = KeyPackage::builder().key_package_lifetime(soon).leaf_node_capabilities(capabilities());
    let odd = build.build(SUITE, &groups[2].provider, &key, credential_with_key([3; 16], &key)).unwrap().into_key_package();
    let bytes = with_add(&mut groups[2], &change, &next, odd);
    only_the_judge_stops(&mut groups, &bytes, &next, Refusal::KeyPackage);
}

#[test]
fn nobody_is_admitted_through_a_closed_door() {
    let mut groups = room_of(3);
    let closed = Settings { policy: POLICY_WAITING_ROOM, ..groups[0].state().settings().clone() };
    commit(&mut groups, 0, &Plan { settings: Some(closed), ..Plan::default() });
    let key = LeafKey::draw(&groups[2].provider);
    let (change, next) = admitting(&groups[2], [3; 16], &key);
    let newcomer = key_package(&groups[2], [3; 16], &key);
    let bytes = with_add(&mut groups[2], &change, &next, newcomer);
    only_the_judge_stops(&mut groups, &bytes, &next, Refusal::Closed);
}

#[test]
fn who_is_no_moderator_lets_nobody_in_from_the_waiting_room() {
    let (mut groups, ..) = scene();
    let key = LeafKey::draw(&groups[2].provider);
    let (change, next) = admitting_by(How::WaitingRoom, &groups[2], [3; 16], &key);
    let newcomer = key_package(&groups[2], [3; 16], &key);
    let bytes = with_add(&mut groups[2], &change, &next, newcomer);
    only_the_judge_stops(&mut groups, &bytes, &next, Refusal::NotModerator);
    let candidate = Candidate::new(entropy(300)).unwrap();
    let newcomer = CheckedKeyPackage::read(candidate.key_package_bytes()).unwrap().let_in(0);
    assert_eq!(
        groups[1].prepare(&Plan { admit: vec![newcomer], ..Plan::default() }).err(),
        Some(PrepareError::NotAllowed(Refusal::NotModerator))
    );
}

#[test]
fn a_moderator_lets_nobody_in_from_a_waiting_room_that_is_closed_or_locked() {
    for policy in [POLICY_PASSWORD_JOIN, POLICY_PASSWORD_JOIN | POLICY_WAITING_ROOM | POLICY_LOCKED] {
        let mut groups = room_of(3);
        let founder = groups[0].my_id();
        // The mutant is a moderator, so that it is the policy that stops it.
        let mut settings = Settings { policy, ..groups[0].state().settings().clone() };
        settings.moderators.push(groups[2].my_id());
        commit(&mut groups, 0, &Plan { settings: Some(settings), ..Plan::default() });
        assert!(groups[1].state().is_moderator(groups[2].my_id()) && groups[1].owner() == Some(founder));
        let key = LeafKey::draw(&groups[2].provider);
        let (change, next) = admitting_by(How::WaitingRoom, &groups[2], [3; 16], &key);
        let newcomer = key_package(&groups[2], [3; 16], &key);
        let bytes = with_add(&mut groups[2], &change, &next, newcomer);
        only_the_judge_stops(&mut groups, &bytes, &next, Refusal::Closed);
    }
}

#[test]
fn key_packages_of_another_kind_are_not_read() {
    let provider = Provider::new(entropy(1));
    let key = LeafKey::draw(&provider);
    let read = |builder: openmls::prelude::KeyPackageBuilder, suite: Ciphersuite, credential: Vec<u8>| {
        let credential = CredentialWithKey {
            credential: BasicCredential::new(credential).into(),
            signature_key: key.public().to_vec().into(),
        };
        // Our own primitives make none of another suite.
        let bundle = match suite {
            SUITE => builder.build(suite, &provider, &key, credential).unwrap(),
            _ => builder.build(suite, &OpenMlsRustCrypto::default(), &key, credential).unwrap(),
        };
        let bytes = MlsMessageOut::from(bundle.into_key_package()).tls_serialize_detached().unwrap();
        CheckedKeyPackage::read(&bytes).map(|_| ())
    };
    let ours = || KeyPackage::builder().key_package_lifetime(lifetime()).leaf_node_capabilities(capabilities());
    let weaker = Ciphersuite::MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519;
    assert_eq!(read(ours(), SUITE, vec![1; 16]), Ok(()));
    assert_eq!(read(ours(), weaker, vec![1; 16]), Err(KeyPackageError::OtherKind));
    assert_eq!(read(ours(), SUITE, b"Alice".to_vec()), Err(KeyPackageError::OtherKind));
    assert_eq!(read(KeyPackage::builder().key_package_lifetime(lifetime()), SUITE, vec![1; 16]), Err(KeyPackageError::OtherKind));
    assert_eq!(
        read(KeyPackage::builder().leaf_node_capabilities(capabilities()), SUITE, vec![1; 16]),
        Err(KeyPackageError::OtherKind)
    );
    assert_eq!(CheckedKeyPackage::read(b"junk").map(|_| ()), Err(KeyPackageError::Malformed));
}
