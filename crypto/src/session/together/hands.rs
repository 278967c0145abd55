//! Raised hands, in the order in which they were raised.
//!
//! **Invariant:** a hand that is up keeps its place: no repetition moves it, and nobody who is heard all the time can have raised it much
//! earlier than it was heard.
//!
//! A member says for how long its hand has been up, in its own milliseconds; each takes that from its own clock. Members agree on the order
//! as far as their messages take equally long, which is some tens of milliseconds.

use super::super::api::Millis;
use super::super::core::Core;
use super::super::room::Room;
use super::{News, Word, tell};
use crate::group::MemberId;
use crate::sorted::SortedMap;

/// How much earlier than it is heard a hand may have been raised, ms: what a slow connection takes. More lets a changed client jump the queue.
const LATE: u64 = 2_000;
/// A hand is up no longer than a day.
const LONGEST: u64 = 86_400_000;

/// Who has a hand up, and since when by our clock.
#[derive(Default)]
pub(in crate::session) struct Hands {
    up: SortedMap<MemberId, Millis>,
    /// The others were last told that ours is up.
    told_up: bool,
    shown: Option<Vec<MemberId>>,
}

impl Hands {
    fn raise(&mut self, member: MemberId, since: Millis) {
        self.up.entry(member).or_insert(since);
    }

    pub(super) fn lower(&mut self, member: MemberId) -> bool {
        self.up.remove(&member).is_some()
    }

    /// Of those who were here before us, these are still.
    pub(super) fn keep(&mut self, is_here: impl Fn(MemberId) -> bool) {
        self.up.retain(|member, _| is_here(*member));
    }

    /// In order; of two at the same moment the lower id is first, for everybody.
    fn in_order(&self) -> Vec<MemberId> {
        let mut all: Vec<(Millis, MemberId)> = self.up.iter().map(|(member, since)| (*since, *member)).collect();
        all.sort_unstable();
        all.into_iter().map(|(_, member)| member).collect()
    }

    /// Whom a moderator means who are up.
    fn meant(&self, whom: Option<MemberId>) -> Vec<MemberId> {
        self.up.keys().copied().filter(|member| whom.is_none_or(|one| one == *member)).collect()
    }
}

/// Since when a hand is up that a member says to be up for `ago` ms; whether we are being told what was before we came.
fn since(now: Millis, ago: u32, catching_up: bool) -> Millis {
    let believed = if catching_up { LONGEST } else { LATE };
    now.saturating_sub(u64::from(ago).min(believed))
}

impl Room {
    /// Our own hand.
    pub(super) fn hand(&mut self, core: &mut Core, up: bool) {
        let me = self.group.my_id();
        match up {
            true => self.together.hands.raise(me, core.now),
            false => {
                self.together.hands.lower(me);
            }
        }
        if core.connection.is_up() {
            self.say_hand(core);
        }
        self.watch_hands(core);
    }

    fn say_hand(&mut self, core: &mut Core) {
        let since = self.together.hands.up.get(&self.group.my_id());
        let ago = since.map(|since| u32::try_from(core.now.saturating_sub(*since)).unwrap_or(u32::MAX));
        self.together.hands.told_up = ago.is_some();
        self.say_word(core, Word::Hand(ago));
    }

    pub(super) fn repeat_hand(&mut self, core: &mut Core) {
        if self.together.hands.told_up || self.together.hands.up.contains_key(&self.group.my_id()) {
            self.say_hand(core);
        }
    }

    pub(super) fn heard_hand(&mut self, core: &Core, from: MemberId, up: Option<u32>) {
        match up {
            Some(ago) => {
                let since = since(core.now, ago, self.is_catching_up(core.now));
                self.together.hands.raise(from, since);
            }
            None => {
                self.together.hands.lower(from);
            }
        }
    }

    /// A moderator lowers somebody's hand, or everybody's.
    pub(super) fn lower_hands(&mut self, core: &mut Core, whom: Option<MemberId>) {
        if !self.moderates(self.group.my_id()) {
            return Self::not_allowed(core);
        }
        self.say_word(core, Word::LowerHand(whom));
        self.take_down(whom);
    }

    pub(super) fn heard_lower_hands(&mut self, core: &mut Core, from: MemberId, whom: Option<MemberId>) {
        if !self.moderates(from) {
            return;
        }
        if self.take_down(whom).contains(&self.group.my_id()) {
            self.together.hands.told_up = false;
            tell(core, News::HandLowered { by: from });
        }
    }

    fn take_down(&mut self, whom: Option<MemberId>) -> Vec<MemberId> {
        let down = self.together.hands.meant(whom);
        down.iter().for_each(|member| {
            self.together.hands.lower(*member);
        });
        down
    }

    /// Tells the screen whose hands are up, if that changed.
    pub(super) fn watch_hands(&mut self, core: &mut Core) {
        let now = self.together.hands.in_order();
        if self.together.hands.shown.as_ref() != Some(&now) {
            self.together.hands.shown = Some(now.clone());
            tell(core, News::Hands(now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: MemberId = MemberId([1; 16]);
    const BEN: MemberId = MemberId([2; 16]);

    #[test]
    fn a_repetition_moves_nobody_and_a_tie_is_the_same_for_all() {
        let mut hands = Hands::default();
        hands.raise(BEN, 5);
        hands.raise(ANN, 5);
        assert_eq!(hands.in_order(), [ANN, BEN]);
        hands.raise(ANN, 1);
        hands.lower(ANN);
        hands.raise(ANN, 9);
        hands.raise(BEN, 20);
        assert_eq!(hands.in_order(), [BEN, ANN]);
    }

    #[test]
    fn nobody_jumps_the_queue_but_newcomers_learn_of_old_hands() {
        assert_eq!((since(100_000, 60_000, false), since(100_000, 60_000, true)), (98_000, 40_000));
        assert_eq!(since(2 * LONGEST, u32::MAX, true), LONGEST);
    }
}
