//! Reactions: a small set, and not too many of them.
//!
//! **Invariant:** of one member no more reactions are shown than [`BURST`] at once and one more every [`APART`] ms, whatever its client sends;
//! our own client sends no more either.

use super::super::api::Millis;
use super::super::core::Core;
use super::super::room::Room;
use super::{News, Word, tell};
use crate::group::MemberId;
use crate::sorted::SortedMap;
use serde::{Deserialize, Serialize};

/// Least time between reactions of one member in the long run, ms. Less lets one person cover the screen.
const APART: u64 = 700;
/// How many may come at once.
const BURST: u64 = 5;
/// How many more are taken from others than we send ourselves: messages that were held up come together.
const HELD_UP: u64 = 3;

/// How somebody reacts. Numbered in this order and never renumbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Reaction {
    /// 0. Applause.
    Applause,
    /// 1. Thumb up.
    Agree,
    /// 2. Thumb down.
    Disagree,
    /// 3. Heart.
    Heart,
    /// 4. Laughter.
    Laugh,
    /// 5. Surprise.
    Surprise,
}

impl Reaction {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 6] = [Self::Applause, Self::Agree, Self::Disagree, Self::Heart, Self::Laugh, Self::Surprise];
}

/// Until when the allowance of each who reacted lately is spent.
#[derive(Default)]
pub(in crate::session) struct Reactions(SortedMap<MemberId, Millis>);

impl Reactions {
    pub(super) fn forget(&mut self, member: MemberId) {
        self.0.remove(&member);
    }

    /// True if this one is within what is allowed, so many of them at once.
    fn takes(&mut self, member: MemberId, now: Millis, burst: u64) -> bool {
        let spent = self.0.entry(member).or_default();
        let next = (*spent).max(now).saturating_add(APART);
        let fits = next <= now.saturating_add(APART.saturating_mul(burst));
        if fits {
            *spent = next;
        }
        fits
    }
}

impl Room {
    /// The person reacts.
    pub(super) fn react(&mut self, core: &mut Core, reaction: Reaction) {
        let me = self.group.my_id();
        if core.connection.is_up() && self.together.reactions.takes(me, core.now, BURST) {
            self.say_word(core, Word::React(reaction));
            tell(core, News::Reacted { from: me, reaction });
        }
    }

    pub(super) fn heard_reaction(&mut self, core: &mut Core, from: MemberId, reaction: Reaction) {
        if self.together.reactions.takes(from, core.now, BURST + HELD_UP) {
            tell(core, News::Reacted { from, reaction });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_at_once_and_then_one_at_a_time() {
        let (mut reactions, ann, ben) = (Reactions::default(), MemberId([1; 16]), MemberId([2; 16]));
        let at = |reactions: &mut Reactions, now| (0..20).filter(|_| reactions.takes(ann, now, BURST)).count();
        assert_eq!(
            (at(&mut reactions, 10_000), at(&mut reactions, 10_000 + APART), at(&mut reactions, 10_100 + APART)),
            (5, 1, 0)
        );
        assert!(reactions.takes(ben, 10_000, BURST), "each has an allowance of its own");
        assert_eq!(at(&mut reactions, 100_000), 5);
    }
}
