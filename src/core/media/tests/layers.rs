//! Layers: who is asked for which, and who gets which.

use super::*;

/// What publisher 0 is told within a time in which all its layers come.
fn told(world: &mut World, millis: u64) -> Vec<Vec<bool>> {
    let mut told = Vec::new();
    let end = world.now + Duration::from_millis(millis);
    while world.now < end {
        for layer in 0..2 {
            let picture = (world.now.as_micros() / 1_000) as u16;
            world.frame(0, layer, picture & 0x7fff, false, 1);
        }
        world.pass(100);
        while let Some((seat, wanted)) = world.media.layers_wanted() {
            if seat == world.clients[0].seat {
                assert_eq!(wanted.track, Track::Camera);
                told.push(wanted.layers);
            }
        }
    }
    told
}

#[test]
fn a_sender_is_told_which_layers_nobody_needs() {
    let mut world = World::connected(3, 0);
    assert_eq!(told(&mut world, 4_500), Vec::<Vec<bool>>::new(), "the grace");
    assert_eq!(told(&mut world, 2_000), [[false, false]], "nobody looks");
    world.subscribe(2, Some(0), 180);
    assert_eq!(told(&mut world, 100), [[true, false]], "somebody does, at once");
    world.subscribe(1, Some(0), 720);
    assert_eq!(told(&mut world, 100), [[true, true]]);
    world.subscribe(1, None, 720);
    world.pass(1_000);
    world.subscribe(1, Some(0), 720);
    assert_eq!(told(&mut world, 8_000), Vec::<Vec<bool>>::new(), "back in time");
    world.media.close(world.now, world.clients[1].seat);
    assert_eq!(told(&mut world, 6_000), [[true, false]], "who has left wants nothing");
}

#[test]
fn loss_does_not_change_what_is_wanted() {
    let mut world = World::connected(2, 720);
    let media = world.clients[1].ssrcs["3"].0;
    for _ in 0..20 {
        let block = rtcp::ReportBlock { ssrc: media, fraction_lost: 120, ..Default::default() };
        let report = world.clients[1].rtcp(|to| rtcp::write_receiver_report(to, &[block]));
        world.feed(1, report);
        assert_eq!(told(&mut world, 500), Vec::<Vec<bool>>::new());
    }
}

#[test]
fn what_a_sender_was_told_is_said_again_after_an_offer() {
    let mut world = World::connected(2, 0);
    assert_eq!(told(&mut world, 6_500), [[false, false]]);
    let (seat, offer) = (world.clients[0].seat, world.clients[0].offer());
    world.media.offer(world.now, seat, &offer).unwrap();
    assert_eq!(told(&mut world, 100), [[false, false]]);
    world.clients[0].session += 1;
    let offer = world.clients[0].offer();
    world.media.offer(world.now, seat, &offer).unwrap();
    assert_eq!(world.media.layers_wanted(), None, "another connection begins with all");
}

#[test]
fn many_who_wait_are_one_request_in_half_a_second() {
    let mut world = World::connected(20, 720);
    for index in 1..20 {
        world.subscribe(index, Some(0), if index % 2 == 0 { 180 } else { 720 });
    }
    for layer in 0..2 {
        world.frame(0, layer, 1, false, 1);
    }
    let mut asked = [0; 2];
    for picture in 2..152 {
        for layer in 0..2 {
            world.frame(0, layer, picture, false, 1);
        }
        for index in 1..20 {
            // Everybody complains, all the time.
            let media = world.clients[index].ssrcs["3"].0;
            let complaint = world.clients[index].rtcp(|to| rtcp::write_pli(to, media));
            world.feed(index, complaint);
        }
        world.pass(33);
        for wanted in std::mem::take(&mut world.clients[0].got.key_frames_wanted) {
            asked[usize::from(wanted == ssrc(0, 1))] += 1;
        }
    }
    // 5 s: ten or eleven for each layer, whoever asks.
    assert!(asked.iter().all(|&count| (9..=11).contains(&count)), "{asked:?}");
}

#[test]
fn descriptors_that_cannot_be_read_are_dropped_and_counted() {
    let mut world = World::connected(2, 180);
    world.frame(0, 0, 1, true, 1);
    let cut_off: &[u8] = &[0x90, 0xe0, 0x80];
    let bytes = world.clients[0].rtp(ssrc(0, 0), VP8, 7, &[(4, b"1"), (10, b"q")], cut_off);
    world.feed(0, bytes);
    world.run();
    assert_eq!((world.media.malformed(), world.clients[1].received("3").len()), (1, 1));
}

/// A world of two in which everybody sends and receives VP9, and the other one sees publisher 0 in a place of this height.
fn scalable(height: u16) -> World {
    let mut world = World::connected(2, height);
    for index in 0..2 {
        let (seat, mut offer) = (world.clients[index].seat, world.clients[index].offer());
        offer.sdp = offer.sdp.replace("VP8/90000", "VP9/90000");
        world.media.offer(world.now, seat, &offer).unwrap();
    }
    world
}

/// A picture of publisher 0 in one stream with so many spatial layers, which double in height up to `height`; the key picture says so. The
/// layers from `left_out` on are not sent, and of the others none has a marker then.
fn picture(world: &mut World, key: bool, layers: u8, height: u16, left_out: u8) {
    let timestamp = (world.now.as_micros() * 9 / 100) as u32;
    let [high, low] = ((world.now.as_micros() / 1_000) as u16).to_be_bytes();
    for layer in 0..layers.min(left_out) {
        // RFC 9628: I P L B E V; U and the layer; TL0PICIDX; sizes.
        let has_sizes = key && layer == 0;
        let flags = 0xac | u8::from(!key) << 6 | u8::from(has_sizes) << 1;
        let mut payload = vec![flags, high | 0x80, low, 0x10 | layer << 1 | u8::from(layer > 0), 7];
        if has_sizes {
            payload.push((layers - 1) << 5 | 0x10);
            (0..layers).for_each(|at| payload.extend_from_slice(&[[0; 2], (height >> (layers - 1 - at)).to_be_bytes()].concat()));
        }
        payload.extend_from_slice(&[0x5a; 100]);
        let marker = if layer + 1 == layers { 0x80 } else { 0 };
        let bytes = world.clients[0].rtp(ssrc(0, 0), VP8 | marker, timestamp, &[(4, b"1"), (10, b"q")], &payload);
        world.feed(0, bytes);
    }
    world.run();
}

#[test]
fn a_picture_whose_larger_layers_were_left_out_ends_for_its_receivers() {
    let mut world = scalable(720);
    picture(&mut world, true, 3, 720, 3);
    world.pass(33);
    picture(&mut world, true, 3, 720, 3);
    let ends = |world: &World| world.clients[1].received("3").iter().map(|(header, _)| header.marker).collect::<Vec<_>>();
    let before = ends(&world);
    assert!(before.ends_with(&[false, false, true]), "{before:?}");
    world.pass(33);
    picture(&mut world, false, 3, 720, 2);
    world.pass(33);
    picture(&mut world, false, 3, 720, 3);
    assert_eq!(ends(&world)[before.len()..], [false, true, false, false, true]);
}

/// What publisher 0 is told in a second in which it sends so many layers.
fn told_of_layers(world: &mut World, layers: u8, height: u16) -> Vec<Vec<bool>> {
    picture(world, true, layers, height, layers);
    for _ in 0..10 {
        world.pass(100);
        picture(world, false, layers, height, layers);
    }
    std::iter::from_fn(|| world.media.layers_wanted())
        .filter(|(seat, _)| *seat == world.clients[0].seat)
        .map(|(_, wanted)| wanted.layers)
        .collect()
}

#[test]
fn a_sender_of_spatial_layers_is_told_as_well_and_brings_them_back() {
    let mut world = scalable(180);
    let told: Vec<_> = (0..7).flat_map(|_| told_of_layers(&mut world, 3, 720)).collect();
    assert_eq!(told, [[true, false, false]]);
    // It sends the smallest layer alone, for longer than silence takes to be noticed.
    let told: Vec<_> = (0..7).flat_map(|_| told_of_layers(&mut world, 1, 180)).collect();
    assert_eq!(told, Vec::<Vec<bool>>::new());
    world.subscribe(1, Some(0), 300);
    assert_eq!(told_of_layers(&mut world, 1, 180), [[true, true, false]], "what is not sent is asked for");
    assert_eq!(told_of_layers(&mut world, 2, 360), Vec::<Vec<bool>>::new());
    world.subscribe(1, Some(0), 720);
    assert_eq!(told_of_layers(&mut world, 2, 360), [[true; 3]]);
}
