//! Coming in.

use super::super::*;
use super::world::World;

#[test]
fn two_with_the_same_password_meet() {
    let mut world = World::meeting(2);
    world.run(3_000);
    world.assert_together(&[0, 1]);
    let people = &world.clients[0].people;
    assert_eq!(people.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["person 0", "person 1"]);
    assert_eq!(world.clients[1].people.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["person 0", "person 1"]);
    assert!(people.iter().all(|p| !p.joining && p.connected && p.microphone && !p.camera), "{people:?}");
    assert!(people[0].owner && !people[1].owner && people[0].me && !people[1].me);
    assert_eq!(people[1].participant, Some(world.seat(1)));
    assert!(world.notices(0).contains(&Notice::MemberJoined { name: "person 1".into() }));
}
