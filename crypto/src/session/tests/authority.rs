//! What moderators may do, and what nobody else may.

use super::super::*;
use super::world::World;
use crate::group::{MemberId, POLICY_ENDED, POLICY_PASSWORD_JOIN};
use crate::password::NewPassword;

fn govern(world: &mut World, client: usize, govern: Govern) {
    world.does(client, Command::Govern(govern));
}

/// A password of the simulated kind: what is typed is one byte, what it is worth depends on the generation.
fn password(typed: u8, pw_gen: u32) -> NewPassword {
    NewPassword::from_bytes([typed.wrapping_add(16 * pw_gen as u8); 64], pw_gen)
}

/// Lets time pass; whoever is told that the password is of another generation derives its own for that one.
fn run_deriving(world: &mut World, client: usize, typed: u8, ms: u64) {
    let mut answered = 0;
    for _ in 0..ms / 100 {
        world.run(100);
        let asked = world.clients[client].events.iter().filter_map(|event| match event {
            Event::OtherPassword { pw_gen } => Some(*pw_gen),
            _ => None,
        });
        let asked: Vec<u32> = asked.collect();
        for pw_gen in asked.iter().skip(answered) {
            world.does(client, Command::Password(password(typed, *pw_gen)));
        }
        answered = asked.len();
    }
}

fn rules(world: &World, client: usize) -> Rules {
    let told = world.clients[client].events.iter().rev().find_map(|event| match event {
        Event::Rules(rules) => Some(rules.clone()),
        _ => None,
    });
    told.expect("told")
}

fn person(world: &World, at: usize, whom: usize) -> Person {
    let id = world.member(whom);
    world.clients[at].people.iter().find(|person| person.member == id).cloned().expect("on the roster")
}

#[test]
fn who_is_removed_is_told_so_does_not_come_back_by_itself_and_the_others_know_who_did_it() {
    let mut world = World::meeting(3);
    let (owner, gone) = (world.member(0), world.member(2));
    govern(&mut world, 0, Govern::Remove(vec![gone]));
    assert!(world.clients[0].paused, "nothing is sealed to somebody who is being removed");
    world.run(1_000);
    assert_eq!(world.clients[2].phase, Phase::Ended(End::Removed));
    assert!(world.notices(1).contains(&Notice::PutOut { name: "person 2".into(), by: owner }));
    world.run(20_000);
    world.assert_together(&[0, 1]);
}

#[test]
fn a_sign_of_life_does_not_undo_what_a_person_decided() {
    let mut world = World::meeting(3);
    let gone = world.member(2);
    world.on_way_up =
        Some(Box::new(|_, message| if matches!(message, wire::ToHost::Commit(_)) { vec![] } else { vec![message] }));
    govern(&mut world, 0, Govern::Remove(vec![gone]));
    world.run(7_000);
    world.on_way_up = None;
    world.run(6_000);
    world.assert_together(&[0, 1]);
}

#[test]
fn nobody_else_removes_locks_mutes_or_ends() {
    let mut world = World::meeting(3);
    let victim = world.member(2);
    for wish in [
        Govern::Remove(vec![victim]),
        Govern::Ban(vec![victim]),
        Govern::Rule(Rule::Locked, true),
        Govern::Moderator(victim, true),
        Govern::HandOver(victim),
        Govern::Password(password(9, 1)),
        Govern::End,
    ] {
        govern(&mut world, 1, wish);
    }
    world.does(1, Command::Mute(Some(victim)));
    // And what a client without these manners says is not heeded.
    world.says(1, &body::Body::Mute(body::Whom::One(victim)));
    world.run(3_000);
    world.assert_together(&[0, 1, 2]);
    assert_eq!(world.notices(1).iter().filter(|notice| **notice == Notice::NotDone).count(), 8);
    assert!(person(&world, 0, 2).devices.microphone);
    assert_eq!(
        rules(&world, 0).on,
        [Rule::WaitingRoom].into_iter().filter(|rule| rules(&world, 1).on.contains(rule)).collect::<Vec<_>>()
    );
}

#[test]
fn a_locked_room_admits_nobody_and_says_so() {
    let mut world = World::meeting(2);
    govern(&mut world, 0, Govern::Rule(Rule::Locked, true));
    world.run(500);
    assert!(rules(&world, 1).on.contains(&Rule::Locked) && !rules(&world, 1).takes_passwords);
    let late = world.arrive(1);
    world.run(3_000);
    assert_eq!(world.clients[late].phase, Phase::Ended(End::Locked));
    govern(&mut world, 0, Govern::Rule(Rule::Locked, false));
    world.run(500);
    let later = world.arrive(1);
    world.run(3_000);
    world.assert_together(&[0, 1, later]);
}

#[test]
fn after_a_ban_the_old_password_opens_nothing_until_there_is_a_new_one() {
    let mut world = World::meeting(3);
    let gone = world.member(2);
    let epoch = world.room(0).group.epoch();
    govern(&mut world, 0, Govern::Ban(vec![gone]));
    world.run(1_000);
    world.assert_together(&[0, 1]);
    let state = world.room(1).group.state();
    assert_eq!((state.settings().pw_gen, state.has(POLICY_PASSWORD_JOIN)), (1, false));
    // One commit: there was no epoch in which it was out and the password still good.
    let bans = world.host.log.iter().filter(|((of, _), _)| *of >= epoch).count();
    assert!(bans <= 2, "the ban, and at most one update: {bans}");
    let again = world.arrive(1);
    run_deriving(&mut world, again, 1, 3_000);
    assert_eq!(world.clients[again].phase, Phase::Ended(End::AskToBeLetIn));
    govern(&mut world, 0, Govern::Password(password(5, 2)));
    world.run(500);
    let (knows, knows_not) = (world.arrive(5), world.arrive(1));
    run_deriving(&mut world, knows, 5, 4_000);
    run_deriving(&mut world, knows_not, 1, 4_000);
    assert_eq!(world.clients[knows_not].phase, Phase::Ended(End::WrongPassword { tries: 1 }));
    world.assert_together(&[0, 1, knows]);
}

#[test]
fn a_change_of_the_password_is_noticed_by_nobody_inside_and_needed_by_all_who_come() {
    let mut world = World::meeting(3);
    let pauses = world.clients[1].pauses;
    govern(&mut world, 0, Govern::Password(password(4, 1)));
    world.run(500);
    world.assert_together(&[0, 1, 2]);
    assert_eq!(world.clients[1].pauses, pauses);
    assert!(!rules(&world, 1).knows_password && rules(&world, 0).knows_password && rules(&world, 0).has_password);
    // The lowest leaf leaves; only who came in by the new password answers now.
    let new = world.arrive(4);
    run_deriving(&mut world, new, 4, 3_000);
    world.assert_together(&[0, 1, 2, new]);
    world.does(0, Command::Leave);
    world.run(1_000);
    let newer = world.arrive(4);
    run_deriving(&mut world, newer, 4, 3_000);
    world.assert_together(&[1, 2, new, newer]);
    let old = world.arrive(1);
    run_deriving(&mut world, old, 1, 4_000);
    assert_eq!(world.clients[old].phase, Phase::Ended(End::WrongPassword { tries: 1 }));
}

#[test]
fn a_host_that_invents_generations_costs_a_newcomer_three_derivations_and_no_more() {
    let mut world = World::meeting(2);
    let mut invented = 0_u32;
    // ADa is in the clear; its last three bytes are pw_gen, which door it is, and whether the doorkeeper is alone.
    world.on_way_down = Some(Box::new(move |client, message| {
        let wire::FromHost::Relayed { from, body } = message else { return vec![message] };
        match letter::Letter::read(&body) {
            Some(letter::Letter::Door(crate::admission::DoorMessage::Offer(mut offer))) if client == 2 => {
                invented += 1;
                let place = offer.data.len() - 3;
                offer.data[place] = (invented % 100) as u8 + 1;
                let body = letter::Letter::Door(crate::admission::DoorMessage::Offer(offer)).write();
                vec![wire::FromHost::Relayed { from, body }]
            }
            _ => vec![wire::FromHost::Relayed { from, body }],
        }
    }));
    let newcomer = world.arrive(1);
    world.run(40_000);
    let asked = world.clients[newcomer].events.iter().filter(|event| matches!(event, Event::OtherPassword { .. })).count();
    assert_eq!(asked, 3);
}

#[test]
fn moderators_are_named_by_the_owner_and_can_do_all_but_name_others_and_touch_the_owner() {
    let mut world = World::meeting(4);
    let members: Vec<MemberId> = (0..4).map(|client| world.member(client)).collect();
    govern(&mut world, 0, Govern::Moderator(members[1], true));
    world.run(500);
    assert!(person(&world, 3, 1).moderator && !person(&world, 3, 2).moderator);
    govern(&mut world, 1, Govern::Rule(Rule::Locked, true));
    govern(&mut world, 1, Govern::Moderator(members[2], true));
    govern(&mut world, 1, Govern::Remove(vec![members[0]]));
    govern(&mut world, 1, Govern::Remove(vec![members[3]]));
    world.run(1_000);
    world.assert_together(&[0, 1, 2]);
    assert!(rules(&world, 2).on.contains(&Rule::Locked) && !person(&world, 0, 2).moderator);
    govern(&mut world, 0, Govern::Moderator(members[1], false));
    world.run(500);
    assert!(!person(&world, 2, 1).moderator);
}

#[test]
fn ownership_is_handed_over_and_whoever_had_it_stays_a_moderator() {
    let mut world = World::meeting(3);
    let heir = world.member(2);
    govern(&mut world, 0, Govern::HandOver(heir));
    world.run(500);
    for client in 0..3 {
        assert!(person(&world, client, 2).owner && person(&world, client, 0).moderator && !person(&world, client, 0).owner);
    }
    assert!(world.notices(1).contains(&Notice::OwnerIs(heir)));
    let before = world.member(0);
    govern(&mut world, 0, Govern::HandOver(before));
    world.run(500);
    assert!(person(&world, 1, 2).owner, "what is given is given");
}

#[test]
fn who_is_muted_falls_silent_and_only_opens_its_microphone_by_its_own_hand() {
    let mut world = World::meeting(3);
    let (owner, muted) = (world.member(0), world.member(1));
    world.does(0, Command::Mute(Some(muted)));
    world.run(500);
    assert!(!person(&world, 2, 1).devices.microphone && person(&world, 2, 2).devices.microphone);
    let told = |event: &Event| matches!(event, Event::Muted { by } if *by == Some(owner));
    assert!(world.clients[1].events.iter().any(told));
    world.does(0, Command::Mute(None));
    world.run(500);
    assert!(person(&world, 1, 0).devices.microphone && !person(&world, 1, 2).devices.microphone);
    world.does(1, Command::Devices(Devices { microphone: true, ..Devices::default() }));
    world.run(500);
    assert!(person(&world, 0, 1).devices.microphone);
}

#[test]
fn where_only_moderators_speak_write_and_share_nobody_receives_the_rest() {
    let mut world = World::meeting(3);
    let sends = vec![wire::Track::Audio, wire::Track::Camera, wire::Track::Screen, wire::Track::Herald];
    let (to, from) = (world.seat(0), world.seat(1));
    world.send(to, wire::FromHost::Present { participant: from, tracks: sends.clone() });
    world.run(100);
    assert_eq!(person(&world, 0, 1).tracks, sends);
    for rule in [Rule::ModeratorsSpeak, Rule::ModeratorsChat, Rule::ModeratorsShare] {
        govern(&mut world, 0, Govern::Rule(rule, true));
    }
    world.run(500);
    assert_eq!(person(&world, 0, 1).tracks, [wire::Track::Camera, wire::Track::Herald]);
    assert!(!person(&world, 2, 1).devices.microphone, "and the rule closes the microphone");
    world.does(1, Command::Chat("to all".into()));
    world.does(0, Command::Chat("from the chair".into()));
    world.run(500);
    assert_eq!(world.chats(2), ["from the chair"]);
    let speaker = world.member(1);
    govern(&mut world, 0, Govern::Speaker(speaker, true));
    world.run(500);
    assert_eq!(person(&world, 0, 1).tracks, [wire::Track::Audio, wire::Track::Camera, wire::Track::Herald]);
}

#[test]
fn an_end_for_all_ends_it_for_all_also_for_who_was_away() {
    let mut world = World::meeting(4);
    world.cut(3, true);
    govern(&mut world, 0, Govern::End);
    world.run(500);
    for client in 0..3 {
        assert_eq!(world.clients[client].phase, Phase::Ended(End::EndedForAll), "{client}");
    }
    assert!(world.notices(1).contains(&Notice::EndedBy { name: "person 0".into() }));
    world.cut(3, false);
    world.run(8_000);
    assert_eq!(world.clients[3].phase, Phase::Ended(End::EndedForAll));
}

#[test]
fn what_is_ended_cannot_be_opened_again() {
    let mut world = World::meeting(2);
    let group = &mut world.room_mut(0).group;
    let mut settings = group.state().settings().clone();
    settings.policy |= POLICY_ENDED;
    let plan = crate::group::Plan { settings: Some(settings.clone()), ..Default::default() };
    group.prepare(&plan).unwrap();
    group.merge_pending().unwrap();
    settings.policy &= !POLICY_ENDED;
    let plan = crate::group::Plan { settings: Some(settings), ..Default::default() };
    assert!(matches!(group.prepare(&plan).err(), Some(crate::group::PrepareError::NotAllowed(crate::group::Refusal::Settings))));
}

#[test]
fn those_who_stay_are_told_when_most_have_gone_or_the_owner_has() {
    let mut world = World::meeting(4);
    world.does(3, Command::Leave);
    world.run(1_000);
    assert!(!world.notices(1).contains(&Notice::Lingering));
    world.does(2, Command::Leave);
    world.run(1_000);
    assert!(world.notices(1).contains(&Notice::Lingering));
    let mut world = World::meeting(4);
    world.does(0, Command::Leave);
    world.run(1_000);
    assert!(world.notices(2).contains(&Notice::Lingering));
}

#[test]
fn two_moderators_who_decide_at_once_both_have_their_way() {
    let mut world = World::meeting(3);
    let other = world.member(1);
    govern(&mut world, 0, Govern::Moderator(other, true));
    world.run(500);
    govern(&mut world, 0, Govern::Rule(Rule::ModeratorsChat, true));
    govern(&mut world, 1, Govern::Rule(Rule::ModeratorsShare, true));
    world.run(1_000);
    world.assert_together(&[0, 1, 2]);
    assert!([Rule::ModeratorsChat, Rule::ModeratorsShare].iter().all(|rule| rules(&world, 2).on.contains(rule)));
    // Two passwords at once are one password: the later is not done, and its moderator knows.
    govern(&mut world, 0, Govern::Password(password(5, 1)));
    govern(&mut world, 1, Govern::Password(password(6, 1)));
    world.run(1_000);
    world.assert_together(&[0, 1, 2]);
    let undone = (0..2).filter(|client| world.notices(*client).contains(&Notice::NotDone)).count();
    assert_eq!((undone, rules(&world, 2).pw_gen), (1, 1));
    // Whose was not done is handed the other's: both hold the door with one password.
    world.run(5_000);
    let loser = usize::from(world.notices(1).contains(&Notice::NotDone));
    assert!(rules(&world, 0).knows_password && rules(&world, 1).knows_password);
    let typed = if loser == 1 { 5 } else { 6 };
    let new = world.arrive(typed);
    run_deriving(&mut world, new, typed, 3_000);
    world.assert_together(&[0, 1, 2, new]);
}

#[test]
fn a_moderator_who_burns_voids_the_link_and_those_who_stay_get_other_keys() {
    let mut world = World::meeting(3);
    let psk = world.room(1).group.state().psk_gen();
    world.does(0, Command::Burn);
    world.run(2_000);
    assert_eq!(world.clients[0].phase, Phase::Ended(End::Left));
    world.assert_together(&[1, 2]);
    assert!(world.room(1).group.state().psk_gen() > psk + 1, "by the password and by the removal");
    let holder = world.arrive(1);
    run_deriving(&mut world, holder, 1, 3_000);
    assert_eq!(world.clients[holder].phase, Phase::Ended(End::AskToBeLetIn));
    // Who is no moderator leaves, and the room lives on as it was.
    let mut world = World::meeting(3);
    world.does(2, Command::Burn);
    assert_eq!(world.clients[2].phase, Phase::Ended(End::Left));
    world.run(1_000);
    let late = world.arrive(1);
    world.run(2_000);
    world.assert_together(&[0, 1, late]);
}

#[test]
fn burning_does_not_wait_for_a_host_that_withholds_the_commit() {
    let mut world = World::meeting(2);
    world.on_way_up =
        Some(Box::new(|_, message| if matches!(message, wire::ToHost::Commit(_)) { vec![] } else { vec![message] }));
    world.does(0, Command::Burn);
    world.run(3_100);
    assert_eq!(world.clients[0].phase, Phase::Ended(End::Left));
}

#[test]
fn another_moderator_is_handed_the_new_password_and_holds_the_door_with_it() {
    let mut world = World::meeting(3);
    let other = world.member(1);
    govern(&mut world, 0, Govern::Moderator(other, true));
    world.run(500);
    govern(&mut world, 0, Govern::Password(password(4, 1)));
    world.run(3_000);
    assert!(rules(&world, 1).knows_password, "a moderator");
    assert!(!rules(&world, 2).knows_password, "no moderator");
    // The one who chose it is gone; the other lets people in.
    world.does(0, Command::Leave);
    world.run(1_000);
    let new = world.arrive(4);
    run_deriving(&mut world, new, 4, 4_000);
    world.assert_together(&[1, 2, new]);
}

#[test]
fn who_is_no_moderator_is_handed_nothing_and_hands_nothing_on() {
    let mut world = World::meeting(3);
    let (chair, other) = (world.member(0), world.member(1));
    govern(&mut world, 0, Govern::Password(password(4, 1)));
    world.run(500);
    let envelope = crate::group::Envelope::draw(&[7; 32]).unwrap();
    let key = envelope.public().to_vec();
    let answers = std::rc::Rc::new(std::cell::Cell::new(0));
    let sent = answers.clone();
    world.on_way_up = Some(Box::new(move |client, message| {
        sent.set(sent.get() + usize::from(client == 0 && matches!(message, wire::ToHost::Broadcast(_))));
        vec![message]
    }));
    let before = answers.get();
    world.says(1, &body::Body::PasswordPlease(key));
    world.run(1_000);
    assert!(answers.get() <= before + 1, "a heartbeat at most");
    // Nor is a password believed that somebody hands to a moderator who wants none.
    let forged = body::Handed { to: chair, pw_gen: 1, has_password: true, sealed: vec![0; 1_200] };
    world.says(1, &body::Body::Password(forged));
    world.run(500);
    let new = world.arrive(4);
    run_deriving(&mut world, new, 4, 4_000);
    world.assert_together(&[0, 1, 2, new]);
    assert!(person(&world, 0, 1).member == other && !rules(&world, 1).knows_password);
}

#[test]
fn who_comes_into_a_room_where_only_moderators_speak_is_silent() {
    let mut world = World::meeting(2);
    govern(&mut world, 0, Govern::Rule(Rule::ModeratorsSpeak, true));
    world.run(500);
    let late = world.arrive(1);
    world.run(3_000);
    assert!(!person(&world, 0, late).devices.microphone);
    assert!(world.clients[late].events.iter().any(|event| matches!(event, Event::Muted { by: None })));
}
