//! Rooms that are not there yet, on a host that lets only some open one.

use super::super::*;
use super::world::World;
use wire::permission::{Period, Token};

fn token(number: u8) -> Token {
    Token { period: Period(1), nonce: [number; 32], output: ([number; 32], [number; 32]) }
}

fn spent(world: &World, client: usize) -> usize {
    world.clients[client].events.iter().filter(|event| matches!(event, Event::TokenSpent)).count()
}

#[test]
fn who_may_opens_the_room_and_the_others_are_asked_nothing() {
    let mut world = World::new();
    world.host.ask_permission([token(1), token(2)]);
    let ann = world.arrive_with(vec![token(1), token(2)], false);
    world.run(3_000);
    assert_eq!((world.clients[ann].phase, spent(&world, ann)), (Phase::AloneOrApart, 1));
    assert_eq!(world.host.shown, [token(2)], "the last");
    let ben = world.arrive_with(vec![token(7)], false);
    world.run(5_000);
    world.assert_together(&[ann, ben]);
    assert_eq!((spent(&world, ben), world.host.shown.len()), (0, 1), "a token is not shown where none is needed");
}

#[test]
fn who_may_not_is_told_so() {
    let mut world = World::new();
    world.host.ask_permission([]);
    let nobody = world.arrive_with(vec![], false);
    world.run(3_000);
    assert_eq!(world.clients[nobody].phase, Phase::Ended(End::PermissionNeeded));
}

/// A host that was started anew knows none of a batch. It is shown one of it and not the rest, which would tie rooms together.
#[test]
fn a_token_that_is_not_good_is_the_last_that_is_shown() {
    let mut world = World::new();
    world.host.ask_permission([token(9)]);
    let late = world.arrive_with(vec![token(1), token(2), token(3)], false);
    world.run(60_000);
    assert_eq!(world.clients[late].phase, Phase::Ended(End::PermissionNeeded));
    assert_eq!((spent(&world, late), world.host.shown.len()), (1, 1));
}

#[test]
fn who_waits_comes_in_when_somebody_opens() {
    let mut world = World::new();
    world.host.ask_permission([token(1)]);
    let waits = world.arrive_with(vec![], true);
    world.run(120_000);
    assert_eq!(world.clients[waits].phase, Phase::Connecting);
    let looks = world.host.asked;
    assert!((10..=20).contains(&looks), "{looks} looks in two minutes");
    let opens = world.arrive_with(vec![token(1)], false);
    world.run(15_000);
    world.assert_together(&[opens, waits]);
}

/// Both were cut off for longer than seats are kept, and the host has forgotten the room. Whoever can opens it again; the other finds it.
#[test]
fn a_meeting_that_the_host_forgot_is_opened_again_by_who_can() {
    let mut world = World::new();
    world.host.ask_permission([token(1), token(2)]);
    let ann = world.arrive_with(vec![token(1), token(2)], false);
    world.run(3_000);
    let ben = world.arrive_with(vec![], false);
    world.run(5_000);
    world.assert_together(&[ann, ben]);
    world.cut(ann, true);
    world.cut(ben, true);
    world.run(40_000);
    world.cut(ben, false);
    world.run(6_000);
    assert_eq!(
        world.clients[ben].phase,
        Phase::Reconnecting,
        "it has nothing to open the room with, and does not give up at once"
    );
    world.cut(ann, false);
    world.run(20_000);
    world.assert_together(&[ann, ben]);
    assert_eq!(spent(&world, ann), 2);
}
