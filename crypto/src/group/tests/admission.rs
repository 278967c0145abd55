//! Everything a joiner holds a Welcome to (PROTOCOL.md §4.5), and what a doorkeeper drops.

use super::*;

struct Door {
    groups: Vec<Group>,
    candidate: Candidate,
    promise: ExpectedGroup,
    package: WelcomePackage,
}

fn door() -> Door {
    let mut groups = room_of(2);
    let (candidate, proven) = candidate(900);
    let promise = groups[0].promise(How::Password).unwrap();
    let package = commit(&mut groups, 0, &Plan { admit: vec![proven], ..Plan::default() }).welcome.unwrap();
    Door { groups, candidate, promise, package }
}

fn outcome(door: Door, f: impl FnOnce(&mut Door)) -> Option<JoinError> {
    let mut door = door;
    f(&mut door);
    Group::join(door.candidate, ROOM, &door.package.welcome, door.package.room_psk, &door.promise).err()
}

#[test]
fn an_honest_welcome_is_taken() {
    assert_eq!(outcome(door(), |_| ()), None);
}

#[test]
fn a_welcome_without_our_room_psk_does_not_open() {
    let other = RoomPsk::exported(0, Zeroizing::new([1; 32]));
    assert_eq!(outcome(door(), |door| door.package.room_psk = other), Some(JoinError::NotForUs));
    let later = RoomPsk::exported(1, Zeroizing::new([1; 32]));
    assert_eq!(outcome(door(), |door| door.package.room_psk = later), Some(JoinError::NotForUs));
}

#[test]
fn a_welcome_for_somebody_else_does_not_open() {
    assert_eq!(outcome(door(), |door| door.candidate = candidate(901).0), Some(JoinError::NotForUs));
}

#[test]
fn a_welcome_of_another_group_is_not_taken() {
    assert_eq!(outcome(door(), |door| door.promise.group_id = vec![0; 16]), Some(JoinError::OtherGroup));
    let mut elsewhere = Some(door());
    let door = elsewhere.take().unwrap();
    let other_room = RoomId([8; 16]);
    let refused = Group::join(door.candidate, other_room, &door.package.welcome, door.package.room_psk, &door.promise);
    assert_eq!(refused.err(), Some(JoinError::OtherGroup));
}

#[test]
fn a_group_info_by_another_member_is_not_taken() {
    let other = |door: &mut Door| {
        let other = door.groups[1].promise(How::Password).unwrap();
        door.promise.signature_key = other.signature_key;
    };
    assert_eq!(outcome(door(), other), Some(JoinError::OtherSigner));
    assert_eq!(outcome(door(), |door| door.promise.credential = [0; 16]), Some(JoinError::OtherSigner));
}

#[test]
fn a_welcome_of_the_promised_epoch_or_before_is_not_taken() {
    assert_eq!(outcome(door(), |door| door.promise.epoch += 1), Some(JoinError::OldEpoch));
}

#[test]
fn another_state_or_password_generation_than_promised_is_not_taken() {
    assert_eq!(outcome(door(), |door| door.promise.anchor = [0; 32]), Some(JoinError::OtherState));
    assert_eq!(outcome(door(), |door| door.promise.pw_gen = 1), Some(JoinError::OtherState));
}

#[test]
fn the_promise_survives_joins_and_leaves_but_not_a_moderator() {
    let mut groups = room_of(3);
    let before = groups[0].promise(How::Password).unwrap().anchor;
    enter(&mut groups, 1, 910);
    let leave = groups[3].sign_leave();
    commit(&mut groups, 1, &remove(leave.member, Grounds::Leave(leave)));
    assert_eq!(groups[0].promise(How::Password).unwrap().anchor, before);
    let settings = Settings { policy: POLICY_LOCKED, ..groups[0].state().settings().clone() };
    commit(&mut groups, 0, &Plan { settings: Some(settings), ..Plan::default() });
    assert_ne!(groups[0].promise(How::Password).unwrap().anchor, before);
}

#[test]
fn bytes_that_are_no_welcome_are_not_taken() {
    for junk in [&b""[..], &[0; 40]] {
        assert_eq!(outcome(door(), |door| door.package.welcome = junk.to_vec()), Some(JoinError::Malformed));
    }
    let key_package = |door: &mut Door| door.package.welcome = door.candidate.key_package_bytes().to_vec();
    assert_eq!(outcome(door(), key_package), Some(JoinError::Malformed));
}

/// A doorkeeper that builds its group as it likes: what it then offers is refused by the joiner.
fn crafted(f: impl FnOnce(&mut RoomState), extensions: impl FnOnce(&mut Vec<Extension>)) -> Option<JoinError> {
    let provider = Provider::new(entropy(50));
    let key = LeafKey::draw(&provider);
    let credential = [5; 16];
    let mut state = RoomState::found(ROOM, Language::English, credential, key.public());
    let (candidate, proven) = candidate(920);
    let line = state::Line {
        id: candidate.member_id(),
        credential: candidate.credential(),
        key: candidate.key.public(),
        admitted: Admission::Password { by: state.founder(), pw_gen: 0 },
    };
    let promise_anchor = state.anchor();
    state.enter(line);
    f(&mut state);
    let mut list: Vec<Extension> = context_extensions(&state).unwrap().iter().cloned().collect();
    extensions(&mut list);
    let mut mls = MlsGroup::builder()
        .ciphersuite(SUITE)
        .with_capabilities(capabilities())
        .lifetime(lifetime())
        .use_ratchet_tree_extension(true)
        .with_group_context_extensions(Extensions::from_vec(list).unwrap())
        .build(&provider, &key, credential_with_key(credential, &key))
        .unwrap();
    let psk = RoomPsk::exported(0, Zeroizing::new([4; 32]));
    store_room_psk(&provider, &psk).unwrap();
    let builder = mls.commit_builder().propose_adds([proven.key_package().clone()]);
    let builder = builder.add_proposal(secrets::room_psk_proposal(&provider, 0).unwrap()).load_psks(provider.storage()).unwrap();
    let built = builder.build(provider.rand(), provider.crypto(), &key, |_| true).unwrap().stage_commit(&provider).unwrap();
    let welcome = built.to_welcome_msg().unwrap().tls_serialize_detached().unwrap();
    let promise = ExpectedGroup {
        group_id: mls.group_id().as_slice().to_vec(),
        epoch: 0,
        signature_key: key.public(),
        credential,
        anchor: promise_anchor,
        pw_gen: 0,
        how: How::Password,
    };
    Group::join(candidate, ROOM, &welcome, psk, &promise).err()
}

#[test]
fn a_doorkeeper_who_builds_the_same_by_hand_is_believed() {
    assert_eq!(crafted(|_| (), |_| ()), None);
}

#[test]
fn a_roster_with_ghosts_or_gaps_is_not_taken() {
    let ghost = |state: &mut RoomState| {
        let admitted = Admission::Founder;
        state.enter(state::Line { id: MemberId([1; 16]), credential: [1; 16], key: [1; 32], admitted });
    };
    assert_eq!(crafted(ghost, |_| ()), Some(JoinError::Inconsistent));
    assert_eq!(crafted(|state| state.roster.truncate(1), |_| ()), Some(JoinError::Inconsistent));
    assert_eq!(crafted(|state| state.roster[0].credential = [9; 16], |_| ()), Some(JoinError::OtherState), "never seen");
}

#[test]
fn a_roster_that_says_somebody_else_admitted_us_is_not_taken() {
    let other = Admission::Password { by: MemberId([3; 16]), pw_gen: 0 };
    assert_eq!(crafted(|state| state.roster[1].admitted = other, |_| ()), Some(JoinError::Inconsistent));
    assert_eq!(crafted(|state| state.roster[1].admitted = Admission::Founder, |_| ()), Some(JoinError::Inconsistent));
}

#[test]
fn a_state_of_another_layout_is_not_taken() {
    assert_eq!(crafted(|state| state.version = 2, |_| ()), Some(JoinError::OtherState));
    assert_eq!(crafted(|state| state.psk_gen = 5, |_| ()), Some(JoinError::RoomPsk));
}

#[test]
fn a_group_that_lets_strangers_propose_is_not_taken() {
    let outsider = LeafKey::draw(&Provider::new(entropy(51)));
    let sender = openmls::extensions::ExternalSender::new(
        outsider.public().to_vec().into(),
        openmls::credentials::BasicCredential::new(b"host".to_vec()).into(),
    );
    let refused = crafted(|_| (), |list| list.push(Extension::ExternalSenders(vec![sender])));
    assert_eq!(refused, Some(JoinError::OtherGroup));
}

#[test]
fn a_second_component_in_the_dictionary_is_not_taken() {
    let refused = crafted(
        |_| (),
        |list| {
            let Some(Extension::AppDataDictionary(held)) = list.pop() else { panic!() };
            let mut dictionary = held.dictionary().clone();
            dictionary.insert(0x9999, Vec::new());
            list.push(Extension::AppDataDictionary(AppDataDictionaryExtension::new(dictionary)));
        },
    );
    assert_eq!(refused, Some(JoinError::OtherState));
}

#[test]
fn who_proved_an_old_password_is_dropped_at_rebase() {
    let mut groups = room_of(2);
    let (late, proven) = candidate(930);
    let settings = Settings { pw_gen: 1, ..groups[0].state().settings().clone() };
    commit(&mut groups, 0, &Plan { settings: Some(settings), ..Plan::default() });
    let plan = Plan { admit: vec![proven], ..Plan::default() };
    assert_eq!(groups[1].prepare(&plan).err(), Some(PrepareError::Nothing));
    let prepared = groups[1].prepare(&Plan { update: true, ..plan }).unwrap();
    assert_eq!((prepared.stale, prepared.admitted.len()), (vec![late.credential()], 0));
}

#[test]
fn nobody_is_admitted_twice() {
    let mut groups = room_of(2);
    let (_, proven) = candidate(940);
    let plan = Plan { admit: vec![proven], ..Plan::default() };
    commit(&mut groups, 0, &plan);
    assert_eq!(groups[1].prepare(&plan).err(), Some(PrepareError::Nothing));
}

#[test]
fn what_is_sealed_to_a_key_package_opens_for_its_owner_alone() {
    let (owner, other) = (Candidate::new(entropy(1)).unwrap(), Candidate::new(entropy(2)).unwrap());
    let sealed = CheckedKeyPackage::read(owner.key_package_bytes()).unwrap().seal(b"transcript", b"1", b"room_psk").unwrap();
    assert_eq!(sealed.len(), b"room_psk".len() + 1_120 + 16);
    assert_eq!(owner.open(b"transcript", b"1", &sealed).unwrap().as_slice(), b"room_psk");
    assert_eq!(owner.open(b"other transcript", b"1", &sealed), Err(KeyPackageError::Sealed));
    assert_eq!(owner.open(b"transcript", b"2", &sealed), Err(KeyPackageError::Sealed));
    assert_eq!(other.open(b"transcript", b"1", &sealed), Err(KeyPackageError::Sealed));
    assert_eq!(owner.open(b"transcript", b"1", b"short"), Err(KeyPackageError::Sealed));
}

#[test]
fn room_psk_travels_as_36_bytes() {
    let psk = RoomPsk::exported(0x01020304, Zeroizing::new([9; 32]));
    let bytes = psk.to_bytes();
    assert_eq!(bytes[..5], [1, 2, 3, 4, 9]);
    assert_eq!(RoomPsk::from_bytes(&bytes).to_bytes(), bytes);
}
