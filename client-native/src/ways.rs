//! Which streams are received, and what is passed on (`crypto::voices`).
//!
//! **Invariant:** no level comes in here: whom we subscribe to tells the host who is in the room, never who speaks.

use crypto::session::Person;
use crypto::voices::{Duty, Heard, Plan};
use std::collections::BTreeSet;
use wire::Track;

/// What the plan asks of a member.
pub(crate) struct Ways {
    heard: BTreeSet<Heard>,
    /// What we have to pass on, if we can.
    pub(crate) duty: Option<Duty>,
}

impl Ways {
    /// In a room of these people. `held`: whether a person's herald stream is received so far.
    pub(crate) fn of(people: &[Person], held: impl Fn(&Person) -> bool) -> Self {
        let plan = Plan::of(people.iter().map(|person| person.leaf));
        // Ours; one that nobody has, while we are on no roster.
        let me = people.iter().find(|person| person.me).map_or(u32::MAX, |person| person.leaf);
        let heralding = |leaf| {
            people.iter().find(|person| person.leaf == leaf).is_some_and(|person| match person.participant {
                Some(_) if !person.tracks.is_empty() => person.connected && person.tracks.contains(&Track::Herald),
                // While the host says nothing about what it sends: if it could be had so far.
                _ => held(person),
            })
        };
        Self { heard: plan.hears(me, heralding).into_iter().collect(), duty: plan.duty(me) }
    }

    /// Whether this track of this leaf is received.
    pub(crate) fn take(&self, leaf: u32, track: Track) -> bool {
        match track {
            Track::Audio => self.heard.contains(&Heard::Voice(leaf)),
            Track::Herald => self.heard.contains(&Heard::Herald(leaf)),
            Track::Camera | Track::Screen | Track::ScreenAudio => true,
        }
    }
}
