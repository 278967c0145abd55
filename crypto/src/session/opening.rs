//! A room that is not there yet, on a host that lets only some open one.
//!
//! **Invariant:** a token is shown once, and only after the host has said that it needs one for this room: one that was shown where it was not needed would
//! tie the next room to this one. A host that has refused a token has shown that it knows none of its batch: the others stay with us.

use super::Session;
use super::api::{Event, Millis, Output};
use super::host::CROWDED_FOR;
use super::phase::End;
use rand_core::RngCore;
use wire::ToHost;
use wire::permission::Token;

/// How often somebody looks who waits for a room to be opened, ms. Each look is a join, and joins from one place are counted.
const LOOK_EVERY: Millis = 8_000;

/// What we have to open rooms with.
pub(super) struct Opening {
    tokens: Vec<Token>,
    waits: bool,
    /// A token was shown over this socket.
    shown: bool,
    /// One was refused.
    refused: bool,
}

impl Opening {
    pub(super) fn new(tokens: Vec<Token>, waits: bool) -> Self {
        Self { tokens, waits, shown: false, refused: false }
    }

    /// We are in a room.
    pub(super) fn opened(&mut self) {
        (self.shown, self.refused) = (false, false);
    }

    pub(super) fn socket_closed(&mut self) {
        self.shown = false;
    }

    fn next(&mut self) -> Option<Token> {
        if self.shown || self.refused {
            self.refused = true;
            return None;
        }
        let token = self.tokens.pop()?;
        self.shown = true;
        Some(token)
    }
}

impl Session {
    /// Nobody is there, and the host asks who may open the room. Whoever was inside looks for a while whether another of the meeting opens it.
    pub(super) fn permission_needed(&mut self) {
        if !self.core.connection.is_greeting() {
            return;
        }
        if let Some(token) = self.opening.next() {
            self.core.tell(Event::TokenSpent);
            let entry = self.new_entry();
            return self.core.out.push_back(Output::Send(ToHost::Open(Box::new(wire::Opening { entry, token }))));
        }
        let since = *self.crowded_since.get_or_insert(self.core.now);
        if self.opening.waits {
            self.core.connection.pause(self.core.now.saturating_add(LOOK_EVERY));
        } else if self.was_inside && self.core.now < since.saturating_add(CROWDED_FOR) {
            let chance = self.core.rng.next_u32();
            self.core.connection.lost(self.core.now, chance);
        } else {
            self.end(End::PermissionNeeded);
        }
    }
}
