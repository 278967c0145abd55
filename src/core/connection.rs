//! One WebSocket as the host sees it: what it was asked, whose seat it has, and what it may still say.
//!
//! **Invariant:** what a message costs goes by the work and the memory that it makes, not by what it says.

use super::allowance::Allowance;
use super::caps::Caps;
use super::media::Seat;
use super::time::Time;
use wire::{Nonce, ToHost};

pub(crate) struct Connection {
    /// The challenge it was given.
    pub(crate) nonce: Nonce,
    /// Once it has entered a room.
    pub(crate) seat: Option<Seat>,
    opened: Time,
    heard: Time,
    messages: Allowance,
    bytes: Allowance,
}

impl Connection {
    /// It has just opened.
    pub(crate) fn new(now: Time, nonce: Nonce, caps: &Caps) -> Self {
        Self {
            nonce,
            seat: None,
            opened: now,
            heard: now,
            messages: Allowance::new(now, caps.message_burst, caps.messages_per_second),
            bytes: Allowance::new(now, caps.byte_burst, caps.bytes_per_second),
        }
    }

    /// A message came. False when it is more than this connection may say now.
    pub(crate) fn affords(&mut self, now: Time, message: &ToHost) -> bool {
        self.heard = now;
        self.messages.spend(now, price(message)) && self.bytes.spend(now, weight(message))
    }

    /// Until when it may stay as it is: without a seat, or silent.
    pub(crate) fn kept_until(&self, caps: &Caps) -> Time {
        match self.seat {
            None => self.opened + caps.enter_within,
            Some(_) => self.heard + caps.silence,
        }
    }
}

/// How many messages a message counts for, by the work it makes: a signature to check, a log to send, a description to read.
fn price(message: &ToHost) -> usize {
    match message {
        ToHost::Enter(_) | ToHost::Open(_) => 30,
        ToHost::Fetch(_) => 20,
        ToHost::Offer(_) | ToHost::SeekRelay => 10,
        _ => 1,
    }
}

/// How many bytes of a message the host may have to hold or hand on.
fn weight(message: &ToHost) -> usize {
    match message {
        ToHost::Knock(body) | ToHost::Relay { body, .. } | ToHost::Broadcast(body) => body.len(),
        ToHost::Commit(submission) => submission.commit.len() + 16 * (submission.admit.len() + submission.evict.len()),
        ToHost::Offer(offer) => offer.sdp.len(),
        ToHost::Subscribe(subscriptions) => 64 * subscriptions.len(),
        ToHost::Enter(_)
        | ToHost::Open(_)
        | ToHost::Create(_)
        | ToHost::Fetch(_)
        | ToHost::Leave
        | ToHost::Alive
        | ToHost::SeekRelay => 0,
    }
}
