//! What a publisher sends, in size and number.
//!
//! **Invariant:** rates and sizes are those of real cameras and microphones; the content is not a picture, since nobody decodes it.

use wire::{PixelHeight, Track};

/// A kind of publisher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A camera of 720 lines: 30 pictures a second, 1.5 Mbit/s of VP8, with a microphone.
    Hd,
    /// A camera of 180 lines: 30 pictures a second, 150 kbit/s of VP8, with a microphone.
    Small,
    /// A microphone alone: 50 frames a second, Opus of 32 kbit/s.
    Audio,
    /// The same microphone, of somebody who receives the others as well. All send all the time, and take turns in speaking.
    Voices,
}

/// One track of a publisher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stream {
    pub(crate) track: Track,
    /// Frames a second.
    pub(crate) rate: u32,
    /// Bytes of a frame before it is sealed.
    pub(crate) bytes: usize,
    /// Bytes of a picture that stands alone.
    pub(crate) key_bytes: usize,
}

/// 20 ms of Opus at a constant 32 kbit/s, as the browser client sends it.
const SOUND: Stream = Stream { track: Track::Audio, rate: 50, bytes: 80, key_bytes: 80 };

impl Profile {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hd => "720p",
            Self::Small => "180p",
            Self::Audio => "audio",
            Self::Voices => "voices",
        }
    }

    pub(crate) fn streams(self) -> Vec<Stream> {
        let camera = |bytes, key_bytes| Stream { track: Track::Camera, rate: 30, bytes, key_bytes };
        match self {
            Self::Hd => vec![SOUND, camera(6_250, 30_000)],
            Self::Small => vec![SOUND, camera(625, 4_000)],
            Self::Audio | Self::Voices => vec![SOUND],
        }
    }

    /// How high the receivers' places for the picture are.
    pub(crate) fn height(self) -> PixelHeight {
        match self {
            Self::Hd => PixelHeight(720),
            Self::Small | Self::Audio | Self::Voices => PixelHeight(180),
        }
    }
}
