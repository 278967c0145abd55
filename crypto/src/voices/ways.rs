//! Which streams of sound a member receives, and what it passes on, as the roster has it.
//!
//! Invariant: **no level comes in here**: whom we subscribe to tells the host who is in the room, never who speaks.

use super::{Duty, Heard, Plan};
use crate::sorted::SortedSet;
use wire::Track;

/// Somebody in the room, as far as it matters for the ways of sound.
pub struct Attendee<'a> {
    /// The place in the tree of this epoch.
    pub leaf: u32,
    /// Ourselves.
    pub me: bool,
    /// Neither silent nor said to be away.
    pub connected: bool,
    /// What the host says it sends; nothing while the host says nothing of it.
    pub tracks: &'a [Track],
    /// Whether its herald stream is received so far.
    pub held: bool,
}

impl Attendee<'_> {
    /// Whether voices can be had of it. While the host says nothing about what it sends: if they could so far.
    fn heralds(&self) -> bool {
        if self.tracks.is_empty() { self.held } else { self.connected && self.tracks.contains(&Track::Herald) }
    }
}

/// What the plan asks of one member.
pub struct Ways {
    heard: SortedSet<Heard>,
    /// Too many people to receive each directly.
    pub crowded: bool,
    /// What it has to pass on, if it can: who has no microphone has no pace to do so at.
    pub duty: Option<Duty>,
}

impl Ways {
    /// In a room of these people.
    pub fn of(people: &[Attendee<'_>]) -> Self {
        let plan = Plan::of(people.iter().map(|person| person.leaf));
        // Ours; one that nobody has, while we are on no roster.
        let me = people.iter().find(|person| person.me).map_or(u32::MAX, |person| person.leaf);
        let heralding = |leaf| people.iter().find(|person| person.leaf == leaf).is_some_and(Attendee::heralds);
        let heard = plan.hears(me, heralding).into_iter().collect();
        Self { heard, crowded: !plan.is_direct(), duty: plan.duty(me) }
    }

    /// Whether this track of sound of this leaf is received; of others than microphones and heralds the plan says nothing, and they are.
    pub fn takes(&self, leaf: u32, track: Track) -> bool {
        match track {
            Track::Audio => self.heard.contains(&Heard::Voice(leaf)),
            Track::Herald => self.heard.contains(&Heard::Herald(leaf)),
            Track::Camera | Track::Screen | Track::ScreenAudio => true,
        }
    }
}
