//! How many wrong guesses a room stands (PROTOCOL.md §4, guess budget).
//!
//! **Invariant:** within one generation of the password counters only go up. Each member speaks for its own door alone, and what
//! it says counts for no more than its own share.

use crate::group::MemberId;
use std::collections::BTreeMap;

/// Failed proofs after which one member answers no more knocks. More gives an attacker more guesses per member, fewer
/// lets three typing errors close the only door there is.
pub const FAILURES_PER_MEMBER: u8 = 3;
/// Failed proofs in the group after which nobody answers.
pub const FAILURES_PER_ROOM: u32 = 10;

/// Failed guesses, by the member at whose door they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    pw_gen: u32,
    failures: BTreeMap<MemberId, u8>,
}

impl Budget {
    /// Nothing failed yet with this password.
    pub fn new(pw_gen: u32) -> Self {
        Self { pw_gen, failures: BTreeMap::new() }
    }

    /// A new password starts a new count; the same one never does.
    pub fn follow(&mut self, pw_gen: u32) {
        if pw_gen != self.pw_gen {
            *self = Self::new(pw_gen);
        }
    }

    /// One more at this member's own door.
    pub fn fail(&mut self, at: MemberId) {
        let so_far = self.at(at);
        self.failures.insert(at, so_far.saturating_add(1).min(FAILURES_PER_MEMBER));
    }

    /// This member says so many failed at its door. True if that is news.
    pub fn hear(&mut self, from: MemberId, failures: u8) -> bool {
        let failures = failures.min(FAILURES_PER_MEMBER);
        let news = failures > self.at(from);
        if news {
            self.failures.insert(from, failures);
        }
        news
    }

    /// Failures at one member's door.
    pub fn at(&self, member: MemberId) -> u8 {
        self.failures.get(&member).copied().unwrap_or(0)
    }

    /// Failures in the group.
    pub fn total(&self) -> u32 {
        self.failures.values().copied().map(u32::from).sum()
    }

    /// Nobody takes passwords any more.
    pub fn is_closed(&self) -> bool {
        self.total() >= FAILURES_PER_ROOM
    }

    /// This member takes no passwords any more.
    pub fn is_closed_at(&self, member: MemberId) -> bool {
        self.is_closed() || self.at(member) >= FAILURES_PER_MEMBER
    }

    /// For newcomers.
    pub fn list(&self) -> Vec<(MemberId, u8)> {
        self.failures.iter().map(|(member, count)| (*member, *count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: MemberId = MemberId([1; 16]);
    const B: MemberId = MemberId([2; 16]);

    #[test]
    fn counters_only_go_up_until_the_password_changes() {
        let mut budget = Budget::new(0);
        budget.fail(A);
        budget.fail(A);
        assert!(!budget.hear(A, 1), "a lower count is no news");
        assert_eq!(budget.at(A), 2);
        budget.follow(0);
        assert_eq!(budget.total(), 2);
        budget.follow(1);
        assert_eq!(budget.total(), 0);
    }

    #[test]
    fn one_member_cannot_close_the_room_by_claims() {
        let mut budget = Budget::new(0);
        assert!(budget.hear(B, 255));
        assert!(budget.is_closed_at(B) && !budget.is_closed_at(A) && !budget.is_closed());
    }

    #[test]
    fn ten_close_the_room() {
        let mut budget = Budget::new(0);
        for member in 0..4 {
            assert!(!budget.is_closed());
            for _ in 0..if member == 3 { 1 } else { 3 } {
                budget.fail(MemberId([member; 16]));
            }
        }
        assert!(budget.is_closed() && budget.is_closed_at(MemberId([9; 16])));
    }
}
