//! The last commits this member merged.
//!
//! **Invariant:** what is in here was merged by us, so whoever merges it from the same epoch ends where we did.

use super::letter::{COMMITS_BYTES, PastCommit};
use std::collections::VecDeque;
use wire::{Attempt, Incarnation};

/// How many are kept. More helps members who were away longer, and keeps old ciphertext longer (never longer than the meeting).
const KEPT: usize = 32;

/// A commit that was merged, and the slot it had if the log told us.
pub(super) struct Past {
    pub(super) slot: Option<(Incarnation, Attempt)>,
    pub(super) epoch: u64,
    pub(super) commit: Vec<u8>,
}

/// The last commits, in order.
#[derive(Default)]
pub(super) struct History(VecDeque<Past>);

impl History {
    pub(super) fn push(&mut self, past: Past) {
        if self.0.len() >= KEPT {
            self.0.pop_front();
        }
        self.0.push_back(past);
    }

    /// The commits from this epoch on, as many as a letter takes; nothing if the first is not held.
    pub(super) fn since(&self, epoch: u64) -> Vec<PastCommit> {
        let mut room = COMMITS_BYTES;
        let from = self.0.iter().skip_while(|past| past.epoch != epoch);
        let fits = from.take_while(|past| {
            let fits = past.commit.len() <= room;
            room = room.saturating_sub(past.commit.len());
            fits
        });
        fits.map(|past| PastCommit { epoch: past.epoch, commit: past.commit.clone() }).collect()
    }

    /// True if the log holds another commit in a slot whose epoch we left by ours: the log goes on without us.
    pub(super) fn contradicts(&self, life: Incarnation, attempt: Attempt, epoch: u64, commit: &[u8]) -> bool {
        let Some(past) = self.0.iter().find(|past| past.epoch == epoch) else { return false };
        let same_slot = past.slot.is_none_or(|(past_life, past_attempt)| past_life != life || past_attempt == attempt);
        same_slot && past.commit != commit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: Incarnation = Incarnation([1; 8]);

    fn history(epochs: core::ops::Range<u64>, bytes: usize) -> History {
        let mut history = History::default();
        for epoch in epochs {
            history.push(Past { slot: Some((LIFE, Attempt(0))), epoch, commit: vec![epoch as u8; bytes] });
        }
        history
    }

    #[test]
    fn gives_what_it_has_from_there_on_and_no_more_than_a_letter() {
        let history = history(0..40, 10);
        assert_eq!(history.since(38).iter().map(|past| past.epoch).collect::<Vec<_>>(), [38, 39]);
        assert!(history.since(3).is_empty(), "the first is forgotten, so the rest is of no use");
        assert_eq!(super::tests::history(0..10, COMMITS_BYTES / 3).since(0).len(), 3);
    }

    #[test]
    fn notices_a_log_that_went_another_way() {
        let history = history(0..3, 4);
        assert!(!history.contradicts(LIFE, Attempt(0), 1, &[1; 4]));
        assert!(history.contradicts(LIFE, Attempt(0), 1, &[9; 4]));
        assert!(!history.contradicts(LIFE, Attempt(1), 1, &[9; 4]), "another attempt of the same life was refused by somebody");
        assert!(history.contradicts(Incarnation([2; 8]), Attempt(0), 1, &[9; 4]));
        assert!(!history.contradicts(LIFE, Attempt(0), 7, &[9; 4]));
    }
}
