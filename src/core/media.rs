//! All media of one thread: who is connected from where, what everybody sends, and who gets it.
//!
//! **Invariant:** time, entropy and bytes come in as arguments, what shall be sent comes out of [`Media::poll`]. Mutate, then
//! drain `poll` until it says [`MediaOutput::Wait`]; several datagrams may be fed before one drain, and should be: packets to one
//! receiver that wait together leave in one batch.

mod allotment;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod inbound;
mod key_frames;
mod mirrors;
mod negotiation;
mod routes;
mod sound;

use super::bandwidth::Arrived;
use super::bandwidth::budget::Claim;
use super::counts::Packets;
use super::forwarding::Sources;
use super::path::Path;
use super::pipe::Word;
use super::spread::Spread;
use super::time::Time;
use super::transport::dtls::Identity;
use super::transport::ice::{self, Ufrag};
pub use super::transport::ice::{CORES, Stamp};
use super::transport::participant::{Buffers, Peer, REPORT};
use super::transport::slab::{Key, Slab};
use super::transport::writing::Outward;
pub use allotment::Ceiling;
#[cfg(test)]
pub(crate) use allotment::part;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::Instant;
use wire::{LayersWanted, ParticipantId, RoomId, Track};

/// One participant's place in one room: the key under which media is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seat {
    /// The room.
    pub room: RoomId,
    /// The participant.
    pub participant: ParticipantId,
}

/// What [`Media::new`] needs.
#[derive(Clone)]
pub struct MediaConfig {
    /// Addresses at which the media port can be reached, as they go into answers. Never an unspecified address.
    pub candidates: Vec<SocketAddr>,
    /// Addresses at which the media port takes TCP connections, as they go into answers. May be empty.
    pub streams: Vec<SocketAddr>,
    /// Which of the host's cores this is, of at most [`CORES`]: what its peers are told lets any core see whose a check is.
    pub spread: Spread,
    /// What its peers' ufrags begin with. The same for all of the host's cores.
    pub stamp: Stamp,
    /// 32 random bytes, from which ICE credentials and SSRCs are drawn.
    pub entropy: [u8; 32],
    /// The instant that [`Time::ZERO`] stands for. The DTLS library counts in instants; nobody here asks what time it is.
    pub start: Instant,
}

/// Why media cannot begin at all. The host is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// No DTLS certificate could be made.
    #[error("no DTLS certificate could be made")]
    Certificate,
    /// No candidate address was given, or one that nobody can reach.
    #[error("no usable candidate address")]
    NoCandidate,
}

/// Why an offer was not answered. The participant is at fault, except where said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// Larger than [`wire::limits`] allow.
    #[error("the offer is larger than allowed")]
    TooLarge,
    /// Not a session description with ICE credentials, a SHA-256 fingerprint and one bundle.
    #[error("the offer is not a usable session description")]
    Unusable,
    /// A publication names a section that the offer does not send in, or of the other kind.
    #[error("a publication names no sending section of its kind")]
    NoSuchSection,
    /// The host holds as many participants as it may. The host is at fault.
    #[error("the host is full")]
    Full,
}

/// What [`Media::poll`] wants done.
#[derive(Debug)]
pub enum MediaOutput {
    /// Send these bytes from the media port.
    Transmit(Transmit),
    /// Nothing to do until this moment (`None`: until something comes in). Then call [`Media::timeout`].
    Wait(Option<Time>),
}

/// One or several datagrams to one address.
#[derive(Debug)]
pub struct Transmit {
    /// Where to.
    pub to: Path,
    /// One datagram, or several of one size back to back. Give the buffer back with [`Media::recycle`].
    pub bytes: Vec<u8>,
    /// With several datagrams: the size of each but the last, which may be shorter (as UDP_SEGMENT has it).
    pub segment: Option<usize>,
    /// Pictures and nothing else: what a choked TCP connection gives up first.
    pub pictures: bool,
}

/// Which core's peer a connectivity check, or the answer to one, is about; `None` when the datagram is neither. Says nothing about whether
/// it is genuine.
pub fn addressed_core(datagram: &[u8]) -> Option<u8> {
    ice::addressed_core(datagram)
}

/// All media of one thread.
pub struct Media {
    identity: Identity,
    candidates: Vec<SocketAddr>,
    streams: Vec<SocketAddr>,
    draw: Draw,
    stamp: Stamp,
    now: Time,
    peers: Slab<Peer>,
    sources: Sources,
    by_seat: HashMap<Seat, Key>,
    by_ufrag: HashMap<Ufrag, Key>,
    by_address: HashMap<Path, Key>,
    /// Who sends under which SSRC: where a peer is looked for whose media comes from an address nobody knows.
    by_ssrc: HashMap<u32, Key>,
    /// Deadlines; entries that are not the `armed` of their peer are stale.
    deadlines: BinaryHeap<Reverse<(Time, Key)>>,
    dirty: Vec<Key>,
    out: VecDeque<Transmit>,
    /// Descriptors that could not be read.
    malformed: u64,
    counts: Packets,
    /// What senders shall be told.
    wanted: VecDeque<(Seat, LayersWanted)>,
    buffers: Buffers,
    /// For sorting one report, empty between two.
    arrived: Vec<Arrived>,
    /// For dividing one estimate, empty between two.
    claims: Vec<Claim>,
    ceiling: Ceiling,
}

/// Random numbers from the seed: HMAC-SHA-256 over a counter.
struct Draw {
    key: ring::hmac::Key,
    counter: u64,
}

impl Draw {
    fn next(&mut self) -> [u8; 32] {
        self.counter += 1;
        let mut drawn = [0; 32];
        drawn.copy_from_slice(ring::hmac::sign(&self.key, &self.counter.to_be_bytes()).as_ref());
        drawn
    }
}

impl Media {
    /// Media of nobody yet. Makes a DTLS certificate (the one thing for which randomness is drawn inside).
    ///
    /// # Errors
    /// [`MediaError`] when there is no certificate or no address.
    pub fn new(config: MediaConfig) -> Result<Self, MediaError> {
        let usable = |address: &SocketAddr| !address.ip().is_unspecified() && address.port() != 0;
        if config.candidates.is_empty() || !config.candidates.iter().all(usable) {
            return Err(MediaError::NoCandidate);
        }
        Ok(Self {
            identity: Identity::new(config.start).ok_or(MediaError::Certificate)?,
            candidates: config.candidates,
            streams: config.streams,
            draw: Draw { key: ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &config.entropy), counter: 0 },
            stamp: config.stamp,
            now: Time::ZERO,
            peers: Slab::default(),
            sources: Sources::new(config.spread),
            by_seat: HashMap::new(),
            by_ufrag: HashMap::new(),
            by_address: HashMap::new(),
            by_ssrc: HashMap::new(),
            deadlines: BinaryHeap::new(),
            dirty: Vec::new(),
            out: VecDeque::new(),
            malformed: 0,
            counts: Packets::default(),
            wanted: VecDeque::new(),
            buffers: Buffers::default(),
            arrived: Vec::new(),
            claims: Vec::new(),
            ceiling: Ceiling::default(),
        })
    }

    /// Forgets a participant: every route from and to it is gone when this returns.
    pub fn close(&mut self, now: Time, seat: Seat) {
        self.now = self.now.max(now);
        let Some(key) = self.by_seat.remove(&seat) else { return };
        ALL_TRACKS.into_iter().for_each(|track| self.take_away((seat, track)));
        self.detach_outlets(key);
        let Some(mut peer) = self.peers.remove(key) else { return };
        for ufrag in peer.ice.ufrags() {
            self.by_ufrag.remove(&ufrag);
        }
        for address in peer.ice.addresses() {
            self.by_address.remove(address);
        }
        self.by_ssrc.retain(|_, owner| *owner != key);
        peer.dtls.close(&self.identity, self.now);
        peer.keys = None;
        let (now, sources, counts) = (self.now, &self.sources, &mut self.counts);
        peer.flush(&mut Outward { now, sources, buffers: &mut self.buffers, out: &mut self.out, counts });
    }

    /// True when a valid check has come this way, and it is nobody else's since.
    pub fn knows(&self, path: Path) -> bool {
        self.by_address.contains_key(&path)
    }

    /// A TCP connection closed: nothing goes there any more.
    pub fn path_closed(&mut self, path: Path) {
        let Some(key) = self.by_address.remove(&path) else { return };
        if let Some(peer) = self.peers.get_mut(key) {
            peer.ice.lose(path);
        }
    }

    /// What a participant sends, as its last offer said, in the order of [`Track`].
    pub fn tracks(&self, seat: Seat) -> Vec<Track> {
        let published = |track: &Track| {
            let source = self.sources.find(seat, *track).and_then(|key| self.sources.get(key));
            source.is_some_and(|source| source.publisher.is_some())
        };
        ALL_TRACKS.into_iter().filter(published).collect()
    }

    /// The moment named by [`MediaOutput::Wait`] has come.
    pub fn timeout(&mut self, now: Time) {
        self.now = self.now.max(now);
        while let Some(&Reverse((due, key))) = self.deadlines.peek()
            && due <= self.now
        {
            self.deadlines.pop();
            if let Some(peer) = self.peers.get_mut(key)
                && peer.armed == Some(due)
            {
                peer.armed = None;
                self.attend(key);
                self.arm(key);
            }
        }
    }

    /// How many packets had a payload descriptor or dependency descriptor that could not be read. Of the former the packet is dropped, of the
    /// latter the descriptor.
    pub fn malformed(&self) -> u64 {
        self.malformed
    }

    /// What has happened since the start.
    pub fn counts(&self) -> &Packets {
        &self.counts
    }

    /// Participants whose media can be opened now.
    pub fn reachable(&self) -> usize {
        self.peers.iter().filter(|peer| peer.is_reachable()).count()
    }

    /// Who is to be told which layers of a picture of theirs somebody wants. To be asked before [`Media::poll`], until there is nothing more.
    pub fn layers_wanted(&mut self) -> Option<(Seat, LayersWanted)> {
        self.wanted.pop_front()
    }

    /// What is to be said to the media of another core, and which. To be asked before [`Media::poll`], and again when that has nothing more to
    /// send while [`Media::has_to_say`].
    pub(crate) fn says(&mut self) -> Option<(u8, Word)> {
        self.sources.pipes.next()
    }

    /// True when there is something for the media of another core.
    pub(crate) fn has_to_say(&self) -> bool {
        self.sources.pipes.has_next()
    }

    /// What to do next.
    pub fn poll(&mut self) -> MediaOutput {
        loop {
            if let Some(transmit) = self.out.pop_front() {
                return MediaOutput::Transmit(transmit);
            }
            let Some(key) = self.dirty.pop() else { break };
            if let Some(peer) = self.peers.get_mut(key) {
                peer.dirty = false;
                let (now, sources, counts) = (self.now, &self.sources, &mut self.counts);
                peer.flush(&mut Outward { now, sources, buffers: &mut self.buffers, out: &mut self.out, counts });
                if peer.interrupted {
                    self.go_on(key);
                }
                if self.peers.get(key).is_some_and(Peer::is_pacing) {
                    self.arm(key);
                }
            }
        }
        while let Some(&Reverse((due, key))) = self.deadlines.peek() {
            if self.peers.get(key).is_some_and(|peer| peer.armed == Some(due)) {
                return MediaOutput::Wait(Some(due));
            }
            self.deadlines.pop();
        }
        MediaOutput::Wait(None)
    }

    /// Takes a sent buffer back for the next [`Transmit`]. Optional; saves allocations.
    pub fn recycle(&mut self, buffer: Vec<u8>) {
        self.buffers.give(buffer);
    }

    /// Does what is due for one peer.
    fn attend(&mut self, key: Key) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(key) else { return };
        if peer.keys.is_none() {
            peer.dtls.timeout(&self.identity, now);
        }
        for address in peer.ice.expire(now) {
            self.by_address.remove(&address);
        }
        if peer.uplink.arrivals.due().is_some_and(|due| due <= now) {
            let media = peer.uplink.any_ssrc().unwrap_or_default();
            peer.uplink.arrivals.write(media, &mut peer.rtcp);
        }
        peer.uplink.ask_for_missing(now, &mut peer.rtcp);
        let reports = peer.report_at.is_some_and(|due| due <= now);
        if reports {
            let (due, lost) = peer.uplink.report(now, &mut peer.rtcp);
            self.counts.due_in += due;
            self.counts.lost_in += lost;
            peer.report_at = peer.uplink.any_ssrc().map(|_| (now + REPORT).beat());
        }
        self.repeat_key_frame_requests(key);
        if reports {
            self.look_for_silence(key);
        }
        self.review(key);
        self.mark(key);
    }

    /// Puts a peer into the dirty set.
    fn mark(&mut self, key: Key) {
        if let Some(peer) = self.peers.get_mut(key)
            && !peer.dirty
        {
            peer.dirty = true;
            self.dirty.push(key);
        }
    }

    /// Makes sure that the heap knows the peer's deadline. Later deadlines than the known one are noticed when that one has come.
    fn arm(&mut self, key: Key) {
        let Some(peer) = self.peers.get_mut(key) else { return };
        if let Some(due) = peer.deadline(&self.identity)
            && peer.armed.is_none_or(|armed| due < armed)
        {
            peer.armed = Some(due);
            self.deadlines.push(Reverse((due, key)));
        }
        // What was armed for later and then sooner lies in the heap twice. Often enough that this cannot pile up, seldom enough to cost nothing.
        if self.deadlines.len() > STALE * (self.peers.len() + STALE) {
            let peers = &self.peers;
            self.deadlines.retain(|&Reverse((due, key))| peers.get(key).is_some_and(|peer| peer.armed == Some(due)));
        }
    }
}

/// Entries of the heap per peer above which the stale ones are swept out.
const STALE: usize = 8;

/// Every kind of track, in order.
const ALL_TRACKS: [Track; 5] = [Track::Audio, Track::Camera, Track::Screen, Track::ScreenAudio, Track::Herald];

#[cfg(test)]
mod tests;
