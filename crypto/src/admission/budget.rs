//! How many wrong guesses a room stands (PROTOCOL.md §4, guess budget).
//!
//! **Invariant:** within one generation of the password counters only go up, and a door that we had under an earlier leaf is still ours. Each
//! member speaks for its own door alone, and what it says counts for no more than its own share.

use crate::group::MemberId;
use crate::sorted::SortedMap;

/// Failed proofs after which one member answers no more knocks. More gives an attacker more guesses per member, fewer
/// lets three typing errors close the only door there is.
pub const FAILURES_PER_MEMBER: u8 = 3;
/// Failed proofs in the group after which nobody answers.
pub const FAILURES_PER_ROOM: u32 = 10;

/// Failed guesses, by the member at whose door they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    pw_gen: u32,
    failures: SortedMap<MemberId, u8>,
    /// Whose budget this is.
    own: Option<MemberId>,
    /// Failures at our own door under the members we were before.
    before: u8,
}

impl Budget {
    /// Nothing failed yet with this password.
    pub fn new(pw_gen: u32) -> Self {
        Self { pw_gen, ..Self::default() }
    }

    /// A new password starts a new count; the same one never does.
    pub fn follow(&mut self, pw_gen: u32) {
        if pw_gen != self.pw_gen {
            *self = Self { own: self.own, ..Self::new(pw_gen) };
        }
    }

    /// We are this member now. What failed at our door while we were another stays counted against it: whoever lets the host make it come in
    /// again would else give three guesses more each time.
    pub fn is_ours(&mut self, member: MemberId) {
        if let Some(earlier) = self.own.replace(member).filter(|earlier| *earlier != member) {
            self.before = self.before.saturating_add(self.at(earlier));
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
        let before = if self.own == Some(member) { self.before } else { 0 };
        self.is_closed() || self.at(member).saturating_add(before) >= FAILURES_PER_MEMBER
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
        assert!(!budget.hear(A, 2), "nor is the same");
        assert_eq!(budget.at(A), 2);
        budget.follow(0);
        assert_eq!(budget.total(), 2);
        budget.follow(1);
        assert_eq!(budget.total(), 0);
    }

    #[test]
    fn a_door_stays_counted_under_another_leaf_until_the_password_changes() {
        let mut budget = Budget::new(0);
        budget.is_ours(A);
        budget.fail(A);
        budget.fail(A);
        budget.is_ours(A);
        assert!(!budget.is_closed_at(A));
        budget.is_ours(B);
        assert!(!budget.is_closed_at(B) && budget.at(B) == 0, "others are told of new failures only");
        budget.fail(B);
        assert!(budget.is_closed_at(B) && !budget.is_closed_at(A));
        assert_eq!(budget.total(), 3);
        budget.follow(1);
        assert!(!budget.is_closed_at(B));
        budget.is_ours(A);
        assert!(!budget.is_closed_at(A));
        budget.fail(A);
        budget.fail(A);
        budget.follow(2);
        budget.fail(A);
        budget.is_ours(B);
        budget.fail(B);
        assert!(!budget.is_closed_at(B), "one each since the last change");
        budget.fail(B);
        assert!(budget.is_closed_at(B));
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
