//! What a publisher sends, and what stands in it.
//!
//! **Invariant:** a packet that arrives says by itself who sent it, when, and as which of its stream.

/// What one publisher sends. The default is PERFORMANCE.md's: 170 packets/s, 1.05 Mbit/s.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Pictures a second.
    pub frames: u32,
    /// Packets of a picture.
    pub packets: u32,
    /// Payload of such a packet, bytes.
    pub video_bytes: usize,
    /// Sound packets a second.
    pub sounds: u32,
    /// Payload of such a packet, bytes.
    pub audio_bytes: usize,
}

impl Load {
    /// A camera of 1 Mbit/s with sound.
    pub const MEETING: Self = Self { frames: 30, packets: 4, video_bytes: 1_040, sounds: 50, audio_bytes: 100 };
    /// 500 kbit/s with sound, as UDP payload.
    pub const HALF: Self = Self { frames: 30, packets: 2, video_bytes: 930, sounds: 50, audio_bytes: 100 };
}

/// Telltale of a payload of ours.
const MAGIC: [u8; 4] = *b"INCB";
/// Bytes of a stamp.
const BYTES: usize = 4 + 2 + 1 + 8 + 4;
/// Bytes of the VP8 header in front of it, as our publishers write it.
const HEADER: usize = 7;

/// The beginning of every payload, behind the codec's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Who.
    pub publisher: u16,
    /// Picture or sound.
    pub picture: bool,
    /// When it was written: nanoseconds since 1970.
    pub wall_ns: u64,
    /// Which packet of its stream.
    pub number: u32,
}

impl Stamp {
    pub(crate) fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&MAGIC);
        to.extend_from_slice(&self.publisher.to_be_bytes());
        to.push(u8::from(self.picture));
        to.extend_from_slice(&self.wall_ns.to_be_bytes());
        to.extend_from_slice(&self.number.to_be_bytes());
    }

    /// The stamp in a payload that came in.
    pub fn find(picture: bool, payload: &[u8]) -> Option<Self> {
        let bytes = payload.get(if picture { HEADER } else { 0 }..)?.get(..BYTES)?;
        let (magic, rest) = bytes.split_at(4);
        let (publisher, rest) = rest.split_at(2);
        let (kind, rest) = rest.split_at(1);
        let (wall, number) = rest.split_at(8);
        let stamp = Self {
            publisher: u16::from_be_bytes(publisher.try_into().ok()?),
            picture: kind == [1],
            wall_ns: u64::from_be_bytes(wall.try_into().ok()?),
            number: u32::from_be_bytes(number.try_into().ok()?),
        };
        (magic == MAGIC && stamp.picture == picture).then_some(stamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_found_where_it_was_written_and_nowhere_else() {
        let stamp = Stamp { publisher: 7, picture: true, wall_ns: 1 << 60, number: 3 };
        let mut payload = vec![0x90, 0xe0, 0x80, 1, 1, 0x20, 0];
        stamp.write(&mut payload);
        assert_eq!(Stamp::find(true, &payload), Some(stamp));
        assert_eq!(Stamp::find(false, &payload), None);
        payload.pop();
        assert_eq!(Stamp::find(true, &payload), None);
    }
}
