//! Groups of many: what a letter has to carry. Only the doorkeeper and whoever comes are kept, who are all that sizes need.

use super::*;
use wire::limits::{MESSAGE_BYTES, PARTICIPANTS};

/// What is said in a Welcome beside what grows with the tree: cards of everybody with the longest of names, and fingerprints of people who left.
const BESIDE: usize = 256 * 1024;

/// Lets one more in; its group if it is to take part, and the bytes of its Welcome.
fn admit(owner: &mut Group, newcomers: Vec<(Candidate, ProvenKeyPackage)>) -> (Group, usize) {
    let promise = owner.promise(How::Password).unwrap();
    let (mut candidates, admit): (Vec<_>, Vec<_>) = newcomers.into_iter().unzip();
    owner.prepare(&Plan { admit, ..Plan::default() }).unwrap();
    let package = owner.merge_pending().unwrap().welcome.unwrap();
    let last = Group::join(candidates.pop().unwrap(), ROOM, &package.welcome, package.room_psk, &promise).unwrap();
    (last, package.welcome.len())
}

fn follow(group: &mut Group, commit: &[u8]) {
    let judged = group.receive_commit(commit).unwrap();
    group.merge(judged).unwrap();
}

/// The owner removes somebody from the middle, and the last one follows: bytes of the commit.
fn kick(owner: &mut Group, last: &mut Group) -> usize {
    let one = owner.members()[owner.members().len() / 2].id;
    let commit = owner.prepare(&remove(one, Grounds::Moderator)).unwrap().commit;
    owner.merge_pending().unwrap();
    follow(last, &commit);
    assert_eq!(owner.epoch_authenticator(), last.epoch_authenticator());
    commit.len()
}

#[test]
fn as_many_as_a_host_takes_come_in_and_one_is_removed_although_nobody_has_moved_its_keys() {
    let mut owner = founded();
    let mut numbers = 1..PARTICIPANTS as u64;
    let mut last = None;
    while owner.members().len() < PARTICIPANTS {
        last = Some(admit(&mut owner, numbers.by_ref().take(64).map(candidate).collect()));
    }
    let (mut last, welcome) = last.unwrap();
    assert_eq!(last.members().len(), PARTICIPANTS);
    assert!(welcome + BESIDE < MESSAGE_BYTES, "{welcome} bytes of Welcome");
    let kicked = kick(&mut owner, &mut last);
    assert!(kicked > 500_000 && kicked < MESSAGE_BYTES, "{kicked} bytes for each of {PARTICIPANTS} to be told of new keys");
}

#[test]
fn where_everybody_has_moved_its_keys_a_commit_is_small_and_a_full_room_can_still_be_entered() {
    let mut owner = founded();
    let mut sizes = Vec::new();
    let (mut last, mut updated) = (founded(), 0);
    for n in 1..100 {
        let (member, welcome) = admit(&mut owner, vec![candidate(n)]);
        last = member;
        let update = last.prepare(&update()).unwrap().commit;
        last.merge_pending().unwrap();
        follow(&mut owner, &update);
        (updated, sizes) = (update.len(), [sizes, vec![welcome]].concat());
    }
    let kicked = kick(&mut owner, &mut last);
    assert!(updated < 20_000 && kicked < 25_000, "{updated} bytes for an update, {kicked} for a kick");
    let (half, whole) = (sizes[48], sizes[98]);
    let full = whole + (whole - half) * (PARTICIPANTS - 100) / 50;
    assert!(full + BESIDE < MESSAGE_BYTES, "{full} bytes of Welcome for {PARTICIPANTS}");
    assert!(full > 1_200_000, "the estimate follows the tree: {full}");
}
