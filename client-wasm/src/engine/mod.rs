//! The engine: everything a meeting is in a browser, behind one facade. The interface calls [`Meeting::join`], gets
//! [`MeetingEvent`]s and gives [`MeetingCommand`]s.
//!
//! ```text
//!            commands ▼        ▲ events
//!   meeting   passes commands, events and time to state, which sequences the parts below
//!     ├─ parts      session worker and frame worker          port     what is said to them
//!     ├─ peer       RTCPeerConnection, transforms            sdp      what we do not leave to host or browser
//!     ├─ seats      who is received where
//!     ├─ local      our microphone and camera                devices, outputs  opening and listing them
//!     ├─ filter     takes noise out of our voice
//!     ├─ blur       what is behind us, where the camera can blur it
//!     ├─ screen     our shared screen, or film a file          encodings  what of our pictures is encoded
//!     ├─ path       whether the way to the host still leads there
//!     ├─ relay      the host's relay, where there is no other way
//!     ├─ captions   speech as text, on this device
//!     ├─ reception  how streams come and go           own_voice  what our microphone gives
//!     └─ speaking   who speaks
//! ```
//!
//! **Invariant:** no picture and no sound leaves or reaches this page but through the frame worker: a sender or receiver
//! without a transform does not exist here, and a browser without transforms does not join ([`unsupported`]).

use crate::model::{JoinRequest, Measured, MeetingCommand, MeetingEvent, Missing};
use crypto::name::RoomName;
use std::rc::Rc;

pub mod blur;
pub mod captions;
pub mod devices;
pub(crate) mod encodings;
pub mod film;
pub mod filter;
mod local;
pub mod made_up;
mod meeting;
pub mod outputs;
mod own_voice;
mod parts;
mod path;
mod peer;
pub(crate) mod port;
mod reception;
mod relay;
mod screen;
pub(crate) mod sdp;
mod seats;
mod speaking;
mod state;
mod warm;

/// One meeting, from the click on "Join" to its end. Dropping it leaves.
pub struct Meeting {
    inner: Rc<meeting::Inner>,
}

impl Meeting {
    /// Joins a room, or founds it. Everything that happens is told to `on_event`, until
    /// `MeetingEvent::Phase(Phase::Ended(..))`, which is the last event. Events never come from within this call or
    /// [`Meeting::command`], always later.
    ///
    /// The preview's stream is taken over: do not stop its tracks. When the meeting ends before one was inside (a wrong
    /// password, a full room …), its tracks are left running and belong to the interface again; otherwise they are stopped.
    pub fn join(request: JoinRequest, on_event: impl Fn(MeetingEvent) + 'static) -> Self {
        Self { inner: meeting::Inner::join(request, Box::new(on_event)) }
    }

    /// Does what the person asked for. Never blocks; what comes of it is an event.
    pub fn command(&self, command: MeetingCommand) {
        self.inner.command(command);
    }

    /// Looks at what comes in and how, and tells it later; nothing where there is no connection yet.
    pub fn measure(&self, tell: impl FnOnce(Measured) + 'static) {
        self.inner.measure(tell);
    }
}

impl Drop for Meeting {
    fn drop(&mut self) {
        self.inner.command(MeetingCommand::Leave);
    }
}

/// Starts the workers and derives the slow key of a room's name (0.2 s in the worker) ahead of the click on "Join". Call it
/// when the name has been stable for half a second; of several names asked for in a row only the newest is derived.
pub fn prepare(room: &RoomName) {
    warm::prepare(room);
}

/// What this browser lacks, found by ability and never by version; `None` when a meeting can be held.
pub fn unsupported() -> Option<Missing> {
    crate::browser::abilities::missing()
}
