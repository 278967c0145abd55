//! What the rooms want said, in order.
//!
//! **Invariant:** a connection that was closed here is said nothing more, and its seat has been dealt with by whoever closed it.

use super::host::{ConnectionId, Output};
use std::collections::VecDeque;
use std::sync::Arc;
use wire::{FromHost, Refusal};

#[derive(Default)]
pub(crate) struct Outbox {
    queue: VecDeque<Output>,
    closed: Vec<ConnectionId>,
}

impl Outbox {
    pub(crate) fn send(&mut self, to: ConnectionId, message: FromHost) {
        self.share(to, &Arc::new(message));
    }

    pub(crate) fn share(&mut self, to: ConnectionId, message: &Arc<FromHost>) {
        self.queue.push_back(Output::Send(to, Arc::clone(message)));
    }

    pub(crate) fn refuse(&mut self, to: ConnectionId, why: Refusal) {
        self.send(to, FromHost::Refused(why));
    }

    pub(crate) fn close(&mut self, connection: ConnectionId) {
        self.queue.push_back(Output::Close(connection));
        self.closed.push(connection);
    }

    pub(crate) fn pop(&mut self) -> Option<Output> {
        self.queue.pop_front()
    }

    /// The connections closed since this was last asked.
    pub(crate) fn take_closed(&mut self) -> Vec<ConnectionId> {
        std::mem::take(&mut self.closed)
    }
}
