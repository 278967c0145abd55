//! What lets a member who was left behind come back as who it was: secrets of past epochs, for a while.
//!
//! **Invariant:** a secret of an epoch is kept for ten minutes after that epoch began, and not longer.

use super::api::Millis;
use crate::admission::ReturnSecret;
use std::collections::VecDeque;

/// How long somebody may be away and come back by them, ms. Longer asks less of people, and shows who was there to whoever takes a member's
/// memory later.
const KEPT: u64 = 600_000;
/// How many epochs, at most. A large group moves its keys once in four seconds.
const EPOCHS: usize = 256;

/// The secrets of past epochs, oldest first.
#[derive(Default)]
pub(super) struct Returns(VecDeque<(Millis, ReturnSecret)>);

impl Returns {
    /// A new epoch has begun.
    pub(super) fn push(&mut self, now: Millis, secret: ReturnSecret) {
        self.0.push_back((now.saturating_add(KEPT), secret));
        if self.0.len() > EPOCHS {
            self.0.pop_front();
        }
    }

    /// Those whose time has come go.
    pub(super) fn forget_old(&mut self, now: Millis) {
        while self.0.front().is_some_and(|(until, _)| *until <= now) {
            self.0.pop_front();
        }
    }

    /// That of one epoch.
    pub(super) fn of(&self, epoch: u64) -> Option<&ReturnSecret> {
        self.0.iter().map(|(_, secret)| secret).find(|secret| secret.epoch() == epoch)
    }

    /// The last one: what we come back with ourselves.
    pub(super) fn into_last(mut self) -> Option<ReturnSecret> {
        self.0.pop_back().map(|(_, secret)| secret)
    }
}
