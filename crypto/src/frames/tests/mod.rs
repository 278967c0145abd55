//! Frames of three members, sealed and opened.

mod heralds;
mod rfc9605;
mod sound;
mod vouched;

use super::*;
use proptest::prelude::*;
use sframe::header::SframeHeader;
use zeroize::Zeroizing;

const ALICE: u32 = 3;
const BOB: u32 = 7;
const CAROL: u32 = 9;

fn keys(epoch: u64, my_leaf: u32, members: &[u32]) -> EpochKeys {
    let mut secret = [0; 32];
    secret[..8].copy_from_slice(&epoch.to_be_bytes());
    EpochKeys::new(epoch, my_leaf, Zeroizing::new(secret), members.to_vec())
}

fn sealer(leaf: u32, epoch: u64) -> FrameSealer {
    let mut sealer = FrameSealer::new(0xdead_beef);
    sealer.install(&keys(epoch, leaf, &[]));
    sealer
}

fn opener(leaf: u32, epoch: u64) -> FrameOpener {
    let mut opener = FrameOpener::new();
    opener.install(0, &keys(epoch, leaf, &[ALICE, BOB, CAROL]), false);
    opener
}

fn picture(sealer: &mut FrameSealer, plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    sealer.seal(Stream::Camera, 1, Some(true), plain, &mut out).expect("sealed");
    out
}

fn open(opener: &mut FrameOpener, now: u64, leaf: u32, stream: Stream, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
    let mut out = b"left over".to_vec();
    let opened = opener.open(now, Expected { leaf, stream }, sealed, &mut out);
    assert!(opened.is_ok() || out.is_empty(), "a refused frame leaves nothing behind");
    opened.map(|_| out)
}

fn open_camera(opener: &mut FrameOpener, now: u64, leaf: u32, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
    open(opener, now, leaf, Stream::Camera, sealed)
}

#[test]
fn a_frame_opens_once_for_those_it_was_meant_for() {
    let (mut alice, mut bob) = (sealer(ALICE, 5), opener(BOB, 5));
    let sealed = picture(&mut alice, b"a picture");
    assert!(!sealed.windows(9).any(|window| window == b"a picture"));
    assert_eq!(open_camera(&mut bob, 0, ALICE, &sealed), Ok(b"a picture".to_vec()));
    assert_eq!(open_camera(&mut bob, 0, ALICE, &sealed), Err(OpenError::Replay));
}

#[test]
fn what_was_sealed_is_told_with_it() {
    let (mut alice, mut bob) = (sealer(ALICE, 5), opener(BOB, 5));
    let mut out = Vec::new();
    alice.seal(Stream::Screen, 2, Some(false), b"delta", &mut out).expect("sealed");
    assert_eq!(out[0], 0x11, "what VP8 packetizers look at");
    let mut plain = Vec::new();
    let opened = bob.open(0, Expected { leaf: ALICE, stream: Stream::Screen }, &out, &mut plain);
    assert_eq!(opened, Ok(Opened { epoch: 5, layer: 2, key_frame: Some(false), level: None }));
}

#[test]
fn any_flipped_bit_is_noticed() {
    let (mut alice, mut bob) = (sealer(ALICE, 5), opener(BOB, 5));
    let sealed = picture(&mut alice, b"a picture");
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(open_camera(&mut bob, 0, ALICE, &changed).is_err(), "bit {bit}");
    }
    assert!(open_camera(&mut bob, 0, ALICE, &sealed).is_ok(), "and none of them has moved the window");
}

#[test]
fn the_kind_is_bound() {
    let (mut alice, mut bob) = (sealer(ALICE, 5), opener(BOB, 5));
    let mut sealed = picture(&mut alice, b"a key frame");
    sealed[0] = 0x11;
    assert_eq!(open_camera(&mut bob, 0, ALICE, &sealed), Err(OpenError::Forged));
}

#[test]
fn a_frame_counts_for_its_own_sender_and_stream_alone() {
    let (mut alice, mut bob) = (sealer(ALICE, 5), opener(BOB, 5));
    let sealed = picture(&mut alice, b"a picture");
    assert_eq!(open_camera(&mut bob, 0, CAROL, &sealed), Err(OpenError::OtherSender));
    assert_eq!(open(&mut bob, 0, ALICE, Stream::Screen, &sealed), Err(OpenError::OtherStream));
    let mut outsider = sealer(12, 5);
    let sealed = picture(&mut outsider, b"from nobody");
    assert_eq!(open_camera(&mut bob, 0, 12, &sealed), Err(OpenError::OtherSender));
}

#[test]
fn own_frames_are_refused() {
    let (mut alice, mut herself) = (sealer(ALICE, 5), opener(ALICE, 5));
    let sealed = picture(&mut alice, b"a picture");
    assert_eq!(open_camera(&mut herself, 0, ALICE, &sealed), Err(OpenError::Own));
    assert_eq!(open_camera(&mut herself, 0, BOB, &sealed), Err(OpenError::Own));
}

#[test]
fn a_forged_counter_does_not_move_the_window() {
    let (mut alice, mut bob) = (sealer(ALICE, 5), opener(BOB, 5));
    assert!(open_camera(&mut bob, 0, ALICE, &picture(&mut alice, b"one")).is_ok());
    let sealed = picture(&mut alice, b"two");
    let kid = Kid { epoch: 5, leaf: ALICE as u16, stream: Stream::Camera, layer: 1, generation: 0xdead_beef };
    let far_ahead = [&[0x10][..], &Vec::from(&SframeHeader::new(kid.to_u64(), 1 << 40)), &[0; 40]].concat();
    assert_eq!(open_camera(&mut bob, 0, ALICE, &far_ahead), Err(OpenError::Forged));
    assert!(open_camera(&mut bob, 0, ALICE, &sealed).is_ok());
}

#[test]
fn frames_may_come_in_another_order() {
    let (mut alice, mut bob) = (sealer(ALICE, 5), opener(BOB, 5));
    let frames: Vec<_> = (0_u8..100).map(|n| picture(&mut alice, &[n])).collect();
    for (n, frame) in frames.iter().enumerate().rev() {
        assert_eq!(open_camera(&mut bob, 0, ALICE, frame), Ok(vec![n as u8]));
    }
}

#[test]
fn the_last_epoch_has_two_seconds_of_grace() {
    let (mut alice, mut bob) = (sealer(ALICE, 5), opener(BOB, 5));
    let [first, second, third] = [b"1", b"2", b"3"].map(|plain| picture(&mut alice, plain));
    bob.install(10_000, &keys(6, BOB, &[ALICE, BOB, CAROL]), false);
    assert!(open_camera(&mut bob, 10_000, ALICE, &first).is_ok());
    assert!(open_camera(&mut bob, 11_999, ALICE, &second).is_ok());
    assert_eq!(open_camera(&mut bob, 12_000, ALICE, &third), Err(OpenError::Retired));
    alice.install(&keys(6, ALICE, &[]));
    let new = picture(&mut alice, b"new");
    assert!(open_camera(&mut bob, 12_000, ALICE, &new).is_ok());
}

#[test]
fn after_a_removal_the_others_have_300_ms_and_the_removed_nothing() {
    let (mut alice, mut carol, mut bob) = (sealer(ALICE, 5), sealer(CAROL, 5), opener(BOB, 5));
    let [first, second] = [b"1", b"2"].map(|plain| picture(&mut alice, plain));
    let from_carol = picture(&mut carol, b"not any more");
    bob.install(10_000, &keys(6, BOB, &[ALICE, BOB]), true);
    assert_eq!(open_camera(&mut bob, 10_000, CAROL, &from_carol), Err(OpenError::Retired));
    assert!(open_camera(&mut bob, 10_299, ALICE, &first).is_ok());
    assert_eq!(open_camera(&mut bob, 10_300, ALICE, &second), Err(OpenError::Retired));
}

#[test]
fn a_leaf_given_to_somebody_new_does_not_open_the_old_ones_frames() {
    let (mut carol, mut bob) = (sealer(CAROL, 5), opener(BOB, 5));
    let old = picture(&mut carol, b"of the removed");
    let mut next = keys(6, BOB, &[ALICE, BOB, CAROL]);
    next.removed = vec![CAROL];
    bob.install(10_000, &next, false);
    assert_eq!(open_camera(&mut bob, 10_000, CAROL, &old), Err(OpenError::Retired));
    carol.install(&keys(6, CAROL, &[]));
    let new = picture(&mut carol, b"of the newcomer");
    assert!(open_camera(&mut bob, 10_000, CAROL, &new).is_ok());
}

#[test]
fn a_newcomer_opens_nothing_that_was_sealed_before() {
    let (mut alice, mut newcomer) = (sealer(ALICE, 5), opener(BOB, 6));
    let before = picture(&mut alice, b"a picture");
    assert_eq!(open_camera(&mut newcomer, 0, ALICE, &before), Err(OpenError::Retired));
    alice.install(&keys(6, ALICE, &[]));
    assert!(open_camera(&mut newcomer, 0, ALICE, &picture(&mut alice, b"a picture")).is_ok());
}

#[test]
fn a_member_of_the_old_epoch_seals_nothing_for_the_new_one() {
    let (mut carol, mut bob) = (sealer(CAROL, 5), opener(BOB, 5));
    bob.install(0, &keys(6, BOB, &[ALICE, BOB, CAROL]), false);
    // The old keys under the new epoch's number.
    let mut secret = [0; 32];
    secret[7] = 5;
    carol.install(&EpochKeys::new(6, CAROL, Zeroizing::new(secret), Vec::new()));
    let sealed = picture(&mut carol, b"a picture");
    assert_eq!(open_camera(&mut bob, 0, CAROL, &sealed), Err(OpenError::Forged));
}

#[test]
fn epochs_in_between_that_nobody_told_us_of_end_all_grace() {
    let (mut alice, mut bob) = (sealer(ALICE, 5), opener(BOB, 5));
    let sealed = picture(&mut alice, b"a picture");
    bob.install(0, &keys(8, BOB, &[ALICE, BOB, CAROL]), false);
    assert_eq!(open_camera(&mut bob, 0, ALICE, &sealed), Err(OpenError::Retired));
}

#[test]
fn an_epoch_ahead_is_told_from_one_behind() {
    let mut bob = opener(BOB, 255);
    let ahead = picture(&mut sealer(ALICE, 256), b"early");
    let behind = picture(&mut sealer(ALICE, 254), b"late");
    assert_eq!(open_camera(&mut bob, 0, ALICE, &ahead), Err(OpenError::UnknownEpoch));
    assert_eq!(open_camera(&mut bob, 0, ALICE, &behind), Err(OpenError::Retired));
    bob.install(0, &keys(256, BOB, &[ALICE, BOB]), false);
    assert!(open_camera(&mut bob, 0, ALICE, &ahead).is_ok());
}

#[test]
fn the_same_keys_again_change_nothing() {
    let (mut alice, mut bob) = (sealer(ALICE, 5), opener(BOB, 5));
    let sealed = picture(&mut alice, b"a picture");
    assert!(open_camera(&mut bob, 0, ALICE, &sealed).is_ok());
    bob.install(50, &keys(5, BOB, &[ALICE, BOB, CAROL]), false);
    assert_eq!(open_camera(&mut bob, 50, ALICE, &sealed), Err(OpenError::Replay));
}

#[test]
fn another_group_has_nothing_to_do_with_the_last_one() {
    let (mut alice, mut bob) = (sealer(ALICE, 5), opener(BOB, 5));
    let sealed = picture(&mut alice, b"a picture");
    bob.install(0, &EpochKeys::new(2, BOB, Zeroizing::new([9; 32]), vec![ALICE, BOB]), false);
    assert!(open_camera(&mut bob, 0, ALICE, &sealed).is_err());
    alice.install(&EpochKeys::new(2, ALICE, Zeroizing::new([9; 32]), Vec::new()));
    assert!(open_camera(&mut bob, 0, ALICE, &picture(&mut alice, b"new")).is_ok());
}

#[test]
fn a_restarted_worker_opens_nothing_that_was_sealed_before() {
    let mut alice = sealer(ALICE, 5);
    let recorded = picture(&mut alice, b"opened before the restart");
    let mut restarted = FrameOpener::new();
    let mut same_epoch = keys(5, BOB, &[ALICE, BOB]);
    same_epoch.opens_from = 6;
    restarted.install(0, &same_epoch, false);
    assert_eq!(open_camera(&mut restarted, 0, ALICE, &recorded), Err(OpenError::Retired));
    // Not even when keys without the mark come again.
    restarted.install(0, &keys(5, BOB, &[ALICE, BOB]), false);
    assert_eq!(open_camera(&mut restarted, 0, ALICE, &recorded), Err(OpenError::Retired));
    restarted.install(0, &keys(6, BOB, &[ALICE, BOB]), false);
    assert_eq!(open_camera(&mut restarted, 0, ALICE, &recorded), Err(OpenError::Retired));
    alice.install(&keys(6, ALICE, &[]));
    assert!(open_camera(&mut restarted, 0, ALICE, &picture(&mut alice, b"new")).is_ok());
}

/// Keys of these three in an epoch of a group whose secret is told by a byte, opening from an epoch on.
fn keys_of(group: u8, epoch: u64, my_leaf: u32, opens_from: u64) -> EpochKeys {
    let mut secret = [group; 32];
    secret[..8].copy_from_slice(&epoch.to_be_bytes());
    let mut keys = EpochKeys::new(epoch, my_leaf, Zeroizing::new(secret), vec![ALICE, BOB, CAROL]);
    keys.opens_from = opens_from;
    keys
}

/// Whether Bob opens what Alice seals in this epoch of this group.
fn opens(bob: &mut FrameOpener, group: u8, epoch: u64) -> bool {
    let mut alice = FrameSealer::new(epoch as u32);
    alice.install(&keys_of(group, epoch, ALICE, 0));
    let sealed = picture(&mut alice, b"a picture");
    open_camera(bob, 0, ALICE, &sealed).is_ok()
}

#[test]
fn what_a_restarted_worker_does_not_open_stays_closed_whatever_later_keys_say() {
    for again in [false, true] {
        let mut bob = FrameOpener::new();
        bob.install(0, &keys_of(1, 5, BOB, 7), false);
        if again {
            bob.install(0, &keys_of(1, 5, BOB, 0), false);
        }
        assert!(!opens(&mut bob, 1, 5));
        bob.install(0, &keys_of(1, 6, BOB, 0), false);
        assert!(!opens(&mut bob, 1, 6), "{again}");
        bob.install(0, &keys_of(1, 7, BOB, 0), false);
        assert!(opens(&mut bob, 1, 7));
    }
}

#[test]
fn another_group_of_the_same_epoch_is_another_group() {
    let mut bob = FrameOpener::new();
    bob.install(0, &keys_of(1, 5, BOB, 7), false);
    bob.install(0, &keys_of(2, 5, BOB, 0), false);
    assert!(opens(&mut bob, 2, 5), "it has its own beginning");
    bob.install(0, &keys_of(1, 5, BOB, 0), false);
    assert!(opens(&mut bob, 1, 5) && !opens(&mut bob, 2, 5));
}

#[test]
fn each_stream_of_one_sender_has_a_key_of_its_own() {
    let (mut alice, mut bob) = (sealer(ALICE, 5), opener(BOB, 5));
    for stream in [Stream::Camera, Stream::Screen] {
        let mut sealed = Vec::new();
        alice.seal(stream, 1, Some(true), b"a picture", &mut sealed).expect("sealed");
        assert_eq!(open(&mut bob, 0, ALICE, stream, &sealed), Ok(b"a picture".to_vec()), "the second under its own name, too");
    }
}

#[test]
fn no_kid_and_counter_are_used_twice() {
    let mut seen = std::collections::HashSet::new();
    let mut alice = sealer(ALICE, 5);
    let mut restarted = FrameSealer::new(0x0bad_cafe);
    for round in 0..3 {
        // The same keys again, other keys, and the same once more: no counter starts anew.
        for epoch in [5, 6, 5, 5 + 256, 6] {
            for sealer in [&mut alice, &mut restarted] {
                sealer.install(&keys(epoch, ALICE, &[]));
                for layer in 0..2 {
                    let mut out = Vec::new();
                    sealer.seal(Stream::Camera, layer, Some(false), b"frame", &mut out).expect("sealed");
                    let header = SframeHeader::deserialize(&out[1..]).expect("a header");
                    assert!(seen.insert((header.key_id(), header.counter())), "round {round}, epoch {epoch}");
                }
            }
        }
    }
}

#[test]
fn a_member_cannot_make_others_hold_keys_without_end() {
    let mut bob = opener(BOB, 5);
    let results: Vec<_> = (0..20)
        .map(|generation| {
            let mut alice = FrameSealer::new(generation);
            alice.install(&keys(5, ALICE, &[]));
            open_camera(&mut bob, 0, ALICE, &picture(&mut alice, b"a picture"))
        })
        .collect();
    assert!(results[..8].iter().all(Result::is_ok));
    assert!(results[8..].iter().all(|result| *result == Err(OpenError::TooManyKeys)));
}

#[test]
fn nothing_is_sealed_while_somebody_is_being_removed() {
    let mut alice = sealer(ALICE, 5);
    let mut out = Vec::new();
    alice.pause();
    assert_eq!(alice.seal(Stream::Camera, 0, Some(true), b"a picture", &mut out), Err(SealError::Paused));
    assert_eq!(alice.seal_audio(Stream::Audio, AudioLevel::SILENCE, b"opus", &mut out), Err(SealError::Paused));
    alice.install(&keys(6, ALICE, &[]));
    assert_eq!(alice.seal(Stream::Camera, 0, Some(true), b"a picture", &mut out), Err(SealError::Paused), "until told otherwise");
    alice.resume();
    assert_eq!(alice.seal(Stream::Camera, 0, Some(true), b"a picture", &mut out), Ok(()));
}

#[test]
fn what_does_not_fit_its_stream_is_not_sealed() {
    let mut alice = sealer(ALICE, 5);
    let mut out = b"left over".to_vec();
    for (stream, layer, key_frame) in
        [(Stream::Camera, 16, Some(true)), (Stream::Camera, 0, None), (Stream::Audio, 0, Some(true)), (Stream::Audio, 1, None)]
    {
        assert_eq!(alice.seal(stream, layer, key_frame, b"frame", &mut out), Err(SealError::Unfit));
        assert!(out.is_empty());
    }
    assert_eq!(alice.seal(Stream::Camera, 0, Some(true), b"", &mut out), Err(SealError::Empty));
    assert_eq!(FrameSealer::new(1).seal(Stream::Camera, 0, Some(true), b"frame", &mut out), Err(SealError::NoKeys));
    let mut far = FrameSealer::new(1);
    far.install(&keys(5, 70_000, &[]));
    assert_eq!(far.seal(Stream::Camera, 0, Some(true), b"frame", &mut out), Err(SealError::NoKeys));
}

#[test]
fn empty_frames_and_repeats_are_passed_over_in_silence() {
    let (mut alice, mut bob) = (sealer(ALICE, 5), opener(BOB, 5));
    assert_eq!(open(&mut bob, 0, ALICE, Stream::Audio, &[]), Err(OpenError::Empty));
    assert!(OpenError::Empty.silent() && OpenError::Replay.silent());
    assert!(!OpenError::Forged.silent() && !OpenError::OtherSender.silent() && !OpenError::Own.silent());
    let sealed = picture(&mut alice, b"x");
    for end in 1..sealed.len() {
        assert!(open_camera(&mut bob, 0, ALICE, &sealed[..end]).is_err());
    }
    assert_eq!(open(&mut bob, 0, ALICE, Stream::Audio, &[0]), Err(OpenError::TooShort));
}

#[test]
fn keys_cross_the_port_unchanged() {
    let mut sent = keys(300, ALICE, &[ALICE, BOB, 70_000]);
    sent.removed = vec![2];
    sent.opens_from = 299;
    sent.signed = true;
    let bytes = sent.to_bytes();
    let received = EpochKeys::from_bytes(&bytes).expect("keys");
    assert_eq!(received.to_bytes(), bytes);
    assert_eq!((received.epoch, received.my_leaf, received.opens_from, received.signed), (300, ALICE, 299, true));
    assert_eq!((&received.members, &received.removed), (&vec![ALICE, BOB, 70_000], &vec![2]));
    for end in 0..bytes.len() {
        assert!(EpochKeys::from_bytes(&bytes[..end]).is_none());
    }
    assert!(EpochKeys::from_bytes(&[&bytes[..], &[0]].concat()).is_none());
}

proptest! {
    #[test]
    fn any_bytes_are_opened_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), leaf in 0_u32..12, audio: bool) {
        let stream = if audio { Stream::Audio } else { Stream::Camera };
        let opened = opener(BOB, 5).open(0, Expected { leaf, stream }, &bytes, &mut Vec::new());
        prop_assert!(opened.is_err());
    }

    /// A header that names Alice's stream, and anything behind it.
    #[test]
    fn any_ciphertext_is_refused(counter: u64, generation: u32, epoch in 4_u8..7, tail in proptest::collection::vec(any::<u8>(), 0..80)) {
        let kid = Kid { epoch, leaf: ALICE as u16, stream: Stream::Camera, layer: 0, generation };
        let sealed = [&[0x11][..], &Vec::from(&SframeHeader::new(kid.to_u64(), counter)), &tail].concat();
        prop_assert!(open_camera(&mut opener(BOB, 5), 0, ALICE, &sealed).is_err());
    }

    #[test]
    fn any_bytes_are_keys_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Some(keys) = EpochKeys::from_bytes(&bytes) {
            prop_assert_eq!(&keys.to_bytes()[..], &bytes[..]);
        }
    }

    #[test]
    fn what_is_sealed_opens(plain in proptest::collection::vec(any::<u8>(), 1..2000), layer in 0_u8..16, key: bool) {
        let (mut alice, mut bob) = (sealer(ALICE, 5), opener(BOB, 5));
        let mut sealed = Vec::new();
        alice.seal(Stream::Camera, layer, Some(key), &plain, &mut sealed).expect("sealed");
        prop_assert_eq!(open_camera(&mut bob, 0, ALICE, &sealed), Ok(plain));
    }
}
