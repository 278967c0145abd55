//! One member's sound, coming and going: direct, and over heralds.
//!
//! Invariant: **what is passed on was opened first**: nobody's frame goes on under our seal that is not theirs.

use super::{Duty, Herald};
use crate::frames::{AudioLevel, Expected, FrameOpener, FrameSealer, OpenError, Opened, SealError, Stream};

/// Seals and opens frames of sound, and passes voices on while there is a duty to.
#[derive(Default)]
pub struct Sound {
    my_leaf: Option<u32>,
    herald: Option<Herald>,
    /// What a herald passed on, kept so that no frame allocates.
    passed_on: Vec<u8>,
}

impl Sound {
    /// Under which leaf we seal from now on.
    pub fn set_leaf(&mut self, leaf: u32) {
        self.my_leaf = Some(leaf);
    }

    /// What we pass on from now on.
    pub fn set_duty(&mut self, duty: Option<Duty>) {
        match (&mut self.herald, duty) {
            (Some(herald), Some(duty)) => herald.change(duty),
            (herald, duty) => *herald = duty.map(Herald::new),
        }
    }

    /// Seals a frame of the encoder, `came`, of this level; of a herald's, nothing but its moment counts.
    ///
    /// # Errors
    /// [`SealError`]; then nothing is to be sent.
    pub fn seal(
        &mut self,
        now_ms: u64,
        (sealer, stream): (&mut FrameSealer, Stream),
        level: AudioLevel,
        came: &[u8],
        goes: &mut Vec<u8>,
    ) -> Result<(), SealError> {
        if stream == Stream::Herald {
            let next = self.herald.as_mut().and_then(Herald::tick);
            return match sealer.seal_herald(next.as_deref(), goes) {
                // Somebody sends frames that are too long to be passed on; our own pace goes on.
                Err(SealError::Unfit) => sealer.seal_herald(None, goes),
                sealed => sealed,
            };
        }
        sealer.seal_audio(stream, level, came, goes)?;
        if let (Stream::Audio, Some(herald), Some(leaf)) = (stream, &mut self.herald, self.my_leaf) {
            herald.heard(now_ms, leaf, level, goes);
        }
        Ok(())
    }

    /// Opens a frame of sound into `goes`, and says by which leaf it was sealed. `Ok(None)`: genuine, and there is nothing in it to play.
    ///
    /// # Errors
    /// [`OpenError`], of the herald's own frame or of the one that it passes on.
    pub fn open(
        &mut self,
        now_ms: u64,
        (opener, expected): (&mut FrameOpener, Expected),
        came: &[u8],
        goes: &mut Vec<u8>,
    ) -> Result<Option<(u32, Opened)>, OpenError> {
        if expected.stream != Stream::Herald {
            let opened = opener.open(now_ms, expected, came, goes)?;
            if let (Stream::Audio, Some(herald), Some(level)) = (expected.stream, &mut self.herald, opened.level) {
                herald.heard(now_ms, expected.leaf, level, came);
            }
            return Ok(Some((expected.leaf, opened)));
        }
        let Some(leaf) = opener.open_herald(now_ms, expected.leaf, came, &mut self.passed_on)? else { return Ok(None) };
        if let Some(herald) = &mut self.herald {
            herald.other_passes_on(now_ms, expected.leaf, leaf);
        }
        match opener.open(now_ms, Expected { leaf, stream: Stream::Audio }, &self.passed_on, goes) {
            Ok(opened) => Ok(Some((leaf, opened))),
            // Our own voice; or it was heard already, on another way.
            Err(error) if error.silent() || error == OpenError::Own => Ok(None),
            Err(error) => Err(error),
        }
    }
}
