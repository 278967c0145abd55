//! One participant's transport: where it is, its keys, what it sends, what it shall get.
//!
//! **Invariant:** media passes only between a verified handshake and the end of consent, and what waits for a participant is written
//! (renumbered, sealed, batched) in one place: [`Peer::flush`].

use super::dtls::{Dtls, Identity};
use super::ice::Ice;
use super::outlet::{Outlet, Pending};
use super::probe::Probe;
use super::rtcp;
use super::srtp::{Opener, Sealer};
use super::uplink::Uplink;
use super::writing::Outward;
use crate::core::bandwidth::Bandwidth;
use crate::core::bandwidth::budget::Steadiness;
use crate::core::media::Transmit;
use crate::core::time::Time;
use std::collections::VecDeque;
use std::time::Duration;

/// Between two receiver reports and looks at which layers still come.
pub(crate) const REPORT: Duration = Duration::from_millis(500);
/// Largest RTCP datagram before sealing.
const RTCP_BYTES: usize = 1_100;
/// Packets that may wait for one receiver between two polls.
const WAITING: usize = 1_024;
/// A picture that waited longer is given up for a key frame: late pictures are worth less than a queue that is short again.
const LATE: Duration = Duration::from_millis(300);

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
    /// What its path carries.
    pub(crate) bandwidth: Bandwidth,
    /// What keeps its layers from flapping.
    pub(crate) steadiness: Steadiness,
    /// A section was interrupted because it was too late, and needs a key frame.
    pub(crate) interrupted: bool,
    /// When pictures that wait may leave.
    pace_at: Option<Time>,
    sound: Vec<Pending>,
    repeats: Vec<Pending>,
    pictures: Vec<Pending>,
    /// Empty between two probes; here so that none has to allocate.
    pub(super) again: Vec<Pending>,
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
            bandwidth: Bandwidth::default(),
            steadiness: Steadiness::default(),
            interrupted: false,
            pace_at: None,
            sound: Vec::new(),
            repeats: Vec::new(),
            pictures: Vec::new(),
            again: Vec::new(),
        }
    }

    /// True when something sent would arrive and could be opened.
    pub(crate) fn is_reachable(&self) -> bool {
        self.keys.is_some() && self.ice.path().is_some()
    }

    /// Queues a packet for one of the outlets.
    pub(crate) fn queue(&mut self, pending: Pending, sound: bool) {
        let queue = match pending.repeat {
            _ if sound => &mut self.sound,
            Some(_) => &mut self.repeats,
            None => &mut self.pictures,
        };
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
            // Whoever is in the dirty set is about to be written, and armed again after that.
            self.pace_at.into_iter().chain(self.bandwidth.burst_at()).min().filter(|_| !self.dirty),
            self.is_reachable().then(|| self.bandwidth.review_at()),
        ];
        due.into_iter().flatten().min()
    }

    /// True when a moment has come to be near that the heap may not know.
    pub(crate) fn is_pacing(&self) -> bool {
        self.pace_at.is_some() || self.bandwidth.burst_at().is_some()
    }

    /// Writes what waits and may leave: sound at once, then repetitions, then pictures, as the path carries them.
    pub(crate) fn flush(&mut self, to: &mut Outward<'_>) {
        if let Some(path) = self.ice.path() {
            while let Some(bytes) = self.dtls.transmit() {
                to.out.push_back(Transmit { to: path, bytes, segment: None, pictures: false });
            }
        }
        self.pace_at = None;
        if self.is_reachable() {
            let mut sound = core::mem::take(&mut self.sound);
            self.write(&sound, to);
            sound.clear();
            self.sound = sound;
            if !(self.repeats.is_empty() && self.pictures.is_empty()) {
                self.write_paced(to);
            }
            self.pad(to);
            self.write_rtcp(to.out);
        } else {
            self.sound.clear();
            self.repeats.clear();
            self.pictures.clear();
        }
        self.rtcp.clear();
    }

    fn write_paced(&mut self, to: &mut Outward<'_>) {
        self.repeats.retain(|pending| to.now - pending.since <= LATE);
        to.counts.given_up += self.give_up_late(to.now);
        let repeats = core::mem::take(&mut self.repeats);
        self.repeats = self.write_fitting(repeats, to);
        let pictures = core::mem::take(&mut self.pictures);
        self.pictures = self.write_fitting(pictures, to);
    }

    /// Writes as many as may leave and returns the others.
    fn write_fitting(&mut self, mut waiting: Vec<Pending>, to: &mut Outward<'_>) -> Vec<Pending> {
        let room = self.bandwidth.room(to.now);
        let count = self.fitting(&waiting, room, to.sources);
        self.write(waiting.get(..count).unwrap_or_default(), to);
        waiting.drain(..count);
        if !waiting.is_empty() {
            self.pace_at = Some(self.bandwidth.room_at(to.now));
        }
        waiting
    }

    /// Gives up sections of which a picture waited too long, and says how many packets that were.
    fn give_up_late(&mut self, now: Time) -> u64 {
        let before = self.pictures.len();
        while let Some(late) = self.pictures.first().filter(|first| now - first.since > LATE).map(|first| first.outlet) {
            self.pictures.retain(|pending| pending.outlet != late);
            if let Some(outlet) = self.outlets.get_mut(late) {
                outlet.interrupt();
            }
            self.interrupted = true;
        }
        (before - self.pictures.len()) as u64
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
}
