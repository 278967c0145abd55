//! Synthetic browsers with real handshakes (rtc-dtls as client) and real SRTP, in one process and in told time.

use super::*;
use crate::core::transport::ice::{self, tests::request};
use crate::core::transport::rtcp::{self, Item, SenderInfo};
use crate::core::transport::rtp::{Extensions, Header, Unwrapper};
use crate::core::transport::srtp::{Opener, Profile, Sealer};
use bytes::BytesMut;
use proptest::prelude::*;
use ring::digest::{SHA256, digest};
use rtc_crypto::RTCCryptoProvider;
use rtc_dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_shared::TransportProtocol;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use wire::{Mid, Offer, PixelHeight, Publication, Subscription};

mod client;
mod day;
mod heralds;
mod layers;
mod lives;
mod mirrors;
mod moving;
mod narrow;
mod sound;
mod world;

use client::*;
use world::*;

#[test]
fn pictures_and_sound_go_from_one_to_the_other() {
    let mut world = World::connected(2, 180);
    world.frame(0, 0, 1, true, 3);
    let sound = world.clients[0].rtp(77, 111, 960, &[(4, b"0")], b"sealed sound");
    world.feed(0, sound);
    world.run();
    let pictures = world.clients[1].received("3");
    assert_eq!(pictures.len(), 3);
    assert!(pictures.windows(2).all(|pair| pair[1].0.sequence == pair[0].0.sequence.wrapping_add(1)));
    assert_eq!(pictures[0].1[6], 0x10, "the shim is still there");
    assert_eq!(world.clients[1].received("2")[0].1, b"sealed sound");
    assert!(world.clients[0].got.packets.is_empty(), "nobody hears himself");
    assert_eq!(world.media.tracks(seat(0)), [Track::Audio, Track::Camera]);
}

#[test]
fn no_header_extension_goes_down() {
    let mut world = World::connected(2, 180);
    world.frame(0, 0, 1, true, 1);
    assert!(world.clients[1].received("3").iter().all(|(header, _)| header.length == 12));
    let raw = [0x90u8; 12];
    assert_eq!(Extensions::of(&raw).count(), 0);
}

#[test]
fn a_client_without_gcm_gets_the_fallback() {
    let mut world = World::new(2);
    world.clients[0].profiles.truncate(1);
    world.join(0);
    world.join(1);
    world.subscribe(1, Some(0), 180);
    world.subscribe(0, Some(1), 180);
    world.frame(0, 0, 1, true, 2);
    world.frame(1, 0, 1, true, 2);
    assert_eq!((world.clients[0].received("3").len(), world.clients[1].received("3").len()), (2, 2));
}

#[test]
fn gcm_is_chosen_whatever_the_client_prefers() {
    let world = World::connected(1, 180);
    let state = world.clients[0].dtls.get_connection_state(HOST).unwrap();
    assert_eq!(state.srtp_protection_profile(), SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm);
}

#[test]
fn another_certificate_than_the_offers_gets_no_keys() {
    let mut world = World::new(2);
    world.clients[0].shown_fingerprint[0] ^= 1;
    world.join(0);
    world.join(1);
    world.subscribe(1, Some(0), 180);
    world.frame(0, 0, 1, true, 1);
    assert!(world.clients[1].received("3").is_empty());
}

#[test]
fn the_layer_follows_the_height_and_the_stream_stays_whole() {
    let mut world = World::connected(2, 360);
    for picture in 0..60u16 {
        if picture == 20 {
            world.subscribe(1, Some(0), 720);
        }
        if picture == 40 {
            world.subscribe(1, Some(0), 180);
        }
        let wanted = std::mem::take(&mut world.clients[0].got.key_frames_wanted);
        for layer in 0..2 {
            let key = picture == 0 || wanted.contains(&ssrc(0, layer));
            world.frame(0, layer, picture + 300 * layer as u16, key, 2);
        }
        world.pass(33);
    }
    let packets = world.clients[1].received("3");
    let layers: Vec<u8> = packets.iter().map(|(_, payload)| payload[payload.len() - 1] ^ 0x5a).collect();
    let mut order = layers.clone();
    order.dedup();
    assert_eq!(order, [0, 1, 0], "down, up, down");
    assert!(packets.windows(2).all(|pair| pair[1].0.sequence == pair[0].0.sequence.wrapping_add(1)));
    let picture = |payload: &[u8]| u16::from_be_bytes([payload[2] & 0x7f, payload[3]]);
    assert!(packets.windows(2).all(|pair| picture(&pair[1].1).wrapping_sub(picture(&pair[0].1)) & 0x7fff <= 1));
    let step = |pair: &[(Header, Vec<u8>)]| pair[1].0.timestamp.wrapping_sub(pair[0].0.timestamp) as i32;
    assert!(packets.windows(2).all(|pair| (0..9_000).contains(&step(pair))));
    for pair in packets.windows(2).zip(layers.windows(2)).filter(|(_, layers)| layers[0] != layers[1]) {
        assert_eq!(pair.0[1].1[6], 0x10, "a switch begins with a key frame");
    }
}

#[test]
fn a_layer_that_ceases_is_left_for_the_next_smaller_one() {
    let mut world = World::connected(2, 720);
    world.frame(0, 0, 1, true, 1);
    world.frame(0, 1, 1, true, 1);
    for picture in 2..60u16 {
        let wanted = std::mem::take(&mut world.clients[0].got.key_frames_wanted);
        world.frame(0, 0, picture, wanted.contains(&ssrc(0, 0)), 1);
        world.pass(33);
    }
    let last = world.clients[1].received("3").last().unwrap();
    assert_eq!(last.1[last.1.len() - 1] ^ 0x5a, 0);
}

#[test]
fn height_zero_and_no_source_send_nothing() {
    let mut world = World::connected(2, 0);
    world.frame(0, 0, 1, true, 1);
    assert!(world.clients[1].received("3").is_empty());
    world.subscribe(1, Some(0), 180);
    world.frame(0, 0, 2, true, 1);
    assert_eq!(world.clients[1].received("3").len(), 1);
    world.subscribe(1, None, 180);
    world.frame(0, 0, 3, true, 1);
    assert_eq!(world.clients[1].received("3").len(), 1);
}

#[test]
fn key_frame_requests_are_merged() {
    let mut world = World::connected(3, 180);
    world.frame(0, 0, 1, true, 1);
    world.subscribe(1, Some(0), 180);
    world.subscribe(2, Some(0), 180);
    world.clients[0].got.key_frames_wanted.clear();
    world.pass(1_000);
    world.frame(0, 0, 2, true, 1);
    world.clients[0].got.key_frames_wanted.clear();
    for _ in 0..20 {
        for index in [1, 2] {
            let ours = world.clients[index].ssrcs["3"].0;
            let bytes = world.clients[index].rtcp(|to| rtcp::write_pli(to, ours));
            world.feed(index, bytes);
        }
        world.pass(50);
    }
    let asked = world.clients[0].got.key_frames_wanted.len();
    assert_eq!(asked, 2, "one at once and one after half a second, of forty");
}

#[test]
fn what_a_receiver_misses_is_repeated_as_it_was() {
    let mut world = World::connected(2, 180);
    world.frame(0, 0, 1, true, 1);
    let mut count = 0;
    world.lose = Box::new(move |_, bytes| {
        count += usize::from(bytes[0] >= 128 && bytes[1] & 0x7f == VP8);
        count == 2
    });
    world.frame(0, 0, 2, false, 4);
    world.lose = Box::new(|_, _| false);
    let sequences: Vec<u16> = world.clients[1].received("3").iter().map(|(header, _)| header.sequence).collect();
    assert_eq!(sequences.len(), 4);
    let lost = (sequences[0]..).find(|sequence| !sequences.contains(sequence)).unwrap();
    let media = world.clients[1].ssrcs["3"].0;
    let nack = world.clients[1].rtcp(|to| rtcp::write_nack(to, media, &[lost]));
    world.feed(1, nack);
    world.run();
    let repeated = world.clients[1].repeated("3");
    assert_eq!(repeated.len(), 1);
    let (header, payload) = &repeated[0];
    assert_eq!((header.payload_type, u16::from_be_bytes([payload[0], payload[1]])), (RTX, lost));
    let next = world.clients[1].received("3").iter().find(|(header, _)| header.sequence == lost + 1).unwrap();
    assert_eq!((header.timestamp, &payload[2 + 2..6]), (next.0.timestamp, &next.1[2..4]), "same frame, same picture id");
}

#[test]
fn what_the_host_misses_it_asks_for_and_takes_as_repetition() {
    let mut world = World::connected(2, 180);
    world.frame(0, 0, 1, true, 1);
    let mut packets = world.frame_packets(0, 0, 2, false, 3);
    packets.remove(1);
    for bytes in packets {
        world.feed(0, bytes);
    }
    world.pass(30);
    let (media, numbers) = world.clients[0].got.missing[0].clone();
    assert_eq!((media, numbers.len()), (ssrc(0, 0), 1));
    let before = world.clients[1].received("3").len();
    let mut payload = numbers[0].to_be_bytes().to_vec();
    payload.extend_from_slice(&[0x80, 0xe0, 0x80, 2, 2, 0x20, 1, 2, 3]);
    let repeat = world.clients[0].rtp(ssrc(0, 9), RTX, 7, &[(4, b"1"), (11, b"q")], &payload);
    world.feed(0, repeat);
    world.run();
    let received = world.clients[1].received("3");
    assert_eq!(received.len(), before + 1);
    let mut sequences: Vec<u16> = received.iter().map(|(header, _)| header.sequence).collect();
    sequences.sort_unstable();
    assert!(sequences.windows(2).all(|pair| pair[1] == pair[0] + 1), "the hole is filled");
    world.pass(500);
    assert_eq!(world.clients[0].got.missing.len(), 1, "asked once");
    assert!(world.clients[0].got.reports > 0);
}

#[test]
fn what_passes_and_what_is_lost_is_counted() {
    let mut world = World::connected(2, 180);
    let sound = world.clients[0].rtp(77, 111, 960, &[(4, b"0")], b"sealed sound");
    world.feed(0, sound);
    world.frame(0, 0, 1, true, 1);
    let mut packets = world.frame_packets(0, 0, 2, false, 3);
    packets.remove(1);
    for bytes in packets {
        world.feed(0, bytes);
    }
    world.pass(1_000);
    let media = world.clients[1].ssrcs["3"].0;
    for (highest, fraction_lost) in [(1_000, 0), (1_100, 64)] {
        let block = rtcp::ReportBlock { ssrc: media, fraction_lost, highest, ..Default::default() };
        let report = world.clients[1].rtcp(|to| rtcp::write_receiver_report(to, &[block]));
        world.feed(1, report);
    }
    let last = world.clients[1].received("3").last().unwrap().0.sequence;
    let nack = world.clients[1].rtcp(|to| rtcp::write_nack(to, media, &[last]));
    world.feed(1, nack);
    world.run();
    let counts = world.media.counts();
    assert_eq!((counts.sound_in, counts.pictures_in, counts.sound_out, counts.pictures_out), (1, 3, 1, 3));
    assert_eq!((counts.due_in, counts.lost_in, counts.due_out, counts.lost_out), (5, 1, 100, 25), "{counts:?}");
    assert_eq!((counts.repeated, counts.handshakes, counts.forged, world.media.reachable()), (1, 2, 0, 2));
}

#[test]
fn a_replayed_packet_goes_no_further() {
    let mut world = World::connected(2, 180);
    let packets = world.frame_packets(0, 0, 1, true, 1);
    for _ in 0..5 {
        world.feed(0, packets[0].clone());
    }
    world.run();
    assert_eq!(world.clients[1].received("3").len(), 1);
}

#[test]
fn sender_reports_reach_the_receivers_in_their_numbers() {
    let mut world = World::connected(2, 180);
    world.frame(0, 0, 1, true, 1);
    let shown = world.clients[1].received("3")[0].0.timestamp;
    let theirs = (world.now.as_micros() * 9 / 100) as u32;
    let info = SenderInfo { ntp: 99 << 32, rtp: theirs };
    let report = world.clients[0].rtcp(|to| rtcp::write_sender_report(to, ssrc(0, 0), info, 1, 2));
    world.feed(0, report);
    world.run();
    let media = world.clients[1].ssrcs["3"].0;
    assert_eq!(world.clients[1].got.clocks, [(media, SenderInfo { ntp: 99 << 32, rtp: shown })]);
}

#[test]
fn loss_brings_a_smaller_layer() {
    let mut world = World::connected(2, 720);
    for picture in 0..120u16 {
        let wanted = std::mem::take(&mut world.clients[0].got.key_frames_wanted);
        for layer in 0..2 {
            world.frame(0, layer, picture, picture == 0 || wanted.contains(&ssrc(0, layer)), 1 + 2 * layer);
        }
        if picture >= 30 && picture % 15 == 0 {
            let media = world.clients[1].ssrcs["3"].0;
            let highest = 3 * u32::from(picture);
            let block = rtcp::ReportBlock { ssrc: media, fraction_lost: 80, highest, ..Default::default() };
            let report = world.clients[1].rtcp(|to| rtcp::write_receiver_report(to, &[block]));
            world.feed(1, report);
        }
        world.pass(33);
    }
    let layer = |at: usize| world.clients[1].received("3").get(at).map(|(_, payload)| payload[payload.len() - 1] ^ 0x5a);
    let layers: Vec<_> = (0..world.clients[1].received("3").len()).filter_map(layer).collect();
    assert!(layers[10..60].iter().all(|layer| *layer == 1) && layers[60..].contains(&0), "{layers:?}");
}

#[test]
fn packets_of_one_poll_leave_in_one_batch() {
    let mut world = World::connected(2, 180);
    world.frame(0, 0, 1, true, 1);
    let packets = world.frame_packets(0, 0, 2, false, 6);
    for bytes in packets {
        world.feed(0, bytes);
    }
    let MediaOutput::Transmit(transmit) = world.media.poll() else { panic!("media") };
    let segment = transmit.segment.unwrap();
    assert_eq!(transmit.bytes.len().div_ceil(segment), 6);
    for bytes in transmit.bytes.chunks(segment) {
        world.clients[1].take(world.start, &mut bytes.to_vec());
    }
    let shims = world.clients[1].received("3").iter().filter(|(_, payload)| payload.len() == 206).count();
    assert_eq!(shims, 5, "padding is not payload");
}

#[test]
fn offers_that_ask_for_nonsense_are_refused_and_change_nothing() {
    let mut world = World::connected(2, 180);
    let mut offer = world.clients[0].offer();
    offer.publications[1].mid = Mid("0".into());
    assert_eq!(world.media.offer(world.now, seat(0), &offer), Err(OfferError::NoSuchSection));
    offer.publications.truncate(1);
    offer.sdp = "v=0".into();
    assert_eq!(world.media.offer(world.now, seat(0), &offer), Err(OfferError::Unusable));
    offer.sdp = " ".repeat(wire::limits::SDP_BYTES + 1);
    assert_eq!(world.media.offer(world.now, seat(0), &offer), Err(OfferError::TooLarge));
    world.frame(0, 0, 1, true, 1);
    assert_eq!(world.clients[1].received("3").len(), 1);
}

#[test]
fn rooms_do_not_touch() {
    let mut world = World::new(2);
    world.clients[1].seat = Seat { room: RoomId([2; 16]), participant: seat(1).participant };
    world.join(0);
    world.join(1);
    world.subscribe(1, Some(0), 180);
    world.frame(0, 0, 1, true, 1);
    assert!(world.clients[1].got.packets.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_datagram_from_anybody_is_survived(datagrams in proptest::collection::vec((any::<bool>(), any::<u8>(), proptest::collection::vec(any::<u8>(), 0..120)), 1..60)) {
        let mut world = World::connected(1, 180);
        for (known, first, mut bytes) in datagrams {
            if let Some(byte) = bytes.first_mut() {
                *byte = first;
            }
            let from = if known { world.clients[0].address } else { SocketAddr::from(([10, 0, 0, 1], 1)) };
            world.media.datagram(world.now, from, &mut bytes);
        }
        while let MediaOutput::Transmit(_) = world.media.poll() {}
        prop_assert!(world.media.by_address.len() == 1);
    }
}
