//! What every part of a session works with: time, randomness, the way out, and who we are.
//!
//! **Invariant:** parts say what they want done by pushing [`Output`]s and by nothing else; nothing goes to the host unless we
//! are seated there.

use super::api::{Devices, Event, Millis, Notice, Output};
use super::asides::Asides;
use super::connection::Connection;
use super::files::Files;
use super::letter::Letter;
use super::together::Together;
use crate::admission::Budget;
use crate::name::Language;
use crate::password::Secrets;
use rand_chacha::ChaCha20Rng;
use rand_core::RngCore;
use std::collections::VecDeque;
use wire::{ParticipantId, ToHost};

/// Shared by the parts of a session.
pub(super) struct Core {
    pub(super) now: Millis,
    pub(super) rng: ChaCha20Rng,
    pub(super) secrets: Secrets,
    pub(super) language: Language,
    pub(super) name: String,
    pub(super) devices: Devices,
    /// Tries at the door that failed, those of earlier sessions included.
    pub(super) failed_tries: u8,
    /// The frame worker was told not to seal.
    pub(super) paused: bool,
    /// Failed guesses counted in a group that we had to leave behind.
    pub(super) budget: Option<Budget>,
    /// What people did together in the group of this id, when we had to leave it.
    pub(super) together: Option<(Vec<u8>, Together)>,
    /// What came in last changes nothing but when somebody was heard.
    pub(super) still: bool,
    /// What is said to one member alone, held beyond any one room.
    pub(super) asides: Asides,
    pub(super) files: Files,
    pub(super) connection: Connection,
    pub(super) out: VecDeque<Output>,
}

impl Core {
    /// Says something to the host, if there is one.
    pub(super) fn send(&mut self, message: ToHost) {
        if self.connection.is_up() {
            self.connection.said(self.now);
            self.out.push_back(Output::Send(message));
        }
    }

    pub(super) fn write_to(&mut self, to: ParticipantId, letter: &Letter) {
        self.send(ToHost::Relay { to, body: letter.write() });
    }

    pub(super) fn write_to_all(&mut self, letter: &Letter) {
        self.send(ToHost::Broadcast(letter.write()));
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.out.push_back(Output::Event(event));
    }

    pub(super) fn notice(&mut self, notice: Notice) {
        self.tell(Event::Notice(notice));
    }

    /// Stops sealing or goes on, if that is a change.
    pub(super) fn pause(&mut self, paused: bool) {
        if paused != self.paused {
            self.paused = paused;
            self.out.push_back(Output::PauseSealing(paused));
        }
    }

    /// Opens a socket now, whatever there was.
    pub(super) fn open_socket(&mut self) {
        self.connection.opening(self.now);
        self.out.push_back(Output::OpenSocket);
    }

    pub(super) fn draw(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }

    /// A moment between `from` and `to` ms from now.
    pub(super) fn sometime(&mut self, from: u64, to: u64) -> Millis {
        let span = to.saturating_sub(from).max(1);
        self.now.saturating_add(from).saturating_add(u64::from(self.rng.next_u32()) % span)
    }

    /// Our seat, if we have one.
    pub(super) fn seat(&self) -> Option<ParticipantId> {
        self.connection.seat().map(|seat| seat.participant)
    }
}
