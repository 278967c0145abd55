//! What stands in the place for pictures, in which order, and which of it is large.
//!
//! Invariant: a picture is large because somebody shares a screen or because the person here said so; because somebody speaks only in
//! the view that the person chose for it.

use super::state::Meeting;
use crate::model::{MemberId, Person};
use leptos::prelude::*;
use wire::Track;

/// One tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Shown {
    /// Whose.
    pub(crate) member: MemberId,
    /// Their screen (true), or themselves.
    pub(crate) screen: bool,
}

impl Shown {
    /// The track whose picture it holds.
    pub(crate) fn track(self) -> Track {
        if self.screen { Track::Screen } else { Track::Camera }
    }
}

/// All tiles: the large one, the other screens, oneself, then everyone by arrival.
pub(super) fn order(people: &[Person], large: Option<Shown>) -> Vec<Shown> {
    let (me, others): (Vec<_>, Vec<_>) = people.iter().partition(|person| person.me);
    let persons = me.iter().chain(&others).map(|person| Shown { member: person.member, screen: false });
    let screens = others.iter().filter(|person| person.screen).map(|person| Shown { member: person.member, screen: true });
    large.into_iter().chain(screens.chain(persons).filter(|shown| Some(*shown) != large)).collect()
}

/// How the place for pictures is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// All tiles of one size.
    Everyone,
    /// Who speaks is large.
    Speaker,
}

/// The large one: what was pinned, as long as it is there; else the newest screen; else who speaks, where that is wanted.
pub(super) fn large(meeting: Meeting) -> Option<Shown> {
    let is_there = |shown: &Shown| {
        let is_shown = |person: &Person| person.member == shown.member && (!shown.screen || person.screen && !person.me);
        meeting.people.with(|people| people.iter().any(is_shown))
    };
    let newest = || meeting.screens.with(|screens| screens.first().map(|&member| Shown { member, screen: true }));
    let speaker = || {
        let leader = meeting.leader.get().filter(|_| meeting.view.get() == View::Speaker);
        leader.map(|member| Shown { member, screen: false })
    };
    meeting.pinned.get().filter(is_there).or_else(newest).filter(is_there).or_else(speaker).filter(is_there)
}

/// Who shares a screen now, the newest first, given who did before. Oneself is left out: one knows what one shares.
pub(super) fn screens(before: &[MemberId], people: &[Person]) -> Vec<MemberId> {
    let sharing = || people.iter().filter(|person| person.screen && !person.me).map(|person| person.member);
    let new = sharing().filter(|member| !before.contains(member));
    let old = before.iter().copied().filter(|&member| sharing().any(|sharing| sharing == member));
    new.chain(old).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Admission;

    fn person(id: u8, screen: bool) -> Person {
        Person {
            member: MemberId([id; 16]),
            me: id == 2,
            name: String::new(),
            joining: false,
            owner: false,
            admitted: Admission::Founder,
            microphone: true,
            camera: true,
            screen,
            connected: true,
            verified: false,
        }
    }

    #[test]
    fn the_large_one_comes_first_then_the_other_screens_and_oneself() {
        let people = [person(1, true), person(2, true), person(3, true)];
        let large = Shown { member: MemberId([3; 16]), screen: true };
        let order = order(&people, Some(large));
        let shown: Vec<(u8, bool)> = order.iter().map(|shown| (shown.member.0[0], shown.screen)).collect();
        assert_eq!(shown, [(3, true), (1, true), (2, false), (1, false), (3, false)]);
    }

    #[test]
    fn the_newest_screen_leads_and_ones_own_is_none() {
        let ids = |ids: &[u8]| ids.iter().map(|&id| MemberId([id; 16])).collect::<Vec<_>>();
        let people = [person(1, true), person(2, true), person(3, false)];
        assert_eq!(screens(&[], &people), ids(&[1]));
        let people = [person(1, true), person(2, true), person(3, true)];
        assert_eq!(screens(&ids(&[1]), &people), ids(&[3, 1]));
        assert_eq!(screens(&ids(&[3, 1]), &[person(1, true)]), ids(&[1]));
    }
}
