//! The plaintext of an audio frame: who speaks travels inside.
//!
//! ```text
//!  0               1
//! ┌─┬─────────────┬───────────────┬───────────────────┬───────────────────┐
//! │V│ level 0–127 │ padding P     │ Opus              │ P zero bytes      │
//! └─┴─────────────┴───────────────┴───────────────────┴───────────────────┘
//! ```
//! V and the level are those of RFC 6464: V is set when the sender hears a voice, the level is −dBov, 127 is silence.
//!
//! Invariant: **within one epoch the frames of a stream do not get shorter.** With Opus at a constant bit rate the padding is 0.
//! Where an encoder varies all the same, each frame is filled up to the longest so far (by at most 255 bytes), so that sizes
//! tell nothing about who speaks. The mark starts anew with each epoch, so that a lower bit rate, chosen for a poor network,
//! takes effect in time.

/// How loud a frame is, as its sender measured it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioLevel {
    /// The sender hears a voice.
    pub voice: bool,
    /// −dBov, 0 is the loudest, 127 silence (RFC 6464 §3). Values above count as 127.
    pub below_loudest: u8,
}

impl AudioLevel {
    /// No sound.
    pub const SILENCE: Self = Self { voice: false, below_loudest: 127 };

    fn to_byte(self) -> u8 {
        u8::from(self.voice) << 7 | self.below_loudest.min(127)
    }

    fn from_byte(byte: u8) -> Self {
        Self { voice: byte >> 7 == 1, below_loudest: byte & 127 }
    }
}

/// Level and padding length.
pub(super) const HEADER_BYTES: usize = 2;

/// The longest Opus payload of one stream in one epoch.
#[derive(Default)]
pub(super) struct HighWater(usize);

impl HighWater {
    /// The two bytes before an Opus payload of this length; the second says how many zeros follow it.
    pub(super) fn header(&mut self, level: AudioLevel, opus: usize) -> [u8; HEADER_BYTES] {
        self.0 = self.0.max(opus);
        [level.to_byte(), u8::try_from(self.0 - opus).unwrap_or(u8::MAX)]
    }
}

/// Takes level and padding off an opened audio frame, leaving Opus alone in `plain`. Nothing if it is malformed.
pub(super) fn strip(plain: &mut Vec<u8>) -> Option<AudioLevel> {
    let &[level, padding, ..] = plain.as_slice() else { return None };
    let opus_end = plain.len().checked_sub(usize::from(padding)).filter(|&end| end > HEADER_BYTES)?;
    plain.truncate(opus_end);
    plain.drain(..HEADER_BYTES);
    Some(AudioLevel::from_byte(level))
}
