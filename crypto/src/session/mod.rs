//! One participant of one meeting, driven by what happens to it and the time it is told.
//!
//! **Invariant:** `handle`, then `poll` until [`Output::Wait`]. A session reads no clock, owns no socket and draws no
//! randomness of its own; what it does is a function of its [`Setup`] and its inputs. Nothing a host, a stranger or a
//! member sends can make it panic.

mod api;

pub use api::{Command, Devices, End, Event, Input, KeyChange, Millis, Notice, Output, Person, Phase, Setup, ShownCode};

use std::collections::VecDeque;

/// Longest line of chat, in characters.
pub const CHAT_CHARACTERS: usize = 4_000;
/// Longest name of a person, in characters.
pub const NAME_CHARACTERS: usize = 64;

/// One participant of one meeting.
pub struct Session {
    out: VecDeque<Output>,
    deadline: Option<Millis>,
}

impl Session {
    /// A session that wants its socket opened.
    pub fn new(setup: Setup, now: Millis) -> Self {
        let _ = (setup, now);
        Self { out: VecDeque::from([Output::OpenSocket, Output::Event(Event::Phase(Phase::Connecting))]), deadline: None }
    }

    /// Something happened.
    pub fn handle(&mut self, now: Millis, input: Input) {
        let _ = (now, input);
    }

    /// What is to be done about it; call until [`Output::Wait`].
    pub fn poll(&mut self) -> Output {
        self.out.pop_front().unwrap_or(Output::Wait(self.deadline))
    }
}
