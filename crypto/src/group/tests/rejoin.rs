//! Coming back with a new leaf: whose word it takes.

use super::*;

/// A room of three in which the last is removed on these grounds; with who it was.
fn lost(grounds: impl Fn(&[Group], MemberId) -> Grounds) -> (Vec<Group>, Former) {
    let mut groups = room_of(3);
    let gone = groups[2].my_id();
    let why = grounds(&groups, gone);
    let former = {
        let mut alone = room_of(1);
        std::mem::swap(&mut alone[0], &mut groups[2]);
        groups.pop();
        alone.remove(0).former()
    };
    commit(&mut groups, 0, &remove(gone, why));
    (groups, former)
}

fn unheard(_: &[Group], _: MemberId) -> Grounds {
    Grounds::Unheard
}

fn returning(n: u64, former: &Former) -> (Candidate, ProvenKeyPackage) {
    let candidate = Candidate::new(entropy(n)).unwrap();
    let said = candidate.returns_as(former);
    let proven = CheckedKeyPackage::read(candidate.key_package_bytes()).unwrap().rejoins(0, said);
    (candidate, proven)
}

fn admit(proven: ProvenKeyPackage) -> Plan {
    Plan { admit: vec![proven], ..Plan::default() }
}

#[test]
fn who_was_lost_comes_back_as_who_it_was() {
    let (mut groups, former) = lost(unheard);
    let (candidate, proven) = returning(500, &former);
    let promise = groups[1].promise(How::Rejoin).unwrap();
    let merged = commit(&mut groups, 1, &admit(proven));
    let package = merged.welcome.unwrap();
    let group = Group::join(candidate, ROOM, &package.welcome, package.room_psk, &promise).unwrap();
    assert_eq!(group.my_id(), former.member);
    groups.push(group);
    assert_agreed(&groups);
}

#[test]
fn who_is_still_there_is_replaced_in_the_same_commit() {
    let mut groups = room_of(3);
    let gone = groups.remove(2);
    let former = gone.former();
    let (candidate, proven) = returning(501, &former);
    let promise = groups[0].promise(How::Rejoin).unwrap();
    let merged = commit(&mut groups, 0, &admit(proven));
    assert_eq!((merged.removed.len(), merged.added.len()), (1, 1));
    assert_eq!(merged.removed[0].id, merged.added[0].id);
    let package = merged.welcome.unwrap();
    groups.push(Group::join(candidate, ROOM, &package.welcome, package.room_psk, &promise).unwrap());
    assert_agreed(&groups);
}

#[test]
fn who_was_put_out_or_left_does_not_come_back() {
    let by_will = |_: &[Group], _: MemberId| Grounds::Moderator;
    let by_leave = |groups: &[Group], _: MemberId| Grounds::Leave(groups[2].sign_leave());
    for (mut groups, former) in [lost(by_will), lost(by_leave)] {
        let (_, proven) = returning(502, &former);
        assert_eq!(groups[1].prepare(&admit(proven)).err(), Some(PrepareError::NotAllowed(Refusal::Stranger)));
    }
}

#[test]
fn nobody_comes_back_in_anothers_name() {
    let (mut groups, former) = lost(unheard);
    let other = room_of(1).remove(0).former();
    let forged = Former { member: former.member, group_id: former.group_id.clone(), ..other };
    let (_, proven) = returning(503, &forged);
    assert_eq!(groups[1].prepare(&admit(proven)).err(), Some(PrepareError::NotAllowed(Refusal::Grounds)));
    // Nor with another's statement, which names another leaf.
    let (honest, _) = returning(504, &former);
    let stolen = honest.returns_as(&former);
    let thief = Candidate::new(entropy(505)).unwrap();
    let proven = CheckedKeyPackage::read(thief.key_package_bytes()).unwrap().rejoins(0, stolen);
    assert_eq!(groups[1].prepare(&admit(proven)).err(), Some(PrepareError::NotAllowed(Refusal::Grounds)));
}

#[test]
fn a_statement_serves_once() {
    let (mut groups, former) = lost(unheard);
    let (candidate, proven) = returning(506, &former);
    let promise = groups[1].promise(How::Rejoin).unwrap();
    let package = commit(&mut groups, 1, &admit(proven.clone())).welcome.unwrap();
    groups.push(Group::join(candidate, ROOM, &package.welcome, package.room_psk, &promise).unwrap());
    let again = groups[1].prepare(&admit(proven));
    assert!(matches!(again.err(), Some(PrepareError::Nothing)), "a key that was in the group is not fresh");
}

#[test]
fn nobody_is_replaced_who_does_not_come_back() {
    let mut groups = room_of(3);
    let target = groups[2].my_id();
    let refused = groups[1].prepare(&remove(target, Grounds::Rejoins)).err();
    assert_eq!(refused, Some(PrepareError::NotAllowed(Refusal::Grounds)));
}

#[test]
fn a_meeting_that_was_ended_takes_nobody_back() {
    let (mut groups, former) = lost(unheard);
    let settings =
        Settings { policy: groups[0].state().settings().policy | POLICY_ENDED, ..groups[0].state().settings().clone() };
    commit(&mut groups, 0, &Plan { settings: Some(settings), ..Plan::default() });
    let (_, proven) = returning(507, &former);
    assert_eq!(groups[0].prepare(&admit(proven)).err(), Some(PrepareError::NotAllowed(Refusal::Closed)));
}

#[test]
fn a_returning_guest_is_a_guest() {
    let mut groups = room_of(2);
    let candidate = Candidate::new(entropy(508)).unwrap();
    let proven = CheckedKeyPackage::read(candidate.key_package_bytes()).unwrap().let_in(0);
    let promise = groups[0].promise(How::WaitingRoom).unwrap();
    let package = commit(&mut groups, 0, &admit(proven)).welcome.unwrap();
    let guest = Group::join(candidate, ROOM, &package.welcome, package.room_psk, &promise).unwrap();
    let former = guest.former();
    let (_, proven) = returning(509, &former);
    commit(&mut groups, 0, &admit(proven));
    let back = groups[1].member(former.member).unwrap();
    assert!(!back.is_doorkeeper() && back.admitted == Admission::Rejoined { by: groups[0].my_id(), guest: true });
}

#[test]
fn who_is_to_be_put_out_is_not_taken_back_by_the_same_commit() {
    let mut groups = room_of(3);
    let former = groups.remove(2).former();
    let (_, proven) = returning(510, &former);
    let credential = proven.credential();
    let plan = Plan { admit: vec![proven], ..remove(former.member, Grounds::Moderator) };
    let prepared = groups[0].prepare(&plan).unwrap();
    assert_eq!((prepared.stale, prepared.removed), (vec![credential], vec![former.member]));
    groups[0].clear_pending();
    commit(&mut groups, 0, &remove(former.member, Grounds::Moderator));
    assert!(!groups[1].state().is_lost(former.member));
}

#[test]
fn who_was_lost_is_forgotten_by_a_moderator_alone_and_never_the_owner() {
    let (mut groups, former) = lost(unheard);
    let forgetting = remove(former.member, Grounds::Moderator);
    assert_eq!(groups[1].prepare(&forgetting).err(), Some(PrepareError::NotAllowed(Refusal::NotModerator)));
    commit(&mut groups, 0, &forgetting);
    let (_, proven) = returning(511, &former);
    assert_eq!(groups[1].prepare(&admit(proven)).err(), Some(PrepareError::NotAllowed(Refusal::Stranger)));
    // The owner, lost, stays first in line.
    let mut groups = room_of(3);
    let settings = Settings { moderators: vec![groups[1].my_id()], ..groups[0].state().settings().clone() };
    commit(&mut groups, 0, &Plan { settings: Some(settings), ..Plan::default() });
    let owner = groups[0].my_id();
    let statements: Vec<Silence> = groups[1..].iter().filter_map(|group| group.sign_silence(owner)).collect();
    groups.remove(0);
    commit(&mut groups, 0, &remove(owner, Grounds::Silence(statements)));
    assert!(groups[0].state().is_lost(owner));
    commit(&mut groups, 0, &remove(owner, Grounds::Moderator));
    assert!(groups[0].state().is_lost(owner), "and comes back to its room");
}

#[test]
fn who_came_in_anew_and_was_put_out_does_not_come_back_as_who_it_was_before() {
    let (mut groups, former) = lost(unheard);
    enter(&mut groups, 0, 600);
    let anew = groups.last().unwrap().my_id();
    commit(&mut groups, 0, &remove(anew, Grounds::Moderator));
    let (_, proven) = returning(513, &former);
    assert_eq!(groups[1].prepare(&admit(proven)).err(), Some(PrepareError::NotAllowed(Refusal::Stranger)));
}

#[test]
fn a_part_that_is_at_fault_is_found_by_itself() {
    let (mut groups, former) = lost(unheard);
    let other = room_of(1).remove(0).former();
    let (_, forged) = returning(512, &Former { member: former.member, group_id: former.group_id.clone(), ..other });
    let settings =
        Settings { policy: groups[0].state().settings().policy | POLICY_LOCKED, ..groups[0].state().settings().clone() };
    let plan = Plan { settings: Some(settings.clone()), ..admit(forged.clone()) };
    assert!(groups[0].prepare(&plan).is_err());
    assert!(!groups[0].would_take(&admit(forged)));
    assert!(groups[0].would_take(&Plan { settings: Some(settings), ..Plan::default() }));
}
