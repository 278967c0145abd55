//! A host that lies, and a member that does.

use super::super::letter::Letter;
use super::super::*;
use super::world::{World, secrets};
use crate::admission::{DoorMessage, Joiner, Knock};
use rand_core::SeedableRng;
use std::cell::RefCell;
use std::rc::Rc;
use wire::{FromHost, Opaque, ToHost};

fn door(message: &FromHost) -> Option<DoorMessage> {
    match message {
        FromHost::Relayed { body, .. } | FromHost::Knocked { body, .. } => match Letter::read(body)? {
            Letter::Door(message) => Some(message),
            _ => None,
        },
        _ => None,
    }
}

fn with_body(message: FromHost, letter: DoorMessage) -> FromHost {
    let written = Letter::Door(letter).write();
    match message {
        FromHost::Relayed { from, .. } => FromHost::Relayed { from, body: written },
        FromHost::Knocked { from, .. } => FromHost::Knocked { from, body: written },
        other => other,
    }
}

/// Runs a join over a host that changes the join's messages, and says how it went for the newcomer and how many wrong passwords
/// the members counted.
fn join_over(change: impl FnMut(DoorMessage) -> DoorMessage + 'static) -> (World, usize) {
    let mut world = World::meeting(2);
    let late = world.arrive(1);
    let mut change = change;
    world.on_way_down = Some(Box::new(move |_, message| match door(&message) {
        Some(inner) => vec![with_body(message, change(inner))],
        None => vec![message],
    }));
    world.run(25_000);
    (world, late)
}

fn failures(world: &World) -> u32 {
    world.room(0).door.budget.total()
}

#[test]
fn unchanged_it_works() {
    let (world, late) = join_over(|message| message);
    assert_eq!((world.clients[late].phase, failures(&world)), (Phase::Joined, 0));
}

#[test]
fn a_knock_without_the_link_takes_no_slot_and_is_no_guess() {
    let (mut world, late) = join_over(|message| match message {
        DoorMessage::Knock(knock) => DoorMessage::Knock(Knock { tag: [0; 32], ..knock }),
        other => other,
    });
    assert_eq!((world.clients[late].phase, failures(&world)), (Phase::Knocking, 0));
    world.run(30_000);
    assert_eq!(world.clients[late].phase, Phase::Ended(End::NoAnswer));
}

#[test]
fn a_host_with_the_link_that_swaps_the_key_package_is_caught() {
    // It has the link, so its knock is genuine; the run it relays was made for another KeyPackage.
    let own = Rc::new(Joiner::new(&mut ChaCha20Rng::from_seed([77; 32])).unwrap());
    let (world, late) = join_over(move |message| match message {
        DoorMessage::Knock(knock) => {
            let DoorMessage::Knock(swapped) = own.knock(&secrets(0)) else { panic!("no knock") };
            let own = secrets(0);
            DoorMessage::Knock(Knock::new(&own.link, own.room, knock.nonce, &swapped.key_package))
        }
        other => other,
    });
    assert!(matches!(world.clients[late].phase, Phase::Ended(End::WrongPassword { .. })), "{:?}", world.clients[late].phase);
    assert_eq!(world.clients[0].people.len(), 2, "nobody was admitted");
}

#[test]
fn what_the_doorkeeper_promises_cannot_be_changed_on_the_way() {
    let (world, late) = join_over(|message| match message {
        DoorMessage::Offer(mut offer) => {
            let last = offer.data.len() - 1;
            // pw_gen and `alone` are at the end; the bytes before them hold anchor, credential and key.
            offer.data[last - 10] ^= 1;
            DoorMessage::Offer(offer)
        }
        other => other,
    });
    assert_eq!(world.clients[late].phase, Phase::Ended(End::WrongPassword { tries: 1 }));
    assert_eq!(failures(&world), 1);
    assert_eq!(world.clients[0].people.len(), 2);
}

#[test]
fn a_doorkeeper_of_the_hosts_own_learns_one_guess_and_the_newcomer_counts_it() {
    // The host has the link, plays doorkeeper, and does not answer the proof.
    let proofs = Rc::new(RefCell::new(0));
    let counted = proofs.clone();
    let mut world = World::meeting(2);
    let late = world.arrive(1);
    world.on_way_up = Some(Box::new(move |client, message| match &message {
        ToHost::Relay { body, .. }
            if client == late && matches!(Letter::read(body), Some(Letter::Door(DoorMessage::Proof(_)))) =>
        {
            *counted.borrow_mut() += 1;
            vec![]
        }
        _ => vec![message],
    }));
    world.run(30_000);
    assert_eq!(world.clients[late].phase, Phase::Ended(End::WrongPassword { tries: 1 }));
    assert_eq!(*proofs.borrow(), 1, "the newcomer proves once and never tries again by itself");
}

#[test]
fn a_forged_tag_a_is_a_failed_guess() {
    let (world, late) = join_over(|message| match message {
        DoorMessage::Welcome(mut welcome) => {
            welcome.tag[0] ^= 1;
            DoorMessage::Welcome(welcome)
        }
        other => other,
    });
    assert_eq!(world.clients[late].phase, Phase::Ended(End::WrongPassword { tries: 1 }));
}

#[test]
fn another_attempt_than_the_one_sealed_does_not_open() {
    let changed = Rc::new(RefCell::new(0));
    let count = changed.clone();
    let (world, late) = join_over(move |message| match message {
        DoorMessage::Welcome(mut welcome) => {
            *count.borrow_mut() += 1;
            welcome.attempt += 1;
            DoorMessage::Welcome(welcome)
        }
        other => other,
    });
    assert!(*changed.borrow() > 0);
    assert!(!matches!(world.clients[late].phase, Phase::Joined));
    assert_eq!(failures(&world), 0, "Tag_A was right: no guess failed");
}

#[test]
fn nothing_is_sealed_to_a_newcomer_before_the_log_accepted_it() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let welcomes = seen.clone();
    let mut world = World::meeting(2);
    world.run(3_000);
    let late = world.arrive(1);
    world.on_way_down =
        Some(Box::new(|_, message| if matches!(message, FromHost::Committed(_)) { vec![] } else { vec![message] }));
    world.on_way_up = Some(Box::new(move |_, message| {
        if let ToHost::Relay { body, .. } = &message
            && let Some(Letter::Door(door)) = Letter::read(body)
        {
            welcomes.borrow_mut().push(matches!(door, DoorMessage::Welcome(_)));
        }
        vec![message]
    }));
    world.run(3_000);
    assert!(!seen.borrow().is_empty() && !seen.borrow().contains(&true));
    assert_eq!(world.clients[late].phase, Phase::Joining);
    world.on_way_down = None;
    world.run(6_000);
    assert_eq!(world.clients[late].phase, Phase::Joined);
}

#[test]
fn the_host_cannot_admit_a_ghost_nor_stop_the_room_with_rubbish() {
    let mut world = World::meeting(2);
    world.run(3_000);
    let (epoch, life) = (world.room(0).group.epoch(), world.clients[0].session.core.connection.seat().unwrap().incarnation);
    let slot = wire::Slot { incarnation: life, epoch: wire::Epoch(epoch), attempt: wire::Attempt(0) };
    let by = wire::ParticipantId([0xee; 16]);
    let entry = wire::LogEntry { slot, by, commit: Opaque(vec![1, 2, 3]) };
    world.host.log.insert((epoch, 0), entry.clone());
    for client in 0..2 {
        let to = world.seat(client);
        world.send(to, FromHost::Committed(entry.clone()));
    }
    world.run(100);
    assert_eq!(world.room(0).group.epoch(), epoch);
    let late = world.arrive(1);
    world.run(5_000);
    world.assert_together(&[0, 1, late]);
}

#[test]
fn a_member_whose_commit_all_refuse_is_removed_for_it() {
    let mut world = World::meeting(3);
    world.run(3_000);
    // Its signature holds, its content does not.

    let bad = crate::group::tests::unrecorded(&mut world.room_mut(2).group);
    let epoch = world.room(0).group.epoch();
    let life = world.clients[0].session.core.connection.seat().unwrap().incarnation;
    let slot = wire::Slot { incarnation: life, epoch: wire::Epoch(epoch), attempt: wire::Attempt(0) };
    let entry = wire::LogEntry { slot, by: world.seat(2), commit: Opaque(bad) };
    world.host.log.insert((epoch, 0), entry.clone());
    world.host.head = epoch + 1;
    for client in 0..2 {
        let to = world.seat(client);
        world.send(to, FromHost::Committed(entry.clone()));
    }
    let broken = world.member(2);
    world.kill(2);
    world.run(1_000);
    world.assert_together(&[0, 1]);
    assert!(world.notices(0).contains(&Notice::CommitterBroken { member: broken }));
}

#[test]
fn who_alone_cannot_follow_a_commit_comes_in_again_and_takes_nobody_along() {
    let mut world = World::meeting(4);
    world.run(5_000);
    // As if the path of the next commit were spoilt for the lowest leaf, whose turn it is to remove the committer.
    crate::group::tests::lose_path(&mut world.room_mut(0).group);
    let (before, epoch) = (world.member(0), world.room(1).group.epoch());
    world.room_mut(3).queue.want(queue::Intent::Update, 0);
    world.handle_timeout(3);
    world.run(15_000);
    assert!(world.notices(0).iter().any(|notice| matches!(notice, Notice::CommitterBroken { .. })));
    assert!(!world.host.log.contains_key(&(epoch, 1)), "nobody went another way");
    world.assert_together(&[0, 1, 2, 3]);
    assert_eq!(world.member(0), before, "as who it was");
    let admitted = world.clients[1].people.iter().find(|person| person.member == before).map(|person| person.admitted);
    assert!(matches!(admitted, Some(crate::group::Admission::Rejoined { .. })), "and with a new leaf: {admitted:?}");
}

#[test]
fn a_removed_member_is_given_no_keys_of_later_epochs() {
    let mut world = World::meeting(3);
    world.does(2, Command::Leave);
    world.run(2_000);
    let leaves = |client: usize| world.clients[client].keys.last().unwrap().1.clone();
    assert_eq!((leaves(0).len(), leaves(1).len()), (2, 2));
}

#[test]
fn noise_from_the_host_moves_nothing() {
    let mut world = World::meeting(2);
    world.run(3_000);
    let epoch = world.room(0).group.epoch();
    let to = world.seat(0);
    let life = world.clients[0].session.core.connection.seat().unwrap().incarnation;
    for byte in 0..=255u8 {
        let body = Opaque(vec![1, byte % 4, byte, byte, byte]);
        let from = wire::ParticipantId([byte; 16]);
        world.send(to, FromHost::Relayed { from, body: body.clone() });
        world.send(to, FromHost::Broadcast { from, body: body.clone() });
        world.send(to, FromHost::Knocked { from, body: body.clone() });
        let slot = wire::Slot { incarnation: life, epoch: wire::Epoch(epoch + u64::from(byte) + 1), attempt: wire::Attempt(0) };
        world.send(to, FromHost::Committed(wire::LogEntry { slot, by: from, commit: body }));
        world.send(to, FromHost::LogBeginsAt(wire::Epoch(0)));
        world.send(to, FromHost::Created);
        world.send(to, FromHost::Admitted);
        world.send(to, FromHost::Occupied);
    }
    world.run(5_000);
    assert_eq!(world.clients[0].people.len(), 2);
    let chat = "still here".to_string();
    world.does(1, Command::Chat(chat.clone()));
    world.run(100);
    assert_eq!(world.chats(0), [chat]);
}
