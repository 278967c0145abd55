//! The key id of a frame: which key sealed it, and by that who and where.

/// One of the streams a member sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Stream {
    /// The microphone.
    Audio = 0,
    /// The camera.
    Camera = 1,
    /// A shared screen or window.
    Screen = 2,
    /// The sound of what is shared.
    ScreenAudio = 3,
    /// Other members' microphones, passed on by a herald ([`crate::voices`]).
    Herald = 4,
}

impl Stream {
    /// Whether its frames are sound: they are of one size, and have no kinds.
    pub fn is_audio(self) -> bool {
        matches!(self, Self::Audio | Self::ScreenAudio | Self::Herald)
    }

    /// The stream with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        let all = [Self::Audio, Self::Camera, Self::Screen, Self::ScreenAudio, Self::Herald];
        all.into_iter().find(|&stream| stream as u8 == number)
    }
}

/// The 64-bit KID of the SFrame header.
///
/// ```text
///  63    56 55            40 39  36 35  32 31                           0
/// ┌────────┬────────────────┬──────┬──────┬──────────────────────────────┐
/// │ epoch  │ leaf index     │stream│layer │ generation                   │
/// │ mod 2⁸ │ 16             │ 4    │ 4    │ 32, random per frame worker  │
/// └────────┴────────────────┴──────┴──────┴──────────────────────────────┘
/// ```
/// The whole number is in the key label (RFC 9605 §4.4.2), so each field picks another key; the random generation makes sure
/// that a worker which restarts, and has lost its counters, meets none of its old keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kid {
    /// Low byte of the MLS epoch.
    pub epoch: u8,
    /// MLS leaf index of the sender.
    pub leaf: u16,
    /// Which of the sender's streams.
    pub stream: Stream,
    /// Simulcast or spatial layer, 0 to 15.
    pub layer: u8,
    /// Drawn at each start of a frame worker.
    pub generation: u32,
}

impl Kid {
    /// Highest layer that fits.
    pub const MAX_LAYER: u8 = 15;

    /// The number that goes into the header. A layer above 15 loses its high bits.
    pub fn to_u64(self) -> u64 {
        u64::from(self.epoch) << 56
            | u64::from(self.leaf) << 40
            | (self.stream as u64) << 36
            | u64::from(self.layer & Self::MAX_LAYER) << 32
            | u64::from(self.generation)
    }

    /// The leaf that a header's number names, whatever else is in it.
    pub fn leaf_of(kid: u64) -> u32 {
        u32::from((kid >> 40) as u16)
    }

    /// Reads a header's number; nothing if it names a stream that does not exist.
    pub fn from_u64(kid: u64) -> Option<Self> {
        Some(Self {
            epoch: (kid >> 56) as u8,
            leaf: Self::leaf_of(kid) as u16,
            stream: Stream::from_number((kid >> 36) as u8 & 15)?,
            layer: (kid >> 32) as u8 & 15,
            generation: kid as u32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_lie_where_the_protocol_says() {
        let kid = Kid { epoch: 0xab, leaf: 0xcdef, stream: Stream::Screen, layer: 3, generation: 0x0123_4567 };
        assert_eq!(kid.to_u64(), 0xabcd_ef23_0123_4567);
    }

    proptest! {
        #[test]
        fn every_number_is_one_kid_or_none(number in any::<u64>()) {
            match Kid::from_u64(number) {
                Some(kid) => prop_assert_eq!(kid.to_u64(), number),
                None => prop_assert!(number >> 36 & 15 > 4),
            }
        }
    }
}
