//! RTCP: reports (RFC 3550 §6.4), arrivals, NACK, PLI (RFC 4585 §6) and FIR (RFC 5104 §4.3.1), read from and appended to compound packets.
//!
//! **Invariant:** any bytes give items or end the reading; nothing is allocated for reading. What is not listed here is passed over.

use super::arrival_report::ArrivalReport;
use super::rtp::{u16_at, u32_at};

/// SSRC under which the host speaks in feedback. No media has it.
pub(crate) const OUR_SSRC: u32 = 1;

/// The sender's clocks at one moment (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SenderInfo {
    /// NTP time, 32.32 fixed point seconds.
    pub(crate) ntp: u64,
    /// The same moment on the RTP clock.
    pub(crate) rtp: u32,
}

/// What a receiver says about one stream (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReportBlock {
    /// The stream.
    pub(crate) ssrc: u32,
    /// Lost since the last report, in 256ths.
    pub(crate) fraction_lost: u8,
    /// Lost since the beginning.
    pub(crate) lost: u32,
    /// Highest sequence number, with the number of turns above it.
    pub(crate) highest: u32,
    /// Interarrival jitter in timestamp units.
    pub(crate) jitter: u32,
    /// Middle 32 bits of the last sender report's NTP time.
    pub(crate) last_report: u32,
    /// Time since then, in 65,536ths of a second.
    pub(crate) delay: u32,
}

/// One thing said in a compound packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    /// A sender's clocks.
    Sender(u32, SenderInfo),
    /// A receiver's view of one stream.
    Block(ReportBlock),
    /// Sequence numbers of `ssrc` that are missing.
    Nack(u32, Missing<'a>),
    /// When packets with transport-wide numbers arrived.
    Arrivals(ArrivalReport<'a>),
    /// A key frame of this SSRC is needed.
    KeyFrame(u32),
}

/// The numbers of a generic NACK (RFC 4585 §6.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Missing<'a>(&'a [u8]);

impl Missing<'_> {
    /// Each number.
    pub(crate) fn numbers(self) -> impl Iterator<Item = u16> {
        let pairs = self.0.chunks_exact(4).map(|pair| {
            let word = u32_at(pair, 0).unwrap_or_default();
            ((word >> 16) as u16, word as u16)
        });
        pairs.flat_map(|(first, mask)| {
            let rest = (0..16).filter(move |bit| mask >> bit & 1 == 1).map(move |bit| first.wrapping_add(bit + 1));
            core::iter::once(first).chain(rest)
        })
    }
}

/// Calls `each` for everything in a compound packet.
pub(crate) fn read<'a>(mut compound: &'a [u8], mut each: impl FnMut(Item<'a>)) {
    while let Some(words) = u16_at(compound, 2) {
        let Some((packet, rest)) = compound.split_at_checked(4 + 4 * usize::from(words)) else { return };
        if packet[0] >> 6 != 2 {
            return;
        }
        let _ = read_one(packet, &mut each);
        compound = rest;
    }
}

fn read_one<'a>(packet: &'a [u8], each: &mut impl FnMut(Item<'a>)) -> Option<()> {
    let (count, kind) = (packet.first()? & 31, *packet.get(1)?);
    match (kind, count) {
        (200, _) => {
            let ntp = u64::from(u32_at(packet, 8)?) << 32 | u64::from(u32_at(packet, 12)?);
            each(Item::Sender(u32_at(packet, 4)?, SenderInfo { ntp, rtp: u32_at(packet, 16)? }));
            blocks(packet.get(28..)?, count, each);
        }
        (201, _) => blocks(packet.get(8..)?, count, each),
        (205, 1) => each(Item::Nack(u32_at(packet, 8)?, Missing(packet.get(12..)?))),
        (205, 15) => each(Item::Arrivals(ArrivalReport::read(packet)?)),
        (206, 1) => each(Item::KeyFrame(u32_at(packet, 8)?)),
        (206, 4) => {
            for entry in packet.get(12..)?.chunks_exact(8) {
                each(Item::KeyFrame(u32_at(entry, 0)?));
            }
        }
        _ => {}
    }
    Some(())
}

fn blocks<'a>(bytes: &'a [u8], count: u8, each: &mut impl FnMut(Item<'a>)) {
    for block in bytes.chunks_exact(24).take(count.into()) {
        let word = |at| u32_at(block, at).unwrap_or_default();
        each(Item::Block(ReportBlock {
            ssrc: word(0),
            fraction_lost: (word(4) >> 24) as u8,
            lost: word(4) & 0x00ff_ffff,
            highest: word(8),
            jitter: word(12),
            last_report: word(16),
            delay: word(20),
        }));
    }
}

/// Length in bytes of the packet that begins at `at`, as its header says; `None` when it is not there as a whole.
pub(crate) fn length_at(compound: &[u8], at: usize) -> Option<usize> {
    let length = 4 + 4 * usize::from(u16_at(compound, at + 2)?);
    compound.get(at..at + length).map(<[u8]>::len)
}

fn header(to: &mut Vec<u8>, count: u8, kind: u8, words: usize, ssrc: u32) {
    to.push(0x80 | count & 31);
    to.push(kind);
    to.extend_from_slice(&(words as u16).to_be_bytes());
    to.extend_from_slice(&ssrc.to_be_bytes());
}

/// Appends a sender report without blocks.
pub(crate) fn write_sender_report(to: &mut Vec<u8>, ssrc: u32, info: SenderInfo, packets: u32, octets: u32) {
    header(to, 0, 200, 6, ssrc);
    to.extend_from_slice(&info.ntp.to_be_bytes());
    for word in [info.rtp, packets, octets] {
        to.extend_from_slice(&word.to_be_bytes());
    }
}

/// Appends a receiver report of up to 31 blocks.
pub(crate) fn write_receiver_report(to: &mut Vec<u8>, blocks: &[ReportBlock]) {
    let blocks = blocks.get(..31).unwrap_or(blocks);
    header(to, blocks.len() as u8, 201, 1 + 6 * blocks.len(), OUR_SSRC);
    for block in blocks {
        let lost = u32::from(block.fraction_lost) << 24 | block.lost.min(0x007f_ffff);
        for word in [block.ssrc, lost, block.highest, block.jitter, block.last_report, block.delay] {
            to.extend_from_slice(&word.to_be_bytes());
        }
    }
}

/// Appends a request for a key frame.
pub(crate) fn write_pli(to: &mut Vec<u8>, media: u32) {
    header(to, 1, 206, 2, OUR_SSRC);
    to.extend_from_slice(&media.to_be_bytes());
}

/// Appends a request for the packets with these numbers, ascending.
pub(crate) fn write_nack(to: &mut Vec<u8>, media: u32, numbers: &[u16]) {
    let mut pairs: Vec<(u16, u16)> = Vec::new();
    for &number in numbers {
        match pairs.last_mut() {
            Some((first, mask)) if (1..=16).contains(&number.wrapping_sub(*first)) => {
                *mask |= 1 << (number.wrapping_sub(*first) - 1)
            }
            Some((first, _)) if number == *first => {}
            _ => pairs.push((number, 0)),
        }
    }
    header(to, 1, 205, 2 + pairs.len(), OUR_SSRC);
    to.extend_from_slice(&media.to_be_bytes());
    for (first, mask) in pairs {
        to.extend_from_slice(&first.to_be_bytes());
        to.extend_from_slice(&mask.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rtc_rtcp::packet::unmarshal;

    fn items(bytes: &[u8]) -> Vec<Item<'_>> {
        let mut found = Vec::new();
        read(bytes, |item| found.push(item));
        found
    }

    #[test]
    fn what_is_written_is_read_here_and_by_rtc_rtcp() {
        let mut bytes = Vec::new();
        let block = ReportBlock { ssrc: 5, fraction_lost: 26, lost: 3, highest: 70_000, jitter: 9, last_report: 1, delay: 2 };
        let info = SenderInfo { ntp: 0x0102_0304_0506_0708, rtp: 9 };
        write_sender_report(&mut bytes, 77, info, 10, 1_000);
        write_receiver_report(&mut bytes, &[block]);
        write_pli(&mut bytes, 8);
        write_nack(&mut bytes, 9, &[65_535, 0, 15, 40]);
        let found = items(&bytes);
        assert_eq!(found[..3], [Item::Sender(77, info), Item::Block(block), Item::KeyFrame(8)]);
        let Item::Nack(9, missing) = found[3] else { panic!("no NACK") };
        assert_eq!(missing.numbers().collect::<Vec<_>>(), [65_535, 0, 15, 40]);
        let theirs = unmarshal(&mut bytes.as_slice()).unwrap();
        assert_eq!(theirs.len(), 4);
        let nack =
            theirs[3].as_any().downcast_ref::<rtc_rtcp::transport_feedbacks::transport_layer_nack::TransportLayerNack>().unwrap();
        assert_eq!(nack.nacks.iter().flat_map(|pair| pair.packet_list()).collect::<Vec<_>>(), [65_535, 0, 15, 40]);
    }

    #[test]
    fn extended_reports_and_strangers_are_passed_over() {
        let mut bytes = Vec::new();
        write_pli(&mut bytes, 8);
        // XR (RFC 3611) with a receiver reference time, then a type nobody has.
        bytes.extend([0x80, 207, 0, 4, 0, 0, 0, 1, 4, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0, 9, 0x9f, 222, 0, 0]);
        write_pli(&mut bytes, 9);
        assert_eq!(items(&bytes), [Item::KeyFrame(8), Item::KeyFrame(9)]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
            read(&bytes, |item| if let Item::Nack(_, missing) = item {
                assert!(missing.numbers().count() <= bytes.len() * 5);
            });
        }
    }
}
