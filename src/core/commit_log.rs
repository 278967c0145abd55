//! The order of a room's commits: a compare-and-swap log over (incarnation, epoch, attempt).
//!
//! **Invariant:** a slot takes one commit, once, and an entry never changes. Whoever comes later is told the winner.
//!
//! Which slots are open:
//!
//! - `(head, 0)`, where `head` is the epoch after the highest one that has an entry. Taking it moves `head` on by one.
//! - `(epoch, attempt + 1)` for every held entry `(epoch, attempt)` that has no successor yet: the members have refused that
//!   entry and go on from the same epoch.
//!
//! A retry stays open after later epochs have entries of their own. If it closed then, a member could stop the room for ever by
//! filling `(n, 0)` and `(n + 1, 0)` with rubbish in one breath: the others, still in `n`, would have no slot left. Nothing is lost
//! by leaving it open: every member judges an entry by its parent state and its bytes alone, so those who merged `(n, 0)` pass over
//! `(n, 1)`, those who refused it pass over `(n + 1, 0)` until they stand in `n + 1` themselves, and the two never mix.
//! [`CommitLog::since`] gives entries in the order of slots, in which a member can judge them one by one.

use super::time::Time;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use wire::{Attempt, Epoch, FromHost, Incarnation, LogEntry, Opaque, ParticipantId, Slot};

/// How much a log keeps.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// Bytes of commits.
    pub bytes: usize,
    /// Age of a commit.
    pub age: Duration,
}

/// What became of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// It took its slot. The message is [`FromHost::Committed`], for every member.
    Accepted(Arc<FromHost>),
    /// The slot was taken. The message is [`FromHost::Committed`] with the winner.
    Lost(Arc<FromHost>),
    /// The slot is behind everything the log still holds; it begins at this epoch.
    Forgotten(Epoch),
    /// The log has not reached that slot, or the slot is of another incarnation.
    Ahead,
}

/// One room's log.
pub struct CommitLog {
    incarnation: Incarnation,
    head: Epoch,
    begins: Epoch,
    /// No slot was ever taken.
    untouched: bool,
    entries: BTreeMap<(Epoch, Attempt), Arc<FromHost>>,
    by_age: VecDeque<Dated>,
    bytes: usize,
}

struct Dated {
    accepted: Time,
    place: (Epoch, Attempt),
    bytes: usize,
}

impl CommitLog {
    /// An empty log whose first slot leaves `head`.
    pub fn new(incarnation: Incarnation, head: Epoch) -> Self {
        Self { incarnation, head, begins: head, untouched: true, entries: BTreeMap::new(), by_age: VecDeque::new(), bytes: 0 }
    }

    /// The epoch that the next commit leaves, if the members accept the one before.
    pub fn head(&self) -> Epoch {
        self.head
    }

    /// Bytes of commits held.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Moves the head of a log that never had an entry up to `epoch`; returns whether it did.
    pub fn begin_at(&mut self, epoch: Epoch) -> bool {
        if !self.untouched || epoch <= self.head {
            return false;
        }
        (self.head, self.begins) = (epoch, epoch);
        true
    }

    /// Asks for a slot.
    pub fn submit(&mut self, now: Time, by: ParticipantId, slot: Slot, commit: Opaque) -> Placement {
        let place = (slot.epoch, slot.attempt);
        if slot.incarnation != self.incarnation {
            return Placement::Ahead;
        }
        if let Some(winner) = self.entries.get(&place) {
            return Placement::Lost(Arc::clone(winner));
        }
        if !self.is_open(slot) {
            return if slot.epoch < self.begins { Placement::Forgotten(self.begins) } else { Placement::Ahead };
        }
        let bytes = commit.len();
        let message = Arc::new(FromHost::Committed(LogEntry { slot, by, commit }));
        self.untouched = false;
        self.entries.insert(place, Arc::clone(&message));
        self.by_age.push_back(Dated { accepted: now, place, bytes });
        self.bytes += bytes;
        self.head = self.head.max(Epoch(slot.epoch.0.saturating_add(1)));
        Placement::Accepted(message)
    }

    fn is_open(&self, slot: Slot) -> bool {
        match slot.attempt.0.checked_sub(1) {
            // The highest epoch has no successor; a log there is at its end.
            None => slot.epoch == self.head && slot.epoch.0 < u64::MAX,
            Some(refused) => self.entries.contains_key(&(slot.epoch, Attempt(refused))),
        }
    }

    /// The entries that leave `epoch` or a later one, in the order of slots.
    ///
    /// # Errors
    /// The epoch at which the log begins, when that is later than what was asked for.
    pub fn since(&self, epoch: Epoch) -> Result<impl Iterator<Item = &Arc<FromHost>>, Epoch> {
        if epoch < self.begins {
            return Err(self.begins);
        }
        Ok(self.entries.range((epoch, Attempt(0))..).map(|(_, message)| message))
    }

    /// Drops what is too old or too much, oldest first.
    pub fn trim(&mut self, now: Time, keep: Retention) {
        while let Some(oldest) = self.by_age.front() {
            let too_much = self.bytes > keep.bytes && self.by_age.len() > 1;
            if !too_much && now < oldest.accepted + keep.age {
                return;
            }
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let Some(dropped) = self.by_age.pop_front() else { return };
        self.entries.remove(&dropped.place);
        self.bytes -= dropped.bytes;
        self.begins = self.begins.max(Epoch(dropped.place.0.0.saturating_add(1)));
    }

    /// When the oldest entry is too old.
    pub fn next_expiry(&self, age: Duration) -> Option<Time> {
        self.by_age.front().map(|oldest| oldest.accepted + age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    const LIFE: Incarnation = Incarnation([1; 8]);
    const HOUR: Retention = Retention { bytes: usize::MAX, age: Duration::from_secs(3600) };

    fn slot(epoch: u64, attempt: u16) -> Slot {
        Slot { incarnation: LIFE, epoch: Epoch(epoch), attempt: Attempt(attempt) }
    }

    fn submit(log: &mut CommitLog, by: u8, epoch: u64, attempt: u16) -> Placement {
        log.submit(Time::ZERO, ParticipantId([by; 16]), slot(epoch, attempt), Opaque(vec![by; 10]))
    }

    fn winner(message: &FromHost) -> (Slot, ParticipantId) {
        let FromHost::Committed(entry) = message else { panic!("not an entry") };
        (entry.slot, entry.by)
    }

    #[test]
    fn the_second_is_told_the_first() {
        let mut log = CommitLog::new(LIFE, Epoch(0));
        assert!(matches!(submit(&mut log, 1, 0, 0), Placement::Accepted(_)));
        let Placement::Lost(message) = submit(&mut log, 2, 0, 0) else { panic!("two winners") };
        assert_eq!(winner(&message), (slot(0, 0), ParticipantId([1; 16])));
        assert_eq!(log.head(), Epoch(1));
    }

    #[test]
    fn a_slot_ahead_of_the_log_or_of_another_life_is_refused() {
        let mut log = CommitLog::new(LIFE, Epoch(5));
        assert_eq!(submit(&mut log, 1, 6, 0), Placement::Ahead);
        assert_eq!(submit(&mut log, 1, 5, 1), Placement::Ahead);
        assert_eq!(submit(&mut log, 1, 4, 0), Placement::Forgotten(Epoch(5)));
        let other = Slot { incarnation: Incarnation([2; 8]), ..slot(5, 0) };
        assert_eq!(log.submit(Time::ZERO, ParticipantId([1; 16]), other, Opaque(vec![])), Placement::Ahead);
        assert_eq!(log.bytes(), 0);
    }

    #[test]
    fn rubbish_in_two_slots_at_once_leaves_the_others_a_slot() {
        let mut log = CommitLog::new(LIFE, Epoch(0));
        submit(&mut log, 66, 0, 0);
        submit(&mut log, 66, 1, 0);
        assert!(matches!(submit(&mut log, 1, 0, 1), Placement::Accepted(_)));
        assert!(matches!(submit(&mut log, 1, 1, 0), Placement::Lost(_)));
        assert!(matches!(submit(&mut log, 1, 1, 1), Placement::Accepted(_)));
        let order: Vec<_> = log.since(Epoch(0)).unwrap().map(|message| winner(message).0).collect();
        assert_eq!(order, [slot(0, 0), slot(0, 1), slot(1, 0), slot(1, 1)]);
    }

    #[test]
    fn old_entries_go_and_the_log_says_so() {
        let mut log = CommitLog::new(LIFE, Epoch(0));
        for epoch in 0..4 {
            let at = Time::from_millis(epoch * 1000);
            log.submit(at, ParticipantId([1; 16]), slot(epoch, 0), Opaque(vec![0; 10]));
        }
        let keep = Retention { bytes: 1000, age: Duration::from_secs(2) };
        assert_eq!(log.next_expiry(keep.age), Some(Time::from_millis(2000)));
        log.trim(Time::from_millis(3000), keep);
        assert_eq!(log.since(Epoch(1)).err(), Some(Epoch(2)));
        assert_eq!(log.since(Epoch(2)).unwrap().count(), 2);
        assert_eq!(submit(&mut log, 1, 0, 0), Placement::Forgotten(Epoch(2)));
        assert_eq!(submit(&mut log, 1, 0, 1), Placement::Forgotten(Epoch(2)));
        log.trim(Time::from_millis(3000), Retention { bytes: 15, ..keep });
        assert_eq!((log.bytes(), log.since(Epoch(3)).unwrap().count()), (10, 1));
        log.trim(Time::from_millis(9000), keep);
        assert_eq!((log.bytes(), log.next_expiry(keep.age), log.head()), (0, None, Epoch(4)));
        assert!(!log.begin_at(Epoch(9)), "a log that had entries does not jump");
    }

    #[test]
    fn one_entry_larger_than_the_log_is_kept_until_it_is_old() {
        let mut log = CommitLog::new(LIFE, Epoch(0));
        submit(&mut log, 1, 0, 0);
        log.trim(Time::ZERO, Retention { bytes: 1, ..HOUR });
        assert_eq!(log.since(Epoch(0)).unwrap().count(), 1);
    }

    #[test]
    fn the_last_epoch_there_is_has_no_slot() {
        let mut log = CommitLog::new(LIFE, Epoch(u64::MAX));
        assert_eq!(submit(&mut log, 1, u64::MAX, 0), Placement::Ahead);
    }

    #[derive(Clone, Debug)]
    enum Step {
        Submit { by: u8, epoch: u64, attempt: u16 },
        Trim { bytes: usize },
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            8 => (0..5u8, 0..8u64, 0..4u16).prop_map(|(by, epoch, attempt)| Step::Submit { by, epoch, attempt }),
            1 => (0..80usize).prop_map(|bytes| Step::Trim { bytes }),
        ]
    }

    proptest! {
        /// Whatever is submitted by whomever in whatever order: one winner per slot, never replaced, slots without gaps.
        #[test]
        fn one_winner_per_slot(steps in proptest::collection::vec(step(), 0..200)) {
            let mut log = CommitLog::new(LIFE, Epoch(0));
            let mut winners: HashMap<Slot, ParticipantId> = HashMap::new();
            for step in steps {
                match step {
                    Step::Trim { bytes } => log.trim(Time::ZERO, Retention { bytes, ..HOUR }),
                    Step::Submit { by, epoch, attempt } => match submit(&mut log, by, epoch, attempt) {
                        Placement::Accepted(message) => {
                            let (slot, by) = winner(&message);
                            prop_assert_eq!(winners.insert(slot, by), None, "two winners for one slot");
                            let before = match slot.attempt.0 {
                                0 => slot.epoch.0 == 0 || winners.keys().any(|other| other.epoch.0 + 1 == slot.epoch.0),
                                n => winners.contains_key(&Slot { attempt: Attempt(n - 1), ..slot }),
                            };
                            prop_assert!(before, "a slot without the one before it");
                        }
                        Placement::Lost(message) => {
                            let (slot, by) = winner(&message);
                            prop_assert_eq!(winners.get(&slot), Some(&by));
                        }
                        Placement::Forgotten(begins) => prop_assert!(epoch < begins.0),
                        Placement::Ahead => prop_assert!(!winners.contains_key(&slot(epoch, attempt))),
                    },
                }
                let held: Vec<_> = log.since(log.begins).unwrap().map(|message| winner(message)).collect();
                prop_assert!(held.is_sorted_by_key(|(slot, _)| (slot.epoch, slot.attempt)));
                prop_assert!(held.iter().all(|(slot, by)| winners.get(slot) == Some(by)));
            }
        }
    }
}
