//! Frames that pass on others.

use super::*;

fn heralded(herald: &mut FrameSealer, passed_on: Option<&[u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    herald.seal_herald(passed_on, &mut out).expect("sealed");
    out
}

fn spoken(alice: &mut FrameSealer) -> Vec<u8> {
    let mut out = Vec::new();
    alice.seal_audio(Stream::Audio, AudioLevel { voice: true, below_loudest: 20 }, &[7; 80], &mut out).expect("sealed");
    out
}

#[test]
fn a_voice_that_is_passed_on_is_the_speakers_and_comes_once() {
    let (mut alice, mut bob, mut carol) = (sealer(ALICE, 5), sealer(BOB, 5), opener(CAROL, 5));
    let voice = spoken(&mut alice);
    let (first, second) = (heralded(&mut bob, Some(&voice)), heralded(&mut bob, Some(&voice)));
    let mut inner = Vec::new();
    assert_eq!(carol.open_herald(0, BOB, &first, &mut inner), Ok(Some(ALICE)));
    assert_eq!(inner, voice);
    assert_eq!(open(&mut carol, 0, ALICE, Stream::Audio, &inner), Ok(vec![7; 80]));
    assert_eq!(carol.open_herald(0, BOB, &second, &mut inner), Ok(Some(ALICE)));
    assert_eq!(open(&mut carol, 0, ALICE, Stream::Audio, &inner), Err(OpenError::Replay), "the voice was heard already");
    assert_eq!(carol.open_herald(0, BOB, &first, &mut inner), Err(OpenError::Replay));
    assert!(inner.is_empty());
}

#[test]
fn what_a_herald_has_changed_is_not_heard() {
    let (mut alice, mut bob, mut carol) = (sealer(ALICE, 5), sealer(BOB, 5), opener(CAROL, 5));
    let mut voice = spoken(&mut alice);
    *voice.last_mut().expect("a tag") ^= 1;
    let mut inner = Vec::new();
    assert_eq!(carol.open_herald(0, BOB, &heralded(&mut bob, Some(&voice)), &mut inner), Ok(Some(ALICE)));
    assert_eq!(open(&mut carol, 0, ALICE, Stream::Audio, &inner), Err(OpenError::Forged));
    assert_eq!(carol.open_herald(0, BOB, &heralded(&mut bob, Some(b"")), &mut inner), Ok(None), "nothing to pass on");
    assert!(carol.open_herald(0, BOB, &heralded(&mut bob, Some(&[0xff])), &mut inner).is_err());
}

/// Not what we want, but what is so while frames are not signed: decision 0015 and the threat model say it.
#[test]
fn a_member_who_forges_needs_no_host_to_be_a_herald() {
    let (mut bob, mut carol) = (sealer(BOB, 5), opener(CAROL, 5));
    let forged = spoken(&mut sealer(ALICE, 5));
    assert_eq!(open(&mut carol, 0, BOB, Stream::Audio, &forged), Err(OpenError::OtherSender), "on his own track");
    let mut inner = Vec::new();
    assert_eq!(carol.open_herald(0, BOB, &heralded(&mut bob, Some(&forged)), &mut inner), Ok(Some(ALICE)));
    assert_eq!(open(&mut carol, 0, ALICE, Stream::Audio, &inner), Ok(vec![7; 80]));
}

#[test]
fn all_that_a_herald_sends_is_of_one_size() {
    let (mut alice, mut bob) = (sealer(ALICE, 5), sealer(BOB, 5));
    let young = spoken(&mut alice);
    (0..300).for_each(|_| drop(spoken(&mut alice)));
    let old = spoken(&mut alice);
    assert_ne!(young.len(), old.len(), "a longer counter");
    let sizes =
        [None, Some(&young[..]), Some(&old[..]), Some(&[1; MOST_PASSED_ON][..])].map(|frame| heralded(&mut bob, frame).len());
    assert!(sizes.iter().all(|&size| size == sizes[0]), "{sizes:?}");
    let too_long = bob.seal_herald(Some(&[1; MOST_PASSED_ON + 1]), &mut Vec::new());
    assert_eq!(too_long, Err(SealError::Unfit));
}

#[test]
fn a_heralds_stream_is_not_sealed_as_sound_of_its_own() {
    let mut bob = sealer(BOB, 5);
    assert_eq!(bob.seal_audio(Stream::Herald, AudioLevel::SILENCE, b"x", &mut Vec::new()), Err(SealError::Unfit));
    assert_eq!(bob.seal(Stream::Herald, 0, None, b"x", &mut Vec::new()), Err(SealError::Unfit));
}
