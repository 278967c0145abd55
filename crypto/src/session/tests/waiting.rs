//! Asking to be let in without the password.

use super::super::body::Decision;
use super::super::letter::Letter;
use super::super::*;
use super::world::World;
use crate::admission::DoorMessage;
use crate::admission::waiting::WaitingMessage;
use crate::group::{Admission, POLICY_LOCKED, POLICY_PASSWORD_JOIN, POLICY_WAITING_ROOM, Plan, Settings};
use std::cell::RefCell;
use std::rc::Rc;
use wire::{FromHost, ToHost};

/// What passes the host in a message, if it is of the waiting room.
fn waiting_in(message: &ToHost) -> Option<WaitingMessage> {
    let (ToHost::Knock(body) | ToHost::Relay { body, .. }) = message else { return None };
    match Letter::read(body)? {
        Letter::Door(DoorMessage::Waiting(message)) => Some(message),
        _ => None,
    }
}

/// A meeting of so many and a guest who waits.
fn waiting(people: usize) -> (World, usize) {
    let mut world = World::meeting(people);
    world.run(2_000);
    let guest = world.arrive_asking();
    world.run(3_000);
    assert_eq!(world.clients[guest].phase, Phase::Waiting);
    (world, guest)
}

/// The owner changes the settings, past every command.
fn set(world: &mut World, settings: impl FnOnce(&mut Settings)) {
    let mut next = world.room(0).group.state().settings().clone();
    settings(&mut next);
    let group = &mut world.room_mut(0).group;
    let prepared = group.prepare(&Plan { settings: Some(next), ..Plan::default() }).expect("allowed");
    let incarnation = world.clients[0].session.core.connection.seat().expect("a seat").incarnation;
    let slot = wire::Slot { incarnation, epoch: wire::Epoch(prepared.epoch), attempt: wire::Attempt(0) };
    let submission = wire::CommitSubmission {
        slot,
        commit: wire::Opaque(prepared.commit),
        admit: vec![],
        evict: vec![],
        ticket: prepared.ticket,
    };
    let core = &mut world.clients[0].session.core;
    core.send(ToHost::Commit(submission));
    world.handle_timeout(0);
    world.run(500);
}

fn is_verified_room(world: &World, guest: usize) -> Vec<bool> {
    let told = |event: &Event| if let Event::RoomVerified(verified) = event { Some(*verified) } else { None };
    world.clients[guest].events.iter().filter_map(told).collect()
}

fn person(world: &World, on: usize, who: usize) -> Person {
    let member = world.member(who);
    world.clients[on].people.iter().find(|person| person.member == member).expect("on the roster").clone()
}

#[test]
fn a_guest_waits_with_the_same_words_and_comes_in_by_a_moderators_yes() {
    let (mut world, guest) = waiting(2);
    let words = world.words(guest).expect("words");
    let seen = world.guests(0);
    assert_eq!((seen.len(), seen[0].name.as_str(), seen[0].words), (1, "person 2", words));
    assert!(world.guests(1).is_empty(), "who is no moderator is not asked");
    assert!(world.clients[guest].people.is_empty() && world.clients[guest].keys.is_empty());
    world.admits_all(0, true);
    world.run(3_000);
    assert_eq!(world.clients[guest].phase, Phase::Joined);
    world.assert_together(&[0, 1, guest]);
    assert!(world.guests(0).is_empty());
    for on in 0..3 {
        assert_eq!(person(&world, on, guest).admitted, Admission::WaitingRoom { by: world.member(0) });
    }
    world.does(guest, Command::Chat("thank you".into()));
    world.run(200);
    assert_eq!((world.chats(0), world.chats(1)), (vec!["thank you".to_owned()], vec!["thank you".to_owned()]));
}

#[test]
fn the_host_reads_no_name_of_who_waits() {
    let mut world = World::meeting(2);
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = seen.clone();
    world.on_way_up = Some(Box::new(move |_, message| {
        log.borrow_mut().push(wire::encode(&message));
        vec![message]
    }));
    let guest = world.arrive_asking();
    world.run(3_000);
    assert_eq!(world.guests(0)[0].name, "person 2");
    let name = b"person 2";
    assert!(seen.borrow().len() > 5 && !seen.borrow().iter().any(|bytes| bytes.windows(name.len()).any(|part| part == name)));
    assert!(world.words(guest).is_some());
}

#[test]
fn until_somebody_compares_room_and_guest_are_not_verified() {
    let (mut world, guest) = waiting(3);
    world.admits_all(0, false);
    world.run(3_000);
    assert!((0..3).all(|on| !person(&world, on, guest).verified));
    assert_eq!(is_verified_room(&world, guest), [false]);
    world.does(guest, Command::ConfirmWords);
    assert_eq!(is_verified_room(&world, guest), [false, true]);
    assert!(person(&world, guest, 0).verified && !person(&world, guest, 1).verified, "the one who let it in");
    assert!((0..3).all(|on| !person(&world, on, guest).verified), "one's own word verifies nobody elsewhere");
}

#[test]
fn a_moderator_who_compared_the_words_has_verified_the_guest_on_its_own_screen_alone() {
    let (mut world, guest) = waiting(2);
    world.does(guest, Command::ConfirmWords);
    world.admits_all(0, true);
    world.run(3_000);
    assert!(person(&world, 0, guest).verified && !person(&world, 1, guest).verified);
    assert_eq!(is_verified_room(&world, guest), [false, true], "confirmed while it waited");
}

#[test]
fn the_safety_code_verifies_the_room_as_well() {
    let (mut world, guest) = waiting(1);
    world.admits_all(0, false);
    world.run(3_000);
    world.does(guest, Command::ShowSafetyCode);
    world.does(guest, Command::ConfirmSafetyCode(None));
    assert_eq!(is_verified_room(&world, guest), [false, true]);
}

#[test]
fn a_question_without_the_link_takes_no_place() {
    let mut world = World::meeting(2);
    let guest = world.arrive_asking();
    world.on_way_down = Some(Box::new(|_, message| match message {
        FromHost::Knocked { from, body } => match Letter::read(&body) {
            Some(Letter::Door(DoorMessage::Waiting(WaitingMessage::Ask(mut ask)))) => {
                ask.tag[0] ^= 1;
                let body = Letter::Door(DoorMessage::Waiting(WaitingMessage::Ask(ask))).write();
                vec![FromHost::Knocked { from, body }]
            }
            _ => vec![FromHost::Knocked { from, body }],
        },
        other => vec![other],
    }));
    world.run(30_000);
    assert!(world.guests(0).is_empty() && world.words(guest).is_none());
    assert_eq!(world.room(0).waiting.keeper.deadline(), None, "not one run");
    assert_eq!((world.clients[guest].phase, world.room(0).door.budget.total()), (Phase::Waiting, 0));
}

#[test]
fn a_guest_is_never_a_doorkeeper() {
    let (mut world, guest) = waiting(1);
    world.admits_all(0, true);
    world.run(3_000);
    assert!(world.clients[guest].session.core.secrets.prs.is_none());
    // The founder is deaf to knocks: nobody answers, the guest least of all.
    let answered = Rc::new(RefCell::new(Vec::new()));
    let log = answered.clone();
    world.on_way_up = Some(Box::new(move |client, message| match &message {
        ToHost::Relay { body, .. } if matches!(Letter::read(body), Some(Letter::Door(_))) => {
            log.borrow_mut().push(client);
            vec![]
        }
        _ => vec![message],
    }));
    let friend = world.arrive(1);
    world.run(20_000);
    assert!(!answered.borrow().is_empty() && answered.borrow().iter().all(|client| *client == 0));
    world.on_way_up = None;
    world.run(6_000);
    assert_eq!(world.clients[friend].phase, Phase::Joined);
    assert_eq!(person(&world, 0, friend).admitted, Admission::Password { by: world.member(0), pw_gen: 0 });
}

#[test]
fn a_guest_does_not_stand_in_the_way_of_the_next_doorkeeper() {
    // Leaves: founder 0, guest 1, friend 2. The founder goes; the friend's rank among doorkeepers is the first.
    let (mut world, guest) = waiting(1);
    world.admits_all(0, true);
    world.run(3_000);
    let friend = world.arrive(1);
    world.run(3_000);
    world.does(0, Command::Leave);
    world.run(1_000);
    let late = world.arrive(1);
    world.run(1_500);
    assert_eq!(world.clients[late].phase, Phase::Joined);
    world.assert_together(&[guest, friend, late]);
}

/// One member says for all that nobody is let in; the first of them may be a guest.
#[test]
fn a_guest_may_say_that_the_room_is_locked() {
    let (mut world, guest) = waiting(1);
    world.admits_all(0, true);
    world.run(3_000);
    let friend = world.arrive(1);
    world.run(3_000);
    world.does(0, Command::Leave);
    world.run(1_000);
    assert_eq!(
        world.room(friend).group.owner(),
        Some(world.member(friend)),
        "a guest does not come before who proved the password"
    );
    world.does(friend, Command::Govern(Govern::Rule(Rule::Locked, true)));
    world.run(500);
    let late = world.arrive(1);
    world.run(500);
    assert_eq!(world.clients[late].phase, Phase::Ended(End::Locked));
    world.assert_together(&[guest, friend]);
}

#[test]
fn a_refused_guest_is_told_and_its_seat_is_not_answered_again() {
    let (mut world, guest) = waiting(2);
    let (id, seat) = (world.guests(0)[0].id, world.seat(guest));
    world.does(0, Command::Refuse(id));
    world.run(200);
    assert_eq!(world.clients[guest].phase, Phase::Ended(End::Refused));
    assert!(world.guests(0).is_empty());
    // The same seat asks again, with the link and by the rules.
    let secrets = super::world::secrets(0);
    let ask = crate::admission::waiting::Ask::new(&secrets.link, secrets.room, [1; 32]);
    let body = Letter::Door(DoorMessage::Waiting(WaitingMessage::Ask(ask))).write();
    let to = world.seat(0);
    world.send(to, FromHost::Knocked { from: seat, body });
    world.run(5_000);
    assert_eq!(world.room(0).waiting.keeper.deadline(), None, "not one run");
}

#[test]
fn a_moderator_writes_to_those_who_wait() {
    let (mut world, first) = waiting(1);
    let second = world.arrive_asking();
    world.run(3_000);
    world.does(0, Command::TellWaiting("In five minutes.".into()));
    world.run(200);
    for guest in [first, second] {
        let line = |event: &Event| matches!(event, Event::WaitingLine(line) if line == "In five minutes.");
        assert_eq!(world.clients[guest].events.iter().filter(|event| line(event)).count(), 1);
    }
    world.admits_all(0, false);
    world.run(4_000);
    world.assert_together(&[0, first, second]);
}

#[test]
fn ten_wrong_passwords_leave_the_waiting_room_open() {
    let mut world = World::meeting(4);
    for _ in 0..10 {
        world.arrive(2);
        world.run(7_000);
    }
    assert!(world.room(0).door.budget.is_closed());
    let guest = world.arrive_asking();
    world.run(3_000);
    assert_eq!(world.room(0).door.budget.total(), 10, "no guess");
    world.admits_all(0, false);
    world.run(3_000);
    assert_eq!(world.clients[guest].phase, Phase::Joined);
}

#[test]
fn a_locked_room_and_a_closed_waiting_room_let_nobody_in() {
    for policy in [POLICY_PASSWORD_JOIN | POLICY_WAITING_ROOM | POLICY_LOCKED, POLICY_PASSWORD_JOIN] {
        let (mut world, first) = waiting(2);
        let was_there = world.guests(0);
        set(&mut world, |settings| settings.policy = policy);
        world.does(0, Command::Admit { guests: was_there.iter().map(|guest| guest.id).collect(), compared: true });
        world.run(4_000);
        assert_eq!(world.clients[first].phase, Phase::Ended(End::Closed));
        let late = world.arrive_asking();
        world.run(4_000);
        assert_eq!(world.clients[late].phase, Phase::Ended(End::Closed));
        world.assert_together(&[0, 1]);
    }
}

#[test]
fn a_change_of_the_rooms_state_gives_new_words_and_the_old_yes_is_not_done() {
    let (mut world, guest) = waiting(1);
    let (words, before) = (world.words(guest).expect("words"), world.guests(0));
    set(&mut world, |settings| settings.later.push((900, vec![])));
    world.run(4_000);
    // The anchor holds nothing of that: the same run goes on.
    assert_eq!(world.words(guest), Some(words));
    set(&mut world, |settings| settings.policy |= 1 << 20);
    world.run(4_000);
    let again = world.words(guest).expect("other words");
    assert_ne!(again.spelled(), words.spelled());
    assert_eq!(world.guests(0)[0].words, again);
    world.does(0, Command::Admit { guests: vec![before[0].id], compared: true });
    world.run(3_000);
    assert_eq!(world.clients[guest].phase, Phase::Waiting);
    world.admits_all(0, true);
    world.run(3_000);
    assert_eq!(world.clients[guest].phase, Phase::Joined);
}

#[test]
fn when_the_moderator_goes_another_answers_with_other_words() {
    let (mut world, guest) = waiting(2);
    let words = world.words(guest).expect("words");
    world.does(0, Command::Leave);
    world.run(40_000);
    let again = world.words(guest).expect("words again");
    assert_ne!(again.spelled(), words.spelled());
    assert_eq!(world.guests(1)[0].words, again);
    world.admits_all(1, false);
    world.run(3_000);
    world.assert_together(&[1, guest]);
}

/// The one who holds the run is a moderator no more: what it said of its guests counts for nothing, and another answers them.
#[test]
fn a_moderator_who_is_none_any_more_leaves_its_guests_to_the_others() {
    let (mut world, guest) = waiting(2);
    let (before, heir) = (world.member(0), world.member(1));
    for (by, govern) in [(0, Govern::HandOver(heir)), (1, Govern::Moderator(before, false))] {
        world.does(by, Command::Govern(govern));
        world.run(1_000);
    }
    assert!(!world.room(1).group.state().is_moderator(before));
    world.run(30_000);
    assert!(world.guests(0).is_empty());
    assert_eq!(world.guests(1).iter().map(|guest| guest.words).collect::<Vec<_>>(), [world.words(guest).expect("words")]);
    world.admits_all(1, false);
    world.run(3_000);
    world.assert_together(&[0, 1, guest]);
}

#[test]
fn every_moderator_sees_who_waits_and_may_decide() {
    let mut world = World::meeting(3);
    let second = world.member(1);
    set(&mut world, |settings| settings.moderators.push(second));
    let (first, other) = (world.arrive_asking(), world.arrive_asking());
    world.run(5_000);
    let words = world.words(first).expect("words");
    for moderator in 0..2 {
        let guests = world.guests(moderator);
        assert_eq!(guests.len(), 2, "{moderator}");
        assert!(guests.iter().any(|guest| guest.name == "person 3" && guest.words == words), "{moderator}");
    }
    assert!(world.guests(2).is_empty());
    let of = |world: &World, name: &str| world.guests(1).into_iter().find(|guest| guest.name == name).expect("waits").id;
    let (yes, no) = (of(&world, "person 3"), of(&world, "person 4"));
    world.does(1, Command::TellWaiting("One moment.".into()));
    world.does(1, Command::Admit { guests: vec![yes], compared: true });
    world.does(1, Command::Refuse(no));
    world.run(3_000);
    world.assert_together(&[0, 1, 2, first]);
    assert_eq!(world.clients[other].phase, Phase::Ended(End::Refused));
    assert!(world.clients[first].events.iter().any(|event| matches!(event, Event::WaitingLine(_))));
    assert!(person(&world, 1, first).verified && !person(&world, 0, first).verified, "by the one who compared");
    assert!(world.guests(0).is_empty() && world.guests(1).is_empty());
}

#[test]
fn a_member_who_is_no_moderator_decides_nothing() {
    let (mut world, guest) = waiting(2);
    let id = world.guests(0)[0].id;
    world.does(1, Command::Admit { guests: vec![id], compared: true });
    world.says(1, &body::Body::Decision(Decision::Admit(vec![id])));
    world.says(1, &body::Body::Decision(Decision::Refuse(id)));
    world.run(3_000);
    assert_eq!(world.clients[guest].phase, Phase::Waiting);
    assert_eq!(world.guests(0).len(), 1);
}

#[test]
fn half_an_hour_is_waited_within_what_the_host_allows() {
    let mut world = World::meeting(1);
    let said = Rc::new(RefCell::new(Vec::new()));
    let log = said.clone();
    world.on_way_up = Some(Box::new(move |client, message| {
        if client == 1 && waiting_in(&message).is_some() {
            log.borrow_mut().push(());
        }
        vec![message]
    }));
    let guest = world.arrive_asking();
    world.run(3_000);
    let words = world.words(guest);
    let mut before = said.borrow().len();
    assert_eq!(before, 4, "ask, proof, commit, reveal");
    for minute in 1..=30 {
        world.run(60_000);
        assert_eq!((world.clients[guest].phase, world.words(guest)), (Phase::Waiting, words), "minute {minute}");
        // The host's rule: 32 at once, and one more every ten seconds.
        assert!(said.borrow().len() - before <= 6, "minute {minute}");
        before = said.borrow().len();
    }
    world.admits_all(0, false);
    world.run(3_000);
    world.assert_together(&[0, guest]);
}

#[test]
fn who_asks_at_an_empty_room_waits_until_somebody_comes() {
    let mut world = World::new();
    let guest = world.arrive_asking();
    world.run(120_000);
    assert_eq!(world.clients[guest].phase, Phase::Waiting);
    assert!(world.clients[guest].session.room.is_none(), "it founds nothing");
    let first = world.arrive(1);
    world.run(25_000);
    assert_eq!(world.guests(first).len(), 1);
    world.admits_all(first, false);
    world.run(3_000);
    world.assert_together(&[guest, first]);
}

#[test]
fn a_guest_whom_everybody_left_goes_back_to_where_it_can_be_let_in() {
    let (mut world, guest) = waiting(1);
    world.admits_all(0, false);
    world.run(3_000);
    world.does(0, Command::Leave);
    world.run(5_000);
    assert_eq!(world.clients[guest].phase, Phase::Waiting);
    // Whoever has the password finds the door open.
    let back = world.arrive(1);
    world.run(25_000);
    assert_eq!(world.guests(back).len(), 1);
    world.admits_all(back, false);
    world.run(3_000);
    world.assert_together(&[guest, back]);
}

#[test]
fn a_guest_whose_connection_drops_inside_comes_back_without_asking() {
    let (mut world, guest) = waiting(2);
    world.admits_all(0, false);
    world.run(3_000);
    world.cut(guest, true);
    world.run(500);
    world.cut(guest, false);
    world.run(6_000);
    world.assert_together(&[0, 1, guest]);
    assert!(world.guests(0).is_empty());
}

#[test]
fn a_guest_who_was_lost_for_good_asks_again() {
    let (mut world, guest) = waiting(2);
    world.admits_all(0, true);
    world.run(3_000);
    world.cut(guest, true);
    // By then nobody holds any more what it could be known by.
    world.run(700_000);
    world.cut(guest, false);
    world.run(15_000);
    assert_eq!((world.clients[guest].phase, world.guests(0).len()), (Phase::Waiting, 1));
    world.admits_all(0, false);
    world.run(3_000);
    world.assert_together(&[0, 1, guest]);
    assert_eq!(is_verified_room(&world, guest), [false, false]);
    assert!(!person(&world, 0, guest).verified, "another run, other words: nobody has compared these");
}

#[test]
fn who_goes_while_it_waits_is_gone_from_the_screen() {
    let (mut world, guest) = waiting(1);
    world.does(guest, Command::Leave);
    world.run(61_000);
    assert!(world.guests(0).is_empty());
}
