//! Whose sound we receive, and what we pass on as a herald (`crypto::voices`).
//!
//! **Invariant:** no level comes in here: whom we subscribe to tells the host who is in the room, never who speaks.

use super::super::{meeting::Inner, port::ToFrames, seats::Wanted};
use super::{Due, State};
use crate::browser::fatal;
use crypto::voices::{Attendee, Ways};
use wire::{PixelHeight, Track};

/// Whether this source is received.
pub(super) fn takes(ways: &Ways, source: &Wanted) -> bool {
    match source.track {
        // A section for pictures that are on no page is too much in a room of many.
        Track::Camera | Track::Screen => !ways.crowded || source.height > PixelHeight(0),
        track => ways.takes(source.leaf, track),
    }
}

impl State {
    /// How sound reaches us, as the roster has it.
    pub(super) fn ways(&self) -> Ways {
        let attendees = self.roster.iter().map(|seated| Attendee {
            leaf: seated.leaf,
            me: seated.me,
            connected: seated.connected,
            tracks: seated.participant.map_or(&[], |_| &seated.tracks),
            held: self.seats.held_of(seated.member).any(|held| held.track == Track::Herald),
        });
        Ways::of(&attendees.collect::<Vec<_>>())
    }

    /// Does what the plan asks of us: to pass on voices, or no longer. Who has no microphone has no pace to pass them on at.
    pub(super) fn take_duty(&mut self, inner: &Inner) {
        let Some(peer) = self.peer.clone() else { return };
        let duty = self.ways().duty.filter(|_| self.local.audio().is_some());
        let changes = match duty {
            Some(_) => peer.add_sending(&[Track::Herald]),
            None => Ok(peer.withdraw(Track::Herald)),
        };
        match changes {
            Ok(true) => {
                self.send_tracks();
                self.offer(inner, Due::Sections);
            }
            Ok(false) => {}
            Err(error) => return fatal::note(&error),
        }
        if duty != self.duty {
            self.tell_frames(ToFrames::Herald(duty.clone().map(|duty| (duty.group, duty.yields_to))));
            self.duty = duty;
        }
    }
}
