//! Who may put whom out, and what that changes.

use super::*;

#[test]
fn a_signed_leave_is_enough_for_anybody_and_moves_every_secret_on() {
    let mut groups = room_of(3);
    let before = (groups[0].ticket_hash(), groups[0].room_psk().to_bytes(), groups[0].room_psk().generation());
    let leave = groups[2].sign_leave();
    assert!(groups[1].verify_leave(&leave));
    let plan = remove(leave.member, Grounds::Leave(leave));
    let prepared = groups[1].prepare(&plan).unwrap();
    assert_ne!(prepared.ticket, before.0, "the host is told the new ticket in the same step");
    let for_leaver = groups[2].receive_commit(&prepared.commit).unwrap();
    assert!(for_leaver.removes_us());
    let judged = groups[0].receive_commit(&prepared.commit).unwrap();
    assert_eq!(judged.ticket_hash(), prepared.ticket);
    groups[0].merge(judged).unwrap();
    groups[1].merge_pending().unwrap();
    let merged = groups[2].merge(for_leaver).unwrap();
    assert!(merged.self_removed && !groups[2].is_active());
    let gone = groups.pop().unwrap();
    assert_agreed(&groups);
    assert_eq!(groups[0].room_psk().generation(), before.2 + 1);
    assert_ne!(groups[0].room_psk().to_bytes(), before.1);
    assert_eq!(groups[0].ticket_hash(), prepared.ticket);
    assert_eq!(groups[0].frame_keys().unwrap().removed, [2]);
    let sealed = groups[0].seal_application(b"without you").unwrap();
    let mut gone = gone;
    assert_eq!(gone.receive_message(&sealed), Err(ReceiveError::NotAMember));
    assert!(gone.frame_keys().is_none() && gone.promise(How::Password).is_none());
    assert_eq!(gone.prepare(&update()).err(), Some(PrepareError::NotAMember));
    assert_eq!(gone.seal_application(b"still here"), Err(SealError::NotAMember));
}

#[test]
fn who_was_removed_is_not_heard_any_more_even_in_the_old_epoch() {
    let mut groups = room_of(3);
    let last_words = groups[2].seal_application(b"just before").unwrap();
    let id = groups[2].my_id();
    commit(&mut groups, 0, &remove(id, Grounds::Moderator));
    assert_eq!(groups[1].receive_message(&last_words), Err(ReceiveError::Past));
}

#[test]
fn newcomers_after_a_removal_hold_the_new_room_psk() {
    let mut groups = room_of(3);
    let id = groups[2].my_id();
    commit(&mut groups, 0, &remove(id, Grounds::Moderator));
    enter(&mut groups, 1, 500);
    assert_agreed(&groups);
    assert_eq!(groups[2].room_psk().generation(), 1);
}

#[test]
fn one_commit_may_remove_and_admit() {
    let mut groups = room_of(3);
    let (candidate, proven) = candidate(600);
    let promise = groups[0].promise(How::Password).unwrap();
    let plan = Plan { admit: vec![proven], ..remove(groups[2].my_id(), Grounds::Moderator) };
    let package = commit(&mut groups, 0, &plan).welcome.unwrap();
    assert_eq!(package.room_psk.generation(), 0, "the Welcome is opened with the old one");
    let newcomer = Group::join(candidate, ROOM, &package.welcome, package.room_psk, &promise).unwrap();
    assert_eq!(newcomer.me().unwrap().leaf, 2, "the freed leaf, somebody else's name");
    groups.push(newcomer);
    assert_agreed(&groups);
    assert_eq!(groups[2].room_psk().generation(), 1);
}

#[test]
fn ownership_passes_on_in_the_commit_that_removes_the_owner() {
    let mut groups = room_of(3);
    let leave = groups[0].sign_leave();
    assert_eq!(groups[1].owner(), Some(groups[0].my_id()));
    commit(&mut groups, 2, &remove(leave.member, Grounds::Leave(leave)));
    assert_eq!(groups.len(), 2);
    for group in &groups {
        assert_eq!(group.owner(), Some(groups[0].my_id()), "the first of the roster");
    }
    // The new owner may do what the old one could.
    let id = groups[1].my_id();
    commit(&mut groups, 0, &remove(id, Grounds::Moderator));
    assert_eq!(groups.len(), 1);
}

#[test]
fn who_fell_silent_keeps_its_place_in_the_succession_who_left_does_not() {
    for silent in [true, false] {
        let mut groups = room_of(3);
        let owner = groups[0].my_id();
        let grounds = if silent {
            Grounds::Silence([1, 2].map(|i: usize| groups[i].sign_silence(owner).unwrap()).to_vec())
        } else {
            Grounds::Leave(groups[0].sign_leave())
        };
        commit(&mut groups, 1, &remove(owner, grounds));
        // The removed one has merged its own removal; the others go on.
        assert_eq!(groups[0].state().settings().succession.contains(&owner), silent);
        assert_eq!(groups[0].owner(), Some(groups[0].my_id()));
    }
}

#[test]
fn silence_takes_more_than_half_of_the_others() {
    for (people, needed) in [(2, 1), (3, 2), (4, 2), (5, 3)] {
        let mut groups = room_of(people);
        assert_eq!(groups[1].silences_needed(), needed);
        let target = groups[0].my_id();
        let said: Vec<_> = (1..=needed).map(|i| groups[i].sign_silence(target).unwrap()).collect();
        assert!(said.iter().all(|said| groups[1].verify_silence(said)));
        let too_few = remove(target, Grounds::Silence(said[1..].to_vec()));
        assert_eq!(groups[1].prepare(&too_few).err(), Some(PrepareError::NotAllowed(Refusal::Grounds)));
        let one_voice = remove(target, Grounds::Silence(vec![said[0].clone(); needed]));
        if needed > 1 {
            assert_eq!(groups[1].prepare(&one_voice).err(), Some(PrepareError::NotAllowed(Refusal::Grounds)));
        }
        commit(&mut groups, 1, &remove(target, Grounds::Silence(said)));
        assert_eq!(groups.len() as u64, people - 1);
    }
}

#[test]
fn statements_count_for_whom_by_whom_where_and_when_they_were_made() {
    let mut groups = room_of(4);
    let target = groups[3].my_id();
    let good = groups[1].sign_silence(target).unwrap();
    assert!(groups[0].verify_silence(&good));
    assert!(groups[0].sign_silence(groups[0].my_id()).is_none(), "not about oneself");
    assert!(groups[0].sign_silence(MemberId([1; 16])).is_none(), "not about a stranger");
    let about_itself = statement::silence_statement(groups[3].group_id(), target, target, good.epoch);
    let about_itself = groups[3].key.sign_bytes(&about_itself).to_vec();
    let elsewhere = same_people_elsewhere(4);
    assert_eq!(elsewhere[3].my_id(), target);
    for bad in [
        Silence { member: groups[2].my_id(), ..good.clone() },
        Silence { by: groups[2].my_id(), ..good.clone() },
        Silence { by: target, signature: about_itself, ..good.clone() },
        Silence { epoch: good.epoch + 1, ..good.clone() },
        Silence { epoch: good.epoch - 1, ..good.clone() },
        Silence { signature: Vec::new(), ..good.clone() },
        elsewhere[1].sign_silence(elsewhere[3].my_id()).unwrap(),
    ] {
        assert!(!groups[0].verify_silence(&bad));
    }
    for _ in 1..SILENCE_EPOCHS {
        commit(&mut groups, 0, &update());
        assert!(groups[0].verify_silence(&good), "survives a lost race");
    }
    commit(&mut groups, 0, &update());
    assert!(!groups[0].verify_silence(&good), "does not lie in wait");
}

/// The newcomers of [`room_of`], with the same keys, in a group of another founder.
fn same_people_elsewhere(n: u64) -> Vec<Group> {
    let mut groups = vec![Group::create(ROOM, Language::French, entropy(77)).unwrap()];
    (1..n).for_each(|i| enter(&mut groups, 0, 100 + i));
    groups
}

#[test]
fn a_leave_is_the_leavers_own() {
    let groups = room_of(3);
    let leave = groups[2].sign_leave();
    assert!(!groups[0].verify_leave(&Leave { member: groups[1].my_id(), ..leave.clone() }));
    assert!(!groups[0].verify_leave(&Leave { member: MemberId([1; 16]), ..leave.clone() }));
    let elsewhere = same_people_elsewhere(3);
    assert_eq!(elsewhere[2].my_id(), groups[2].my_id());
    assert!(!groups[0].verify_leave(&elsewhere[2].sign_leave()));
    assert!(groups[0].verify_leave(&leave));
}

#[test]
fn a_leave_removes_only_who_signed_it() {
    let mut groups = room_of(3);
    let leave = groups[2].sign_leave();
    let of_another = remove(groups[1].my_id(), Grounds::Leave(leave.clone()));
    assert_eq!(groups[0].prepare(&of_another).err(), Some(PrepareError::NotAllowed(Refusal::Grounds)));
    let forged = Leave { signature: groups[1].key.sign_bytes(b"incamera/1 leave").to_vec(), ..leave.clone() };
    let forged = remove(leave.member, Grounds::Leave(forged));
    assert_eq!(groups[1].prepare(&forged).err(), Some(PrepareError::NotAllowed(Refusal::Grounds)));
    commit(&mut groups, 1, &remove(leave.member, Grounds::Leave(leave)));
}

#[test]
fn nobody_removes_itself_or_the_owner_on_its_own_say() {
    let mut groups = room_of(3);
    let moderator = groups[1].my_id();
    let settings = Settings { moderators: vec![moderator], ..groups[0].state().settings().clone() };
    let owner = groups[0].my_id();
    commit(&mut groups, 0, &Plan { settings: Some(settings), ..Plan::default() });
    assert!(groups[2].state().is_moderator(moderator));
    for target in [owner, moderator] {
        let refused = groups[1].prepare(&remove(target, Grounds::Moderator)).err();
        assert_eq!(refused, Some(PrepareError::NotAllowed(Refusal::Grounds)));
    }
    let target = groups[2].my_id();
    commit(&mut groups, 1, &remove(target, Grounds::Moderator));
}

#[test]
fn only_the_owner_hands_over() {
    let mut groups = room_of(3);
    let moderator = groups[1].my_id();
    let settings = Settings { moderators: vec![moderator], ..groups[0].state().settings().clone() };
    commit(&mut groups, 0, &Plan { settings: Some(settings.clone()), ..Plan::default() });
    let coup = Settings { succession: vec![moderator], ..settings.clone() };
    let refused = groups[1].prepare(&Plan { settings: Some(coup.clone()), ..Plan::default() }).err();
    assert_eq!(refused, Some(PrepareError::NotAllowed(Refusal::NotModerator)));
    commit(&mut groups, 0, &Plan { settings: Some(coup), ..Plan::default() });
    assert_eq!(groups[2].owner(), Some(moderator));
}

#[test]
fn a_new_password_is_one_step_and_moves_room_psk() {
    let mut groups = room_of(2);
    let now = groups[0].state().settings().clone();
    let jump = Settings { pw_gen: 2, ..now.clone() };
    let refused = groups[0].prepare(&Plan { settings: Some(jump), ..Plan::default() }).err();
    assert_eq!(refused, Some(PrepareError::NotAllowed(Refusal::Generation)));
    commit(&mut groups, 0, &Plan { settings: Some(Settings { pw_gen: 1, ..now }), ..Plan::default() });
    assert_eq!((groups[1].state().settings().pw_gen, groups[1].room_psk().generation()), (1, 1));
}

#[test]
fn what_later_versions_add_to_the_settings_is_kept() {
    let mut groups = room_of(2);
    let later =
        Settings { later: vec![(77, b"shape unknown".to_vec())], policy: 1 << 30 | 1, ..groups[0].state().settings().clone() };
    commit(&mut groups, 0, &Plan { settings: Some(later.clone()), ..Plan::default() });
    enter(&mut groups, 1, 700);
    assert_eq!(groups[2].state().settings(), &later);
}

#[test]
fn a_removal_that_lost_the_race_hits_nobody_else() {
    let mut groups = room_of(4);
    let gone = groups[2].sign_leave();
    let banned = remove(gone.member, Grounds::Moderator);
    // The founder's removal loses to one that puts somebody new into the same leaf.
    let plan = remove(gone.member, Grounds::Leave(gone));
    let mut others = groups.split_off(2);
    others.remove(0);
    groups.append(&mut others);
    commit(&mut groups, 1, &plan);
    enter(&mut groups, 1, 800);
    assert_eq!(groups[3].me().unwrap().leaf, 2);
    let outcome = groups[0].prepare(&banned);
    assert_eq!(outcome.err(), Some(PrepareError::Nothing), "not found is not done, and nobody else's leaf");
    let with_more = Plan { update: true, ..banned };
    let prepared = groups[0].prepare(&with_more).unwrap();
    assert_eq!((prepared.not_found.len(), prepared.removed.len()), (1, 0));
}

#[test]
fn a_refused_commit_is_grounds_for_any_member_who_saw_it() {
    let mut groups = room_of(4);
    let bad = unrecorded(&mut groups[3]);
    let culprit = groups[3].my_id();
    let mut hash = None;
    for group in &mut groups[..2] {
        let Err(ReceiveError::Refused { by, commit, .. }) = group.receive_commit(&bad) else { panic!() };
        assert_eq!(by, Some(culprit));
        hash = Some(commit);
    }
    let grounds = Grounds::RefusedCommit(hash.unwrap());
    let innocent = groups[2].my_id();
    let wrong = groups[0].prepare(&remove(innocent, grounds.clone())).err();
    assert_eq!(wrong, Some(PrepareError::NotAllowed(Refusal::Grounds)));
    let next = groups[1].prepare(&remove(culprit, grounds)).unwrap().commit;
    // Who was kept from the refused commit cannot judge this one, and says so; given the log in order, it can.
    assert!(matches!(groups[2].receive_commit(&next), Err(ReceiveError::Refused { reason: Refusal::Grounds, .. })));
    let judged = groups[0].receive_commit(&next).unwrap();
    groups[0].merge(judged).unwrap();
    groups[1].merge_pending().unwrap();
    groups.truncate(2);
    assert_agreed(&groups);
    assert_eq!(groups[0].members().len(), 3);
}

#[test]
fn grounds_of_a_past_epoch_are_gone() {
    let mut groups = room_of(3);
    let bad = unrecorded(&mut groups[2]);
    let culprit = groups[2].my_id();
    let mut hash = [0; 32];
    for group in &mut groups[..2] {
        if let Err(ReceiveError::Refused { commit, .. }) = group.receive_commit(&bad) {
            hash = commit;
        }
    }
    commit(&mut groups, 0, &update());
    let late = groups[1].prepare(&remove(culprit, Grounds::RefusedCommit(hash))).err();
    assert_eq!(late, Some(PrepareError::NotAllowed(Refusal::Grounds)));
}
