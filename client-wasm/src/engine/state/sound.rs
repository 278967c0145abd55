//! Whose sound we receive, and what we pass on as a herald (`crypto::voices`).
//!
//! **Invariant:** no level comes in here: whom we subscribe to tells the host who is in the room, never who speaks.

use super::super::{meeting::Inner, port::ToFrames, seats::Wanted};
use super::{Due, State};
use crate::browser::fatal;
use crypto::voices::{Heard, Plan};
use std::collections::BTreeSet;
use wire::{PixelHeight, Track};

/// What is received in a room like this.
pub(super) struct Ways {
    heard: BTreeSet<Heard>,
    /// Too many people to receive each directly; and to hold a section for pictures that are on no page.
    pub(super) crowded: bool,
}

impl Ways {
    /// Whether this source is received.
    pub(super) fn take(&self, source: &Wanted) -> bool {
        match source.track {
            Track::Audio => self.heard.contains(&Heard::Voice(source.leaf)),
            Track::Herald => self.heard.contains(&Heard::Herald(source.leaf)),
            Track::Camera | Track::Screen => !self.crowded || source.height > PixelHeight(0),
            Track::ScreenAudio => true,
        }
    }
}

impl State {
    /// How sound reaches us, as the roster has it.
    pub(super) fn ways(&self) -> Ways {
        let plan = self.plan();
        let heard = plan.hears(self.my_leaf(), |leaf| self.heralds(leaf)).into_iter().collect();
        Ways { heard, crowded: !plan.is_direct() }
    }

    /// Does what the plan asks of us: to pass on voices, or no longer. Who has no microphone has no pace to pass them on at.
    pub(super) fn take_duty(&mut self, inner: &Inner) {
        let Some(peer) = self.peer.clone() else { return };
        let duty = self.plan().duty(self.my_leaf()).filter(|_| self.local.audio().is_some());
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

    fn plan(&self) -> Plan {
        Plan::of(self.roster.iter().map(|seated| seated.leaf))
    }

    /// Ours; one that nobody has, while we are on no roster.
    fn my_leaf(&self) -> u32 {
        self.roster.iter().find(|seated| seated.me).map_or(u32::MAX, |seated| seated.leaf)
    }

    /// Whether voices can be had of the herald with this leaf. While the host says nothing about what it sends: if they could so far.
    fn heralds(&self, leaf: u32) -> bool {
        let Some(seated) = self.roster.iter().find(|seated| seated.leaf == leaf) else { return false };
        match seated.participant {
            Some(_) if !seated.tracks.is_empty() => seated.connected && seated.tracks.contains(&Track::Herald),
            _ => self.seats.held_of(seated.member).any(|held| held.track == Track::Herald),
        }
    }
}
