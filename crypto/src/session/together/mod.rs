//! What people do together beside speaking: raised hands, reactions, a countdown, votes.
//!
//! **Invariant:** each member answers for its own things alone: its hand, its reactions, its ballots are what it says itself. What somebody else
//! says of them counts only where a moderator may say it, and then it takes away and never adds; or where who said it has gone, and we have
//! only just come.
//!
//! Nobody keeps these things but the members. Whoever comes, or comes back, is told by each member what still holds of what it said itself
//! ([`Room::repeat_together`]).

mod hands;
mod question;
mod reactions;
mod round;
mod secret;
#[cfg(test)]
mod tests;
mod timer;
mod urn;
mod view;
mod votes;
mod word;

pub use question::{ANSWER_CHARACTERS, ANSWERS, Choices, QUESTION_CHARACTERS, Question, Stage, Vote, VoteAct, VoteId};
pub use reactions::Reaction;
pub use timer::{Countdown, LABEL_CHARACTERS, LONGEST as LONGEST_TIMER, TimerAct};
pub use view::{Act, News};
#[cfg(test)]
pub(super) use votes::VoteSaid;
pub(super) use word::Word;

use super::api::{Event, Millis, Notice};
use super::body::Body;
use super::core::Core;
use super::room::Room;
use crate::group::{Group, MemberId};
use hands::Hands;
use reactions::Reactions;
use timer::Timer;
use urn::Votes;

/// Within how many ms somebody who came is told what holds. Longer spreads the answers of a large room.
const REPEAT_WITHIN: u64 = 400;
/// Least time between two repetitions, ms: a member that asks without end has nobody talk without end.
const REPEAT_APART: u64 = 2_000;

/// After our own coming, or coming back, we are told what was before, for so many ms.
const CATCHING_UP: u64 = 10_000;

/// What holds at this moment.
#[derive(Default)]
pub(super) struct Together {
    pub(super) hands: Hands,
    pub(super) reactions: Reactions,
    timer: Timer,
    votes: Votes,
    repeat_at: Option<Millis>,
    repeated: Option<Millis>,
}

impl Together {
    /// What we had of this group, if we were in it before.
    pub(super) fn kept(core: &mut Core, group: &Group) -> Self {
        let kept = core.together.take().filter(|(id, _)| id.as_slice() == group.group_id());
        if kept.is_none() {
            tell(core, News::Timer(None));
        }
        let mut together = kept.map(|(_, together)| together).unwrap_or_default();
        together.hands.keep(|member| group.member(member).is_some());
        together
    }

    /// Somebody has gone.
    pub(super) fn forget(&mut self, member: MemberId) {
        self.hands.lower(member);
        self.reactions.forget(member);
    }

    /// Somebody may not know what we said.
    pub(super) fn repeat_soon(&mut self, core: &mut Core) {
        let soon = core.sometime(0, REPEAT_WITHIN);
        let at = self.repeated.map_or(soon, |last| soon.max(last.saturating_add(REPEAT_APART)));
        self.repeat_at.get_or_insert(at);
    }

    pub(super) fn deadline(&self) -> Option<Millis> {
        [self.repeat_at, self.votes.deadline()].into_iter().flatten().min()
    }
}

impl Room {
    /// What the person wants.
    pub(super) fn act(&mut self, core: &mut Core, act: Act) {
        match act {
            Act::Hand(up) => self.hand(core, up),
            Act::LowerHand(whom) => self.lower_hands(core, whom),
            Act::React(reaction) => self.react(core, reaction),
            Act::Timer(act) => self.time(core, act),
            Act::Vote(act) => self.vote(core, act),
        }
    }

    /// What a member says.
    pub(super) fn heard_word(&mut self, core: &mut Core, from: MemberId, word: Word) {
        match word {
            Word::Hand(up) => self.heard_hand(core, from, up),
            Word::LowerHand(whom) => self.heard_lower_hands(core, from, whom),
            Word::React(reaction) => self.heard_reaction(core, from, reaction),
            Word::Timer(said) => self.heard_timer(core, from, said),
            Word::Vote(said) => self.heard_vote(core, from, said),
        }
    }

    pub(super) fn watch_together(&mut self, core: &mut Core) {
        if self.together.repeat_at.is_some_and(|at| core.now >= at) {
            self.together.repeat_at = None;
            self.together.repeated = Some(core.now);
            self.repeat_together(core);
        }
        self.watch_hands(core);
        self.watch_votes(core);
    }

    /// Says again what still holds of what we said.
    fn repeat_together(&mut self, core: &mut Core) {
        self.repeat_hand(core);
        self.repeat_timer(core);
        self.repeat_votes(core);
    }

    fn say_word(&mut self, core: &mut Core, word: Word) {
        self.say(core, &Body::Together(word));
    }

    /// Whether it is ours to say again what this member said: our own, or that of somebody who has gone, if we are in one of the two lowest
    /// places. One of them may be the one that has to be told.
    fn speaks_for(&self, member: MemberId) -> bool {
        let me = self.group.my_id();
        let low = self.group.members().iter().take(2).any(|other| other.id == me);
        member == me || (low && self.group.member(member).is_none())
    }

    /// Whether what somebody says in this member's name is believed: of itself, or, if we have only just come, of somebody who has gone.
    fn may_speak_for(&self, core: &Core, from: MemberId, member: MemberId) -> bool {
        from == member || (self.is_catching_up(core.now) && self.group.member(member).is_none())
    }

    /// We have come, or come back, so lately that others may be telling us what was before.
    fn is_catching_up(&self, now: Millis) -> bool {
        now < self.presence.listening_since().saturating_add(CATCHING_UP)
    }

    fn moderates(&self, member: MemberId) -> bool {
        self.group.state().is_moderator(member)
    }

    fn not_allowed(core: &mut Core) {
        core.notice(Notice::NotDone);
    }
}

/// As much of a text as fits, on one line.
fn one_line(text: &str, characters: usize) -> String {
    let printable: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let cut: String = printable.trim().chars().take(characters).collect();
    cut.trim_end().to_owned()
}

fn tell(core: &mut Core, news: News) {
    core.tell(Event::Together(news));
}
