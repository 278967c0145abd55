//! RTP headers (RFC 3550 §5.1) and their extensions (RFC 8285), read and written in place.
//!
//! **Invariant:** reading any bytes gives `None` or lengths that lie inside them; no read goes past the end.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//! |                           timestamp                           |
//! |                             SSRC                              |
//! ```

/// Bytes of a header without CSRC and extensions: what we send.
pub(crate) const HEADER: usize = 12;

/// Bytes of a header with a transport-wide number.
pub(crate) const NUMBERED_HEADER: usize = HEADER + 8;

/// The fixed fields of one packet and where its payload begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Last packet of a frame (video) or first of a talk spurt (audio).
    pub(crate) marker: bool,
    /// Payload type, 7 bits.
    pub(crate) payload_type: u8,
    /// Sequence number.
    pub(crate) sequence: u16,
    /// Timestamp in units of the codec's clock.
    pub(crate) timestamp: u32,
    /// Synchronisation source.
    pub(crate) ssrc: u32,
    /// The last byte says how much padding there is.
    pub(crate) padded: bool,
    /// Length of the whole header: where the payload begins.
    pub(crate) length: usize,
}

/// `bytes[at..at + 2]`, big endian.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

/// `bytes[at..at + 4]`, big endian.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

impl Header {
    /// Reads the header of an RTP or SRTP packet.
    pub(crate) fn read(packet: &[u8]) -> Option<Self> {
        let (&first, &second) = (packet.first()?, packet.get(1)?);
        if first >> 6 != 2 {
            return None;
        }
        let mut length = HEADER + 4 * usize::from(first & 0x0f);
        if first & 0x10 != 0 {
            length += 4 + 4 * usize::from(u16_at(packet, length + 2)?);
        }
        if length > packet.len() {
            return None;
        }
        Some(Self {
            marker: second & 0x80 != 0,
            payload_type: second & 0x7f,
            sequence: u16_at(packet, 2)?,
            timestamp: u32_at(packet, 4)?,
            ssrc: u32_at(packet, 8)?,
            padded: first & 0x20 != 0,
            length,
        })
    }

    /// Writes the 12 bytes of a header without CSRC and extensions.
    pub(crate) fn write(&self, to: &mut Vec<u8>) {
        to.push(0x80 | u8::from(self.padded) << 5);
        to.push(u8::from(self.marker) << 7 | self.payload_type & 0x7f);
        to.extend_from_slice(&self.sequence.to_be_bytes());
        to.extend_from_slice(&self.timestamp.to_be_bytes());
        to.extend_from_slice(&self.ssrc.to_be_bytes());
    }

    /// Writes the 20 bytes of a header whose one extension, in the one-byte form (RFC 8285 §4.2), is a transport-wide number.
    pub(crate) fn write_numbered(&self, id: u8, number: u16, to: &mut Vec<u8>) {
        let start = to.len();
        self.write(to);
        if let Some(first) = to.get_mut(start) {
            *first |= 0x10;
        }
        let [high, low] = number.to_be_bytes();
        to.extend_from_slice(&[0xbe, 0xde, 0, 1, id << 4 | 1, high, low, 0]);
    }

    /// The payload of a decrypted packet without its padding; `None` when the padding is longer than the payload.
    pub(crate) fn payload<'a>(&self, packet: &'a [u8]) -> Option<&'a [u8]> {
        let payload = packet.get(self.length..)?;
        if !self.padded {
            return Some(payload);
        }
        let padding = usize::from(*payload.last()?);
        (padding > 0).then(|| payload.get(..payload.len().checked_sub(padding)?)).flatten()
    }
}

/// Header extensions of a packet, in order: (id, value). Stops at the first that is cut off.
pub(crate) struct Extensions<'a> {
    rest: &'a [u8],
    two_byte: bool,
}

impl<'a> Extensions<'a> {
    /// The extensions of a packet; none when it has none or is none.
    pub(crate) fn of(packet: &'a [u8]) -> Self {
        Self::find(packet).unwrap_or(Self { rest: &[], two_byte: false })
    }

    fn find(packet: &'a [u8]) -> Option<Self> {
        let first = *packet.first()?;
        if first & 0x10 == 0 {
            return None;
        }
        let base = HEADER + 4 * usize::from(first & 0x0f);
        let profile = u16_at(packet, base)?;
        let words = usize::from(u16_at(packet, base + 2)?);
        let rest = packet.get(base + 4..base + 4 + 4 * words)?;
        match profile {
            0xbede => Some(Self { rest, two_byte: false }),
            _ if profile >> 4 == 0x100 => Some(Self { rest, two_byte: true }),
            _ => None,
        }
    }
}

impl<'a> Iterator for Extensions<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        while let [0, rest @ ..] = self.rest {
            self.rest = rest;
        }
        let (id, length, body) = match *self.rest {
            [first, ref body @ ..] if !self.two_byte && first >> 4 != 15 => (first >> 4, usize::from(first & 15) + 1, body),
            [id, length, ref body @ ..] if self.two_byte => (id, usize::from(length), body),
            _ => return None,
        };
        let (value, rest) = body.split_at_checked(length)?;
        self.rest = rest;
        Some((id, value))
    }
}

/// Unwraps 16-bit sequence numbers to 48 bits: nearest to the highest seen. Also what SRTP calls roll-over counter (the upper bits).
///
/// Counting begins at 65,536, so that packets just before the first one have a place.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unwrapper {
    highest: Option<u64>,
}

impl Unwrapper {
    /// The number `sequence` most likely stands for. Does not move the state: the packet may not be authentic.
    pub(crate) fn guess(&self, sequence: u16) -> u64 {
        let Some(highest) = self.highest else { return (1 << 16) + u64::from(sequence) };
        let distance = i64::from(sequence.wrapping_sub(highest as u16) as i16);
        // Never below the first turn: the SRTP roll-over counter of a stream cannot be negative.
        let guess = highest.wrapping_add_signed(distance);
        if guess < 1 << 16 { guess + (1 << 16) } else { guess }
    }

    /// Takes an authentic packet's number over.
    pub(crate) fn commit(&mut self, number: u64) {
        if self.highest.is_none_or(|highest| number > highest) {
            self.highest = Some(number);
        }
    }

    /// The highest number so far.
    pub(crate) fn highest(&self) -> Option<u64> {
        self.highest
    }

    /// SRTP's roll-over counter for `number` (RFC 3711 §3.3.1).
    pub(crate) fn roll_over(number: u64) -> u32 {
        ((number >> 16).wrapping_sub(1)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numbered_header_reads_back() {
        let header =
            Header { marker: true, payload_type: 96, sequence: 7, timestamp: 8, ssrc: 9, padded: false, length: NUMBERED_HEADER };
        let mut bytes = Vec::new();
        header.write_numbered(3, 0x1234, &mut bytes);
        assert_eq!((bytes.len(), Header::read(&bytes)), (NUMBERED_HEADER, Some(header)));
        assert_eq!(Extensions::of(&bytes).collect::<Vec<_>>(), [(3, &[0x12, 0x34][..])]);
    }
    use proptest::prelude::*;

    #[test]
    fn what_is_written_is_read() {
        let header = Header { marker: true, payload_type: 96, sequence: 7, timestamp: 9, ssrc: 11, padded: false, length: 12 };
        let mut bytes = Vec::new();
        header.write(&mut bytes);
        assert_eq!(Header::read(&bytes), Some(header));
    }

    #[test]
    fn one_and_two_byte_extensions_are_found() {
        let mut packet = vec![0x90, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
        packet.extend([0xbe, 0xde, 0, 2, 0x31, 0xaa, 0xbb, 0x00, 0x40, 0xcc, 0, 0]);
        assert_eq!(Extensions::of(&packet).collect::<Vec<_>>(), [(3, &[0xaa, 0xbb][..]), (4, &[0xcc][..])]);
        let mut packet = vec![0x90, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
        packet.extend([0x10, 0x00, 0, 2, 20, 3, 1, 2, 3, 21, 0, 0]);
        assert_eq!(Extensions::of(&packet).collect::<Vec<_>>(), [(20, &[1, 2, 3][..]), (21, &[][..])]);
    }

    #[test]
    fn padding_is_taken_off_and_never_more_than_there_is() {
        let packet = [0xa0, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9, 9, 0, 2];
        let header = Header::read(&packet).unwrap();
        assert_eq!(header.payload(&packet), Some(&[9, 9][..]));
        let lying = [0xa0, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9, 9, 0, 5];
        assert_eq!(header.payload(&lying), None);
    }

    #[test]
    fn sequence_numbers_unwrap_both_ways() {
        let mut unwrapper = Unwrapper::default();
        for (sequence, expected) in [(65_534, 131_070), (65_535, 131_071), (1, 131_073), (0, 131_072), (65_535, 131_071)] {
            let number = unwrapper.guess(sequence);
            unwrapper.commit(number);
            assert_eq!(number, expected);
        }
        assert_eq!(Unwrapper::roll_over(131_072), 1);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Some(header) = Header::read(&bytes) {
                prop_assert!(header.length <= bytes.len());
                let _ = header.payload(&bytes);
            }
            prop_assert!(Extensions::of(&bytes).count() <= 64);
        }
    }
}
