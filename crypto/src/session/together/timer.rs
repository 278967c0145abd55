//! A countdown that everybody sees.
//!
//! **Invariant:** there is one at most, and only who started it or a moderator changes it while it runs. Who would write to everybody may start one.
//!
//! What is sent is how much is left, so that clocks need not agree: everybody ends within the time a message takes. Each change has the next number;
//! of two that were started at once the one of the lower member_id stays, for everybody.

use super::super::api::Millis;
use super::super::core::Core;
use super::super::room::Room;
use super::{News, Word, tell};
use crate::group::MemberId;
use serde::{Deserialize, Serialize};

/// Longest label, in characters.
pub const LABEL_CHARACTERS: usize = 60;
/// Longest countdown, ms: a day.
pub const LONGEST: u32 = 86_400_000;
/// Within how many ms two that were started at the same time meet, and one gives way.
const AT_ONCE: u64 = 3_000;

/// What the person does with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimerAct {
    /// Starts one, in place of the one that runs.
    Start {
        /// What for; may be empty. Cut to [`LABEL_CHARACTERS`].
        label: String,
        /// How long, ms; at most [`LONGEST`].
        millis: u32,
    },
    /// Makes it longer, by so many ms.
    Extend(u32),
    /// Ends it before its time.
    Stop,
}

/// A countdown that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Countdown {
    /// Who started it, or changed it last.
    pub by: MemberId,
    /// What for; may be empty.
    pub label: String,
    /// How long it is in all, ms.
    pub length: u32,
    /// How much is left when this is told, ms.
    pub left: u32,
}

/// What members say of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session) struct TimerSaid {
    /// Which change this is.
    pub(in crate::session) number: u32,
    pub(in crate::session) label: String,
    pub(in crate::session) length: u32,
    /// How much is left; none: it was stopped.
    pub(in crate::session) left: Option<u32>,
}

impl TimerSaid {
    pub(super) fn is_within_caps(&self) -> bool {
        let short = self.label.chars().count() <= LABEL_CHARACTERS;
        short && self.length <= LONGEST && self.left.is_none_or(|left| left <= self.length)
    }
}

/// The last thing that was said of it, and when it ends by our clock.
#[derive(Default)]
pub(in crate::session) struct Timer {
    last: Option<Last>,
}

struct Last {
    number: u32,
    by: MemberId,
    label: String,
    length: u32,
    /// None once it was stopped.
    ends: Option<Millis>,
    heard: Millis,
}

impl Timer {
    fn runs(&self, now: Millis) -> Option<&Last> {
        self.last.as_ref().filter(|last| last.ends.is_some_and(|at| now < at))
    }

    /// What it would be said to be by who says it now.
    fn said(&self, now: Millis) -> Option<TimerSaid> {
        let last = self.runs(now)?;
        let left = last.ends.map(|at| left(at, now));
        Some(TimerSaid { number: last.number, label: last.label.clone(), length: last.length, left })
    }

    fn next_number(&self) -> u32 {
        self.last.as_ref().map_or(0, |last| last.number.saturating_add(1))
    }

    /// Whether what somebody says takes the place of what holds. `governs`: it is a moderator.
    fn gives_way(&self, from: MemberId, governs: bool, said: &TimerSaid, now: Millis) -> bool {
        let Some(last) = &self.last else { return true };
        let may = governs || last.by == from || self.runs(now).is_none();
        let at_once = said.number == last.number && from < last.by && now < last.heard.saturating_add(AT_ONCE);
        (said.number > last.number && may) || at_once
    }

    fn take(&mut self, by: MemberId, said: TimerSaid, now: Millis) {
        let TimerSaid { number, label, length, left } = said;
        let ends = left.map(|left| now.saturating_add(u64::from(left)));
        self.last = Some(Last { number, by, label, length, ends, heard: now });
    }

    fn shown(&self, now: Millis) -> Option<Countdown> {
        let last = self.runs(now)?;
        let left = left(last.ends?, now);
        Some(Countdown { by: last.by, label: last.label.clone(), length: last.length, left })
    }
}

fn left(ends: Millis, now: Millis) -> u32 {
    u32::try_from(ends.saturating_sub(now)).unwrap_or(u32::MAX)
}

impl Room {
    /// What the person wants of it.
    pub(super) fn time(&mut self, core: &mut Core, act: TimerAct) {
        let (me, now) = (self.group.my_id(), core.now);
        let timer = &self.together.timer;
        let number = timer.next_number();
        let said = match (act, timer.said(now)) {
            (TimerAct::Start { label, millis }, _) => {
                let (label, length) = (super::one_line(&label, LABEL_CHARACTERS), millis.clamp(1, LONGEST));
                Some(TimerSaid { number, label, length, left: Some(length) })
            }
            (TimerAct::Extend(more), Some(said)) => {
                let longer = |millis: u32| millis.saturating_add(more).min(LONGEST);
                Some(TimerSaid { number, length: longer(said.length), left: said.left.map(longer), ..said })
            }
            (TimerAct::Stop, Some(said)) => Some(TimerSaid { number, left: None, ..said }),
            (_, None) => None,
        };
        let Some(said) = said else { return };
        if !self.may_chat() || !self.together.timer.gives_way(me, self.moderates(me), &said, now) {
            return Self::not_allowed(core);
        }
        self.say_word(core, Word::Timer(said.clone()));
        self.together.timer.take(me, said, now);
        self.show_timer(core);
    }

    pub(super) fn heard_timer(&mut self, core: &mut Core, from: MemberId, said: TimerSaid) {
        let may = self.group.state().may_chat(from);
        if may && self.together.timer.gives_way(from, self.moderates(from), &said, core.now) {
            self.together.timer.take(from, said, core.now);
            self.show_timer(core);
        }
    }

    /// Who started it repeats it; when that one has gone, those in the lowest places do.
    pub(super) fn repeat_timer(&mut self, core: &mut Core) {
        let Some(said) = self.together.timer.said(core.now) else { return };
        let by = self.together.timer.last.as_ref().map(|last| last.by);
        if by.is_some_and(|by| self.speaks_for(by)) {
            self.say_word(core, Word::Timer(said));
        }
    }

    fn show_timer(&mut self, core: &mut Core) {
        let shown = self.together.timer.shown(core.now);
        tell(core, News::Timer(shown));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: MemberId = MemberId([1; 16]);
    const BEN: MemberId = MemberId([2; 16]);

    fn said(number: u32, left: Option<u32>) -> TimerSaid {
        TimerSaid { number, label: String::new(), length: 60_000, left }
    }

    #[test]
    fn of_two_started_at_once_the_same_one_stays_whichever_came_first() {
        for order in [[ANN, BEN], [BEN, ANN]] {
            let mut timer = Timer::default();
            for from in order {
                if timer.gives_way(from, false, &said(0, Some(60_000)), 1_000) {
                    timer.take(from, said(0, Some(60_000)), 1_000);
                }
            }
            assert_eq!(timer.shown(2_000).map(|shown| (shown.by, shown.left)), Some((ANN, 59_000)));
        }
    }

    #[test]
    fn only_its_author_or_a_moderator_changes_it_until_it_is_over() {
        let mut timer = Timer::default();
        timer.take(ANN, said(0, Some(60_000)), 0);
        assert!(!timer.gives_way(BEN, false, &said(1, None), 10_000));
        assert!(timer.gives_way(BEN, true, &said(1, None), 10_000) && timer.gives_way(ANN, false, &said(1, None), 10_000));
        assert!(!timer.gives_way(ANN, false, &said(0, Some(60_000)), 10_000), "what is repeated moves nothing");
        assert!(timer.gives_way(BEN, false, &said(1, Some(5_000)), 60_000));
        assert!(!said(0, Some(60_001)).is_within_caps());
    }
}
