//! Rooms of many voices: to the host a herald is somebody who sends two sounds.

use super::*;

/// A client that passes voices on, and hears `voices` directly: one sending and `voices` receiving sections more.
fn herald(world: &mut World, index: usize, voices: u8) {
    let client = &world.clients[index];
    let mut sdp = client.sdp();
    let sections: Vec<(u8, &str)> =
        std::iter::once((4, "sendonly")).chain((5..5 + voices).map(|mid| (mid, "recvonly"))).collect();
    let names: Vec<String> = sections.iter().map(|(mid, _)| mid.to_string()).collect();
    sdp = sdp.replace("BUNDLE 0 1 2 3", &format!("BUNDLE 0 1 2 3 {}", names.join(" ")));
    for (mid, direction) in sections {
        sdp += &format!(
            "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\na={direction}\r\na=rtcp-mux\r\n\
             a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=rtpmap:111 opus/48000/2\r\n"
        );
    }
    let mut offer = Offer { sdp, ..client.offer() };
    offer.publications.push(Publication { mid: Mid("4".into()), track: Track::Herald });
    let answer = world.media.offer(world.now, client.seat, &offer).unwrap();
    world.clients[index].take_answer(&answer);
}

fn subscribe(world: &mut World, index: usize, sections: &[(&str, u8, Track)]) {
    let wish = |&(mid, to, track): &(&str, u8, Track)| Subscription {
        mid: Mid(mid.into()),
        source: Some((seat(to).participant, track)),
        height: PixelHeight(0),
    };
    let seat = world.clients[index].seat;
    world.media.subscribe(world.now, seat, &sections.iter().map(wish).collect::<Vec<_>>());
}

/// 20 ms of everybody's sound: `size` bytes of microphone, and of the herald's (client 0) second stream.
fn tick(world: &mut World, speaker: usize) {
    let timestamp = (world.now.as_micros() * 48 / 1_000) as u32;
    for index in 0..world.clients.len() {
        // What is sealed differs with the speaker; sizes do not.
        let inside = [if index == speaker { 0xaa } else { 0x11 }; 120];
        let sound = world.clients[index].rtp(0x70 + index as u32, 111, timestamp, &[(4, b"0")], &inside);
        world.feed(index, sound);
    }
    let passed_on = world.clients[0].rtp(0x90, 111, timestamp, &[(4, b"4")], &[speaker as u8; 190]);
    world.feed(0, passed_on);
    world.pass(20);
}

/// 0 heralds for 1 to 3 and hears them; the others hear 0's herald stream alone.
fn room() -> World {
    let mut world = World::new(4);
    (0..4).for_each(|index| world.join(index));
    herald(&mut world, 0, 3);
    subscribe(&mut world, 0, &[("5", 1, Track::Audio), ("6", 2, Track::Audio), ("7", 3, Track::Audio)]);
    (1..4).for_each(|index| subscribe(&mut world, index, &[("2", 0, Track::Herald)]));
    world.run();
    world
}

#[test]
fn a_heralds_two_sounds_go_their_own_ways() {
    let mut world = room();
    assert_eq!(world.media.tracks(seat(0)), [Track::Audio, Track::Camera, Track::Herald]);
    (0..50).for_each(|_| tick(&mut world, 2));
    for index in 1..4 {
        let heard = world.clients[index].received("2");
        assert_eq!(heard.len(), 50, "the herald's stream, and not its microphone");
        assert!(heard.iter().all(|(_, payload)| payload == &[2; 190]));
    }
    for (mid, level) in [("5", 0x11), ("6", 0xaa), ("7", 0x11)] {
        let heard = world.clients[0].received(mid);
        assert!(heard.len() == 50 && heard.iter().all(|(_, payload)| payload == &[level; 120]), "{mid}");
    }
}

#[test]
fn what_leaves_the_host_does_not_depend_on_who_speaks() {
    let sent = |speaker: &dyn Fn(usize) -> usize| {
        let mut world = room();
        (0..50).for_each(|at| tick(&mut world, speaker(at)));
        let counted = |client: &Client| {
            let stream = |(ssrc, packets): (&u32, &Vec<(Header, Vec<u8>)>)| {
                (*ssrc, packets.iter().map(|(header, payload)| (header.timestamp, payload.len())).collect::<Vec<_>>())
            };
            client.got.packets.iter().map(stream).collect::<Vec<_>>()
        };
        (world.sent, world.clients.iter().map(counted).collect::<Vec<_>>())
    };
    let lecture = sent(&|_| 1);
    assert!(lecture.0 > 300);
    assert!(sent(&|at| at % 4) == lecture && sent(&|_| 3) == lecture);
}
