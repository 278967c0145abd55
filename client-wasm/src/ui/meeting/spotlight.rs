//! Which tiles are large.
//!
//! Invariant: a picture is large because somebody shares a screen or because the person here said so; because somebody speaks only in
//! the view that the person chose for it.

use super::lead::Lead;
use super::shown::Shown;
use crate::model::{MemberId, Person};
use crate::ui::browser;
use crate::ui::view::prelude::*;

/// So many stand large side by side at most; the oldest gives its place up.
const PINNED: usize = 4;

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
    /// What the person made large, the newest last.
    pinned: RwSignal<Vec<Shown>>,
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
            pinned: RwSignal::new(Vec::new()),
            view: RwSignal::new(View::Everyone),
            leader: RwSignal::new(None),
        }
    }

    /// On nobody again.
    pub(super) fn clear(self) {
        self.screens.update(Vec::clear);
        self.pinned.update(Vec::clear);
        self.view.set(View::Everyone);
        self.leader.set(None);
    }

    /// Everyone in one size, or who speaks large. What was pinned gives its place up: the person has just said what they want.
    pub(crate) fn look_at(self, view: View) {
        self.pinned.update(Vec::clear);
        self.view.set(view);
    }

    /// Whether the person made it large.
    pub(super) fn is_pinned(self, shown: Shown) -> bool {
        self.pinned.with(|pinned| pinned.contains(&shown))
    }

    /// Makes it large, beside what the person made large before; or no longer.
    pub(super) fn pin(self, shown: Shown, large: bool) {
        self.pinned.update(|pinned| {
            pinned.retain(|other| *other != shown);
            if large {
                pinned.push(shown);
                pinned.drain(..pinned.len().saturating_sub(PINNED));
            }
        });
    }

    /// Who spoke last for longer than a cough, whatever is on screen.
    pub(super) fn leader(self) -> Option<MemberId> {
        self.leader.get()
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
            self.pinned.update(Vec::clear);
        }
        if now != before {
            self.screens.set(now);
        }
        new
    }

    /// The large ones: what was pinned, as long as it is there; else the newest screen; else who speaks, where that is wanted.
    pub(super) fn large(self, people: &[Person]) -> Vec<Shown> {
        let is_there = |shown: &Shown| {
            people.iter().any(|person| person.member == shown.member && (!shown.screen || person.screen && !person.me))
        };
        let pinned: Vec<Shown> = self.pinned.with(|pinned| pinned.iter().copied().filter(is_there).collect());
        if !pinned.is_empty() {
            return pinned;
        }
        let newest = || self.screens.with(|screens| screens.first().map(|&member| Shown { member, screen: true }));
        let speaker = || {
            let leader = self.leader.get().filter(|_| self.view.get() == View::Speaker);
            leader.map(|member| Shown { member, screen: false })
        };
        newest().filter(is_there).or_else(speaker).filter(is_there).into_iter().collect()
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
