//! Sound that was sealed a moment ago, to be sent again as it was.
//!
//! **Invariant:** what is sent again is byte for byte what was sent. Sound has no repair stream of its own (no browser offers one), so it
//! comes again under its own number, and that number is the nonce of the hop's encryption: sealing the packet anew, with another
//! transport-wide number or other padding, would put two texts under one nonce.

/// Packets kept of one section: a third of a second. What is older comes too late to be heard.
const KEPT: usize = 16;

/// The last sealed packets of one section.
#[derive(Default)]
pub(crate) struct SealedSound {
    packets: Vec<Kept>,
    next: usize,
}

struct Kept {
    sequence: u16,
    bytes: Vec<u8>,
}

impl SealedSound {
    /// Keeps a packet, in the place of the oldest. Allocates for the first few only.
    pub(crate) fn keep(&mut self, sequence: u16, sealed: &[u8]) {
        if self.packets.len() < KEPT {
            self.packets.push(Kept { sequence, bytes: sealed.to_vec() });
            return;
        }
        if let Some(kept) = self.packets.get_mut(self.next) {
            kept.sequence = sequence;
            kept.bytes.clear();
            kept.bytes.extend_from_slice(sealed);
        }
        self.next = (self.next + 1) % KEPT;
    }

    /// The packet that left under this number, if it is still kept.
    pub(crate) fn find(&self, sequence: u16) -> Option<&[u8]> {
        self.packets.iter().find(|kept| kept.sequence == sequence).map(|kept| kept.bytes.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_packets_are_kept_as_they_were() {
        let mut sound = SealedSound::default();
        for number in 0..100u16 {
            sound.keep(number.wrapping_add(65_500), &[number as u8; 120]);
        }
        for number in 0..100u16 {
            let expected = (number >= 84).then(|| vec![number as u8; 120]);
            assert_eq!(sound.find(number.wrapping_add(65_500)).map(<[u8]>::to_vec), expected, "{number}");
        }
    }
}
