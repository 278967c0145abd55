//! What one peer sends: its streams, told apart and put in order.
//!
//! **Invariant:** a stream is remembered only after a packet of it authenticated, and belongs from then on to the one section and layer its
//! `mid` and `rid` named; a sequence number is handed on once, whether it came as itself or as a repetition.

use super::codec::Codec;
use super::descriptor::{Frame, Structure};
use super::feedback::Arrivals;
use super::retransmission::Gaps;
use super::rtcp::{self, ReportBlock, SenderInfo};
use super::rtp::{Extensions, Header, Unwrapper, u16_at};
use super::sdp::{ExtensionIds, Format, Rid};
use super::slab::Key;
use super::srtp::{Opener, ReplayWindow};
use crate::core::layers::Heights;
use crate::core::time::Time;
use wire::Mid;

/// Streams of one peer: two pictures of four layers with their repetitions and three sounds are 19.
pub(crate) const STREAMS: usize = 48;

/// One section in which the peer sends.
#[derive(Clone)]
pub(crate) struct Intake {
    /// Its name.
    pub(crate) mid: Mid,
    /// Where what it carries goes.
    pub(crate) source: Key,
    /// Codec and payload types.
    pub(crate) format: Format,
    /// Simulcast layers.
    pub(crate) rids: Vec<Rid>,
    /// SSRCs the offer named.
    pub(crate) announced: Vec<(u32, Option<u32>)>,
}

/// A packet that authenticated, is no repetition of one we had, and belongs somewhere.
pub(crate) struct Incoming<'a> {
    /// The source.
    pub(crate) source: Key,
    /// Its layer.
    pub(crate) layer: u8,
    /// Its SSRC.
    pub(crate) ssrc: u32,
    /// Unwrapped sequence number.
    pub(crate) number: u64,
    /// Timestamp.
    pub(crate) timestamp: u32,
    /// Marker.
    pub(crate) marker: bool,
    /// How the payload is described.
    pub(crate) codec: Codec,
    /// What the dependency descriptor says of the frame.
    pub(crate) frame: Option<Frame>,
    /// What it says of the heights of the stream's spatial layers.
    pub(crate) heights: Option<Heights>,
    /// It could not be read.
    pub(crate) malformed: bool,
    /// Payload without padding.
    pub(crate) payload: &'a [u8],
    /// The first packet of a stream that had not been seen.
    pub(crate) latched: bool,
}

struct Stream {
    ssrc: u32,
    intake: usize,
    source: Key,
    layer: u8,
    format: Format,
    repeats: bool,
    unwrapper: Unwrapper,
    replay: ReplayWindow,
    gaps: Gaps,
    statistics: Statistics,
    /// The structure that its dependency descriptors are read by.
    structure: Structure,
}

/// RFC 3550 §6.4.1 and appendix A.3, A.8.
#[derive(Default)]
struct Statistics {
    first: Option<u64>,
    received: u64,
    prior: (u64, u64),
    jitter: u32,
    transit: Option<u32>,
    report: Option<(u32, Time)>,
}

impl Statistics {
    fn arrived(&mut self, now: Time, number: u64, timestamp: u32, clock_rate: u32) {
        self.first.get_or_insert(number);
        self.received += 1;
        let arrival = (u128::from(now.as_micros()) * u128::from(clock_rate) / 1_000_000) as u32;
        let transit = arrival.wrapping_sub(timestamp);
        if let Some(before) = self.transit.replace(transit) {
            let distance = (transit.wrapping_sub(before) as i32).unsigned_abs().min(1 << 24);
            self.jitter = self.jitter.saturating_add(distance).saturating_sub((self.jitter + 8) >> 4);
        }
    }

    fn block(&mut self, now: Time, ssrc: u32, highest: u64) -> Option<ReportBlock> {
        let expected = highest.checked_sub(self.first?)? + 1;
        let (in_expected, in_received) = (expected - self.prior.0.min(expected), self.received - self.prior.1.min(self.received));
        self.prior = (expected, self.received);
        let fraction = in_expected.saturating_sub(in_received) * 256 / in_expected.max(1);
        let (last_report, delay) = self.report.map_or((0, 0), |(middle, at)| {
            (middle, u32::try_from((now - at).as_micros() * 65_536 / 1_000_000).unwrap_or(u32::MAX))
        });
        Some(ReportBlock {
            ssrc,
            fraction_lost: fraction.min(255) as u8,
            lost: expected.saturating_sub(self.received).min(0x7f_ffff) as u32,
            highest: (highest - (1 << 16)) as u32,
            jitter: self.jitter >> 4,
            last_report,
            delay,
        })
    }
}

/// Everything a peer sends.
#[derive(Default)]
pub(crate) struct Uplink {
    /// The sections.
    pub(crate) intakes: Vec<Intake>,
    /// The header extensions agreed on.
    pub(crate) ids: ExtensionIds,
    /// For transport-wide feedback.
    pub(crate) arrivals: Arrivals,
    streams: Vec<Stream>,
    /// The stream of the last packet: the next is often one of the same.
    recent: usize,
}

/// Where a new stream belongs.
struct Place {
    intake: usize,
    layer: u8,
    repeats: bool,
}

impl Uplink {
    /// Other sections from now on. Streams whose section, source or format changed are forgotten; `afresh` forgets all (another PeerConnection).
    pub(crate) fn configure(&mut self, intakes: Vec<Intake>, ids: ExtensionIds, afresh: bool) {
        self.streams.retain_mut(|stream| {
            let now_at = intakes.iter().position(|intake| intake.source == stream.source && intake.format == stream.format);
            let same_rids = now_at.and_then(|at| intakes.get(at)).map(|intake| &intake.rids)
                == self.intakes.get(stream.intake).map(|intake| &intake.rids);
            stream.intake = now_at.unwrap_or(0);
            now_at.is_some() && same_rids && !afresh
        });
        if afresh {
            self.arrivals = Arrivals::default();
        }
        self.recent = 0;
        self.intakes = intakes;
        self.ids = ids;
    }

    /// Opens and places one SRTP packet.
    pub(crate) fn receive<'a>(&mut self, now: Time, opener: &mut Opener, packet: &'a mut [u8]) -> Option<Incoming<'a>> {
        let header = Header::read(packet)?;
        let known = self.stream(header.ssrc);
        let number = match known.and_then(|at| self.streams.get(at)) {
            Some(stream) => {
                let number = stream.unwrapper.guess(header.sequence);
                // A repetition may have brought the number already; that is no reason not to authenticate the packet itself.
                Some(number).filter(|&number| stream.repeats || stream.replay.admits(number))?
            }
            None => Unwrapper::default().guess(header.sequence),
        };
        let length = opener.open_rtp(&header, number, packet)?;
        let packet: &'a [u8] = packet.get(..length)?;
        let (at, latched) = match known {
            Some(at) => (at, false),
            None => (self.latch(&header, packet)?, true),
        };
        let (mut frame, mut heights, mut malformed) = (None, None, false);
        for (id, value) in Extensions::of(packet) {
            if Some(id) == self.ids.transport_cc {
                self.arrivals.record(now, u16_at(value, 0).unwrap_or_default());
            } else if Some(id) == self.ids.dependency {
                let structure = self.streams.get_mut(at).filter(|stream| !stream.repeats).map(|stream| &mut stream.structure);
                match structure.map(|structure| structure.read(value)) {
                    Some(Some(read)) => (frame, heights) = (read.frame, read.heights),
                    Some(None) => malformed = true,
                    None => {}
                }
            }
        }
        let payload = header.payload(packet)?;
        let incoming = self.place(now, at, number, &header, payload)?;
        Some(Incoming { frame, heights, malformed, latched, ..incoming })
    }

    /// True when this SSRC is one of the peer's streams.
    pub(crate) fn sends(&self, ssrc: u32) -> bool {
        self.streams.iter().any(|stream| stream.ssrc == ssrc)
    }

    fn stream(&mut self, ssrc: u32) -> Option<usize> {
        if self.streams.get(self.recent).is_some_and(|stream| stream.ssrc == ssrc) {
            return Some(self.recent);
        }
        self.recent = self.streams.iter().position(|stream| stream.ssrc == ssrc)?;
        Some(self.recent)
    }

    /// Gives a new SSRC its place, by its extensions, by what the offer announced, or by being the only one possible.
    fn latch(&mut self, header: &Header, packet: &[u8]) -> Option<usize> {
        let place = self.locate(header, packet)?;
        let intake = self.intakes.get(place.intake)?;
        let stream = Stream {
            ssrc: header.ssrc,
            intake: place.intake,
            source: intake.source,
            layer: place.layer,
            format: intake.format,
            repeats: place.repeats,
            unwrapper: Unwrapper::default(),
            replay: ReplayWindow::default(),
            gaps: Gaps::default(),
            statistics: Statistics::default(),
            structure: Structure::default(),
        };
        // A browser that takes a new SSRC for a layer has left the old one.
        self.streams.retain(|old| (old.source, old.layer, old.repeats) != (stream.source, stream.layer, stream.repeats));
        if self.streams.len() >= STREAMS {
            self.streams.remove(0);
        }
        self.streams.push(stream);
        self.recent = self.streams.len() - 1;
        Some(self.recent)
    }

    fn locate(&self, header: &Header, packet: &[u8]) -> Option<Place> {
        let (mut mid, mut rid, mut repaired) = (None, None, None);
        for (id, value) in Extensions::of(packet) {
            let text = core::str::from_utf8(value).ok();
            if Some(id) == self.ids.mid {
                mid = text;
            } else if Some(id) == self.ids.rid {
                rid = text;
            } else if Some(id) == self.ids.repaired_rid {
                repaired = text;
            }
        }
        let carries =
            |intake: &Intake| [Some(intake.format.payload_type), intake.format.rtx].contains(&Some(header.payload_type));
        let announces =
            |intake: &Intake| intake.announced.iter().any(|&(media, rtx)| media == header.ssrc || rtx == Some(header.ssrc));
        let at = match mid {
            Some(mid) => self.intakes.iter().position(|intake| intake.mid.0 == mid)?,
            None => self.intakes.iter().position(announces).or_else(|| {
                let mut possible = self.intakes.iter().enumerate().filter(|(_, intake)| carries(intake));
                possible.next().filter(|_| possible.next().is_none()).map(|(at, _)| at)
            })?,
        };
        let intake = self.intakes.get(at).filter(|intake| carries(intake))?;
        let repeats = intake.format.rtx == Some(header.payload_type);
        let layer = if intake.rids.is_empty() {
            0
        } else {
            let name = if repeats { repaired.or(rid) } else { rid }?;
            intake.rids.iter().position(|rid| rid.0 == name)?
        };
        Some(Place { intake: at, layer: u8::try_from(layer).ok()?, repeats })
    }

    /// Counts the packet, and unwraps it if it is a repetition (RFC 4588 §4: the original number in front of the payload).
    fn place<'a>(&mut self, now: Time, at: usize, number: u64, header: &Header, payload: &'a [u8]) -> Option<Incoming<'a>> {
        let stream = self.streams.get_mut(at)?;
        if stream.repeats {
            if !stream.replay.admits(number) {
                return None;
            }
            stream.replay.commit(number);
            stream.unwrapper.commit(number);
            let (source, layer) = (stream.source, stream.layer);
            let original =
                self.streams.iter_mut().find(|other| !other.repeats && (other.source, other.layer) == (source, layer))?;
            let sequence = u16_at(payload, 0)?;
            return original.take(now, original.unwrapper.guess(sequence), header, payload.get(2..)?);
        }
        if header.payload_type != stream.format.payload_type {
            return None;
        }
        stream.statistics.arrived(now, number, header.timestamp, stream.format.codec.clock_rate());
        stream.take(now, number, header, payload)
    }

    /// A sender report: the source and layer it is about.
    pub(crate) fn sender_report(&mut self, now: Time, ssrc: u32, info: SenderInfo) -> Option<(Key, u8)> {
        let stream = self.streams.iter_mut().find(|stream| stream.ssrc == ssrc && !stream.repeats)?;
        stream.statistics.report = Some(((info.ntp >> 16) as u32, now));
        Some((stream.source, stream.layer))
    }

    /// Appends a receiver report about every stream. How many packets should have come since the last one, and how many of them have not.
    pub(crate) fn report(&mut self, now: Time, to: &mut Vec<u8>) -> (u64, u64) {
        let before = self.tally();
        let block = |stream: &mut Stream| stream.statistics.block(now, stream.ssrc, stream.unwrapper.highest()?);
        let blocks: Vec<ReportBlock> = self.streams.iter_mut().filter(|stream| !stream.repeats).filter_map(block).collect();
        if !blocks.is_empty() {
            rtcp::write_receiver_report(to, &blocks);
        }
        let after = self.tally();
        let (due, come) = (after.0 - before.0, after.1 - before.1);
        (due, due.saturating_sub(come))
    }

    /// Packets that were due and that had come when the streams were last reported on.
    fn tally(&self) -> (u64, u64) {
        let reported = self.streams.iter().filter(|stream| !stream.repeats).map(|stream| stream.statistics.prior);
        reported.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
    }

    /// Appends requests for what is missing.
    pub(crate) fn ask_for_missing(&mut self, now: Time, to: &mut Vec<u8>) {
        let mut numbers = Vec::new();
        for stream in &mut self.streams {
            numbers.clear();
            stream.gaps.ask(now, &mut numbers);
            if !numbers.is_empty() {
                rtcp::write_nack(to, stream.ssrc, &numbers);
            }
        }
    }

    /// When [`Uplink::ask_for_missing`] has something to say.
    pub(crate) fn missing_due(&self) -> Option<Time> {
        self.streams.iter().filter_map(|stream| stream.gaps.due()).min()
    }

    /// Any SSRC of the peer, for feedback about the whole.
    pub(crate) fn any_ssrc(&self) -> Option<u32> {
        self.streams.first().map(|stream| stream.ssrc)
    }
}

impl Stream {
    fn take<'a>(&mut self, now: Time, number: u64, header: &Header, payload: &'a [u8]) -> Option<Incoming<'a>> {
        if !self.replay.admits(number) {
            return None;
        }
        self.replay.commit(number);
        // Sound has no repair stream: what is asked for comes again as itself.
        if self.format.rtx.is_some() || self.format.codec == Codec::Opus {
            self.gaps.arrived(now, number, self.unwrapper.highest());
        }
        self.unwrapper.commit(number);
        Some(Incoming {
            source: self.source,
            layer: self.layer,
            ssrc: self.ssrc,
            number,
            timestamp: header.timestamp,
            marker: header.marker,
            codec: self.format.codec,
            frame: None,
            heights: None,
            malformed: false,
            payload,
            latched: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::transport::slab::Slab;
    use crate::core::transport::srtp::{Profile, Sealer};
    use std::sync::Arc;

    const VP8: Format = Format { codec: Codec::Vp8, payload_type: 96, rtx: Some(97) };
    const OPUS: Format = Format { codec: Codec::Opus, payload_type: 111, rtx: None };

    struct Bench {
        uplink: Uplink,
        opener: Opener,
        sealer: Sealer,
        camera: Key,
        sound: Key,
    }

    fn bench() -> Bench {
        let provider: Arc<dyn rtc_crypto::RTCCryptoProvider> = Arc::new(rtc_crypto::providers::RingProvider::default());
        let material = [7; 56];
        let (opener, _) = Profile::Gcm.keys(&material, true, &provider).unwrap();
        let (_, sealer) = Profile::Gcm.keys(&material, false, &provider).unwrap();
        let mut slab = Slab::default();
        let (sound, camera) = (slab.insert(()), slab.insert(()));
        let rids = ["q", "h"].map(|rid| Rid(rid.into())).to_vec();
        let intakes = vec![
            Intake { mid: Mid("0".into()), source: sound, format: OPUS, rids: Vec::new(), announced: vec![(5, None)] },
            Intake { mid: Mid("1".into()), source: camera, format: VP8, rids, announced: Vec::new() },
        ];
        let ids = ExtensionIds { mid: Some(4), rid: Some(10), repaired_rid: Some(11), ..ExtensionIds::default() };
        let mut uplink = Uplink::default();
        uplink.configure(intakes, ids, true);
        Bench { uplink, opener, sealer, camera, sound }
    }

    impl Bench {
        /// Source, layer and number of what is made of a packet.
        fn send(
            &mut self,
            ssrc: u32,
            payload_type: u8,
            number: u64,
            extensions: &[(u8, &str)],
            payload: &[u8],
        ) -> Option<(Key, u8, u64)> {
            let mut packet = vec![0x90, payload_type];
            packet.extend_from_slice(&(number as u16).to_be_bytes());
            packet.extend_from_slice(&[0, 0, 0, 9]);
            packet.extend_from_slice(&ssrc.to_be_bytes());
            let mut block: Vec<u8> = Vec::new();
            for (id, value) in extensions {
                block.push(id << 4 | (value.len() as u8 - 1));
                block.extend_from_slice(value.as_bytes());
            }
            block.resize(block.len().next_multiple_of(4), 0);
            packet.extend_from_slice(&[0xbe, 0xde, 0, (block.len() / 4) as u8]);
            packet.extend_from_slice(&block);
            let header = packet.len();
            packet.extend_from_slice(payload);
            self.sealer.seal_rtp_behind(header, (ssrc, number), &mut packet).unwrap();
            let incoming = self.uplink.receive(Time::ZERO, &mut self.opener, &mut packet)?;
            Some((incoming.source, incoming.layer, incoming.number))
        }
    }

    const FIRST: u64 = 1 << 16;

    #[test]
    fn a_stream_keeps_its_layer_when_the_extensions_cease() {
        let mut bench = bench();
        let camera = bench.camera;
        assert_eq!(bench.send(70, 96, FIRST, &[(4, "1"), (10, "h")], b"x"), Some((camera, 1, FIRST)));
        assert_eq!(bench.send(70, 96, FIRST + 1, &[], b"x"), Some((camera, 1, FIRST + 1)));
    }

    #[test]
    fn what_names_no_known_section_or_layer_goes_nowhere() {
        let mut bench = bench();
        assert_eq!(bench.send(70, 96, FIRST, &[(4, "1")], b"x"), None, "no layer");
        assert_eq!(bench.send(70, 96, FIRST, &[(4, "1"), (10, "z")], b"x"), None);
        assert_eq!(bench.send(70, 96, FIRST, &[(4, "9"), (10, "q")], b"x"), None);
        assert_eq!(bench.send(70, 100, FIRST, &[(4, "1"), (10, "q")], b"x"), None, "another payload type");
        assert!(bench.uplink.any_ssrc().is_none(), "nothing is remembered");
    }

    #[test]
    fn sound_is_known_by_its_announced_source_or_by_being_the_only_one() {
        let mut bench = bench();
        let sound = bench.sound;
        assert_eq!(bench.send(5, 111, FIRST, &[], b"x"), Some((sound, 0, FIRST)));
        assert_eq!(bench.send(6, 111, FIRST, &[], b"x"), Some((sound, 0, FIRST)));
    }

    #[test]
    fn a_repetition_takes_the_place_of_what_was_lost_and_comes_once() {
        let mut bench = bench();
        let camera = bench.camera;
        for number in [FIRST + 100, FIRST + 102] {
            bench.send(70, 96, number, &[(4, "1"), (10, "q")], b"x").unwrap();
        }
        let again = [0, 101, 0xaa];
        assert_eq!(bench.send(71, 97, FIRST, &[(4, "1"), (11, "q")], &again), Some((camera, 0, FIRST + 101)));
        assert_eq!(bench.send(71, 97, FIRST + 1, &[], &again), None);
        assert_eq!(bench.send(70, 96, FIRST + 101, &[], b"x"), None, "the original comes too late");
    }

    #[test]
    fn many_sources_push_the_oldest_out() {
        let mut bench = bench();
        for ssrc in 100..400 {
            bench.send(ssrc, 96, FIRST, &[(4, "1"), (10, "q")], b"x");
        }
        assert!(bench.uplink.streams.len() <= STREAMS);
    }

    #[test]
    fn loss_is_reported_in_256ths() {
        let mut bench = bench();
        for number in (0..100).filter(|number| number % 4 != 3) {
            bench.send(70, 96, FIRST + number, &[(4, "1"), (10, "q")], b"x");
        }
        let mut report = Vec::new();
        bench.uplink.report(Time::from_millis(1), &mut report);
        let mut blocks = Vec::new();
        rtcp::read(&report, |item| blocks.push(item));
        let [rtcp::Item::Block(block)] = blocks.as_slice() else { panic!("one block") };
        assert_eq!((block.ssrc, block.lost, block.highest), (70, 24, 98));
        assert!((60..64).contains(&block.fraction_lost));
    }
}
