//! Holes in the numbers of members' messages: what shows that messages are withheld.
//!
//! **Invariant:** a message that comes late fills its hole, whatever has overtaken it; and no hole is held against anybody across a reconnection.

use super::api::Millis;
use crate::group::MemberId;
use crate::sorted::SortedMap;

/// How long a message may be late that others of the same sender have overtaken, ms. Below 15 s with the heartbeat that shows the gap.
const WITHHELD: u64 = 8_000;

/// What came of one member's messages, which are numbered.
struct Counter {
    next: u64,
    missing: u64,
    missing_since: Millis,
}

/// What came of everybody's messages.
#[derive(Default)]
pub(super) struct Holes(SortedMap<MemberId, Counter>);

impl Holes {
    /// A member's message with so many before it. What is skipped may still come.
    pub(super) fn counted(&mut self, member: MemberId, counter: u64, now: Millis) {
        let fresh = Counter { next: counter, missing: 0, missing_since: now };
        let known = self.0.entry(member).or_insert(fresh);
        if counter < known.next {
            known.missing = known.missing.saturating_sub(1);
        } else {
            let skipped = counter - known.next;
            if skipped > 0 && known.missing == 0 {
                known.missing_since = now;
            }
            known.missing = known.missing.saturating_add(skipped);
            known.next = counter.saturating_add(1);
        }
    }

    /// A member lost its connection, and perhaps what it was saying.
    pub(super) fn interrupted(&mut self, member: MemberId) {
        self.0.remove(&member);
    }

    /// When it is clear that messages are withheld from us.
    pub(super) fn withheld_at(&self) -> Option<Millis> {
        let missing = self.0.values().filter(|counter| counter.missing > 0);
        missing.map(|counter| counter.missing_since.saturating_add(WITHHELD)).min()
    }

    /// Whether this number follows the last that came.
    pub(super) fn is_next(&self, member: MemberId, counter: u64) -> bool {
        self.0.get(&member).is_some_and(|known| known.next == counter)
    }

    /// Those there are have been told of, or do not count: looks for others.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
