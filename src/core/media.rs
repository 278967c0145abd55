//! All media of one thread: who is connected from where, what everybody sends, and who gets it.
//!
//! **Invariant:** time, entropy and bytes come in as arguments, what shall be sent comes out of [`Media::poll`]. Mutate, then
//! drain `poll` until it says [`MediaOutput::Wait`]; several datagrams may be fed before one drain, and should be: packets to one
//! receiver that wait together leave in one batch.

use super::time::Time;
use std::net::SocketAddr;
use std::time::Instant;
use wire::{Offer, ParticipantId, RoomId, Subscription, Track};

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
    pub to: SocketAddr,
    /// One datagram, or several of one size back to back. Give the buffer back with [`Media::recycle`].
    pub bytes: Vec<u8>,
    /// With several datagrams: the size of each but the last, which may be shorter (as UDP_SEGMENT has it).
    pub segment: Option<usize>,
}

/// All media of one thread.
pub struct Media {
    config: MediaConfig,
}

impl Media {
    /// Media of nobody yet. Makes a DTLS certificate (the one thing for which randomness is drawn inside).
    ///
    /// # Errors
    /// [`MediaError`] when there is no certificate or no address.
    pub fn new(config: MediaConfig) -> Result<Self, MediaError> {
        Ok(Self { config })
    }

    /// A datagram came in on the media port. `bytes` is overwritten.
    pub fn datagram(&mut self, now: Time, from: SocketAddr, bytes: &mut [u8]) {
        let _ = (now, from, bytes);
    }

    /// Answers a participant's offer: a new PeerConnection, a renegotiation or an ICE restart of the same.
    ///
    /// # Errors
    /// [`OfferError`]; then everything stays as it was.
    pub fn offer(&mut self, now: Time, seat: Seat, offer: &Offer) -> Result<String, OfferError> {
        let _ = (now, seat, offer, &self.config);
        Err(OfferError::Unusable)
    }

    /// Changes what some receiving sections of a participant show. Sections that are not known are passed over.
    pub fn subscribe(&mut self, now: Time, seat: Seat, subscriptions: &[Subscription]) {
        let _ = (now, seat, subscriptions);
    }

    /// Forgets a participant: every route from and to it is gone when this returns.
    pub fn close(&mut self, seat: Seat) {
        let _ = seat;
    }

    /// What a participant sends, as its last offer said, in the order of [`Track`].
    pub fn tracks(&self, seat: Seat) -> Vec<Track> {
        let _ = seat;
        Vec::new()
    }

    /// The moment named by [`MediaOutput::Wait`] has come.
    pub fn timeout(&mut self, now: Time) {
        let _ = now;
    }

    /// What to do next.
    pub fn poll(&mut self) -> MediaOutput {
        MediaOutput::Wait(None)
    }

    /// Takes a sent buffer back for the next [`Transmit`]. Optional; saves allocations.
    pub fn recycle(&mut self, buffer: Vec<u8>) {
        let _ = buffer;
    }
}
