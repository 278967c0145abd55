//! Rooms of many.

use super::super::queue::Intent;
use super::super::*;
use super::world::World;
use crate::group::{Candidate, CheckedKeyPackage};

/// Admits so many who have a leaf and never say a word.
fn admit_silent(world: &mut World, people: u64) {
    for n in 0..people {
        let mut entropy = [0xa5; 32];
        entropy[..8].copy_from_slice(&n.to_be_bytes());
        let candidate = Candidate::new(entropy).unwrap();
        let newcomer = CheckedKeyPackage::read(candidate.key_package_bytes()).unwrap().proven(0);
        let now = world.now;
        world.room_mut(0).queue.want(Intent::Admit(Box::new(newcomer)), now);
    }
    world.handle_timeout(0);
}

/// One member's heartbeat, and nothing else of anybody's.
fn beats(world: &mut World, client: usize) {
    let now = world.now;
    world.room_mut(client).presence.beat_soon(now);
    world.handle_timeout(client);
}

#[test]
fn heartbeats_alone_make_nobody_look_through_everybody() {
    let mut world = World::meeting(2);
    world.run(3_000);
    admit_silent(&mut world, 30);
    world.run(1_500);
    assert_eq!(world.room(1).group.members().len(), 32);
    beats(&mut world, 1);
    world.run(50);
    world.handle_timeout(0);
    let looked = |world: &World| world.clients[0].session.rest.as_ref().expect("at rest").since;
    let (before, member) = (looked(&world), world.member(1));
    for _ in 0..10 {
        beats(&mut world, 1);
        world.run(50);
        assert_eq!(world.room(0).presence.quiet_for(member, world.now), 20, "it was heard");
        assert_eq!(looked(&world), before);
    }
    world.says(1, &body::Body::Devices(Devices { camera: true, ..Devices::default() }));
    world.run(50);
    assert!(looked(&world) > before, "something is to be shown");
    let before = looked(&world);
    for _ in 0..25 {
        beats(&mut world, 1);
        world.run(50);
    }
    assert!(looked(&world) >= before + REST, "once in a while all the same");
}
