//! How much there is, and what has been counted.
//!
//! **Invariant:** what comes out is numbers: nobody is named, and nothing is kept for it.

use super::{Host, Load};
use crate::core::counts::{Counts, Presence};
use crate::core::media::Ceiling;
use crate::core::room::{Link, Participant};

impl Host {
    /// How many connections and rooms there are: all that a log may say.
    pub fn load(&self) -> Load {
        Load { connections: self.connections.len(), rooms: self.rooms.len() }
    }

    /// What each receiver of this core may be sent at most.
    pub fn limit(&mut self, ceiling: Ceiling) {
        self.media.limit(ceiling);
    }

    /// Everything that is counted. Looks at every room and everybody in it once.
    pub fn counts(&self) -> Counts {
        let mut presence = Presence {
            connections: self.connections.len(),
            rooms: self.rooms.len(),
            media: self.media.reachable(),
            log_bytes: self.all_logs,
            ..Presence::default()
        };
        for person in self.rooms.values().flat_map(|room| room.roster.values()) {
            *place(&mut presence, person) += 1;
        }
        Counts { presence, words: self.words.clone(), packets: self.media.counts().clone() }
    }
}

/// Where somebody is counted.
fn place<'a>(presence: &'a mut Presence, person: &Participant) -> &'a mut usize {
    match person.link {
        _ if !person.is_member() => &mut presence.strangers,
        Link::Here(_) => &mut presence.members,
        Link::Away { .. } => &mut presence.away,
    }
}
