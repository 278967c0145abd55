//! Transport-wide arrival reports (draft-holmer-rmcat-transport-wide-cc-extensions-01): the browser estimates its uplink from them.
//!
//! **Invariant:** a number is reported in order, and again only when one before it came after its report: what was jittered is no loss.

use super::rtcp::OUR_SSRC;
use super::rtp::Unwrapper;
use crate::core::time::Time;
use std::collections::VecDeque;
use std::time::Duration;

/// How long arrivals are gathered. Browsers' own receivers send every 50–250 ms; shorter costs uplink, longer makes the estimate slow.
pub(crate) const INTERVAL: Duration = Duration::from_millis(50);
/// Numbers kept, reported ones too. Above it the oldest are given up.
const SPAN: u64 = 512;
/// How long reported arrivals are kept for what may still come before them. Longer reports the same again and again on a jittery path.
const KEPT: Duration = Duration::from_millis(500);
/// Unit of arrival times, microseconds.
const TICK: u64 = 250;
/// Unit of the reference time, in ticks (64 ms).
const REFERENCE: u64 = 256;

/// Arrival times by transport-wide number.
#[derive(Default)]
pub(crate) struct Arrivals {
    unwrapper: Unwrapper,
    base: u64,
    times: VecDeque<Option<Time>>,
    /// How many of them have been reported.
    reported: usize,
    since: Option<Time>,
    reports: u8,
}

impl Arrivals {
    /// A packet with this number arrived.
    pub(crate) fn record(&mut self, now: Time, sequence: u16) {
        let number = self.unwrapper.guess(sequence);
        self.unwrapper.commit(number);
        if self.base == 0 || number >= self.base + 4 * SPAN {
            self.times.clear();
            (self.base, self.reported) = (number, 0);
        }
        let Some(index) = number.checked_sub(self.base).and_then(|index| usize::try_from(index).ok()) else { return };
        while self.times.len() <= index {
            self.times.push_back(None);
        }
        while self.times.len() as u64 > SPAN {
            self.forget_first();
        }
        let place = number.checked_sub(self.base).map(|index| index as usize);
        if let Some((place, time)) = place.and_then(|place| Some((place, self.times.get_mut(place)?)))
            && time.is_none()
        {
            *time = Some(now);
            self.reported = self.reported.min(place);
            self.since.get_or_insert(now);
        }
    }

    fn forget_first(&mut self) {
        self.times.pop_front();
        self.base += 1;
        self.reported = self.reported.saturating_sub(1);
    }

    /// When the next report is due.
    pub(crate) fn due(&self) -> Option<Time> {
        self.since.map(|since| since + INTERVAL)
    }

    /// Appends the report of everything since the last one, and of what stands behind a late one. `media` is any SSRC of the peer.
    pub(crate) fn write(&mut self, media: u32, to: &mut Vec<u8>) {
        self.since = None;
        let fresh = || self.times.iter().skip(self.reported);
        let Some(first) = fresh().flatten().min().map(|time| time.as_micros() / TICK) else { return };
        let newest = fresh().flatten().max().copied().unwrap_or_default();
        let reference = first / REFERENCE;
        let mut last = reference * REFERENCE;
        let (mut symbols, mut deltas) = (Vec::with_capacity(self.times.len()), Vec::new());
        for time in fresh() {
            let Some(time) = time.map(|time| time.as_micros() / TICK) else {
                symbols.push(0u8);
                continue;
            };
            let delta = time as i64 - last as i64;
            if let Ok(small) = u8::try_from(delta) {
                symbols.push(1);
                deltas.push(small);
            } else if let Ok(large) = i16::try_from(delta) {
                symbols.push(2);
                deltas.extend_from_slice(&large.to_be_bytes());
            } else {
                break;
            }
            last = time;
        }
        self.append((media, self.base + self.reported as u64), reference, &symbols, &deltas, to);
        self.reported += symbols.len();
        while self.reported > 0 && self.times.front().is_some_and(|time| time.is_none_or(|time| newest - time > KEPT)) {
            self.forget_first();
        }
    }

    fn append(&mut self, (media, base): (u32, u64), reference: u64, symbols: &[u8], deltas: &[u8], to: &mut Vec<u8>) {
        let start = to.len();
        to.extend_from_slice(&[0x80 | 15, 205, 0, 0]);
        to.extend_from_slice(&OUR_SSRC.to_be_bytes());
        to.extend_from_slice(&media.to_be_bytes());
        to.extend_from_slice(&(base as u16).to_be_bytes());
        to.extend_from_slice(&(symbols.len() as u16).to_be_bytes());
        to.extend_from_slice(&((reference as u32) << 8 | u32::from(self.reports)).to_be_bytes());
        self.reports = self.reports.wrapping_add(1);
        write_chunks(symbols, to);
        to.extend_from_slice(deltas);
        let padding = (4 - (to.len() - start) % 4) % 4;
        if padding > 0 {
            to.resize(to.len() + padding, 0);
            if let Some(last) = to.last_mut() {
                *last = padding as u8;
            }
            to[start] |= 0x20;
        }
        let words = ((to.len() - start) / 4 - 1) as u16;
        to[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
    }
}

/// Runs of eight and more as run lengths, the rest as vectors of seven two-bit symbols (§3.1.3, §3.1.4).
fn write_chunks(mut symbols: &[u8], to: &mut Vec<u8>) {
    while let Some(&first) = symbols.first() {
        let run = symbols.iter().take_while(|&&symbol| symbol == first).count().min(0x1fff);
        let (chunk, taken) = if run >= 8 {
            (u16::from(first) << 13 | run as u16, run)
        } else {
            let vector = symbols
                .iter()
                .take(7)
                .enumerate()
                .fold(0xc000, |chunk, (at, &symbol)| chunk | u16::from(symbol) << (12 - 2 * at));
            (vector, symbols.len().min(7))
        };
        to.extend_from_slice(&chunk.to_be_bytes());
        symbols = &symbols[taken..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rtc_rtcp::packet::unmarshal;
    use rtc_rtcp::transport_feedbacks::transport_layer_cc::{PacketStatusChunk, SymbolTypeTcc, TransportLayerCc};

    /// (number, received) and the deltas in microseconds, as rtc-rtcp reads them.
    fn read(bytes: &[u8]) -> (Vec<(u16, bool)>, Vec<i64>) {
        let packets = unmarshal(&mut &bytes[..]).unwrap();
        let report = packets[0].as_any().downcast_ref::<TransportLayerCc>().unwrap();
        let mut symbols = Vec::new();
        for chunk in &report.packet_chunks {
            match chunk {
                PacketStatusChunk::RunLengthChunk(run) => {
                    symbols.extend(std::iter::repeat_n(run.packet_status_symbol, run.run_length.into()));
                }
                PacketStatusChunk::StatusVectorChunk(vector) => symbols.extend(vector.symbol_list.iter().copied()),
            }
        }
        let numbers = (0..report.packet_status_count).map(|i| report.base_sequence_number.wrapping_add(i));
        let statuses =
            numbers.zip(symbols).map(|(number, symbol)| (number, symbol != SymbolTypeTcc::PacketNotReceived)).collect();
        (statuses, report.recv_deltas.iter().map(|delta| delta.delta).collect())
    }

    #[test]
    fn a_gap_is_reported_as_a_gap() {
        let mut arrivals = Arrivals::default();
        for (at, number) in [(1_000, 65_534), (1_010, 65_535), (1_030, 1)] {
            arrivals.record(Time::from_millis(at), number);
        }
        assert_eq!(arrivals.due(), Some(Time::from_millis(1_050)));
        let mut bytes = Vec::new();
        arrivals.write(7, &mut bytes);
        let (statuses, deltas) = read(&bytes);
        assert_eq!(statuses, [(65_534, true), (65_535, true), (0, false), (1, true)]);
        assert_eq!(deltas[1..], [10_000, 20_000]);
        assert_eq!(arrivals.due(), None);
    }

    #[test]
    fn nothing_is_reported_twice() {
        let mut arrivals = Arrivals::default();
        arrivals.record(Time::from_millis(1), 5);
        arrivals.write(7, &mut Vec::new());
        arrivals.record(Time::from_millis(2), 5);
        let mut bytes = Vec::new();
        arrivals.write(7, &mut bytes);
        assert!(bytes.is_empty());
    }

    #[test]
    fn what_comes_late_is_reported_late() {
        let mut arrivals = Arrivals::default();
        let mut report = |packets: &[(u64, u16)]| {
            packets.iter().for_each(|&(at, number)| arrivals.record(Time::from_millis(at), number));
            let mut bytes = Vec::new();
            arrivals.write(7, &mut bytes);
            read(&bytes).0
        };
        assert_eq!(report(&[(1_000, 1), (1_001, 2), (1_002, 4), (1_003, 5)]).iter().filter(|status| !status.1).count(), 1);
        assert_eq!(report(&[(1_100, 3), (1_101, 6)]), [(3, true), (4, true), (5, true), (6, true)]);
        assert_eq!(report(&[(1_200, 7)]), [(7, true)]);
    }

    proptest! {
        #[test]
        fn every_report_reads_back(packets in proptest::collection::vec((0u64..3_000_000, any::<u16>(), 0u16..20), 1..300)) {
            let mut arrivals = Arrivals::default();
            let mut now = Time::from_millis(100);
            let mut number = 0u16;
            for (wait, jump, step) in packets {
                now = now + Duration::from_micros(wait / 100);
                number = if step == 0 { jump } else { number.wrapping_add(step) };
                arrivals.record(now, number);
                let mut bytes = Vec::new();
                if arrivals.due().is_some_and(|due| due <= now) {
                    arrivals.write(7, &mut bytes);
                    if !bytes.is_empty() {
                        let (statuses, deltas) = read(&bytes);
                        prop_assert_eq!(statuses.iter().filter(|status| status.1).count(), deltas.len());
                        prop_assert!(bytes.len() < 2_000);
                    }
                }
            }
        }
    }
}
