//! Lines for one member alone.

use super::super::*;
use super::world::World;
use body::Body;
use letter::Letter;
use post::Post;
use std::cell::RefCell;
use std::rc::Rc;
use wire::{FromHost, ToHost};

type Kept<T> = Rc<RefCell<Vec<T>>>;

fn tell(world: &mut World, from: usize, to: usize, text: &str) {
    let to = world.member(to);
    world.does(from, Command::Post(PostCommand::Say { to, text: text.into() }));
}

/// What was said to this client alone, and by it.
fn asides(world: &World, client: usize) -> Vec<(bool, String)> {
    let said = |event: &Event| match event {
        Event::Post(PostEvent::Said { mine, what: Content::Text(text), .. }) => Some((*mine, text.clone())),
        _ => None,
    };
    world.clients[client].events.iter().filter_map(said).collect()
}

fn told(world: &World, client: usize) -> Vec<String> {
    asides(world, client).into_iter().filter(|(mine, _)| !mine).map(|(_, text)| text).collect()
}

/// How far the client's last line for one is.
fn delivery(world: &World, client: usize) -> Option<Delivery> {
    let delivery = |event: &Event| match event {
        Event::Post(PostEvent::Delivery { delivery, .. }) => Some(*delivery),
        _ => None,
    };
    world.clients[client].events.iter().filter_map(delivery).next_back()
}

/// Everything this client sends to one member alone.
fn letters_of(world: &mut World, who: usize) -> Kept<ToHost> {
    let kept: Kept<ToHost> = Rc::default();
    let keeps = kept.clone();
    world.on_way_up = Some(Box::new(move |client, message| {
        if client == who && matches!(message, ToHost::Relay { .. }) {
            keeps.borrow_mut().push(message.clone());
        }
        vec![message]
    }));
    kept
}

#[test]
fn a_line_for_one_is_told_to_that_one_and_to_who_wrote_it() {
    let mut world = World::meeting(3);
    tell(&mut world, 0, 1, "only you");
    tell(&mut world, 0, 1, "really");
    assert_eq!(asides(&world, 0).len(), 2, "on the own screen at once");
    world.run(200);
    assert_eq!(told(&world, 1), ["only you", "really"]);
    assert_eq!(delivery(&world, 0), Some(Delivery::Delivered));
    world.run(20_000);
    assert!(asides(&world, 2).is_empty() && world.chats(2).is_empty());
    assert_eq!(told(&world, 1).len(), 2);
    for client in 0..3 {
        assert!(world.notices(client).is_empty() || !world.notices(client).contains(&Notice::Split), "{client}");
    }
    tell(&mut world, 1, 0, "understood");
    world.run(200);
    assert_eq!(told(&world, 0), ["understood"]);
}

#[test]
fn a_member_who_is_brought_a_copy_learns_nothing() {
    let mut world = World::meeting(3);
    let copy_to = world.seat(2);
    world.on_way_up = Some(Box::new(move |client, message| match &message {
        ToHost::Relay { body, .. } if client == 0 => {
            let copy = ToHost::Relay { to: copy_to, body: body.clone() };
            vec![message, copy]
        }
        _ => vec![message],
    }));
    tell(&mut world, 0, 1, "only you");
    world.run(2_000);
    assert_eq!(told(&world, 1), ["only you"]);
    assert!(asides(&world, 2).is_empty());
    // Even the member's own key opens nothing of it: what is sealed names who reads it, and is sealed to what that one drew.
    let (from, to, group) = (world.member(0), world.member(1), world.room(0).group.group_id().to_vec());
    let envelope = |byte: u8| crate::group::Envelope::draw(&[byte; 32]).expect("a key");
    let (hers, theirs) = (envelope(1), envelope(2));
    let info = crate::group::aside_info(&group, from, to);
    let sealed = crate::group::seal_to(hers.public(), &info, b"x").expect("sealed");
    assert!(hers.open(&info, &sealed).is_some() && theirs.open(&info, &sealed).is_none());
    assert!(hers.open(&crate::group::aside_info(&group, from, world.member(2)), &sealed).is_none());
}

#[test]
fn letters_that_are_brought_twice_and_late_are_shown_once() {
    let mut world = World::meeting(3);
    let letters = letters_of(&mut world, 0);
    tell(&mut world, 0, 1, "once");
    world.run(500);
    let replayed: Vec<ToHost> = letters.borrow().clone();
    assert!(replayed.len() >= 2, "a question and a letter");
    for message in replayed {
        let ToHost::Relay { body, .. } = message else { continue };
        let (seat, from) = (world.seat(1), world.seat(0));
        world.send(seat, FromHost::Relayed { from, body });
    }
    world.run(10_000);
    assert_eq!(told(&world, 1), ["once"]);
    // A host that loses the receipt makes it come again; it is news once.
    world.on_way_up = Some(Box::new({
        let mut lost = 0;
        move |client, message| match message {
            ToHost::Relay { .. } if client == 1 && lost < 2 => {
                lost += 1;
                vec![]
            }
            other => vec![other],
        }
    }));
    tell(&mut world, 0, 1, "twice");
    world.run(15_000);
    assert_eq!(told(&world, 1), ["once", "twice"]);
    assert_eq!(delivery(&world, 0), Some(Delivery::Delivered));
}

#[test]
fn a_line_for_who_is_away_is_held_and_said_to_be() {
    let mut world = World::meeting(3);
    world.cut(1, true);
    world.run(300);
    tell(&mut world, 0, 1, "when you are back");
    world.run(3_000);
    assert_eq!(delivery(&world, 0), Some(Delivery::Away));
    world.cut(1, false);
    world.network_is_back(1);
    world.run(3_000);
    assert_eq!(told(&world, 1), ["when you are back"]);
    assert_eq!(delivery(&world, 0), Some(Delivery::Delivered));
}

#[test]
fn a_line_for_who_was_lost_waits_until_it_comes_back_as_who_it_was() {
    let mut world = World::meeting(3);
    world.cut(1, true);
    world.run(60_000);
    assert_eq!(world.clients[0].people.len(), 2);
    let gone = world.clients[1].people.iter().find(|person| person.me).expect("itself").member;
    world.does(0, Command::Post(PostCommand::Say { to: gone, text: "unsaid".into() }));
    assert!(world.notices(0).contains(&Notice::NotDone), "nobody begins to write to who is not here");
    world.cut(1, false);
    world.network_is_back(1);
    world.run(6_000);
    world.assert_together(&[0, 1, 2]);
    // Written while it was missing and not yet given up.
    world.cut(1, true);
    tell(&mut world, 0, 1, "held");
    world.run(90_000);
    assert_eq!(world.clients[0].people.len(), 2);
    world.cut(1, false);
    world.network_is_back(1);
    world.run(9_000);
    assert_eq!(told(&world, 1), ["held"]);
    assert_eq!(delivery(&world, 0), Some(Delivery::Delivered));
}

#[test]
fn what_we_write_to_one_while_we_are_away_goes_when_we_are_back() {
    let mut world = World::meeting(2);
    world.cut(0, true);
    world.run(1_000);
    tell(&mut world, 0, 1, "from the tunnel");
    world.run(2_000);
    world.cut(0, false);
    world.network_is_back(0);
    world.run(6_000);
    assert_eq!(told(&world, 1), ["from the tunnel"]);
}

#[test]
fn a_line_for_who_has_left_is_said_to_be_lost() {
    let mut world = World::meeting(3);
    // The host keeps the question back until the other has gone.
    world.on_way_up = Some(Box::new(|client, message| match message {
        ToHost::Relay { .. } if client == 0 => vec![],
        other => vec![other],
    }));
    tell(&mut world, 0, 1, "too late");
    world.run(300);
    world.does(1, Command::Leave);
    world.run(3_000);
    assert_eq!(delivery(&world, 0), Some(Delivery::Lost));
    assert!(asides(&world, 2).is_empty());
}

#[test]
fn where_only_moderators_write_the_others_write_to_moderators_alone() {
    let mut world = World::meeting(3);
    world.does(0, Command::Govern(Govern::Rule(Rule::ModeratorsChat, true)));
    world.run(1_000);
    tell(&mut world, 1, 2, "between us");
    world.run(1_000);
    assert!(asides(&world, 1).is_empty() && told(&world, 2).is_empty());
    assert!(world.notices(1).contains(&Notice::NotDone));
    tell(&mut world, 1, 0, "a question");
    tell(&mut world, 0, 2, "an answer");
    world.run(1_000);
    assert_eq!((told(&world, 0), told(&world, 2)), (vec!["a question".to_owned()], vec!["an answer".to_owned()]));
    // Whoever does it all the same is given no key.
    let to = world.member(2);
    let letters = letters_of(&mut world, 2);
    says_to_seat(&mut world, 1, 2, &Post::KeyPlease { to });
    world.run(1_000);
    assert!(letters.borrow().is_empty());
}

/// One member says something to the seat of another that no command makes it say.
fn says_to_seat(world: &mut World, from: usize, to: usize, post: &Post) {
    let seat = world.seat(to);
    let session = &mut world.clients[from].session;
    let room = session.room.as_mut().expect("in a room");
    let plain = room.people.unnumbered(&Body::Post(post.clone()));
    let sealed = room.group.seal_application(&plain).expect("sealed");
    session.core.write_to(seat, &Letter::Sealed(sealed));
    world.handle_timeout(from);
}

#[test]
fn questions_without_end_are_answered_now_and_then() {
    let mut world = World::meeting(2);
    let to = world.member(1);
    let answers = letters_of(&mut world, 1);
    for _ in 0..50 {
        says_to_seat(&mut world, 0, 1, &Post::KeyPlease { to });
        world.run(10);
    }
    assert_eq!(answers.borrow().len(), 1);
    // A key that nobody asked for is sealed to by nobody.
    tell(&mut world, 0, 1, "a");
    world.run(8_000);
    assert_eq!(told(&world, 1), ["a"]);
    let letters = letters_of(&mut world, 0);
    let (key, to) = (crate::group::Envelope::draw(&[7; 32]).expect("a key").public().to_vec(), world.member(0));
    says_to_seat(&mut world, 1, 0, &Post::Key { to, key });
    world.run(2_000);
    assert!(letters.borrow().is_empty());
}

#[test]
fn so_many_lines_are_held_and_no_more() {
    let mut world = World::meeting(2);
    world.cut(1, true);
    world.run(300);
    for number in 0..200 {
        tell(&mut world, 0, 1, &format!("{number} {}", "x".repeat(3_990)));
    }
    assert_eq!(asides(&world, 0).len(), 128);
    assert!(world.notices(0).contains(&Notice::NotDone));
    world.cut(1, false);
    world.network_is_back(1);
    world.run(20_000);
    let told = told(&world, 1);
    assert_eq!(told.len(), 128);
    assert!((0..).zip(&told).all(|(number, text)| text.starts_with(&format!("{number} "))), "in order");
}
