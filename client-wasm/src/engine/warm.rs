//! Workers that are started before anybody clicks "Join".
//!
//! **Invariant:** at most one pair of workers waits; a meeting takes it over and never gives it back, so that no secret of one
//! meeting is in reach of the next.

use super::{
    meeting::Inner,
    parts::{Listener, Parts},
    port::{FromFrames, FromSession, ToSession},
};
use crate::browser::fatal;
use crypto::name::RoomName;
use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};
use web_sys::Blob;

/// Workers, and where what they say goes.
pub(crate) struct Warm {
    /// The workers.
    pub(crate) parts: Parts,
    /// Who listens.
    pub(crate) switchboard: Rc<Switchboard>,
}

/// Passes on what workers say, to the meeting that took them over.
#[derive(Default)]
pub(crate) struct Switchboard {
    meeting: RefCell<Weak<Inner>>,
    frames_ready: Cell<bool>,
}

impl Switchboard {
    /// From now on this meeting listens.
    pub(crate) fn connect(&self, meeting: &Rc<Inner>) {
        *self.meeting.borrow_mut() = Rc::downgrade(meeting);
    }

    /// No transforms can be made until the frame worker says that it is ready.
    pub(crate) fn frames_begin(&self) {
        self.frames_ready.set(false);
    }

    /// Whether transforms can be made.
    pub(crate) fn frames_ready(&self) -> bool {
        self.frames_ready.get()
    }

    fn meeting(&self) -> Option<Rc<Inner>> {
        self.meeting.borrow().upgrade()
    }
}

impl Listener for Rc<Switchboard> {
    fn session(&self, message: FromSession, file: Option<Blob>) {
        if let Some(meeting) = self.meeting() {
            meeting.session_says(message, file);
        }
    }

    fn frames(&self, message: FromFrames) {
        if message == FromFrames::Ready {
            self.frames_ready.set(true);
        }
        if let Some(meeting) = self.meeting() {
            meeting.frames_say(message);
        }
    }

    fn frames_broke(&self) {
        self.frames_begin();
        match self.meeting() {
            Some(meeting) => meeting.frames_broke(),
            // Nobody has met yet: the next to ask starts new ones.
            None => drop(WAITING.with(|waiting| waiting.replace(None))),
        }
    }
}

thread_local! {
    static WAITING: RefCell<Option<Warm>> = const { RefCell::new(None) };
}

/// Derives the key of a room's name in waiting workers, which are started if there are none.
pub(crate) fn prepare(room: &RoomName) {
    if let Some(warm) = take() {
        warm.parts.tell_session(&ToSession::Prepare(room.as_str().to_owned()));
        WAITING.with(|waiting| waiting.replace(Some(warm)));
    }
}

/// The waiting workers, or new ones. `None` when the browser starts none; the person has been told then.
pub(crate) fn take() -> Option<Warm> {
    if let Some(warm) = WAITING.with(|waiting| waiting.take()) {
        return Some(warm);
    }
    let switchboard = Rc::<Switchboard>::default();
    match Parts::start(&switchboard) {
        Ok(parts) => Some(Warm { parts, switchboard }),
        Err(_) => {
            fatal::show();
            None
        }
    }
}
