//! Lines that are said again.

use super::super::*;
use super::world::World;
use body::{Body, Line};
use letter::Letter;
use std::cell::RefCell;
use std::rc::Rc;
use wire::{FromHost, ToHost};

/// When the client sends what to one member alone.
fn relays_of(world: &mut World, who: usize) -> Rc<RefCell<u32>> {
    let count = Rc::new(RefCell::new(0));
    let counted = count.clone();
    world.on_way_up = Some(Box::new(move |client, message| {
        *counted.borrow_mut() += u32::from(client == who && matches!(message, ToHost::Relay { .. }));
        vec![message]
    }));
    count
}

/// One member says to the seat of another, as `Again`, what is meant for a third or for it.
fn says_again(world: &mut World, from: usize, seat_of: usize, meant_for: usize, text: &str) {
    let (seat, to) = (world.seat(seat_of), world.member(meant_for));
    let session = &mut world.clients[from].session;
    let room = session.room.as_mut().expect("in a room");
    let plain = room.people.unnumbered(&Body::Again { to, line: Line { number: 0, text: text.into() } });
    let sealed = room.group.seal_application(&plain).expect("sealed");
    session.core.write_to(seat, &Letter::Sealed(sealed));
    world.handle_timeout(from);
}

#[test]
fn who_asks_again_and_again_is_answered_at_once_and_after_a_while() {
    let mut world = World::meeting(3);
    world.does(0, Command::Chat("once".into()));
    world.run(1_000);
    let answers = relays_of(&mut world, 0);
    for _ in 0..20 {
        world.says(1, &Body::Missed);
        world.run(20);
    }
    assert_eq!(*answers.borrow(), 1);
    world.run(recovery::SPACING);
    assert_eq!(*answers.borrow(), 2, "the first answer may have been lost with a connection");
    world.run(5_000);
    assert_eq!(*answers.borrow(), 2);
    world.says(1, &Body::Missed);
    world.says(2, &Body::Missed);
    world.run(100);
    assert_eq!(*answers.borrow(), 4, "each is bounded by itself");
    assert_eq!(world.chats(1), ["once"]);
}

#[test]
fn what_is_said_again_to_one_is_missed_by_nobody_else() {
    let mut world = World::meeting(3);
    world.does(0, Command::Chat("once".into()));
    world.run(1_000);
    let answers = relays_of(&mut world, 0);
    world.says(1, &Body::Missed);
    world.run(15_000);
    assert_eq!(*answers.borrow(), 1);
    for client in 0..3 {
        assert_eq!(world.chats(client), ["once"]);
        assert!(!world.notices(client).contains(&Notice::Split), "{client}");
    }
}

#[test]
fn a_line_said_again_for_somebody_else_is_ignored() {
    let mut world = World::meeting(3);
    world.run(1_000);
    says_again(&mut world, 0, 1, 2, "not for you");
    world.run(15_000);
    assert!(world.chats(1).is_empty() && world.chats(2).is_empty());
    assert!(!(0..3).any(|client| world.notices(client).contains(&Notice::Split)));
    // Nor does it take the place of the line that has its number.
    world.does(0, Command::Chat("for all".into()));
    world.run(100);
    assert_eq!((world.chats(1), world.chats(2)), (vec!["for all".to_owned()], vec!["for all".to_owned()]));
    says_again(&mut world, 0, 1, 1, "its number was shown");
    world.run(100);
    assert_eq!(world.chats(1), ["for all"]);
}

#[test]
fn what_is_said_again_does_not_fill_the_gap_of_what_is_withheld() {
    let mut world = World::meeting(3);
    world.run(3_000);
    let mut withheld = false;
    world.on_way_down = Some(Box::new(move |to, message| match message {
        FromHost::Broadcast { .. } if to == 1 && !withheld => {
            withheld = true;
            vec![]
        }
        other => vec![other],
    }));
    world.does(0, Command::Chat("vanishes".into()));
    world.run(100);
    says_again(&mut world, 0, 1, 2, "not for you");
    world.run(15_000);
    assert!(world.chats(1).is_empty() && world.notices(1).contains(&Notice::Split));
}
