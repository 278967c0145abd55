//! Our own stay in the waiting room: asking, waiting, being let in.
//!
//! **Invariant:** nobody comes in from here but by a moderator's yes, and nobody is turned away in silence: what comes to nothing is asked
//! anew until a person says no or the one who waits goes.

use super::api::{Event, Millis};
use super::core::Core;
use super::letter::Letter;
use crate::admission::waiting::{Asker, News, WaitingMessage};
use crate::admission::{Arrival, DoorMessage};
use wire::{ParticipantId, ToHost};

/// How often we ask until a moderator answers, ms: at first, and later.
const ASK_EVERY: u64 = 5_000;
const ASK_LATER: u64 = 20_000;
/// When "later" begins, ms.
const ASK_SOON_FOR: u64 = 60_000;
/// How long a moderator may take from one step of the run to the next, ms.
const STEP_FOR: u64 = 10_000;
/// Silence of the moderator after which we ask anew, ms. It speaks up every [`HERE`](super::waiting_room::HERE).
const SILENT: u64 = 22_000;
/// How often we tell the moderator that we still wait, ms. The host lets a stranger say something every ten seconds.
const HERE: u64 = 20_000;
/// How often we tell the host that we are here, ms.
const ALIVE: u64 = 5_000;

/// One stay in the waiting room.
pub(super) struct Asking {
    asker: Asker,
    since: Millis,
    ask_at: Millis,
    heard_at: Millis,
    here_at: Millis,
    /// The person at this screen has compared the words that are on it.
    compared: bool,
}

/// What became of it.
pub(super) enum Step {
    /// It goes on.
    Waiting,
    /// In; and whether the words were compared.
    Arrived(Arrival, bool),
    /// A person said no.
    Refused,
    /// Nobody is let in.
    Closed,
}

impl Asking {
    /// Begins to ask.
    pub(super) fn new(core: &mut Core) -> Box<Self> {
        let asker = Asker::new(&core.name, &mut core.rng);
        let now = core.now;
        Box::new(Self { asker, since: now, ask_at: now, heard_at: now, here_at: now, compared: false })
    }

    pub(super) fn deadline(&self, core: &Core) -> Millis {
        let alive = core.connection.last_said().saturating_add(ALIVE);
        let step = match self.asker.is_asking() {
            true => self.ask_at,
            false => self.silent_at(),
        };
        let here = if self.asker.is_waiting() { self.here_at } else { Millis::MAX };
        alive.min(step).min(here)
    }

    fn silent_at(&self) -> Millis {
        self.heard_at.saturating_add(if self.asker.is_waiting() { SILENT } else { STEP_FOR })
    }

    pub(super) fn tick(&mut self, core: &mut Core) {
        if !self.asker.is_asking() && core.now >= self.silent_at() {
            self.begin_anew(core, core.now);
        }
        if self.asker.is_asking() && core.now >= self.ask_at {
            let soon = core.now < self.since.saturating_add(ASK_SOON_FOR);
            self.ask_at = core.now.saturating_add(if soon { ASK_EVERY } else { ASK_LATER });
            core.send(ToHost::Knock(Letter::Door(DoorMessage::Waiting(self.asker.ask(&core.secrets))).write()));
        }
        if self.asker.is_waiting() && core.now >= self.here_at {
            self.here_at = core.now.saturating_add(HERE);
            if let Some((to, here)) = self.asker.here() {
                core.write_to(to, &Letter::Door(DoorMessage::Waiting(here)));
            }
        }
        if core.now >= core.connection.last_said().saturating_add(ALIVE) {
            core.send(ToHost::Alive);
        }
    }

    /// The run came to nothing: another, with other words.
    fn begin_anew(&mut self, core: &mut Core, ask_at: Millis) {
        if self.asker.is_waiting() {
            core.tell(Event::Words(None));
        }
        self.asker = Asker::new(&core.name, &mut core.rng);
        self.compared = false;
        self.ask_at = ask_at;
    }

    pub(super) fn heard(&mut self, core: &mut Core, from: ParticipantId, message: &WaitingMessage) -> Step {
        let was_waiting = self.asker.is_waiting();
        let news = self.asker.heard(from, message, &core.secrets, &mut core.rng);
        if !matches!(news, News::Nothing) {
            self.heard_at = core.now;
        }
        match news {
            News::Nothing | News::Here => {}
            News::Reply(reply) => core.write_to(from, &Letter::Door(DoorMessage::Waiting(reply))),
            News::Waiting(reply, words) => {
                self.here_at = core.now.saturating_add(HERE);
                core.write_to(from, &Letter::Door(DoorMessage::Waiting(reply)));
                core.tell(Event::Words(Some(words)));
            }
            News::Line(line) => core.tell(Event::WaitingLine(line)),
            News::Arrived(arrival) => return Step::Arrived(arrival, self.compared),
            News::Refused => return Step::Refused,
            News::Closed => return Step::Closed,
            News::Void => {
                if was_waiting {
                    core.tell(Event::Words(None));
                }
                // Not at once: what voided this run may void the next.
                let ask_at = core.now.saturating_add(ASK_EVERY / 5);
                self.begin_anew(core, ask_at);
            }
        }
        Step::Waiting
    }

    /// The person compared the words with the moderator's.
    pub(super) fn confirm(&mut self) {
        self.compared |= self.asker.is_waiting();
    }
}
