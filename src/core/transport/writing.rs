//! Waiting packets become datagrams: renumbered, sealed, in batches of one size.
//!
//! **Invariant:** nothing half-written leaves, every number is sealed once, and a packet that leaves is known to the peer's [`Bandwidth`].

use super::codec::DescriptorShift;
use super::outlet::{Outlet, Pending};
use super::participant::{Buffers, Peer};
use super::retransmission::Stored;
use super::rtp::{HEADER, Header, NUMBERED_HEADER};
use super::sdp::Kind;
use crate::core::bandwidth::Bandwidth;
use crate::core::counts::Packets;
use crate::core::forwarding::Sources;
use crate::core::media::Transmit;
use crate::core::path::Path;
use crate::core::time::Time;
use std::collections::VecDeque;

/// Datagrams in one batch: what Linux takes at least (UDP_MAX_SEGMENTS).
const BATCH: usize = 64;
/// Bytes in one batch: below the largest UDP payload.
const BATCH_BYTES: usize = 60_000;
/// Padding spent on making the packets of a batch one size. A frame's packets differ by a byte or two; more would waste the receiver's bandwidth.
const PADDING: usize = 16;
/// Bytes of a packet that is padding and nothing else: as many as one byte can count.
const ALL_PADDING: u8 = 255;
/// Packets that a probe repeats, at most. More are filled up with padding, and so is a burst in which few would fit: a probe is measured by how
/// many packets come how far apart.
const REPEATED: u16 = 24;
/// No packet of ours is larger, with everything around it: for seeing at a glance that a queue fits.
const LARGEST: usize = 1_500;

/// Where what is written comes from and where it goes, and when.
pub(crate) struct Outward<'a> {
    /// Now.
    pub(crate) now: Time,
    /// Where the bytes are.
    pub(crate) sources: &'a Sources,
    /// Buffers to write to.
    pub(crate) buffers: &'a mut Buffers,
    /// What shall be sent.
    pub(crate) out: &'a mut VecDeque<Transmit>,
    /// What is counted.
    pub(crate) counts: &'a mut Packets,
}

impl Peer {
    /// Writes media in batches of one size.
    pub(super) fn write(&mut self, pending: &[Pending], to: &mut Outward<'_>) {
        let (Some((_, sealer)), Some(path)) = (&mut self.keys, self.ice.path()) else { return };
        let (tag, sources) = (sealer.tag_length(), to.sources);
        let mut rest = pending;
        while !rest.is_empty() {
            let size = |pending: &Pending| size_of(&self.outlets, sources, pending).map_or(0, |size| size + tag);
            let (count, segment) = batch(rest, size);
            let (now, later) = rest.split_at(count.min(rest.len()));
            rest = later;
            // Their source is gone, or has newer packets in their place.
            if segment == 0 {
                continue;
            }
            let mut bytes = to.buffers.take();
            for (index, pending) in now.iter().enumerate() {
                let start = bytes.len();
                let target = if index + 1 < count { segment - tag } else { 0 };
                let mut ink = Ink { now: to.now, bandwidth: &mut self.bandwidth, tag, target, bytes: &mut bytes };
                let written =
                    self.outlets.get_mut(pending.outlet).and_then(|outlet| write_one(outlet, pending, sources, &mut ink));
                let sealed = written.and_then(|(ssrc, number)| sealer.seal_rtp(ssrc, number, &mut bytes, start).map(|()| number));
                match (sealed, self.outlets.get_mut(pending.outlet)) {
                    (Some(number), Some(outlet)) => {
                        *counted(to.counts, outlet.kind, pending) += 1;
                        let sealed = bytes.get(start..).unwrap_or_default();
                        if let Some(before) = outlet.keep_sound(number, sealed, self.bandwidth.is_lossy()) {
                            send_again(before, path, &mut self.bandwidth, to);
                        }
                    }
                    // Nothing half-written may leave; what stands before it is complete.
                    _ => bytes.truncate(start),
                }
            }
            let first = now.first().and_then(|pending| self.outlets.get(pending.outlet));
            let pictures = first.is_some_and(|outlet| outlet.kind == Kind::Video);
            push(to, Transmit { to: path, segment: (bytes.len() > segment).then_some(segment), bytes, pictures });
        }
    }

    /// How many of the waiting packets may leave when so many bytes may. The last one may go beyond.
    pub(super) fn fitting(&self, pending: &[Pending], room: Option<f64>, sources: &Sources) -> usize {
        let Some(room) = room else { return pending.len() };
        if (pending.len() * LARGEST) as f64 <= room {
            return pending.len();
        }
        let mut left = room;
        let fits = |pending: &&Pending| {
            let fits = left > 0.0;
            left -= size_of(&self.outlets, sources, pending).unwrap_or_default() as f64;
            fits
        };
        pending.iter().take_while(fits).count()
    }

    /// Sends what a probe lacks: the last packets once more, and padding when there are none.
    pub(super) fn pad(&mut self, to: &mut Outward<'_>) {
        let Some(at) = self.outlets.iter().position(|outlet| outlet.padding_type().is_some()) else { return };
        let mut left = self.bandwidth.padding(to.now) as usize;
        if left > 0 {
            let mut again = core::mem::take(&mut self.again);
            let repeated = if left > LARGEST { REPEATED } else { 0 };
            for back in 0..repeated {
                let Some((pending, size)) = self.once_more(at, back, to).filter(|_| left > 0) else { break };
                left = left.saturating_sub(size);
                again.push(pending);
            }
            self.write(&again, to);
            again.clear();
            self.again = again;
            self.write_padding(at, left, to);
        }
        self.bandwidth.burst_done(to.now);
    }

    /// A packet that left a section a while ago, to be repeated, and its size.
    fn once_more(&mut self, at: usize, back: u16, to: &Outward<'_>) -> Option<(Pending, usize)> {
        let outlet = self.outlets.get_mut(at)?;
        let (origin, number) = outlet.recent(back)?;
        let ring = &to.sources.get(origin.source)?.layers.get(usize::from(origin.layer))?.ring;
        let position = ring.find(number)?;
        let stored = ring.at(position)?;
        let pending = outlet.again(to.now, at, (origin, position), &stored)?;
        Some((pending, NUMBERED_HEADER + 2 + stored.clear.len() + stored.sealed.len() + 16))
    }

    /// So many bytes of nothing, under the SSRC of a section's repetitions.
    fn write_padding(&mut self, at: usize, left: usize, to: &mut Outward<'_>) {
        let (Some((_, sealer)), Some(path)) = (&mut self.keys, self.ice.path()) else { return };
        let (Some(outlet), Some(id)) = (self.outlets.get_mut(at), self.bandwidth.extension()) else { return };
        let Some(payload_type) = outlet.padding_type() else { return };
        let size = NUMBERED_HEADER + usize::from(ALL_PADDING) + sealer.tag_length();
        let mut bytes = to.buffers.take();
        for _ in 0..left.div_ceil(size).min(BATCH) {
            let (start, number) = (bytes.len(), outlet.next_repeat());
            let header = Header {
                marker: false,
                payload_type,
                sequence: number as u16,
                timestamp: 0,
                ssrc: outlet.rtx_ssrc,
                padded: true,
                length: NUMBERED_HEADER,
            };
            self.bandwidth.leaves(to.now, size, false);
            header.write_numbered(id, self.bandwidth.number(to.now, size), &mut bytes);
            bytes.resize(bytes.len() + usize::from(ALL_PADDING) - 1, 0);
            bytes.push(ALL_PADDING);
            if sealer.seal_rtp(outlet.rtx_ssrc, number, &mut bytes, start).is_none() {
                bytes.truncate(start);
            }
        }
        push(to, Transmit { to: path, segment: (bytes.len() > size).then_some(size), bytes, pictures: true });
    }
}

/// Where a packet that leaves is counted.
fn counted<'a>(counts: &'a mut Packets, kind: Kind, pending: &Pending) -> &'a mut u64 {
    match (pending.repeat, kind) {
        (Some(_), _) => &mut counts.repeated,
        (None, Kind::Audio) => &mut counts.sound_out,
        (None, _) => &mut counts.pictures_out,
    }
}

/// Sends sound that has left before once more, as it was.
pub(crate) fn send_again(sealed: &[u8], path: Path, bandwidth: &mut Bandwidth, to: &mut Outward<'_>) {
    bandwidth.leaves(to.now, sealed.len(), false);
    let mut bytes = to.buffers.take();
    bytes.extend_from_slice(sealed);
    to.out.push_back(Transmit { to: path, bytes, segment: None, pictures: false });
}

fn push(to: &mut Outward<'_>, transmit: Transmit) {
    if transmit.bytes.is_empty() { to.buffers.give(transmit.bytes) } else { to.out.push_back(transmit) }
}

/// The bytes of a waiting packet, while the source has them.
fn stored<'a>(sources: &'a Sources, pending: &Pending) -> Option<Stored<'a>> {
    sources.get(pending.origin.source)?.layers.get(usize::from(pending.origin.layer))?.ring.at(pending.position)
}

/// Header, repeated number and payload of a waiting packet, without padding and tag.
fn size_of(outlets: &[Outlet], sources: &Sources, pending: &Pending) -> Option<usize> {
    Some(plain_length(outlets.get(pending.outlet)?.numbered, pending, &stored(sources, pending)?))
}

fn plain_length(numbered: bool, pending: &Pending, stored: &Stored<'_>) -> usize {
    let header = if numbered { NUMBERED_HEADER } else { HEADER };
    header + if pending.repeat.is_some() { 2 } else { 0 } + stored.clear.len() + stored.sealed.len()
}

/// How many of the waiting packets go into one batch, and the size to which all but the last are padded.
fn batch(pending: &[Pending], size: impl Fn(&Pending) -> usize) -> (usize, usize) {
    let (mut count, mut least, mut most) = (0, usize::MAX, 0);
    for pending in pending.iter().take(BATCH) {
        let size = size(pending);
        let (lower, upper) = (least.min(size), most.max(size));
        if upper - lower > PADDING || upper * (count + 1) > BATCH_BYTES {
            break;
        }
        (count, least, most) = (count + 1, lower, upper);
    }
    (count.max(1), most)
}

/// What a packet is written with.
struct Ink<'a> {
    now: Time,
    bandwidth: &'a mut Bandwidth,
    /// Bytes that sealing will add.
    tag: usize,
    /// Size to which the packet is padded, without tag.
    target: usize,
    bytes: &'a mut Vec<u8>,
}

/// Writes one packet and returns what it is to be sealed under.
fn write_one(outlet: &mut Outlet, pending: &Pending, sources: &Sources, ink: &mut Ink<'_>) -> Option<(u32, u64)> {
    let source = sources.get(pending.origin.source)?;
    let stored = stored(sources, pending)?;
    let label = outlet.label(source.codec, pending)?;
    let length = plain_length(outlet.numbered, pending, &stored);
    let padding = ink.target.saturating_sub(length).min(PADDING);
    let header = Header {
        marker: pending.renumbered.marker,
        payload_type: label.payload_type,
        sequence: label.number as u16,
        timestamp: pending.renumbered.timestamp,
        ssrc: label.ssrc,
        padded: padding > 0,
        length: HEADER,
    };
    let size = length + padding + ink.tag;
    ink.bandwidth.leaves(ink.now, size, outlet.kind == Kind::Audio);
    let to = &mut *ink.bytes;
    match ink.bandwidth.extension().filter(|_| outlet.numbered) {
        Some(id) => header.write_numbered(id, ink.bandwidth.number(ink.now, size), to),
        None => header.write(to),
    }
    if pending.repeat.is_some() {
        to.extend_from_slice(&(pending.renumbered.number as u16).to_be_bytes());
    } else {
        outlet.sent(stored.clear.len() + stored.sealed.len());
    }
    let payload = to.len();
    to.extend_from_slice(stored.clear);
    if pending.renumbered.shift != DescriptorShift::default() {
        stored.descriptor.shift(pending.renumbered.shift, to.get_mut(payload..)?);
    }
    stored.sealed.append_to(to);
    if padding > 0 {
        to.resize(to.len() + padding, 0);
        *to.last_mut()? = padding as u8;
    }
    Some((label.ssrc, label.number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::rewrite::{Origin, Renumbered};
    use crate::core::transport::slab::Slab;
    use proptest::prelude::*;

    fn pending(size: u64) -> Pending {
        let origin = Origin { source: Slab::default().insert(()), layer: 0 };
        let renumbered = Renumbered { number: 1, timestamp: 0, shift: DescriptorShift::default(), marker: false };
        Pending { outlet: 0, origin, position: size, renumbered, repeat: None, since: Time::ZERO }
    }

    fn batches(sizes: &[u64]) -> Vec<(usize, usize)> {
        let all: Vec<Pending> = sizes.iter().map(|&size| pending(size)).collect();
        let (mut rest, mut found) = (all.as_slice(), Vec::new());
        while !rest.is_empty() {
            let (count, segment) = batch(rest, |pending| pending.position as usize);
            found.push((count, segment));
            rest = &rest[count..];
        }
        found
    }

    #[test]
    fn packets_of_nearly_one_size_go_together() {
        assert_eq!(batches(&[1_040, 1_041, 1_041, 1_040]), [(4, 1_041)]);
        assert_eq!(batches(&[100, 1_040, 1_040]), [(1, 100), (2, 1_040)]);
    }

    proptest! {
        #[test]
        fn batches_are_within_what_the_kernel_takes(sizes in proptest::collection::vec(0u64..1_500, 1..300)) {
            let found = batches(&sizes);
            prop_assert_eq!(found.iter().map(|(count, _)| count).sum::<usize>(), sizes.len());
            for (count, segment) in found {
                prop_assert!(count <= BATCH && (count - 1) * segment <= BATCH_BYTES);
            }
        }
    }
}
