//! One participant's transport: where it is, its keys, what it sends, what it shall get.
//!
//! **Invariant:** media passes only between a verified handshake and the end of consent, and what waits for a participant is written
//! (renumbered, sealed, batched) in one place: [`Peer::flush`].

use super::codec::DescriptorShift;
use super::dtls::{Dtls, Identity};
use super::ice::Ice;
use super::outlet::{Outlet, Pending};
use super::probe::Probe;
use super::retransmission::Stored;
use super::rtcp;
use super::rtp::{HEADER, Header};
use super::sdp::Kind;
use super::srtp::{Opener, Sealer};
use super::uplink::Uplink;
use crate::core::forwarding::Sources;
use crate::core::media::Transmit;
use crate::core::time::Time;
use std::collections::VecDeque;
use std::time::Duration;

/// Between two receiver reports and looks at which layers still come.
pub(crate) const REPORT: Duration = Duration::from_millis(500);
/// Largest RTCP datagram before sealing.
const RTCP_BYTES: usize = 1_100;
/// Datagrams in one batch: what Linux takes at least (UDP_MAX_SEGMENTS).
const BATCH: usize = 64;
/// Bytes in one batch: below the largest UDP payload.
const BATCH_BYTES: usize = 60_000;
/// Padding spent on making the packets of a batch one size. A frame's packets differ by a byte or two; more would waste the receiver's bandwidth.
const PADDING: usize = 16;
/// Packets that may wait for one receiver between two polls.
const WAITING: usize = 1_024;

/// One participant.
pub(crate) struct Peer {
    /// `sess-id` of the PeerConnection.
    pub(crate) session: String,
    /// The client's ICE credentials.
    pub(crate) remote_ice: (String, String),
    /// Where.
    pub(crate) ice: Ice,
    /// Whether it is asked where it is.
    pub(crate) probe: Probe,
    /// The handshake.
    pub(crate) dtls: Dtls,
    /// After the handshake.
    pub(crate) keys: Option<(Opener, Sealer)>,
    /// What it sends.
    pub(crate) uplink: Uplink,
    /// Where it receives.
    pub(crate) outlets: Vec<Outlet>,
    /// RTCP that waits, unsealed.
    pub(crate) rtcp: Vec<u8>,
    /// When to report next.
    pub(crate) report_at: Option<Time>,
    /// When to see whether a key frame has to be asked for again.
    pub(crate) key_frame_at: Option<Time>,
    /// The deadline in the heap.
    pub(crate) armed: Option<Time>,
    /// In the dirty set.
    pub(crate) dirty: bool,
    sound: Vec<Pending>,
    pictures: Vec<Pending>,
}

/// Sent buffers, for the next ones.
#[derive(Default)]
pub(crate) struct Buffers(Vec<Vec<u8>>);

impl Buffers {
    /// An empty buffer.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.0.pop().unwrap_or_else(|| Vec::with_capacity(2_048))
    }

    /// Keeps a sent buffer, if it is worth keeping.
    pub(crate) fn give(&mut self, mut buffer: Vec<u8>) {
        if self.0.len() < 256 && buffer.capacity() >= 512 {
            buffer.clear();
            self.0.push(buffer);
        }
    }
}

impl Peer {
    /// Nobody has checked yet.
    pub(crate) fn new(session: String, remote_ice: (String, String), ice: Ice, dtls: Dtls) -> Self {
        Self {
            session,
            remote_ice,
            ice,
            probe: Probe::default(),
            dtls,
            keys: None,
            uplink: Uplink::default(),
            outlets: Vec::new(),
            rtcp: Vec::new(),
            report_at: None,
            key_frame_at: None,
            armed: None,
            dirty: false,
            sound: Vec::new(),
            pictures: Vec::new(),
        }
    }

    /// True when something sent would arrive and could be opened.
    pub(crate) fn is_reachable(&self) -> bool {
        self.keys.is_some() && self.ice.path().is_some()
    }

    /// Queues a packet for one of the outlets.
    pub(crate) fn queue(&mut self, pending: Pending, sound: bool) {
        let queue = if sound { &mut self.sound } else { &mut self.pictures };
        if queue.len() < WAITING {
            queue.push(pending);
        }
    }

    /// The earliest moment at which something has to be done without being asked.
    pub(crate) fn deadline(&self, identity: &Identity) -> Option<Time> {
        let handshake = if self.keys.is_none() { self.dtls.deadline(identity) } else { None };
        let due = [
            handshake,
            self.uplink.arrivals.due(),
            self.uplink.missing_due(),
            self.report_at,
            self.key_frame_at,
            self.ice.consent_ends(),
        ];
        due.into_iter().flatten().min()
    }

    /// Writes everything that waits into `out`.
    pub(crate) fn flush(&mut self, sources: &Sources, buffers: &mut Buffers, out: &mut VecDeque<Transmit>) {
        if let Some(to) = self.ice.path() {
            while let Some(bytes) = self.dtls.transmit() {
                out.push_back(Transmit { to, bytes, segment: None, pictures: false });
            }
        }
        if self.is_reachable() {
            let sound = core::mem::take(&mut self.sound);
            self.write(&sound, sources, buffers, out);
            self.sound = sound;
            let pictures = core::mem::take(&mut self.pictures);
            self.write(&pictures, sources, buffers, out);
            self.pictures = pictures;
            self.write_rtcp(out);
        }
        self.sound.clear();
        self.pictures.clear();
        self.rtcp.clear();
    }

    /// Seals the waiting RTCP in datagrams of whole packets.
    fn write_rtcp(&mut self, out: &mut VecDeque<Transmit>) {
        let (Some((_, sealer)), Some(to)) = (&mut self.keys, self.ice.path()) else { return };
        let mut rest = self.rtcp.as_slice();
        while !rest.is_empty() {
            let mut end = 0;
            while let Some(length) = rtcp::length_at(rest, end)
                && (end == 0 || end + length <= RTCP_BYTES)
            {
                end += length;
            }
            let Some((datagram, behind)) = rest.split_at_checked(end).filter(|_| end > 0) else { return };
            if let Some(bytes) = sealer.seal_rtcp(datagram) {
                out.push_back(Transmit { to, bytes, segment: None, pictures: false });
            }
            rest = behind;
        }
    }

    /// Writes media in batches of one size.
    fn write(&mut self, pending: &[Pending], sources: &Sources, buffers: &mut Buffers, out: &mut VecDeque<Transmit>) {
        let (Some((_, sealer)), Some(to)) = (&mut self.keys, self.ice.path()) else { return };
        let tag = sealer.tag_length();
        let size = |pending: &Pending| stored(sources, pending).map_or(0, |stored| plain_length(pending, &stored) + tag);
        let mut rest = pending;
        while !rest.is_empty() {
            let (count, segment) = batch(rest, size);
            let (now, later) = rest.split_at(count);
            rest = later;
            let mut bytes = buffers.take();
            for (index, pending) in now.iter().enumerate() {
                let start = bytes.len();
                let target = if index + 1 < count { segment - tag } else { 0 };
                let written = self
                    .outlets
                    .get_mut(pending.outlet)
                    .and_then(|outlet| write_one(outlet, pending, sources, target, &mut bytes));
                if written.and_then(|(ssrc, number)| sealer.seal_rtp(ssrc, number, &mut bytes, start)).is_none() {
                    // Nothing half-written may leave; what stands before it is complete.
                    bytes.truncate(start);
                }
            }
            if !bytes.is_empty() {
                let segment = (bytes.len() > segment).then_some(segment);
                let first = now.first().and_then(|pending| self.outlets.get(pending.outlet));
                let pictures = first.is_some_and(|outlet| outlet.kind == Kind::Video);
                out.push_back(Transmit { to, bytes, segment, pictures });
            } else {
                buffers.give(bytes);
            }
        }
    }
}

/// The bytes of a waiting packet, while the source has them.
fn stored<'a>(sources: &'a Sources, pending: &Pending) -> Option<Stored<'a>> {
    sources.get(pending.origin.source)?.layers.get(usize::from(pending.origin.layer))?.ring.at(pending.position)
}

/// Header, repeated number and payload, without padding and tag.
fn plain_length(pending: &Pending, stored: &Stored<'_>) -> usize {
    HEADER + if pending.repeat.is_some() { 2 } else { 0 } + stored.clear.len() + stored.sealed.len()
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

/// Writes one packet, padded to `target` bytes, and returns what it is to be sealed under.
fn write_one(outlet: &mut Outlet, pending: &Pending, sources: &Sources, target: usize, to: &mut Vec<u8>) -> Option<(u32, u64)> {
    let source = sources.get(pending.origin.source)?;
    let stored = stored(sources, pending)?;
    let label = outlet.label(source.codec, pending)?;
    let padding = target.saturating_sub(plain_length(pending, &stored)).min(PADDING);
    let header = Header {
        marker: stored.marker,
        payload_type: label.payload_type,
        sequence: label.number as u16,
        timestamp: pending.renumbered.timestamp,
        ssrc: label.ssrc,
        padded: padding > 0,
        length: HEADER,
    };
    header.write(to);
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
        let renumbered = Renumbered { number: 1, timestamp: 0, shift: DescriptorShift::default() };
        Pending { outlet: 0, origin, position: size, renumbered, repeat: None }
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
