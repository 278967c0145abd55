//! The parts of a video payload that travel in clear: the RTP payload descriptor of VP8 (RFC 7741 §4.2) or VP9 (RFC 9628 §4.2).
//!
//! **Invariant:** nothing behind the descriptor is read, except the one shim byte in front of the ciphertext of a VP8 frame that says
//! key or delta. The rest is [`Sealed`], which has a length and no way to look inside.

use super::rtp::u16_at;
use crate::core::layers::{Heights, SPATIAL};

/// Bytes that only members can open. They can be measured and copied, nothing else.
#[derive(Clone, Copy)]
pub(crate) struct Sealed<'a>(&'a [u8]);

impl<'a> Sealed<'a> {
    /// Everything in `bytes` is sealed (audio).
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Length in bytes.
    pub(crate) fn len(self) -> usize {
        self.0.len()
    }

    /// Copies the bytes to the end of `to`.
    pub(crate) fn append_to(self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.0);
    }
}

/// How a section's payload is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Codec {
    /// Audio, without descriptor.
    Opus,
    /// RFC 7741.
    Vp8,
    /// RFC 9628.
    Vp9,
}

/// What a descriptor says, and where in it the numbers stand that have to be continuous for a receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Descriptor {
    /// First packet of a frame.
    pub(crate) starts_frame: bool,
    /// First packet of a frame that needs no earlier one.
    pub(crate) starts_key_frame: bool,
    /// Last packet of a frame (of one spatial layer), where the descriptor says so.
    pub(crate) ends_frame: bool,
    /// The frame needs an earlier picture. Always so where the descriptor does not say.
    pub(crate) predicted: bool,
    /// Spatial layer within the stream; 0 is needed by all others.
    pub(crate) spatial: u8,
    /// Temporal layer; 0 is needed by all others.
    pub(crate) temporal: u8,
    /// The frame needs none of its own temporal layer, only lower ones (VP8: Y).
    pub(crate) sync: bool,
    /// No later frame of a higher temporal layer needs one from before this (VP9: U).
    pub(crate) switches_up: bool,
    /// A receiver takes a hole in the picture ids for a loss (VP8).
    pub(crate) gapless: bool,
    /// Place of the sizes of the spatial layers in the payload; 0: none.
    pub(crate) sizes: u8,
    /// The picture id and its place.
    pub(crate) picture: Option<Picture>,
    /// TL0PICIDX and its place.
    pub(crate) tl0: Option<(u8, u8)>,
    /// Bytes of the descriptor.
    pub(crate) length: u8,
}

/// A picture id: 7 or 15 bits at `offset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Place of its first byte in the payload.
    pub(crate) offset: u8,
    /// The number.
    pub(crate) id: u16,
    /// 15 bits, with the M bit in front; otherwise 7.
    pub(crate) wide: bool,
}

/// What must be added to picture id and TL0PICIDX for one receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DescriptorShift {
    /// Added to the picture id, modulo its width.
    pub(crate) picture: u16,
    /// Added to TL0PICIDX, modulo 256.
    pub(crate) tl0: u8,
}

impl Codec {
    /// Reads the descriptor at the start of a payload. `None` when it is cut off.
    pub(crate) fn describe(self, payload: &[u8]) -> Option<Descriptor> {
        match self {
            Self::Opus => Some(Descriptor { starts_frame: true, starts_key_frame: true, ..Descriptor::default() }),
            Self::Vp8 => vp8(payload),
            Self::Vp9 => vp9(payload),
        }
    }

    /// Ticks of the RTP clock per second.
    pub(crate) fn clock_rate(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            Self::Vp8 | Self::Vp9 => 90_000,
        }
    }
}

impl Picture {
    fn read(payload: &[u8], offset: usize) -> Option<(Self, usize)> {
        let first = *payload.get(offset)?;
        let place = u8::try_from(offset).ok()?;
        if first & 0x80 == 0 {
            return Some((Self { offset: place, id: u16::from(first), wide: false }, offset + 1));
        }
        Some((Self { offset: place, id: u16_at(payload, offset)? & 0x7fff, wide: true }, offset + 2))
    }
}

/// RFC 7741 §4.2: `X R N S R PID`, then on X `I L T K RSV`, then picture id, TL0PICIDX, `TID Y KEYIDX`.
fn vp8(payload: &[u8]) -> Option<Descriptor> {
    let first = *payload.first()?;
    let mut found = Descriptor { predicted: true, gapless: true, ..Descriptor::default() };
    let mut at = 1;
    if first & 0x80 != 0 {
        let present = *payload.get(1)?;
        at = 2;
        if present & 0x80 != 0 {
            let (picture, next) = Picture::read(payload, at)?;
            found.picture = Some(picture);
            at = next;
        }
        if present & 0x40 != 0 {
            found.tl0 = Some((u8::try_from(at).ok()?, *payload.get(at)?));
            at += 1;
        }
        if present & 0x30 != 0 {
            let indices = *payload.get(at)?;
            if present & 0x20 != 0 {
                (found.temporal, found.sync) = (indices >> 6, indices & 0x20 != 0);
            }
            at += 1;
        }
    }
    found.starts_frame = first & 0x17 == 0x10;
    // The shim (and an unencrypted VP8 frame tag alike): lowest bit 0 on key frames. RFC 6386 §9.1.
    found.starts_key_frame = found.starts_frame && payload.get(at).is_some_and(|shim| shim & 1 == 0);
    found.length = u8::try_from(at.min(payload.len())).ok()?;
    (at <= payload.len()).then_some(found)
}

/// RFC 9628 §4.2: `I P L F B E V Z`, then picture id, layer indices, TL0PICIDX (not in flexible mode), differences (in flexible mode),
/// scalability structure.
fn vp9(payload: &[u8]) -> Option<Descriptor> {
    let first = *payload.first()?;
    let flag = |bit: u8| first & bit != 0;
    let (has_picture, predicted, has_layers, flexible, has_structure) =
        (flag(0x80), flag(0x40), flag(0x20), flag(0x10), flag(0x02));
    let mut found = Descriptor { predicted, starts_frame: flag(0x08), ends_frame: flag(0x04), ..Descriptor::default() };
    let mut at = 1;
    if has_picture {
        let (picture, next) = Picture::read(payload, at)?;
        found.picture = Some(picture);
        at = next;
    }
    if has_layers {
        let indices = *payload.get(at)?;
        (found.temporal, found.switches_up, found.spatial) = (indices >> 5, indices & 0x10 != 0, indices >> 1 & 7);
        at += 1;
        if !flexible {
            found.tl0 = Some((u8::try_from(at).ok()?, *payload.get(at)?));
            at += 1;
        }
    }
    if flexible && predicted {
        at += vp9_differences(payload.get(at..)?)?;
    }
    if has_structure {
        (found.sizes, at) = vp9_structure(payload, at)?;
    }
    found.starts_key_frame = found.starts_frame && !predicted && found.spatial == 0;
    found.length = u8::try_from(at).ok()?;
    (at <= payload.len()).then_some(found)
}

/// `P_DIFF N`, one to three. Their length.
fn vp9_differences(bytes: &[u8]) -> Option<usize> {
    let last = bytes.iter().take(3).position(|difference| difference & 1 == 0)?;
    Some(last + 1)
}

/// `N_S Y G`, then on Y the size of each spatial layer, then on G the pictures of a group. The place of the sizes (0: none), and where the
/// structure ends.
fn vp9_structure(payload: &[u8], at: usize) -> Option<(u8, usize)> {
    let first = *payload.get(at)?;
    let (mut at, mut sizes) = (at + 1, 0);
    if first & 0x10 != 0 {
        sizes = u8::try_from(at - 1).ok()?;
        at += 4 * (usize::from(first >> 5) + 1);
    }
    if first & 0x08 != 0 {
        let pictures = *payload.get(at)?;
        at += 1;
        for _ in 0..pictures {
            at += 1 + usize::from(payload.get(at)? >> 2 & 3);
        }
    }
    Some((sizes, at))
}

impl Descriptor {
    /// The heights of the spatial layers, if they stand in this `payload`, from which the descriptor was read.
    pub(crate) fn heights(&self, payload: &[u8]) -> Option<Heights> {
        let at = usize::from(self.sizes);
        let first = *payload.get(at).filter(|_| at > 0)?;
        let mut heights = [0; SPATIAL];
        for (layer, height) in heights.iter_mut().enumerate().take(usize::from(first >> 5) + 1) {
            *height = u16_at(payload, at + 3 + 4 * layer)?;
        }
        Some(heights)
    }
}

impl Descriptor {
    /// Adds `shift` to the numbers of this descriptor as they stand in `payload`, a copy of the bytes it was read from.
    pub(crate) fn shift(&self, shift: DescriptorShift, payload: &mut [u8]) {
        if let Some(picture) = self.picture {
            let at = usize::from(picture.offset);
            let id = picture.id.wrapping_add(shift.picture);
            if picture.wide {
                if let Some(place) = payload.get_mut(at..at + 2) {
                    place.copy_from_slice(&(id | 0x8000).to_be_bytes());
                }
            } else if let Some(place) = payload.get_mut(at) {
                *place = (id & 0x7f) as u8;
            }
        }
        if let Some((offset, index)) = self.tl0
            && let Some(place) = payload.get_mut(usize::from(offset))
        {
            *place = index.wrapping_add(shift.tl0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_frame_is_told_by_descriptor_and_shim_alone() {
        let key = [0x90, 0xe0, 0x80 | 0x12, 0x34, 7, 0x20, 0x10, 0xff];
        let found = Codec::Vp8.describe(&key).unwrap();
        assert!(found.starts_key_frame && found.starts_frame);
        assert_eq!(found.picture, Some(Picture { offset: 2, id: 0x1234, wide: true }));
        assert_eq!(found.tl0, Some((4, 7)));
        assert_eq!(found.length, 6);
        let delta = [0x90, 0xe0, 0x80 | 0x12, 0x34, 7, 0x20, 0x11, 0xff];
        assert!(!Codec::Vp8.describe(&delta).unwrap().starts_key_frame);
        let middle = [0x80, 0xe0, 0x80 | 0x12, 0x34, 7, 0x20, 0x10, 0xff];
        assert!(!Codec::Vp8.describe(&middle).unwrap().starts_key_frame);
    }

    #[test]
    fn numbers_are_shifted_in_place_and_wrap_in_their_width() {
        let mut payload = [0x90, 0xe0, 0xff, 0xff, 255, 0x20, 0x10];
        let found = Codec::Vp8.describe(&payload).unwrap();
        found.shift(DescriptorShift { picture: 2, tl0: 3 }, &mut payload);
        let after = Codec::Vp8.describe(&payload).unwrap();
        assert_eq!(after.picture.unwrap().id, 1);
        assert_eq!(after.tl0, Some((4, 2)));
    }

    #[test]
    fn vp9_key_frames_are_those_without_prediction() {
        let key = [0xa8, 0x81, 0x00, 0x00, 0x05, 0x55];
        let found = Codec::Vp9.describe(&key).unwrap();
        assert!(found.starts_key_frame);
        assert_eq!((found.picture.unwrap().id, found.tl0), (0x100, Some((4, 5))));
        assert!(!Codec::Vp9.describe(&[0xe8, 0x81, 0, 0, 5, 0x55]).unwrap().starts_key_frame);
    }

    #[test]
    fn vp8_says_temporal_layer_and_sync() {
        // RFC 7741: X=1 S=1; I L T set; 15-bit picture id; TL0PICIDX; TID=2 Y=1.
        let found = Codec::Vp8.describe(&[0x90, 0xe0, 0x80, 0x07, 9, 0b1010_0000, 0x11]).unwrap();
        assert_eq!((found.temporal, found.sync, found.tl0), (2, true, Some((4, 9))));
        // K alone: the byte is there, and names no temporal layer.
        let found = Codec::Vp8.describe(&[0x90, 0x10, 0b1110_0011, 0x11]).unwrap();
        assert_eq!((found.temporal, found.sync, found.length), (0, false, 3));
    }

    #[test]
    fn vp9_says_layers_ends_and_sizes() {
        // RFC 9628: I L B V; picture 0x0102; TID 0 U SID 0; TL0PICIDX 7; N_S 3 layers, Y, G; sizes; two pictures in the group.
        let mut key = vec![0b1010_1010, 0x81, 0x02, 0b0001_0000, 7, 0b0101_1000];
        for (width, height) in [(320u16, 180u16), (640, 360), (1_280, 720)] {
            key.extend_from_slice(&width.to_be_bytes());
            key.extend_from_slice(&height.to_be_bytes());
        }
        key.extend_from_slice(&[2, 0b0001_0100, 1, 0b0011_1000, 1, 2]);
        let length = key.len();
        key.extend_from_slice(&[0xaa; 9]);
        let found = Codec::Vp9.describe(&key).unwrap();
        assert!(found.starts_key_frame && found.switches_up && !found.predicted);
        assert_eq!((usize::from(found.length), found.heights(&key)), (length, Some([180, 360, 720, 0])));
        // I P L E in flexible mode (F): TID 1, SID 2, D; two differences.
        let delta = [0b1111_0100, 0x05, 0b0010_0101, 0b0000_0011, 0b0000_0100, 0xbb];
        let found = Codec::Vp9.describe(&delta).unwrap();
        assert_eq!((found.temporal, found.spatial, found.length, found.tl0), (1, 2, 5, None));
        assert!(found.ends_frame && found.predicted && !found.starts_frame);
    }

    #[test]
    fn cut_off_descriptors_are_none() {
        let vp9: &[&[u8]] = &[
            &[],
            &[0x80],
            &[0x80, 0x80],
            &[0xa0, 1],
            &[0xa0, 1, 0],
            &[0xf0, 1, 0, 1, 1, 1],
            &[0x02],
            &[0x02, 0x38, 0],
            &[0x02, 0x08, 9],
        ];
        assert!(vp9.iter().all(|payload| Codec::Vp9.describe(payload).is_none()));
        let vp8: &[&[u8]] = &[&[], &[0x80], &[0x80, 0x80], &[0x80, 0x80, 0x80], &[0x80, 0x40], &[0x80, 0x20]];
        assert!(vp8.iter().all(|payload| Codec::Vp8.describe(payload).is_none()));
    }

    #[test]
    fn sealed_bytes_have_a_length_and_can_be_carried() {
        let mut out = vec![1];
        let sealed = Sealed::new(&[2, 3]);
        sealed.append_to(&mut out);
        assert_eq!((sealed.len(), out), (2, vec![1, 2, 3]));
    }

    proptest! {
        #[test]
        fn any_payload_is_described_without_panic(mut payload in proptest::collection::vec(any::<u8>(), 0..48), picture: u16, tl0: u8) {
            for codec in [Codec::Vp8, Codec::Vp9, Codec::Opus] {
                if let Some(found) = codec.describe(&payload) {
                    prop_assert!(usize::from(found.length) <= payload.len());
                    let _ = found.heights(&payload);
                    found.shift(DescriptorShift { picture, tl0 }, &mut payload);
                }
            }
        }
    }
}
