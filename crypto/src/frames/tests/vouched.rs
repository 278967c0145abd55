//! Hashes of frames, where they are signed.

use super::*;

fn signed(epoch: u64, my_leaf: u32) -> EpochKeys {
    let mut keys = keys(epoch, my_leaf, &[ALICE, BOB, CAROL]);
    keys.signed = true;
    keys
}

fn signing(leaf: u32) -> FrameSealer {
    let mut sealer = FrameSealer::new(0xdead_beef);
    sealer.install(&signed(5, leaf));
    sealer
}

fn hashing(leaf: u32) -> FrameOpener {
    let mut opener = FrameOpener::new();
    opener.install(0, &signed(5, leaf), false);
    opener
}

fn spoken(sealer: &mut FrameSealer, opus: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    sealer.seal_audio(Stream::Audio, AudioLevel::SILENCE, opus, &mut out).expect("sealed");
    out
}

#[test]
fn sender_and_receiver_have_the_same_hash_of_a_frame_and_each_frame_another() {
    let (mut alice, mut bob) = (signing(ALICE), hashing(BOB));
    let frames = [spoken(&mut alice, &[1; 80]), spoken(&mut alice, &[1; 80])];
    frames.iter().for_each(|frame| drop(open(&mut bob, 0, ALICE, Stream::Audio, frame).expect("opened")));
    let sealed = picture(&mut alice, b"a picture");
    open_camera(&mut bob, 0, ALICE, &sealed).expect("opened");
    let (sealed, opened) = (alice.take_sealed(), bob.take_opened());
    assert_eq!(sealed, opened);
    assert_eq!(
        sealed.iter().map(|hash| (hash.leaf(), hash.counter, hash.epoch)).collect::<Vec<_>>(),
        [(3, 0, 5), (3, 1, 5), (3, 0, 5)]
    );
    assert!(sealed[0].hash != sealed[1].hash && sealed[0].hash != sealed[2].hash);
    assert!(alice.take_sealed().is_empty() && bob.take_opened().is_empty(), "taken once");
}

/// What makes them worth signing: the same key and counter, and other content.
#[test]
fn a_members_forgery_opens_and_has_another_hash() {
    let (mut alice, mut eve, mut bob) = (signing(ALICE), signing(ALICE), hashing(BOB));
    spoken(&mut alice, &[1; 80]);
    assert_eq!(open(&mut bob, 0, ALICE, Stream::Audio, &spoken(&mut eve, &[2; 80])), Ok(vec![2; 80]));
    let (said, heard) = (alice.take_sealed()[0], bob.take_opened()[0]);
    assert_eq!((said.kid, said.counter), (heard.kid, heard.counter));
    assert_ne!(said.hash, heard.hash);
}

/// A delta frame made into a key frame is another frame, even if a forger finds a tag that is right for both.
#[test]
fn the_kind_and_the_epoch_are_in_the_hash() {
    let hash = |keys: &EpochKeys, metadata| {
        let frame = super::super::vouch::Sealed { kid: 1, counter: 2, metadata, ciphertext: b"the same" };
        super::super::vouch::Hasher::of(keys).expect("signed").hash(frame).hash
    };
    let one = hash(&signed(5, ALICE), [1, 1]);
    assert_eq!(one, hash(&signed(5, BOB), [1, 1]), "all members find the same");
    assert!(
        one != hash(&signed(5, ALICE), [1, 2])
            && one != hash(&signed(5, ALICE), [2, 1])
            && one != hash(&signed(6, ALICE), [1, 1])
    );
}

#[test]
fn what_does_not_authenticate_is_not_remembered() {
    let (mut alice, mut bob) = (signing(ALICE), hashing(BOB));
    let mut frame = spoken(&mut alice, &[1; 80]);
    *frame.last_mut().expect("a tag") ^= 1;
    assert_eq!(open(&mut bob, 0, ALICE, Stream::Audio, &frame), Err(OpenError::Forged));
    *frame.last_mut().expect("a tag") ^= 1;
    assert!(open(&mut bob, 0, ALICE, Stream::Audio, &frame).is_ok());
    assert_eq!(open(&mut bob, 0, ALICE, Stream::Audio, &frame), Err(OpenError::Replay));
    assert_eq!(bob.take_opened().len(), 1);
}

#[test]
fn a_heralds_frame_and_the_one_inside_are_each_their_makers() {
    let (mut alice, mut bob, mut carol) = (signing(ALICE), signing(BOB), hashing(CAROL));
    let (mut passed_on, mut inner) = (Vec::new(), Vec::new());
    bob.seal_herald(Some(&spoken(&mut alice, &[1; 80])), &mut passed_on).expect("sealed");
    assert_eq!(carol.open_herald(0, BOB, &passed_on, &mut inner), Ok(Some(ALICE)));
    assert!(open(&mut carol, 0, ALICE, Stream::Audio, &inner).is_ok());
    assert_eq!(carol.take_opened(), [bob.take_sealed(), alice.take_sealed()].concat());
}

#[test]
fn a_frame_in_our_own_name_is_refused_and_remembered_if_somebody_made_it() {
    let (mut eve, mut alice) = (signing(ALICE), hashing(ALICE));
    let mut frame = spoken(&mut eve, &[2; 80]);
    frame[20] ^= 1;
    assert_eq!(open(&mut alice, 0, BOB, Stream::Audio, &frame), Err(OpenError::Own));
    assert!(alice.take_opened().is_empty(), "anybody can write our leaf into a header");
    frame[20] ^= 1;
    assert_eq!(open(&mut alice, 0, BOB, Stream::Audio, &frame), Err(OpenError::Own));
    assert_eq!(open(&mut alice, 0, BOB, Stream::Audio, &frame), Err(OpenError::Own));
    assert_eq!(alice.take_opened(), eve.take_sealed());
}

#[test]
fn where_frames_are_not_signed_none_is_hashed() {
    let (mut alice, mut bob) = (sealer(ALICE, 5), opener(BOB, 5));
    assert!(open(&mut bob, 0, ALICE, Stream::Audio, &spoken(&mut alice, &[1; 80])).is_ok());
    assert!(alice.take_sealed().is_empty() && bob.take_opened().is_empty() && !alice.signs());
    assert_eq!(FrameReports::default().due(0, &mut alice, &mut bob), None);
}

#[test]
fn reports_come_ten_times_a_second_and_lists_twice_even_of_nothing() {
    let (mut alice, mut bob, mut reports) = (signing(ALICE), hashing(ALICE), FrameReports::default());
    let due: Vec<u64> = (0..2_000).step_by(10).filter(|now| reports.due(*now, &mut alice, &mut bob).is_some()).collect();
    assert_eq!(due, [0, 500, 1_000, 1_500]);
    let mut carol = signing(CAROL);
    let due: Vec<Option<FrameReport>> = (2_000..2_500)
        .step_by(20)
        .filter_map(|now| {
            spoken(&mut alice, &[1; 80]);
            open(&mut bob, now, CAROL, Stream::Audio, &spoken(&mut carol, &[1; 80])).expect("opened");
            reports.due(now, &mut alice, &mut bob).map(Some)
        })
        .collect();
    let sizes = due.iter().flatten().map(|report| (report.sealed.as_ref().map(Vec::len), report.opened.len()));
    assert_eq!(sizes.collect::<Vec<_>>(), [(Some(1), 1), (None, 5), (None, 5), (None, 5), (None, 5)]);
    // The policy ends: what was sealed before is still told of.
    alice.install(&keys(6, ALICE, &[]));
    let last = reports.due(2_500, &mut alice, &mut bob).expect("due");
    assert_eq!(last.sealed.map(|sealed| sealed.len()), Some(24));
    assert_eq!(reports.due(3_000, &mut alice, &mut bob), None);
}
