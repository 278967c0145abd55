//! Reading a receiver's transport-wide arrival reports (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1); `feedback.rs` writes ours.
//!
//! **Invariant:** any bytes give statuses or end the reading; nothing is allocated, and no more than [`STATUSES`] come of one report,
//! however many it claims.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! |V=2|P| FMT=15  |    PT=205     |             length            |
//! |                     SSRC of packet sender                     |
//! |                      SSRC of media source                     |
//! |      base sequence number     |      packet status count      |
//! |                 reference time                | fb pkt. count |
//! |          packet chunk         |          packet chunk         |
//! |   … chunks …  | recv delta    | recv deltas … | padding       |
//! ```

use super::rtp::{u16_at, u32_at};

/// Statuses taken from one report. Four seconds of a fast stream; a few bytes can claim 65,535.
pub(crate) const STATUSES: usize = 4_096;
/// Unit of the reference time, microseconds.
const REFERENCE: i64 = 64_000;
/// Unit of the deltas, microseconds.
const TICK: i64 = 250;

/// One report where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ArrivalReport<'a> {
    base: u16,
    count: usize,
    reference: u32,
    chunks: &'a [u8],
    deltas: &'a [u8],
}

/// What a report says of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    /// The packet's transport-wide number.
    pub(crate) sequence: u16,
    /// Microseconds after the report's reference time at which it arrived; `None`: not yet, or never.
    pub(crate) arrived: Option<i64>,
}

impl<'a> ArrivalReport<'a> {
    /// Reads a whole RTCP packet of type 205, format 15. `None` when its chunks do not cover what it claims.
    pub(crate) fn read(packet: &'a [u8]) -> Option<Self> {
        let base = u16_at(packet, 12)?;
        let claimed = usize::from(u16_at(packet, 14)?);
        let reference = u32_at(packet, 16)? >> 8;
        let body = packet.get(20..)?;
        let (mut covered, mut end) = (0, 0);
        while covered < claimed {
            covered += Chunk(u16_at(body, end)?).length();
            end += 2;
        }
        let (chunks, deltas) = body.split_at_checked(end)?;
        Some(Self { base, count: claimed.min(STATUSES), reference, chunks, deltas })
    }

    /// The reference time in units of 64 ms, 24 bits.
    pub(crate) fn reference(self) -> u32 {
        self.reference
    }

    /// Statuses in the order of their numbers. Ends early when deltas are missing.
    pub(crate) fn statuses(self) -> impl Iterator<Item = Status> + 'a {
        let symbols = self.chunks.chunks_exact(2).flat_map(|chunk| Chunk(u16_at(chunk, 0).unwrap_or_default()).symbols());
        let (mut deltas, mut time) = (self.deltas, 0);
        symbols.take(self.count).zip(0u16..).map_while(move |(symbol, index)| {
            let arrived = match symbol {
                0 => None,
                1 => {
                    let (&small, rest) = deltas.split_first()?;
                    deltas = rest;
                    time += i64::from(small) * TICK;
                    Some(time)
                }
                _ => {
                    let large = u16_at(deltas, 0)? as i16;
                    deltas = deltas.get(2..)?;
                    time += i64::from(large) * TICK;
                    Some(time)
                }
            };
            Some(Status { sequence: self.base.wrapping_add(index), arrived })
        })
    }
}

/// A run length (§3.1.3) or a vector of 14 one-bit or seven two-bit symbols (§3.1.4).
#[derive(Clone, Copy)]
struct Chunk(u16);

impl Chunk {
    fn length(self) -> usize {
        match self.0 >> 14 {
            0 | 1 => usize::from(self.0 & 0x1fff).max(1),
            2 => 14,
            _ => 7,
        }
    }

    /// Symbols: 0 not received, 1 small delta, 2 large or negative delta. The reserved 3 is read as 2, as every receiver does.
    fn symbols(self) -> impl Iterator<Item = u16> {
        let Self(word) = self;
        (0..self.length()).map(move |at| match word >> 14 {
            0 | 1 => word >> 13 & 3,
            2 => word >> (13 - at) & 1,
            _ => word >> (12 - 2 * at) & 3,
        })
    }
}

/// Makes one time line of the reference times, which begin anew every twelve days.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ReferenceClock {
    last: Option<i64>,
}

impl ReferenceClock {
    /// The reference time in microseconds of the receiver's clock.
    pub(crate) fn micros(&mut self, reference: u32) -> i64 {
        let last = self.last.unwrap_or(i64::from(reference));
        // The nearest to the last one, of all that have these 24 bits.
        let step = (i64::from(reference) - last + (1 << 23)).rem_euclid(1 << 24) - (1 << 23);
        self.last = Some(last + step);
        (last + step) * REFERENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::time::Time;
    use crate::core::transport::feedback::Arrivals;
    use proptest::prelude::*;

    fn statuses(bytes: &[u8]) -> Vec<Status> {
        ArrivalReport::read(bytes).unwrap().statuses().collect()
    }

    #[test]
    fn what_we_write_is_what_we_read() {
        let mut arrivals = Arrivals::default();
        for (at, number) in [(640, 65_534), (650, 65_535), (900, 1), (890, 2)] {
            arrivals.record(Time::from_millis(at), number);
        }
        let mut bytes = Vec::new();
        arrivals.write(7, &mut bytes);
        let found: Vec<_> = statuses(&bytes).iter().map(|status| (status.sequence, status.arrived)).collect();
        assert_eq!(found, [(65_534, Some(0)), (65_535, Some(10_000)), (0, None), (1, Some(260_000)), (2, Some(250_000))]);
        assert_eq!(ArrivalReport::read(&bytes).unwrap().reference(), 10);
    }

    #[test]
    fn vectors_of_single_bits_are_read() {
        let mut bytes = vec![0x8f, 205, 0, 6, 0, 0, 0, 1, 0, 0, 0, 2, 0, 10, 0, 3, 0, 0, 1, 9];
        bytes.extend([0b1010_1000, 0, 4, 8, 0, 0]);
        let found: Vec<_> = statuses(&bytes).iter().map(|status| status.arrived).collect();
        assert_eq!(found, [Some(1_000), None, Some(3_000)]);
    }

    #[test]
    fn a_claim_without_chunks_is_refused_and_a_huge_one_is_cut() {
        let mut bytes = vec![0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 10, 0xff, 0xff, 0, 0, 1, 9];
        bytes.extend([0x1f, 0xff]);
        assert_eq!(ArrivalReport::read(&bytes), None);
        bytes.extend([0x1f, 0xff].repeat(8));
        assert_eq!(statuses(&bytes).len(), STATUSES);
    }

    #[test]
    fn the_clock_goes_on_over_its_turn() {
        let mut clock = ReferenceClock::default();
        let times: Vec<i64> = [0xff_fffe, 0xff_ffff, 1, 0, 0xff_ffff].map(|reference| clock.micros(reference) / REFERENCE).into();
        let steps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(steps, [1, 2, -1, -1]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some(report) = ArrivalReport::read(&bytes) {
                prop_assert!(report.statuses().count() <= STATUSES);
            }
        }
    }
}
