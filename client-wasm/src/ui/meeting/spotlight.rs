//! Which tile is large.
//!
//! Invariant: a picture is large because somebody shares a screen or because the person here said so; because somebody speaks only in
//! the view that the person chose for it.

use super::lead::Lead;
use super::shown::Shown;
use crate::model::{MemberId, Person};
use crate::ui::browser;
use leptos::prelude::*;

/// How often is looked who speaks.
const LEAD_MILLIS: u32 = 300;

/// How the place for pictures is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// All tiles of one size.
    Everyone,
    /// Who speaks is large.
    Speaker,
}

/// What decides which tile is large.
#[derive(Clone, Copy)]
pub(crate) struct Spotlight {
    /// The others who share a screen, the newest first.
    screens: RwSignal<Vec<MemberId>>,
    /// What the person made large.
    pub(crate) pinned: RwSignal<Option<Shown>>,
    /// How the place for pictures is used; it stays for the meeting.
    pub(crate) view: RwSignal<View>,
    /// Who is large in the view of who speaks.
    leader: RwSignal<Option<MemberId>>,
}

impl Spotlight {
    /// On nobody.
    pub(super) fn new() -> Self {
        Self {
            screens: RwSignal::new(Vec::new()),
            pinned: RwSignal::new(None),
            view: RwSignal::new(View::Everyone),
            leader: RwSignal::new(None),
        }
    }

    /// On nobody again.
    pub(super) fn clear(self) {
        self.screens.update(Vec::clear);
        self.pinned.set(None);
        self.view.set(View::Everyone);
        self.leader.set(None);
    }

    /// Everyone in one size, or who speaks large. What was pinned gives its place up: the person has just said what they want.
    pub(crate) fn look_at(self, view: View) {
        self.pinned.set(None);
        self.view.set(view);
    }

    /// Follows whoever of `speakers` leads, for as long as the caller's owner lives.
    pub(super) fn follow(self, speakers: impl Fn() -> Vec<MemberId> + 'static) {
        let lead = StoredValue::new(Lead::default());
        browser::every(LEAD_MILLIS, move || {
            let leader = lead.try_update_value(|lead| lead.look(js_sys::Date::now(), &speakers())).flatten();
            if leader != self.leader.get_untracked() {
                self.leader.set(leader);
            }
        });
    }

    /// Takes in who is here. A screen that is new becomes large, whatever was; whose are new is given back.
    pub(super) fn people_are(self, people: &[Person]) -> Vec<MemberId> {
        let before = self.screens.get_untracked();
        let now = screens(&before, people);
        let new: Vec<MemberId> = now.iter().copied().filter(|member| !before.contains(member)).collect();
        if !new.is_empty() {
            self.pinned.set(None);
        }
        if now != before {
            self.screens.set(now);
        }
        new
    }

    /// The large one: what was pinned, as long as it is there; else the newest screen; else who speaks, where that is wanted.
    pub(super) fn large(self, people: &[Person]) -> Option<Shown> {
        let is_there = |shown: &Shown| {
            people.iter().any(|person| person.member == shown.member && (!shown.screen || person.screen && !person.me))
        };
        let newest = || self.screens.with(|screens| screens.first().map(|&member| Shown { member, screen: true }));
        let speaker = || {
            let leader = self.leader.get().filter(|_| self.view.get() == View::Speaker);
            leader.map(|member| Shown { member, screen: false })
        };
        self.pinned.get().filter(is_there).or_else(newest).filter(is_there).or_else(speaker).filter(is_there)
    }
}

/// Who shares a screen now, the newest first, given who did before. Oneself is left out: one knows what one shares.
fn screens(before: &[MemberId], people: &[Person]) -> Vec<MemberId> {
    let sharing = || people.iter().filter(|person| person.screen && !person.me).map(|person| person.member);
    let new = sharing().filter(|member| !before.contains(member));
    let old = before.iter().copied().filter(|&member| sharing().any(|sharing| sharing == member));
    new.chain(old).collect()
}

#[cfg(test)]
mod tests {
    use super::super::shown::tests::person;
    use super::*;

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
