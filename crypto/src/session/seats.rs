//! What the host says of the seats: which are taken, which connections are gone, what they send.
//!
//! **Invariant:** all of it is hearsay; it is remembered of so many seats as a room can have, and proves nothing of any member.

use super::api::Millis;
use crate::sorted::SortedMap;
use wire::{ParticipantId, Track};

/// Seats of the host's that are remembered.
const SEATS: usize = wire::limits::PARTICIPANTS;

/// What the host says of a seat.
#[derive(Default)]
struct HostSays {
    tracks: Vec<Track>,
    away_since: Option<Millis>,
    gone: bool,
}

/// What the host says of the seats.
#[derive(Default)]
pub(super) struct Seats(SortedMap<ParticipantId, HostSays>);

impl Seats {
    pub(super) fn present(&mut self, seat: ParticipantId, tracks: Vec<Track>) {
        if self.0.len() < SEATS || self.0.contains_key(&seat) {
            self.0.insert(seat, HostSays { tracks, away_since: None, gone: false });
        }
    }

    pub(super) fn away(&mut self, seat: ParticipantId, gone: bool, now: Millis) {
        if self.0.len() < SEATS || self.0.contains_key(&seat) {
            let said = self.0.entry(seat).or_default();
            said.away_since.get_or_insert(now);
            said.gone |= gone;
        }
    }

    /// The host has given up this seat, or never knew it.
    pub(super) fn is_gone(&self, seat: Option<ParticipantId>) -> bool {
        seat.and_then(|seat| self.0.get(&seat)).is_none_or(|said| said.gone)
    }

    pub(super) fn tracks(&self, seat: ParticipantId) -> Vec<Track> {
        self.0.get(&seat).map(|said| said.tracks.clone()).unwrap_or_default()
    }

    pub(super) fn is_away(&self, seat: ParticipantId) -> bool {
        self.away_since(seat).is_some()
    }

    pub(super) fn away_since(&self, seat: ParticipantId) -> Option<Millis> {
        self.0.get(&seat)?.away_since
    }

    pub(super) fn knows(&self, seat: ParticipantId) -> bool {
        self.0.contains_key(&seat)
    }

    /// The seats the host calls present, to ask them for help.
    pub(super) fn present_ones(&self) -> Vec<ParticipantId> {
        self.0.iter().filter(|(_, said)| said.away_since.is_none()).map(|(seat, _)| *seat).collect()
    }

    /// We were deaf until now: what it said may be over.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
