//! Peers whose address changes, with and without knowing it.

use super::*;

/// How long a path change may interrupt a meeting.
const RESUMED_WITHIN: Duration = Duration::from_secs(2);

fn sound(world: &mut World, index: usize) -> Vec<u8> {
    let timestamp = (world.now.as_micros() * 48 / 1_000) as u32;
    world.clients[index].rtp(0x7700 + index as u32, 111, timestamp, &[(4, b"0")], &[7; 120])
}

/// Two who see and hear each other, some seconds into their meeting.
fn meeting() -> World {
    let mut world = World::connected(2, 180);
    exchange(&mut world, 0..60);
    world
}

/// Each sends sound, and 0 a picture, every 20 ms.
fn exchange(world: &mut World, pictures: std::ops::Range<u16>) {
    for picture in pictures {
        let key = picture == 0 || !std::mem::take(&mut world.clients[0].got.key_frames_wanted).is_empty();
        world.frame(0, 0, picture, key, 1);
        for index in 0..2 {
            let sound = sound(world, index);
            world.feed(index, sound);
        }
        world.pass(20);
    }
}

fn elsewhere(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], port))
}

#[test]
fn a_peer_whose_nat_forgot_it_resumes_within_two_seconds() {
    let mut world = meeting();
    let (seen, heard) = (world.clients[1].received("3").len(), world.clients[0].received("2").len());
    let moved_at = world.now;
    world.clients[1].address = elsewhere(1);
    for picture in 60..160u16 {
        exchange(&mut world, picture..picture + 1);
        if world.clients[1].received("3").len() > seen {
            break;
        }
    }
    assert!(world.now.since(moved_at) <= RESUMED_WITHIN, "after {:?}", world.now.since(moved_at));
    assert!(world.clients[0].received("2").len() > heard, "and what it sends is heard");
    exchange(&mut world, 200..210);
    assert!(world.clients[1].received("3").len() >= seen + 10);
    let owner = world.media.by_seat[&seat(1)];
    assert_eq!(world.media.by_address[&elsewhere(1).into()], owner);
}

#[test]
fn a_peer_that_checks_from_a_new_address_resumes_with_its_first_media_from_there() {
    let mut world = meeting();
    let seen = world.clients[1].received("3").len();
    world.clients[1].address = elsewhere(2);
    world.check(1);
    exchange(&mut world, 60..62);
    assert!(world.clients[1].received("3").len() > seen, "within 40 ms, though the old path was never declared dead");
}

#[test]
fn a_peer_that_checks_and_sends_nothing_moves_when_the_old_path_is_quiet() {
    let mut world = meeting();
    world.pass(600);
    world.clients[1].address = elsewhere(3);
    world.check(1);
    let seen = world.clients[1].received("3").len();
    world.frame(0, 0, 61, true, 1);
    assert_eq!(world.clients[1].received("3").len(), seen + 1);
}

#[test]
fn who_only_hands_media_on_from_elsewhere_gets_none() {
    let mut world = meeting();
    // Somebody on the way holds a packet back and sends it from an address of another's: authentic, and from the wrong place.
    let mut held = sound(&mut world, 1);
    let length = held.len();
    world.media.datagram(world.now, elsewhere(4), &mut held);
    let MediaOutput::Transmit(question) = world.media.poll() else { panic!("it is asked") };
    assert!(question.to == elsewhere(4).into() && question.bytes.len() <= length, "one question, no larger than what raised it");
    let mut forged = ice::tests::answer(&question.bytes, &format!("them:{}", world.clients[1].host.0), PASSWORD);
    forged[30] ^= 1;
    world.media.datagram(world.now, elsewhere(4), &mut forged);
    let mut answered = ice::tests::answer(&question.bytes, &format!("them:{}", world.clients[1].host.0), PASSWORD);
    world.media.datagram(world.now, elsewhere(5), &mut answered);
    assert!(
        !world.media.by_address.contains_key(&elsewhere(4).into()) && !world.media.by_address.contains_key(&elsewhere(5).into())
    );
    let seen = world.clients[1].received("3").len();
    exchange(&mut world, 60..70);
    assert_eq!(world.clients[1].received("3").len(), seen + 10, "the peer stays where it is");
}

#[test]
fn what_a_peer_holds_of_names_is_bounded_whatever_it_sends() {
    let mut world = meeting();
    for ssrc in 0..2_000u32 {
        let packet = world.clients[1].rtp(0x100_0000 + ssrc, 111, 0, &[(4, b"0")], &[7; 20]);
        world.feed(1, packet);
    }
    world.run();
    assert!(world.media.by_ssrc.len() <= 2 * crate::core::transport::uplink::STREAMS * world.media.peers.len() + 1);
}

#[test]
fn a_closed_connection_is_left_for_another_path() {
    use crate::core::path::Stream;
    let mut world = meeting();
    let path = Path::Tcp(Stream { number: 1, from: elsewhere(6) });
    let client = &world.clients[1];
    let mut check = request(&client.host.0, &client.host.1, true);
    world.media.datagram(world.now, path, &mut check);
    let packet = sound(&mut world, 1);
    world.media.datagram(world.now, path, &mut packet.clone());
    world.frame(0, 0, 60, false, 1);
    let key = world.media.by_seat[&seat(1)];
    assert_eq!(world.media.peers.get(key).unwrap().ice.path(), Some(path), "media came over the connection");
    world.media.path_closed(path);
    assert_eq!(world.media.peers.get(key).unwrap().ice.path(), None);
    assert!(!world.media.by_address.contains_key(&path));
    let seen = world.clients[1].received("3").len();
    world.check(1);
    exchange(&mut world, 61..63);
    assert!(world.clients[1].received("3").len() > seen, "back over UDP");
}
