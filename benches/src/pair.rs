//! What both frame benches measure, native and in WebAssembly: one frame from a sender to a receiver.

use crypto::frames::{EpochKeys, Expected, FrameOpener, FrameSealer, Stream};
use std::hint::black_box;

/// An Opus frame, a small and a large picture, in bytes.
pub(crate) const SIZES: [usize; 3] = [120, 3_000, 30_000];

/// One frame from a sender to a receiver, as the frame worker does it. Where frames are `signed`, each side hashes it too.
pub(crate) fn sframe_pair(plain: Vec<u8>, signed: bool) -> impl FnMut() {
    let keys = |leaf| {
        let mut keys = EpochKeys::new(77, leaf, [7; 32].into(), (0..10).collect());
        keys.signed = signed;
        keys
    };
    let (mut sealer, mut opener) = (FrameSealer::new(0x0123_4567), FrameOpener::new());
    sealer.install(&keys(1));
    opener.install(0, &keys(2), false);
    let (mut sealed, mut opened) = (Vec::new(), Vec::new());
    let expected = Expected { leaf: 1, stream: Stream::Camera };
    move || {
        sealer.seal(Stream::Camera, 0, Some(false), black_box(&plain), &mut sealed).expect("sealed");
        opener.open(0, expected, black_box(&sealed), &mut opened).expect("opened");
        black_box(&opened);
        black_box((sealer.take_sealed(), opener.take_opened()));
    }
}
