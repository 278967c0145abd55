//! What a decoder behind a section sees, whatever layers it is given, loses and gets late.

use super::*;
use crate::core::forwarding::Sources;
use crate::core::media::Seat;
use crate::core::transport::sdp::Rid;
use crate::core::transport::slab::Slab;
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use wire::{ParticipantId, RoomId, Track};

/// One frame as an encoder makes it: of one spatial layer.
#[derive(Clone, Debug)]
struct Frame {
    stream: u8,
    picture: usize,
    spatial: u8,
    temporal: u8,
    key: bool,
    /// Indices of the frames it is predicted from.
    needs: Vec<usize>,
    /// Payloads of its packets, by the layouts of RFC 7741 and RFC 9628.
    packets: Vec<Vec<u8>>,
}

/// An encoder of one or two VP8 streams of three temporal layers, or of one VP9 stream of three spatial and three temporal ones.
struct Encoder {
    codec: Codec,
    /// VP9: layers are predicted from smaller ones at key frames only (L3T3_KEY).
    only_key: bool,
    frames: Vec<Frame>,
    /// The last frame of each (stream, spatial, temporal) since the key frame.
    last: HashMap<(u8, u8, u8), usize>,
    /// Of each stream: pictures since the key frame, picture id, TL0PICIDX.
    streams: BTreeMap<u8, (usize, usize, u8)>,
}

impl Encoder {
    fn new(codec: Codec, only_key: bool) -> Self {
        Self { codec, only_key, frames: Vec::new(), last: HashMap::new(), streams: BTreeMap::new() }
    }

    /// One picture of a stream: all its spatial layers.
    fn picture(&mut self, stream: u8, key: bool, packets: usize) {
        let key = key || !self.streams.contains_key(&stream);
        let (count, id, tl0) = self.streams.entry(stream).or_insert((0, 0x7ff0 + usize::from(stream), 250));
        let in_pattern = if key { 0 } else { *count % 8 };
        *count = if key { 1 } else { *count + 1 };
        let temporal = [0, 2, 1, 2, 0, 2, 1, 2][in_pattern];
        // The second half of the pattern predicts from its own layer too: no place to begin.
        let sync = temporal > 0 && in_pattern < 3;
        *id += 1;
        *tl0 = tl0.wrapping_add(u8::from(temporal == 0));
        let picture = self.frames.last().map_or(5, |frame| frame.picture + 1);
        if key {
            self.last.retain(|(other, ..), _| *other != stream);
        }
        for spatial in 0..if self.codec == Codec::Vp9 { 3 } else { 1 } {
            let mut needs = Vec::new();
            if !key {
                let lower = if sync { 0..1 } else { 0..temporal + 1 };
                needs.extend(lower.filter_map(|temporal| self.last.get(&(stream, spatial, temporal)).copied()));
            }
            if spatial > 0 && (key || !self.only_key) {
                needs.push(self.frames.len() - 1);
            }
            let mut frame = Frame { stream, picture, spatial, temporal, key, needs, packets: Vec::new() };
            frame.packets = (0..packets).map(|at| self.payload(&frame, sync, (at == 0, at + 1 == packets))).collect();
            self.last.insert((stream, spatial, temporal), self.frames.len());
            self.frames.push(frame);
        }
    }

    fn payload(&self, frame: &Frame, sync: bool, (first, last): (bool, bool)) -> Vec<u8> {
        let (count, id, tl0) = self.streams[&frame.stream];
        let [high, low] = (id as u16 & 0x7fff | 0x8000).to_be_bytes();
        if self.codec == Codec::Vp8 {
            let indices = frame.temporal << 6 | u8::from(sync) << 5;
            let mut payload = vec![0x80 | u8::from(first) << 4, 0xe0, high, low, tl0, indices];
            payload.extend(first.then_some(if frame.key { 0x10 } else { 0x11 }));
            payload.push(0xaa);
            return payload;
        }
        let inter_layer = frame.spatial > 0 && (frame.key || !self.only_key);
        let flags = 0xa0 | u8::from(!frame.key) << 6 | u8::from(first) << 3 | u8::from(last) << 2;
        // The base may always be switched up from in its first half, as the pattern goes.
        let up = frame.temporal == 0 && (frame.key || sync_follows(count));
        let indices = frame.temporal << 5 | u8::from(up) << 4 | frame.spatial << 1 | u8::from(inter_layer);
        vec![flags, high, low, indices, tl0, 0xaa]
    }
}

/// After the base frame with this count the higher layers begin anew.
fn sync_follows(count: usize) -> bool {
    count % 8 == 1
}

/// A packet on its way from the encoder.
#[derive(Clone, Debug)]
struct Sent {
    frame: usize,
    original: Original,
}

/// A packet as the receiver sees it.
#[derive(Clone, Debug)]
struct Seen {
    frame: usize,
    out: Renumbered,
    picture: u16,
    tl0: u8,
}

struct Bench {
    outlet: Outlet,
    sources: Sources,
    source: Key,
    numbers: [u64; 2],
}

impl Bench {
    fn new(codec: Codec, streams: usize, entropy: u8) -> Self {
        let mut sources = Sources::default();
        let seat = Seat { room: RoomId([1; 16]), participant: ParticipantId([2; 16]) };
        let source = sources.ensure(seat, Track::Camera);
        let rids: Vec<Rid> = ["q", "f"].iter().take(if streams > 1 { 2 } else { 0 }).map(|&rid| Rid(rid.into())).collect();
        sources.publish(source, Slab::default().insert(()), codec, &rids);
        let mut outlet = Outlet::new(Mid("3".into()), Kind::Video, [entropy; 32]);
        outlet.set_wish(Some(Wish { source, height: PixelHeight(720) }));
        Self { outlet, sources, source, numbers: [70_000, 131_060] }
    }

    fn aim(&mut self, layer: u8, temporal: u8, scalable: bool) {
        let layers = [180, 360, 720].map(|height| LayerState { height, alive: true, ..LayerState::default() });
        self.outlet.position.aim(Some(Choice { layer, temporal }), scalable.then_some(0), &layers);
    }

    /// The packets of a frame, numbered. `ends`: it is the last of its picture.
    fn send(&mut self, codec: Codec, at: usize, frame: &Frame, ends: bool) -> Vec<Sent> {
        let count = frame.packets.len();
        let packet = |(index, payload): (usize, &Vec<u8>)| {
            let number = &mut self.numbers[usize::from(frame.stream)];
            *number += 1;
            let descriptor = codec.describe(payload).unwrap();
            let marker = ends && index + 1 == count;
            Sent {
                frame: at,
                original: Original { number: *number, timestamp: frame.picture as u32 * 3_000, descriptor, marker },
            }
        };
        frame.packets.iter().enumerate().map(packet).collect()
    }

    fn offer(&mut self, now: u64, stream: u8, sent: &Sent) -> Option<Seen> {
        let origin = Origin { source: self.source, layer: stream };
        let source = self.sources.get(self.source).unwrap();
        let out = self.outlet.admit(Time::from_millis(now), source, origin, &sent.original)?;
        assert_eq!(self.outlet.trace(out.number as u16), Some((origin, sent.original.number)), "it can be repeated");
        let picture = sent.original.descriptor.picture.unwrap().id.wrapping_add(out.shift.picture) & 0x7fff;
        let tl0 = sent.original.descriptor.tl0.unwrap().1.wrapping_add(out.shift.tl0);
        Some(Seen { frame: sent.frame, out, picture, tl0 })
    }
}

/// What happens at one picture.
#[derive(Clone, Debug)]
struct Step {
    stream: u8,
    key: bool,
    packets: usize,
    target: Option<(u8, u8)>,
    /// Of the packets of this picture: lost, or how many others overtake it.
    fates: [Option<u8>; 4],
}

fn steps(trouble: bool) -> impl Strategy<Value = Vec<Step>> {
    let fate = if trouble {
        prop_oneof![8 => Just(Some(0)), 1 => Just(None), 2 => (1u8..20).prop_map(Some)].boxed()
    } else {
        Just(Some(0)).boxed()
    };
    let fates = [fate.clone(), fate.clone(), fate.clone(), fate];
    let target = proptest::option::weighted(0.15, (0u8..3, 0u8..3));
    let step = (0u8..2, proptest::bool::weighted(0.06), 1usize..5, target, fates);
    proptest::collection::vec(
        step.prop_map(|(stream, key, packets, target, fates)| Step { stream, key, packets, target, fates }),
        1..150,
    )
}

/// Plays an encoder's pictures to a section. Everything it sees, in the order in which it left, and which frames lost something on the way in,
/// or had it come too late.
fn play(codec: Codec, streams: u8, only_key: bool, steps: &[Step]) -> (Encoder, Vec<Seen>, HashSet<usize>) {
    let (mut encoder, mut bench) = (Encoder::new(codec, only_key), Bench::new(codec, streams.into(), 7));
    let (mut seen, mut harmed) = (Vec::new(), HashSet::new());
    let mut way: Vec<(usize, u8, Sent)> = Vec::new();
    // What came while another stream was shown: a key frame may come after what it should come before.
    let mut early: Vec<(u8, Sent)> = Vec::new();
    let mut highest: HashMap<u8, u64> = HashMap::new();
    let mut at = 0;
    bench.aim(streams - 1, 2, streams == 1);
    for step in steps {
        if let Some((layer, temporal)) = step.target {
            bench.aim(if streams > 1 { layer % streams } else { layer }, temporal, streams == 1);
        }
        let first = encoder.frames.len();
        let stream = step.stream % streams;
        encoder.picture(stream, step.key, step.packets);
        let end = encoder.frames.len();
        for frame in first..end {
            let packets = bench.send(codec, frame, &encoder.frames[frame], frame + 1 == end);
            for (sent, fate) in packets.into_iter().zip(step.fates) {
                match fate {
                    None => drop(harmed.insert(frame)),
                    Some(delay) => way.push((at + usize::from(delay), stream, sent)),
                }
                at += 1;
                let mut due: Vec<_> = way.extract_if(.., |(due, ..)| *due < at).collect();
                due.sort_by_key(|(due, ..)| *due);
                for (_, stream, sent) in due {
                    let given = bench.offer(at as u64 * 5, stream, &sent);
                    let number = sent.original.number;
                    let newest = highest.entry(stream).or_insert(number);
                    if given.is_none() && number < *newest {
                        // Too late for what is shown now.
                        harmed.insert(sent.frame);
                    } else if given.is_none() && bench.outlet.position.current != Some(stream) {
                        early.push((stream, sent));
                    } else if given.is_some() {
                        let overtook = |(other, one): &&(u8, Sent)| *other == stream && one.original.number > number;
                        harmed.extend(early.iter().filter(overtook).map(|(_, one)| one.frame));
                    }
                    *newest = number.max(*newest);
                    seen.extend(given);
                }
            }
        }
    }
    harmed.extend(way.into_iter().map(|(_, _, sent)| sent.frame));
    (encoder, seen, harmed)
}

/// Nothing is given whose references were kept back. What the network lost is no fault of ours.
fn references_are_there(encoder: &Encoder, seen: &[Seen], harmed: &HashSet<usize>) -> Result<(), TestCaseError> {
    let given: HashSet<usize> = seen.iter().map(|seen| seen.frame).collect();
    for &frame in &given {
        for need in &encoder.frames[frame].needs {
            prop_assert!(
                given.contains(need) || harmed.contains(need),
                "{:?} needs {:?}",
                encoder.frames[frame],
                encoder.frames[*need]
            );
        }
    }
    Ok(())
}

/// Without trouble on the way in: no hole anywhere, one end for each picture.
fn nothing_is_missing(encoder: &Encoder, seen: &[Seen], gapless: bool) -> Result<(), TestCaseError> {
    for pair in seen.windows(2) {
        let [before, after] = pair else { continue };
        prop_assert_eq!(after.out.number, before.out.number + 1);
        let pictures = [before, after].map(|seen| encoder.frames[seen.frame].picture);
        let same = pictures[0] == pictures[1];
        prop_assert_eq!(before.out.marker, !same, "an end where the picture ends");
        let step = after.picture.wrapping_sub(before.picture) & 0x7fff;
        let allowed = if same {
            0..=0
        } else if gapless {
            1..=1
        } else {
            1..=0x3fff
        };
        prop_assert!(allowed.contains(&step));
        prop_assert!(same || after.out.timestamp != before.out.timestamp);
        let base = u8::from(!same && encoder.frames[after.frame].temporal == 0);
        prop_assert_eq!(after.tl0.wrapping_sub(before.tl0), base);
    }
    Ok(())
}

/// With trouble: no sequence number twice, and no picture id for two pictures.
fn numbers_are_used_once(encoder: &Encoder, seen: &[Seen]) -> Result<(), TestCaseError> {
    let (mut numbers, mut ids) = (HashSet::new(), HashMap::new());
    for one in seen {
        let picture = encoder.frames[one.frame].picture;
        prop_assert!(numbers.insert(one.out.number));
        prop_assert_eq!(*ids.entry(one.picture).or_insert(picture), picture, "one id, one picture");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_vp8_decoder_misses_nothing(steps in steps(false), streams in 1u8..3) {
        let (encoder, seen, harmed) = play(Codec::Vp8, streams, false, &steps);
        nothing_is_missing(&encoder, &seen, true)?;
        references_are_there(&encoder, &seen, &harmed)?;
    }

    #[test]
    fn a_vp8_decoder_behind_a_bad_uplink_is_not_led_astray(steps in steps(true), streams in 1u8..3) {
        let (encoder, seen, harmed) = play(Codec::Vp8, streams, false, &steps);
        numbers_are_used_once(&encoder, &seen)?;
        references_are_there(&encoder, &seen, &harmed)?;
    }

    #[test]
    fn a_vp9_decoder_misses_nothing(steps in steps(false), only_key: bool) {
        let (encoder, seen, harmed) = play(Codec::Vp9, 1, only_key, &steps);
        nothing_is_missing(&encoder, &seen, false)?;
        references_are_there(&encoder, &seen, &harmed)?;
    }

    #[test]
    fn a_vp9_decoder_behind_a_bad_uplink_is_not_led_astray(steps in steps(true), only_key: bool) {
        let (encoder, seen, harmed) = play(Codec::Vp9, 1, only_key, &steps);
        numbers_are_used_once(&encoder, &seen)?;
        references_are_there(&encoder, &seen, &harmed)?;
    }
}
