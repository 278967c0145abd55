//! What is inside a frame of sound.

use super::*;

fn seal(sealer: &mut FrameSealer, level: AudioLevel, opus: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    sealer.seal_audio(Stream::Audio, level, opus, &mut out).expect("sealed");
    out
}

#[test]
fn the_level_travels_inside() {
    let (mut alice, mut bob) = (sealer(ALICE, 5), opener(BOB, 5));
    for level in
        [AudioLevel { voice: true, below_loudest: 23 }, AudioLevel::SILENCE, AudioLevel { voice: false, below_loudest: 0 }]
    {
        let sealed = seal(&mut alice, level, b"opus");
        let mut plain = Vec::new();
        let opened = bob.open(0, Expected { leaf: ALICE, stream: Stream::Audio }, &sealed, &mut plain).expect("opened");
        assert_eq!((opened.level, plain.as_slice()), (Some(level), &b"opus"[..]));
    }
}

#[test]
fn loud_and_quiet_frames_are_of_one_size() {
    let (mut alice, mut bob) = (sealer(ALICE, 5), opener(BOB, 5));
    let loud = seal(&mut alice, AudioLevel { voice: true, below_loudest: 10 }, &[1; 120]);
    for length in [1, 3, 80, 120] {
        let quiet = seal(&mut alice, AudioLevel::SILENCE, &vec![2; length]);
        assert_eq!(quiet.len() - loud.len(), 0, "{length}");
        assert_eq!(open(&mut bob, 0, ALICE, Stream::Audio, &quiet), Ok(vec![2; length]));
    }
    // Far beyond what padding can hide: sealed all the same.
    let long = seal(&mut alice, AudioLevel::SILENCE, &[3; 1000]);
    assert_eq!(open(&mut bob, 0, ALICE, Stream::Audio, &long), Ok(vec![3; 1000]));
    let short = seal(&mut alice, AudioLevel::SILENCE, b"s");
    assert_eq!(open(&mut bob, 0, ALICE, Stream::Audio, &short), Ok(b"s".to_vec()));
}

#[test]
fn a_malformed_inside_is_refused() {
    for mut plain in [vec![], vec![0], vec![0, 0], vec![0, 1, 7], vec![0, 9, 7]] {
        assert_eq!(audio::strip(&mut plain), None);
    }
}
