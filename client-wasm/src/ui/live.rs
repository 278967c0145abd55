//! The interface's engine in the product.
//!
//! Invariant: it adds nothing to [`engine`] and hides nothing of it.

use super::{Call, Engine};
use crate::engine::{self, Meeting};
use crate::model::{JoinRequest, Measured, MeetingCommand, MeetingEvent, Missing};
use crypto::name::RoomName;
use std::rc::Rc;

/// The real engine.
pub struct Live;

impl Engine for Live {
    fn unsupported(&self) -> Option<Missing> {
        engine::unsupported()
    }

    fn prepare(&self, room: &RoomName) {
        engine::prepare(room);
    }

    fn join(&self, request: JoinRequest, on_event: Box<dyn Fn(MeetingEvent)>) -> Rc<dyn Call> {
        Rc::new(Meeting::join(request, on_event))
    }
}

impl Call for Meeting {
    fn command(&self, command: MeetingCommand) {
        Meeting::command(self, command);
    }

    fn measure(&self, tell: Box<dyn FnOnce(Measured)>) {
        Meeting::measure(self, tell);
    }
}
