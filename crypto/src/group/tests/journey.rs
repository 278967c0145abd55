//! Honest members: found, enter, talk, race, go.

use super::*;

#[test]
fn newcomer_and_founder_share_one_group() {
    let mut groups = room_of(2);
    assert_agreed(&groups);
    let [a, b] = groups.as_mut_slice() else { panic!() };
    assert_eq!(a.owner(), Some(a.my_id()));
    assert_eq!(b.me().unwrap().admitted, Admission::Password { by: a.my_id(), pw_gen: 0 });
    assert_eq!(b.member(a.my_id()).unwrap().admitted, Admission::Founder);
    let sealed = a.seal_application(b"hello").unwrap();
    let opened = b.receive_message(&sealed).unwrap();
    assert_eq!((opened.from, opened.leaf, opened.payload.as_slice()), (a.my_id(), 0, b"hello".as_slice()));
    assert_eq!(b.receive_message(&sealed), Err(ReceiveError::Unreadable), "a replay");
    assert_eq!(a.receive_message(&sealed), Err(ReceiveError::Own), "a reflection");
}

#[test]
fn a_newcomer_reads_nothing_that_was_said_or_committed_before() {
    let mut groups = room_of(2);
    let said = groups[0].seal_application(b"before you came").unwrap();
    let moved = groups[1].prepare(&update()).unwrap().commit;
    groups[1].clear_pending();
    let keys = groups[0].frame_keys().unwrap();
    enter(&mut groups, 0, 300);
    assert_eq!(groups[1].receive_message(&said).unwrap().payload, b"before you came", "who was there reads it");
    assert!(groups[2].receive_message(&said).is_err());
    assert!(groups[2].receive_commit(&moved).is_err());
    let secret_of = |keys: &EpochKeys| keys.to_bytes()[21..53].to_vec();
    let own = groups[2].frame_keys().unwrap();
    assert!(own.epoch > keys.epoch && secret_of(&own) != secret_of(&keys));
}

#[test]
fn length_of_chat_is_hidden_up_to_the_padding() {
    let mut groups = room_of(2);
    let short = groups[0].seal_application(b"no").unwrap().len();
    let long = groups[0].seal_application(&[b'x'; 150]).unwrap().len();
    assert_eq!(short, long);
}

#[test]
fn frame_keys_are_equal_and_given_once_an_epoch() {
    let mut groups = room_of(3);
    let keys: Vec<_> = groups.iter_mut().map(|group| group.frame_keys().unwrap()).collect();
    assert_eq!(keys[0].members, [0, 1, 2]);
    assert_eq!((keys[1].my_leaf, keys[2].my_leaf), (1, 2));
    let secret_of = |keys: &EpochKeys| keys.to_bytes()[21..53].to_vec();
    assert_eq!(secret_of(&keys[0]), secret_of(&keys[1]));
    assert_eq!(secret_of(&keys[0]), secret_of(&keys[2]));
    assert!(groups[0].frame_keys().is_none());
    commit(&mut groups, 1, &update());
    let next = groups[0].frame_keys().unwrap();
    assert_ne!(secret_of(&keys[0]), secret_of(&next));
    assert!(next.removed.is_empty());
}

#[test]
fn several_enter_with_one_commit_without_a_path() {
    let mut groups = room_of(2);
    let promise = groups[1].promise(How::Password).unwrap();
    let newcomers: Vec<_> = (0..3).map(|n| candidate(300 + n)).collect();
    let plan = Plan { admit: newcomers.iter().map(|(_, proven)| proven.clone()).collect(), ..Plan::default() };
    let merged = commit(&mut groups, 1, &plan);
    assert_eq!(merged.added.len(), 3);
    let package = merged.welcome.unwrap();
    for (candidate, _) in newcomers {
        groups.push(Group::join(candidate, ROOM, &package.welcome, package.room_psk.clone(), &promise).unwrap());
    }
    assert_agreed(&groups);
    assert!(groups[0].prepare(&Plan { admit: vec![candidate(400).1], ..Plan::default() }).unwrap().commit.len() < 6_000);
}

#[test]
fn loser_of_the_slot_rebases() {
    let mut groups = room_of(3);
    let lost = Plan { admit: vec![candidate(200).1], update: true, ..Plan::default() };
    groups[0].prepare(&lost).unwrap();
    assert_eq!(groups[0].prepare(&update()).err(), Some(PrepareError::Pending));
    let won = groups[1].prepare(&update()).unwrap().commit;
    assert_eq!(groups[1].pending_commit(), Some(won.as_slice()));
    groups[1].merge_pending().unwrap();
    groups[0].clear_pending();
    for i in [0, 2] {
        let judged = groups[i].receive_commit(&won).unwrap();
        assert_eq!(judged.by(), groups[1].my_id());
        groups[i].merge(judged).unwrap();
    }
    assert_agreed(&groups);
    let merged = commit(&mut groups, 0, &lost);
    assert_eq!(merged.added.len(), 1);
}

#[test]
fn what_was_judged_in_another_epoch_is_not_merged() {
    let mut groups = room_of(3);
    let first = groups[1].prepare(&update()).unwrap().commit;
    let stale = groups[0].receive_commit(&first).unwrap();
    groups[1].clear_pending();
    let (winner, rest) = groups.split_at_mut(2);
    let won = rest[0].prepare(&update()).unwrap().commit;
    let judged = winner[0].receive_commit(&won).unwrap();
    winner[0].merge(judged).unwrap();
    assert_eq!(winner[0].merge(stale).err(), Some(MergeError::Stale));
    assert!(matches!(winner[0].receive_commit(&won), Err(ReceiveError::Past)));
}

#[test]
fn chat_sent_just_before_a_commit_is_not_lost_but_not_for_ever() {
    let mut groups = room_of(3);
    let sealed: Vec<_> = (0..2).map(|_| groups[1].seal_application(b"just before").unwrap()).collect();
    for _ in 0..PAST_EPOCHS {
        commit(&mut groups, 0, &update());
    }
    let opened = groups[0].receive_message(&sealed[0]).unwrap();
    assert_eq!((opened.from, opened.epoch), (groups[1].my_id(), groups[0].epoch() - PAST_EPOCHS as u64));
    commit(&mut groups, 2, &update());
    assert_eq!(groups[0].receive_message(&sealed[1]), Err(ReceiveError::Past));
}

#[test]
fn a_message_of_an_epoch_to_come_asks_for_the_log() {
    let mut groups = room_of(2);
    groups[0].prepare(&update()).unwrap();
    groups[0].merge_pending().unwrap();
    let sealed = groups[0].seal_application(b"later").unwrap();
    assert_eq!(groups[1].receive_message(&sealed), Err(ReceiveError::Ahead));
}

#[test]
fn credentials_and_keys_are_new_for_each_meeting() {
    let (one, other) = (Candidate::new(entropy(1)).unwrap(), Candidate::new(entropy(2)).unwrap());
    assert_ne!(one.credential(), other.credential());
    assert_ne!(one.member_id(), other.member_id());
    assert_ne!(one.key_package_ref(), other.key_package_ref());
    assert_eq!(CheckedKeyPackage::read(one.key_package_bytes()).unwrap().reference(), one.key_package_ref());
}

#[test]
fn nothing_of_a_commit_is_in_the_clear_but_group_epoch_and_kind() {
    let mut groups = room_of(2);
    let (_, proven) = candidate(9);
    let bytes = groups[0].prepare(&Plan { admit: vec![proven.clone()], ..Plan::default() }).unwrap().commit;
    let shows = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(shows(groups[0].group_id()));
    for secret in [&proven.credential()[..], &groups[0].me().unwrap().credential, &proven.key(), b"incamera/1 room_psk"] {
        assert!(!shows(secret));
    }
}
