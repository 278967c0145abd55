//! The engine: everything a meeting is in a browser, behind one facade. The interface calls [`Meeting::join`], gets
//! [`MeetingEvent`]s and gives [`MeetingCommand`]s.
//!
//! **Invariant:** no picture and no sound leaves or reaches this page but through the frame worker: a sender or receiver
//! without a transform does not exist here, and a browser without transforms does not join ([`unsupported`]).

use crate::model::{JoinRequest, MeetingCommand, MeetingEvent, Missing};
use crypto::name::RoomName;

pub mod devices;

/// One meeting, from the click on "Join" to its end. Dropping it leaves.
pub struct Meeting {}

impl Meeting {
    /// Joins a room, or founds it. Everything that happens is told to `on_event`, from now until
    /// `MeetingEvent::Phase(Phase::Ended(..))`, which is the last event.
    pub fn join(_request: JoinRequest, _on_event: impl Fn(MeetingEvent) + 'static) -> Self {
        Self {}
    }

    /// Does what the person asked for. Never blocks; what comes of it is an event.
    pub fn command(&self, _command: MeetingCommand) {}
}

/// Derives the slow key of a room's name (0.2 s in the worker) ahead of the click on "Join". Call it when the name has been
/// stable for half a second; only the newest name is derived.
pub fn prepare(_room: &RoomName) {}

/// What this browser lacks, found by ability and never by version; `None` when a meeting can be held.
pub fn unsupported() -> Option<Missing> {
    crate::browser::abilities::missing()
}
