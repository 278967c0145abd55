//! Coming back as who one was, without the password.

use super::super::*;
use super::world::World;
use crate::password::NewPassword;

/// The client's network is gone for so long, and there again.
fn away(world: &mut World, client: usize, ms: u64) {
    world.cut(client, true);
    world.run(ms);
    world.cut(client, false);
    world.network_is_back(client);
}

#[test]
fn who_was_away_for_minutes_is_back_within_three_seconds_as_who_it_was() {
    let mut world = World::meeting(3);
    let (me, owner) = (world.member(2), world.member(0));
    world.does(0, Command::Govern(Govern::Moderator(me, true)));
    world.run(500);
    away(&mut world, 2, 300_000);
    assert_eq!(world.clients[0].people.len(), 2, "the others have given it up");
    world.run(3_000);
    world.assert_together(&[0, 1, 2]);
    assert_eq!(world.member(2), me);
    let person = world.clients[1].people.iter().find(|person| person.member == me).expect("on the roster");
    assert!(person.moderator && matches!(person.admitted, crate::group::Admission::Rejoined { by, guest: false } if by == owner));
    assert_eq!(person.name, "person 2");
}

#[test]
fn neither_another_password_nor_a_lock_keeps_out_who_was_inside() {
    let mut world = World::meeting(3);
    let me = world.member(2);
    world.cut(2, true);
    world.run(20_000);
    world.does(0, Command::Govern(Govern::Password(NewPassword::from_bytes([99; 64], 1))));
    world.does(0, Command::Govern(Govern::Rule(Rule::Locked, true)));
    world.run(5_000);
    world.cut(2, false);
    world.network_is_back(2);
    world.run(3_000);
    world.assert_together(&[0, 1, 2]);
    assert_eq!(world.member(2), me);
}

#[test]
fn who_was_put_out_while_away_does_not_come_back_as_who_it_was() {
    let mut world = World::meeting(3);
    let me = world.member(2);
    world.cut(2, true);
    world.run(500);
    world.does(0, Command::Govern(Govern::Ban(vec![me])));
    world.run(60_000);
    world.cut(2, false);
    world.network_is_back(2);
    world.run(30_000);
    assert!(matches!(world.clients[2].phase, Phase::Ended(End::Removed | End::Lost)), "{:?}", world.clients[2].phase);
    world.assert_together(&[0, 1]);
}

#[test]
fn who_was_compared_is_compared_still_when_it_is_back() {
    let mut world = World::meeting(2);
    for client in 0..2 {
        world.does(client, Command::ShowSafetyCode);
    }
    world.run(100);
    world.does(0, Command::ConfirmSafetyCode(None));
    world.run(100);
    let me = world.member(1);
    let verified = |world: &World| world.clients[0].people.iter().any(|person| person.member == me && person.verified);
    assert!(verified(&world));
    away(&mut world, 1, 60_000);
    world.run(6_000);
    world.assert_together(&[0, 1]);
    assert!(verified(&world));
}

#[test]
fn after_ten_minutes_nobody_knows_it_any_more_and_it_comes_in_as_anybody() {
    let mut world = World::meeting(3);
    let me = world.member(2);
    away(&mut world, 2, 660_000);
    world.run(15_000);
    world.assert_together(&[0, 1, 2]);
    assert_ne!(world.member(2), me);
}

#[test]
fn the_host_learns_nothing_of_who_comes_back() {
    let mut world = World::meeting(3);
    let me = world.member(2);
    world.cut(2, true);
    world.run(60_000);
    let seen = std::rc::Rc::new(std::cell::RefCell::new(Vec::<u8>::new()));
    let log = seen.clone();
    world.on_way_up = Some(Box::new(move |_, message| {
        log.borrow_mut().extend(wire::encode(&message));
        vec![message]
    }));
    world.cut(2, false);
    world.network_is_back(2);
    world.run(3_000);
    world.assert_together(&[0, 1, 2]);
    assert_eq!(world.member(2), me);
    let seen = seen.borrow();
    assert!(seen.len() > 3_000, "a join went by");
    assert!(!seen.windows(16).any(|bytes| bytes == me.0), "its id is in the clear");
}

#[test]
fn a_ban_that_comes_after_the_silence_keeps_out_all_the_same() {
    let mut world = World::meeting(3);
    let me = world.member(2);
    world.cut(2, true);
    world.run(30_000);
    assert_eq!(world.clients[0].people.len(), 2, "removed for its silence, and so among the lost");
    world.does(0, Command::Govern(Govern::Ban(vec![me])));
    world.run(1_000);
    assert!(!world.room(1).group.state().is_lost(me));
    assert!(world.notices(0).contains(&Notice::NotDone), "it was gone already, and may be here as somebody else");
    world.cut(2, false);
    world.network_is_back(2);
    world.run(30_000);
    assert!(matches!(world.clients[2].phase, Phase::Ended(End::Removed | End::Lost)), "{:?}", world.clients[2].phase);
    world.assert_together(&[0, 1]);
}

#[test]
fn who_is_neither_there_nor_lost_cannot_be_put_out_and_that_is_said() {
    let mut world = World::meeting(3);
    let gone = world.member(2);
    world.does(2, Command::Leave);
    world.run(1_000);
    world.does(0, Command::Govern(Govern::Remove(vec![gone])));
    world.run(500);
    assert!(world.notices(0).contains(&Notice::NotDone));
    world.assert_together(&[0, 1]);
}

#[test]
fn a_return_that_all_would_refuse_does_not_take_a_moderators_wish_along() {
    use crate::group::{Candidate, CheckedKeyPackage, Return};
    let mut world = World::meeting(3);
    let candidate = Candidate::new([88; 32]).unwrap();
    let said = Return { member: crate::group::MemberId([3; 16]), signature: vec![0; 64] };
    let forged = CheckedKeyPackage::read(candidate.key_package_bytes()).unwrap().rejoins(0, said);
    world.room_mut(0).queue.want(queue::Intent::Admit(Box::new(forged)), 0);
    world.does(0, Command::Govern(Govern::Rule(Rule::Locked, true)));
    world.run(1_000);
    assert!(world.room(1).group.state().has(crate::group::POLICY_LOCKED));
    assert!(!world.notices(0).contains(&Notice::NotDone));
}
