//! Connections come, move, fall silent and go.

use super::*;

#[test]
fn after_close_there_is_no_route_and_no_trace() {
    let mut world = World::connected(3, 180);
    for index in 0..3 {
        world.frame(index, 0, 1, true, 1);
    }
    let queued = world.frame_packets(0, 0, 2, false, 1);
    world.feed(0, queued[0].clone());
    let late = world.frame_packets(0, 0, 3, true, 1);
    let count = |world: &World| world.clients.iter().map(|client| client.received("3").len()).collect::<Vec<_>>();
    let before = count(&world);
    world.media.close(world.now, seat(0));
    world.run();
    world.feed(0, late[0].clone());
    world.frame(1, 0, 2, false, 1);
    world.pass(2_000);
    let after = count(&world);
    assert_eq!(after[0], before[0], "nothing to the one who went, not even what 1 sends");
    assert_eq!(after[2], before[2], "nothing of the one who went, not even what waited");
    assert!(world.clients[0].got.closed, "DTLS was closed");
    assert_eq!(world.media.tracks(seat(0)), []);
    for index in [1, 2] {
        world.media.close(world.now, seat(index));
    }
    world.run();
    assert_eq!(
        (world.media.sources.len(), world.media.peers.len(), world.media.by_address.len(), world.media.by_ufrag.len()),
        (0, 0, 0, 0)
    );
}

#[test]
fn a_stranger_costs_nothing() {
    let mut world = World::connected(2, 180);
    let stranger = SocketAddr::from(([10, 0, 0, 1], 9));
    let sent = world.sent;
    let packets = world.frame_packets(0, 0, 1, true, 1);
    let mut forged = request("unknownx", "password", true);
    world.media.datagram(world.now, stranger, &mut forged);
    let mut wrong = request(&world.clients[0].host.0, "password", true);
    world.media.datagram(world.now, stranger, &mut wrong);
    world.media.datagram(world.now, stranger, &mut packets[0].clone());
    world.media.datagram(world.now, stranger, &mut [22, 254, 253, 0, 0, 0, 0]);
    world.run();
    assert_eq!(world.sent, sent);
    assert!(!world.media.by_address.contains_key(&stranger.into()));
    assert!(world.clients[1].received("3").is_empty());
}

#[test]
fn a_participant_may_move_and_restart() {
    let mut world = World::connected(2, 180);
    world.frame(0, 0, 1, true, 1);
    world.clients[1].ufrag = "anew".into();
    let offer = world.clients[1].offer();
    let answer = world.media.offer(world.now, seat(1), &offer).unwrap();
    let before = world.clients[1].ssrcs.clone();
    world.clients[1].take_answer(&answer);
    assert_eq!(world.clients[1].ssrcs, before, "sections keep their SSRCs");
    world.clients[1].address = SocketAddr::from(([127, 0, 0, 1], 6_000));
    world.now = world.now + Duration::from_secs(1);
    world.check(1);
    world.frame(0, 0, 2, false, 1);
    assert_eq!(world.clients[1].received("3").len(), 2);
}

#[test]
fn a_new_connection_of_the_same_seat_takes_its_place() {
    let mut world = World::connected(2, 180);
    world.frame(0, 0, 1, true, 1);
    let mut again = Client::new(1);
    again.session = 2;
    again.address = SocketAddr::from(([127, 0, 0, 1], 6_001));
    world.clients[1] = again;
    world.join(1);
    world.frame(0, 0, 2, true, 1);
    assert_eq!(world.clients[1].received("3").len(), 1, "the wish outlives the connection");
}

#[test]
fn silence_closes_softly() {
    let mut world = World::connected(2, 180);
    world.frame(0, 0, 1, true, 1);
    world.pass(15_000);
    world.check(0);
    world.pass(16_000);
    world.frame(0, 0, 2, true, 1);
    assert_eq!(world.clients[1].received("3").len(), 1, "31 s of silence");
    world.check(1);
    world.frame(0, 0, 3, true, 1);
    assert_eq!(world.clients[1].received("3").len(), 2, "a check brings it back");
}

#[test]
fn what_waits_of_somebody_who_left_is_passed_over() {
    let mut world = World::connected(3, 180);
    world.subscribe(2, Some(1), 180);
    world.subscribe(1, Some(0), 180);
    let packets = [(0, 3), (1, 2)].map(|(who, packets)| (who, world.frame_packets(who, 0, 1, true, packets)));
    for (who, packet) in packets.into_iter().flat_map(|(who, packets)| packets.into_iter().map(move |packet| (who, packet))) {
        world.feed(who, packet);
    }
    world.media.close(world.now, seat(0));
    world.run();
    assert_eq!(world.clients[1].received("3").len(), 0);
    assert_eq!(world.clients[2].received("3").len(), 2, "others get what waits for them");
}
