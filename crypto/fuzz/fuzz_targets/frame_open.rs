//! The host sends what it likes: frames cut, mixed and made up. A script of operations on real sealed frames.
#![no_main]

use crypto::frames::{EpochKeys, Expected, FrameOpener, FrameSealer, Stream};
use libfuzzer_sys::fuzz_target;
use std::collections::HashSet;

const STREAMS: [Stream; 4] = [Stream::Audio, Stream::Camera, Stream::Screen, Stream::ScreenAudio];

fn keys(epoch: u64, leaf: u32) -> EpochKeys {
    EpochKeys::new(epoch, leaf, [epoch as u8; 32].into(), vec![0, 1, 2])
}

fuzz_target!(|script: &[u8]| {
    let (mut epoch, mut now) = (250, 0);
    let mut sealer = FrameSealer::new(1);
    let mut opener = FrameOpener::new();
    sealer.install(&keys(epoch, 1));
    opener.install(now, &keys(epoch, 2), false);
    let (mut sealed, mut plain, mut opened) = (Vec::new(), Vec::new(), HashSet::new());
    let mut genuine = HashSet::new();
    let mut rest = script;
    while let [operation, argument, tail @ ..] = rest {
        rest = tail;
        let stream = STREAMS[usize::from(argument & 3)];
        match operation % 6 {
            0 => {
                let key_frame = (!stream.is_audio()).then_some(argument & 4 == 0);
                if sealer.seal(stream, 0, key_frame, &[*argument; 9], &mut sealed).is_ok() {
                    genuine.insert(sealed.clone());
                }
            }
            1 => {
                if let Some(byte) = sealed.get_mut(usize::from(*argument)) {
                    *byte = byte.wrapping_add(1);
                }
            }
            2 => sealed.truncate(usize::from(*argument)),
            3 => {
                let taken = rest.len().min(usize::from(*argument));
                sealed = rest[..taken].to_vec();
                rest = &rest[taken..];
            }
            4 => {
                epoch += 1;
                now += u64::from(*argument) * 16;
                sealer.install(&keys(epoch, 1));
                opener.install(now, &keys(epoch, 2), argument & 1 == 1);
            }
            _ => {
                if opener.open(now, Expected { leaf: u32::from(argument >> 6), stream }, &sealed, &mut plain).is_ok() {
                    assert!(genuine.contains(&sealed), "opened what nobody sealed");
                    assert!(opened.insert(sealed.clone()), "opened twice");
                }
            }
        }
    }
});
