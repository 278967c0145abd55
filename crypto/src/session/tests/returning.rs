//! Losing the way and finding it back.

use super::super::*;
use super::world::World;
use queue::Intent;
use wire::{FromHost, ToHost};

#[test]
fn a_dropped_socket_is_taken_up_again_without_a_question() {
    let mut world = World::meeting(3);
    let me = world.member(1);
    world.cut(1, true);
    world.run(2_000);
    assert_eq!(world.clients[1].phase, Phase::Reconnecting);
    world.does(1, Command::Chat("held".into()));
    world.does(0, Command::Devices(Devices { camera: true, ..Devices::default() }));
    world.does(0, Command::Chat("missed".into()));
    world.run(1_000);
    world.cut(1, false);
    world.run(12_000);
    world.assert_together(&[0, 1, 2]);
    assert_eq!((world.member(1), world.clients[1].phase), (me, Phase::Joined));
    assert_eq!(world.chats(0), ["missed", "held"]);
    assert_eq!(world.chats(2), ["missed", "held"]);
    let mut back = world.chats(1);
    back.sort();
    assert_eq!(back, ["held", "missed"]);
    assert!(!(0..3).any(|client| world.notices(client).contains(&Notice::Split)));
    assert!(!world.notices(0).iter().any(|notice| matches!(notice, Notice::MemberLeft { .. })));
}

#[test]
fn a_network_that_is_back_is_not_waited_for() {
    let mut world = World::meeting(2);
    let (me, seat) = (world.member(1), world.seat(1));
    world.cut(1, true);
    world.run(4_000);
    assert_eq!(world.clients[1].phase, Phase::Reconnecting);
    world.cut(1, false);
    world.network_is_back(1);
    world.run(200);
    assert_eq!((world.member(1), world.seat(1), world.clients[1].phase), (me, seat, Phase::Joined));
    // Nor is a socket trusted that may lead through the network that was.
    world.network_is_back(1);
    assert_eq!(world.clients[1].phase, Phase::Reconnecting);
    world.run(200);
    assert_eq!((world.seat(1), world.clients[1].phase), (seat, Phase::Joined));
    world.assert_together(&[0, 1]);
}

#[test]
fn what_somebody_shows_is_known_to_those_who_are_there_and_to_those_who_come() {
    let mut world = World::meeting(2);
    let devices = Devices { screen: true, screen_sound: true, ..Devices::default() };
    world.does(0, Command::Devices(devices));
    world.run(1_000);
    let late = world.arrive(1);
    world.run(10_000);
    let sharer = world.member(0);
    for client in [1, late] {
        let seen = world.clients[client].people.iter().find(|person| person.member == sharer).map(|person| person.devices);
        assert_eq!(seen, Some(devices), "{client}");
    }
}

#[test]
fn what_was_committed_meanwhile_is_fetched() {
    let mut world = World::meeting(2);
    world.cut(1, true);
    world.room_mut(0).queue.want(Intent::Update, 0);
    world.run(2_000);
    world.cut(1, false);
    world.run(8_000);
    world.assert_together(&[0, 1]);
}

#[test]
fn a_host_that_forgot_everything_is_told_by_the_members() {
    let mut world = World::meeting(3);
    let (ids, epoch) = ([0, 1, 2].map(|client| world.member(client)), world.room(0).group.epoch());
    world.stop_host();
    world.run(2_000);
    assert_eq!(world.clients[0].phase, Phase::Reconnecting);
    world.down = false;
    world.run(10_000);
    world.assert_together(&[0, 1, 2]);
    assert_eq!([0, 1, 2].map(|client| world.member(client)), ids);
    assert!(world.room(0).group.epoch() >= epoch);
    let late = world.arrive(1);
    world.run(5_000);
    world.assert_together(&[0, 1, 2, late]);
}

#[test]
fn a_commit_that_died_with_the_host_is_not_lost_if_one_member_merged_it() {
    let mut world = World::meeting(3);
    world.run(3_000);
    let epoch = world.room(0).group.epoch();
    // The entry reaches member 1 alone; its author never hears that it won.
    world.on_way_down =
        Some(Box::new(|to, message| if to != 1 && matches!(message, FromHost::Committed(_)) { vec![] } else { vec![message] }));
    world.room_mut(0).queue.want(Intent::Update, 0);
    world.handle_timeout(0);
    world.run(60);
    world.stop_host();
    world.on_way_down = None;
    world.down = false;
    assert_eq!((world.room(0).group.epoch(), world.room(1).group.epoch()), (epoch, epoch + 1));
    let ids = [0, 1, 2].map(|client| world.member(client));
    world.run(15_000);
    world.assert_together(&[0, 1, 2]);
    assert_eq!([0, 1, 2].map(|client| world.member(client)), ids);
}

#[test]
fn who_was_away_too_long_comes_in_again_by_the_front_door() {
    let mut world = World::meeting(3);
    let old = world.member(2);
    world.cut(2, true);
    // By then nobody holds any more what it could be known by.
    world.run(700_000);
    world.assert_together(&[0, 1]);
    world.cut(2, false);
    world.run(20_000);
    world.assert_together(&[0, 1, 2]);
    assert_ne!(world.member(2), old);
    assert_eq!(world.clients[2].phase, Phase::Joined);
}

#[test]
fn a_lost_race_is_run_again() {
    let mut world = World::meeting(3);
    world.run(3_000);
    let epoch = world.room(0).group.epoch();
    for client in 0..3 {
        world.room_mut(client).queue.want(Intent::Update, 0);
        world.handle_timeout(client);
    }
    world.run(1_000);
    world.assert_together(&[0, 1, 2]);
    assert_eq!(world.room(0).group.epoch(), epoch + 3, "each got its commit in");
}

#[test]
fn heartbeats_that_stop_are_told_and_so_is_their_return() {
    let mut world = World::meeting(3);
    world.on_way_down = Some(Box::new(|to, message| match message {
        FromHost::Broadcast { .. } if to == 0 => vec![],
        other => vec![other],
    }));
    world.run(16_000);
    assert!(world.notices(0).contains(&Notice::Split));
    assert!(!world.notices(1).contains(&Notice::Split));
    assert_eq!(world.clients[0].people.len(), 3, "nobody is removed on the word of one");
    world.on_way_down = None;
    world.run(8_000);
    assert!(world.notices(0).contains(&Notice::SplitHealed));
}

#[test]
fn a_restarted_frame_worker_gets_keys_of_a_new_epoch() {
    let mut world = World::meeting(2);
    world.run(3_000);
    let epoch = world.room(0).group.epoch();
    world.does(0, Command::FrameWorkerRestarted);
    world.run(1_000);
    assert_eq!(world.clients[0].keys.last().unwrap().0, epoch + 1);
    assert_eq!(world.room(0).opens_from, epoch + 1);
    world.assert_together(&[0, 1]);
}

#[test]
fn the_code_is_held_while_epochs_move_and_everybody_sees_the_same() {
    let mut world = World::meeting(3);
    world.run(2_000);
    world.does(0, Command::StartSafetyCheck(None));
    let held = world.room(0).group.epoch();
    world.room_mut(1).queue.want(Intent::Update, 0);
    world.run(1_000);
    assert!(world.room(0).group.epoch() > held);
    let shown = |client: usize| {
        let mut codes = world.clients[client].events.iter().filter_map(|event| match event {
            Event::SafetyCode(Some(shown)) => Some(shown.clone()),
            _ => None,
        });
        codes.next_back().unwrap()
    };
    assert!(shown(0).epoch == held && shown(0) == shown(1) && shown(1) == shown(2));
    world.does(1, Command::ConfirmSafetyCode(None));
    world.run(10);
    assert!(world.clients[1].people.iter().all(|person| person.verified));
    let late = world.arrive(1);
    world.run(2_000);
    let newcomer = world.member(late);
    assert!(world.clients[1].people.iter().any(|person| person.member == newcomer && !person.verified));
}

#[test]
fn nothing_said_by_a_member_is_lost_to_a_commit_in_between() {
    let mut world = World::meeting(3);
    world.run(2_000);
    // Commits and chat leave in the same instant.
    for client in 0..3 {
        world.room_mut(client).queue.want(Intent::Update, 0);
        world.does(client, Command::Chat(format!("from {client}")));
    }
    world.run(1_000);
    for client in 0..3 {
        let mut chats = world.chats(client);
        chats.sort();
        assert_eq!(chats, ["from 0", "from 1", "from 2"]);
    }
}

#[test]
fn media_goes_to_the_host_only_from_inside() {
    let mut world = World::new();
    let sent = std::rc::Rc::new(std::cell::Cell::new(0));
    let counted = sent.clone();
    world.on_way_up = Some(Box::new(move |_, message| {
        counted.set(counted.get() + u32::from(matches!(message, ToHost::Offer(_))));
        vec![message]
    }));
    let offer = || Command::Offer(wire::Offer { sdp: String::new(), publications: vec![] });
    let first = world.arrive(1);
    world.does(first, offer());
    world.run(30);
    assert_eq!(sent.get(), 0);
    world.run(1_000);
    world.does(first, offer());
    world.run(1_000);
    assert_eq!(sent.get(), 1);
}

#[test]
fn one_message_withheld_is_told() {
    let mut world = World::meeting(3);
    world.run(3_000);
    let mut withheld = false;
    world.on_way_down = Some(Box::new(move |to, message| match message {
        FromHost::Broadcast { .. } if to == 0 && !withheld => {
            withheld = true;
            vec![]
        }
        other => vec![other],
    }));
    world.does(1, Command::Chat("vanishes".into()));
    world.run(15_000);
    assert!(world.chats(0).is_empty() && world.notices(0).contains(&Notice::Split));
    assert!(!world.notices(2).contains(&Notice::Split));
}

#[test]
fn a_quiet_hour_passes_without_a_warning_and_the_keys_move() {
    let mut world = World::meeting(3);
    let epoch = world.room(0).group.epoch();
    world.run(600_000);
    world.assert_together(&[0, 1, 2]);
    assert!(world.room(0).group.epoch() >= epoch + 9, "each moves its keys at least every 3 minutes");
    for client in 0..3 {
        let warned = world.notices(client).iter().any(|notice| matches!(notice, Notice::Split | Notice::MemberLeft { .. }));
        assert!(!warned, "{:?}", world.notices(client));
    }
}

#[test]
fn words_compared_with_one_person_verify_that_one_alone() {
    let mut world = World::meeting(3);
    let (ada, ben) = (world.member(0), world.member(1));
    world.does(0, Command::StartSafetyCheck(Some(ben)));
    world.run(500);
    let asked = |world: &World, client: usize| {
        let asks = |event: &Event| matches!(event, Event::SafetyCheck { by, alone: true, .. } if *by == ada);
        world.clients[client].events.iter().any(asks)
    };
    assert!(asked(&world, 1) && !asked(&world, 2));
    world.does(0, Command::ConfirmSafetyCode(Some(ben)));
    world.run(100);
    let verified: Vec<bool> = world.clients[0].people.iter().map(|person| person.verified).collect();
    assert_eq!(verified, [false, true, false]);
}
