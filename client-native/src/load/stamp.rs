//! What stands in a synthetic frame, inside the seal.
//!
//! ```text
//!  0       4            8       9          10                18                 26        30
//! ┌───────┬────────────┬───────┬──────────┬─────────────────┬──────────────────┬─────────┬─────────┐
//! │ magic │ publisher  │ track │ measured │ sent, nanosec.  │ spoken, nanosec. │ number  │ filling │
//! └───────┴────────────┴───────┴──────────┴─────────────────┴──────────────────┴─────────┴─────────┘
//! ```
//! Numbers are big endian; the clock is that of the process, so sender and receiver must be one process.
//!
//! **Invariant:** what an opened frame says was said by a publisher of this load, or [`Stamp::read`] gives nothing.

use std::time::Duration;
use wire::Track;

const MAGIC: [u8; 4] = *b"INCL";

/// Who sent a frame, when, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) publisher: u32,
    pub(crate) picture: bool,
    /// Sent after the load had warmed up: it counts.
    pub(crate) measured: bool,
    /// On [`crate::clock::elapsed`].
    pub(crate) sent: Duration,
    /// Its sender speaks, since this moment of the same clock. Zero is never.
    pub(crate) spoken: Option<Duration>,
    pub(crate) number: u32,
}

impl Stamp {
    /// A frame of `bytes` in all, or of the stamp alone if that is more.
    pub(crate) fn write(&self, bytes: usize) -> Vec<u8> {
        let mut frame = Vec::with_capacity(bytes);
        frame.extend_from_slice(&MAGIC);
        frame.extend_from_slice(&self.publisher.to_be_bytes());
        frame.extend_from_slice(&[u8::from(self.picture), u8::from(self.measured)]);
        for moment in [self.sent, self.spoken.unwrap_or_default()] {
            frame.extend_from_slice(&u64::try_from(moment.as_nanos()).unwrap_or(u64::MAX).to_be_bytes());
        }
        frame.extend_from_slice(&self.number.to_be_bytes());
        frame.resize(bytes.max(frame.len()), 0x5a);
        frame
    }

    /// The stamp of a frame that came in on such a track.
    pub(crate) fn read(track: Track, frame: &[u8]) -> Option<Self> {
        let (magic, rest) = frame.split_first_chunk()?;
        let (publisher, rest) = rest.split_first_chunk()?;
        let ([picture, measured], rest) = rest.split_first_chunk::<2>()?;
        let (sent, rest) = rest.split_first_chunk()?;
        let (spoken, rest) = rest.split_first_chunk()?;
        let (number, _) = rest.split_first_chunk()?;
        let stamp = Self {
            publisher: u32::from_be_bytes(*publisher),
            picture: *picture == 1,
            measured: *measured == 1,
            sent: Duration::from_nanos(u64::from_be_bytes(*sent)),
            spoken: Some(Duration::from_nanos(u64::from_be_bytes(*spoken))).filter(|moment| !moment.is_zero()),
            number: u32::from_be_bytes(*number),
        };
        (*magic == MAGIC && stamp.picture != track.is_audio()).then_some(stamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_read_as_it_was_written_and_only_where_it_belongs() {
        let sent = Duration::from_nanos(1 << 40);
        let stamp = Stamp { publisher: 70_000, picture: true, measured: true, sent, spoken: Some(sent / 2), number: 9 };
        let frame = stamp.write(6_250);
        assert_eq!((frame.len(), Stamp::read(Track::Camera, &frame)), (6_250, Some(stamp)));
        assert_eq!(Stamp::read(Track::Audio, &frame), None);
        assert_eq!(Stamp::read(Track::Camera, &frame[..29]), None);
        assert_eq!(Stamp::read(Track::Camera, &[0; 100]), None);
        assert_eq!(Stamp::read(Track::Camera, &stamp.write(0)), Some(stamp), "never shorter than the stamp");
        let silent = Stamp { spoken: None, ..stamp };
        assert_eq!(Stamp::read(Track::Camera, &silent.write(80)), Some(silent));
    }
}
