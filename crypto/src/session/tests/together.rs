//! Hands, reactions, a countdown: what members do together.

use super::super::*;
use super::world::World;
use crate::group::MemberId;
use together::Word;

/// The queue of hands on a member's screen.
fn hands(world: &World, client: usize) -> Vec<MemberId> {
    let hands = |event: &Event| if let Event::Together(News::Hands(hands)) = event { Some(hands.clone()) } else { None };
    world.clients[client].events.iter().filter_map(hands).next_back().unwrap_or_default()
}

fn reactions(world: &World, client: usize) -> usize {
    world.clients[client].events.iter().filter(|event| matches!(event, Event::Together(News::Reacted { .. }))).count()
}

fn raises(world: &mut World, client: usize, up: bool) {
    world.does(client, Command::Together(Act::Hand(up)));
}

#[test]
fn hands_stand_in_the_order_of_raising_for_everybody_and_for_who_comes_later() {
    let mut world = World::meeting(4);
    for client in [2, 0, 3] {
        raises(&mut world, client, true);
        world.run(300);
    }
    let order = [2, 0, 3].map(|client| world.member(client));
    for client in 0..4 {
        assert_eq!(hands(&world, client), order, "{client}");
    }
    let late = world.arrive(1);
    world.run(3_000);
    assert_eq!(hands(&world, late), order);
    raises(&mut world, 2, false);
    raises(&mut world, late, true);
    world.run(300);
    let order = [0, 3, late].map(|client| world.member(client));
    for client in 0..5 {
        assert_eq!(hands(&world, client), order, "{client}");
    }
}

#[test]
fn a_moderator_lowers_one_or_all_and_nobody_else_does() {
    let mut world = World::meeting(3);
    raises(&mut world, 1, true);
    world.run(100);
    raises(&mut world, 2, true);
    world.run(100);
    let one = world.member(1);
    // Ben's client was changed: it says what moderators say.
    world.says(2, &body::Body::Together(Word::LowerHand(Some(one))));
    world.run(100);
    assert_eq!((hands(&world, 0).len(), hands(&world, 1).len()), (2, 2));
    world.does(2, Command::Together(Act::LowerHand(None)));
    assert!(world.notices(2).contains(&Notice::NotDone));
    world.does(0, Command::Together(Act::LowerHand(Some(one))));
    world.run(100);
    for client in 0..3 {
        assert_eq!(hands(&world, client), [world.member(2)], "{client}");
    }
    let by = world.member(0);
    let told = |world: &World, client: usize| {
        world.clients[client]
            .events
            .iter()
            .any(|event| matches!(event, Event::Together(News::HandLowered { by: who }) if *who == by))
    };
    assert!(told(&world, 1) && !told(&world, 2));
    world.does(0, Command::Together(Act::LowerHand(None)));
    world.run(100);
    assert!((0..3).all(|client| hands(&world, client).is_empty()));
    // What was lowered is not said to newcomers.
    let late = world.arrive(1);
    world.run(3_000);
    assert!(hands(&world, late).is_empty());
}

#[test]
fn nobody_jumps_the_queue_by_saying_that_its_hand_was_up_for_an_hour() {
    let mut world = World::meeting(3);
    world.run(12_000);
    raises(&mut world, 1, true);
    world.run(5_000);
    world.says(2, &body::Body::Together(Word::Hand(Some(3_600_000))));
    world.run(100);
    assert_eq!(hands(&world, 0), [world.member(1), world.member(2)]);
}

#[test]
fn hands_go_with_those_who_leave_and_come_back_with_those_who_were_cut_off() {
    let mut world = World::meeting(3);
    raises(&mut world, 1, true);
    raises(&mut world, 2, true);
    world.run(300);
    world.does(2, Command::Leave);
    world.run(2_000);
    assert_eq!(hands(&world, 0), [world.member(1)]);
    // Ben loses the connection, lowers the hand meanwhile, and comes back.
    world.cut(1, true);
    world.run(500);
    raises(&mut world, 1, false);
    world.run(1_000);
    assert_eq!(hands(&world, 0), [world.member(1)]);
    world.cut(1, false);
    world.run(6_000);
    assert_eq!((hands(&world, 0), hands(&world, 1)), (vec![], vec![]));
    // And the other way round: raised while Ben was away.
    world.cut(1, true);
    world.run(500);
    raises(&mut world, 0, true);
    world.run(1_000);
    world.cut(1, false);
    world.run(6_000);
    assert_eq!(hands(&world, 1), [world.member(0)]);
}

#[test]
fn reactions_are_seen_by_all_and_a_flood_of_them_by_nobody() {
    let mut world = World::meeting(3);
    world.does(1, Command::Together(Act::React(Reaction::Applause)));
    world.run(100);
    for client in 0..3 {
        assert_eq!(reactions(&world, client), 1, "{client}");
    }
    // A client that sends as many as it likes.
    for _ in 0..100 {
        world.says(2, &body::Body::Together(Word::React(Reaction::Heart)));
    }
    world.run(1_000);
    assert!(reactions(&world, 0) <= 10 && reactions(&world, 0) > 5, "{}", reactions(&world, 0));
    for _ in 0..100 {
        world.does(1, Command::Together(Act::React(Reaction::Laugh)));
    }
    world.run(1_000);
    assert!(reactions(&world, 1) <= 16, "{}", reactions(&world, 1));
}

#[test]
fn who_asks_without_end_does_not_make_others_talk_without_end() {
    let mut world = World::meeting(2);
    raises(&mut world, 0, true);
    world.run(1_000);
    let before = world.room(0).people.said();
    for _ in 0..100 {
        world.says(1, &body::Body::Missed);
        world.run(40);
    }
    let said = world.room(0).people.said() - before;
    assert!(said <= 4, "{said} messages in four seconds");
}

pub(super) fn timer(world: &World, client: usize) -> Option<Countdown> {
    let timer = |event: &Event| if let Event::Together(News::Timer(timer)) = event { Some(timer.clone()) } else { None };
    world.clients[client].events.iter().filter_map(timer).next_back().flatten()
}

pub(super) fn times(world: &mut World, client: usize, act: TimerAct) {
    world.does(client, Command::Together(Act::Timer(act)));
}

#[test]
fn a_countdown_ends_at_one_moment_for_all_and_for_who_comes_when_its_author_has_gone() {
    let mut world = World::meeting(4);
    times(&mut world, 3, TimerAct::Start { label: " Tea\n".into(), millis: 60_000 });
    world.run(200);
    for client in 0..4 {
        let shown = timer(&world, client).expect("it runs");
        assert_eq!((shown.by, shown.label.as_str(), shown.length), (world.member(3), "Tea", 60_000), "{client}");
        assert!(shown.left > 59_900, "{client}");
    }
    world.does(3, Command::Leave);
    world.run(10_000);
    let late = world.arrive(1);
    world.run(3_000);
    let shown = timer(&world, late).expect("somebody told it");
    assert!((46_000..51_000).contains(&shown.left), "{}", shown.left);
    // Somebody who has neither started it nor governs changes nothing; a moderator does.
    times(&mut world, 2, TimerAct::Stop);
    assert!(world.notices(2).contains(&Notice::NotDone));
    times(&mut world, 0, TimerAct::Extend(60_000));
    world.run(200);
    for client in [0, 1, 2, late] {
        assert_eq!(timer(&world, client).map(|shown| shown.length), Some(120_000), "{client}");
    }
    times(&mut world, 0, TimerAct::Stop);
    world.run(200);
    assert!([0, 1, 2, late].into_iter().all(|client| timer(&world, client).is_none()));
}

#[test]
fn two_countdowns_started_at_once_are_one() {
    let mut world = World::meeting(3);
    times(&mut world, 1, TimerAct::Start { label: "one".into(), millis: 60_000 });
    times(&mut world, 2, TimerAct::Start { label: "two".into(), millis: 90_000 });
    world.run(500);
    let first = timer(&world, 0).expect("it runs");
    assert!((1..3).all(|client| timer(&world, client).is_some_and(|shown| shown.label == first.label && shown.by == first.by)));
}
