//! The parts of a video payload that travel in clear: the RTP payload descriptor of VP8 (RFC 7741 §4.2) or VP9 (RFC 9628 §4.2).
//!
//! **Invariant:** nothing behind the descriptor is read, except the one shim byte in front of the ciphertext of a VP8 frame that says
//! key or delta. The rest is [`Sealed`], which has a length and no way to look inside.

use super::rtp::u16_at;

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
    /// Temporal layer; 0 is needed by all others.
    pub(crate) temporal: u8,
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

/// RFC 7741 §4.2: `X R N S R PID`, then on X `I L T K RSV`, then picture id, TL0PICIDX, TID/Y/KEYIDX.
fn vp8(payload: &[u8]) -> Option<Descriptor> {
    let first = *payload.first()?;
    let mut found = Descriptor::default();
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
            found.temporal = if present & 0x20 != 0 { payload.get(at)? >> 6 } else { 0 };
            at += 1;
        }
    }
    found.starts_frame = first & 0x17 == 0x10;
    // The shim (and an unencrypted VP8 frame tag alike): lowest bit 0 on key frames. RFC 6386 §9.1.
    found.starts_key_frame = found.starts_frame && payload.get(at).is_some_and(|shim| shim & 1 == 0);
    found.length = u8::try_from(at.min(payload.len())).ok()?;
    (at <= payload.len()).then_some(found)
}

/// RFC 9628 §4.2: `I P L F B E V Z`, then picture id, layer indices, TL0PICIDX. What follows is not rewritten and counts as sealed.
fn vp9(payload: &[u8]) -> Option<Descriptor> {
    let first = *payload.first()?;
    let mut found = Descriptor::default();
    let mut at = 1;
    if first & 0x80 != 0 {
        let (picture, next) = Picture::read(payload, at)?;
        found.picture = Some(picture);
        at = next;
    }
    let mut spatial_base = true;
    if first & 0x20 != 0 {
        let indices = *payload.get(at)?;
        found.temporal = indices >> 5;
        spatial_base = indices & 0x0e == 0;
        at += 1;
        if first & 0x10 == 0 {
            found.tl0 = Some((u8::try_from(at).ok()?, *payload.get(at)?));
            at += 1;
        }
    }
    found.starts_frame = first & 0x08 != 0;
    found.starts_key_frame = found.starts_frame && first & 0x40 == 0 && spatial_base;
    found.length = u8::try_from(at).ok()?;
    (at <= payload.len()).then_some(found)
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
    fn sealed_bytes_have_a_length_and_can_be_carried() {
        let mut out = vec![1];
        let sealed = Sealed::new(&[2, 3]);
        sealed.append_to(&mut out);
        assert_eq!((sealed.len(), out), (2, vec![1, 2, 3]));
    }

    proptest! {
        #[test]
        fn any_payload_is_described_without_panic(mut payload in proptest::collection::vec(any::<u8>(), 0..16), picture: u16, tl0: u8) {
            for codec in [Codec::Vp8, Codec::Vp9, Codec::Opus] {
                if let Some(found) = codec.describe(&payload) {
                    prop_assert!(usize::from(found.length) <= payload.len());
                    found.shift(DescriptorShift { picture, tl0 }, &mut payload);
                }
            }
        }
    }
}
