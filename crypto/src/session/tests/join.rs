//! Coming in.

use super::super::letter::Letter;
use super::super::*;
use super::world::World;
use crate::admission::{DoorMessage, Refused};
use std::cell::Cell;
use std::rc::Rc;

#[test]
fn two_with_the_same_password_meet() {
    let mut world = World::meeting(2);
    world.run(3_000);
    world.assert_together(&[0, 1]);
    let people = &world.clients[0].people;
    assert_eq!(people.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["person 0", "person 1"]);
    assert_eq!(world.clients[1].people.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["person 0", "person 1"]);
    assert!(people.iter().all(|p| !p.joining && p.connected && p.devices.microphone && !p.devices.camera), "{people:?}");
    assert!(people[0].owner && !people[1].owner && people[0].me && !people[1].me);
    assert_eq!(people[1].participant, Some(world.seat(1)));
    assert!(world.notices(0).contains(&Notice::MemberJoined { name: "person 1".into() }));
}

#[test]
fn the_first_is_told_that_it_may_be_kept_apart() {
    let world = World::meeting(1);
    assert_eq!(world.clients[0].phase, Phase::AloneOrApart);
    assert!(world.clients[0].people[0].owner);
}

#[test]
fn a_newcomer_shows_as_joining_until_it_says_something_signed() {
    let mut world = World::meeting(2);
    world.run(2_000);
    let late = world.arrive(1);
    // The newcomer is admitted, and then says nothing.
    world.on_way_up = Some(Box::new(move |client, message| match message {
        wire::ToHost::Broadcast(_) | wire::ToHost::Commit(_) if client == late => vec![],
        other => vec![other],
    }));
    world.run(3_000);
    let newcomer = world.member(late);
    let joining =
        |world: &World| world.clients[0].people.iter().find(|person| person.member == newcomer).map(|person| person.joining);
    assert_eq!(joining(&world), Some(true));
    world.on_way_up = None;
    world.run(6_000);
    assert_eq!(joining(&world), Some(false));
}

#[test]
fn a_newcomers_first_act_is_to_move_its_own_keys() {
    let mut world = World::meeting(1);
    world.arrive(1);
    world.run(3_000);
    // Epoch 1 by the Add, epoch 2 by the newcomer.
    assert_eq!(world.room(0).group.epoch(), 2);
    let by = world.host.log.values().last().unwrap().by;
    assert_eq!(by, world.seat(1));
}

#[test]
fn a_wrong_password_ends_the_try_and_everybody_inside_is_told() {
    let mut world = World::meeting(3);
    let thief = world.arrive(2);
    world.run(5_000);
    assert_eq!(world.clients[thief].phase, Phase::Ended(End::WrongPassword { tries: 1 }));
    for client in 0..3 {
        assert_eq!(world.notices(client).last(), Some(&Notice::WrongPasswordTried { total: 1 }), "{client}");
        assert_eq!(world.clients[client].people.len(), 3);
    }
    let late = world.arrive(1);
    world.run(3_000);
    assert_eq!(world.room(late).door.budget.list(), [(world.member(0), 1)], "who comes later is told, too");
    let thief = world.arrive_after(2, 1);
    world.run(5_000);
    assert_eq!(world.clients[thief].phase, Phase::Ended(End::WrongPassword { tries: 2 }));
}

#[test]
fn guesses_at_somebody_who_has_left_are_told_to_newcomers() {
    let mut world = World::meeting(3);
    world.arrive(2);
    world.run(5_000);
    let (left, budget) = (world.member(0), world.room(1).door.budget.total());
    assert_eq!(budget, 1);
    world.does(0, Command::Leave);
    world.run(3_000);
    let late = world.arrive(1);
    world.run(3_000);
    assert_eq!(world.room(late).door.budget.list(), [(left, 1)]);
}

#[test]
fn three_wrong_ones_close_one_members_door_and_the_next_answers() {
    let mut world = World::meeting(2);
    for _ in 0..3 {
        world.arrive(2);
        world.run(2_000);
    }
    assert!(world.room(0).door.budget.is_closed_at(world.member(0)));
    let friend = world.arrive(1);
    world.run(5_000);
    assert_eq!(world.clients[friend].phase, Phase::Joined);
    let by = world.member(1);
    let admitted = world.clients[friend].people.iter().find(|person| person.me).unwrap().admitted;
    assert_eq!(admitted, crate::group::Admission::Password { by, pw_gen: 0 });
}

/// How many wrong proofs this member has answered as such: each was a guess.
fn count_answered(world: &mut World, member: usize) -> Rc<Cell<u32>> {
    let answered = Rc::new(Cell::new(0));
    let counted = answered.clone();
    world.on_way_up = Some(Box::new(move |client, message| {
        if let wire::ToHost::Relay { body, .. } = &message
            && client == member
            && matches!(Letter::read(body), Some(Letter::Door(DoorMessage::Refused(_, Refused::WrongProof))))
        {
            counted.set(counted.get() + 1);
        }
        vec![message]
    }));
    answered
}

#[test]
fn however_many_come_at_once_a_door_answers_three_guesses() {
    let mut world = World::meeting(1);
    let answered = count_answered(&mut world, 0);
    let thieves: Vec<usize> = (0..8).map(|_| world.arrive(2)).collect();
    world.run(12_000);
    assert_eq!(answered.get(), 3);
    assert!(world.room(0).door.budget.is_closed_at(world.member(0)));
    assert!(thieves.iter().all(|thief| world.clients[*thief].phase != Phase::Joined));
}

#[test]
fn a_run_that_is_open_when_the_door_closes_is_not_answered() {
    let mut world = World::meeting(1);
    let answered = count_answered(&mut world, 0);
    for _ in 0..2 {
        world.arrive(2);
        world.run(2_000);
    }
    // Three runs, one guess left.
    for _ in 0..3 {
        world.arrive(2);
    }
    world.run(5_000);
    assert_eq!(answered.get(), 3);
}

#[test]
fn who_comes_in_again_has_no_new_guesses_to_give() {
    // As who it was, and, when nobody can know it any more, as somebody new.
    for (away, same) in [(40_000, true), (700_000, false)] {
        guesses_after_coming_in_again(away, same);
    }
}

fn guesses_after_coming_in_again(away: u64, same: bool) {
    let mut world = World::meeting(3);
    let answered = count_answered(&mut world, 0);
    for _ in 0..2 {
        world.arrive(2);
        world.run(2_000);
    }
    assert_eq!(answered.get(), 2);
    let before = world.member(0);
    world.cut(0, true);
    world.run(away);
    world.cut(0, false);
    world.run(20_000);
    assert_eq!(world.member(0) == before, same, "removed for its silence, and in again");
    for _ in 0..4 {
        world.arrive(2);
    }
    world.run(20_000);
    assert_eq!(answered.get(), 3, "one was left");
}

#[test]
fn ten_wrong_ones_close_the_room_to_passwords() {
    let mut world = World::meeting(4);
    for _ in 0..10 {
        world.arrive(2);
        world.run(7_000);
    }
    for client in 0..4 {
        assert!(world.notices(client).contains(&Notice::PasswordDoorClosed));
        assert_eq!(world.notices(client).iter().filter(|notice| **notice == Notice::PasswordDoorClosed).count(), 1);
    }
    let late = world.arrive(1);
    world.run(3_000);
    assert_eq!(world.clients[late].phase, Phase::Ended(End::GuessingSuspected));
}

#[test]
fn who_came_in_after_wrong_tries_says_how_many() {
    let mut world = World::meeting(2);
    let late = world.arrive_after(1, 2);
    world.run(3_000);
    let member = world.member(late);
    for client in 0..2 {
        assert!(world.notices(client).contains(&Notice::FailedTriesBeforeJoin { member, count: 2 }));
    }
}

#[test]
fn two_who_come_at_the_same_moment_end_in_one_room() {
    let mut world = World::new();
    let (a, b) = (world.arrive(1), world.arrive(1));
    world.run(5_000);
    world.assert_together(&[a, b]);
}

#[test]
fn five_who_come_at_the_same_moment_end_in_one_room() {
    let mut world = World::new();
    let all: Vec<usize> = (0..5).map(|_| world.arrive(1)).collect();
    world.run(12_000);
    world.assert_together(&all);
}

#[test]
fn two_whom_the_host_keeps_apart_find_each_other_when_it_lets_them() {
    let mut world = World::new();
    let a = world.arrive(1);
    world.run(1_000);
    let b = world.arrive(1);
    // The host tells b that nobody is here, too.
    world.on_way_down = Some(Box::new(move |to, message| match message {
        wire::FromHost::Entered(entered) if to == b => {
            vec![wire::FromHost::Entered(wire::Entered { standing: wire::RoomStanding::Empty, members: vec![], ..entered })]
        }
        wire::FromHost::Occupied if to == b => vec![wire::FromHost::Created],
        wire::FromHost::Knocked { .. } => vec![],
        other => vec![other],
    }));
    world.run(2_000);
    assert_eq!((world.clients[a].phase, world.clients[b].phase), (Phase::AloneOrApart, Phase::AloneOrApart));
    assert_ne!(world.room(a).group.group_id(), world.room(b).group.group_id());
    let lower = world.room(a).group.group_id().min(world.room(b).group.group_id()).to_vec();
    world.on_way_down = None;
    world.become_member(world.seat(b));
    world.run(12_000);
    world.assert_together(&[a, b]);
    assert_eq!(world.room(a).group.group_id(), lower, "the higher group id yields");
}

#[test]
fn joins_share_a_commit() {
    let mut world = World::meeting(2);
    world.run(3_000);
    let before = world.room(0).group.epoch();
    let all: Vec<usize> = (0..3).map(|_| world.arrive(1)).collect();
    world.run(400);
    let adds = world.host.log.values().filter(|entry| entry.slot.epoch.0 >= before && entry.by == world.seat(0)).count();
    assert!(adds <= 2, "{adds} commits for 3 newcomers");
    world.run(5_000);
    world.assert_together(&[0, 1, all[0], all[1], all[2]]);
}

#[test]
fn nobody_inside_answers_and_the_newcomer_is_told() {
    let mut world = World::meeting(2);
    let late = world.arrive(1);
    world.on_way_up = Some(Box::new(move |client, message| if client == late { vec![message] } else { vec![] }));
    world.run(60_000);
    assert_eq!(world.clients[late].phase, Phase::Ended(End::NoAnswer));
}

#[test]
fn the_next_member_answers_when_the_first_does_not() {
    let mut world = World::meeting(2);
    world.on_way_up =
        Some(Box::new(
            |client, message| if client == 0 && matches!(message, wire::ToHost::Relay { .. }) { vec![] } else { vec![message] },
        ));
    let late = world.arrive(1);
    world.run(4_000);
    assert_eq!(world.clients[late].phase, Phase::Joined);
}

#[test]
fn a_newcomer_who_vanishes_after_its_proof_does_not_stay() {
    let mut world = World::meeting(2);
    let late = world.arrive(1);
    world.on_way_down = Some(Box::new(move |to, message| match message {
        wire::FromHost::Relayed { .. } if to == late => vec![message],
        other => vec![other],
    }));
    world.run(140);
    world.kill(late);
    world.run(20_000);
    world.assert_together(&[0, 1]);
}

/// More come at once than the host lets knock, and more than one door answers.
#[test]
fn fifty_who_come_within_five_seconds_are_in_soon_and_by_few_commits() {
    let mut world = World::meeting(1);
    let (before, begun) = (world.room(0).group.epoch(), world.now);
    let said = Rc::new(Cell::new(0));
    let count = Rc::clone(&said);
    world.on_way_up = Some(Box::new(move |_, message| {
        count.set(count.get() + usize::from(matches!(message, wire::ToHost::Broadcast(_))));
        vec![message]
    }));
    let mut all = vec![0];
    all.extend((0..40).map(|_| world.arrive(1)));
    for _ in 0..10 {
        world.run(500);
        all.push(world.arrive(1));
    }
    let inside = |world: &World| all.iter().filter(|&&client| world.clients[client].phase == Phase::Joined).count();
    while inside(&world) < all.len() && world.now < begun + 8_000 {
        world.run(100);
    }
    let admitting = world.host.log.values().filter(|entry| entry.slot.epoch.0 >= before && entry.by == world.seat(0)).count();
    let (commits, said) = (world.host.log.len(), said.get());
    assert!(admitting <= 26 && commits <= admitting + all.len(), "{admitting} commits for newcomers, {commits} in all");
    assert!(said <= 1_000, "{said} letters to everybody: heartbeats do not come with each epoch of so many");
    assert_eq!(inside(&world), all.len(), "within {} ms", world.now - begun);
    world.assert_together(&all);
}
