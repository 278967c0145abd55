//! The SFrame header (RFC 9605 §4.3), read and written without touching the heap: the crate's own allocates twice for each frame
//! that comes in, which costs as much as the AEAD of an audio frame. Its vectors, and the crate itself, are the judges in the tests.
//!
//! ```text
//!  0 1 2 3 4 5 6 7
//! ┌─┬─────┬─┬─────┬──────────────┬──────────────┐
//! │X│  K  │Y│  C  │ KID 0–8 bytes│ CTR 0–8 bytes│
//! └─┴─────┴─┴─────┴──────────────┴──────────────┘
//! ```
//! A number below 8 stands in its three bits (X or Y is 0); otherwise those say how many bytes follow, less one.

/// Configuration, eight bytes of KID, eight of counter.
pub(super) const MAX_BYTES: usize = 17;

/// A written header.
pub(super) struct Header {
    bytes: [u8; MAX_BYTES],
    length: usize,
}

impl Header {
    pub(super) fn new(kid: u64, counter: u64) -> Self {
        let mut header = Self { bytes: [0; MAX_BYTES], length: 1 };
        header.bytes[0] = header.put(kid) << 4 | header.put(counter);
        header
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Appends a number and gives its four bits of the configuration byte.
    fn put(&mut self, number: u64) -> u8 {
        if number < 8 {
            return number as u8;
        }
        let skipped = number.leading_zeros() as usize / 8;
        for (place, byte) in self.bytes.iter_mut().skip(self.length).zip(number.to_be_bytes().into_iter().skip(skipped)) {
            *place = byte;
        }
        self.length += 8 - skipped;
        8 | (7 - skipped as u8)
    }
}

/// What an incoming frame claims: KID, counter, and how long its header is. Nothing if it ends before its header does.
pub(super) fn read(frame: &[u8]) -> Option<(u64, u64, usize)> {
    let (&configuration, mut rest) = frame.split_first()?;
    let kid = take(configuration >> 4, &mut rest)?;
    let counter = take(configuration & 15, &mut rest)?;
    Some((kid, counter, frame.len() - rest.len()))
}

fn take(bits: u8, rest: &mut &[u8]) -> Option<u64> {
    if bits < 8 {
        return Some(u64::from(bits));
    }
    let (number, left) = rest.split_at_checked(usize::from(bits & 7) + 1)?;
    *rest = left;
    Some(number.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sframe::header::SframeHeader;

    #[test]
    fn vectors_of_rfc_9605() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../vectors/rfc9605-sframe.json")).expect("the RFC's vectors");
        let headers = vectors["header"].as_array().expect("a list");
        assert_eq!(headers.len(), 289);
        for vector in headers {
            let (kid, counter) = (vector["kid"].as_u64().expect("KID"), vector["ctr"].as_u64().expect("CTR"));
            let encoded = hex::decode(vector["encoded"].as_str().expect("a string")).expect("hexadecimal");
            assert_eq!(Header::new(kid, counter).as_slice(), encoded);
            assert_eq!(read(&encoded), Some((kid, counter, encoded.len())));
        }
    }

    proptest! {
        #[test]
        fn writes_what_the_crate_writes(kid: u64, counter: u64, shift in 0..64, other in 0..64) {
            let (kid, counter) = (kid >> shift, counter >> other);
            let ours = Header::new(kid, counter);
            let theirs = Vec::from(&SframeHeader::new(kid, counter));
            prop_assert_eq!(ours.as_slice(), theirs.as_slice());
        }

        #[test]
        fn reads_what_the_crate_reads(frame in proptest::collection::vec(any::<u8>(), 0..24)) {
            let theirs = SframeHeader::deserialize(&frame).ok().map(|header| (header.key_id(), header.counter()));
            prop_assert_eq!(read(&frame).map(|(kid, counter, _)| (kid, counter)), theirs);
        }
    }
}
