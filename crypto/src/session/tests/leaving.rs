//! Going, saying so or not.

use super::super::*;
use super::world::World;

#[test]
fn who_leaves_is_gone_within_a_second_and_the_keys_move_on() {
    let mut world = World::meeting(3);
    let (epoch, keys) = (world.room(0).group.epoch(), world.clients[0].keys.len());
    world.does(2, Command::Leave);
    assert_eq!(world.clients[2].phase, Phase::Ended(End::Left));
    world.run(1_000);
    world.assert_together(&[0, 1]);
    assert!(world.room(0).group.epoch() > epoch && world.clients[0].keys.len() > keys);
    assert!(world.notices(1).contains(&Notice::MemberLeft { name: "person 2".into() }));
}

#[test]
fn nothing_is_sealed_between_a_leave_and_its_commit() {
    let mut world = World::meeting(3);
    world.on_way_up =
        Some(Box::new(|_, message| if matches!(message, wire::ToHost::Commit(_)) { vec![] } else { vec![message] }));
    world.does(2, Command::Leave);
    world.run(500);
    assert!(world.clients[0].paused && world.clients[1].paused);
    world.on_way_up = None;
    world.run(6_000);
    world.assert_together(&[0, 1]);
}

#[test]
fn who_closes_the_page_is_gone_within_ten_seconds() {
    for people in [2, 3, 4] {
        let mut world = World::meeting(people);
        world.run(7_777);
        world.kill(people - 1);
        world.run(10_000);
        let left: Vec<usize> = (0..people - 1).collect();
        world.assert_together(&left);
    }
}

#[test]
fn ownership_passes_on_when_the_owner_leaves_or_dies() {
    for dies in [false, true] {
        let mut world = World::meeting(3);
        if dies {
            world.kill(0)
        } else {
            world.does(0, Command::Leave)
        }
        world.run(10_000);
        world.assert_together(&[1, 2]);
        let owner = world.clients[1].people.iter().find(|person| person.owner).unwrap().member;
        assert_eq!(owner, world.member(1));
        for client in [1, 2] {
            assert!(world.notices(client).contains(&Notice::OwnerIs(owner)));
        }
    }
}

#[test]
fn two_who_die_at_once_are_removed_by_the_owner() {
    let mut world = World::meeting(3);
    world.kill(1);
    world.kill(2);
    world.run(20_000);
    assert_eq!(world.clients[0].people.len(), 1);
    assert_eq!(world.clients[0].phase, Phase::AloneOrApart);
}

#[test]
fn the_host_cannot_have_somebody_removed_by_calling_it_away() {
    let mut world = World::meeting(3);
    let liar = world.seat(2);
    for _ in 0..12 {
        for to in [world.seat(0), world.seat(1)] {
            world.send(to, wire::FromHost::Away(liar));
            world.send(to, wire::FromHost::Gone(liar));
        }
        world.run(2_000);
    }
    for client in 0..3 {
        assert_eq!(world.clients[client].people.len(), 3);
    }
}

#[test]
fn the_doorkeepers_silence_does_not_keep_a_leaver_in() {
    let mut world = World::meeting(3);
    // The lowest leaf commits nothing; the next takes over after its turn.
    world.on_way_up =
        Some(Box::new(
            |client, message| if client == 0 && matches!(message, wire::ToHost::Commit(_)) { vec![] } else { vec![message] },
        ));
    world.does(2, Command::Leave);
    world.run(2_500);
    world.assert_together(&[0, 1]);
}

#[test]
fn the_last_one_of_many_who_died_at_once_does_not_stay_with_the_dead() {
    let mut world = World::meeting(4);
    for client in 0..3 {
        world.kill(client);
    }
    for _ in 0..60 {
        world.run(1_000);
    }
    assert_eq!((world.clients[3].phase, world.clients[3].people.len()), (Phase::AloneOrApart, 1));
    let late = world.arrive(1);
    world.run(5_000);
    world.assert_together(&[3, late]);
}
