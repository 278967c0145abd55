//! Who wants to be looked at when.
//!
//! **Invariant:** a deadline is a hint to look, never an order: whoever is looked at decides by its own state whether anything
//! has run out. So nothing is ever taken off the heap but by its time.

use super::host::ConnectionId;
use super::media::Seat;
use super::time::Time;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use wire::{Incarnation, RoomId};

/// Whom to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deadline {
    /// It has not entered, or has been silent.
    Connection(ConnectionId),
    /// Its socket dropped a while ago.
    Seat(Seat),
    /// Its oldest commit is old.
    Log(RoomId, Incarnation),
    /// It holds messages back until the members of a forgotten meeting have had time to return.
    Held(RoomId),
}

#[derive(Default)]
pub(crate) struct Deadlines {
    heap: BinaryHeap<Reverse<(Time, Deadline)>>,
}

impl Deadlines {
    pub(crate) fn at(&mut self, when: Time, who: Deadline) {
        self.heap.push(Reverse((when, who)));
    }

    pub(crate) fn next(&self) -> Option<Time> {
        self.heap.peek().map(|Reverse((when, _))| *when)
    }

    /// The first whose time has come.
    pub(crate) fn pop(&mut self, now: Time) -> Option<Deadline> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse((_, who))| who)
    }
}
